"""Global sensitivity: which parameters move the clinical outputs of a patient.

Method: elementary effects of M. D. Morris, Technometrics 33 (1991) 161, as implemented by SALib; every parameter that
differs between subjects or is uncertain is moved by up to 30 % either way, so that the figures compare equal relative
changes, not each parameter's own uncertainty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lobule import model
from lobule.arguments import a_seed, between, checking, count, some_names
from lobule.bounds import LATEST
from lobule.errors import InputError, nearest, shown
from lobule.model.parameters import parameter_table, values_for
from lobule.optional import needs
from lobule.patient import Animal, Patient
from lobule.simulation.crowd import Crowd
from lobule.simulation.subject import a_subject

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

CLINICAL = ("albumin", "inr", "bilirubin", "platelets", "collagen_proportionate_area", "alt")
SPREAD = 0.3  # largest relative change of a parameter
SHOWN = 20


@dataclass(frozen=True)
class Influence:
    """Mean absolute elementary effect of every parameter on the logarithm of every output.

    table : one row a parameter: parameter, grade, a column an output, influence (largest over the outputs), output (the
        one it moves most); the most influential first
    runs, failed : number of model runs, and of those that could not be integrated
    """

    table: pd.DataFrame
    outputs: tuple[str, ...]
    runs: int
    failed: int

    def plot(self) -> matplotlib.figure.Figure:
        """The most influential parameters, a dot an output."""
        from lobule.report.look import written
        from lobule.report.ranking import ranking

        top = self.table.head(SHOWN)
        labels = [f"{written(model.label(p))} ({g})" for p, g in zip(top["parameter"], top["grade"], strict=True)]
        values = {written(model.label(output)): top[output].tolist() for output in self.outputs}
        return ranking(labels, values, "mean absolute elementary effect on log output, for a change of 60 %")


@checking(subject=a_subject, day=between(0, LATEST), outputs=some_names, trajectories=count(2, 1000), seed=a_seed)
def global_sensitivity(
    subject: Patient | Animal,
    day: float = 0.0,
    outputs: Sequence[str] = CLINICAL,
    trajectories: int = 10,
    seed: int = 1,
) -> Influence:
    """Rank the parameters by their influence on outputs of an untreated subject on a day of the run.

    Raises
    ------
    InputError : an unknown output, or fewer than 2 trajectories. NotInstalled : SALib is not there.
    """
    import pandas as pd

    analysis, sampling = needs("SALib.analyze.morris", "SALib.sample.morris", extra="explore")
    compiled = model.compiled("mouse")
    for output in outputs:
        if output not in compiled.outputs:
            raise InputError(
                f"the model has no output {shown(output)}. {nearest(output, compiled.outputs)}", ["outputs"]
            )
    usual = values_for(subject.species) | subject.parameters()
    names = [p.id for p in parameter_table().values() if p.between_subjects != "none" and usual[p.id] > 0]
    problem = {"num_vars": len(names), "names": names, "bounds": [[1 - SPREAD, 1 + SPREAD]] * len(names)}
    factors = sampling.sample(problem, trajectories, num_levels=4, seed=seed)
    times = [subject.history_days + day] if subject.history_days + day > 0 else [1.0]
    crowd, varied = Crowd(), {name: factors[:, i] for i, name in enumerate(names)}
    everyone = crowd.add(subject, times, n=len(factors), factors=[varied])
    solved = crowd.solve(outputs, 1e-5)
    logs = np.log(np.maximum([solved.values(everyone, name)[:, 0] for name in outputs], 1e-12)).T
    failed = np.flatnonzero(~np.isfinite(logs).all(axis=1))
    logs[failed] = np.nanmedian(logs, axis=0)
    effects = {
        output: np.ma.getdata(analysis.analyze(problem, factors, logs[:, k], num_levels=4, seed=seed)["mu_star"])
        for k, output in enumerate(outputs)
    }
    table = pd.DataFrame({"parameter": names, "grade": [parameter_table()[n].grade for n in names], **effects})
    table["influence"] = table[list(outputs)].max(axis=1)
    table["output"] = table[list(outputs)].idxmax(axis=1)
    table = table.sort_values(["influence", "parameter"], ascending=[False, True]).reset_index(drop=True)
    return Influence(table, tuple(outputs), len(factors), len(failed))
