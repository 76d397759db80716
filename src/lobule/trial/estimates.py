"""Analysis of a replicate: each arm against the reference, as the plan of analysis says.

Statistics are those of scipy, statsmodels and `lobule.statistics`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from lobule.errors import NoFit
from lobule.files.design import Design, Endpoint
from lobule.labs import better
from lobule.statistics.win_ratio import Level, TimeLevel, ValueLevel, win_ratio
from lobule.trial.borrowed import map_prior
from lobule.trial.changes import ancova, dose_response, mmrm, t_test
from lobule.trial.conduct import Conducted
from lobule.trial.effect import Effect, Estimate, Flags, enough
from lobule.trial.events import cox, cumulative_incidence, fine_gray, log_rank, rmst
from lobule.trial.imputed import imputed_risk_difference, multiple_imputation
from lobule.trial.observed import asked_of, followed, responders, values_at


def analyse(design: Design, seen: Conducted, endpoint: Endpoint) -> list[Estimate]:
    """Every arm against the reference; a dose response gives one estimate, of the arm with the recommended dose."""
    seen = asked_of(endpoint, seen)
    if endpoint.how == "dose_response":
        return [dose_response(design, seen, endpoint)]
    return [_compare(design, seen, endpoint, arm) for arm in range(len(design.arms)) if arm != design.reference]


def _compare(design: Design, seen: Conducted, endpoint: Endpoint, arm: int) -> Estimate:
    pair = seen.some(np.isin(seen.arm, (arm, design.reference)))
    treated = pair.arm == arm
    names = (endpoint.name, endpoint.how, design.arms[arm].name, design.arms[design.reference].name)
    try:
        found = HOW[endpoint.how](design, pair, endpoint, treated)
    except NoFit as error:
        nothing = math.nan
        return Estimate(*names, "", nothing, nothing, nothing, nothing, nothing, 0, 0, str(error))
    score = math.nan
    if math.isfinite(found.p):
        score = float(norm.isf(max(found.p, 1e-300) / 2)) * (1 if found.improves else -1)
    n = int((treated & found.counted).sum())
    return Estimate(
        *names, found.measure, found.estimate, found.low, found.high, found.p, score, n, int(found.counted.sum()) - n
    )


def _risk_difference(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    """Difference of shares, interval of Newcombe, score test (Miettinen and Nurminen)."""
    from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

    yes = responders(endpoint, seen, design)
    everyone = np.ones(len(seen), bool)
    enough(treated, everyone)
    a, n, b, m = (int(v) for v in (yes[treated].sum(), treated.sum(), yes[~treated].sum(), (~treated).sum()))
    estimate = a / n - b / m
    low, high = confint_proportions_2indep(a, n, b, m, compare="diff", method="newcomb")
    p = 1.0
    if a + b not in (0, n + m):
        with np.errstate(
            divide="ignore", invalid="ignore"
        ):  # of a ratio that statsmodels computes beside the difference
            p = float(test_proportions_2indep(a, n, b, m, compare="diff", method="score").pvalue)
    return Effect("difference of shares", estimate, float(low), float(high), p, estimate > 0, everyone)


def _win_ratio(design: Design, seen: Conducted, endpoint: Endpoint, treated: Flags) -> Effect:
    everyone = np.ones(len(seen), bool)
    enough(treated, everyone)
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
    return Effect("win ratio", found.ratio, found.low, found.high, found.p, found.ratio > 1, everyone)


HOW: dict[str, Callable[[Design, Conducted, Endpoint, Flags], Effect]] = {
    "ancova": ancova, "mmrm": mmrm, "t_test": t_test, "risk_difference": _risk_difference, "cox": cox,
    "log_rank": log_rank, "fine_gray": fine_gray, "rmst": rmst, "cumulative_incidence": cumulative_incidence,
    "win_ratio": _win_ratio,
    "map_prior": map_prior, "multiple_imputation": multiple_imputation,
    "imputed_risk_difference": imputed_risk_difference,
}  # fmt: skip
