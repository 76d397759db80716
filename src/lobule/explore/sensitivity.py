"""Global sensitivity: which parameters move the outputs of an untreated subject, or the effect of a treatment on them.

Method: elementary effects of M. D. Morris, Technometrics 33 (1991) 161, as implemented by SALib; every parameter that
differs between subjects or is uncertain is moved by up to 30 % either way, so that the figures compare equal relative
changes, not each parameter's own uncertainty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.arguments import a_seed, between, checking, count, optional, some_names
from lobule.bounds import LATEST
from lobule.errors import InputError, about, nearest, shown
from lobule.model.parameters import parameter_table, values_for
from lobule.optional import needs
from lobule.patient import Animal, Patient
from lobule.simulation.crowd import Crowd
from lobule.simulation.experiment import Experiment
from lobule.simulation.subject import a_subject
from lobule.therapy import Part
from lobule.therapy.regimen import Regimen

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

CLINICAL = ("albumin", "inr", "bilirubin", "platelets", "collagen_proportionate_area", "alt")
OF_EFFECT = ("collagen_proportionate_area", "alt", "tnf_alpha", "il_10", "m2_m1_ratio", "albumin")
CLEAR = 0.05  # a smaller relative change by a treatment is too little to ask what it depends on
SPREAD = 0.3  # largest relative change of a parameter
SHOWN = 20


@dataclass(frozen=True)
class Influence:
    """Mean absolute elementary effect of every parameter on every output.

    Attributes
    ----------
    table : one row a parameter: parameter, grade, a column an output, influence (largest over the outputs), output (the
        one it moves most); the most influential first. Of an untreated subject on the logarithm of the output; of a
        treatment on the logarithm of treated over untreated, as a share of what it is with the usual parameters.
    outputs : those that are told; of a treatment those that it changes
    effects : {output: treated over untreated}, of a treatment
    runs, failed : number of model runs, and of those that could not be integrated
    """

    table: pd.DataFrame
    outputs: tuple[str, ...]
    effects: dict[str, float]
    runs: int
    failed: int

    def plot(self) -> matplotlib.figure.Figure:
        """The most influential parameters, a dot an output."""
        from lobule.report.ranking import ranking
        from lobule.report.scale import written

        top = self.table.head(SHOWN)
        labels = [f"{written(model.label(p))} ({g})" for p, g in zip(top["parameter"], top["grade"], strict=True)]
        values = {written(model.label(output)): top[output].tolist() for output in self.outputs}
        if self.effects:
            return ranking(labels, values, "change of the treatment's effect, as a share of it, for a change of 60 %")
        return ranking(labels, values, "mean absolute elementary effect on log output, for a change of 60 %")


@checking(subject=a_subject, day=between(0, LATEST), outputs=optional(some_names), trajectories=count(2, 1000),
          seed=a_seed)  # fmt: skip
def global_sensitivity(
    subject: Patient | Animal,
    day: float = 0.0,
    outputs: Sequence[str] | None = None,
    trajectories: int = 10,
    seed: int = 1,
    *,
    plan: Part | Sequence[Part] | None = None,
    reading: str = "published",
) -> Influence:
    """Rank the parameters by their influence on outputs on a day of the run.

    Parameters
    ----------
    outputs : of the model; clinical ones of an untreated subject, the usual ones of a treatment when None
    plan : what the effect is of; None for an untreated subject
    reading : "published" or "counted", as of `simulate`

    Raises
    ------
    InputError : an unknown output, fewer than 2 trajectories, a plan that changes none of the outputs.
    NotInstalled : SALib is not there.
    """
    import pandas as pd

    analysis, sampling = needs("SALib.analyze.morris", "SALib.sample.morris", extra="explore")
    outputs = tuple(outputs or (CLINICAL if plan is None else OF_EFFECT))
    compiled = model.compiled("mouse")
    for output in outputs:
        if output not in compiled.outputs:
            raise InputError(
                f"the model has no output {shown(output)}. {nearest(output, compiled.outputs)}", ["outputs"]
            )
    with about("plan"):
        regimen = Regimen.of(plan, subject)
    experiment = Experiment.of((), reading=reading)
    usual = values_for(subject.species) | subject.parameters() | regimen.parameters()
    names = [
        p.id for p in parameter_table().values()
        if p.between_subjects != "none" and usual[p.id] > 0 and p.scaling != "product"
    ]  # fmt: skip
    problem = {"num_vars": len(names), "names": names, "bounds": [[1 - SPREAD, 1 + SPREAD]] * len(names)}
    factors = np.vstack([np.ones((1, len(names))), sampling.sample(problem, trajectories, num_levels=4, seed=seed)])
    times = [subject.history_days + day] if subject.history_days + day > 0 else [1.0]
    crowd, varied = Crowd(experiment=experiment), {name: factors[:, i] for i, name in enumerate(names)}
    groups = [crowd.add(subject, times, n=len(factors), factors=[varied])]
    if plan is not None:
        groups.append(crowd.add(subject, times, regimen, n=len(factors), factors=[varied]))
    solved = crowd.solve(outputs, 1e-5)
    logs = [np.log(np.maximum([solved.values(group, name)[:, 0] for name in outputs], 1e-12)).T for group in groups]
    found, effects = logs[0], dict[str, float]()
    if plan is not None:
        found, effects = _of_effect(logs[1] - logs[0], outputs)
        outputs = tuple(effects)
    values = found[1:]
    failed = np.flatnonzero(~np.isfinite(values).all(axis=1))
    values[failed] = np.nanmedian(values, axis=0)
    by_output = {
        output: np.ma.getdata(analysis.analyze(problem, factors[1:], values[:, k], num_levels=4, seed=seed)["mu_star"])
        for k, output in enumerate(outputs)
    }
    table = pd.DataFrame({"parameter": names, "grade": [parameter_table()[n].grade for n in names], **by_output})
    table["influence"] = table[list(outputs)].max(axis=1)
    table["output"] = table[list(outputs)].idxmax(axis=1)
    table = table.sort_values(["influence", "parameter"], ascending=[False, True]).reset_index(drop=True)
    return Influence(table, outputs, effects, len(factors) * len(groups), len(failed))


def _of_effect(ratios: NDArray[np.float64], outputs: Sequence[str]) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Logarithms of ratios (n_runs, n_outputs), the usual parameters first, as shares of what they are with these, of
    the outputs that the treatment changes clearly; and the ratio of each."""
    effects = {name: float(np.exp(ratios[0, k])) for k, name in enumerate(outputs)}
    changed = [k for k, name in enumerate(outputs) if abs(effects[name] - 1) >= CLEAR]
    if not changed:
        tried = ", ".join(outputs)
        raise InputError(f"the plan changes none of {tried} by {CLEAR:.0%}; there is no effect to rank", ["plan"])
    return ratios[:, changed] / np.abs(ratios[0, changed]), {outputs[k]: effects[outputs[k]] for k in changed}
