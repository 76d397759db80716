"""Analyses of the change of a lab or score: every arm against the reference, or the dose response over all."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import norm, ttest_ind

from lobule.errors import NoFit
from lobule.files.design import Design, Endpoint
from lobule.labs import better
from lobule.statistics.dose_response import ENOUGH
from lobule.statistics.dose_response import dose_response as over_all_doses
from lobule.statistics.mmrm import fit_mmrm
from lobule.trial.conduct import Conducted
from lobule.trial.dose_finding import total_doses
from lobule.trial.effect import FEWEST, Effect, Estimate, Flags, Values, covariates, enough, independent
from lobule.trial.observed import values_at


def ancova(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Change by arm, baseline, covariates and strata, least squares."""
    import statsmodels.api as sm

    values = values_at(endpoint, seen, design)
    counted: Flags = np.isfinite(values[:, -1]) & np.isfinite(values[:, 0])
    enough(treated, counted)
    columns = [c[counted] for c in covariates(design, seen, values[:, 0])]
    x = np.column_stack([np.ones(counted.sum()), treated[counted], *[c for c in columns if np.ptp(c) > 0]])
    x = independent(x)
    fit = sm.OLS(values[counted, -1] - values[counted, 0], x).fit()
    low, high = fit.conf_int()[1]
    return difference(endpoint, fit.params[1], low, high, fit.pvalues[1], counted)


def difference(endpoint: Endpoint, estimate: float, low: float, high: float, p: float, counted: Flags) -> Effect:
    """Of means, which is better in the direction in which the lab is."""
    assert endpoint.output is not None
    improves = (estimate > 0) == (better(endpoint.output) == "up")
    return Effect("difference of means", float(estimate), float(low), float(high), float(p), bool(improves), counted)


def t_test(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Changes of two arms, Student's t."""
    values = values_at(endpoint, seen, design)
    change = values[:, -1] - values[:, 0]
    counted = np.isfinite(change)
    enough(treated, counted)
    found = ttest_ind(change[treated & counted], change[~treated & counted])
    low, high = found.confidence_interval()
    estimate = change[treated & counted].mean() - change[~treated & counted].mean()
    return difference(endpoint, estimate, low, high, found.pvalue, counted)


class Repeated(NamedTuple):
    """Changes (n, n_visits) of the subjects that count, NaN where missing; covariates (n, k): ones, arm, and what is
    adjusted for, centred; counted : who of all they are"""

    changes: Values
    covariates: Values
    counted: Flags


def repeated(
    design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags, *, everyone: bool = False
) -> Repeated:  # fmt: skip
    """Changes at all visits up to that of the endpoint; visits at which nobody was measured are left out.

    Parameters
    ----------
    everyone : who has a baseline counts, else who has a change

    Raises
    ------
    NoFit : too few values of an arm, or none at the visit of the endpoint.
    """
    values = values_at(endpoint, seen, design)
    change = values[:, 1:] - values[:, :1]
    done = np.asarray(np.isfinite(change).any(axis=0))
    change = change[:, done]
    counted = np.isfinite(values[:, 0]) if everyone else np.asarray(np.isfinite(change).any(axis=1))
    if not done[-1]:
        raise NoFit("the visit of the endpoint has no values")
    enough(treated, counted & np.isfinite(change[:, -1]))
    arm = treated[counted].astype(float)
    columns = [c[counted] for c in covariates(design, seen, values[:, 0])]
    own = independent(np.column_stack([np.ones(len(arm)), arm, *[c - c.mean() for c in columns if np.ptp(c) > 0]]))
    return Repeated(change[counted], own, counted)


def mmrm(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Changes at all visits; arm, baseline, covariates and strata by visit; the arm at the visit of the endpoint."""
    data = repeated(design, seen, endpoint, treated)
    at_the_end = np.zeros((data.changes.shape[1], data.covariates.shape[1]))
    at_the_end[-1, 1] = 1.0  # the arm, at the visit of the endpoint
    contrast = fit_mmrm(data.changes, data.covariates).contrast(at_the_end)
    low, high = contrast.interval()
    return difference(endpoint, contrast.estimate, low, high, contrast.p, data.counted)


def dose_response(design: Design, seen: Conducted, endpoint: Endpoint) -> Estimate:
    """Changes by arm, baseline, covariates, strata; the dose response over all arms; effect of the recommended arm."""
    import statsmodels.api as sm

    reference = design.arms[design.reference].name
    values = values_at(endpoint, seen, design)
    counted = np.asarray(np.isfinite(values[:, -1]) & np.isfinite(values[:, 0]))
    sizes = [int((counted & (seen.arm == a)).sum()) for a in range(len(design.arms))]
    if min(sizes) < FEWEST:
        nothing = (math.nan,) * 5
        reason = f"an arm has {min(sizes)} subjects with a value, fewer than {FEWEST}"
        return Estimate(endpoint.name, endpoint.how, "", reference, "", *nothing, 0, 0, reason)
    assert endpoint.output is not None
    sign = 1.0 if better(endpoint.output) == "up" else -1.0
    arms = [(seen.arm[counted] == a).astype(float) for a in range(len(design.arms))]
    columns = [c[counted] for c in covariates(design, seen, values[:, 0])]
    x = independent(np.column_stack([*arms, *[c - c.mean() for c in columns if np.ptp(c) > 0]]))
    fit = sm.OLS(values[counted, -1] - values[counted, 0], x).fit()
    k = len(arms)
    covariance = np.asarray(fit.cov_params())[:k, :k]
    found = over_all_doses(total_doses(design), sign * fit.params[:k], covariance, fit.df_resid)
    weights = np.zeros(x.shape[1])
    weights[found.recommended], weights[design.reference] = 1.0, -1.0
    effect = fit.t_test(weights)
    low, high = effect.conf_int()[0]
    p = min(1.0, 2 * found.p)  # two-sided, as alpha is
    score = float(norm.isf(max(p, 1e-300) / 2)) if found.p < 0.5 else 0.0
    measure = f"effect of the recommended dose ({ENOUGH:.0%} of the largest)"
    return Estimate(
        endpoint.name, endpoint.how, design.arms[found.recommended].name, reference, measure, float(effect.effect[0]),
        float(low), float(high), p, score, sizes[found.recommended], sizes[design.reference],
    )  # fmt: skip
