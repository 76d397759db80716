"""What a data and safety monitoring board would see of a trial at each look (FDA guidance on such boards, 2006)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.errors import InputError
from lobule.files.design import EVENTS, Design
from lobule.statistics.spending import conditional_power
from lobule.trial.conduct import Conducted
from lobule.trial.estimates import analyse
from lobule.trial.observed import information_day
from lobule.trial.replicates import futility, limits

if TYPE_CHECKING:
    import pandas as pd

DAYS = 365.25


def monitoring(design: Design, seen: Conducted) -> pd.DataFrame:
    """Tables of a replicate at each look before the end.

    Returns
    -------
    DataFrame: look, calendar_day (from the first patient in), item, together (open session), and a column for each arm
        (closed session). Items: enrolled, followed for (patient-years), what ended follow-up, subjects with each event,
        and of each arm compared the score of the primary endpoint with the boundaries and the conditional power if what
        was seen goes on. A number that an arm has not is empty.
    """
    import pandas as pd

    names = [arm.name for arm in design.arms]
    rows: list[dict[str, Any]] = []
    for k, share in enumerate(design.interim.looks[:-1] if design.interim else (), start=1):
        try:
            day = information_day(design, seen, design.primary, share)
        except InputError:  # no event yet
            continue
        then = seen.as_of(day)
        head = {"look": k, "calendar_day": round(day, 1)}
        rows += [head | row for row in (*_counts(design, then), *_score(design, then, k, share))]
    return pd.DataFrame(rows, columns=["look", "calendar_day", "item", "together", *names])


def _counts(design: Design, then: Conducted) -> Iterator[dict[str, Any]]:
    arms = {arm.name: then.arm == a for a, arm in enumerate(design.arms)}

    def row(item: str, each: np.ndarray, digits: int = 0) -> dict[str, Any]:
        of = {"together": np.ones(len(then), bool), **arms}
        return {"item": item, **{name: round(float(each[here].sum()), digits) for name, here in of.items()}}

    ended = then.left if then.due is None else np.where(then.left < then.due, then.left, np.inf)
    yield row("enrolled", np.ones(len(then)))
    yield row("patient-years", then.left / DAYS, 1)
    yield row("rescued", np.isfinite(then.rescued) & (then.rescued <= then.left))
    yield row("lost to follow-up", np.isfinite(ended) & (then.why == "lost to follow-up"))
    for name, event in EVENTS.items():
        yield row(event.title, then.events[name] <= then.left)


def _score(design: Design, then: Conducted, look: int, share: float) -> Iterator[dict[str, Any]]:
    found = {e.arm: e.benefit for e in analyse(design, then, design.primary)}
    scores = {name: (round(z, 3) if np.isfinite(z) else None) for name, z in found.items()}
    upper, lower = limits(design), futility(design)
    yield {"item": f"score of {design.primary.name}", **scores}
    yield {"item": "boundary of efficacy", "together": round(float(upper[look - 1]), 3)}
    if np.isfinite(lower[look - 1]):
        yield {"item": "boundary of futility", "together": round(float(lower[look - 1]), 3)}
    chances = {n: round(float(conditional_power(z, share, upper[-1])), 3) for n, z in found.items() if np.isfinite(z)}
    yield {"item": "conditional power", **chances}
