"""What replicates say together: power, type I error, assurance, stopping; and the sample size that a power needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from lobule.arguments import a_share, checking
from lobule.files.design import Design
from lobule.trial.asked import LARGEST, check_sizes, fewest, wanted_power
from lobule.trial.replicates import Replicate, comparisons, futility, limits

if TYPE_CHECKING:
    import pandas as pd

TRIES = 8
WIDTH = float(norm.ppf(0.975))
CLOSE = 0.03  # of the patients: two tries that agree so well end a search


@dataclass(frozen=True)
class Size:
    """What a search for a sample size has found.

    Attributes
    ----------
    power : wanted, None where only the power of given sizes was asked for
    patients : smallest number with it, None when 20,000 are not enough or none was asked for
    low, high : 95 % interval of that number, from the Monte Carlo error of the tries; high is inf where power may never
        be reached
    tries : patients, share (power) with monte_carlo_error, low, high (95 %), replicates of each size that was simulated
    """

    power: float | None
    patients: int | None
    low: float
    high: float
    tries: tuple[dict[str, Any], ...]

    @property
    def said(self) -> str:
        """In a sentence."""
        if self.power is None:
            return ""
        if self.patients is None:
            return f"A power of {self.power:.0%} needs more than {LARGEST:,} patients."
        high = f"{self.high:.0f}" if math.isfinite(self.high) else "any number"
        return (f"A power of {self.power:.0%} needs {self.patients} patients (95 % Monte Carlo interval "
                f"{self.low:.0f} to {high}), losses as the design has them included.")  # fmt: skip

    def plain(self) -> dict[str, Any]:
        """For summary.json."""
        low, high = (end if math.isfinite(end) else None for end in (self.low, self.high))
        return {"power": self.power, "patients": self.patients, "low": low, "high": high,
                "tries": list(self.tries)}  # fmt: skip


WHY = ("efficacy", "harm", "futility")  # what ends a trial at a look


def share(hits: int, n: int) -> dict[str, Any]:
    """A share with its Monte Carlo error (sqrt(p (1 - p) / n)) and Wilson's 95 % interval."""
    from statsmodels.stats.proportion import proportion_confint

    p = hits / n
    low, high = proportion_confint(hits, n, method="wilson")
    return {"share": p, "monte_carlo_error": math.sqrt(p * (1 - p) / n), "low": float(low), "high": float(high),
            "replicates": n}  # fmt: skip


def operating_characteristics(design: Design, found: Sequence[Replicate]) -> dict[str, Any]:
    """Of the primary endpoint: power, type I error (either side), assurance, where trials stop."""
    boundary, lower = limits(design).tolist(), futility(design).tolist()
    summary: dict[str, Any] = {"boundary": boundary}
    for kind, name in (("trial", "power"), ("assurance", "assurance")):
        mine = [r for r in found if r.kind == kind]
        if mine:
            summary[name] = share(sum(r.stopped(boundary, futility=lower) is not None for r in mine), len(mine))
    null = [r for r in found if r.kind == "null"]
    if null:
        false = sum(r.stopped(boundary) is not None or r.stopped(boundary, harm=True) is not None for r in null)
        summary["type_1_error"] = share(false, len(null))
    mine = [r for r in found if r.kind == "trial"]
    if mine and design.interim is not None:
        ends = [_end(r, boundary, lower) for r in mine]
        summary["stopping"] = [
            {"look": k + 1, "information": design.interim.looks[k], "boundary": boundary[k],
             "futility": lower[k] if math.isfinite(lower[k]) else None,
             "share_stopped": float(np.mean([at == k for at, _ in ends])),
             **{f"for_{why}": float(np.mean([end == (k, why) for end in ends])) for why in WHY}}
            for k in range(len(boundary))
        ]  # fmt: skip
        summary["mean_patients"] = float(np.mean([r.enrolled[at] for r, (at, _) in zip(mine, ends, strict=True)]))
    if mine and design.reestimation is not None:
        sizes = np.array([r.enrolled[-1] for r in mine])
        summary["mean_patients"] = float(sizes.mean())
        summary["reestimation"] = {
            "planned": design.patients, "largest": design.reestimation.largest, "mean": float(sizes.mean()),
            "share_increased": float(np.mean(sizes > mine[0].patients)),
            "share_at_largest": float(np.mean(sizes >= design.reestimation.largest)),
            "p5": float(np.percentile(sizes, 5)), "median": float(np.median(sizes)),
            "p95": float(np.percentile(sizes, 95)),
        }  # fmt: skip
    summary["not_estimable"] = sum(not math.isfinite(e.p) for r in mine for e in r.estimates
                                   if e.endpoint == design.primary.name)  # fmt: skip
    return summary


