"""Analyses of the time to an event: every arm against the reference."""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from lobule.errors import NoFit
from lobule.files.design import Design, Endpoint
from lobule.statistics import survival
from lobule.statistics.fine_gray import fit_fine_gray
from lobule.statistics.firth_cox import fit_firth_cox
from lobule.trial.conduct import Conducted
from lobule.trial.effect import WIDTH, Effect, Flags, Values, covariates, enough, independent
from lobule.trial.observed import Followed, followed

MONOTONE = 10.0  # of a logarithm of a hazard ratio, which no likelihood with a largest value reaches
WIDEST = 100.0  # of its interval, likewise


def _everyone(endpoint: Endpoint, seen: Conducted, treated: Flags) -> tuple[Followed, Flags]:
    """Times of all subjects, who all count; raises NoFit where they are too few."""
    counted = np.ones(len(seen), bool)
    enough(treated, counted)
    return followed(endpoint, seen), counted


def log_rank(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """p of the log-rank test, with the hazard ratio that belongs to it."""
    when, counted = _everyone(endpoint, seen, treated)
    if not when.event.any():
        raise NoFit("no arm has an event")
    p = survival.log_rank(when.time, when.event, treated)
    ratio = survival.peto(when.time, when.event, treated)
    low, high = ratio.value - WIDTH * ratio.se, ratio.value + WIDTH * ratio.se
    return Effect(
        "hazard ratio (Peto)", math.exp(ratio.value), math.exp(low), math.exp(high), p, ratio.value < 0, counted
    )


def cox(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Hazard ratio, adjusted for covariates, strata as strata; Efron's ties. A death that competes censors. Where an
    arm has no event, Firth's penalty keeps the ratio finite."""
    from statsmodels.duration.hazard_regression import PHReg

    when, counted = _everyone(endpoint, seen, treated)
    if not when.event.any():
        raise NoFit("no arm has an event")
    adjusted = [seen.measured[name][:, 0] for name in design.analysis.covariates]
    x = np.column_stack([treated, *[(c - c.mean()) / c.std() for c in adjusted if c.std() > 0]]).astype(float)
    time = np.maximum(when.time, survival.EARLIEST)
    if not when.event[treated].any() or not when.event[~treated].any():
        return _firth(time, when.event, x, seen.stratum, counted)
    ties = "efron" if len(np.unique(when.time[when.event])) < when.event.sum() else "breslow"  # the same without ties
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = PHReg(time, x, status=when.event.astype(float), strata=seen.stratum, ties=ties).fit()
            estimate, (low, high) = float(fit.params[0]), fit.conf_int()[0]
        except np.linalg.LinAlgError:  # an arm has events only where nobody of the other is at risk
            return _firth(time, when.event, x, seen.stratum, counted)
    ends = np.array([estimate, low, high])
    if not np.isfinite(ends).all() or abs(estimate) > MONOTONE or np.ptp(ends) > WIDEST:
        return _firth(time, when.event, x, seen.stratum, counted)
    ratio, p = math.exp(estimate), float(fit.pvalues[0])
    return Effect("hazard ratio", ratio, math.exp(low), math.exp(high), p, estimate < 0, counted)


def _firth(time: Values, event: Flags, x: Values, strata: NDArray[np.int64], counted: Flags) -> Effect:
    """The hazard ratio with Firth's penalty, where the likelihood alone has no largest value."""
    found = fit_firth_cox(time, event, x, strata)
    ratio, low, high = (math.exp(end) for end in (found.value, found.low, found.high))
    return Effect("hazard ratio", ratio, low, high, found.p, found.value < 0, counted)


def fine_gray(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Subdistribution hazard ratio where events compete, adjusted for covariates and strata."""
    when, counted = _everyone(endpoint, seen, treated)
    if not when.event[treated].any() or not when.event[~treated].any():
        raise NoFit("an arm has no event")
    adjusted = covariates(design, seen, treated.astype(float))
    x = independent(np.column_stack([np.ones(len(seen)), *[(c - c.mean()) / c.std() for c in adjusted if c.std() > 0]]))
    fit = fit_fine_gray(when.time, when.event, when.competing, x[:, 1:])
    scale = float(treated.std())
    estimate, se = float(fit.coefficients[0]) / scale, math.sqrt(float(fit.covariance[0, 0])) / scale
    low, high = math.exp(estimate - WIDTH * se), math.exp(estimate + WIDTH * se)
    p = float(2 * norm.sf(abs(estimate) / se))
    return Effect("subdistribution hazard ratio", math.exp(estimate), low, high, p, estimate < 0, counted)


def rmst(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Difference of restricted mean times without event, up to the shorter of both arms' follow-up."""
    when, counted = _everyone(endpoint, seen, treated)
    horizon = min(float(when.time[here].max()) for here in (treated, ~treated))
    mine, theirs = (
        survival.restricted_mean(when.time[here], when.event[here], horizon) for here in (treated, ~treated)
    )
    return _gain(f"days gained in {horizon:.0f}", mine, theirs, more=True, counted=counted)


def cumulative_incidence(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Difference of the cumulative incidences at the end, where death competes (Aalen and Johansen)."""
    when, counted = _everyone(endpoint, seen, treated)
    mine, theirs = (
        survival.cumulative_incidence(when.time[here], when.event[here], when.competing[here])
        for here in (treated, ~treated)
    )
    return _gain("difference of cumulative incidences", mine, theirs, more=False, counted=counted)


def _gain(measure: str, mine: survival.Measured, theirs: survival.Measured, *, more: bool, counted: Flags) -> Effect:
    """Difference of two independent numbers, of which more or less is better."""
    gap, se = mine.value - theirs.value, math.hypot(mine.se, theirs.se)
    z = abs(gap) / se if se > 0 else math.inf  # without error where an arm has no event, or nobody is spared
    p = 1.0 if gap == 0 else float(2 * norm.sf(z))
    return Effect(measure, gap, gap - WIDTH * se, gap + WIDTH * se, p, gap > 0 if more else gap < 0, counted)
