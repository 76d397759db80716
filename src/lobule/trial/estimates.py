"""Endpoints of a replicate and their analysis: each arm against the reference, as the plan of analysis says.

Statistics are those of scipy, statsmodels and lifelines; what no Python package has lives in `mmrm` and `win_ratio`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, ttest_ind

from lobule.errors import InputError, NoFit
from lobule.files.design import Design, Endpoint, response_met
from lobule.labs import better
from lobule.quantities import amount
from lobule.statistics.dose_response import ENOUGH, dose_response
from lobule.statistics.mmrm import fit_mmrm
from lobule.statistics.survival import peto, restricted_mean
from lobule.statistics.win_ratio import Level, TimeLevel, ValueLevel, win_ratio
from lobule.trial.conduct import Conducted
from lobule.trial.dose_finding import total_doses

Values = NDArray[np.float64]
FEWEST = 4  # observations of an arm, below which nothing is estimated


@dataclass(frozen=True)
class Estimate:
    """Of one arm against the reference.

    measure : what was estimated; estimate, low, high (95 %), p (two-sided); benefit : p as a normal score, positive
    where the arm does better; n, n_reference : subjects in the analysis. NaN, with a reason, where it cannot be done.
    """

    endpoint: str
    method: str
    arm: str
    reference: str
    measure: str
    estimate: float
    low: float
    high: float
    p: float
    benefit: float
    n: int
    n_reference: int
    reason: str = ""


@dataclass(frozen=True)
class Followed:
    """Time to the first of some events. time (n,), event (n,) it came, competing (n,) death came instead"""

    time: Values
    event: NDArray[np.bool_]
    competing: NDArray[np.bool_]


def followed(endpoint: Endpoint, seen: Conducted) -> Followed:
    """Times of a time_to_event endpoint; what ends observation censors it, a death that is no event competes."""
    first = np.minimum.reduce([seen.events[name] for name in endpoint.events])
    time = np.minimum(first, seen.left)
    event = first <= seen.left
    dead = seen.events["death"] <= seen.left
    return Followed(time, event, ~event & dead)


def values_at(endpoint: Endpoint, seen: Conducted, design: Design) -> Values:
    """A lab or score of all visits up to that of the endpoint, (n, n_visits); missing after rescue where the plan says
    so."""
    assert endpoint.output is not None and endpoint.at is not None
    last = int(np.searchsorted(seen.visits, amount(endpoint.at, "time")))
    values = seen.measured[endpoint.output][:, : last + 1]
    if design.analysis.rescue == "hypothetical":
        after = seen.visits[None, : last + 1] > seen.rescued[:, None]
        values = np.where(after, np.nan, values)
    return values


def responders(endpoint: Endpoint, seen: Conducted, design: Design) -> NDArray[np.bool_]:
    """Who responds; a missing value is no response."""
    values = values_at(endpoint, seen, design)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(response_met(values[:, -1], values[:, 0], endpoint.responds()), bool)


def analyse(design: Design, seen: Conducted, endpoint: Endpoint) -> list[Estimate]:
    """Every arm against the reference; a dose response gives one estimate, of the arm with the recommended dose."""
    if endpoint.how == "dose_response":
        return [_dose_response(design, seen, endpoint)]
    return [_compare(design, seen, endpoint, arm) for arm in range(len(design.arms)) if arm != design.reference]


def _compare(design: Design, seen: Conducted, endpoint: Endpoint, arm: int) -> Estimate:
    pair = seen.some(np.isin(seen.arm, (arm, design.reference)))
    treated = pair.arm == arm
    names = (endpoint.name, endpoint.how, design.arms[arm].name, design.arms[design.reference].name)
    try:
        measure, estimate, low, high, p, improves, counted = HOW[endpoint.how](design, pair, endpoint, treated)
    except NoFit as error:
        nothing = math.nan
        return Estimate(*names, "", nothing, nothing, nothing, nothing, nothing, 0, 0, str(error))
    score = float(norm.isf(max(p, 1e-300) / 2)) * (1 if improves else -1) if math.isfinite(p) else math.nan
    n = int((treated & counted).sum())
    return Estimate(*names, measure, estimate, low, high, p, score, n, int(counted.sum()) - n)


Found = tuple[str, float, float, float, float, bool, NDArray[np.bool_]]


def _enough(treated: NDArray[np.bool_], counted: NDArray[np.bool_], n: int = FEWEST) -> None:
    for here in (treated & counted, ~treated & counted):
        if here.sum() < n:
            raise NoFit(f"an arm has {int(here.sum())} subjects with a value, fewer than {n}")


def _covariates(design: Design, seen: Conducted, own: Values) -> list[Values]:
    """Baseline of the endpoint, covariates, strata; columns without spread are left out."""
    columns = [own]
    columns += [seen.measured[name][:, 0] for name in design.analysis.covariates]
    columns += [(seen.stratum >> bit & 1).astype(float) for bit in range(len(design.randomisation.strata))]
    return columns


def _ancova(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    """Change by arm, baseline, covariates and strata, least squares."""
    import statsmodels.api as sm

    values = values_at(endpoint, seen, design)
    counted: NDArray[np.bool_] = np.isfinite(values[:, -1]) & np.isfinite(values[:, 0])
    _enough(treated, counted)
    columns = [c[counted] for c in _covariates(design, seen, values[:, 0])]
    x = np.column_stack([np.ones(counted.sum()), treated[counted], *[c for c in columns if np.ptp(c) > 0]])
    x = _independent(x)
    fit = sm.OLS(values[counted, -1] - values[counted, 0], x).fit()
    low, high = fit.conf_int()[1]
    return _signed("difference of means", endpoint, fit.params[1], low, high, fit.pvalues[1], counted)


def _independent(x: Values) -> Values:
    """Columns that do not depend on those before them."""
    kept: list[int] = []
    for k in range(x.shape[1]):
        if np.linalg.matrix_rank(x[:, [*kept, k]]) > len(kept):
            kept.append(k)
    return x[:, kept]


def _signed(
    measure: str, endpoint: Endpoint, estimate: float, low: float, high: float, p: float, counted: NDArray[np.bool_]
) -> Found:
    assert endpoint.output is not None
    improves = (estimate > 0) == (better(endpoint.output) == "up")
    return measure, float(estimate), float(low), float(high), float(p), bool(improves), counted


def _t_test(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    """Changes of two arms, Student's t."""
    values = values_at(endpoint, seen, design)
    change = values[:, -1] - values[:, 0]
    counted = np.isfinite(change)
    _enough(treated, counted)
    found = ttest_ind(change[treated & counted], change[~treated & counted])
    low, high = found.confidence_interval()
    estimate = change[treated & counted].mean() - change[~treated & counted].mean()
    return _signed("difference of means", endpoint, estimate, low, high, found.pvalue, counted)


