"""Whether every name in a PEtab problem's tables stands for something, before anything is solved."""

from __future__ import annotations

from collections.abc import Iterator

from lobule.calibrate.petab.problem import PLACEHOLDER, Observable, PetabProblem
from lobule.calibrate.petab.start import OpenModel
from lobule.errors import InputError, nearest, shown
from lobule.files.petab import Row

TIME = "time"


def check_names(problem: PetabProblem, model: OpenModel) -> None:
    """Raise InputError with the first name, its file, line and column, that nothing defines or two tables set."""
    for column, row in _columns(problem):
        _check_column(problem, model, column, row)
    columns = {column for column, _ in _columns(problem)}
    usable = {*problem.parameters, *columns, *model.constants}
    for condition in problem.conditions.values():
        for column, value in condition.values.items():
            if isinstance(value, str) and value not in problem.parameters:
                raise condition.row.wrong(column, f"no parameter {shown(value)}. {nearest(value, problem.parameters)}")
    for observable in problem.observables.values():
        _check_formulas(problem, model, observable, columns)
    for measurement in problem.measurements:
        for place, value in measurement.placeholders.items():
            if isinstance(value, str) and value not in usable:
                column = "noiseParameters" if place.startswith("noise") else "observableParameters"
                raise measurement.row.wrong(column, f"no parameter {shown(value)}. {nearest(value, usable)}")
    _check_parameters(problem, model, columns)


def _columns(problem: PetabProblem) -> Iterator[tuple[str, Row]]:
    """Names that the condition table sets, each with the first row that has the column."""
    seen = {"conditionId", "conditionName"}
    for condition in problem.conditions.values():
        for column in condition.row.cells:
            if column not in seen:
                seen.add(column)
                yield column, condition.row


def _check_column(problem: PetabProblem, model: OpenModel, column: str, row: Row) -> None:
    where = f"{row.file}, column {column}"
    if column in model.starts or column in model.constants:
        return
    if column in model.outputs:
        raise InputError(f"{where}: the model computes it by a rule or reaction; a condition cannot set it")
    used = set().union(*(o.formula.symbols | o.noise.symbols for o in problem.observables.values()))
    if column not in used:
        settable = [*model.starts, *model.constants, *sorted(used)]
        raise InputError(f"{where}: neither the model nor an observable has that name. {nearest(column, settable)}")


def _check_formulas(problem: PetabProblem, model: OpenModel, observable: Observable, columns: set[str]) -> None:
    known = {TIME, *model.outputs, *problem.parameters, *columns}
    if observable.name in model.outputs:
        raise observable.row.wrong("observableId", f"the model has a {shown(observable.name)} too")
    for column, formula in (("observableFormula", observable.formula), ("noiseFormula", observable.noise)):
        of_others = set(problem.observables) if column == "noiseFormula" else set()
        for name in sorted(formula.symbols):
            place = PLACEHOLDER.fullmatch(name)
            own = place is not None and place.group(3) == observable.name
            if own and not (column == "observableFormula" and place is not None and place.group(1) == "noise"):
                continue
            if name not in known | of_others:
                raise observable.row.wrong(
                    column, f"{shown(name)} is neither in the model nor a parameter. {nearest(name, known | of_others)}"
                )


def _check_parameters(problem: PetabProblem, model: OpenModel, columns: set[str]) -> None:
    used = set(model.constants)
    for observable in problem.observables.values():
        used |= observable.formula.symbols | observable.noise.symbols
    for condition in problem.conditions.values():
        used |= {value for value in condition.values.values() if isinstance(value, str)}
    for measurement in problem.measurements:
        used |= {value for value in measurement.placeholders.values() if isinstance(value, str)}
    for name, parameter in problem.parameters.items():
        if name in columns:
            raise parameter.row.wrong("parameterId", f"the condition table sets {shown(name)} too")
        if name in model.outputs and name not in model.constants:
            raise parameter.row.wrong(
                "parameterId", f"{shown(name)} is no constant of the model; its start value belongs into a condition"
            )
        if name not in used:
            raise parameter.row.wrong("parameterId", f"nothing uses {shown(name)}")
