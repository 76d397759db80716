"""What a page shows of one patient: labs measured, fitted and ahead; outlook; what the posterior says; the check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule import scores
from lobule.forecast.ahead import DECOMPENSATION, LIMITS, SURVIVAL, ahead, labs_ahead
from lobule.forecast.check import SUSPECT, check
from lobule.forecast.errors import errors
from lobule.forecast.posterior import Posterior, Residual
from lobule.forecast.verdict import Check
from lobule.labs import to_clinic
from lobule.patient.history import YEAR

Values = NDArray[np.float64]
PLACES = 16  # times of a forecast band
AGAIN = 16  # draws of each particle, so that the edges of a band are smooth
NEAREST = 1.0  # day after the last visit at which a band begins


@dataclass(frozen=True)
class LabCourse:
    """One lab, in the model's unit; days are those since the first visit.

    Attributes
    ----------
    days, values, sides : (n,) as measured, and as `lobule.files.course.Course.beyond` has sides
    doubtful : (n,) taken for an acute event or an error by the fit, so that it counts little
    fitted : (3, n) low_5, median, high_95 of what the lab was at these days without the error of a measurement
    ahead_days, ahead : (m,) and (3, m) of the next measured value
    chance : of labs at least so unlikely among virtual people
    """

    lab: str
    days: Values
    values: Values
    sides: NDArray[np.int64]
    doubtful: NDArray[np.bool_]
    fitted: Values
    ahead_days: Values
    ahead: Values
    chance: float


@dataclass(frozen=True)
class State:
    """What the virtual people who fit have at the last visit: limits and median, beside that of health."""

    name: str
    low: float
    median: float
    high: float
    healthy: float


@dataclass(frozen=True)
class Portrait:
    """outlook : as `lobule.forecast.ahead.ahead` gives survival and decompensation, from day 0 on"""

    found: Posterior
    checked: Check
    labs: tuple[LabCourse, ...]
    outlook: pd.DataFrame
    states: tuple[State, ...]


def portrait(found: Posterior, at_days: Sequence[float], checked: Check | None = None) -> Portrait:
    """What a page shows of a patient whose posterior is found and nothing else was drawn from.

    Parameters
    ----------
    at_days : days after the last visit that are asked for; curves go to the last of them
    checked : the check of the fit; made when None
    """
    checked = checked or check(found)
    end = float(max(at_days))
    days = np.unique(np.concatenate([np.linspace(0.0, end, 41), np.asarray(at_days, float)]))
    return Portrait(
        found,
        checked,
        tuple(_course(found, one, end, checked.chances[lab]) for lab, one in found.residuals.items()),
        ahead(found, days.tolist(), [SURVIVAL, DECOMPENSATION]),
        _states(found),
    )


def _course(found: Posterior, one: Residual, end: float, chance: float) -> LabCourse:
    lab, seen = one.measured.lab, one.measured
    days = np.unique(np.geomspace(min(NEAREST, end), end, PLACES))
    drawn = np.concatenate([labs_ahead(found, lab, days) for _ in range(AGAIN)])
    return LabCourse(
        lab, seen.days, np.exp(seen.logs), seen.sides, one.event.mean(axis=0) > SUSPECT, _fitted(found, one),
        found.person.course.days[-1] + days, np.percentile(drawn, LIMITS, axis=0), chance,
    )  # fmt: skip


def _fitted(found: Posterior, one: Residual) -> Values:
    """What the lab was at each measurement, given those until then, (3, n)."""
    level, part, of_level, of_part, both, _ = np.moveaxis(one.states(), -1, 0)
    spreads = np.sqrt(np.maximum(of_level + of_part + 2 * both, 0))
    course = one.measured.logs - one.off
    random = np.random.default_rng(0)
    drawn = course + (level + part) + spreads * random.standard_normal((AGAIN, len(found), 1))
    return np.exp(np.percentile(drawn.reshape(-1, course.shape[1]), LIMITS, axis=0))


def _states(found: Posterior) -> tuple[State, ...]:
    """Years of disease, scar, pressure, fluid and function of the liver at the last visit, beside health."""
    pool, random = found.pool, np.random.default_rng(0)

    def of(name: str) -> Values:
        return found.at_last(pool.of.values[name])

    def lab(name: str) -> Values:
        one = found.residuals.get(name)
        if one is None:
            return of(name)
        gone = found.span - float(one.measured.days[-1]) / YEAR
        kept = float(np.exp(-gone / errors()[name].wander_years))
        level, part, of_level, of_part, both = one.last[:, :5].T
        spread = of_level + kept**2 * of_part + (1 - kept**2) * errors()[name].wander ** 2 + 2 * kept * both
        off = level + kept * part + np.sqrt(np.maximum(spread, 0)) * random.standard_normal(len(found))
        return np.exp(found.at_last(pool.shape(name)) + off)

    def healthy(name: str) -> float:
        return float(np.median(pool.of.values[name][:, 0]))

    well = {name: to_clinic(name, healthy(name)) for name in ("bilirubin", "albumin", "inr", "creatinine")}
    ill = {name: to_clinic(name, lab(name)) for name in well}
    told = [("years_of_disease", found.years + found.span, 0.0)]
    told += [(name, of(name), healthy(name)) for name in ("collagen_proportionate_area",
             "hepatic_venous_pressure_gradient", "ascites")]  # fmt: skip
    told.append(("albi", scores.albi(ill["bilirubin"], ill["albumin"]),
                 float(scores.albi(well["bilirubin"], well["albumin"]))))  # fmt: skip
    told.append(("meld", scores.meld(ill["bilirubin"], ill["inr"], ill["creatinine"]),
                 float(scores.meld(well["bilirubin"], well["inr"], well["creatinine"]))))  # fmt: skip
    bands = [(name, np.nanpercentile(values, LIMITS), sound) for name, values, sound in told]
    return tuple(State(name, float(x[0]), float(x[1]), float(x[2]), sound) for name, x, sound in bands)
