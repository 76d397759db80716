"""What the columns of a table of patients are for: whose a row is, when it was, what is an outcome or has no use.

Outcomes (death, transplantation, length of follow-up) are known by their names in `not_used.csv`. A column such as
`days` is the time of a visit in one table and the length of follow-up in the next: it is follow-up where another
column tells the times, where it is the same in all rows of each patient, or where each has one row and an outcome.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lobule.errors import InputError
from lobule.files.cells import NOTHING, shown
from lobule.files.course import OWNER, OWNERS
from lobule.files.table import Table
from lobule.files.times import DATES, DAYS, day_of
from lobule.files.vocabulary import IN_BRACKETS, Vocabulary, plain_name
from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "not_used.csv"
FOLLOW_UP = ("days", "weeks", "months", "years", "time")  # names that also follow-up has
WHY = {
    "outcome": "an outcome, not used",
    "follow-up": "the length of follow-up: an outcome, not used",
    "sign": "a sign for which the model has no place, not used",
    "tumour": "the model has no tumours, not used",
    "score": "a score, which is computed from labs; not used",
}
OF_UNIT = re.compile(r"_(?:d|days?|months?|y|yrs?|years?|date|yn|01)$")
CALENDAR = re.compile(r"(?:19|20)\d\d(?:\.0+)?")
LATER = re.compile(r"\d+(?:[.,]\d+)?")
Names = Sequence[tuple[str, str]]


class _NotUsed(Row):
    written: str
    why: str


@dataclass(frozen=True)
class Roles:
    """owner : column that says whose a row is; time : name of the column of times, one of DAYS and DATES or "";
    aside : {column: why it is not used}"""

    owner: int | None
    time: str
    aside: dict[int, str]


@cache
def _reasons() -> dict[str, str]:
    return {row.written: row.why for row in read_rows(TABLE, _NotUsed)}


def reason(header: str) -> str:
    """Why a column of this name is never used: a key of WHY; "" where it may be.

    >>> reason("Died"), reason("days_to_death"), reason("futime (days)"), reason("albumin_g_per_L")
    ('outcome', 'outcome', 'outcome', '')
    """
    plain = plain_name(IN_BRACKETS.sub(r"\1", header))
    names = (plain, OF_UNIT.sub("", plain), plain.removeprefix("days_"), plain.removeprefix("is_"))
    return next((_reasons()[name] for name in names if name in _reasons()), "")


def roles_of(table: Table, vocabulary: Vocabulary) -> Roles:
    """What the columns of a table are for.

    Raises
    ------
    InputError : two columns of times, or rows of one patient of which no column tells the times.
    """
    read = [vocabulary.read(header) for header in table.headers]
    aside = {}
    for k, header in enumerate(table.headers):
        why = reason(header)
        if why:
            aside[k] = WHY[why]
        elif read[k][0] in ("year", "years") and _all(table, k, CALENDAR):
            aside[k] = "calendar years, which tell no visit; not used"
    outcomes = any(why == WHY["outcome"] for why in aside.values())
    named = {read[k][0]: k for k in range(len(read)) if k not in aside and read[k][0] in (*DAYS, *DATES)}
    owners = [k for k in owners_of(table, read, vocabulary) if k not in aside and _filled(table, k)]
    owner = next((k for k in owners if named or _unique(table, k)), owners[0] if owners else None)
    for name in [name for name in FOLLOW_UP if name in named]:
        others = [other for other in named if other != name]
        if _is_follow_up(table, owner, named[name], outcomes, bool(others)):
            aside[named.pop(name)] = WHY["follow-up"]
    if not named and owner is not None and not _unique(table, owner):  # without times a name stands for one row
        owner = next((k for k in owners if _unique(table, k)), owner)
    while len(named) > 1:  # days beside dates that tell the same
        spare = _the_same(table, owner, named)
        if not spare:
            break
        aside[named.pop(spare)] = "the same times as another column tells; not used"
    if len(named) > 1:
        where = " and ".join(f'"{table.headers[k]}"' for k in named.values())
        raise InputError(f"{table.name}: two columns of times, {where}; keep one")
    return Roles(owner, next(iter(named), ""), aside)


def owners_of(table: Table, read: Names, vocabulary: Vocabulary) -> list[int]:
    """Columns that may say whose a row is, the likeliest first: by the usual names, then built like them."""
    usual = [k for name in OWNERS for k in range(len(read)) if read[k][0] == name]
    built = [k for k, header in enumerate(table.headers) if OWNER.fullmatch(re.sub(r"[\W_]+", "", header.lower()))]
    return usual + [k for k in built if k not in usual and read[k][0] not in vocabulary.quantities]


def _all(table: Table, k: int, pattern: re.Pattern[str]) -> bool:
    filled = [text for text in table.column(k) if text.lower() not in NOTHING]
    return bool(filled) and all(pattern.fullmatch(text) for text in filled)


def _filled(table: Table, k: int) -> bool:
    return any(text.lower() not in NOTHING for text in table.column(k))


def _unique(table: Table, k: int) -> bool:
    names = [text for text in table.column(k) if text.lower() not in NOTHING]
    return len(set(names)) == len(names)


def _is_follow_up(table: Table, owner: int | None, k: int, outcomes: bool, others: bool) -> bool:
    """Whether a column that may be follow-up or time is follow-up."""
    if owner is None:
        return others or (outcomes and not _runs(table, k))
    times: dict[str, set[str]] = {}
    rows: dict[str, int] = {}
    for name, text in zip(table.column(owner), table.column(k), strict=True):
        times.setdefault(name, set()).add(text)
        rows[name] = rows.get(name, 0) + 1
    constant = all(len(seen) == 1 for seen in times.values())
    if all(n == 1 for n in rows.values()):
        return others or outcomes
    return constant and (others or outcomes)


def _the_same(table: Table, owner: int | None, named: dict[str, int]) -> str:
    """One of two columns of times that tell the same of each patient, to within a day; "" where none does."""
    numbers = [name for name in named if name in DAYS]
    kept = next((name for name in named if name in DATES), numbers[0])
    whose = ["" if owner is None else cells[owner] for cells in table.rows]
    for name in numbers:
        if name == kept:
            continue
        gaps: dict[str, list[float]] = {}
        for who, cells in zip(whose, table.rows, strict=True):
            text, number = (cells[named[column]].replace(",", ".") for column in (kept, name))
            at = float(text) * DAYS[kept] if kept in DAYS and LATER.fullmatch(text) else day_of(text)
            if at is not None and LATER.fullmatch(number):
                gaps.setdefault(who, []).append(at - float(number) * DAYS[name])
        if gaps and all(max(some) - min(some) <= max(1.0, DAYS[name]) for some in gaps.values()):
            return name
    return ""


def _runs(table: Table, k: int) -> bool:
    """Whether numbers of a column begin at 0 and rise: times of one patient, and no lengths of follow-up."""
    texts = [text.replace(",", ".") for text in table.column(k) if LATER.fullmatch(text)]
    numbers = [float(text) for text in texts]
    return bool(numbers) and numbers[0] == 0 and all(a <= b for a, b in itertools.pairwise(numbers))


def said(table: Table, aside: dict[int, str]) -> list[str]:
    """A sentence for each column that is not used."""
    labels = table.labels()
    told = {k: f": {why}" if why.startswith("the model") else f" is {why}" for k, why in aside.items()}
    return [f"the column {shown(labels[k])} ({table.place(k)}){told[k]}" for k in sorted(aside)]
