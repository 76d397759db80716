"""One patient's fit as a PEtab problem that pyPESTO, AMICI and others can solve.

PEtab v1 (Schmiester et al., PLoS Comput. Biol. 17 (2021) e1008646), through its library: pip install "lobule[petab]".
The years of disease are held fixed; labs are lognormal around the model's course, and what differs between patients is
free, with the priors of `patient/patient_variation.csv`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lobule.arguments import number
from lobule.calibrate.measured import ERRORS
from lobule.calibrate.petab.lint import library, lint
from lobule.calibrate.petab.problem import understood
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
    pass

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
