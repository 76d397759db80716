"""Specification files (YAML): what a batch must hold to be released."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from lobule.errors import InputError, nearest
from lobule.files.batches import FLAGS, QUANTITIES, unit_of
from lobule.files.cells import NotANumber, read_number
from lobule.files.scenario import SCHEMA_DIALECT, Section, Text
from lobule.files.yaml_errors import load_mapping, plain, sentence


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
    limits: dict[Text, LimitSection] = Field(description="attribute of the batch table: its limit", min_length=1)


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
    return {"$schema": SCHEMA_DIALECT, **SpecificationFile.model_json_schema()}


def read_specification(path: str | Path) -> Specification:
    """Read a specification; raises InputError by line and field."""
    path = Path(path)
    tree = load_mapping(path, "a specification", "title and limits")
    try:
        found = SpecificationFile.model_validate(plain(tree))
    except ValidationError as error:
        raise InputError(
            sentence(path, tree, error, lambda f: LimitSection if f[:1] == ("limits",) else SpecificationFile)
        ) from error
    limits = []
    for name, section in found.limits.items():
        line = tree["limits"].lc.key(name)[0] + 1
        try:
            limits.append(_limit(name, section))
        except InputError as error:
            raise InputError(f"{path.name}, line {line}, limits.{name}: {error}") from error
    return Specification(found.title or path.stem, tuple(limits))


def _limit(name: str, section: LimitSection) -> Limit:
    if name not in QUANTITIES and name not in FLAGS:
        raise InputError(f'no attribute "{name}". {nearest(name, [*QUANTITIES, *FLAGS], 60)}')
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
    if written is None or written.side or (written.unit not in units if units else bool(written.unit)):
        raise InputError(f'"{text}": write a number and {" or ".join(units) or "no unit"}')
    return written.value * (units[written.unit] if units else 1.0)
