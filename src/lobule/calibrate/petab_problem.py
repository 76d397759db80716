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

from lobule.arguments import number
from lobule.calibrate.patient_fit import ERRORS
from lobule.calibrate.petab.lint import library, lint
from lobule.calibrate.petab.names import check_names
from lobule.calibrate.petab.problem import PetabProblem, understood
from lobule.calibrate.petab.simulate import Simulated, compared, opened, simulate
from lobule.errors import InputError
from lobule.files.course import Course
from lobule.files.petab import read_petab
from lobule.keeping import write_table, write_text, writing_into
from lobule.model.causes import cause
from lobule.model.export import export
from lobule.model.parameters import values_for
from lobule.patient.history import YEAR
from lobule.patient.variation import variation

if TYPE_CHECKING:
    import pandas as pd

LONGEST_ILLNESS = 100.0  # years
WIDEST = 3.0  # bounds of a parameter, in standard deviations of its prior
CONDITION = "patient"


def export_problem(course: Course, etiology: str, years: float, folder: Path) -> Path:
    """Write a problem: problem.yaml, model.xml, conditions, observables, measurements and parameters (TSV).

    Parameters
    ----------
    course : labs over time, as read
    etiology : a cause that befalls people
    years : of disease at the first measurement, at most 100

    Raises
    ------
    InputError : an unknown etiology, years that are none, a value beyond a limit of detection (PEtab knows none), one
        that has no logarithm.
    ResultsError : a folder that cannot be written. NotInstalled : no PEtab library.
    """
    import pandas as pd

    library()
    events = cause(etiology, "human").events(None, [0.0], None)
    years = number(years, "years", 0, LONGEST_ILLNESS, above=True)
    measurements = []
    for name, values in course.values.items():
        for k in np.flatnonzero(np.isfinite(values)):
            if course.beyond[name][k] != 0:
                raise InputError(f"PEtab knows no limits of detection; leave the {name} of day {course.days[k]:g} out")
            if not values[k] > 0:
                raise InputError(f"the {name} of day {course.days[k]:g} is {values[k]:g}; labs are compared on a log "
                                 "scale and must be above 0")  # fmt: skip
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
    lint(understood(read_petab(folder / "problem.yaml")))
    return folder


@dataclass(frozen=True)
class Evaluated:
    """simulations : PEtab simulation table; log_likelihood and chi2 at the nominal parameters, as PEtab defines them;
    log_prior : of the estimated parameters that name a prior (0 without priors)"""

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
    InputError : no such problem, or something wrong in it, with its file, line and column. ModelError : a model that
        the engine cannot read. NotInstalled : no PEtab library.
    """
    library()
    problem = understood(read_petab(Path(path)))
    model = opened(problem)  # before the library sees the model: it would evaluate names that SBML does not allow
    check_names(problem, model)
    lint(problem)
    simulated = simulate(problem, model)
    log_likelihood, chi2 = compared(problem, simulated)
    log_prior = math.fsum(p.prior.log_density(p.value) for p in problem.parameters.values() if p.prior is not None)
    return Evaluated(_table(problem, simulated), log_likelihood, chi2, log_prior)


def _table(problem: PetabProblem, simulated: Simulated) -> pd.DataFrame:
    """The measurement table with simulated values in the place of the measured ones."""
    import pandas as pd

    rows = []
    for measurement, value in zip(problem.measurements, simulated.values, strict=True):
        cells: dict[str, Any] = {name: text for name, text in measurement.row.cells.items() if name != "measurement"}
        rows.append(cells | {"time": measurement.time, "simulation": value})
    return pd.DataFrame(rows)
