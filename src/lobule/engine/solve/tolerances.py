"""How large an error of a step may be, for each state of each patient."""

from __future__ import annotations

import numpy as np

from lobule.engine.solve.problem import Problem
from lobule.engine.system import OdeSystem

SMALL = 1e-3  # starts that are all below it say that the model counts in large units
NOTHING = 1e-100  # a start value below this says no more about a state's size than 0 does
NOISE = 1e-25  # share of the largest start, below which one is what an earlier run has left of 0


def absolute_tolerances(system: OdeSystem, problem: Problem, constants: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Absolute tolerance per patient and state (n_patients, n_states): the one given, else a small share of the
    state's typical size in this patient, so that the company it is solved in does not matter. What starts at 0, or at
    what is nothing beside the others, counts as 1 in the unit of its formulas, which is the size of the compartment
    for an amount whose concentration they use; or as the largest start, where all are much smaller than 1."""
    if problem.atol is not None:
        return np.tile(problem.atol, (problem.n_patients, 1))
    typical = np.abs(initial)
    if problem.doses.time.size:
        typical = np.maximum(typical, problem.doses.largest_addition(initial.shape[1]))
    unit = _unit_amounts(system, constants, initial)
    largest = (typical / unit).max(axis=1, initial=0.0, keepdims=True)
    small = (largest > NOTHING) & (largest < SMALL)
    if small.any():
        unit = unit * np.where(small, largest, 1.0)
    says = typical > np.maximum(NOTHING, NOISE * largest * unit)
    return 1e-4 * problem.rtol * np.where(says, typical, unit)


def _unit_amounts(system: OdeSystem, constants: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Of each state, what formulas call 1 (n_patients, n_states): a compartment's size for a species that they divide
    by it, else 1."""
    unit = np.ones(initial.shape)
    for pairs, sizes in zip(system.divisors, (constants, initial), strict=True):
        if pairs.size:
            size = np.abs(sizes[:, pairs[:, 1]])
            unit[:, pairs[:, 0]] = np.where((size > NOTHING) & (size < np.inf), size, 1.0)
    return unit
