"""When something happens: the first passage of a level, and what cumulative hazards make one expect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def first_reached(times: Values, values: Values, level: Values | float) -> Values:
    """Time at which each row first reaches its level, interpolated between samples; infinite when it never does.

    An event befalls a subject where its cumulative hazard reaches an exponential number (D. R. Cox and D. Oakes,
    Analysis of Survival Data, 1984, section 2.2). Competing events each have a hazard and a number of their own,
    and the first one counts.

    Parameters
    ----------
    times : (n_times,), rising; values : (n, n_times); level : (n,) or one for all

    >>> first_reached(np.array([0.0, 10.0, 20.0]), np.array([[0.0, 1.0, 3.0]]), np.array([2.0])).tolist()
    [15.0]
    """
    wanted = np.broadcast_to(level, len(values))
    reached = values >= wanted[:, None]
    k, row = reached.argmax(axis=1), np.arange(len(values))
    before, after = values[row, np.maximum(k - 1, 0)], values[row, k]
    rise = np.where(after > before, after - before, 1.0)
    share = np.where(k > 0, (wanted - before) / rise, 0.0)
    start = times[np.maximum(k - 1, 0)]
    return np.where(reached.any(axis=1), start + share * (times[k] - start), np.inf)


def expected_incidence(event: Values, death: Values | None = None) -> Values:
    """Mean cumulative incidence (n_times,) of an event over subjects, of whom some die first.

    Parameters
    ----------
    event, death : (n, n_times) cumulative hazards, of which death competes; without death, the event is what ends all
    """
    if death is None:
        return np.asarray((1 - np.exp(-event)).mean(axis=0), float)
    free = np.exp(-(death + event))
    middle = 0.5 * (free[:, 1:] + free[:, :-1])
    return np.concatenate([[0.0], np.cumsum((middle * np.diff(event, axis=1)).mean(axis=0))])
