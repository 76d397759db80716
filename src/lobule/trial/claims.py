"""The claims that a design makes at one familywise level, and how often each is shown.

A claim is that an arm is better than the reference on an endpoint. Its p is two-sided where the arm is better, else 1,
so that the chance of any false claim in favour of an arm is at most half of alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lobule.files.design import Design
from lobule.statistics import multiplicity
from lobule.statistics.multiplicity import Graph
from lobule.trial.effect import Estimate
from lobule.trial.power import share
from lobule.trial.replicates import Replicate

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
GRAPHS = {name: getattr(multiplicity, name) for name in ("bonferroni", "holm", "fixed_sequence", "fallback")}


class Claim(NamedTuple):
    """name, endpoint and arm of a hypothesis; family, from 1 on"""

    name: str
    endpoint: str
    arm: str
    family: int


def claims(design: Design) -> list[Claim]:
    """All of a design that has some, in order."""
    plan = design.analysis.multiplicity
    if plan is None:
        return []
    others = [arm.name for a, arm in enumerate(design.arms) if a != design.reference]
    if plan.procedure == "graph":
        return [Claim(one.name, one.endpoint, one.arm or others[0], 1) for one in plan.hypotheses]
    found = [(k, e, a) for k, family in enumerate(plan.families, start=1) for e in family for a in others]
    return [Claim(f"H{i}", e, a, k) for i, (k, e, a) in enumerate(found, start=1)]


def graph(design: Design) -> Graph | None:
    """Of the procedure; None of serial gatekeeping, which is a sequence of them."""
    plan, all_of_them = design.analysis.multiplicity, claims(design)
    assert plan is not None
    if plan.procedure == "graph":
        names = [one.name for one in plan.hypotheses]
        passes = np.array([[one.passes.get(name, 0.0) for name in names] for one in plan.hypotheses])
        return Graph(np.array([one.weight for one in plan.hypotheses]), passes)
    if plan.procedure in GRAPHS:
        found: Graph = GRAPHS[plan.procedure](len(all_of_them))
        return found
    return multiplicity.parallel_gatekeeping(_sizes(all_of_them)) if plan.procedure == "parallel_gatekeeping" else None


def _sizes(all_of_them: Sequence[Claim]) -> list[int]:
    return np.bincount([claim.family for claim in all_of_them])[1:].tolist()


def adjusted_p(design: Design, estimates: Sequence[Estimate]) -> Values:
    """Of every claim, (h,); what cannot be estimated is not shown."""
    of = {(e.endpoint, e.arm): e for e in estimates}
    found = [of[claim.endpoint, claim.arm] for claim in claims(design)]
    p = np.array([e.p if e.benefit > 0 and np.isfinite(e.p) else 1.0 for e in found])
    shared = graph(design)
    return multiplicity.serial_gatekeeping(p, _sizes(claims(design))) if shared is None else (
        multiplicity.adjusted(p, shared))  # fmt: skip


def shown_claims(design: Design, found: Sequence[Replicate]) -> pd.DataFrame:
    """Each claim over the replicates.

    Returns
    -------
    DataFrame: claim, family, endpoint, arm, begins_with (share of alpha), passes (shares of its level to others), p and
        adjusted_p of the first replicate, shown (it is, there), shown_share of all replicates with low, high (Wilson,
        95 %), replicates. Rows "any" and "all" at the end.
    """
    import pandas as pd

    all_of_them, mine = claims(design), [r for r in found if r.kind == "trial"]
    columns = ["claim", "family", "endpoint", "arm", "begins_with", "passes", "p", "adjusted_p", "shown",
               "shown_share", "low", "high", "replicates"]  # fmt: skip
    if not all_of_them or not mine:
        return pd.DataFrame(columns=columns)
    alpha, shared = design.analysis.alpha, graph(design)
    p = np.array([adjusted_p(design, r.estimates) for r in mine])
    plain = {(e.endpoint, e.arm): e.p for e in mine[0].estimates}
    rows: list[dict[str, Any]] = []
    for k, claim in enumerate(all_of_them):
        begins = 1 / _sizes(all_of_them)[0] * (claim.family == 1) if shared is None else float(shared.weights[k])
        rows.append({"claim": claim.name, "family": claim.family, "endpoint": claim.endpoint, "arm": claim.arm,
                     "begins_with": begins, "passes": _passes(all_of_them, shared, k),
                     "p": plain[claim.endpoint, claim.arm], "adjusted_p": p[0, k], "shown": bool(p[0, k] <= alpha),
                     **_shown(p[:, k] <= alpha)})  # fmt: skip
    for name, counts in (("any", np.any), ("all", np.all)):
        hits = np.asarray(counts(p <= alpha, axis=1), bool)
        rows.append({"claim": name, "passes": "", "endpoint": "", "arm": "", "shown": bool(hits[0]), **_shown(hits)})
    return pd.DataFrame(rows, columns=columns)


def _passes(all_of_them: Sequence[Claim], shared: Graph | None, k: int) -> str:
    if shared is None:
        return "Holm's within the family; the next once all of it are shown"
    found = zip(all_of_them, shared.passes[k], strict=True)
    return ", ".join(f"{part:.3g} to {claim.name}" for claim, part in found if part > 0)


def _shown(hits: NDArray[np.bool_]) -> dict[str, Any]:
    found = share(int(hits.sum()), len(hits))
    return {"shown_share": found["share"], "low": found["low"], "high": found["high"], "replicates": len(hits)}


def familywise_error(design: Design, found: Sequence[Replicate]) -> dict[str, Any] | None:
    """Share of trials in which nothing works that claim something, with its Monte Carlo error; None without claims."""
    null = [r for r in found if r.kind == "null"]
    if design.analysis.multiplicity is None or not null:
        return None
    alpha = design.analysis.alpha
    return share(sum(bool((adjusted_p(design, r.estimates) <= alpha).any()) for r in null), len(null))
