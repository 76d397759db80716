"""Doses that studies and trials have given, per kg of body weight: as doses alone, whatever came of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from statistics import fmean, median

from lobule.errors import InputError
from lobule.model.parameters import values_for
from lobule.studies.people import plan_of
from lobule.studies.rows import rows_of
from lobule.studies.tables import packaged_studies, packaged_trials
from lobule.therapy import Plan

_Key = tuple[str, str, str, str, str, str, int]


@dataclass(frozen=True)
class PublishedDose:
    """One dose of one study.

    Attributes
    ----------
    study : its id; source : where it stands; rows : of the evidence that report it
    species, kind, route : who, vesicles, cells or medium, and how
    written : as the study is read
    per_kg : particles or cells, per kg of body weight
    doses : how many of them
    """

    study: str
    source: str
    rows: tuple[str, ...]
    species: str
    kind: str
    route: str
    written: str
    per_kg: float
    doses: int


@cache
def published_doses() -> tuple[PublishedDose, ...]:
    """Every dose that a row of the evidence tells, of products that the model has; a study and dose once."""
    found: dict[_Key, tuple[float, list[str]]] = {}
    rows, _ = rows_of(packaged_studies()[0])
    for row in rows:
        arm = row.arm
        if arm.plan is not None and arm.dose_known and not arm.stands_in and arm.strength == 1.0:
            said = row.observation
            _note(found, (said.study_id, said.source_id), said.row_id, arm.species, arm.plan, arm.animal.body_weight_g)
    weight = values_for("human")["body_weight"]
    for trial in packaged_trials()[0]:
        if not trial.dose:
            continue
        try:
            plan, strength, _ = plan_of(trial)
        except InputError:  # a product or route that the model does not have
            continue
        if strength == 1.0:
            _note(found, (trial.trial_id or trial.source_id, trial.source_id), trial.row_id, "human", plan, weight)
    return tuple(
        PublishedDose(study, source, tuple(ids), species, kind, route, written, per_kg, doses)
        for (study, source, species, kind, route, written, doses), (per_kg, ids) in found.items()
    )


def _note(
    found: dict[_Key, tuple[float, list[str]]],
    study: tuple[str, str],
    row: str,
    species: str,
    plan: Plan,
    weight: float,
) -> None:
    """weight : of the subject, in g"""
    per_kg = plan.amount(weight).value / (weight / 1000)
    if per_kg > 0:
        key = *study, species, plan.kind, plan.route, plan.dose, plan.n
        found.setdefault(key, (per_kg, []))[1].append(row)


def doses_like(species: str, kind: str) -> list[PublishedDose]:
    """Doses of a kind of product in a species; where there are none, of all species. By dose, smallest first."""
    of_kind = sorted((one for one in published_doses() if one.kind == kind), key=lambda one: one.per_kg)
    return [one for one in of_kind if one.species == species] or of_kind


def usual(doses: Iterable[PublishedDose]) -> float:
    """Per kg: the median over sources, each by the geometric mean of its doses."""
    by_source: dict[str, list[float]] = {}
    for one in doses:
        by_source.setdefault(one.source, []).append(math.log(one.per_kg))
    return math.exp(median(fmean(logs) for logs in by_source.values()))
