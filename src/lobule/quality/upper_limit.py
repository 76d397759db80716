"""The upper end of a release limit: batches that do far more than the reference are another dose than was tried."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float64]
STEPS, DRAWS = 200, 400


@dataclass(frozen=True)
class Upper:
    """An upper limit beside a lower one.

    Attributes
    ----------
    gain, risk : at most `risk` of passing batches gain more than `gain` over the reference's effect
    limit, low, high : the loosest that does it, with its 90 % interval; infinite where none is needed, NaN where none
        does
    without : share of passing batches that gain so much without an upper limit
    curve : limit, passing (share of all), risk (of passing batches, those that gain too much)
    """

    gain: float
    risk: float
    limit: float
    low: float
    high: float
    without: float
    curve: pd.DataFrame

    def said(self, name: str, unit: str) -> str:
        """In a sentence."""
        asked = f"at most {self.risk:.0%} of passing batches gain more than {self.gain:.0%} over the reference's effect"
        before = f"without an upper limit {self.without:.1%} of them do"
        if math.isnan(self.limit):
            return f"no upper limit of {name} holds {asked}; {before}"
        if math.isinf(self.limit):
            far = f"{self.without:.1%} of passing batches gain more than {self.gain:.0%} over the reference's effect"
            return f"no upper limit of {name} is needed: {far}"
        at = self.curve.iloc[int(np.argmin(np.abs(self.curve["limit"].to_numpy() - self.limit)))]
        between = "no interval" if math.isnan(self.low) else f"{self.low:.3g} to {self.high:.3g}"
        both = f"{at['passing']:.0%} pass both limits"
        return f"{name} at most {self.limit:.3g} {unit} ({between}): {asked}; {both}; {before}"


def upper_limit(truth: Values, share: Values, error: float, lower: float, gain: float, risk: float, seed: int) -> Upper:
    """The loosest upper limit of a measured value.

    Parameters
    ----------
    truth, share : (n_batches, n_members) of the attribute, and of the share of the reference's effect
    error : of the measured value, on the logarithm
    lower : the lower limit that is held too; 0 for none
    """
    known = np.isfinite(truth) & np.isfinite(share)
    top = 1.5 * float(np.nanquantile(truth[known], 0.999))
    least = max(float(np.nanquantile(truth[known], 0.001)) / 2, lower, 1e-12)
    grid = np.r_[math.inf, np.geomspace(max(top, 1.01 * least), 1.001 * least, STEPS)]
    above = _reaches(truth, lower, error)
    passing = np.array([np.where(known, np.clip(above - _reaches(truth, u, error), 0, 1), 0.0) for u in grid])
    far = (passing * (known & (share > 1 + gain))).sum(axis=2)
    let = passing.sum(axis=2)
    limit = _loosest(grid, far.sum(axis=1), let.sum(axis=1), risk)
    random = np.random.Generator(np.random.Philox(key=[seed, 12]))
    again = []
    for _ in range(DRAWS):
        some = random.integers(0, len(truth), len(truth))
        again.append(_loosest(grid, far[:, some].sum(axis=1), let[:, some].sum(axis=1), risk))
    finite = [v for v in again if math.isfinite(v)]
    ends = np.quantile(finite, [0.05, 0.95]) if len(finite) > DRAWS / 2 else (math.nan, math.nan)
    total = let.sum(axis=1)
    curve = pd.DataFrame({"limit": grid, "passing": total / known.sum(), "risk": _share(far.sum(axis=1), total)})
    return Upper(gain, risk, limit, float(ends[0]), float(ends[1]), float(curve["risk"].iloc[0]), curve.iloc[1:])


def _reaches(truth: Values, limit: float, error: float) -> Values:
    """Probability that the measured value reaches a limit."""
    from scipy import stats

    if not limit > 0:
        return np.ones(truth.shape)
    if math.isinf(limit):
        return np.zeros(truth.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(stats.norm.sf((math.log(limit) - np.log(truth)) / error), float)


def _share(part: Values, whole: Values) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 1e-9, part / whole, np.nan)


def _loosest(grid: Values, far: Values, let: Values, risk: float) -> float:
    """The largest limit from which on, downwards, the risk is kept; NaN where none does."""
    share = _share(far, let)
    kept = np.isfinite(share) & (share <= risk)
    if not kept.any():
        return math.nan
    broken = np.flatnonzero(np.isfinite(share) & ~kept)
    first = broken[-1] + 1 if broken.size else 0
    after = np.flatnonzero(kept[first:])
    return float(grid[first + after[0]]) if after.size else math.nan
