"""A PEtab v1 problem of anybody evaluated by lobule's engine, through PEtab's library: pip install "lobule[petab]"."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.calibrate.petab.lint import library, lint
from lobule.calibrate.petab.names import check_names
from lobule.calibrate.petab.problem import PetabProblem, understood
from lobule.calibrate.petab.simulate import Simulated, compared, opened, simulate
from lobule.files.petab import read_petab

if TYPE_CHECKING:
    import pandas as pd


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
