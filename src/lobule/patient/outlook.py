"""What becomes of an untreated cohort: survival and decompensation by class beside published ones, and events drawn.

Everything follows from each patient's own hazards, which the model integrates along the untreated history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import between, checking, truth
from lobule.evidence import fact
from lobule.model.parameters import values_for
from lobule.patient.cohort import Cohort
from lobule.patient.draws import uniforms
from lobule.patient.history import LONGEST, YEAR
from lobule.patient.precipitants import COLUMNS, solved
from lobule.patient.published import STAGES
from lobule.statistics.hazards import expected_incidence, first_reached

if TYPE_CHECKING:
    import pandas as pd

COMPLICATIONS = ("infection", "bleeding", "encephalopathy")
FEWEST = 10  # patients of a class, below which nothing is said about it
CLOSE = 0.1  # assumed: a share within ten percentage points of the published one, or inside its interval, is close
CHILD_PUGH = {"A": (5, 7), "B": (7, 10), "C": (10, 16)}
# Rates of transplantation a year by MELD-Na. assumed: the order of what waiting lists of the last decade report; offers
# go to the sickest first, and none below 15 or above 70 years of age
TRANSPLANTS = ((15, 20, 0.15), (20, 25, 0.4), (25, 30, 1.0), (30, 35, 2.5), (35, 41, 6.0))
OLDEST_TRANSPLANTED = 70.0


@dataclass(frozen=True)
class Published:
    """A published share: of whom (a class, low to below high), of what, when, and the evidence it stands in."""

    risk: str
    who: str
    column: str
    low: float
    high: float
    days: float
    evidence: str
    etiologies: tuple[str, ...] = ()

    def share(self) -> tuple[float, float | None, float | None]:
        """Share that the event has befallen, and its interval where there is one."""
        row = fact(self.evidence)
        numbers = [float(row[key]) if row[key] else None for key in ("value", "low", "high")]
        if row["effect_type"] == "survival":
            numbers = [None if x is None else 1 - x for x in (numbers[0], numbers[2], numbers[1])]
        if row["effect_type"] == "rate":
            per_year = 0.01 if row["unit"] == "per 100 py" else 1.0
            numbers = [None if x is None else 1 - math.exp(-x * per_year * self.days / YEAR) for x in numbers]
        value, low, high = numbers
        assert value is not None
        return value, low, high


def _published() -> tuple[Published, ...]:
    rows = [
        Published("death", f"Child-Pugh {name}", "child_pugh", *CHILD_PUGH[name], YEAR, evidence)
        for name, evidence in (("A", "N043"), ("B", "N044"), ("C", "N045"))
    ]
    rows.append(Published("death", "Child-Pugh B or C", "child_pugh", 7, 16, YEAR, "N104"))
    us = (("below 10", 0, 10, "N046"), ("10 to 19", 10, 20, "N047"), ("20 to 29", 20, 30, "N048"),
          ("30 to 39", 30, 40, "N049"))  # fmt: skip
    rows += [Published("death", f"MELD {name}", "meld", low, high, 90, e) for name, low, high, e in us]
    leipzig = (("6 to 9", 6, 10, "N130", "N131"), ("10 to 14", 10, 15, "N132", "N133"),
               ("15 to 19", 15, 20, "N134", "N135"), ("20 to 24", 20, 25, "N136", "N137"),
               ("25 to 29", 25, 30, "N138", "N139"), ("30 and more", 30, 41, "N140", "N141"))  # fmt: skip
    for name, low, high, quarter, year in leipzig:
        rows.append(Published("death", f"MELD {name}", "meld", low, high, 90, quarter))
        rows.append(Published("death", f"MELD {name}", "meld", low, high, 365, year))
    five = 5 * YEAR
    rows += [
        Published("death", "compensated", "stage", 1, 2, five, "N012", ("hbv",)),
        Published("death", "decompensated", "stage", 2, 3, five, "N013", ("hbv",)),
        Published("death", "cirrhosis", "stage", 1, 3, YEAR, "N147", ("alcohol",)),
        Published("decompensation", "compensated", "stage", 1, 2, five, "N034"),
        Published("decompensation", "compensated", "stage", 1, 2, five, "N035", ("alcohol",)),
        Published("decompensation", "compensated", "stage", 1, 2, five, "N010", ("hbv",)),
        Published("decompensation", "compensated", "stage", 1, 2, five, "N032", ("hcv",)),
        Published("decompensation", "compensated", "stage", 1, 2, five, "N085", ("mash",)),
    ]
    return tuple(rows)


PUBLISHED = _published()


def outlook(cohort: Cohort) -> pd.DataFrame:
    """Expected share of an untreated cohort that has died or decompensated, by class, beside every published share.

    Returns
    -------
    DataFrame, one row a published share: risk, who, days, patients (of the cohort in that class), model (share; missing
        below ten patients), published, low, high, evidence, condition (of the published people), close (within ten
        percentage points or inside the published interval; missing where the model says nothing).
    """
    import pandas as pd

    etiology = str(cohort.table["etiology"].iloc[0])
    rows = []
    for row in PUBLISHED:
        if row.etiologies and etiology not in row.etiologies:
            continue
        values = cohort.table[row.column].to_numpy(float)
        here = (values >= row.low) & (values < row.high)
        enough = here.sum() >= FEWEST
        model = float(incidence(cohort, row.risk, here, np.array([row.days]))[0]) if enough else math.nan
        published, low, high = row.share()
        inside = low is not None and high is not None and low <= model <= high
        rows.append(
            {
                "risk": row.risk, "who": row.who, "days": row.days, "patients": int(here.sum()), "model": model,
                "published": published, "low": low, "high": high, "evidence": row.evidence,
                "condition": fact(row.evidence)["condition"],
                "close": bool(inside or abs(model - published) <= CLOSE) if enough else None,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def outlook_curves(cohort: Cohort) -> pd.DataFrame:
    """Curves of the classes of `outlook`: risk, who, patients, days, share that has died or decompensated.

    Over two years by Child-Pugh class, one by MELD, five else; classes below ten patients are left out.
    """
    import pandas as pd

    etiology = str(cohort.table["etiology"].iloc[0])
    classes = {
        (p.risk, p.who): (p.column, p.low, p.high) for p in PUBLISHED if not p.etiologies or etiology in p.etiologies
    }
    found = []
    for (risk, who), (column, low, high) in classes.items():
        values = cohort.table[column].to_numpy(float)
        here = (values >= low) & (values < high)
        if here.sum() < FEWEST:
            continue
        days = np.linspace(0.0, {"child_pugh": 2.0, "meld": 1.0}.get(column, 5.0) * YEAR, 61)
        share = incidence(cohort, risk, here, days)
        found.append(pd.DataFrame({"risk": risk, "who": who, "patients": here.sum(), "days": days, "share": share}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["risk", "who", "patients"])


def incidence(cohort: Cohort, risk: str, of: NDArray[np.bool_], days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected cumulative incidence (n_days,) among some patients of a cohort; death competes with any other risk.

    Parameters
    ----------
    risk : death, other_death (not of the liver), decompensation, aclf, hcc or one of
        COMPLICATIONS
    of : (n_patients,) who counts
    days : (n_days,) since the visit
    """
    fine = np.linspace(0.0, float(days.max()), 241)
    death = _since_visit(cohort, "death", of, fine)
    share = expected_incidence(*((death,) if risk == "death" else (_since_visit(cohort, risk, of, fine), death)))
    return np.interp(days, fine, share)


