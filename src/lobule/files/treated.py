"""What the people of a table are treated with: care that the model knows, since when, and drugs under study by name.

Columns are of three kinds. A column named by a care (`udca`, `antiviral_since`, `diuretics`, `corticosteroid_until`)
holds yes or no, a date, a day of the table's own times, a year, or how long ago. A column of words (`treatment`) lists
treatments, parted by ; , + or "and". A column of a study (`treated`, `arm`) tells who got the drug under study; codes
such as 1 and 2 are not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from lobule.evidence.vocabulary import meaning
from lobule.files.cells import NOTHING, PLAIN, SHOWN, Values, shown
from lobule.files.labs import YES
from lobule.files.person import Treatment
from lobule.files.table import Table
from lobule.files.times import DATES, DAYS, MONTH, YEAR, day_of, order_of
from lobule.files.vocabulary import IN_BRACKETS, Vocabulary, plain_name
from lobule.rows import Row, read_rows
from lobule.therapy.care import cares

TABLE = Path(__file__).parent / "treated.csv"
Part = Literal["is", "since", "until", "words", "study", "codes"]
SINCE = ("since", "from", "start", "started", "start_date", "start_day", "started_on", "begin", "begun", "date", "day",
         "seit", "beginn", "onset", "initiated", "date_of_start", "since_day", "since_date")  # fmt: skip
UNTIL = ("until", "to", "till", "stop", "stopped", "stop_date", "stop_day", "end", "ended", "end_date", "end_day",
         "bis", "ende")  # fmt: skip
IS = ("", "yes", "yn", "01", "use", "treatment", "therapy", "current", "currently", "now", "given", "taken")
NOT = (*YES.no, "placebo", "untreated", "control", "no treatment", "standard of care", "nothing", "keine", "kein",
       "aucun")  # fmt: skip
BEGUN = re.compile(r"(.*\S)\s+(?:since|from|seit|depuis|desde)\s+(\S.*)", re.I)  # "UDCA since 2015"
BETWEEN = re.compile(r"\s*(?:[;,+&/]|\band\b|\bund\b|\bplus\b)\s*")
DOSE = re.compile(
    r"\(?\b[0-9][0-9.,]*\s*(?:mg|g|ug|mcg|µg|ml|iu|u)\b(?:\s*/\s*(?:kg|d|day|tag|wk|week)\b)*\)?"
    r"|\b(?:daily|weekly|od|bid|tid|qd|per day|pro tag|[0-9](?:-[0-9]){2,3})\b",
    re.I,
)
WITHOUT = re.compile(r"(?:no|without|kein|keine|ohne|sans|sin|not on|off|stopped|declined|refused)\b")
OLDEST = 120 * YEAR  # days before a visit that a treatment may have begun
AGO = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(d|days?|w|wks?|weeks?|m|mo|months?|y|yrs?|years?)(?:\s+ago)?")
AGO_DAYS = {"d": 1.0, "w": 7.0, "m": MONTH, "y": YEAR}
A_YEAR = re.compile(r"(?:19|20)\d\d")
STUDIED = "drug of the study"


class _Name(Row):
    written: str
    means: Literal["words", "study", "codes"]


@dataclass(frozen=True)
class Column:
    """A column of treatments: what it is called, and what its cells say; name is "" for words and studies"""

    name: str
    part: Part


@lru_cache(2000)
def care_of(text: str) -> str:
    """The care that words mean, as `Care` knows it; "" where it is none.

    >>> care_of("UDCA"), care_of("Tenofovir"), care_of("abstinent"), care_of("D-penicillamine")
    ('ursodeoxycholic acid', 'antiviral', 'abstinence', '')
    """
    plain = " ".join(text.lower().replace("_", " ").split())
    for name in (plain, plain.replace(" ", "-"), plain.removesuffix("s")):
        if name in cares():
            return name
    return meaning("care", plain) or meaning("care", plain.removesuffix("s")) or ""


@cache
def _names() -> dict[str, Part]:
    return {row.written: row.means for row in read_rows(TABLE, _Name)}


def columns_of(table: Table, vocabulary: Vocabulary) -> dict[int, Column]:
    """Which columns tell treatments."""
    found = {}
    for k, header in enumerate(table.headers):
        if vocabulary.read(header)[0] in vocabulary.names.values():
            continue
        plain = plain_name(IN_BRACKETS.sub(r"\1", header))
        column = Column("", _names()[plain]) if plain in _names() else _of_care(plain)
        if column:
            found[k] = column
    return found


def _of_care(plain: str) -> Column | None:
    """A column that a care names, with words such as "since" behind it or before it."""
    words = plain.split("_")
    for cut in range(len(words), 0, -1):
        for name, rest in ((words[:cut], words[cut:]), (words[-cut:], words[:-cut])):
            care, others = care_of(" ".join(name)), "_".join(rest)
            part: Part | None = (
                "since" if others in SINCE else "until" if others in UNTIL else "is" if others in IS else None
            )
            if others == "on":
                part = "is"
            if care and part:
                return Column(care, part)
    return None


@dataclass
class _Said:
    """Of one person and one treatment: beginnings and ends in days, and [(day, given or not)] of visits"""

    since: list[float]
    until: list[float]
    given: list[tuple[float, bool]]


class Treated:
    """Treatments of the rows of a table.

    Parameters
    ----------
    time, days : name of the column of times and the days of the rows, as `times` reads them
    found : columns of treatments, as `columns_of` gives them
    dates : other columns of dates
    """

    def __init__(
        self, table: Table, time: str, days: Values, found: Mapping[int, Column], dates: Collection[int] = ()
    ) -> None:
        self.table, self.time, self.days = table, time, days
        self.columns = dict(found)
        self.unread: dict[int, str] = {}
        for k, column in found.items():
            if column.part in ("codes", "words") and all(text.lower() in NOTHING or PLAIN.fullmatch(text)
                                              for text in table.column(k)):  # fmt: skip
                self.unread[k] = "codes of a treatment, which are not guessed: write its name"
                del self.columns[k]
        self.dates = [table.column(k) for k in (*dates, *self.columns)]

    def of(self, rows: Sequence[int]) -> tuple[tuple[Treatment, ...], tuple[str, ...]]:
        """Treatments of a person, by rows in the order of their times, and care of which every row says no; the first
        row is the first visit."""
        said: dict[tuple[str, bool], _Said] = {}
        for k, column in self.columns.items():
            for row in rows:
                text = self.table.rows[row][k]
                if (row, k) in self.table.unusable or (text.lower() in NOTHING and text.lower() != "none"):
                    continue
                if column.name:
                    about = said.setdefault((column.name, True), _Said([], [], []))
                    self._care(about, row, k, column, text, float(self.days[rows[-1]]))
                else:
                    self._words(said, row, k, column, text)
        first = float(self.days[rows[0]])
        found = [one for (name, known), about in said.items() for one in _spans(name, known, about, first)]
        denied = [name for (name, _), about in said.items()
                  if about.given and not (about.since or about.until or any(on for _, on in about.given))]  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.from_day, one.name))), tuple(denied)

    def _care(self, said: _Said, row: int, k: int, column: Column, text: str, last: float) -> None:
        lowered = " ".join(text.lower().split())
        at = float(self.days[row])
        if lowered in YES.yes and not (column.part != "is" and PLAIN.fullmatch(lowered)):
            said.given.append((at, True))
        elif lowered in NOT and not (column.part != "is" and PLAIN.fullmatch(lowered)):
            said.given.append((at, False))
        elif column.part == "is" and care_of(" ".join(DOSE.sub(" ", lowered).split())) == column.name:
            said.given.append((at, True))
        else:
            day, why = self._day(row, text)
            if day is None:
                self.table.fault(row, k, f"{shown(text)} {why}")
            elif column.part == "until":
                said.until.append(day)
            elif day > last:
                self.table.fault(row, k, f"{shown(text)} is after the last visit; what begins later is a plan (of "
                                 "what began before day 0, write its day with a minus)")  # fmt: skip
            else:
                said.since.append(day)

    def _day(self, row: int, text: str) -> tuple[float | None, str]:
        """Day that a cell means on the table's own axis, or why it means none."""
        dated = self.time in DATES
        ago = AGO.fullmatch(text.lower().strip())
        if ago:
            before = float(ago[1].replace(",", ".")) * AGO_DAYS[ago[2][0]]
            return (float(self.days[row]) - before, "") if before < OLDEST else (None, "is longer than anybody lives")
        if dated and A_YEAR.fullmatch(text):
            return day_of(f"{text}-07-01"), ""
        if not dated and PLAIN.fullmatch(text.replace(",", ".")):
            at = float(text.replace(",", ".")) * DAYS.get(self.time, 1.0)
            return (at, "") if abs(at) < OLDEST else (None, "is longer than anybody lives")
        date = day_of(text, order_of([text], self.dates))
        if date is not None and dated:
            return date, ""
        if date is not None:
            return None, "is a date, but the visits have none; write a day, or how long ago, such as 2 years"
        return None, "is neither yes, no, a date, a day nor how long ago, such as 2 years"

    def _words(self, said: dict[tuple[str, bool], _Said], row: int, k: int, column: Column, text: str) -> None:
        lowered, at = " ".join(text.lower().split()), float(self.days[row])
        here: set[tuple[str, bool]] = set()
        if lowered in YES.yes:
            if column.part == "study":
                here.add((STUDIED, False))
            else:
                self.table.fault(row, k, f"{shown(text)} is no treatment; write its name")
        elif PLAIN.fullmatch(lowered) and lowered not in NOT:
            self.table.fault(row, k, f"{shown(text)} is a code of a treatment; write its name")
        elif lowered not in NOT:
            for one in BETWEEN.split(DOSE.sub(" ", text)):
                name, begun = " ".join(one.split()), None
                if with_day := BEGUN.fullmatch(name):
                    name, (begun, why) = with_day[1], self._day(row, with_day[2])
                    if begun is None:
                        self.table.fault(row, k, f"{shown(with_day[2])} {why}")
                if name and name.lower() not in NOT and not WITHOUT.match(name.lower()):
                    care = care_of(name)
                    key = care or name[:SHOWN], bool(care)
                    here.add(key)
                    if begun is not None and begun <= at:
                        said.setdefault(key, _Said([], [], [])).since.append(begun)
        for key in here:
            said.setdefault(key, _Said([], [], [])).given.append((at, True))
        for key, about in said.items():  # what this column named before and does not name now has ended
            if key not in here and any(given for _, given in about.given) and not self._elsewhere(key[0], k):
                about.given.append((at, False))

    def _elsewhere(self, name: str, k: int) -> bool:
        return any(column.name == name or (not column.name and other != k) for other, column in self.columns.items())


def _spans(name: str, known: bool, said: _Said, first: float) -> list[Treatment]:
    """Treatments of one name: one from a beginning that is written, else one for each run of visits that have it."""
    given = sorted(said.given)
    end = min(said.until) - first if said.until else None
    if said.since:
        begin = min(said.since) - first
        if end is None:
            stopped = [day - first for day, on in given if not on and day - first > begin]
            again = [day - first for day, on in given if on and stopped and day - first > stopped[0]]
            end = stopped[0] if stopped and not again else None
        return [Treatment(name, begin, end if end is None or end > begin else None, known)]
    found: list[Treatment] = []
    began: float | None = None
    for day, on in given:
        if on and began is None:
            began = day - first
        elif not on and began is not None:
            found.append(Treatment(name, began, day - first, known, dated=began > 0))
            began = None
    if began is not None:
        found.append(Treatment(name, began, end if end is not None and end > began else None, known, dated=began > 0))
    if not found and end is not None and end > 0:
        found.append(Treatment(name, 0.0, end, known, dated=False))
    return [one for one in found if np.isfinite(one.from_day)]
