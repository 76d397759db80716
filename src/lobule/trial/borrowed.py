"""Analyses whose reference arm borrows from controls of earlier studies."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from lobule.files.design import Design, Endpoint
from lobule.files.plan_of_analysis import Historical
from lobule.statistics.map_prior import Compared, Prior, compare_means, compare_shares, of_means, of_shares
from lobule.trial.changes import difference
from lobule.trial.conduct import Conducted
from lobule.trial.effect import Effect, Flags, enough
from lobule.trial.observed import responders, values_at

METHOD = "map_prior"


def prior_of(endpoint: Endpoint, *, robust: float | None = None) -> Prior:
    """What the earlier controls say of a new one; robust : share that is vague, that of the design when left out."""
    return _prior(endpoint.historical.model_dump_json() if endpoint.historical else "", endpoint.kind, robust)


@lru_cache(maxsize=32)
def _prior(text: str, kind: str, robust: float | None) -> Prior:
    plan = Historical.model_validate_json(text)
    vague = plan.robust if robust is None else robust
    n = np.array([one.n for one in plan.studies])
    if kind == "responder":
        hits = np.array([one.responders for one in plan.studies])
        return of_shares(hits, n, 1.0 if plan.heterogeneity is None else plan.heterogeneity, vague)
    means = np.array([float(one.mean or 0.0) for one in plan.studies])
    sds = np.array([float(one.sd or 0.0) for one in plan.studies])
    return of_means(means, sds / np.sqrt(n), _pooled(plan), plan.heterogeneity, vague)


def patient_sd(endpoint: Endpoint) -> float:
    """Standard deviation of the change of one patient, pooled over the earlier studies."""
    assert endpoint.historical is not None
    return _pooled(endpoint.historical)


def _pooled(plan: Historical) -> float:
    return math.sqrt(sum(one.n * (one.sd or 0.0) ** 2 for one in plan.studies) / sum(one.n for one in plan.studies))


def map_prior(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Difference of means or shares: median and 95 % interval of the posterior; p: twice the smaller chance"""
    if endpoint.kind == "responder":
        yes = responders(endpoint, seen, design)
        counted = np.ones(len(seen), bool)
        enough(treated, counted)
        groups = [(int(yes[here].sum()), int(here.sum())) for here in (~treated, treated)]
        found = compare_shares(prior_of(endpoint), groups[0], groups[1])
        improves = found.above > 0.5
        return Effect("difference of shares", found.estimate, found.low, found.high, _p(found), improves, counted)
    values = values_at(endpoint, seen, design)
    change = values[:, -1] - values[:, 0]
    counted = np.asarray(np.isfinite(change), bool)
    enough(treated, counted)
    means = [change[here & counted] for here in (~treated, treated)]
    of = [(float(v.mean()), float(v.std(ddof=1)) / math.sqrt(len(v))) for v in means]
    found = compare_means(prior_of(endpoint), of[0], of[1])
    return difference(endpoint, found.estimate, found.low, found.high, _p(found), counted)


def _p(found: Compared) -> float:
    return 2 * min(found.above, 1 - found.above)