def _since_visit(cohort: Cohort, risk: str, of: NDArray[np.bool_], days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative hazard since the visit, (n_patients, n_days); flat beyond the last year of the history."""
    table = cohort.table[of]
    if COLUMNS[0] in table:
        care = cohort.usual.name if cohort.usual else None
        name = f"cumulative_{risk}_hazard"
        courses = solved(table, cohort.seed, days, (name,), care)[name]
        return courses - courses[:, :1]
    ids = table["id"].to_numpy(int)
    pool = cohort.lives()
    hazard = pool.values[f"cumulative_{risk}_hazard"].astype(float)
    begin = table["years"].to_numpy(float)
    return np.array(
        [
            np.interp(start + days / YEAR, pool.years, hazard[patient]) - np.interp(start, pool.years, hazard[patient])
            for patient, start in zip(ids, begin, strict=True)
        ]
    ).reshape(len(ids), len(days))


@checking(years=between(0, 100, above=True), transplantation=truth)
def untreated_events(cohort: Cohort, years: float = 5.0, *, transplantation: bool = False) -> pd.DataFrame:
    """What befalls each patient untreated after the visit: competing risks drawn from the model's hazards.

    The time of each risk is where its cumulative hazard since the visit reaches an exponential number that belongs to
    patient and seed. A share of acute-on-chronic liver failures (`aclf_fatality`) is fatal; that share is part of the
    hazard of death, so that such a death has its failure at the same time. Death, transplantation or the end of
    observation ends all else.

    Parameters
    ----------
    years : of observation
    transplantation : livers are offered, sickest first (rates by MELD-Na are assumed)

    Returns
    -------
    DataFrame, one row a patient: id, and for death, decompensation, aclf, hcc (and transplantation), and the first
    infection, bleeding and encephalopathy (who dies of them is among the dead), the years until it
    (the time of observation when it did not come) and whether it came; death_of_liver (the others who died, died of
    other causes, as age, sex and habits have it); decompensation is missing for those who are
    decompensated already.
    """
    import pandas as pd

    everyone = np.ones(len(cohort), bool)
    ids = cohort.table["id"].to_numpy(int)
    draws = -np.log1p(-uniforms(cohort.seed, "events", [int(i) for i in ids], 7))
    others = -np.log1p(-uniforms(cohort.seed, "complications", [int(i) for i in ids], len(COMPLICATIONS)))
    days = np.linspace(0.0, years * YEAR, 20 * math.ceil(years) + 1)
    fatality = values_for("human")["aclf_fatality"]
    aclf = _since_visit(cohort, "aclf", everyone, days)
    other = _since_visit(cohort, "other_death", everyone, days)
    hazards = {
        "death": _since_visit(cohort, "death", everyone, days) - other - fatality * aclf,  # of the liver without ACLF
        "decompensation": _since_visit(cohort, "decompensation", everyone, days),
        "hcc": _since_visit(cohort, "hcc", everyone, days),
        "aclf": (1 - fatality) * aclf,
        "fatal_aclf": fatality * aclf,
        "transplantation": _transplantation(cohort, days) if transplantation else np.zeros_like(aclf),
        "other_death": other,
    }
    after = {risk: first_reached(days / YEAR, hazard, draws[:, k]) for k, (risk, hazard) in enumerate(hazards.items())}
    for k, risk in enumerate(COMPLICATIONS):
        after[risk] = first_reached(days / YEAR, _since_visit(cohort, risk, everyone, days), others[:, k])
    fatal, natural = after.pop("fatal_aclf"), after.pop("other_death")
    of_liver = np.minimum(after["death"], fatal)
    after["death"] = np.minimum(of_liver, natural)
    after["aclf"] = np.minimum(after["aclf"], fatal)
    last = np.minimum(years, LONGEST - cohort.table["years"].to_numpy(float))
    end = np.minimum(np.minimum(after["death"], after["transplantation"]), last)
    found: dict[str, Any] = {"id": ids}
    offered = ("transplantation",) if transplantation else ()
    for risk in ("death", "decompensation", "aclf", "hcc", *offered, *COMPLICATIONS):
        found[f"{risk}_years"] = np.minimum(after[risk], end)
        found[risk] = pd.array(after[risk] <= end, dtype="boolean")
    found["death_of_liver"] = pd.array((of_liver <= end) & (of_liver <= natural), dtype="boolean")
    table = pd.DataFrame(found)
    already = cohort.table["stage"].to_numpy() == STAGES["decompensated"][0]
    table.loc[already, "decompensation"] = pd.NA
    table.loc[already, "decompensation_years"] = np.nan
    return table


def transplantation_rate(meld_na: NDArray[np.float64], age: NDArray[np.float64]) -> NDArray[np.float64]:
    """Transplantations a year that are offered at a MELD-Na and an age, arrays of one shape."""
    rate = np.zeros(np.broadcast_shapes(meld_na.shape, age.shape))
    for low, high, per_year in TRANSPLANTS:
        rate[(meld_na >= low) & (meld_na < high) & (age <= OLDEST_TRANSPLANTED)] = per_year
    return rate


def _transplantation(cohort: Cohort, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative hazard of transplantation, (n_patients, n_days), at the MELD-Na and age of the visit."""
    meld_na, age = (cohort.table[name].to_numpy(float) for name in ("meld_na", "age"))
    return transplantation_rate(meld_na, age)[:, None] * days / YEAR
