"""One row beside its prediction, scored: direction, size, band, negatives, and the rivals' errors."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from lobule.studies.direction import agrees, direction
from lobule.studies.rows import rows_of
from lobule.studies.split import CALIBRATION, seen_before, set_of
from lobule.studies.tables import packaged_studies
from lobule.validate.case import Case, median
from lobule.validate.publishing import Publishing

BAND = (5.0, 95.0)  # percent
REPEATS = 20  # draws of the noise of groups for each member
TWOFOLD = math.log(2)


@cache
def pooled_effect() -> float:
    """Mean gain (logarithm of a ratio, positive where better) of all calibration rows of animals that report a size:
    what the first rival predicts for a treated arm where its group has none of its own."""
    rows, _ = rows_of([o for o in packaged_studies()[0] if set_of(o.source_id) == CALIBRATION])
    gains = [math.log(r.observation.ratio) * r.endpoint.sign for r in rows if r.observation.ratio]
    return float(np.mean(gains))


def scored(case: Case, seed: int, terms: Publishing) -> dict[str, Any]:
    """One row with its scores; the band holds the noise of groups of that size, and what studies differ by.

    Parameters
    ----------
    seed : of the noise
    terms : what studies of that group differ and overstate by
    """
    middle = case.middle
    printed, low, high = _as_printed(case, seed, terms)
    observed = math.log(case.ratio) if case.sized and case.ratio else math.nan
    negative, better = case.direction == "none", case.endpoint.good
    pooled = terms.gain * case.endpoint.sign
    found: dict[str, Any] = {
        "row": case.row,
        "study": case.study,
        "source": case.source,
        "set": set_of(case.source),
        "seen": seen_before(case.source),
        "group": case.group,
        "injury": case.injury,
        "product": case.product,
        "endpoint": case.endpoint.name,
        "output": case.endpoint.output,
        "better": case.endpoint.good,
        "days": case.days,
        "observed": case.direction,
        "observed_ratio": case.ratio if case.sized else math.nan,
        "observed_low": (case.ratio_low or math.nan) if case.sized else math.nan,
        "observed_high": (case.ratio_high or math.nan) if case.sized else math.nan,
        "predicted": direction(middle, case.endpoint.spread),
        "predicted_ratio": math.exp(middle),
        "course_ratio": math.nan if case.course is None else math.exp(median(case.course)),
        "printed_ratio": math.exp(printed),
        "band_low": math.exp(low),
        "band_high": math.exp(high),
        "right": agrees(case.direction, middle, case.endpoint.spread, case.detectable),
        "negative": negative,
    }
    found |= size_scores(observed, middle, printed, (low, high), pooled)
    return found | {
        "pooled_right": bool(abs(pooled) < case.detectable) if negative else case.direction == better,
        "basis": "mechanism" if case.mechanism else "class prior",
        "assumed": "; ".join(a for a in (*case.assumptions, case.endpoint.note) if a),
    }


def _as_printed(case: Case, seed: int, terms: Publishing) -> tuple[float, float, float]:
    """What such a study would print: middle, and the band of the members with the noise of groups and between
    studies; logarithms, NaN where every member failed."""
    x = case.log_ratio[np.isfinite(case.log_ratio)]
    if not x.size:
        return math.nan, math.nan, math.nan
    shift = terms.overstated(case.error, case.endpoint.good)
    noise = math.hypot(case.error, terms.spread)
    drawn = noise * np.random.default_rng([seed, case.line]).standard_normal((REPEATS, x.size))
    low, high = np.percentile(x + shift + drawn, BAND)
    return case.middle + shift, float(low), float(high)


def size_scores(
    observed: float, middle: float, printed: float, band: tuple[float, float], pooled: float
) -> dict[str, Any]:
    """Scores of a size, and errors of the rivals, all of logarithms of ratios; nothing where no size was observed.

    Parameters
    ----------
    observed : NaN where no size was
    middle, printed : predicted, and as such a study would print it
    pooled : what the first rival predicts
    """
    sized = math.isfinite(observed)
    low, high = band
    return {
        "within_twofold": bool(abs(middle - observed) <= TWOFOLD) if sized else None,
        "within_twofold_printed": bool(abs(printed - observed) <= TWOFOLD) if sized else None,
        "covered": bool(low <= observed <= high) if sized else None,
        "interval_score": _interval_score(low, high, observed) if sized else math.nan,
        "log_error": abs(middle - observed) if sized else math.nan,
        "pooled_error": abs(pooled - observed) if sized else math.nan,
        "nothing_error": abs(observed) if sized else math.nan,
        "pooled_within_twofold": bool(abs(pooled - observed) <= TWOFOLD) if sized else None,
        "nothing_within_twofold": bool(abs(observed) <= TWOFOLD) if sized else None,
        "pooled_gain": pooled,
    }


def _interval_score(low: float, high: float, observed: float, level: float = 0.1) -> float:
    """Width of the 90 % band and a penalty for what it misses (Gneiting and Raftery, JASA 102 (2007) 359), in logs."""
    missed = max(low - observed, 0.0) + max(observed - high, 0.0)
    return high - low + 2 / level * missed
