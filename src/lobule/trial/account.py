"""What a reviewer asks of a trial beside its results: question, chances, boundaries, sample size, how it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lobule.files.design import Design
from lobule.labs import better, labs
from lobule.report.records import records
from lobule.statistics.boundaries import crossing
from lobule.trial.effect import FEWEST
from lobule.trial.estimands import estimands
from lobule.trial.groups import in_words
from lobule.trial.outcome import Outcome
from lobule.trial.power import Size
from lobule.trial.replicates import comparisons, limits
from lobule.trial.sizes import PLANNED, size_table
from lobule.trial.submission import said_of_submission

KINDS = {
    "power": "power", "type_1_error": "type I error, when nothing works",
    "familywise_error": "any claim, when nothing works", "assurance": "assurance",
}  # fmt: skip
POWER_MEANS = (
    "Power: share of replicates in which the boundary is crossed in favour of an arm, at any look{any}. Type I error: "
    "the same, on either side, when no product does anything. Assurance: power over members of the calibrated "
    "ensemble, which holds what is not known of the model. Intervals: Wilson's, 95 %."
)
COLUMNS_MEAN = (
    "estimate, low and high: median and 5th to 95th percentile over the replicates; significant share: p below alpha "
    "({alpha:g}, two-sided) and better, each endpoint and arm by itself, without allowance for several; benefit: p as "
    "a normal score, positive where the arm does better; bars and shades of single replicates: 95 % intervals."
)
OF_METHODS = ("endpoint", "estimator", "adjusted_for", "missing_values")
NOT_ESTIMATED = (
    "Each arm is compared with the reference on the subjects of these two arms alone (a dose response takes all arms). "
    f"An endpoint is not estimated where an arm has fewer than {FEWEST} patients with a value."
)
SUBGROUPS_MEAN = (
    "Interaction: difference of the effects in a group and its opposite, or ratio of two ratios, with 95 % interval "
    "and p (Altman and Bland 2003). One replicate; subgroups share no error rate."
)


def account(of: Outcome, search: Size | None, record: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of it that a report shows."""
    design = of.design
    table = records(size_table(design, list(of.replicates)))
    reference = design.arms[design.reference].name
    others = [arm.name for a, arm in enumerate(design.arms) if a != design.reference]
    several = comparisons(design)
    return {
        "question": question(design), "methods": records(estimands(design)[list(OF_METHODS)]),
        "not_estimated": NOT_ESTIMATED,
        "multiplicity": multiplicity(design), "chances": chances(of.power()), "boundaries": boundaries(of),
        "power_means": POWER_MEANS.format(any=" and in any of the arms" if several > 1 else ""),
        "columns_mean": COLUMNS_MEAN.format(alpha=design.analysis.alpha), "subgroups_mean": SUBGROUPS_MEAN,
        "sizes": [] if search is None else list(search.tries), "wanted": None if search is None else search.power,
        "size_said": "" if search is None else search.said, "size_table": table,
        "no_size_table": _without_formula(design), "made": [
            *how_made(design, of.name, record),
            ("Tables of submission", said_of_submission(of.study, design, len(of.shown))),
        ],
        "better": _better(design),
        "sides": (others[0] if len(others) == 1 else "treated", reference), "unit": _unit(design),
    }  # fmt: skip


def question(design: Design) -> str:
    """What the trial asks, in a sentence."""
    groups = [f"{g.etiology} ({g.stage})" for g in design.population.groups] or [f"{design.population.cohort}"]
    who = " or ".join(groups)
    with_rule = f" with {in_words(design.population.criteria)}" if design.population.criteria else ""
    others = [arm.name for a, arm in enumerate(design.arms) if a != design.reference]
    reference = design.arms[design.reference].name
    care = f", all on {', '.join(design.care)}," if design.care else ""
    end = design.primary
    what = end.name if end.at is None else f"{end.name} ({end.output}, {end.kind.replace('_', ' ')} at {end.at})"
    if end.kind == "time_to_event":
        what = f"time to {' or '.join(end.events)} within {design.end:g} d"
    does = "does" if len(others) == 1 else "do"
    return (f"In people with {who}{with_rule}{care} {does} {' or '.join(others)}, compared with {reference}, change "
            f"{what}?")  # fmt: skip


