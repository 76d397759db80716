"""Compartments whose size can change: concentrations are divided by them, so that a size of 0 or less ends a patient.

Looked at where samples are taken; only models with such compartments pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lobule.engine.solution import OK, UNDEFINED_OUTPUT, VANISHED

if TYPE_CHECKING:
    from lobule.engine.compiled import CompiledModel
    from lobule.engine.solve.problem import Problem


def watched(model: CompiledModel, problem: Problem) -> tuple[str, ...]:
    """Names of the compartments to look at: those that do not keep the number they start with."""
    system = model.system
    if not system.sizes:
        return ()
    symbols = dict(zip(system.constants, system.constant_symbols, strict=True))
    changed = {symbol for event in system.events for symbol, _ in event.assignments}
    dosed = {event.target for rows in {id(rows): rows for rows in problem.events}.values() for event in rows}
    return tuple(
        name
        for name in system.sizes
        if name not in symbols or symbols[name] in system.derived | changed or name in dosed
    )


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
