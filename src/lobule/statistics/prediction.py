"""Measures of prediction: discrimination over time, calibration, net benefit, uplift. scikit-learn does the rest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from lobule.statistics.interval import Interval
from lobule.statistics.survival import kaplan_meier

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


def auc(happened: Flags, risk: Values) -> float:
    """Chance that one with the outcome is ranked above one without it; NaN without both kinds.

    Of ranks (Mann and Whitney), as scikit-learn's roc_auc_score, and fast enough for a bootstrap.
    """
    cases = int(happened.sum())
    controls = len(happened) - cases
    if not cases or not controls:
        return math.nan
    ranks = rankdata(risk)[happened].sum()
    return float((ranks - cases * (cases + 1) / 2) / (cases * controls))


def auc_at(risk: Values, time: Values, event: Flags, day: float) -> float:
    """Cumulative/dynamic AUC: the chance that who had the event by a day was ranked above who was still without.

    Censoring is weighed by its inverse probability (H. Uno et al., J. Am. Stat. Assoc. 2007; 102:527; H. Hung and C.-T.
    Chiang, Can. J. Stat. 2010; 38:8).

    Parameters
    ----------
    risk : (n,) larger is worse; time, event : (n,) observed; day : horizon

    Returns
    -------
    float : NaN without both kinds of subjects.
    """
    cases, controls = event & (time <= day), time > day
    if not cases.any() or not controls.any():
        return math.nan
    uncensored = np.maximum(kaplan_meier(time, ~event).before(time[cases]), 1e-9)
    above = risk[cases][:, None] > risk[controls][None, :]
    ties = risk[cases][:, None] == risk[controls][None, :]
    weights = (1 / uncensored)[:, None]
    return float((weights * (above + 0.5 * ties)).sum() / (weights.sum() * controls.sum()))


def calibration(predicted: Values, happened: Flags) -> dict[str, float]:
    """Slope and intercept of the outcome on the logit of the prediction (1 and 0 when calibrated), Brier score."""
    import statsmodels.api as sm

    logit = np.log(np.clip(predicted, 1e-6, 1 - 1e-6) / np.clip(1 - predicted, 1e-6, 1 - 1e-6))
    found = {"brier": float(np.mean((predicted - happened) ** 2)), "slope": math.nan, "intercept": math.nan}
    if np.ptp(logit) > 1e-9 and 0 < happened.mean() < 1:
        slope = sm.GLM(happened.astype(float), sm.add_constant(logit), family=sm.families.Binomial()).fit()
        level = sm.GLM(
            happened.astype(float), np.ones((len(logit), 1)), family=sm.families.Binomial(), offset=logit
        ).fit()
        found |= {"slope": float(slope.params[1]), "intercept": float(level.params[0])}
    return found


def decision_curve(predicted: Values, happened: Flags, thresholds: Values) -> pd.DataFrame:
    """Net benefit of acting above each threshold (A. J. Vickers and E. B. Elkin, Med. Decis. Making 2006; 26:565).

    Returns
    -------
    DataFrame: threshold, model, everyone (acting on all); acting on nobody has 0.
    """
    import pandas as pd

    n, odds = len(happened), thresholds / (1 - thresholds)
    act = predicted[None, :] >= thresholds[:, None]
    true, false = (act & happened).sum(axis=1), (act & ~happened).sum(axis=1)
    everyone = happened.mean() - (1 - happened.mean()) * odds
    return pd.DataFrame({"threshold": thresholds, "model": true / n - false / n * odds, "everyone": everyone})


class Qini(NamedTuple):
    """curve : share_treated, gain, random; coefficient : area above a random order, a subject"""

    curve: pd.DataFrame
    coefficient: float


def qini(uplift: Values, treated: Flags, happened: Flags) -> Qini:
    """Qini curve: extra responders when those with the largest predicted uplift are treated first (N. J. Radcliffe,
    Direct Marketing Analytics J. 2007; 3:14), and its coefficient: the area above a random order, a subject.

    Parameters
    ----------
    uplift : (n,) predicted gain; treated, happened : (n,)
    """
    import pandas as pd

    order = np.argsort(-uplift, kind="stable")
    t, y = treated[order], happened[order]
    n_treated, n_control = np.cumsum(t), np.cumsum(~t)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n_control > 0, n_treated / n_control, 0.0)
    gains: Values = np.cumsum(t & y) - np.cumsum(~t & y) * share
    gain: Values = np.concatenate([[0.0], gains])
    x = np.arange(len(gain)) / len(gains)
    table = pd.DataFrame({"share_treated": x, "gain": gain, "random": x * gain[-1]})
    return Qini(table, float(np.trapezoid(gain - x * gain[-1], x) / len(treated)))


def bootstrap(measure: Any, groups: NDArray[np.int64], seed: int, n: int = 500) -> Interval:
    """95 % interval of a measure of rows, by drawing groups (virtual patients) with replacement.

    Parameters
    ----------
    measure : called with an array of rows
    """
    rng = np.random.default_rng(seed)
    names, inverse = np.unique(groups, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(names) + 1))
    members = [order[starts[k] : starts[k + 1]] for k in range(len(names))]
    found = []
    for _ in range(n):
        rows = np.concatenate([members[k] for k in rng.integers(0, len(names), len(names))])
        value = measure(rows)
        if math.isfinite(value):
            found.append(value)
    if len(found) < n // 2:
        return Interval(math.nan, math.nan)
    low, high = np.percentile(found, (2.5, 97.5))
    return Interval(float(low), float(high))
