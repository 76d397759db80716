"""Design files: read and checked, each mistake one sentence with file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedSeq

from lobule.errors import InputError
from lobule.files.cohort import Group
from lobule.files.design import (
    Analysis,
    Arm,
    AssaySection,
    Blinding,
    Design,
    Endpoint,
    Interim,
    Population,
    Published,
    Randomisation,
    Rescue,
    Where,
)
from lobule.files.design_checks import mistakes
from lobule.files.scenario import PlanSection
from lobule.files.yaml_errors import line_of, load_mapping, plain, sentence

SECTIONS: dict[Where, type[BaseModel]] = {
    ("population",): Population, ("population", "groups"): Group, ("arms",): Arm, ("arms", "plan"): PlanSection,
    ("randomisation",): Randomisation, ("blinding",): Blinding, ("assays",): AssaySection, ("rescue",): Rescue,
    ("endpoints",): Endpoint, ("analysis",): Analysis, ("interim",): Interim, ("published",): Published,
}  # fmt: skip


def read_design(path: str | Path) -> Design:
    """Read and check a design.

    Raises
    ------
    InputError : the first mistake in one sentence, with file, line and field.
    """
    path = Path(path)
    tree = load_mapping(path, "a design", "population, arms, visits, endpoints and analysis")
    try:
        design = Design.model_validate(plain(tree))
    except ValidationError as error:
        raise InputError(sentence(path, tree, error, _model_of, _in_file)) from error
    if design.population.cohort:
        design.population.cohort = str(path.parent / design.population.cohort)
    for arm in design.arms:
        for section in arm.plan:
            if section.product and (path.parent / section.product).is_file():
                section.product = str(path.parent / section.product)
    for field, text in mistakes(design):
        at = _in_file(tree, field)
        raise InputError(f"{path.name}, line {line_of(tree, at)}, {'.'.join(map(str, at))}: {text}")
    return design


def _model_of(field: Where) -> type[BaseModel]:
    return SECTIONS.get(field, Design)


def _in_file(tree: Any, field: Where) -> Where:
    """A field as it stands in the file, where a single part of a plan needs no list."""
    if field[:1] == ("arms",) and len(field) > 3 and field[2] == "plan":
        arms = tree.get("arms")
        if not isinstance(arms[field[1]].get("plan"), CommentedSeq):
            return (*field[:3], *field[4:])
    return field
