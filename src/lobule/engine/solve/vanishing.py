"""Compartments whose size can change: concentrations are divided by them, so that a size of 0 or less ends a patient.

Looked at where samples are taken; only models with such compartments pay for it.
"""

from __future__ import annotations

import numpy as np

from lobule.engine.solution import OK, UNDEFINED_OUTPUT, VANISHED
from lobule.engine.solve.doses import Doses
from lobule.engine.solve.problem import Problem
from lobule.engine.system import OdeSystem


def watched(system: OdeSystem, doses: Doses) -> tuple[str, ...]:
    """Names of the compartments to look at: those that do not keep the number they start with."""
    if not system.sizes:
        return ()
    return tuple(name for name in system.sizes if name in system.varying or system.number[name] in doses.touched)


def end_where_vanished(names: tuple[str, ...], problem: Problem, y: np.ndarray, people: np.ndarray) -> dict[int, str]:
    """Values from a vanished size on become NaN, with the status; gives the sentence of each such patient.

    y (n_patients, n_times, n_outputs), the sizes its last columns before those of the derivatives
    """
    first = len(problem.outputs)
    sizes = y[:, :, first : first + len(names)]
    sentences = {}
    for i in np.flatnonzero((sizes <= 0).any(axis=(1, 2))):
        k = int(np.argmax((sizes[i] <= 0).any(axis=1)))
        if people["status"][i] not in (OK, UNDEFINED_OUTPUT) and problem.times[k] >= people["stopped_at"][i]:
            continue
        c = int(np.argmax(sizes[i, k] <= 0))
        sentences[int(i)] = (
            f'patient {i} stopped at time {problem.times[k]:.6g}: the size of the compartment "{names[c]}" is '
            f"{sizes[i, k, c]:g} there; it must stay above 0"
        )
        people["status"][i], people["stopped_at"][i] = VANISHED, problem.times[k]
        y[i, k:] = np.nan
    return sentences
