"""How a trial measures: the error and the limit of detection of each assay, which a kept trial keeps for good.

What a design says holds; for the rest, those of lobule on the day of the trial, which its record names. Records of
before said none: what lobule had then, and has otherwise now, is in errors_before.csv.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lobule.errors import ResultsError
from lobule.files.design import AssaySection, Design
from lobule.labs import labs, measurable
from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "errors_before.csv"
Errors = dict[str, tuple[float, float]]  # {lab: standard deviation of the logarithm, limit of detection}


class _Before(Row):
    lab: str
    error: float
    lower_limit: float


@cache
def _before() -> Mapping[str, _Before]:
    return rows_by("lab", TABLE, _Before)


def errors_of(design: Design) -> Errors:
    """What this version measures each assay of a design with."""
    return {name: _said(section, *_usual(name)) for name, section in design.measured().items()}


def errors_kept(design: Design, record: Mapping[str, Any]) -> Errors:
    """What a kept trial was measured with.

    Raises
    ------
    ResultsError : the record says something else than two numbers for each assay.
    """
    measured = design.measured()
    if "errors" not in record:
        found = {n: (_before()[n].error, _before()[n].lower_limit) if n in _before() else _usual(n) for n in measured}
        return {name: _said(section, *found[name]) for name, section in measured.items()}
    try:
        kept = {str(name): (float(error), float(limit)) for name, (error, limit) in dict(record["errors"]).items()}
    except (TypeError, ValueError) as mistake:
        raise ResultsError("the record of the trial is damaged: errors are two numbers for each assay") from mistake
    if set(kept) != set(measured):
        raise ResultsError("the record of the trial is damaged: its errors are not those of its assays")
    return kept


def _usual(name: str) -> tuple[float, float]:
    return measurable()[name].error_cv, measurable()[name].lower_limit


def _said(section: AssaySection, error: float, limit: float) -> tuple[float, float]:
    return (
        error if section.error is None else section.error,
        limit if section.lower_limit is None else section.lower_limit,
    )


def measured_as(design: Design, errors: Errors) -> Design:
    """The design that says itself with what it is measured; the same design where this version has the same errors."""
    if errors == errors_of(design):
        return design
    assays = [
        section.model_copy(update={"error": errors[name][0], "lower_limit": errors[name][1]})
        for name, section in design.measured().items()
    ]
    return design.model_copy(update={"assays": assays})


def differing(design: Design, errors: Errors) -> list[str]:
    """Assays whose error is another one now, in words."""
    now = errors_of(design)
    return [
        f"{labs()[name].label} {error:.0%} (now {now[name][0]:.0%})"
        for name, (error, _) in errors.items()
        if error != now[name][0]
    ]


def as_text(errors: Errors) -> str:
    """For a digest."""
    return json.dumps(errors, sort_keys=True)
