"""Controlled trials arm by arm: what each arm showed, what the model shows under the trial's own care, and the
difference over control of both with its interval.

No parameter of a therapy is of people alone; rows of the calibration set were among those that calibrated it. What
misfits stands in the table. The published interval is that of the difference of two means
(or shares) by what the trial tells: deviations and people, else its p value, else none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from lobule.labs import labs
from lobule.studies.direction import agrees
from lobule.studies.observation import TrialRow
from lobule.studies.people import PeopleArm
from lobule.studies.predict import Predicted
from lobule.studies.predict_people import predict_people
from lobule.studies.results import BEFORE, amount_of, control_of
from lobule.studies.split import seen_before, set_of
from lobule.validate.trials import SHARES, arms_of_trials, case_of

Values = NDArray[np.float64]
NINETY_FIVE = 1.96
SMALLEST_P = 1e-3  # a p that is printed as 0
BAND = (5.0, 95.0)
# Endpoints that a reader asks for first, in this order; others follow
FIRST = ("albumin", "bilirubin", "meld", "meld_na", "child_pugh", "inr", "fibrosis", "collagen_area", "survival")
POINTS = {"survival": "share alive", "hcc": "share with a tumour"}


def trial_arms(rows: Sequence[TrialRow], factors: Mapping[str, Values], among: Sequence[TrialRow]) -> pd.DataFrame:
    """Every row of a controlled trial that can be simulated, both readings.

    Parameters
    ----------
    rows : treated arms and others; those without a control are left out
    factors : the ensemble
    among : rows among which control arms are looked for

    Returns
    -------
    DataFrame, one row an endpoint and time of a treated arm: trial, set, seen, patients, care, product, endpoint, day,
        unit; treated_n, control_n; published_control, published_treated, published_difference with published_low and
        published_high (95 %), published (direction); model_before, model_control, model_treated, model_difference with
        model_low and model_high (90 % of members; the rest of the model's values are means, as trials print them),
        counted_difference; as (how the difference is read: "value" in the
        unit, "ratio" less 1); inside (the model's difference lies in the published interval; None without one),
        nothing_inside (no difference does), right (its direction).
    """
    arms = [arm for arm in arms_of_trials(rows, among)[0] if arm.result.against != BEFORE]
    counted = [arm for arm in arms_of_trials(rows, among, "counted")[0] if arm.result.against != BEFORE]
    published_reading, counted_reading = (predict_people(some, factors) for some in (arms, counted))
    lines = [_line(*three, among) for three in zip(arms, published_reading, counted_reading, strict=True)]
    table = pd.DataFrame(lines)
    if not len(table):
        return table
    order = {name: k for k, name in enumerate(FIRST)}
    table = table.assign(first=table["endpoint"].map(lambda name: order.get(name, len(order))))
    return table.sort_values(["first", "endpoint", "trial", "day"], kind="stable").drop(columns="first")


def _line(arm: PeopleArm, own: Predicted, counted: Predicted, among: Sequence[TrialRow]) -> dict[str, Any]:
    row, output = arm.row, arm.endpoint.output
    shown = _published(arm, control_of(row, among))
    treated, untreated = own.treated[output], own.untreated[output]
    how = "value" if shown["difference"] is not None else "ratio"
    gain, less = (_difference(p, output, how) for p in (own, counted))
    low, high = _band(gain)
    middle = _middle(gain, how)
    before = own.before[output] if own.before is not None and output not in SHARES else np.array([math.nan])
    seen = arm.result.ratio
    difference = shown["difference"] if how == "value" else (math.nan if seen is None else seen - 1)
    inside = None if math.isnan(shown["low"]) else bool(shown["low"] <= middle <= shown["high"])
    return {
        "row": row.row_id, "trial": row.source_id, "set": set_of(row.source_id), "seen": seen_before(row.source_id),
        "design": row.design, "patients": f"{arm.etiology}, {arm.stage}", "care": ", ".join(arm.cares),
        "product": arm.plan.name, "endpoint": arm.endpoint.name, "day": arm.days, "unit": shown["unit"],
        "treated_n": arm.treated, "control_n": arm.control, "published_control": shown["control"],
        "published_treated": shown["treated"], "as": how, "published_difference": difference,
        "published_low": shown["low"], "published_high": shown["high"], "published": arm.result.direction,
        "model_before": _mean(before), "model_control": _mean(untreated), "model_treated": _mean(treated),
        "model_difference": middle, "model_low": low, "model_high": high, "counted_difference": _middle(less, how),
        "inside": inside, "nothing_inside": None if inside is None else bool(shown["low"] <= 0 <= shown["high"]),
        "right": _right(arm, own), "counted_right": _right(arm, counted),
        "basis": "mechanism" if arm.strength == 1.0 else "class prior",
        "assumed": "; ".join(arm.assumptions),
    }  # fmt: skip


def _published(arm: PeopleArm, control: TrialRow | None) -> dict[str, Any]:
    """What a trial tells of both arms, in the model's unit, and the interval of the difference."""
    row, name = arm.row, arm.endpoint.name
    factor, unit = _factor(arm)
    treated = amount_of(row)
    untreated = amount_of(control) if control is not None else None
    found: dict[str, Any] = {"unit": unit, "control": math.nan, "treated": math.nan, "difference": None,
                             "low": math.nan, "high": math.nan}  # fmt: skip
    if treated is None or untreated is None or control is None:
        return found
    if factor is None:  # a unit that the model does not have: only the ratio is compared
        return found | {"control": untreated, "treated": treated, "unit": row.unit}
    treated, untreated = factor * treated, factor * untreated
    difference = treated - untreated
    error = _error(row, control, arm, factor, (treated, untreated), name in SHARES, difference)
    return found | {
        "control": untreated, "treated": treated, "difference": difference,
        "low": difference - NINETY_FIVE * error, "high": difference + NINETY_FIVE * error,
    }  # fmt: skip


def _factor(arm: PeopleArm) -> tuple[float | None, str]:
    """What one of the row's unit is in the model's unit, and that unit; None where the model has no such unit."""
    name, unit = arm.endpoint.name, arm.row.unit
    if name in POINTS:
        return 1.0, POINTS[name]
    known = labs().get(name) or labs().get(arm.endpoint.output)
    if known is None:
        return (1.0, "% area") if arm.endpoint.output.startswith("collagen") and "%" in unit else (None, unit)
    if known.has_unit(unit):
        return known.factor(unit), known.unit
    return (1.0, known.unit) if known.kind == "score" else (None, unit)


def _error(
    row: TrialRow, control: TrialRow, arm: PeopleArm, factor: float, values: tuple[float, float], share: bool,
    difference: float,
) -> float:  # fmt: skip
    """Standard error of the difference of two arms; NaN where the trial tells nothing about it."""
    people = (row.n or arm.treated, control.n or arm.control)
    if share:
        parts = [p * (1 - p) / n for p, n in zip(values, people, strict=True)]
        return math.sqrt(sum(parts)) or math.nan
    if row.value_sd and control.value_sd:
        deviations = (row.value_sd, control.value_sd)
        return factor * math.sqrt(sum(sd**2 / n for sd, n in zip(deviations, people, strict=True)))
    if row.p_value is not None and row.p_value < 1:
        return abs(difference) / float(ndtri(1 - max(row.p_value, SMALLEST_P) / 2))
    return math.nan


def _difference(predicted: Predicted, output: str, how: str) -> Values:
    """Treated less untreated of each member, or their ratio less 1."""
    if how == "value":
        return predicted.treated[output] - predicted.untreated[output]
    return np.expm1(predicted.log_ratio(output))


def _right(arm: PeopleArm, predicted: Predicted) -> bool:
    """The direction is that of the trial, as the scoreboard counts it."""
    case = case_of(arm, predicted)
    return agrees(case.direction, case.middle, case.endpoint.spread, case.detectable)


def _band(values: Values) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, BAND) if known.size else (math.nan, math.nan)
    return float(low), float(high)


def _middle(differences: Values, how: str) -> float:
    """Mean of differences, or of ratios by their logarithms."""
    return _mean(differences) if how == "value" else math.expm1(_mean(np.log1p(differences)))


def _mean(values: Values) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan
