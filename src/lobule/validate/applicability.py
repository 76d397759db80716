"""How far a question lies from the studies that calibrated lobule: species, injury, kind of product, dose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lobule.model.parameters import values_for
from lobule.patient import Animal, Patient
from lobule.studies.arms import StudyArm
from lobule.studies.rows import rows_of
from lobule.studies.split import CALIBRATION, set_of
from lobule.studies.tables import packaged_studies
from lobule.therapy import Part, Plan

NEAR = 1.0  # a distance below this lies inside: same species and injury, and a dose within tenfold


@dataclass(frozen=True)
class Domain:
    """distance : 0 for an arm of a calibration study; 1 for each of species and injury that differs, and 1 for
    each tenfold that the dose per weight lies away; nearest : that study; reasons : in words; product : of the plan"""

    distance: float
    nearest: str
    reasons: tuple[str, ...]
    product: str = ""

    @property
    def inside(self) -> bool:
        """Near enough to a calibration study."""
        return self.distance < NEAR


@cache
def _known() -> tuple[tuple[str, StudyArm, float], ...]:
    """Calibration arms with a product: study, arm, dose per kg."""
    rows, _ = rows_of([o for o in packaged_studies()[0] if set_of(o.source_id) == CALIBRATION])
    found = {}
    for row in rows:
        if row.arm.plan is not None:
            weight = values_for(row.arm.species)["body_weight"] / 1000
            dose = row.arm.plan.amount(row.arm.animal.body_weight_g).value / weight
            found[row.arm.key] = (row.observation.study_id, row.arm, dose)
    return tuple(found.values())


def domain(subject: Animal | Patient, plan: Part | Sequence[Part] | None) -> list[Domain]:
    """The distance of each product of a plan from the nearest calibration study that gave its kind (vesicles, cells or
    medium); empty without a product, and where its dose is 0."""
    parts = [] if plan is None else [plan] if not isinstance(plan, Sequence) else list(plan)
    cause = subject.injury if isinstance(subject, Animal) else subject.etiology
    found = []
    for part in parts:
        if not isinstance(part, Plan):
            continue
        dose = part.amount(subject.body_weight_g).value / (subject.body_weight_g / 1000)
        if dose == 0:  # nothing is given, and no tenfold leads from it to a study's dose
            continue
        scored = [
            (_distance(subject.species, cause, dose / known, arm), study, arm, known)
            for study, arm, known in _known()
            if arm.plan is not None and arm.plan.kind == part.kind
        ]
        distance, study, arm, known = min(scored, key=lambda row: row[0])
        reasons = []
        if subject.species != arm.species:
            reasons.append(f"it is of a {arm.species}, this is a {subject.species}")
        if cause not in {i.cause for i in arm.injuries}:
            reasons.append(f"its injury is {arm.injuries[0].cause}, not {cause}")
        fold = dose / known
        if not 0.1 < fold < 10:
            reasons.append(f"this dose per weight is {fold:.3g} times its own")
        found.append(Domain(distance, study, tuple(reasons), part.name))
    return found


def _distance(species: str, cause: str | None, fold: float, arm: StudyArm) -> float:
    """fold : of the dose per weight over that of the arm"""
    differs = (species != arm.species) + (cause not in {i.cause for i in arm.injuries})
    return differs + abs(math.log10(fold))


def told(near: Sequence[Domain]) -> str:
    """How far a plan lies from what calibrated lobule, once for all its parts; "" where it gives no product.

    >>> told([Domain(0.3, "li2013", (), "uc-msc-ev")])
    'Near what calibrated lobule: uc-msc-ev as in the study li2013 (same species, injury and kind of product).'
    """
    if not near:
        return ""
    outside = [one for one in near if not one.inside]
    inside = {f"{one.product} as in the study {one.nearest}": None for one in near if one.inside}
    within = f"{' and '.join(inside)} (same species, injury and kind of product)" if inside else ""
    together = len({one.product for one in near}) > 1
    apart = " They were calibrated one by one, not together." if together else ""
    if not outside:
        return f"Near what calibrated lobule: {within}.{apart}"
    reasons = {f"{one.product}: the nearest study is {one.nearest}; {'; '.join(one.reasons)}": None for one in outside}
    return f"OUTSIDE what calibrated lobule. {'. '.join(reasons)}.{f' Near: {within}.' if inside else ''}{apart}"
