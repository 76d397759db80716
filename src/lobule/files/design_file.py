"""Design files: read and checked, each mistake one sentence with file, line and field."""

from __future__ import annotations

import os
from pathlib import Path

from lobule.errors import InputError, shown
from lobule.files.design import Design
from lobule.files.design_checks import check_design
from lobule.yaml_files import beside, checking_fields, parse, reading

WHAT, FIELDS = "a design", "population, arms, visits, endpoints and analysis"


def read_design(path: str | Path) -> Design:
    """Read and check a design.

    Raises
    ------
    InputError : every mistake in one sentence, with file, line and field.
    """
    with reading(path, Design, WHAT, FIELDS) as (design, found):
        with found.at():
            if design.population.cohort:
                design.population.cohort = os.path.join(Path(path).parent, design.population.cohort)
        for section in (section for arm in design.entries("arms") for section in arm.entries("plan")):
            with found.at():
                section.product = beside(path, section.product) if section.product else None
        check_design(design, found)
    return design


def design_from(text: str, name: str = "the design") -> Design:
    """The same of the text of a file that lies nowhere, so that no file can lie beside it.

    Parameters
    ----------
    name : of the text, for messages

    Raises
    ------
    InputError : as `read_design`; a cohort file or a product that is no plain name.
    """
    with checking_fields(parse(text, name, WHAT, FIELDS), Design) as (design, found):
        before = len(found.noted)
        with found.at("population", "cohort"):
            if design.readable()["population"] and design.population.cohort:
                raise InputError("a cohort file cannot be read here; give groups")
        for i, arm in enumerate(design.entries("arms")):
            for j, part in enumerate(arm.entries("plan")):
                with found.at("arms", i, "plan", j, "product"):
                    a_plain_name(part.readable()["product"])
        if len(found.noted) == before:  # else a file would be opened
            check_design(design, found)
    return design


def a_plain_name(name: str | None) -> None:
    """Refuse a product that is the path of a file.

    Raises
    ------
    InputError : it is one.
    """
    if name is not None and (set("/\\") & set(name) or name.lower().endswith((".yaml", ".yml"))):
        raise InputError(f"no file of a product can be read here; {shown(name)} is none of the library")
