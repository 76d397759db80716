"""Every number, quantity, cause, product, care and row of evidence, to be searched; and what is known of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lobule.answers.evidence import explain, yardsticks
from lobule.answers.given import CARE, given
from lobule.dish import tables as dish
from lobule.errors import nearest
from lobule.evidence import fact, known_ids
from lobule.model.assemble import compiled, units_of
from lobule.model.causes import causes
from lobule.model.parameters import parameter_table

MOST = 60  # entries that are listed
NUMBER, EQUATION, CAUSE, ROW = "number", "equation", "cause", "evidence"
PRODUCT, TREATMENT = "product", "standard care"
KINDS = {NUMBER: "numbers of the model", EQUATION: "quantities and their equations", CAUSE: "causes",
         PRODUCT: "products", TREATMENT: "standard care", ROW: "rows of evidence"}  # fmt: skip
WORD = re.compile(r"[A-Za-z][\w-]*")


@dataclass(frozen=True)
class Entry:
    """One thing that can be looked up: its id, kind, what it is in words, and how good it is."""

    id: str
    kind: str
    about: str
    grade: str

    @property
    def text(self) -> str:
        """All of it, to be searched."""
        return f"{self.id} {self.id.replace('_', ' ')} {self.about} {self.grade}".lower()


@cache
def entries() -> dict[str, Entry]:
    """Everything, by id."""
    found = [*_numbers(), *_quantities(), *_causes(), *_given(), *_rows()]
    return {one.id: one for one in reversed(found)}


def search(words: str, kind: str = "") -> tuple[list[Entry], int]:
    """Entries that hold all words, the nearest first, at most 60; and how many there are in all."""
    wanted = words.lower().split()
    found = [one for one in entries().values() if kind in ("", one.kind) and all(word in one.text for word in wanted)]
    whole = words.strip().lower().replace(" ", "_")

    def rank(one: Entry) -> tuple[bool, bool, str, str]:
        name = one.id.lower()
        return name != whole, not name.startswith(whole), list(KINDS).index(one.kind).__str__(), one.id

    return sorted(found, key=rank)[:MOST], len(found)


def like(name: str) -> str:
    """What is meant by a name that is none, in words."""
    return nearest(name, entries())


@dataclass(frozen=True)
class Page:
    """What is known of one thing.

    Attributes
    ----------
    facts : rows of two: what, its value
    numbers : of a product or standard care: number, value, range, grade, source, note, and what it sets
    lists : {heading: lines}
    evidence : rows of evidence behind it, each {name: text}
    """

    entry: Entry
    facts: list[list[str]]
    numbers: list[dict[str, str]]
    lists: dict[str, list[str]]
    evidence: list[dict[str, str]]


def page(name: str) -> Page | None:
    """What is known of one thing; None where there is none of that name."""
    entry = entries().get(name)
    if entry is None:
        return None
    found = explain(name)
    numbers: list[dict[str, str]] = found.pop("numbers", [])
    facts, lists, evidence = [], {}, []
    for key, value in found.items():
        heading = key.replace("_", " ")
        if isinstance(value, list):
            evidence += [one for one in value if isinstance(one, dict)]
            lines = [one for one in value if not isinstance(one, dict)]
            if lines:
                lists[heading] = lines
        elif str(value):
            facts.append([heading, f"{value:.6g}" if isinstance(value, float) else str(value)])
    return Page(entry, facts, numbers, lists, evidence)


def pieces(line: str, own: str = "") -> list[tuple[str, str]]:
    """A line cut where a known id stands: (text, id or "")."""
    if line in entries() and line != own:
        return [(line, line)]
    found, at = [], 0
    for match in WORD.finditer(line):
        if match[0] in entries() and match[0] != own:
            found += [(line[at : match.start()], ""), (match[0], match[0])]
            at = match.end()
    return [one for one in [*found, (line[at:], "")] if one[0]]


def _numbers() -> Iterator[Entry]:
    for one in parameter_table().values():
        yield Entry(one.id, NUMBER, f"{one.fragment}: {one.note}".removesuffix(": "), one.grade)
    for name, part in yardsticks().items():
        assert part.copies_needed is not None
        about = f"cargo: copies of {part.title} in a cell that are needed"
        yield Entry(name, NUMBER, about, part.copies_needed.grade)
    for row in dish.constants().values():
        if row.id not in parameter_table():
            yield Entry(row.id, NUMBER, f"the dish: {row.note}", row.grade)


def _quantities() -> Iterator[Entry]:
    model = compiled("mouse")
    units = units_of(model)
    for name in model.outputs:
        unit = units.get(name, "1")
        about = model.labels.get(name, name.replace("_", " "))
        yield Entry(name, EQUATION, about + ("" if unit == "1" else f", {unit}"), "")


def _causes() -> Iterator[Entry]:
    for one in causes().values():
        yield Entry(one.name, CAUSE, one.title, one.grade)


def _given() -> Iterator[Entry]:
    for name, title in given().items():
        kind = TREATMENT if name.startswith(CARE) else PRODUCT
        yield Entry(name, kind, title, "")


def _rows() -> Iterator[Entry]:
    for name in known_ids():
        row: Mapping[str, str] = fact(name)
        yield Entry(name, ROW, _told(row), row.get("seen", "") or row.get("grade", ""))


def _told(row: Mapping[str, str]) -> str:
    """A row of evidence on one line."""
    wanted: Iterable[Any] = (
        row.get(key, "") for key in ("quantity", "variable", "name", "endpoint", "target", "claim", "value", "unit",
                                     "species", "etiology", "stage", "effect", "source_id")
    )  # fmt: skip
    return " ".join(" ".join(str(one).split()) for one in wanted if one)[:200]
