"""Code lists of a folder of tables: the controlled terms that occur in them, and the sponsor's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lobule.cdisc.metadata import Variable, terms_of
from lobule.cdisc.tables import Table

SPONSOR = "sponsor"


@dataclass(frozen=True)
class Item:
    """A value that occurs; what it stands for, None where it speaks for itself; its code, "" for one of the sponsor."""

    value: str
    decode: str | None
    code: str


@dataclass(frozen=True)
class CodeList:
    """Values of one or more variables.

    name, title; type : text or integer; code, package : of the controlled list, "" for one of the sponsor
    """

    name: str
    title: str
    type: str
    code: str
    package: str
    items: tuple[Item, ...]


@dataclass
class Lists:
    """All lists by name, and the name of the list of each variable that has one: {(dataset, variable): name}."""

    listed: dict[str, CodeList] = field(default_factory=dict)
    of: dict[tuple[str, str], str] = field(default_factory=dict)


def codelists(tables: Sequence[Table]) -> Lists:
    """Lists of tables. Variables of one controlled list share it where no decode tells them apart."""
    found = Lists()
    values: dict[str, dict[str, Item]] = {}
    first: dict[str, Variable] = {}
    for table in tables:
        for one in table.variables:
            if not one.codelist:
                continue
            items = _items(table, one)
            if not items:
                continue
            own = one.codelist == SPONSOR
            name = f"{table.dataset.name}.{one.name}" if own else one.codelist.replace("+", ".")
            values.setdefault(name, {}).update({item.value: item for item in items})
            first.setdefault(name, one)
            found.of[table.dataset.name, one.name] = name
    for name, listed in values.items():
        found.listed[name] = _list(name, first[name], tuple(listed.values()))
    return found


def _items(table: Table, one: Variable) -> list[Item]:
    codes = {term.term: term.term_code for term in terms_of(one.codelist)}
    column = table.frame[one.name]
    decodes = table.frame[one.decode] if one.decode and one.decode in table.frame else None
    text = column.map(lambda value: "" if value != value else f"{value:.15g}") if one.numeric else column
    there = text != ""
    told = text[there] if decodes is None else decodes[there]
    pairs = dict(zip(text[there], told, strict=True))
    named = [(value, str(word)) for value, word in pairs.items()]
    if one.numeric:
        named.sort(key=lambda pair: float(pair[0]))
    return [Item(value, None if decodes is None else word, codes.get(value, "")) for value, word in named]


def _list(name: str, one: Variable, items: tuple[Item, ...]) -> CodeList:
    kind = "integer" if one.numeric else "text"
    known = terms_of(one.codelist)
    if not known:
        return CodeList(name, f"{one.label} ({name})", kind, "", "", items)
    codes = {term.code for term in known}
    title = " and ".join(dict.fromkeys(term.title for term in known))
    return CodeList(name, title, kind, codes.pop() if len(codes) == 1 else "", known[0].package, items)
