"""Who a patient is: age at the first visit, sex, cause of the disease."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lobule.errors import InputError, nearest
from lobule.evidence.vocabulary import meanings
from lobule.files.cells import NOTHING, SHOWN, Readings, Values, shown
from lobule.files.columns import Columns
from lobule.files.table import Table
from lobule.files.times import YEAR
from lobule.files.words import read_sex
from lobule.model.causes import causes

SPECIES = "human"
OLD = 0.9  # years between the first and the last visit from which an age that stays the same is that of the first


def cause_of(text: str) -> str | None:
    """The chronic disease of people that words mean; None where it is none that the model has.

    >>> cause_of("NASH"), cause_of("Hepatitis B"), cause_of("PBC"), cause_of("Wilson")
    ('mash', 'hbv', 'pbc', None)
    """
    plain = " ".join(text.lower().replace("_", " ").split())
    names = [plain.replace(" ", "_"), *(word.means for word in meanings("cause", plain))]
    return next((name for name in names if name in diseases()), None)


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
    """Ages (n_rows,) in years, females (n_rows,) 1 or 0, NaN where not known; causes of each row, None likewise"""

    ages: Values
    females: Values
    causes: Sequence[str | None]
    usual: str | None

    def age(self, rows: Sequence[int], days: Values) -> float | None:
        """At the first of some rows of a person, in the order of their times."""
        known = [row for row in rows if np.isfinite(self.ages[row])]
        if not known:
            return None
        first = known[0]
        passed = (days[first] - days[rows[0]]) / YEAR
        same = len({float(self.ages[row]) for row in known}) == 1
        if same and len(known) > 1 and (days[known[-1]] - days[first]) / YEAR > OLD:
            return float(self.ages[first])
        return float(max(self.ages[first] - passed, 0.0))

    def sex(self, rows: Sequence[int]) -> str | None:
        """ "f", "m", or None where it is not known."""
        known = [self.females[row] for row in rows if np.isfinite(self.females[row])]
        return None if not known else "f" if known[0] == 1 else "m"

    def etiology(self, rows: Sequence[int]) -> str | None:
        """The cause that the rows name, else that of everybody."""
        return next((self.causes[row] for row in rows if self.causes[row]), self.usual)


def who_of(
    table: Table, columns: Columns, etiology: str | None, codes: Mapping[str, bool] | None
) -> Who:  # fmt: skip
    """Age, sex and cause of every row."""
    usual = None if etiology is None else known_cause(etiology)
    return Who(_ages(table, columns), _females(table, columns, codes), _causes(table, columns), usual)


def _ages(table: Table, columns: Columns) -> Values:
    if "age" in columns.numbers:
        return columns.numbers["age"].values()
    return np.full(len(table), np.nan)


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
            table.fault(row, k, why)
    return readings.values()


def _causes(table: Table, columns: Columns) -> list[str | None]:
    if "etiology" not in columns.texts:
        return [None] * len(table)
    k = columns.places["etiology"]
    meant = {text: cause_of(text) for text in set(table.column(k)) if text.lower() not in NOTHING}
    for text, cause in sorted(meant.items()):
        if cause is None:
            rows = table.column(k).count(text)
            table.notes.append(f'"{text[:SHOWN]}" ({rows} rows) is no etiology that the model has')
    return [meant.get(text) for text in table.column(k)]
