"""One row of a study or a trial beside its prediction: direction, size, band, negatives, and the rivals' errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.evidence import table_path
from lobule.studies.direction import agrees, direction
from lobule.studies.endpoints import StudyEndpoint
from lobule.studies.rows import rows_of
from lobule.studies.split import CALIBRATION, set_of
from lobule.studies.tables import read_studies

Values = NDArray[np.float64]
BAND = (5.0, 95.0)  # percent
REPEATS = 20  # draws of the noise of groups for each member


@dataclass(frozen=True)
class Case:
    """What is scored in one row, of animals or people.

    direction, ratio, ratio_low, ratio_high : as observed, treated over untreated with its 95 % interval
    log_ratio : (n_members,) predicted logarithm of treated over untreated
    error : standard deviation of what such a study would observe about it: its groups, and between laboratories
    detectable : the smallest logarithm of a ratio that the study could have shown
    mechanism : the model has what was given; False where a class prior stands for it
    line : of the table, which makes the draws of a row its own
    """

    row: str
    study: str
    source: str
    injury: str
    product: str
    endpoint: StudyEndpoint
    direction: str
    ratio: float | None
    log_ratio: Values
    error: float
    detectable: float
    assumptions: tuple[str, ...]
    line: int
    ratio_low: float | None = None
    ratio_high: float | None = None
    mechanism: bool = True


@cache
def pooled_effect() -> float:
    """Mean gain (logarithm of a ratio, positive where better) of all calibration rows that report a size: what the
    first rival predicts for every treated arm."""
    rows, _ = rows_of([o for o in read_studies(table_path("studies"))[0] if set_of(o.source_id) == CALIBRATION])
    gains = [
        math.log(r.observation.ratio) * (1 if r.endpoint.good == "up" else -1) for r in rows if r.observation.ratio
    ]
    return float(np.mean(gains))


def scored(case: Case, seed: int) -> dict[str, Any]:
    """One row with its scores; the band holds the noise of groups of that size."""
    middle, low, high = _predicted(case, seed)
    observed = math.log(case.ratio) if case.ratio else math.nan
    sized = math.isfinite(observed) and not case.endpoint.ordinal
    negative, better = case.direction == "none", case.endpoint.good
    pooled = pooled_effect() * (1 if better == "up" else -1)
    found: dict[str, Any] = {
        "row": case.row,
        "study": case.study,
        "source": case.source,
        "set": set_of(case.source),
        "injury": case.injury,
        "product": case.product,
        "endpoint": case.endpoint.name,
        "observed": case.direction,
        "observed_ratio": case.ratio if sized else math.nan,
        "observed_low": (case.ratio_low or math.nan) if sized else math.nan,
        "observed_high": (case.ratio_high or math.nan) if sized else math.nan,
        "predicted": direction(middle, case.endpoint.spread),
        "predicted_ratio": math.exp(middle),
        "band_low": math.exp(low),
        "band_high": math.exp(high),
        "right": agrees(case.direction, middle, case.endpoint.spread, case.detectable),
        "negative": negative,
    }
    found |= _size(middle, low, high, observed if sized else math.nan, pooled)
    return found | {
        "pooled_right": bool(abs(pooled) < case.detectable) if negative else case.direction == better,
        "basis": "mechanism" if case.mechanism else "class prior",
        "assumed": "; ".join(a for a in (*case.assumptions, case.endpoint.note) if a),
    }


def _predicted(case: Case, seed: int) -> tuple[float, float, float]:
    """Median of the members, and the band with the noise of groups; logarithms, NaN where every member failed."""
    x = case.log_ratio[np.isfinite(case.log_ratio)]
    if not x.size:
        return math.nan, math.nan, math.nan
    noise = case.error * np.random.default_rng([seed, case.line]).standard_normal((REPEATS, x.size))
    low, high = np.percentile(x + noise, BAND)
    return float(np.median(x)), low, high


def _size(middle: float, low: float, high: float, observed: float, pooled: float) -> dict[str, Any]:
    """Scores of a size, and errors of the rivals; nothing where no size was observed."""
    sized = math.isfinite(observed)
    return {
        "within_twofold": bool(abs(middle - observed) <= math.log(2)) if sized else None,
        "covered": bool(low <= observed <= high) if sized else None,
        "interval_score": _interval_score(low, high, observed) if sized else math.nan,
        "log_error": abs(middle - observed) if sized else math.nan,
        "pooled_error": abs(pooled - observed) if sized else math.nan,
        "nothing_error": abs(observed) if sized else math.nan,
    }


def _interval_score(low: float, high: float, observed: float, level: float = 0.1) -> float:
    """Width of the 90 % band and a penalty for what it misses (Gneiting and Raftery, JASA 102 (2007) 359), in logs."""
    missed = max(low - observed, 0.0) + max(observed - high, 0.0)
    return high - low + 2 / level * missed
