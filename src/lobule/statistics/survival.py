"""Survival of groups: hazard ratios from the log-rank test, restricted mean times."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lobule.errors import NoFit

Values = NDArray[np.float64]


def peto(time: Values, event: NDArray[np.bool_], treated: NDArray[np.bool_]) -> tuple[float, float]:
    """Logarithm of the hazard ratio from the log-rank test's own terms, (O - E) / V, and its standard error (S. Yusuf
    et al., Prog. Cardiovasc. Dis. 1985; 27:335): much faster than a Cox fit, and near it for moderate ratios.

    Raises
    ------
    NoFit : no event while both arms are at risk.
    """
    days = np.unique(time[event])
    ordered = [np.sort(time[here]) for here in (treated, np.ones(len(time), bool))]
    at_risk, everyone = (len(t) - np.searchsorted(t, days) for t in ordered)
    died = np.searchsorted(days, time[event])
    deaths, mine = np.bincount(died, minlength=len(days)), np.bincount(died[treated[event]], minlength=len(days))
    share = at_risk / everyone
    expected = deaths * share
    variance = expected * (1 - share) * np.where(everyone > 1, (everyone - deaths) / np.maximum(everyone - 1, 1), 0.0)
    if variance.sum() <= 0:
        raise NoFit("no event while both arms are at risk")
    return float((mine - expected).sum() / variance.sum()), 1 / math.sqrt(float(variance.sum()))


def restricted_mean(time: Values, event: NDArray[np.bool_], horizon: float) -> tuple[float, float]:
    """Area under a Kaplan-Meier curve up to a horizon, and its standard error by Greenwood's formula (J. P. Klein and
    M. L. Moeschberger, Survival Analysis, 2003, section 4.5); lifelines gives the curve, but the spread of lives
    instead of the error of their mean."""
    from lifelines import KaplanMeierFitter

    curve = KaplanMeierFitter().fit(time, event)
    table = curve.event_table
    steps = table.index.to_numpy(float)
    alive = curve.survival_function_.iloc[:, 0].to_numpy(float)
    inside = steps <= horizon
    edges = np.append(steps[inside], horizon)
    areas = alive[inside] * np.diff(edges)
    rest = np.cumsum(areas[::-1])[::-1]  # area to the right of each step
    died, at_risk = (table[name].to_numpy(float)[inside] for name in ("observed", "at_risk"))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where((died > 0) & (at_risk > died), rest**2 * died / (at_risk * (at_risk - died)), 0.0)
    return float(areas.sum()), math.sqrt(float(terms.sum()))
