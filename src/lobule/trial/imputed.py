"""Analyses by multiple imputation, and how far the answer hangs on what is taken for the missing values."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq

from lobule.errors import NoFit
from lobule.files.design import Design, Endpoint, response_met
from lobule.files.estimand import COMPOSITE
from lobule.files.plan_of_analysis import Imputation
from lobule.labs import better
from lobule.patient.draws import generator
from lobule.quantities import amount
from lobule.statistics.imputation import AT_RANDOM, COPY_REFERENCE, JUMP_TO_REFERENCE, Pooled, impute, pool
from lobule.statistics.mmrm import fit_mmrm
from lobule.trial.changes import difference, repeated
from lobule.trial.conduct import Conducted
from lobule.trial.effect import Effect, Flags, Values, enough, independent
from lobule.trial.observed import asked_of, first_day, values_at

if TYPE_CHECKING:
    import pandas as pd

WIDEST = 20.0  # standard deviations of the changes, up to which a tipping point is searched
ASSUMPTIONS = (AT_RANDOM, JUMP_TO_REFERENCE, COPY_REFERENCE)
TIPPING = "tipping_point"
TAIL = 0.05  # of intervals


class Completed(NamedTuple):
    """Changes at the visit of the endpoint, whole, of each imputation, and what they are analysed with.

    changes (m, n); was_missing (n,) : imputed; covariates (n, k), the arm second; treated, counted (n,) of the pair
    """

    changes: Values
    was_missing: Flags
    covariates: Values
    treated: Flags
    counted: Flags
    baseline: Values


def complete(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags, how: Imputation) -> Completed:
    """Impute the changes of two arms by the mixed model that `mmrm` fits; who has a baseline is in.

    Raises
    ------
    NoFit : too few values of an arm, or a model that cannot be fitted.
    """
    data = repeated(design, seen, endpoint, treated, everyone=True)
    rng = generator(design.seed, "imputation", zlib.crc32(seen.rows.tobytes() + data.changes.tobytes()))
    coefficients, covariances = fit_mmrm(data.changes, data.covariates).draws(how.number, rng)
    as_reference = data.covariates.copy()
    as_reference[:, 1] = 0.0
    means, theirs = (np.einsum("nk,mvk->mnv", u, coefficients) for u in (data.covariates, as_reference))
    arm = treated[data.counted]
    whole = impute(data.changes, means, theirs, covariances, arm, how.missing, rng)[:, :, -1]
    gone = np.isnan(data.changes[:, -1])
    whole = whole + how.delta * (gone & arm)
    baseline = values_at(endpoint, seen, design)[data.counted, 0]
    return Completed(whole, gone, data.covariates, arm, data.counted, baseline)


def multiple_imputation(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Change at the visit by arm, baseline, covariates and strata, least squares, over the imputations."""
    found = complete(design, seen, endpoint, treated, endpoint.imputation)
    return _effect(endpoint, _pooled(found), found.counted)


def _effect(endpoint: Endpoint, found: Pooled, counted: Flags) -> Effect:
    low, high = found.interval()
    return difference(endpoint, found.estimate, low, high, found.p, counted)


def _pooled(data: Completed, delta: float = 0.0) -> Pooled:
    """Least squares of each imputation, with a further shift of what was imputed in the treated arm."""
    x = independent(data.covariates)
    y = data.changes + delta * (data.was_missing & data.treated)
    inverse = np.linalg.inv(x.T @ x)
    beta = y @ x @ inverse
    rest, df = y - beta @ x.T, len(x) - x.shape[1]
    variances = (rest**2).sum(axis=1) / df * inverse[1, 1]
    return pool(beta[:, 1], variances, df)


