"""A replicate whose number of patients is estimated again at a look, as a design may say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lobule.errors import InputError
from lobule.files.design import Design
from lobule.quantities import amount
from lobule.statistics.reestimation import patients_for, promising
from lobule.trial.conduct import Conducted, conduct
from lobule.trial.estimates import analyse
from lobule.trial.observed import asked_of, information_day, values_at
from lobule.trial.population import Population
from lobule.trial.runs import Courses


def conducted(
    design: Design, population: Population, courses: Sequence[Courses], number: int, *, patients: int | None = None,
    null: bool = False,
) -> Conducted:  # fmt: skip
    """One replicate (see `conduct`), with as many patients as it goes on with."""
    planned = patients or design.patients
    plan = design.reestimation
    if plan is None:
        return conduct(design, population, courses, number, patients=planned, null=null)
    largest = max(planned, round(plan.largest * planned / design.patients))
    longer = amount(design.enrolment, "time") * largest / planned  # patients come as fast as planned
    everyone = conduct(design, population, courses, number, patients=largest, null=null, enrolment=longer)
    order = np.arange(largest)
    n = goes_on_with(design, everyone.some(order < planned), largest)
    return everyone.some(order < n)


def goes_on_with(design: Design, seen: Conducted, largest: int) -> int:
    """Patients of a trial as planned, after its look; as planned where nothing can be estimated then."""
    plan, endpoint, planned = design.reestimation, design.primary, len(seen)
    assert plan is not None
    try:
        then = seen.as_of(information_day(design, seen, endpoint, plan.at))
    except InputError:
        return planned
    alpha = design.analysis.alpha
    if plan.method == "promising_zone":
        score = analyse(design, then, endpoint)[0].benefit
        if not math.isfinite(score):
            return planned
        return promising(score, plan.at * planned, planned, largest, alpha, plan.power, plan.least)
    assert plan.effect is not None
    asked = asked_of(endpoint, then)
    values = values_at(endpoint, asked, design)
    change = (values[:, -1] - values[:, 0])[np.isfinite(values[:, -1])]
    if len(change) < 2:
        return planned
    evaluable = np.isfinite(values[:, -1]).sum() / max(int((asked.enrolled + _day(design) <= _now(asked)).sum()), 1)
    n = patients_for(plan.effect, float(change.std(ddof=1)), alpha, plan.power, design.shares[0])
    return min(max(planned, math.ceil(n / min(max(float(evaluable), 0.5), 1.0))), largest)


def _day(design: Design) -> float:
    assert design.primary.at is not None
    return amount(design.primary.at, "time")


def _now(seen: Conducted) -> float:
    assert seen.due is not None
    return float((seen.enrolled + seen.due)[0])
