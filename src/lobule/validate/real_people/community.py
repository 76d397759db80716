"""Fatty liver of the community: survival by decade of age, forecast from age and sex alone, beside Kaplan-Meier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from lobule.patient.history import YEAR
from lobule.validate.real_people.forecaster import Forecaster, forecast, survival_of
from lobule.validate.real_people.persons import unmeasured
from lobule.validate.real_people.scores import Outcome, cell
from lobule.validate.real_people.sides import TEST
from lobule.validate.real_people.survival import row_of

AT = np.array([5 * YEAR, 10 * YEAR])
DECADES = ((18, 40), (40, 50), (50, 60), (60, 70), (70, 120))
DISEASE = "mash"
HIGH_FIB_4 = 2.67
NEAR = YEAR  # days between the index date and a FIB-4


class Cohort(NamedTuple):
    """cells: one row a group and time; notes; aside: people who were set aside are among them"""

    cells: pd.DataFrame
    notes: tuple[str, ...]
    aside: bool


def cases(cohort: pd.DataFrame, on: str) -> tuple[pd.DataFrame, bool]:
    """The cases of a side, and whether they were set aside: nothing is trained here, so that only one side is read."""
    mine = cohort[(cohort["case.id"] == cohort["id"]) & (cohort["futime"] > 0)].copy()
    if "use" not in mine or not (mine["use"] == on).any():
        return mine, "use" in mine and bool((mine["use"] == TEST).all())
    return mine[mine["use"] == on], on == TEST


def community(people: pd.DataFrame, aside: bool, fib4: pd.DataFrame | None, forecaster: Forecaster) -> Cohort:
    """Forecast and seen survival after 5 and 10 years by decade, and of those with a high FIB-4.

    Parameters
    ----------
    people : as `cases` gives them
    fib4 : values of all people; None where there are none
    """
    kinds = people[["age", "male"]].drop_duplicates()
    names = {(age, male): f"{age:g} {'m' if male else 'f'}" for age, male in kinds.itertuples(index=False)}
    persons = [unmeasured(name, float(age), "m" if male else "f", DISEASE) for (age, male), name in names.items()]
    found = forecast(forecaster, persons, AT.tolist())
    by_kind = dict(zip(names, survival_of(found, [p.name for p in persons], AT), strict=True))
    ahead = np.array([by_kind[kind] for kind in zip(people["age"], people["male"], strict=True)])
    outcome = Outcome(people["futime"].to_numpy(float), people["status"].to_numpy(float) > 0)
    age = people["age"].to_numpy(float)
    groups = {_decade(low, high): (age >= low) & (age < high) for low, high in DECADES} | {"all": np.isfinite(age)}
    notes = [] if fib4 is not None else ["no table of FIB-4 is there"]
    if fib4 is not None:
        groups |= _by_fib_4(people, fib4)
        notes.append("FIB-4 is no lab that a forecast reads: its groups are forecast from age and sex alone")
    rows = [
        row_of(cell(name, outcome.of(where), ahead[where, k], day))
        for name, where in groups.items()
        if where.any()
        for k, day in enumerate(AT.tolist())
    ]
    return Cohort(pd.DataFrame(rows), tuple(notes), aside)


def _decade(low: int, high: int) -> str:
    return f"{low} to {high}" if high < DECADES[-1][1] else f"{low} and older"


def _by_fib_4(people: pd.DataFrame, fib4: pd.DataFrame) -> dict[str, np.ndarray]:
    """People with a FIB-4 above 2.67 within a year of their index date, and of them the younger and the older."""
    high: Sequence[int] = fib4[(fib4["test"] == "fib4") & (fib4["value"] > HIGH_FIB_4) & (fib4["days"].abs() <= NEAR)][
        "id"
    ].tolist()
    with_it = people["id"].isin(high).to_numpy()
    old = people["age"].to_numpy(float) >= 60
    return {"FIB-4 above 2.67": with_it, "FIB-4 above 2.67, below 60": with_it & ~old,
            "FIB-4 above 2.67, 60 and older": with_it & old}  # fmt: skip
