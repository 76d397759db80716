"""Design files: read and checked, each mistake one sentence with file, line and field."""

from __future__ import annotations

import os
from pathlib import Path

from lobule.errors import InputError
from lobule.files.design import Design
from lobule.files.design_checks import mistakes
from lobule.yaml_files import beside, read


def read_design(path: str | Path) -> Design:
    """Read and check a design.

    Raises
    ------
    InputError : the first mistake in one sentence, with file, line and field.
    """
    design, tree = read(path, Design, "a design", "population, arms, visits, endpoints and analysis")
    if design.population.cohort:
        design.population.cohort = os.path.join(Path(path).parent, design.population.cohort)
    for arm in design.arms:
        for section in arm.plan:
            if section.product:
                section.product = beside(path, section.product)
    for field, text in mistakes(design):
        raise tree.mistake(InputError(text, field))
    return design
