"""A PEtab v1 problem with its cells read: what each means, every wrong one refused with its file, line and column."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lobule.calibrate.petab.formula import Formula
from lobule.calibrate.petab.priors import Prior, read_prior
from lobule.errors import InputError, nearest, shown
from lobule.files.petab import PetabFiles, Row, as_number

IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
SCALES = ("lin", "log", "log10")
DISTRIBUTIONS = ("normal", "laplace")
FORMULAS = ("observableFormula", "noiseFormula")
LONGEST_FORMULAS = 200_000  # characters of all formulas together: some ten seconds of reading
PLACEHOLDER = re.compile(r"(observable|noise)Parameter(\d+)_(\w+)", re.ASCII)
Value = float | str  # a number, or the name of a parameter that has it


@dataclass(frozen=True)
class Parameter:
    """value : nominal, on the linear scale; prior : None for a parameter that is not estimated or has none"""

    name: str
    value: float
    scale: str
    prior: Prior | None
    row: Row


@dataclass(frozen=True)
class Observable:
    """formula, noise : with placeholders; scale : lin, log or log10; distribution : normal or laplace"""

    name: str
    formula: Formula
    noise: Formula
    scale: str
    distribution: str
    row: Row


@dataclass(frozen=True)
class Condition:
    """values : of constants, and start values of what moves; empty cells are left out"""

    name: str
    values: dict[str, Value]
    row: Row


@dataclass(frozen=True)
class Measurement:
    """before : condition of the pre-equilibration, or ""; time : inf at steady state; placeholders : their values"""

    observable: str
    before: str
    condition: str
    time: float
    value: float
    placeholders: dict[str, Value]
    row: Row


@dataclass(frozen=True)
class PetabProblem:
    """Everything of a problem but its model's meaning; parameters, observables and conditions by name."""

    files: PetabFiles
    parameters: dict[str, Parameter]
    observables: dict[str, Observable]
    conditions: dict[str, Condition]
    measurements: list[Measurement]


def understood(files: PetabFiles) -> PetabProblem:
    """Read the cells of a problem's tables.

    Raises
    ------
    InputError : a cell that is missing, of another kind, outside its range or names something unknown; a name that
        stands twice; a problem without measurements.
    """
    parameters = {row.text("parameterId"): _parameter(row) for row in _named(files.parameters, "parameterId")}
    total = sum(len(row.text(column)) for row in files.observables for column in FORMULAS)
    if total > LONGEST_FORMULAS:
        raise InputError(f"{files.name}: formulas of {total} characters together; {LONGEST_FORMULAS} are allowed")
    observables = {row.text("observableId"): _observable(row) for row in _named(files.observables, "observableId")}
    conditions = {row.text("conditionId"): _condition(row) for row in _named(files.conditions, "conditionId")}
    if not files.measurements:
        raise InputError(f"{files.name}: there is no measurement")
    measurements = [_measurement(row, observables, conditions) for row in files.measurements]
    return PetabProblem(files, parameters, observables, conditions, measurements)


def _named(rows: Iterable[Row], column: str) -> Iterable[Row]:
    seen: dict[str, Row] = {}
    for row in rows:
        name = row.needed(column)
        if not IDENTIFIER.fullmatch(name):
            raise row.wrong(column, f"{shown(name)} is no name: letters, digits and _, not a digit first")
        if name in seen:
            raise row.wrong(column, f"{shown(name)} stands in line {seen[name].line} too")
        seen[name] = row
        yield row


def _one_of(row: Row, column: str, allowed: Sequence[str], usual: str) -> str:
    found = row.text(column) or usual
    if found not in allowed:
        raise row.wrong(column, f"{shown(found)} is none of {', '.join(allowed)}")
    return found


