"""Specification files (YAML): what a batch must hold to be released."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from lobule.errors import InputError, nearest, shown
from lobule.files.batches import FLAGS, QUANTITIES, unit_of
from lobule.files.cells import NotANumber, plain_unit, read_number
from lobule.yaml_files import Section, Text, reading, schema_of


class LimitSection(Section):
    """A limit of one attribute."""

    at_least: Text | None = Field(default=None, description="lowest value that passes", examples=["50 %"])
    at_most: Text | None = Field(default=None, description="highest value that passes", examples=["0.5 EU/mL"])
    passes: bool | None = Field(default=None, description="true for a test that must be passed, such as sterility")
    required: bool = Field(default=False, description="a batch without this attribute is not released")
    source: Text = Field(default="", description="where the limit comes from")
    grade: Text = Field(default="assumed", description="measured, derived, calibrated or assumed")
    note: Text = Field(default="", description="anything else")

    @model_validator(mode="after")
    def _some(self) -> LimitSection:
        if self.at_least is None and self.at_most is None and self.passes is None:
            raise ValueError("a limit needs at_least, at_most or passes")
        return self


class SpecificationFile(Section):
    """A specification."""

    title: Text = Field(default="", description="of the product and its version")
    limits: dict[Text, LimitSection] = Field(
        description="attribute of the batch table: its limit", min_length=1, max_length=200
    )


@dataclass(frozen=True)
class Limit:
    """A limit in the attribute's own unit; infinite where there is none. `flag`: a test that is passed."""

    attribute: str
    low: float
    high: float
    flag: bool
    required: bool
    source: str
    grade: str
    note: str

    def text(self) -> str:
        """As people write it."""
        if self.flag:
            return "passed"
        unit = unit_of(self.attribute)
        parts = [f"at least {self.low:g}"] * math.isfinite(self.low) + [f"at most {self.high:g}"] * math.isfinite(
            self.high
        )
        return f"{' and '.join(parts)} {unit}".strip()


@dataclass(frozen=True)
class Specification:
    """All limits of a product."""

    title: str
    limits: tuple[Limit, ...]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a specification file, for editors."""
    return schema_of(SpecificationFile)


def read_specification(path: str | Path) -> Specification:
    """Read a specification; raises InputError by line and field."""
    with reading(path, SpecificationFile, "a specification", "title and limits") as (file, found):
        limits = []
        for name, section in (file.readable()["limits"] or {}).items():
            with found.at("limits", name):
                limits.append(_limit(name, section))
    return Specification(file.title or Path(path).stem, tuple(limits))


def _limit(name: str, section: LimitSection) -> Limit:
    if name not in QUANTITIES and name not in FLAGS:
        raise InputError(f"no attribute {shown(name)}. {nearest(name, [*QUANTITIES, *FLAGS], 60)}")
    flag = name in FLAGS
    if flag != (section.passes is not None) or (flag and not section.passes):
        raise InputError(
            f"{name} is a test that is passed: write passes: true"
            if flag
            else f"{name} is a number: write at_least or at_most"
        )
    low, high = (_bound(name, text, end) for text, end in ((section.at_least, -math.inf), (section.at_most, math.inf)))
    if low > high:
        raise InputError(f"at_least {low:g} is above at_most {high:g}")
    return Limit(name, low, high, flag, section.required, section.source, section.grade, section.note)


def _bound(name: str, text: str | None, missing: float) -> float:
    if text is None:
        return missing
    units = QUANTITIES[name].units
    try:
        written = read_number(text)
    except NotANumber:
        written = None
    unit = QUANTITIES[name].spellings().get(plain_unit(written.unit), "") if written else ""
    if written is None or written.side or bool(written.unit) != bool(units) or bool(unit) != bool(units):
        raise InputError(f"{shown(text)}: write a number and {' or '.join(units) or 'no unit'}")
    impossible = QUANTITIES[name].implausible(written.value, unit)
    if impossible:
        raise InputError(f"a limit that every batch or none can hold: {impossible}")
    return written.value * (units[unit] if units else 1.0)