def multiplicity(design: Design) -> str:
    """How several comparisons share alpha."""
    several = comparisons(design)
    alpha, plan = design.analysis.alpha, design.analysis.multiplicity
    if plan is not None:
        within = ", then ".join(", ".join(family) for family in plan.families)
        return (f"Claims at one familywise level of {alpha:g} by {plan.procedure.replace('_', ' ')}"
                f"{f' over {within}' if within else ''}; the power is that of the primary endpoint alone.")  # fmt: skip
    if several == 1:
        return (
            f"One comparison of the primary endpoint at a two-sided alpha of {alpha:g}; other endpoints are secondary."
        )
    return (f"{several} arms are compared with the reference; each has a two-sided alpha of {alpha / several:.3g} "
            f"({alpha:g} over {several}, Bonferroni); others are secondary.")  # fmt: skip


def chances(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Power, type I error and assurance as rows: what, share, monte_carlo_error, low, high (95 %), replicates."""
    return [{"what": name, **found[kind]} for kind, name in KINDS.items() if kind in found]


def boundaries(of: Outcome) -> list[dict[str, Any]]:
    """Each look: information, boundary of the normal score, its nominal p, lower boundary of futility where there is
    one, chance of crossing when nothing works, share of trials that end there and for what."""
    from scipy.stats import norm

    design, found = of.design, of.power()
    at = design.interim.looks if design.interim else [1.0]
    ends = {row["look"]: row for row in found.get("stopping", [])}
    lower = bool(design.interim and design.interim.futility)
    upper = limits(design)
    rows = []
    for k, (share, limit, chance) in enumerate(zip(at, upper, crossing(upper, at), strict=True), start=1):
        row = {
            "look": k,
            "information": share,
            "boundary": float(limit),
            "nominal_p": float(2 * norm.sf(limit)),
            **({"futility": ends[k]["futility"]} if lower and k in ends else {}),
            "crossed_by_chance": float(chance),
            "share_ending": ends[k]["share_stopped"] if k in ends else 1.0,
        }
        rows.append(row | {name: ends[k][name] for name in ("for_efficacy", "for_harm", "for_futility") if k in ends})
    return rows


def how_made(design: Design, name: str, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Design, its checksum, seeds, versions and the date, as items and texts."""
    versions = record.get("versions", {})
    rows = [
        ("Design", name),
        ("Checksum of the design (SHA-256)", design_checksum(design)),
        ("Seed of the trial", f"{design.seed}; replicate k of a kind is drawn from it alone"),
        ("Seed of the patients", f"{design.population.seed}"),
        ("Patients drawn from (SHA-256)", str(record.get("population", ""))),
        ("lobule", versions.get("lobule", "")),
        ("Versions", ", ".join(f"{k} {v}" for k, v in versions.items() if k != "lobule")),
        ("Begun (UTC)", str(record.get("begun", ""))),
        ("Who wrote it", "lobule audit tells who wrote the folder, when, with which version"),
    ]
    return [(item, text) for item, text in rows if text]


def design_checksum(design: Design) -> str:
    """SHA-256 of all fields of a design, those left out included."""
    return hashlib.sha256(json.dumps(design.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def _better(design: Design) -> str:
    """Side of the line on which an arm does better, for the estimate of the primary endpoint."""
    end = design.primary
    if end.kind == "ranked" or end.how == "rmst":
        return "up"
    if end.kind == "time_to_event":
        return "down"
    assert end.output is not None
    return "up" if end.kind == "responder" else better(end.output)


def _unit(design: Design) -> str:
    end = design.primary
    unit = labs()[end.output].counted if end.kind == "change" and end.output else ""
    return f" ({unit})" if unit else ""


def _without_formula(design: Design) -> str:
    how = design.primary.how
    if how not in PLANNED:
        return f"There is no formula for {how.replace('_', ' ')}; lobule trial --power simulates the size."
    return "No size by formula: the model predicts next to no effect, or no event."
