"""Residuals of one lab along a virtual course: their likelihood, and what is left of them at the last visit.

A residual is the patient's own level, constant, and what wanders about it: a filter with two states (Kalman 1960). The
error of a visit is a mixture of two normals, usual and acute; after each visit the two possible states are put together
into one normal with their mean and variance (moment matching; West and Harrison 1997, chapter 12), so that the cost
grows with the number of visits and not with that of possible events.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.forecast.errors import Errors
from lobule.keeping import compiled_by_numba

Values = NDArray[np.float64]
step: Any = None  # machine code of `_step`, see `compiled`
STATE = 6  # level, wandering part, and their variances and covariance; chance of an event at the last visit


def spread_of(error: Errors) -> Values:
    """The numbers that the filter takes, of a lab."""
    return np.array([error.level**2, error.wander**2, error.usual**2, error.event_share,
                     error.event_sd**2, error.event_shift])  # fmt: skip


def _step(state: Any, y: float, side: int, keeps: float, spread: Any) -> float:
    """Log density of a residual y after what was seen so far, and the state after it (in place).

    state (6,) : level, wandering part, variance of each, covariance, chance of an acute event at this visit
    side : 0 where y was measured; -1 where the measurement lies below y, 1 above it
    keeps : share of the wandering part that is kept since the measurement before
    """
    state[1] *= keeps
    state[3] = state[3] * keeps * keeps + spread[1] * (1 - keeps * keeps)
    state[4] *= keeps
    variance = state[2] + state[3] + 2 * state[4]
    off = y - state[0] - state[1]
    usual, acute = variance + spread[2], variance + spread[4]
    if side != 0:
        first = 0.5 * math.erfc(side * off / math.sqrt(2 * usual))
        second = 0.5 * math.erfc(side * (off - spread[5]) / math.sqrt(2 * acute))
        state[5] = spread[3]
        return math.log((1 - spread[3]) * first + spread[3] * second + 1e-12)
    first = (1 - spread[3]) * math.exp(-0.5 * off * off / usual) / math.sqrt(usual)
    second = spread[3] * math.exp(-0.5 * (off - spread[5]) * (off - spread[5]) / acute) / math.sqrt(acute)
    total = first + second + 1e-30
    event = second / total
    pull, pull_acute = off / usual, (off - spread[5]) / acute
    mean = (1 - event) * pull + event * pull_acute
    shrink = (1 - event) / usual + event / acute - (1 - event) * event * (pull - pull_acute) * (pull - pull_acute)
    to_level, to_part = state[2] + state[4], state[3] + state[4]
    state[0] += to_level * mean
    state[1] += to_part * mean
    state[2] -= to_level * to_level * shrink
    state[3] -= to_part * to_part * shrink
    state[4] -= to_level * to_part * shrink
    state[5] = event
    return math.log(total) - 0.9189385332046727


def _along(shapes: Any, first: Any, last: Any, at: Any, logs: Any, sides: Any, keeps: Any, spread: Any,
           total: Any) -> None:  # fmt: skip
    """Add the likelihood of one lab to that of every visit as the first one.

    shapes (n_people, n_visits) : logarithm of the lab without the patient's level; first, last (n_people,) visits
    from and to which candidates count; at (n,) places after the first visit, in visits; logs (n,) measured; sides
    (n,); keeps (n,) of the wandering part since the one before; total (n_people, n_visits), added to in place
    """
    state = np.empty(6)
    visits = shapes.shape[1]
    for who in range(shapes.shape[0]):
        for begin in range(first[who], last[who]):
            if total[who, begin] == -np.inf:
                continue
            state[:] = 0.0
            state[2], state[3] = spread[0], spread[1]
            found = 0.0
            for k in range(len(at)):
                place = begin + at[k]
                whole = int(place)
                part = place - whole
                if whole + (part > 1e-9) >= visits:
                    found = -np.inf
                    break
                value = shapes[who, whole]
                if part > 1e-9:
                    value += part * (shapes[who, whole + 1] - value)
                found += step(state, logs[k] - value, sides[k], keeps[k], spread)
            total[who, begin] += found if found == found else -np.inf


def _states(residuals: Any, sides: Any, keeps: Any, spread: Any, found: Any, chances: Any) -> None:
    """States after each visit of chosen candidates.

    residuals (n_chosen, n); found (n_chosen, n, 6) and chances (n_chosen, n), log density of each visit given those
    before, are written
    """
    state = np.empty(6)
    for who in range(residuals.shape[0]):
        state[:] = 0.0
        state[2], state[3] = spread[0], spread[1]
        for k in range(residuals.shape[1]):
            chances[who, k] = step(state, residuals[who, k], sides[k], keeps[k], spread)
            found[who, k] = state


def filtered(residuals: Values, sides: NDArray[np.int64], keeps: Values, error: Errors) -> tuple[Values, Values]:
    """What is known of the residuals of one lab in some candidates after each of its values.

    Parameters
    ----------
    residuals : (n_chosen, n)
    sides, keeps : (n,), as of `_step`

    Returns
    -------
    states (n_chosen, n, 6); log density of each value given those before, (n_chosen, n)
    """
    found, chances = np.empty((*residuals.shape, STATE)), np.empty(residuals.shape)
    compiled()[1](residuals, sides, keeps, spread_of(error), found, chances)
    return found, chances


def add_later(values: NDArray[np.floating], places: float, total: Values) -> None:
    """Add to every visit that is a candidate, (n_people, n_visits), in place, the value so many visits later; -inf
    beyond the end."""
    _adder()(values, int(places), places - int(places), total)


def _add_later(values: Any, whole: int, part: float, total: Any) -> None:
    people, visits = values.shape
    more = whole + (part > 1e-9)
    for who in range(people):
        for visit in range(visits):
            if total[who, visit] == -np.inf:
                continue
            if visit + more >= visits:
                total[who, visit] = -np.inf
                continue
            value = values[who, visit + whole]
            value += part * (values[who, visit + more] - value)
            total[who, visit] += value if value == value else -np.inf


@cache
def _adder() -> Any:
    return compiled_by_numba(_add_later, nogil=True, error_model="numpy")


@cache
def compiled() -> tuple[Any, Any]:
    """Machine code of `_along` and `_states`.

    They find `step` among the names of the module: machine code of functions that hold another one is never found again
    in the cache, so that each process would compile for ten seconds.
    """
    global step
    step = compiled_by_numba(_step, inline="always", error_model="numpy")
    return tuple(compiled_by_numba(one, nogil=True, error_model="numpy") for one in (_along, _states))
