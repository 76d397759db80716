"""`lobule trial --outputs`: the names that the outputs, criteria and events of a design take."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.files.design import EVENTS, SCORED_FROM
from lobule.labs import measurable, not_modelled, scores, why_not
from lobule.patient.criteria import KNOWN
from lobule.scores.markers import MARKERS, OF_HEPATITIS_B
from lobule.trial.procedures import not_events


def design_names() -> Answer:
    """What the outputs, criteria and events of a design may be called, and what the model does not have."""
    measured = [{"name": one.name, "unit": one.unit, "error": one.error_cv, "title": one.title}
                for one in measurable().values()]  # fmt: skip
    computed = [{"name": one.name, "unit": one.unit, "from": list(SCORED_FROM.get(one.name, ())), "title": one.title}
                for one in scores().values()]  # fmt: skip
    criteria = {name: next(iter(units)) for name, units in KNOWN.items()}
    events = {event.name: event.title for event in EVENTS.values()}
    missing = {one.name: why_not(one.name) for one in not_modelled().values()}
    lines = ["Outputs of endpoints, assays and covariates (unit, error of measurement: SD of the logarithm)"]
    lines += [f"  {one['name']:<34} {one['unit']:<15} {one['error']:<6g} {one['title']}{_whose(str(one['name']))}"
              for one in measured]  # fmt: skip
    lines += ["", "Scores, computed from what was measured at the visit"]
    lines += [f"  {one['name']:<34} {one['unit']:<15} {', '.join(one['from']) or one['title']}" for one in computed]
    lines += ["", "Criteria, exclusions, strata, subgroups, rescue: on any of", *_wrapped(
        [f"{name} ({unit})" if unit else name for name, unit in criteria.items()]),
        f"  (rescue not on age, liver_stiffness, {', '.join(MARKERS)})"]  # fmt: skip
    lines += ["", "Events of time_to_event endpoints", *(f"  {name:<34} {title}" for name, title in events.items())]
    lines += ["", "Not in the model", *(f"  {name:<34} {reason}" for name, reason in missing.items())]
    lines += ["", "Adverse events that nobody has", *(f"  {one.event}: {one.reason}" for one in not_events())]
    data = {"outputs": measured, "scores": computed, "criteria": criteria, "events": events, "not_modelled": missing,
            "not_events": {one.event: one.reason for one in not_events()}}  # fmt: skip
    said = f"{len(measured)} outputs, {len(computed)} scores, {len(criteria)} criteria and {len(events)} events."
    return Answer("Names of a design", said, "\n".join(lines), data, record_of("trial", "Names of a design"))


def _whose(name: str) -> str:
    return " (in hepatitis B)" if name in OF_HEPATITIS_B else ""


def _wrapped(words: Sequence[str]) -> list[str]:
    return textwrap.wrap(", ".join(words), 110, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
