"""What a replicate has observed of an endpoint: times, values, responses, levels, and how much of it is in by a day."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.design import Design, Endpoint, response_met
from lobule.files.estimand import COMPOSITE, HYPOTHETICAL, PRINCIPAL_STRATUM, WHILE_ON_TREATMENT, Strategy
from lobule.patient.criteria import Criteria
from lobule.quantities import amount
from lobule.statistics.survival import kaplan_meier
from lobule.trial.conduct import Conducted

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Followed:
    """Time to the first of some events. time (n,), event (n,) it came, competing (n,) what ends the question, as a
    death, came instead"""

    time: Values
    event: NDArray[np.bool_]
    competing: NDArray[np.bool_]


def asked_of(endpoint: Endpoint, seen: Conducted) -> Conducted:
    """The subjects that an endpoint is asked of."""
    return seen if endpoint.among is None else seen.some(Criteria.read(endpoint.among).met(seen.baseline()))


def first_day(seen: Conducted, strategies: Mapping[str, Strategy], wanted: Strategy) -> Values:
    """Day of the first intercurrent event with a strategy, (n,); infinite where none was seen."""
    days = [np.full(len(seen), np.inf)]
    for name, strategy in strategies.items():
        if strategy == wanted:
            day = seen.rescued if name == "rescue" else seen.events[name]
            days.append(np.where(np.isfinite(day) & (day <= seen.left), day, np.inf))
    return np.asarray(np.minimum.reduce(days), float)


def followed(endpoint: Endpoint, seen: Conducted) -> Followed:
    """Times of a time_to_event endpoint. What ends observation censors it, and so does a hypothetical intercurrent
    event; a composite one is an event; one with the strategy while on treatment competes."""
    strategies = endpoint.strategies()
    first = np.minimum.reduce([seen.events[name] for name in endpoint.events])
    first = np.minimum(first, first_day(seen, strategies, COMPOSITE))
    on = first_day(seen, strategies, WHILE_ON_TREATMENT)
    end = np.minimum(seen.left, first_day(seen, strategies, HYPOTHETICAL))
    time = np.minimum.reduce([first, on, end])
    event = first <= time
    return Followed(time, event, ~event & (on <= time))


def values_at(endpoint: Endpoint, seen: Conducted, design: Design) -> Values:
    """A lab or score of all visits up to that of the endpoint, (n, n_visits), by the strategies of its intercurrent
    events; the first one decides.

    hypothetical: missing afterwards. while on treatment: the last value before. composite: the worst value; of a
    responder, missing, which is no response. treatment policy: as measured. principal stratum: missing afterwards,
    whatever came first, since who has the event is not of the stratum.
    """
    assert endpoint.output is not None and endpoint.at is not None
    last = int(np.searchsorted(seen.visits, amount(endpoint.at, "time")))
    values, visits = seen.measured[endpoint.output][:, : last + 1], seen.visits[None, : last + 1]
    strategies = endpoint.strategies(design.analysis.rescue)
    lost, on, failed = (
        first_day(seen, strategies, wanted)[:, None] for wanted in (HYPOTHETICAL, WHILE_ON_TREATMENT, COMPOSITE)
    )
    gone = first_day(seen, strategies, PRINCIPAL_STRATUM)[:, None]
    values = np.where(visits > gone, np.nan, values)
    first = np.minimum.reduce([lost, on, failed])
    if not np.isfinite(first).any():
        return values
    after = visits > first
    before = np.where(after, np.nan, values)
    worst = endpoint.worst if endpoint.kind == "change" and endpoint.worst is not None else math.nan
    found = np.where(after & (failed <= first), worst, before)
    found = np.where(after & (on <= first), _carried(before), found)
    found = np.where(visits > gone, np.nan, found)
    return found if seen.due is None else np.where(visits <= seen.due[:, None], found, np.nan)


def _carried(values: Values) -> Values:
    """The last value up to each visit, (n, n_visits)."""
    at = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(values.shape[1]), 0), axis=1)
    return np.take_along_axis(values, at, axis=1)


def responders(endpoint: Endpoint, seen: Conducted, design: Design) -> NDArray[np.bool_]:
    """Who responds; a missing value is no response."""
    values = values_at(endpoint, seen, design)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(response_met(values[:, -1], values[:, 0], endpoint.responds()), bool)


def levels(design: Design, seen: Conducted) -> Iterator[tuple[str, str, float]]:
    """(endpoint, arm, value): mean at the visit, share of responders, or Kaplan-Meier share without event at the end"""
    everyone = seen
    for endpoint in design.endpoints:
        seen = asked_of(endpoint, everyone)
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
