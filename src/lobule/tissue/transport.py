"""What blood carries through the sheet: one pass downstream, exact for the flows given.

Each place is well mixed, and blood comes from places before it alone, so that its concentration follows from theirs:
an implicit step, or the steady state, of advection with uptake costs one pass over the places. Uptake that saturates
is the root of a quadratic equation at the place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lobule.keeping import compiled_by_numba
from lobule.tissue.flow import Flow
from lobule.tissue.geometry import Points


def _pass(start, upstream, inflow, out, source, uptake, half, storage, before, found):  # type: ignore[no-untyped-def]
    """Balance: out*c + uptake*half*c/(half + c) + storage*(c - before) = source + what comes from places before."""
    for i in range(out.size):
        arriving = source[i] + storage[i] * before[i]
        for edge in range(start[i], start[i + 1]):
            arriving += inflow[edge] * found[upstream[edge]]
        leaving = out[i] + storage[i]
        if half == np.inf:
            total = leaving + uptake[i]
            found[i] = arriving / total if total > 0 else 0.0
            continue
        linear = (leaving + uptake[i]) * half - arriving
        root = np.sqrt(linear * linear + 4 * leaving * arriving * half)
        if linear >= 0:
            total = linear + root
            found[i] = 2 * arriving * half / total if total > 0 else 0.0
        else:
            found[i] = (root - linear) / (2 * leaving) if leaving > 0 else 0.0


@functools.cache
def _compiled() -> Callable[..., Any]:
    return compiled_by_numba(_pass)


def steady(blood: Flow, entering: float, uptake: Points, half: float = np.inf, source: Points | None = None) -> Points:
    """Concentration at each place when nothing changes any more, (n,), downstream numbering.

    Parameters
    ----------
    entering : concentration in the blood that enters
    uptake : (n,) area cleared a second where the concentration is low, um2/s
    half : concentration of half-maximal uptake; infinite where it does not saturate
    source : (n,) what places add a second
    """
    added = blood.feed * entering + (0.0 if source is None else source)
    found, nothing = np.zeros(len(added)), np.zeros(len(added))
    _compiled()(blood.start, blood.upstream, blood.inflow, blood.out, added, uptake, half, nothing, nothing, found)
    return found


def after(blood: Flow, before: Points, entering: float, uptake: Points, seconds: float, half: float = np.inf) -> Points:
    """Concentration at each place after a step, (n,), downstream numbering; first order in the step, never negative.

    Parameters
    ----------
    before : (n,) concentration; the others as in `steady`
    """
    found, storage = np.zeros(len(before)), blood.volume / seconds
    added = blood.feed * entering
    _compiled()(blood.start, blood.upstream, blood.inflow, blood.out, added, uptake, half, storage, before, found)
    return found


def taken(uptake: Points, concentration: Points, half: float = np.inf) -> Points:
    """What each place takes a second, (n,)."""
    return uptake * concentration if half == np.inf else uptake * concentration / (1 + concentration / half)


def blood_age(blood: Flow) -> Points:
    """Time since blood entered the sheet, s, (n,), numbered as the sheet."""
    nothing = np.zeros(len(blood.out))
    return blood.by_place(steady(blood, 0.0, nothing, source=blood.volume))