def imputed_risk_difference(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Difference of the shares of responders over the imputations, Wald's variance; a composite event is no response"""
    everyone = np.ones(len(seen), bool)
    enough(treated, everyone)
    found = complete(design, seen, endpoint, treated, endpoint.imputation)
    assert endpoint.at is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = response_met(found.changes + found.baseline, found.baseline, endpoint.responds())
    failed = first_day(seen, endpoint.strategies(design.analysis.rescue), COMPOSITE)[found.counted]
    yes = np.asarray(yes, bool) & ~(failed < amount(endpoint.at, "time"))
    shares = [yes[:, here].mean(axis=1) for here in (found.treated, ~found.treated)]
    sizes = [int(here.sum()) for here in (found.treated, ~found.treated)]
    variances = np.asarray(sum(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True)), float)
    if not variances.all():
        raise NoFit("an arm has only responders, or none, in an imputation")
    result = pool(shares[0] - shares[1], variances, sum(sizes) - 2)
    low, high = result.interval()
    estimate = result.estimate
    return Effect("difference of shares", estimate, low, high, result.p, estimate > 0, found.counted)


def sensitivity(design: Design, seen: Conducted) -> pd.DataFrame:
    """How the answer on each change hangs on what is missing, of one replicate.

    Returns
    -------
    DataFrame: endpoint, arm, assumption (missing_at_random, jump_to_reference, copy_reference, tipping_point), delta
        (added to what was imputed in the arm), imputed (share of the pair), estimate, low, high, p, reason (why there
        is none). The tipping point is the smallest shift against the arm at which p is no longer below alpha.
    """
    import pandas as pd

    columns = ["endpoint", "arm", "assumption", "delta", "imputed", "estimate", "low", "high", "p", "reason"]
    rows = [row for e in design.endpoints
            if e.kind == "change" and e.how != "dose_response" and not e.principal  # whose dead have no values
            for row in _of_endpoint(design, seen, e)]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _of_endpoint(design: Design, seen: Conducted, endpoint: Endpoint) -> Iterator[dict[str, object]]:
    asked = asked_of(endpoint, seen)
    for a, arm in enumerate(design.arms):
        if a == design.reference:
            continue
        pair = asked.some(np.isin(asked.arm, (a, design.reference)))
        treated = pair.arm == a
        name = {"endpoint": endpoint.name, "arm": arm.name}
        tipping: dict[str, object] = {}
        for assumption in ASSUMPTIONS:
            how = endpoint.imputation.model_copy(update={"missing": assumption, "delta": 0.0})
            try:
                data = complete(design, pair, endpoint, treated, how)
            except NoFit as error:
                tipping = tipping or {"reason": str(error)}
                yield {**name, "assumption": assumption, "reason": str(error)}
                continue
            if assumption == AT_RANDOM or data.was_missing.any():  # else all assumptions are one
                yield {**name, "assumption": assumption, **_row(data, 0.0)}
            if assumption == AT_RANDOM:
                tipping = _tipping_point(design, endpoint, data)
        yield {**name, "assumption": TIPPING, **tipping}


def _row(data: Completed, delta: float) -> dict[str, object]:
    found = _pooled(data, delta)
    low, high = found.interval()
    return {"delta": delta, "imputed": float(data.was_missing.mean()), "estimate": found.estimate, "low": low,
            "high": high, "p": found.p, "reason": ""}  # fmt: skip


def _tipping_point(design: Design, endpoint: Endpoint, data: Completed) -> dict[str, object]:
    """The smallest shift of what was imputed in the arm, against it, that takes its significance away."""
    assert endpoint.output is not None
    alpha, worse = design.analysis.alpha, -1.0 if better(endpoint.output) == "up" else 1.0
    plain = _pooled(data)
    if not (data.was_missing & data.treated).any():
        return {"reason": "no value of the arm is missing"}
    if not plain.p < alpha or plain.estimate * worse > 0:
        return {"reason": "not significantly better without a shift"}
    step = float(data.changes.std()) * worse

    def above(k: float) -> float:
        return _pooled(data, k * step).p - alpha

    reached = next((k for k in np.arange(0.5, WIDEST + 0.5, 0.5) if above(k) >= 0), None)
    if reached is None:
        return {"reason": f"significant up to a shift of {WIDEST * step:.3g}"}
    found = _row(data, float(brentq(above, reached - 0.5, reached)) * step)
    touching = "low" if worse < 0 else "high"  # the end of the interval that lies on 0 there, but for rounding
    return found | ({touching: 0.0} if alpha == TAIL else {})
