"""What each subject of a replicate was given, dose by dose.

Doses of products are those that the model was given. A double-blind arm without a product has placebo on the days of
the first plan of the trial; an open one has standard care for as long as it is followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.files.design import Design
from lobule.quantities import amount, measured
from lobule.therapy import Plan
from lobule.therapy.plan import DOSE_KINDS
from lobule.trial.conduct import Conducted
from lobule.trial.runs import Courses

PLACEBO, STANDARD_CARE = "PLACEBO", "STANDARD CARE"
UNITS = {
    "particles": "PARTICLES", "particles_per_weight": "PARTICLES/kg", "protein": "ug", "protein_per_weight": "ug/kg",
    "cells": "CELLS", "cells_per_weight": "CELLS/kg", "volume": "mL", "volume_per_weight": "mL/kg",
}  # fmt: skip
ROUTES = {"iv": "INTRAVENOUS", "hepatic artery": "INTRA-ARTERIAL", "intrahepatic": "INTRAHEPATIC",
          "subcutaneous": "SUBCUTANEOUS", "intraperitoneal": "INTRAPERITONEAL"}  # fmt: skip
FORMS = {"cells": "INJECTION, SUSPENSION", "vesicles": "INJECTION, SUSPENSION", "medium": "SOLUTION"}


@dataclass(frozen=True)
class Doses:
    """Rows of one treatment: whose, from which to which day; what is the same in all of them.

    due : (n_subjects,) doses that each subject was due under observation, 0 where it is not theirs
    """

    who: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    treatment: str
    dose: float
    unit: str
    form: str
    frequency: str
    route: str
    due: NDArray[np.int64]


def exposure(design: Design, seen: Conducted, courses: Sequence[Courses]) -> list[Doses]:
    """Everything that the subjects of a replicate were given, a treatment of an arm each.

    Parameters
    ----------
    courses : of the population in each arm
    """
    return [doses for a in range(len(design.arms)) for doses in _of_arm(design, seen, courses[a], a)]


def _of_arm(design: Design, seen: Conducted, courses: Courses, a: int) -> Iterator[Doses]:
    parts, here = design.parts(a), np.flatnonzero(seen.arm == a)
    for i, part in enumerate(parts, start=len(design.care)):
        if isinstance(part, Plan):
            planned = np.array(part.times())
            known = courses.given_on[seen.rows[here], i] if i < courses.given_on.shape[1] else None
            days = np.broadcast_to(planned, (len(here), len(planned))) if known is None else known
            yield _doses(seen, here, days, part, part.name.upper(), 1.0, due=None if part.when else planned)
        else:
            yield _care(seen, here, part.name.upper(), amount(part.start, "time"))
    if any(isinstance(part, Plan) for part in parts):
        return
    plans = [part for b in range(len(design.arms)) for part in design.parts(b) if isinstance(part, Plan)]
    if plans and design.blinding.kind == "double":
        planned = np.array(plans[0].times())
        days = np.broadcast_to(planned, (len(here), len(planned)))
        yield _doses(seen, here, days, plans[0], PLACEBO, 0.0, due=planned)
    elif not parts:
        yield _care(seen, here, STANDARD_CARE, 0.0)


def _doses(
    seen: Conducted, here: NDArray[np.int64], days: NDArray[np.float64], plan: Plan, name: str, share: float, *,
    due: NDArray[np.float64] | None,
) -> Doses:  # fmt: skip
    """Doses up to the end of observation; `due` : planned days, None where a condition decides."""
    value, kind = measured(plan.dose, DOSE_KINDS[plan.kind])
    with np.errstate(invalid="ignore"):
        given = days <= seen.left[here, None]
    k, dose = np.nonzero(given)
    wanted = np.zeros(len(seen), int)
    if due is not None:
        wanted[here] = (due[None, :] <= seen.left[here, None]).sum(axis=1)
    when = days[k, dose]
    over = amount(plan.over, "time") if plan.over else 0.0
    route = ROUTES.get(plan.route, plan.route.upper())
    return Doses(here[k], when, np.minimum(when + over, seen.left[here[k]]), name, share * value, UNITS[kind],
                 FORMS[plan.kind], "ONCE", route, wanted)  # fmt: skip


def _care(seen: Conducted, here: NDArray[np.int64], name: str, start: float) -> Doses:
    """Standard care from a day until observation ends, one row a subject."""
    who = here[seen.left[here] >= start]
    return Doses(who, np.full(len(who), start), seen.left[who], name, np.nan, "", "", "", "", np.zeros(len(seen), int))
