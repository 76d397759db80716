"""What one run rests on: how far each constant, a tenth less of it, moves what the run reports.

One lane a constant, all in one engine call. Of a treatment the outputs are treated over untreated, each twin with the
same constants, so that what moves both alike does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lobule.model.parameters import parameter_table, values_for
from lobule.patient import Animal, Patient
from lobule.simulation.crowd import Crowd
from lobule.simulation.experiment import Experiment
from lobule.therapy import Part
from lobule.therapy.regimen import Regimen

if TYPE_CHECKING:
    import pandas as pd

LESS = 0.1  # of each constant; not more of it, as a share may be all of its kind already
RTOL = 1e-4


def strongest(
    subject: Patient | Animal,
    plan: Sequence[Part],
    day: float,
    outputs: Sequence[str],
    *,
    reading: str = "published",
    hypotheses: dict[str, float] | None = None,
) -> pd.DataFrame:
    """Constants by how far they move the outputs on a day of the run, the strongest first.

    Parameters
    ----------
    plan : what is given; nothing for the untreated course
    outputs : of the model

    Returns
    -------
    DataFrame: parameter, change (largest over the outputs, a share of the output or of treated over untreated, for a
    tenth less), output (the one that moves most). A lane that could not be solved has no row.
    """
    import pandas as pd

    regimen = Regimen.of(list(plan) or None, subject)
    usual = values_for(subject.species) | subject.parameters() | regimen.parameters()
    names = [p.id for p in parameter_table().values() if usual.get(p.id, 0) > 0 and p.unit != "" and p.id != "reading"]
    factors = np.ones((len(names) + 1, len(names)))
    factors[np.arange(1, len(names) + 1), np.arange(len(names))] -= LESS
    crowd = Crowd(experiment=Experiment.of((), hypotheses=hypotheses, reading=reading))
    varied, times = [{name: factors[:, i] for i, name in enumerate(names)}], [subject.history_days + day]
    groups = [crowd.add(subject, times, regimen, n=len(factors), factors=varied)]
    if plan:
        groups.append(crowd.add(subject, times, regimen, n=len(factors), factors=varied, twin=True))
    solved = crowd.solve(outputs, RTOL)
    logs = [np.log(np.maximum(solved.all_values(group)[:, -1, : len(outputs)], 1e-12)) for group in groups]
    told = logs[0] - logs[1] if plan else logs[0]
    moved = np.abs(np.expm1(told[1:] - told[0]))
    whole = np.isfinite(moved).all(axis=1)
    table = pd.DataFrame({
        "parameter": np.array(names)[whole], "change": moved[whole].max(axis=1),
        "output": np.array(outputs)[moved[whole].argmax(axis=1)],
    })  # fmt: skip
    return table.sort_values(["change", "parameter"], ascending=[False, True]).reset_index(drop=True)
