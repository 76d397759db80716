"""Checks of any table: names, labels, types, text, what must be there, what belongs together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from lobule.cdisc.checks.places import keys, records
from lobule.cdisc.metadata import known_datasets, known_variables, terms_of, variable
from lobule.cdisc.submitted import Submitted

LONGEST_NAME, LONGEST_LABEL, LONGEST_TEXT = 8, 40, 200
Words = Sequence[str]


def names(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Names of variables: a letter first, letters, digits and _, at most eight."""
    for column in given.tables[name].columns:
        if not re.fullmatch(rf"[A-Z][A-Z0-9_]{{0,{LONGEST_NAME - 1}}}", column):
            yield column


def labels(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Labels: there, and at most forty characters."""
    for column in given.tables[name].columns.values():
        if not 0 < len(column.label) <= LONGEST_LABEL:
            yield f'{column.name}, label "{column.label}"'


def texts(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Text: at most 200 characters, printable ASCII, no space before it, not a point alone."""
    table = given.tables[name]
    for column in table.columns.values():
        if not column.numeric:
            bad = [not _plain(text) for text in table.text(column.name)]
            yield from records(table, np.array(bad, bool), column.name)


def _plain(text: str) -> bool:
    return len(text) <= LONGEST_TEXT and text.isascii() and text.isprintable() and text == text.lstrip() and text != "."


def file_name(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """The table has the name of its file, of at most eight characters."""
    inside = given.tables[name].name
    if inside != name or len(name) > LONGEST_NAME:
        yield f"the file of {name} holds {inside or 'a table without a name'}"


def not_empty(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """There are records."""
    if not len(given.tables[name]):
        yield "no record"


def dataset_label(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """The table has the label of the guide, where it is a table of the guide."""
    known = known_datasets().get(name)
    if known is not None and given.tables[name].label != known.label:
        yield f'label "{given.tables[name].label}", of the guide "{known.label}"'


def labels_of_guide(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables of the guide have its labels."""
    for column in given.tables[name].columns.values():
        one = variable(name, column.name)
        if one is not None and column.label != one.label:
            yield f'{column.name}, label "{column.label}", of the guide "{one.label}"'


def types_of_guide(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables of the guide are text or numbers as there; whole numbers are whole."""
    table = given.tables[name]
    for column in table.columns.values():
        one = variable(name, column.name)
        if one is None:
            continue
        if column.numeric != one.numeric:
            yield f"{column.name} is {'a number' if column.numeric else 'text'}"
        elif one.type in ("integer", "date"):
            values = table.number(column.name)
            yield from records(table, np.isfinite(values) & (values != np.round(values)), column.name)


def order_of_guide(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables stand in the order of the guide."""
    order = [one.name for one in known_variables(name)]
    there = [column for column in given.tables[name].columns if column in order]
    for before, after in pairwise(there):
        if order.index(before) > order.index(after):
            yield f"{after} stands behind {before}"


def required(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Required variables are there, and filled in every record."""
    table = given.tables[name]
    for one in known_variables(name):
        if one.core == "Req" and one.name not in table.columns:
            yield f"{one.name} is missing"
        elif one.core == "Req":
            yield from records(table, table.text(one.name) == "", one.name)


def expected(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Expected variables are there, even if empty."""
    for one in known_variables(name):
        if one.core == "Exp" and one.name not in given.tables[name].columns:
            yield f"{one.name} is missing"


def present(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """The variables of the rule are there."""
    yield from (f"{one} is missing" for one in of if one not in given.tables[name].columns)


def any_present(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """One of the variables of the rule is there."""
    if not set(of) & set(given.tables[name].columns):
        yield f"none of {', '.join(of)}"


def absent(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """The variables of the rule are not there."""
    yield from (f"{one} is there" for one in of if one in given.tables[name].columns)


def controlled(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Values of a controlled list that cannot be extended are terms of it."""
    table = given.tables[name]
    for column in table.columns:
        one = variable(name, column)
        known = terms_of(one.codelist) if one is not None else ()
        if known and not any(term.extensible for term in known):
            words = {term.term for term in known} | {""}
            yield from records(table, np.array([text not in words for text in table.text(column)], bool), column)


def among(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A variable has only the values of the rule: "ABLFL Y -", where - stands for empty."""
    table, (column, *allowed) = given.tables[name], of
    if column in table.columns:
        words = {"" if word == "-" else word for word in allowed}
        yield from records(table, np.array([text not in words for text in table.text(column)], bool), column)


def unique_keys(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """No two records have the same keys."""
    known = known_datasets().get(name)
    columns = list(of) or (known.key_variables if known else [])
    table = given.tables[name]
    if columns and set(columns) <= set(table.columns):
        yield from records(table, _repeated(keys(*(table.text(one) for one in columns))), *columns)


def _repeated(values: list[tuple[object, ...]]) -> np.ndarray:
    seen: set[tuple[object, ...]] = set()
    found = np.zeros(len(values), bool)
    for k, value in enumerate(values):
        found[k] = value in seen
        seen.add(value)
    return found


def twins(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Two variables say the same: both filled or both empty, one value of one for each of the other."""
    table, (word, number) = given.tables[name], of[:2]
    if number not in table.columns:
        return
    if word not in table.columns:
        yield f"{number} without {word}"
        return
    a, b = table.text(word), table.text(number)
    yield from records(table, (a == "") != (b == ""), word, number)
    yield from _one_each(name, word, number, a, b)
    yield from _one_each(name, number, word, b, a)


def _one_each(name: str, of: str, has: str, a: np.ndarray, b: np.ndarray) -> Iterator[str]:
    found: dict[str, set[str]] = {}
    for one, other in zip(a, b, strict=True):
        if one and other:
            found.setdefault(one, set()).add(other)
    yield from (f"{of} {one} has {has} {', '.join(sorted(more))}" for one, more in found.items() if len(more) > 1)


def one_to_one_within(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Of two variables, where both are filled, one value of one for each of the other, within a third."""
    table, (within, first, second) = given.tables[name], of[:3]
    if not set(of[:3]) <= set(table.columns):
        return
    groups, a, b = table.text(within), table.text(first), table.text(second)
    for group in dict.fromkeys(groups):
        here = groups == group
        for some in (
            _one_each(name, first, second, a[here], b[here]),
            _one_each(name, second, first, b[here], a[here]),
        ):
            yield from (f"{within} {group}: {text}" for text in some)


def filled_when(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A variable is filled where another is: "SRCSEQ SRCDOM", or where it has a value: "RANDFL=Y RANDDT"."""
    table, (condition, wanted) = given.tables[name], of[:2]
    column, sign, value = condition.partition("=")
    if column in table.columns:
        there = table.text(column) == value if sign else table.text(column) != ""
        yield from records(table, there & (table.text(wanted) == ""), column, wanted)


def ordered(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A date does not come after another."""
    table, (first, last) = given.tables[name], of[:2]
    a, b = table.number(first), table.number(last)
    with np.errstate(invalid="ignore"):
        yield from records(table, a > b, first, last)


def flags(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables that end in FL are Y, N or empty."""
    for column in given.tables[name].columns:
        if column.endswith("FL"):
            yield from among(given, name, (column, "Y", "N", "-"))
