"""PEtab's own checks of a problem (petablint), their first complaint as one sentence.

The formulas that the library sees are sums of the names of the real ones: it needs the names only, and would hand the
formula to SymPy, which can compute for ever.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from typing import Any

from lobule.calibrate.petab.problem import PetabProblem
from lobule.errors import InputError
from lobule.files.petab import Row
from lobule.optional import needs

NUMERIC = ("measurement", "time", "nominalValue", "lowerBound", "upperBound", "estimate")


def library() -> Any:
    """PEtab's library; raises NotInstalled with the line that installs it."""
    return needs("petab.v1", extra="petab")[0]


def lint(problem: PetabProblem) -> None:
    """Raise InputError with what PEtab's library finds wrong."""
    petab, heard = library(), _Listener()
    logger = logging.getLogger("petab")
    before = logger.propagate
    logger.addHandler(heard)
    logger.propagate = False
    try:
        failed = petab.lint_problem(_as_the_library_has_it(petab, problem))
        said = heard.first
    except Exception as error:  # the library raises as many kinds of error as it meets kinds of cells
        failed, said = True, str(error.args[0] if error.args else error)
    finally:
        logger.removeHandler(heard)
        logger.propagate = before
    if failed:
        raise InputError(f"{problem.files.name}: petablint: {' '.join(said.split())}")


class _Listener(logging.Handler):
    """Keeps the first error that is logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.first = "the problem is not valid"
        self._silent = False

    def emit(self, record: logging.LogRecord) -> None:
        if not self._silent:
            self.first, self._silent = record.getMessage(), True


def _as_the_library_has_it(petab: Any, problem: PetabProblem) -> Any:
    from petab.v1.models.sbml_model import SbmlModel

    files = problem.files
    model = SbmlModel.from_string(files.sbml)
    model.is_valid = lambda: True  # what a model may hold is the engine's to say, and it has read this one
    observables = _table(files.observables, "observableId")
    for name, observable in problem.observables.items():
        observables.loc[name, "observableFormula"] = _sum(observable.formula.symbols)
        observables.loc[name, "noiseFormula"] = _sum(observable.noise.symbols - set(problem.observables))
    return petab.Problem(
        model=model,
        condition_df=_table(files.conditions, "conditionId"),
        measurement_df=_table(files.measurements),
        observable_df=observables,
        parameter_df=_table(files.parameters, "parameterId", petab.PARAMETER_DF_REQUIRED_COLS),
    )


def _sum(names: Iterable[str]) -> str:
    return " + ".join(sorted(names)) or "1"


def _table(rows: Sequence[Row], index: str | None = None, needed: Sequence[str] = ()) -> Any:
    import pandas as pd

    columns = list(dict.fromkeys([*needed, *(column for row in rows for column in row.cells)]))
    table = pd.DataFrame([[row.text(c) or math.nan for c in columns] for row in rows], columns=columns, dtype=object)
    for column in NUMERIC:
        if column in columns:
            table[column] = pd.to_numeric(table[column], errors="coerce")
    return table.set_index(index) if index else table
