"""What replicates say together: power, type I error, assurance, stopping; and the sample size that a power needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from lobule.arguments import a_share, checking
from lobule.errors import InputError
from lobule.files.design import Design
from lobule.trial.replicates import Replicate, comparisons, limits

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 20_000  # patients that a search goes up to
TRIES = 8
CLOSE = 0.03  # of the patients: two tries that agree so well end a search


def share(hits: int, n: int) -> dict[str, Any]:
    """A share with its Monte Carlo error (sqrt(p (1 - p) / n)) and Wilson's 95 % interval."""
    from statsmodels.stats.proportion import proportion_confint

    p = hits / n
    low, high = proportion_confint(hits, n, method="wilson")
    return {"share": p, "monte_carlo_error": math.sqrt(p * (1 - p) / n), "low": float(low), "high": float(high),
            "replicates": n}  # fmt: skip


def operating_characteristics(design: Design, found: Sequence[Replicate]) -> dict[str, Any]:
    """Of the primary endpoint: power, type I error (either side), assurance, where trials stop."""
    boundary = limits(design).tolist()
    summary: dict[str, Any] = {"boundary": boundary}
    for kind, name in (("trial", "power"), ("assurance", "assurance")):
        mine = [r for r in found if r.kind == kind]
        if mine:
            summary[name] = share(sum(r.stopped(boundary) is not None for r in mine), len(mine))
    null = [r for r in found if r.kind == "null"]
    if null:
        false = sum(r.stopped(boundary) is not None or r.stopped(boundary, harm=True) is not None for r in null)
        summary["type_1_error"] = share(false, len(null))
    mine = [r for r in found if r.kind == "trial"]
    if mine and design.interim is not None:
        ends = [_end(r, boundary) for r in mine]
        summary["stopping"] = [
            {"look": k + 1, "information": design.interim.looks[k], "boundary": boundary[k],
             "share_stopped": float(np.mean([e == k for e in ends]))}
            for k in range(len(boundary))
        ]  # fmt: skip
        summary["mean_patients"] = float(np.mean([r.enrolled[e] for r, e in zip(mine, ends, strict=True)]))
    summary["not_estimable"] = sum(not math.isfinite(e.p) for r in mine for e in r.estimates
                                   if e.endpoint == design.primary.name)  # fmt: skip
    return summary


def _end(one: Replicate, boundary: Sequence[float]) -> int:
    """Look at which a trial ends."""
    for k, limit in enumerate(boundary):
        if one.looks[k] >= limit or -one.smallest[k] >= limit:
            return k
    return len(boundary) - 1


def endpoint_table(design: Design, found: Sequence[Replicate]) -> pd.DataFrame:
    """Each endpoint and arm over the replicates with the usual parameters.

    Returns
    -------
    DataFrame: endpoint, primary, method, arm, reference, measure, median estimate with the 5th and 95th percentile of
        replicates, significant_share (p below alpha and better, each endpoint by itself), replicates, not_estimable.
    """
    import pandas as pd

    rows = []
    mine = [r for r in found if r.kind == "trial"]
    every = [e for r in mine for e in r.estimates]
    for endpoint in design.endpoints:
        for arm in design.arms:
            here = [e for e in every if e.endpoint == endpoint.name and e.arm == arm.name]
            if not here:
                continue
            values = np.array([e.estimate for e in here])
            whole = np.isfinite(values)
            quantiles = np.percentile(values[whole], (5, 50, 95)) if whole.any() else np.full(3, np.nan)
            hits = [e.p < design.analysis.alpha and e.benefit > 0 for e in here]
            measure = next((e.measure for e in here if e.measure), "")
            rows.append({"endpoint": endpoint.name, "primary": endpoint.name == design.primary.name,
                         "method": endpoint.how, "arm": arm.name, "reference": here[0].reference, "measure": measure,
                         "estimate": quantiles[1], "low": quantiles[0], "high": quantiles[2],
                         "significant_share": float(np.mean(hits)), "replicates": len(here),
                         "not_estimable": int((~whole).sum())})  # fmt: skip
    return pd.DataFrame(rows)


def wanted_power(design: Design, power: float) -> None:
    """Refuse a power that no trial of a design can have; called before the work."""
    if not design.analysis.alpha < power < 1:
        raise InputError(f"a power lies between alpha ({design.analysis.alpha:g}) and 1, not {power:g}")


@checking(power=a_share)
def sample_size(
    design: Design, power: float, run: Callable[[int], list[Replicate]]
) -> tuple[int | None, list[dict[str, Any]]]:
    """Smallest trial with a wanted power, found by simulation.

    A normal score grows with the root of the number of patients; each try is placed by what the ones before say.

    Parameters
    ----------
    power : wanted, between alpha and 1
    run : replicates of a trial of that many patients

    Returns
    -------
    (patients, tries) : patients is what all tries together say, None when 20,000 are not enough; each try has
        patients and the share with its error

    Raises
    ------
    InputError : a power that no trial can have.
    """
    alpha = design.analysis.alpha
    wanted_power(design, power)
    boundary = limits(design).tolist()
    threshold = float(norm.isf(alpha / comparisons(design) / 2))
    step = design.randomisation.block if design.randomisation.method != "simple" else len(design.arms)
    fewest = max(8 * len(design.arms), 2 ** len(design.randomisation.strata) * len(design.arms))
    tries: list[dict[str, Any]] = []
    n = _rounded(max(design.patients, fewest), step)
    for _ in range(TRIES):
        if n not in [t["patients"] for t in tries]:
            found = run(n)
            hits = sum(r.stopped(boundary) is not None for r in found)
            tries.append({"patients": n, **share(hits, len(found))})
        slope = _slope(tries, threshold)
        wanted = math.inf if slope <= 0 else ((norm.ppf(power) + threshold) / slope) ** 2
        if wanted > LARGEST and n == LARGEST:
            return None, tries
        before, n = n, _rounded(math.ceil(min(max(wanted, fewest), LARGEST)), step)
        if abs(n - before) <= max(step, CLOSE * before):
            break
    return n, tries


def _rounded(n: int, step: int) -> int:
    return step * math.ceil(n / step)


def _slope(tries: Sequence[dict[str, Any]], threshold: float) -> float:
    """Expected score a root patient, by weighted least squares over the tries."""
    roots, scores, weights = [], [], []
    for t in tries:
        p = min(max(t["share"], 0.5 / t["replicates"]), 1 - 0.5 / t["replicates"])
        z = float(norm.ppf(p))
        roots.append(math.sqrt(t["patients"]))
        scores.append(z + threshold)
        weights.append(t["replicates"] * norm.pdf(z) ** 2 / (p * (1 - p)))
    r, s, w = (np.array(v) for v in (roots, scores, weights))
    return float((w * r * s).sum() / (w * r * r).sum())