def _parameter(row: Row) -> Parameter:
    scale = _one_of(row, "parameterScale", SCALES, "lin")
    estimated = row.number("estimate")
    if estimated not in (0, 1):
        raise row.wrong("estimate", f"{estimated:g} is neither 0 nor 1")
    value = row.number("nominalValue")
    if estimated and scale != "lin" and value < 0:  # 0 stands in published problems, for what is switched off
        raise row.wrong("nominalValue", f"{value:g} has no logarithm, and the scale is {scale}")
    if estimated:
        low, high = (row.number(column, infinite=True) for column in ("lowerBound", "upperBound"))
        if not low <= high:
            raise row.wrong("upperBound", f"{high:g} is below the lowerBound, {low:g}")
    prior = read_prior(row, scale) if estimated else None
    if prior is not None and not math.isfinite(prior.log_density(value)):
        raise row.wrong("nominalValue", f"{value:g} is outside its prior, {prior}")
    return Parameter(row.text("parameterId"), value, scale, prior, row)


def _observable(row: Row) -> Observable:
    return Observable(
        row.text("observableId"),
        _formula(row, "observableFormula"),
        _formula(row, "noiseFormula"),
        _one_of(row, "observableTransformation", SCALES, "lin"),
        _one_of(row, "noiseDistribution", DISTRIBUTIONS, "normal"),
        row,
    )


def _formula(row: Row, column: str) -> Formula:
    text = row.needed(column)
    try:
        return Formula(text)
    except InputError as error:
        raise row.wrong(column, str(error)) from error


def _condition(row: Row) -> Condition:
    values = {c: _value(row, c, row.text(c)) for c in row.cells if c not in ("conditionId", "conditionName")}
    return Condition(row.text("conditionId"), {c: v for c, v in values.items() if v != ""}, row)


def _value(row: Row, column: str, text: str) -> Value:
    number = as_number(text)
    if number is None and text and not IDENTIFIER.fullmatch(text):
        raise row.wrong(column, f"{shown(text)} is neither a finite number nor the name of a parameter")
    return text if number is None else number


def _measurement(row: Row, observables: Mapping[str, Observable], conditions: Mapping[str, Condition]) -> Measurement:
    observable = row.needed("observableId")
    if observable not in observables:
        raise row.wrong("observableId", f"no observable {shown(observable)}. {nearest(observable, observables)}")
    before, condition = row.text("preequilibrationConditionId"), row.needed("simulationConditionId")
    for column, name in (("preequilibrationConditionId", before), ("simulationConditionId", condition)):
        if name and name not in conditions:
            raise row.wrong(column, f"no condition {shown(name)}. {nearest(name, conditions)}")
    time, value = row.number("time", infinite=True), row.number("measurement")
    if time < 0:
        raise row.wrong("time", f"{time:g} is before the start, which is 0")
    scale = observables[observable].scale
    if scale != "lin" and value <= 0:
        raise row.wrong("measurement", f"{value:g} has no logarithm, and {observable} is compared on a {scale} scale")
    placeholders = _placeholders(row, observables[observable])
    return Measurement(observable, before, condition, time, value, placeholders, row)


def _placeholders(row: Row, observable: Observable) -> dict[str, Value]:
    """Values of observableParameter1_..., noiseParameter1_... for one measurement."""
    wanted = {
        match.group(0): (match.group(1), int(match.group(2)))
        for name in observable.formula.symbols | observable.noise.symbols
        if (match := PLACEHOLDER.fullmatch(name)) and match.group(3) == observable.name
    }
    found: dict[str, Value] = {}
    for kind in ("observable", "noise"):
        column = f"{kind}Parameters"
        cell = row.text(column)
        given = [part.strip() for part in cell.split(";")] if cell else []
        if "" in given:
            raise row.wrong(column, f"{shown(cell)} has an empty place")
        count = max((number for which, number in wanted.values() if which == kind), default=0)
        if len(given) != count:
            raise row.wrong(
                column, f"{len(given)} values for {count} places in the formulas of {shown(observable.name)}"
            )
        found |= {
            f"{kind}Parameter{k + 1}_{observable.name}": _value(row, column, part) for k, part in enumerate(given)
        }
    return found
