"""What the report of a trial tells, as plain data: the design page (after SPIRIT), the flow (CONSORT), results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule.files.design import EVENTS, Design
from lobule.files.estimand import WHILE_ON_TREATMENT
from lobule.labs import better, labs
from lobule.patient.criteria import Criteria
from lobule.patient.published import ACLF
from lobule.patient.screening import SCREENED
from lobule.quantities import amount
from lobule.report.records import records
from lobule.scores.markers import MARKERS
from lobule.simulation import ensemble
from lobule.simulation.program import INTENDED_USE
from lobule.simulation.reading import COUNTED, MEANING
from lobule.statistics.survival import spared
from lobule.therapy import Plan
from lobule.trial import estimands
from lobule.trial.account import account
from lobule.trial.conduct import Conducted
from lobule.trial.non_response import non_responders
from lobule.trial.observed import asked_of, followed
from lobule.trial.outcome import Outcome
from lobule.trial.population import Population
from lobule.trial.power import Size
from lobule.trial.procedures import not_events
from lobule.trial.runs import with_products
from lobule.trial.tables import beside_published, flow, safety, safety_overview, subgroups, table_1
from lobule.trial.twins import NON_RESPONDER
from lobule.trial.unexplained import told

if TYPE_CHECKING:
    import pandas as pd

SUBJECT_WEIGHT_G = 70_000.0
SURVIVAL = "survival_effect"  # column of the twins
ASSUMED = (
    "Limits of detection, errors of measurement that labs/labs.csv does not call measured, utilities of states of "
    "health (patient/health_states.csv, recalled) and rates of transplantation are assumed.",
    "Dropout, missed visits and missed doses are drawn independently of the course.",
    "What death, transplantation and rescue do to an endpoint is in its estimand; who left is missing afterwards.",
    "Fever, reactions and bleeding after a dose come by chance, at assumed shares of doses (procedure_events.csv).",
    "Nobody is followed beyond a transplantation, which censors survival unless it is part of the endpoint.",
    "The effect of the product is the model's; how far it was right on published studies is in docs/credibility.md.",
)


def _of_markers(design: Design) -> list[str]:
    """What is assumed of markers that a design measures."""
    names = [labs()[name].label for name in design.measured() if name in MARKERS]
    if not names:
        return []
    return [f"{', '.join(names)}: read beside the model from traits of each person, antivirals, pressure and cancer "
            "(scores/markers.csv); no product moves HBV DNA, HBsAg or AFP."]  # fmt: skip


def story(result: Outcome, search: Size | None = None, record: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything that a report shows."""
    design = result.design
    twins = result.twins()
    outcomes = [str(c) for c in twins if str(c).endswith("_effect")]
    effects = {
        arm.name: {c.removesuffix("_effect").replace("_", " "): twins.loc[twins["arm"] == arm.name, c].to_numpy(float)
                   for c in outcomes}
        for a, arm in enumerate(design.arms) if a != design.reference
    }  # fmt: skip
    primary = [e for r in result.replicates if r.kind == "trial" for e in r.estimates
               if e.endpoint == design.primary.name]  # fmt: skip
    return {
        "title": design.title or result.name, "name": result.name, "intended_use": INTENDED_USE,
        "headline": headline(result), "design": design_page(design), "schedule": schedule(design),
        "estimands": [{"endpoint": e.name, "attributes": estimands.told(design, e)} for e in design.endpoints],
        "doses": doses(design, [courses.given for courses in result.courses]),
        "assumptions": [*ASSUMED, *_of_markers(design), *individuals(design, twins)], "flow": flow(result),
        "principal": records(result.principal()),
        "borrowing": records(result.borrowing()), "monitoring": records(result.monitoring()),
        "table_1": table_1(result).to_dict("records"), "estimates": [_plain(e.__dict__) for e in result.estimates],
        "claims": records(result.claims()),
        "sensitivity": [_plain(row) for row in records(result.sensitivity)],
        "subgroups": records(subgroups(result)),
        "safety": records(safety(result)), "safety_overview": records(safety_overview(result)),
        "endpoints": [_plain(row) for row in records(result.endpoints())],
        "published": records(beside_published(result)), "effects": effects, "units": _units(design),
        "not_events": [f"{one.event} ({one.reason})" for one in not_events()],
        "curves": _curves(design, result.shown), "survival": _survival(design, result.shown),
        "spread": {arm.name: np.array([e.estimate for e in primary if e.arm == arm.name])
                   for a, arm in enumerate(design.arms) if a != design.reference},
        "measure": next((e.measure for e in primary if e.measure), ""), "primary": design.primary.name,
        "replicates": design.replicates, "alpha": design.analysis.alpha,
    } | account(result, search, record or {})  # fmt: skip


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its method and what it assumes in words."""
    return {name: v.replace("_", " ") if name in ("method", "assumption") else v for name, v in row.items()}


def _units(design: Design) -> dict[str, str]:
    """Units of the own effects, by what they are of."""
    found = {f"{e.output} day {amount(e.at, 'time'):g}".replace("_", " "): f" ({labs()[e.output].counted})"
             for e in design.endpoints if e.output and e.at and labs()[e.output].counted}  # fmt: skip
    return {**found, "survival": " (share)"}


def headline(result: Outcome) -> list[str]:
    """What a reader wants to know first."""
    design, found = result.design, result.power()
    said = of_the_reading(result)

    def text(name: str) -> str:
        s = found[name]
        error = f"Monte Carlo error {s['monte_carlo_error']:.1%}, " if 0 < s["share"] < 1 else ""
        return (f"{s['share']:.0%} ({error}95 % interval {s['low']:.1%} to {s['high']:.1%}, "
                f"{s['replicates']} replicates)")  # fmt: skip

    if "power" in found:
        said.append(f"Power for {design.primary.name} with {design.patients} patients: {text('power')}.")
    if "assurance" in found:
        said.append(f"Assurance over the model's own uncertainty ({design.members} members of the ensemble): "
                    f"{text('assurance')}.")  # fmt: skip
    if "type_1_error" in found:
        said.append(f"Type I error when nothing works: {text('type_1_error')}; planned {design.analysis.alpha:.1%}.")
    if "familywise_error" in found:
        said.append(f"Any claim when nothing works: {text('familywise_error')}; planned at most "
                    f"{design.analysis.alpha / 2:.2%}.")  # fmt: skip
    if "reestimation" in found:
        size = found["reestimation"]
        said.append(f"Re-estimation: {size['share_increased']:.0%} of trials go on with more than the "
                    f"{size['planned']} patients planned, {size['share_at_largest']:.0%} with the largest size, "
                    f"{size['largest']}.")  # fmt: skip
    if "mean_patients" in found:
        said.append(f"Patients enrolled when the trial stops, on average: {found['mean_patients']:.0f}.")
    if found["not_estimable"]:
        said.append(f"In {found['not_estimable']} replicates the primary endpoint could not be estimated; they count "
                    "as no success.")  # fmt: skip
    said += untreated_before(design) + screened_otherwise(design, result.population.table)
    said += no_response(design, result.population)
    left_out = sorted({k for c in result.courses for k in c.reasons})
    if left_out:
        said.append(f"{len(left_out)} of {len(result.population)} virtual patients could not be solved in every arm "
                    "and are not enrolled.")  # fmt: skip
    return [*said, *result.notes, *(ensemble.notes() if design.members else [])]


def individuals(design: Design, twins: pd.DataFrame) -> list[str]:
    """How many virtual patients truly gain by each arm, and how many lose."""
    first = design.primary
    column = f"{first.output}_day_{amount(first.at, 'time'):g}_effect" if first.output and first.at else ""
    column, sign = (column, 1 if better(str(first.output)) == "up" else -1) if column in twins else (SURVIVAL, 1)
    told = []
    for a, arm in enumerate(design.arms):
        own = sign * twins.loc[twins["arm"] == arm.name, column].dropna()
        if a != design.reference and len(own):
            told.append(f"{arm.name}: {int((own > 0).sum())} gain, {int((own < 0).sum())} lose, of {len(own)}")
    what = column.removesuffix("_effect").replace("_", " ")
    alike = ("A product acts alike in everybody: virtual patients differ in their disease, and nobody is a "
             "non-responder by constitution.")  # fmt: skip
    if NON_RESPONDER in twins:
        alike = ("A product acts alike in all who respond; the share of non-responders "
                 f"({_percent(design)}) is an assumption of the design, which no source gives, and hangs on nothing "
                 "that a visit measures.")  # fmt: skip
    return [f"True individual effects on {what}: {'; '.join(told)}. {alike}"]


def no_response(design: Design, people: Population) -> list[str]:
    """How many virtual patients respond to no product, where the design assumes some."""
    if not design.population.non_responders:
        return []
    count = int(non_responders(design, people).sum())
    return [f"Assumed in the design: no product acts in {_percent(design)} of people ({count} of {len(people)} virtual "
            "patients), who have the course of their arm without it."]  # fmt: skip


def _percent(design: Design) -> str:
    return f"{100 * design.population.non_responders:.3g}%"


def screened_otherwise(design: Design, table: pd.DataFrame) -> list[str]:
    """How many were enrolled by a measurement whom their true values would have kept out."""
    text = design.inclusion()
    if text is None or not any(str(name).startswith(SCREENED) for name in table):
        return []
    numbers = {str(name): values.to_numpy(float) for name, values in table.select_dtypes("number").items()}
    outside = int((~Criteria.read(text).met(numbers)).sum())
    return [f"Criteria are met by labs as measured at screening: {outside} of {len(table)} virtual patients do not "
            "meet them by their true values, and a baseline may lie outside."]  # fmt: skip


def untreated_before(design: Design) -> list[str]:
    """A caution where standard care begins with the trial, so that every arm gains by it."""
    struck = all(group.stage == ACLF for group in design.population.groups)
    if not design.care or design.care_since or (struck and design.population.groups):
        return []
    care = ", ".join(design.care)
    return [
        f"Standard care ({care}) begins on the day of randomisation: every arm gains by it. care_since is a run-in."
    ]


def of_the_reading(result: Outcome) -> list[str]:
    """The true effect on the primary endpoint in both readings, or which one the trial is of."""
    if not with_products(result.design):
        return []
    if result.counted is not None:
        return told(result.unexplained(), result.design.primary.name, result.design.reading)
    if result.design.reading == COUNTED:
        return [f"As counted: {MEANING[COUNTED]}."]
    return []


def design_page(design: Design) -> list[tuple[str, str]]:
    """Items after SPIRIT: (item, text)."""
    who = design.population
    groups = ", ".join(f"{g.etiology} ({g.stage}) {g.share:.0%}" for g in who.groups) or str(who.cohort)
    how = design.randomisation
    allocation = "simple" if how.method == "simple" else f"blocks of {how.block}"
    allocation += f" within strata of {', '.join(how.strata)}" if how.strata else ""
    plan = design.analysis
    looks = "none"
    if design.interim:
        shares = ", ".join(f"{x:.0%}" for x in design.interim.looks)
        looks = f"at {shares} of the information, {design.interim.boundary.replace('_', ' ')}{_futility(design)}"
    events = [
        f"{e.name}: {e.kind.replace('_', ' ')}"
        + (f" of {e.output} at {e.at}" if e.output else "")
        + (f", responder when {e.response}" if e.response else "")
        + (f" ({', '.join(e.events or e.order)})" if e.events or e.order else "")
        + f", {e.how.replace('_', ' ')}"
        for e in design.endpoints
    ]
    return [
        ("Population", groups),
        ("Inclusion", who.criteria or "as the population"),
        ("Screening", "criteria are met by labs as measured at a screening visit" if design.screening == "measured"
                      else "criteria are met by what is true"),
        ("Exclusion", "; ".join(who.exclude) or "none"),
        ("Non-responders", f"{_percent(design)} of people (assumed): under a product they have the course of the arm "
                           "without it" if who.non_responders else "none"),
        ("Standard care in every arm", _care(design)),
        ("Patients", f"{design.patients}, enrolled within {design.enrolment}"),
        ("Allocation", f"{_ratio(design.shares)}, {allocation}"),
        ("Blinding", design.blinding.kind),
        ("Follow-up", f"{design.end:g} d"),
        ("Missed visits, dropout, doses given", f"{design.missed_visits:.0%} of visits, {design.dropout:.0%} a year, "
                                                f"{design.adherence:.0%} of doses"),
        ("Rescue", "; ".join(f"{r.care} when {r.when}" for r in design.rescue) or "none"),
        ("Transplantation", "by MELD-Na" if design.transplantation else "none"),
        ("Endpoints", "; ".join(events)),
        ("Primary", plan.primary),
        ("Compared with", design.arms[design.reference].name),
                ("After rescue", plan.rescue.replace("_", " ")),
        ("Alpha", f"{plan.alpha:g}, two-sided"),
        ("Reading of the products", f"as {design.reading}: {MEANING[design.reading]}"),
        ("Interim looks", looks),
        ("Re-estimation of the size", _reestimation(design)),
    ]  # fmt: skip


def _care(design: Design) -> str:
    if not design.care:
        return "none"
    since = f"for at least {design.care_since} before randomisation, and on" if design.care_since else "from day 0 on"
    return f"{', '.join(design.care)}, {since}"


def _ratio(shares: Sequence[float]) -> str:
    """Shares as small whole numbers where they are such, "2 : 1"."""
    parts = [Fraction(s / min(shares)).limit_denominator(9) for s in shares]
    whole = [part * math.lcm(*(part.denominator for part in parts)) for part in parts]
    return " : ".join(str(number) for number in whole)


def _reestimation(design: Design) -> str:
    plan = design.reestimation
    if plan is None:
        return "none"
    how = f"at {plan.at:.0%} of the information, up to {plan.largest} patients, for a power of {plan.power:.0%}"
    if plan.method == "blinded_variance":
        return f"{how}: variance of both arms together, difference of {plan.effect:g}"
    return f"{how}: where the conditional power is {plan.least:.0%} or more (Chen, DeMets and Lan)"


def _futility(design: Design) -> str:
    how = design.interim.futility if design.interim else None
    if how is None:
        return ""
    if how.kind == "beta_spending":
        return f"; futility, not binding: {how.spending.replace('_', ' ')} spends {1 - how.power:.3g}"
    goes_on = "what was seen goes on" if how.under == "trend" else f"the effect of {how.power:.0%} power holds"
    return f"; futility, not binding: conditional power below {how.below:.0%} where {goes_on}"


def doses(design: Design, given: Sequence[NDArray[np.float64]]) -> list[dict[str, str]]:
    """What each arm gets.

    given : of each arm (n_patients, n_parts), doses that were given of each part, the arm's own behind the care of all;
        (0, 0) where nobody counted
    """
    rows = []
    for a, arm in enumerate(design.arms):
        parts = design.parts(a)
        if not parts:
            rows.append({"arm": arm.name, "given": "placebo: standard care alone"})
        for i, part in enumerate(parts, start=len(design.care)):
            if isinstance(part, Plan):
                counted = given[a][:, i] if part.when and i < given[a].shape[1] else None
                told = [part.explain(SUBJECT_WEIGHT_G), *([] if counted is None else [_of_planned(counted, part.n)])]
                rows.append({"arm": arm.name, "given": "\n".join(told)})
            else:
                rows.append({"arm": arm.name, "given": f"{part.name} from {part.start}"})
    return rows


def _of_planned(given: NDArray[np.float64], n: int) -> str:
    """How many doses with a condition were given of those planned."""
    if not given.any():
        return "given to none of the virtual patients: its condition held on no dosing day"
    return f"given to {np.mean(given > 0):.0%} of the virtual patients, on average {given.mean():.2g} of {n}"


def schedule(design: Design) -> dict[str, Any]:
    """Which assay is done at which visit."""
    rows = []
    for name, section in design.measured().items():
        error = labs()[name].error_cv if section.error is None else section.error
        done = [not section.visits or v in section.visits for v in design.visits]
        rows.append({"assay": labs()[name].title, "unit": labs()[name].unit, "error": error, "done": done})
    return {"visits": list(design.visits), "rows": rows}


def _curves(design: Design, seen: Conducted) -> dict[str, Any]:
    """Mean of each lab endpoint by arm and visit with its 95 % interval, of the shown replicate."""
    found = {}
    for output in dict.fromkeys(e.output for e in design.endpoints if e.output):
        unit = labs()[output].unit
        arms = {}
        for a, arm in enumerate(design.arms):
            values = seen.measured[output][seen.arm == a]
            n = np.isfinite(values).sum(axis=0)
            keep = n >= 2
            values = values[:, keep]
            middle = np.nanmean(values, axis=0)
            half = 1.96 * np.nanstd(values, axis=0, ddof=1) / np.sqrt(n[keep])
            arms[arm.name] = (seen.visits[keep], middle, middle - half, middle + half)
        found[output] = {"label": labs()[output].label, "unit": unit, "arms": arms}
    return found


def _survival(design: Design, seen: Conducted) -> dict[str, Any]:
    """Curves of the shown replicate, and who is at risk: Kaplan-Meier's, or where events compete one less the
    cumulative incidence."""
    found = {}
    ticks = np.linspace(0, design.end, 5)
    for e in design.endpoints:
        if e.kind != "time_to_event":
            continue
        asked = asked_of(e, seen)
        when, arms = followed(e, asked), {}
        competes = [EVENTS[name].title.lower() if name in EVENTS else name
                    for name, strategy in e.strategies().items() if strategy == WHILE_ON_TREATMENT]  # fmt: skip
        for a, arm in enumerate(design.arms):
            here = asked.arm == a
            if not here.any():
                continue
            curve = spared(when.time[here], when.event[here], when.competing[here])
            at_risk = [int((when.time[here] >= t).sum()) for t in ticks]
            arms[arm.name] = curve._asdict() | {"at_risk": at_risk}
        found[e.name] = {"arms": arms, "ticks": ticks, "events": ", ".join(e.events), "competes": competes}
    return found
