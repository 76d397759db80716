"""Who a patient is: age at the first visit, sex, cause of the disease."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lobule.errors import InputError, nearest
from lobule.evidence.vocabulary import meanings
from lobule.files.cells import NOTHING, SHOWN, Readings, Values, shown
from lobule.files.columns import Columns
from lobule.files.table import Table
from lobule.files.times import NO_DATE, YEAR, day_of, order_of
from lobule.files.words import read_sex
from lobule.model.causes import causes

SPECIES = "human"
FILLING = re.compile(  # what people write around a cause
    r"\b(?:chronic|(?:liver )?cirrhosis|liver|disease|related|induced|associated|infection|virus|"
    r"decompensated|compensated|leberzirrhose|zirrhose|chronische?)\b"
)
BIRTHS = ("date_of_birth", "birth_year")
A_YEAR = re.compile(r"(?:19|20)\d\d(?:\.0)?")
OLDEST = 120.0  # years
UNSURE = 1.6  # years by which ages in whole years may differ from the time between two visits
OLD = 0.9  # years between the first and the last visit from which an age that stays the same is that of the first


def cause_of(text: str) -> str | None:
    """The chronic disease of people that words mean; None where it is none that the model has.

    >>> cause_of("NASH"), cause_of("Hepatitis B virus"), cause_of("alcoholic liver disease"), cause_of("Wilson")
    ('mash', 'hbv', 'alcohol', None)
    """
    plain = " ".join(re.sub(r"[_()]", " ", text.lower()).split())
    bare = " ".join(FILLING.sub(" ", plain).replace("-", " ").split())
    for words in (plain, bare):
        names = [words.replace(" ", "_"), *(word.means for word in meanings("cause", words))]
        found = next((name for name in names if name in diseases()), None)
        if found:
            return found
    return None


def diseases() -> list[str]:
    """Causes that people are ill with for years."""
    return [name for name, one in causes().items() if SPECIES in one.species and one.kind in ("switch", "infection")]


def known_cause(text: str) -> str:
    """The disease that words mean; raises InputError naming the nearest where they mean none."""
    found = cause_of(text)
    if found is None:
        raise InputError(f"no etiology {shown(text)}. {nearest(text, diseases(), 20)}", ["etiology"])
    return found


@dataclass(frozen=True)
class Who:
    """ages (n_rows,) in years and females (n_rows,) 1 or 0, NaN where not known; causes : of each row, None likewise;
    usual : cause of everybody whose rows name none; lines : of the rows in the file"""

    ages: Values
    females: Values
    causes: Sequence[str | None]
    usual: str | None
    lines: Sequence[int]

    def age(self, rows: Sequence[int], days: Values) -> float | None:
        """At the first of some rows of a person, in the order of their times.

        An age that is the same at visits a year apart is that of the first.
        """
        known = [row for row in rows if np.isfinite(self.ages[row])]
        if not known:
            return None
        first = known[0]
        passed = (days[first] - days[rows[0]]) / YEAR
        same = len({float(self.ages[row]) for row in known}) == 1
        if same and (days[known[-1]] - days[first]) / YEAR > OLD:
            return float(self.ages[first])
        return float(max(self.ages[first] - passed, 0.0))

    def sex(self, rows: Sequence[int]) -> str | None:
        """ "f", "m", or None where it is not known."""
        known = [self.females[row] for row in rows if np.isfinite(self.females[row])]
        return None if not known else "f" if known[0] == 1 else "m"

    def etiology(self, rows: Sequence[int]) -> str | None:
        """The cause that the rows name, else that of everybody; None where they name one that the model has not."""
        return next((self.causes[row] for row in rows if self.causes[row] is not None), self.usual) or None

    def contradiction(self, rows: Sequence[int], days: Values) -> str:
        """Why rows that name one person are of two; "" where nothing says so."""
        sexes = {float(self.females[row]): row for row in reversed(rows) if np.isfinite(self.females[row])}
        if len(sexes) > 1:
            return f"female in line {self.lines[sexes[1.0]]} and male in line {self.lines[sexes[0.0]]}"
        known = [row for row in rows if np.isfinite(self.ages[row])]
        if len({float(self.ages[row]) for row in known}) < 2:
            return ""
        first = known[0]
        for row in known[1:]:
            older, passed = self.ages[row] - self.ages[first], (days[row] - days[first]) / YEAR
            if abs(older - passed) > UNSURE:
                return (f"{self.ages[first]:.4g} years old in line {self.lines[first]} and {self.ages[row]:.4g} in "
                        f"line {self.lines[row]}, {passed:.1f} years later")  # fmt: skip
        return ""


def who_of(
    table: Table,
    columns: Columns,
    dates: Collection[int],
    days: Values,
    etiology: str | None,
    codes: Mapping[str, bool] | None,
) -> Who:
    """Age, sex and cause of every row.

    Parameters
    ----------
    dates : columns by which the days of the rows are dates, so that a date of birth tells the age
    """
    usual = None if etiology is None else known_cause(etiology)
    ages = _ages(table, columns, dates, days)
    return Who(ages, _females(table, columns, codes), _causes(table, columns), usual, table.lines)


def _ages(table: Table, columns: Columns, dates: Collection[int], days: Values) -> Values:
    ages = columns.numbers["age"].values() if "age" in columns.numbers else np.full(len(table), np.nan)
    for name in BIRTHS:
        if name not in columns.texts:
            continue
        k = columns.places[name]
        if not dates:
            table.notes.append(f"{shown(table.headers[k])} tells no age, because the visits have no dates")
            continue
        born = _born(table, k, dates)
        ages = np.where(np.isnan(ages), (days - born) / YEAR, ages)
    wrong = np.flatnonzero((ages < 0) | (ages > OLDEST))
    for row in wrong.tolist():
        k = next(columns.places[name] for name in ("age", *BIRTHS) if name in columns.places)
        table.fault(row, k, f"an age of {ages[row]:.0f} years is nobody's; left out")
    ages[wrong] = np.nan
    return ages


def _born(table: Table, k: int, dates: Collection[int]) -> Values:
    """Day of birth of every row; of a year its middle."""
    texts = table.column(k)
    order = order_of(texts, (table.column(k) for k in dates))
    born = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        if text.lower() in NOTHING:
            continue
        at = day_of(f"{text[:4]}-07-01" if A_YEAR.fullmatch(text) else text, order)
        if at is None:
            table.fault(row, k, f"{shown(text)} {NO_DATE}")
        else:
            born[row] = at
    return born


def _females(table: Table, columns: Columns, codes: Mapping[str, bool] | None) -> Values:
    stand: list[str] = [name for name in ("female", "male") if name in columns.flags]
    stand += ["sex"] if "sex" in columns.texts else []
    if len(stand) > 1:
        raise InputError(f"{table.name}: sex stands in more than one column: {', '.join(stand)}")
    if not stand:
        return np.full(len(table), np.nan)
    if stand[0] != "sex":
        values = columns.flags[stand[0]].values()
        return values if stand[0] == "female" else 1 - values
    k = columns.places["sex"]
    refused = {row: why for (row, column), why in table.unusable.items() if column == k}
    readings: Readings = read_sex(table.column(k), refused, codes)
    for row, why in readings.reasons.items():
        if row not in refused:
            table.fault(row, k, why.partition(", or say what is meant")[0])
    return readings.values()


def _causes(table: Table, columns: Columns) -> list[str | None]:
    """The cause that each row names: "" where the model has it not, None where it names none."""
    if "etiology" not in columns.texts:
        return [None] * len(table)
    k = columns.places["etiology"]
    meant = {text: cause_of(text) for text in set(table.column(k)) if text.lower() not in NOTHING}
    for text, cause in sorted(meant.items()):
        if cause is None:
            rows = table.column(k).count(text)
            table.notes.append(f'"{text[:SHOWN]}" ({rows} rows) is no etiology that the model has')
    return [None if text not in meant else meant[text] or "" for text in table.column(k)]