def _mmrm(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    """Changes at all visits; arm, baseline, covariates and strata by visit; the arm at the visit of the endpoint."""
    values = values_at(endpoint, seen, design)
    change = values[:, 1:] - values[:, :1]
    done = np.asarray(np.isfinite(change).any(axis=0))
    change = change[:, done]
    counted = np.asarray(np.isfinite(change).any(axis=1))
    if not done[-1]:
        raise NoFit("the visit of the endpoint has no values")
    _enough(treated, counted & np.isfinite(change[:, -1]))
    change, arm = change[counted], treated[counted].astype(float)
    columns = [c[counted] for c in _covariates(design, seen, values[:, 0])]
    own = _independent(np.column_stack([np.ones(len(arm)), arm, *[c - c.mean() for c in columns if np.ptp(c) > 0]]))
    at_the_end = np.zeros((change.shape[1], own.shape[1]))
    at_the_end[-1, 1] = 1.0  # the arm, at the visit of the endpoint
    contrast = fit_mmrm(change, own).contrast(at_the_end)
    low, high = contrast.interval()
    return _signed("difference of means", endpoint, contrast.estimate, low, high, contrast.p, counted)


def _dose_response(design: Design, seen: Conducted, endpoint: Endpoint) -> Estimate:
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
    columns = [c[counted] for c in _covariates(design, seen, values[:, 0])]
    x = _independent(np.column_stack([*arms, *[c - c.mean() for c in columns if np.ptp(c) > 0]]))
    fit = sm.OLS(values[counted, -1] - values[counted, 0], x).fit()
    k = len(arms)
    covariance = np.asarray(fit.cov_params())[:k, :k]
    found = dose_response(total_doses(design), sign * fit.params[:k], covariance, fit.df_resid)
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


def _risk_difference(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    """Difference of shares, interval of Newcombe, score test (Miettinen and Nurminen)."""
    from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

    yes = responders(endpoint, seen, design)
    everyone = np.ones(len(seen), bool)
    _enough(treated, everyone)
    a, n, b, m = (int(v) for v in (yes[treated].sum(), treated.sum(), yes[~treated].sum(), (~treated).sum()))
    estimate = a / n - b / m
    low, high = confint_proportions_2indep(a, n, b, m, compare="diff", method="newcomb")
    p = (
        1.0
        if a + b in (0, n + m)
        else float(test_proportions_2indep(a, n, b, m, compare="diff", method="score").pvalue)
    )
    return "difference of shares", estimate, float(low), float(high), p, estimate > 0, everyone


def _log_rank(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    """p of the log-rank test, with the hazard ratio that belongs to it."""
    from statsmodels.duration.survfunc import survdiff

    when = followed(endpoint, seen)
    everyone = np.ones(len(seen), bool)
    _enough(treated, everyone)
    if not when.event.any():
        raise NoFit("no arm has an event")
    p = float(survdiff(np.maximum(when.time, 1e-6), when.event.astype(int), treated.astype(int))[1])
    log_ratio, se = peto(when.time, when.event, treated)
    low, high = log_ratio - 1.96 * se, log_ratio + 1.96 * se
    return "hazard ratio (Peto)", math.exp(log_ratio), math.exp(low), math.exp(high), p, log_ratio < 0, everyone


def _cox(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    """Hazard ratio, adjusted for covariates, strata as strata; Efron's ties. A death that competes censors."""
    from statsmodels.duration.hazard_regression import PHReg

    when = followed(endpoint, seen)
    everyone = np.ones(len(seen), bool)
    _enough(treated, everyone)
    if not when.event[treated].any() or not when.event[~treated].any():
        raise NoFit("an arm has no event")
    adjusted = [seen.measured[name][:, 0] for name in design.analysis.covariates]
    x = np.column_stack([treated, *[(c - c.mean()) / c.std() for c in adjusted if c.std() > 0]]).astype(float)
    ties = "efron" if len(np.unique(when.time[when.event])) < when.event.sum() else "breslow"  # the same without ties
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = PHReg(
            np.maximum(when.time, 1e-6), x, status=when.event.astype(float), strata=seen.stratum, ties=ties
        )  # fmt: skip
        fit = model.fit()
    estimate, (low, high) = float(fit.params[0]), fit.conf_int()[0]
    if not np.isfinite([estimate, low, high]).all():
        raise NoFit("the hazard ratio does not converge")
    ratio, p = math.exp(estimate), float(fit.pvalues[0])
    return "hazard ratio", ratio, math.exp(low), math.exp(high), p, estimate < 0, everyone


def _rmst(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    """Difference of restricted mean times without event, up to the shorter of both arms' follow-up."""
    when = followed(endpoint, seen)
    everyone = np.ones(len(seen), bool)
    _enough(treated, everyone)
    horizon = min(float(when.time[here].max()) for here in (treated, ~treated))
    (mine, se_mine), (theirs, se_theirs) = (
        restricted_mean(when.time[here], when.event[here], horizon) for here in (treated, ~treated)
    )
    gain, se = mine - theirs, math.hypot(se_mine, se_theirs)
    p = float(2 * norm.sf(abs(gain) / se)) if se > 0 else 1.0
    return f"days gained in {horizon:.0f}", gain, gain - 1.96 * se, gain + 1.96 * se, p, gain > 0, everyone


def _cumulative_incidence(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    """Difference of the cumulative incidences at the end, where death competes (Aalen and Johansen)."""
    from lifelines import AalenJohansenFitter

    when = followed(endpoint, seen)
    everyone = np.ones(len(seen), bool)
    _enough(treated, everyone)
    shares, variances = [], []
    for here in (treated, ~treated):
        if not when.event[here].any():
            shares.append(0.0)
            variances.append(0.0)
            continue
        codes = np.where(when.event, 1, np.where(when.competing, 2, 0))[here]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tied times, which lifelines parts by its own seed
            curve = AalenJohansenFitter(calculate_variance=True, seed=1).fit(
                when.time[here], codes, event_of_interest=1
            )
        shares.append(float(curve.cumulative_density_.iloc[-1, 0]))
        variances.append(float(curve.variance_.iloc[-1]))
    gap, se = shares[0] - shares[1], math.sqrt(sum(variances))
    p = float(2 * norm.sf(abs(gap) / se)) if se > 0 else 1.0
    return "difference of cumulative incidences", gap, gap - 1.96 * se, gap + 1.96 * se, p, gap < 0, everyone


def _win_ratio(design: Design, seen: Conducted, endpoint: Endpoint, treated: NDArray[np.bool_]) -> Found:
    everyone = np.ones(len(seen), bool)
    _enough(treated, everyone)
    groups: list[list[Level]] = [[], []]
    for name in endpoint.order:
        part = design.endpoint(name)
        for group, here in zip(groups, (treated, ~treated), strict=True):
            some = seen.some(here)
            if part.kind == "time_to_event":
                when = followed(part, some)
                group.append(TimeLevel(when.time, when.event))
            else:
                values = values_at(part, some, design)
                assert part.output is not None
                sign = 1.0 if better(part.output) == "up" else -1.0
                group.append(ValueLevel(sign * (values[:, -1] - values[:, 0])))
    found = win_ratio(*groups)
    if not math.isfinite(found.p):
        raise NoFit("no pair of patients, or only one side, wins")
    return "win ratio", found.ratio, found.low, found.high, found.p, found.ratio > 1, everyone


HOW: dict[str, Callable[..., Any]] = {
    "ancova": _ancova, "mmrm": _mmrm, "t_test": _t_test, "risk_difference": _risk_difference, "cox": _cox,
    "log_rank": _log_rank, "rmst": _rmst, "cumulative_incidence": _cumulative_incidence, "win_ratio": _win_ratio,
}  # fmt: skip


def levels(design: Design, seen: Conducted) -> Iterator[tuple[str, str, float]]:
    """(endpoint, arm, value): mean at the visit, share of responders, or Kaplan-Meier share without event at the end"""
    from statsmodels.duration.survfunc import SurvfuncRight

    for endpoint in design.endpoints:
        for a, arm in enumerate(design.arms):
            here = seen.arm == a
            if endpoint.kind == "ranked" or not here.any():
                continue
            if endpoint.kind == "time_to_event":
                when = followed(endpoint, seen)
                curve = SurvfuncRight(np.maximum(when.time[here], 1e-6), when.event[here].astype(int))
                value = float(curve.surv_prob[-1]) if len(curve.surv_prob) else 1.0
            elif endpoint.kind == "responder":
                value = float(responders(endpoint, seen, design)[here].mean())
            else:
                last = values_at(endpoint, seen, design)[here, -1]
                value = float(np.nanmean(last)) if np.isfinite(last).any() else math.nan
            yield endpoint.name, arm.name, value


def information_day(design: Design, seen: Conducted, endpoint: Endpoint, share: float) -> float:
    """Calendar day on which a share of the information is in: subjects past the visit of a lab, or events.

    Raises
    ------
    InputError : nothing has happened that could be counted.
    """
    if endpoint.kind == "time_to_event":
        when = followed(endpoint, seen)
        days = (seen.enrolled + when.time)[when.event]
    elif endpoint.kind == "ranked":
        days = seen.enrolled + seen.visits[-1]
    else:
        assert endpoint.at is not None
        days = seen.enrolled + amount(endpoint.at, "time")
    if days.size == 0:
        raise InputError(f'no event of "{endpoint.name}" happens, so that there is nothing to look at')
    return float(np.sort(days)[max(0, math.ceil(share * days.size) - 1)])
