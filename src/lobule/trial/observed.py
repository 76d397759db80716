"""What a replicate has observed of an endpoint: times, values, responses, levels, and how much of it is in by a day."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.design import Design, Endpoint, response_met
from lobule.quantities import amount
from lobule.statistics.survival import kaplan_meier
from lobule.trial.conduct import Conducted

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Followed:
    """Time to the first of some events. time (n,), event (n,) it came, competing (n,) death came instead"""

    time: Values
    event: NDArray[np.bool_]
    competing: NDArray[np.bool_]


def followed(endpoint: Endpoint, seen: Conducted) -> Followed:
    """Times of a time_to_event endpoint; what ends observation censors it, a death that is no event competes."""
    first = np.minimum.reduce([seen.events[name] for name in endpoint.events])
    time = np.minimum(first, seen.left)
    event = first <= seen.left
    dead = seen.events["death"] <= seen.left
    return Followed(time, event, ~event & dead)


def values_at(endpoint: Endpoint, seen: Conducted, design: Design) -> Values:
    """A lab or score of all visits up to that of the endpoint, (n, n_visits); missing after rescue where the plan says
    so."""
    assert endpoint.output is not None and endpoint.at is not None
    last = int(np.searchsorted(seen.visits, amount(endpoint.at, "time")))
    values = seen.measured[endpoint.output][:, : last + 1]
    if design.analysis.rescue == "hypothetical":
        after = seen.visits[None, : last + 1] > seen.rescued[:, None]
        values = np.where(after, np.nan, values)
    return values


def responders(endpoint: Endpoint, seen: Conducted, design: Design) -> NDArray[np.bool_]:
    """Who responds; a missing value is no response."""
    values = values_at(endpoint, seen, design)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(response_met(values[:, -1], values[:, 0], endpoint.responds()), bool)


def levels(design: Design, seen: Conducted) -> Iterator[tuple[str, str, float]]:
    """(endpoint, arm, value): mean at the visit, share of responders, or Kaplan-Meier share without event at the end"""
    for endpoint in design.endpoints:
        for a, arm in enumerate(design.arms):
            here = seen.arm == a
            if endpoint.kind == "ranked" or not here.any():
                continue
            if endpoint.kind == "time_to_event":
                when = followed(endpoint, seen)
                value = float(kaplan_meier(when.time[here], when.event[here]).share[-1])
            elif endpoint.kind == "responder":
                value = float(responders(endpoint, seen, design)[here].mean())
            else:
                last = values_at(endpoint, seen, design)[here, -1]
                value = float(np.nanmean(last)) if np.isfinite(last).any() else math.nan
            yield endpoint.name, arm.name, value


def information_day(design: Design, seen: Conducted, endpoint: Endpoint, share: float) -> float:
    """Calendar day on which a share of the information is in: subjects past the visit of a lab, or events.

    Raises
    ------
    InputError : nothing has happened that could be counted.
    """
    if endpoint.kind == "time_to_event":
        when = followed(endpoint, seen)
        days = (seen.enrolled + when.time)[when.event]
    elif endpoint.kind == "ranked":
        days = seen.enrolled + seen.visits[-1]
    else:
        assert endpoint.at is not None
        days = seen.enrolled + amount(endpoint.at, "time")
    if days.size == 0:
        raise InputError(f'no event of "{endpoint.name}" happens, so that there is nothing to look at')
    return float(np.sort(days)[max(0, math.ceil(share * days.size) - 1)])
