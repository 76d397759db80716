"""What borrowing from historical controls does to error and power, by where the true control lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from lobule.files.design import Design, Endpoint
from lobule.labs import better
from lobule.statistics.map_prior import Prior, chance_of_means, chance_of_shares, patients_of_shares
from lobule.trial.borrowed import METHOD, patient_sd, prior_of
from lobule.trial.replicates import Replicate

if TYPE_CHECKING:
    import pandas as pd

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)  # of the prior, at which error and power are told


def borrowing(design: Design, found: Sequence[Replicate]) -> pd.DataFrame:
    """Error and power of each endpoint that borrows, by where the true control lies.

    Returns
    -------
    DataFrame: endpoint, arm, prior_quantile, control (true), worth (patients that the history is worth, without its
        vague share), false_positive (chance to show an arm that does nothing to be better) and power (at the median
        effect of the replicates), and both without history; planned sizes, each arm complete.
    """
    import pandas as pd

    columns = ["endpoint", "arm", "prior_quantile", "control", "worth", "false_positive", "power",
               "false_positive_without", "power_without"]  # fmt: skip
    rows: list[dict[str, Any]] = []
    for endpoint in design.endpoints:
        if endpoint.how == METHOD:
            for a, arm in enumerate(design.arms):
                if a != design.reference:
                    rows += _of_arm(design, endpoint, a, arm.name, found)
    return pd.DataFrame(rows, columns=columns)


def _of_arm(design: Design, endpoint: Endpoint, a: int, arm: str, found: Sequence[Replicate]) -> list[dict[str, Any]]:
    estimates = [e.estimate for r in found if r.kind == "trial" for e in r.estimates
                 if e.endpoint == endpoint.name and e.arm == arm and math.isfinite(e.estimate)]  # fmt: skip
    gap = float(np.median(estimates)) if estimates else math.nan
    sizes = (round(design.patients * design.shares[design.reference]), round(design.patients * design.shares[a]))
    informative, robust = prior_of(endpoint, robust=0.0), prior_of(endpoint)
    chance = _chances(design, endpoint, sizes)
    rows = []
    for quantile in QUANTILES:
        control = informative.quantile(quantile)
        row: dict[str, Any] = {"endpoint": endpoint.name, "arm": arm, "prior_quantile": quantile, "control": control,
                               "worth": _worth(endpoint, informative)}  # fmt: skip
        for name, prior in (("", robust), ("_without", None)):
            row[f"false_positive{name}"] = chance(prior, control, 0.0)
            row[f"power{name}"] = chance(prior, control, gap) if math.isfinite(gap) else math.nan
        rows.append(row)
    return rows


def _worth(endpoint: Endpoint, prior: Prior) -> float:
    if endpoint.kind == "responder":
        return patients_of_shares(prior)
    return float((patient_sd(endpoint) / prior.sd) ** 2)


def _chances(
    design: Design, endpoint: Endpoint, sizes: tuple[int, int]
) -> Callable[[Prior | None, float, float], float]:  # fmt: skip
    """Chance to show the arm to be better, of a prior (None: no history), the true control and a difference."""
    alpha, up = design.analysis.alpha, endpoint.kind == "responder" or better(endpoint.output or "") == "up"

    def of_responders(prior: Prior | None, control: float, gap: float) -> float:
        known = prior_of(endpoint, robust=1.0) if prior is None else prior
        return chance_of_shares(known, control, gap, sizes, alpha, up)

    def of_changes(prior: Prior | None, control: float, gap: float) -> float:
        sd = patient_sd(endpoint)
        errors = (sd / math.sqrt(sizes[0]), sd / math.sqrt(sizes[1]))
        if prior is None:
            return float(norm.sf(norm.isf(alpha / 2) - (gap if up else -gap) / math.hypot(*errors)))
        return chance_of_means(prior, control, gap, errors, alpha, up)

    return of_responders if endpoint.kind == "responder" else of_changes