def _end(one: Replicate, boundary: Sequence[float], lower: Sequence[float]) -> tuple[int, str]:
    """Look at which a trial ends, and one of `WHY`; "" where it reaches the end without an answer."""
    for k, limit in enumerate(boundary):
        if one.looks[k] >= limit:
            return k, WHY[0]
        if -one.smallest[k] >= limit:
            return k, WHY[1]
        if one.looks[k] < lower[k]:
            return k, WHY[2]
    return len(boundary) - 1, ""


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


@checking(power=a_share)
def sample_size(design: Design, power: float, run: Callable[[int], list[Replicate]]) -> Size:
    """Smallest trial with a wanted power, found by simulation.

    A normal score grows with the root of the number of patients; each try is placed by what the ones before say.

    Parameters
    ----------
    power : wanted, between alpha and 1
    run : replicates of a trial of that many patients

    Raises
    ------
    InputError : a power that no trial can have.
    """
    wanted_power(design, power)
    boundary, lower = limits(design).tolist(), futility(design).tolist()
    step = design.randomisation.block if design.randomisation.method != "simple" else len(design.arms)
    least = fewest(design)
    tries: list[dict[str, Any]] = []
    n = _rounded(max(design.patients, least), step)
    for _ in range(TRIES):
        if n not in [t["patients"] for t in tries]:
            tries.append(_try(run, n, boundary, lower))
        wanted = _needed(_slope(tries, _threshold(design))[0], power, _threshold(design))
        if wanted > LARGEST and n == LARGEST:
            return Size(power, None, math.nan, math.nan, tuple(tries))
        before, n = n, _rounded(math.ceil(min(max(wanted, least), LARGEST)), step)
        if abs(n - before) <= max(step, CLOSE * before):
            break
    slope, se = _slope(tries, _threshold(design))
    ends = [max(_needed(slope + side * WIDTH * se, power, _threshold(design)), least) for side in (1, -1)]
    return Size(power, n, ends[0], ends[1], tuple(tries))


def power_curve(design: Design, sizes: Iterable[int], run: Callable[[int], list[Replicate]]) -> Size:
    """Power of trials of some sizes, all from the same courses.

    Raises
    ------
    InputError : no size, or one that is no number of patients for the arms.
    """
    wanted = check_sizes(design, sizes)
    boundary, lower = limits(design).tolist(), futility(design).tolist()
    return Size(None, None, math.nan, math.nan, tuple(_try(run, n, boundary, lower) for n in wanted))


def _try(
    run: Callable[[int], list[Replicate]], n: int, boundary: Sequence[float], lower: Sequence[float]
) -> dict[str, Any]:  # fmt: skip
    found = run(n)
    return {"patients": n, **share(sum(r.stopped(boundary, futility=lower) is not None for r in found), len(found))}


def _threshold(design: Design) -> float:
    return float(norm.isf(design.analysis.alpha / comparisons(design) / 2))


def _needed(slope: float, power: float, threshold: float) -> float:
    """Patients at which a score that grows by that slope a root patient has the power; inf for none."""
    return math.inf if slope <= 0 else float(((norm.ppf(power) + threshold) / slope) ** 2)


def _rounded(n: int, step: int) -> int:
    return step * math.ceil(n / step)


def _slope(tries: Sequence[dict[str, Any]], threshold: float) -> tuple[float, float]:
    """Expected score a root patient, by weighted least squares over the tries, and its standard error."""
    roots, scores, weights = [], [], []
    for t in tries:
        p = min(max(t["share"], 0.5 / t["replicates"]), 1 - 0.5 / t["replicates"])
        z = float(norm.ppf(p))
        roots.append(math.sqrt(t["patients"]))
        scores.append(z + threshold)
        weights.append(t["replicates"] * norm.pdf(z) ** 2 / (p * (1 - p)))
    r, s, w = (np.array(v) for v in (roots, scores, weights))
    return float((w * r * s).sum() / (w * r * r).sum()), float((w * r * r).sum() ** -0.5)
