"""PEtab: one patient's fit as a problem that pyPESTO, AMICI and others can solve, and theirs evaluated here.

PEtab v1 (Schmiester et al., PLoS Comput. Biol. 17 (2021) e1008646), through its library: pip install "lobule[petab]".
The problem of a patient holds the years of disease fixed; labs are lognormal around the model's course, and what
differs between patients is free, with the priors of `patient/patient_variation.csv`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule import engine
from lobule.calibrate.patient_fit import ERRORS
from lobule.errors import InputError, NotInstalled
from lobule.files.course import Course
from lobule.keeping import write_table, write_text, writing_into
from lobule.model.causes import cause
from lobule.model.export import export
from lobule.model.parameters import values_for
from lobule.patient.history import YEAR
from lobule.patient.variation import variation

if TYPE_CHECKING:
    import pandas as pd

WIDEST = 3.0  # bounds of a parameter, in standard deviations of its prior
RTOL = 1e-8
CONDITION = "patient"


def _petab() -> Any:
    try:
        import petab.v1
    except ImportError as error:
        raise NotInstalled('PEtab needs its library: pip install "lobule[petab]"') from error
    return petab.v1


def export_problem(course: Course, etiology: str, years: float, folder: Path) -> Path:
    """Write a problem: problem.yaml, model.xml, conditions, observables, measurements and parameters (TSV).

    Parameters
    ----------
    course : labs over time, as read
    etiology : a cause that befalls people
    years : of disease at the first measurement

    Raises
    ------
    InputError : an unknown etiology, a value beyond a limit of detection (PEtab knows none).
    ResultsError : a folder that cannot be written. NotInstalled : no PEtab library.
    """
    import pandas as pd

    petab = _petab()
    events = cause(etiology, "human").events(None, [0.0], None)
    if not years > 0:
        raise InputError(f"the years of disease must be above 0, not {years:g}")
    measurements = []
    for name, values in course.values.items():
        for k in np.flatnonzero(np.isfinite(values)):
            if course.beyond[name][k] != 0:
                raise InputError(f"PEtab knows no limits of detection; leave the {name} of day {course.days[k]:g} out")
            measurements.append({"observableId": f"{name}_measured", "simulationConditionId": CONDITION,
                                 "measurement": values[k], "time": years * YEAR + course.days[k]})  # fmt: skip
    observables = [
        {"observableId": f"{name}_measured", "observableFormula": name, "observableTransformation": "log",
         "noiseFormula": ERRORS[name], "noiseDistribution": "normal"}
        for name in course.values
    ]  # fmt: skip
    usual = values_for("human")
    parameters = [
        {"parameterId": name, "parameterScale": "log", "lowerBound": usual[name] * math.exp(-WIDEST * sd),
         "upperBound": usual[name] * math.exp(WIDEST * sd), "nominalValue": usual[name], "estimate": 1,
         "objectivePriorType": "parameterScaleNormal",
         "objectivePriorParameters": f"{math.log(usual[name])!r};{sd!r}"}
        for name, sd in variation().items()
    ]  # fmt: skip
    tables = {
        "conditions": pd.DataFrame([{"conditionId": CONDITION}]),
        "observables": pd.DataFrame(observables),
        "measurements": pd.DataFrame(measurements),
        "parameters": pd.DataFrame(parameters),
    }
    text = (
        "format_version: 1\nparameter_file: parameters.tsv\nproblems:\n  - condition_files: [conditions.tsv]\n"
        "    measurement_files: [measurements.tsv]\n    observable_files: [observables.tsv]\n"
        "    sbml_files: [model.xml]\n"
    )
    with writing_into(folder, "petab"):
        export(folder / "model.xml", "human", events)
        for name, table in tables.items():
            write_table(folder / f"{name}.tsv", table)
        write_text(folder / "problem.yaml", text)
    if petab.lint_problem(petab.Problem.from_yaml(str(folder / "problem.yaml"))):
        raise InputError(f'the problem in "{folder}" does not pass petablint')
    return folder


@dataclass(frozen=True)
class Evaluated:
    """simulations : PEtab simulation table; log_likelihood and chi2 at the nominal parameters, as PEtab defines them;
    log_prior : of the estimated parameters (0 without priors)"""

    simulations: pd.DataFrame
    log_likelihood: float
    chi2: float
    log_prior: float


def evaluate_problem(path: Path) -> Evaluated:
    """Simulate a PEtab v1 problem at its nominal parameters.

    Parameters
    ----------
    path : problem.yaml

    Raises
    ------
    InputError : no such problem, or something in it that is not supported, by name. NotInstalled : no PEtab library.
    """
    import pandas as pd

    petab = _petab()
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        problem = petab.Problem.from_yaml(str(path))
    except Exception as error:  # whatever the library meets in a foreign file
        raise InputError(f"{path.name} is no PEtab v1 problem: {str(error).splitlines()[0]}") from error
    _refuse_unsupported(path, problem)
    sbml = problem.model.to_sbml_str() if hasattr(problem.model, "to_sbml_str") else _sbml_text(problem)
    compiled = engine.compile(sbml)
    nominal = problem.parameter_df["nominalValue"].astype(float).to_dict()
    done = []
    for condition, rows in problem.measurement_df.groupby("simulationConditionId"):
        values = {name: value for name, value in nominal.items() if name in compiled.constants}
        overrides = problem.condition_df.loc[condition].drop("conditionName", errors="ignore")
        for name, value in overrides.items():
            given = nominal[value] if isinstance(value, str) and value in nominal else float(value)
            if name not in compiled.constants:
                raise InputError(f'{path.name}: condition {condition} sets "{name}", which is no constant of the model')
            values[str(name)] = given
        done.append(_simulate(compiled, problem, rows, values, nominal))
    simulations = pd.concat(done).loc[problem.measurement_df.index]
    arguments = ([problem.measurement_df], [simulations], [problem.observable_df], [problem.parameter_df])
    likelihood, chi2 = petab.calculate_llh(*arguments), petab.calculate_chi2(*arguments)
    return Evaluated(simulations, float(likelihood), float(chi2), _log_prior(problem.parameter_df))


def _sbml_text(problem: Any) -> str:
    import libsbml

    return libsbml.writeSBMLToString(problem.model.sbml_document)


def _refuse_unsupported(path: Path, problem: Any) -> None:
    columns = problem.measurement_df.columns
    if "preequilibrationConditionId" in columns and problem.measurement_df["preequilibrationConditionId"].notna().any():
        raise InputError(f"{path.name}: pre-equilibration is not supported")
    if "observableParameters" in columns and problem.measurement_df["observableParameters"].notna().any():
        raise InputError(f"{path.name}: observable parameters of single measurements are not supported")
    if not np.isfinite(problem.measurement_df["time"].astype(float)).all():
        raise InputError(f"{path.name}: a measurement at steady state (time inf) is not supported")


def _simulate(
    compiled: engine.CompiledModel, problem: Any, rows: pd.DataFrame, values: dict[str, float],
    nominal: dict[str, float],
) -> pd.DataFrame:  # fmt: skip
    import sympy

    times = np.unique(rows["time"].astype(float))
    formulas = {}
    for name in rows["observableId"].unique():
        formula = sympy.sympify(str(problem.observable_df.loc[name, "observableFormula"]))
        formulas[name] = formula, sorted(str(s) for s in formula.free_symbols)
    outputs = sorted({s for _, symbols in formulas.values() for s in symbols if s in compiled.variables})
    solution = compiled.solve(values, None, None, times, rtol=RTOL, outputs=outputs)
    if solution.reasons[0]:
        raise InputError(f"the problem could not be simulated: {solution.reasons[0]}")
    known = nominal | values
    found = rows.copy()
    for name, (formula, symbols) in formulas.items():
        missing = [s for s in symbols if s not in outputs and s not in known]
        if missing:
            raise InputError(f'observable {name}: "{missing[0]}" is neither an output of the model nor a parameter')
        function = sympy.lambdify([sympy.Symbol(s) for s in symbols], formula, "numpy")
        course = function(*(solution[s][0] if s in outputs else known[s] for s in symbols))
        mine = found["observableId"] == name
        found.loc[mine, "simulation"] = np.broadcast_to(course, times.shape)[
            np.searchsorted(times, found.loc[mine, "time"].astype(float))
        ]
    return found.drop(columns="measurement")


def _log_prior(table: pd.DataFrame) -> float:
    """Of parameterScaleNormal priors on the logarithm; others do not occur in problems that lobule writes."""
    if "objectivePriorType" not in table.columns:
        return 0.0
    total = 0.0
    for row in table[table["estimate"] == 1].to_dict("records"):
        if row["objectivePriorType"] != "parameterScaleNormal" or row["parameterScale"] != "log":
            continue
        middle, spread = (float(x) for x in str(row["objectivePriorParameters"]).split(";"))
        z = (math.log(float(row["nominalValue"])) - middle) / spread
        total += -0.5 * z * z - math.log(spread * math.sqrt(2 * math.pi))
    return total
