"""Suitability of an assay: what plates and samples must show before a potency counts (USP <1032>)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lobule.errors import InputError
from lobule.files.criteria import CriteriaFile
from lobule.quality.wells import ALL, RESTING, Analysis
from lobule.statistics.curves import fit_curve
from lobule.statistics.potency import Potency
from lobule.statistics.similarity import Margins

SYSTEM, SAMPLE = "system", "sample"
IN_RANGE = "potency in the validated range"


@dataclass(frozen=True)
class Check:
    """One criterion of one plate or sample.

    Attributes
    ----------
    kind : "system" (of a plate) or "sample"
    of, plate, model : the sample ("" of a system), the plate or "all", the model of a potency ("" of a system)
    what, value, low, high : the criterion, what was found with its interval where it has one
    limit : as people write it
    passes : None where the wells cannot tell (no control wells, no replicates)
    """

    kind: str
    of: str
    plate: str
    model: str
    what: str
    value: float
    low: float
    high: float
    limit: str
    passes: bool | None


def margins(criteria: CriteriaFile) -> Margins:
    """Of similarity."""
    return Margins(criteria.similarity.slope_ratio, criteria.similarity.ends, criteria.similarity.curvature)


def checked(found: Analysis, criteria: CriteriaFile) -> list[Check]:
    """All checks: of every plate, then of every sample on all plates together and on each."""
    checks = list(_systems(found, criteria))
    for group in found.groups:
        checks += _sample(group.name, group.potency, criteria)
    return checks


def failed(checks: list[Check], kind: str, plate: str, of: str = "", model: str = "") -> list[str]:
    """What a plate or a sample does not hold."""
    wanted = (kind, plate, of, model)
    return [c.what for c in checks if (c.kind, c.plate, c.of, c.model) == wanted and c.passes is False]


def table(checks: list[Check]) -> pd.DataFrame:
    """One row a check; `result` in words."""
    words = {True: "pass", False: "FAIL", None: "cannot be told"}
    rows = [{**{k: v for k, v in vars(c).items() if k != "passes"}, "result": words[c.passes]} for c in checks]
    return pd.DataFrame(rows)


def _systems(found: Analysis, criteria: CriteriaFile) -> Iterator[Check]:
    wanted = criteria.system
    for plate, rows in found.wells.groupby("plate", sort=False):
        own = rows[(rows["sample"] == found.reference) & (rows["dose"] > 0)]
        controls = rows[rows["dose"] == 0]
        held = controls[controls["sample"] != RESTING]
        r2 = _r_squared(own, held)
        yield _check(
            str(plate), "R2 of the reference's curve", r2, f"at least {wanted.r_squared:g}", r2 >= wanted.r_squared
        )
        means = own.groupby("dose")["response"].mean()
        ends = sorted(means.iloc[[0, -1]]) if len(means) > 1 else [math.nan, math.nan]
        span = ends[1] / ends[0] if ends[0] > 0 else math.nan
        yield _check(str(plate), "span of the reference, fold", span, f"at least {wanted.span:g}", span >= wanted.span)
        cv = max((_cv(c["response"]) for _, c in controls.groupby("sample")), default=math.nan)
        limit = f"at most {wanted.control_cv:.0%}"
        yield _check(str(plate), "CV of wells without product", cv, limit, cv <= wanted.control_cv)
        cv = _replicate_cv(rows[rows["dose"] > 0])
        limit = f"at most {wanted.replicate_cv:.0%}"
        yield _check(str(plate), "CV of replicate wells", cv, limit, cv <= wanted.replicate_cv)


def _check(plate: str, what: str, value: float, limit: str, passes: bool) -> Check:
    nothing = math.nan
    return Check(
        SYSTEM, "", plate, "", what, value, nothing, nothing, limit, None if math.isnan(value) else bool(passes)
    )


def _r_squared(own: pd.DataFrame, controls: pd.DataFrame) -> float:
    try:
        return fit_curve(np.r_[own["dose"], controls["dose"]], np.r_[own["response"], controls["response"]]).r_squared
    except InputError:
        return math.nan


def _cv(values: pd.Series) -> float:
    return float(values.std(ddof=1) / values.mean()) if len(values) > 1 and values.mean() > 0 else math.nan


def _replicate_cv(wells: pd.DataFrame) -> float:
    """Root mean square of the CV of the wells of each sample and dose, weighted by their degrees of freedom."""
    cells = wells.groupby(["sample", "dose"])["response"].agg(["mean", "std", "size"])
    cells = cells[(cells["size"] > 1) & (cells["mean"] > 0)]
    if cells.empty:
        return math.nan
    return math.sqrt(float(np.average((cells["std"] / cells["mean"]) ** 2, weights=cells["size"] - 1)))


def _sample(plate: str, potency: Potency, criteria: CriteriaFile) -> Iterator[Check]:
    wanted = criteria.sample

    def check(what: str, value: float, low: float, high: float, limit: str, passes: bool | None) -> Check:
        return Check(SAMPLE, potency.sample, plate, potency.model, what, value, low, high, limit, passes)

    for shape in potency.shapes:
        low, high = potency.margins.of(shape.what)
        limit = f"{low:.3g} to {high:.3g}"
        yield check(shape.what, shape.value, shape.low, shape.high, limit, shape.within(potency.margins))
    if plate != ALL:
        return
    limit = f"{wanted.lowest_potency:.0%} to {wanted.highest_potency:.0%}"
    inside = wanted.lowest_potency <= potency.potency <= wanted.highest_potency
    yield check(IN_RANGE, potency.potency, potency.low, potency.high, limit, inside)
    bounded = math.isfinite(potency.low * potency.high) and potency.low > 0
    width = potency.high / potency.low if bounded else math.inf
    nothing = math.nan
    yield check("upper over lower end of the 95 % interval", width, nothing, nothing, f"at most {wanted.precision:g}",
                width <= wanted.precision)  # fmt: skip
