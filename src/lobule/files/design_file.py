"""Design files: read and checked, each mistake one sentence with file, line and field."""

from __future__ import annotations

import os
from pathlib import Path

from lobule.files.design import Design
from lobule.files.design_checks import check_design
from lobule.yaml_files import beside, reading


def read_design(path: str | Path) -> Design:
    """Read and check a design.

    Raises
    ------
    InputError : every mistake in one sentence, with file, line and field.
    """
    with reading(path, Design, "a design", "population, arms, visits, endpoints and analysis") as (design, found):
        with found.at():
            if design.population.cohort:
                design.population.cohort = os.path.join(Path(path).parent, design.population.cohort)
        for section in (section for arm in design.entries("arms") for section in arm.entries("plan")):
            with found.at():
                section.product = beside(path, section.product) if section.product else None
        check_design(design, found)
    return design
