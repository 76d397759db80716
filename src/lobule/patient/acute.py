"""People who are seen because they are acutely ill: with a sick liver, some days or weeks after a blow to it.

Who comes to a clinic with cirrhosis is not anybody who lives with it: a share have just been struck by a precipitant
(`precipitants.csv`), and they die in weeks or recover. Courses of such people stand beside those of all others; each
has one visit at which it can be seen first. The shares are in `acute.csv`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.engine.events import Event
from lobule.keeping import keep, kept, packed, unpacked
from lobule.model.causes import cause
from lobule.patient import history
from lobule.patient.draws import uniforms
from lobule.patient.history import YEAR, Histories
from lobule.patient.precipitants import STRUCK_ANYWAY, drawn
from lobule.rows import Row, rows_by
from lobule.scores.clinic import CIRRHOSIS
from lobule.therapy.care import Care, cares

TABLE = Path(__file__).parent / "acute.csv"
SOONEST, LATEST = 0.5, 20.0  # days between the blow and the first visit, evenly on the logarithm; assumed
PER_PERSON = 0.5  # struck people for each other one
SCAR = "collagen_proportionate_area"


class AcuteShare(Row):
    """Of people with cirrhosis of a cause who come to a clinic, the share who have just been struck."""

    etiology: str
    share: float
    grade: str
    source: str
    note: str


@cache
def shares() -> dict[str, float]:
    """By cause; a cause that is not there has nobody who is acutely ill."""
    return {name: row.share for name, row in rows_by("etiology", TABLE, AcuteShare).items()}


def with_acutely_ill(courses: Histories, seed: int = 1, share: float | None = None) -> tuple[Histories, NDArray]:
    """The courses and, below them, those of people who are acutely ill when they are first seen.

    Parameters
    ----------
    courses : of people of a seed, untreated or under a care
    seed : theirs
    share : of people with cirrhosis, who are acutely ill; that of the table when None

    Returns
    -------
    courses of both; the logarithm of how much each visit counts as the first one beside the chance to be alive,
    (n_both, n_visits): 0 for the former; for who is struck -inf at every visit but the one.
    """
    wanted = shares().get(courses.etiology, 0.0) if share is None else share
    n = int(PER_PERSON * len(courses))
    death, scar = courses.values["cumulative_death_hazard"].astype(float), courses.values[SCAR]
    sick = (scar >= CIRRHOSIS) & np.isfinite(death)
    if courses.begun is not None:
        sick &= courses.years >= courses.begun[:, None]
    nothing = np.zeros(death.shape)
    if not wanted or not sick[:n].any():
        return courses, nothing
    alive = np.where(sick, np.exp(-np.where(sick, death, 0.0)), 0.0)
    rate = np.gradient(courses.values["cumulative_aclf_hazard"].astype(float), courses.years, axis=1)
    chance = np.where(sick, alive * (np.maximum(np.nan_to_num(rate), 0.0) + STRUCK_ANYWAY), 0.0)[:n]
    rows = np.flatnonzero(chance.sum(axis=1) > 0)
    sums = np.cumsum(chance[rows], axis=1)
    draws = uniforms(seed, "acutely ill", [int(i) for i in courses.ids[rows]], 2)
    visit = np.minimum((sums < draws[:, :1] * sums[:, -1:]).sum(axis=1), chance.shape[1] - 1)
    since = SOONEST * (LATEST / SOONEST) ** draws[:, 1]
    values = _struck(courses, rows, np.maximum(courses.years[visit] * YEAR - since, 0.0), seed)
    # Weighted by how often they are struck and, by the chance to be alive, by who outlives the blow until the visit
    counts = np.full((len(rows), death.shape[1]), -np.inf)
    first = np.arange(len(rows)), visit
    counts[first] = np.log(sums[:, -1]) + death[rows, visit]
    ill = values["cumulative_death_hazard"].astype(float)[first]
    of_ill = np.nansum(np.exp(counts[first] - ill))
    counts += np.log(wanted / (1 - wanted)) + np.log(alive.sum()) - np.log(of_ill)
    both = courses.and_those_of(replace(courses.of(rows), values=values))
    return both, np.concatenate([nothing, counts])


def _struck(
    courses: Histories, rows: NDArray[np.intp], days: NDArray[np.float64], seed: int
) -> dict[str, NDArray[np.float32]]:
    """Courses of some people who are struck on days since the onset, from the cache if there."""
    ids, care = courses.ids[rows], courses.care
    blows = drawn(courses.etiology, ids.tolist(), seed)
    under = repr(cares()[care]) if care else ""
    text = repr((courses.etiology, seed, care, under, history.fingerprint(), blows["precipitant"].tolist(),
                 blows["precipitant_dose"].tolist()))  # fmt: skip
    digest = hashlib.sha256(text.encode() + ids.tobytes() + days.tobytes()).hexdigest()[:16]
    name = f"struck-{courses.etiology}-{seed}-{digest}.npz"
    content = kept(name)
    found = None if content is None else unpacked(content)
    if found is None:
        events: list[Event] = []
        for lane, day in enumerate(days):
            blow = cause(str(blows["precipitant"][lane]), "human")
            of_blow = blow.events(str(blows["precipitant_dose"][lane]), [float(day)], None)
            events += [Event(lane, e.time, e.target, e.kind, e.value) for e in of_blow]
            if care is not None and courses.begun is not None:
                events += Care(care).events(float(courses.begun[rows[lane]]) * YEAR, lane)
        varied = {name: factor[rows] for name, factor in courses.varied.items()}
        found = history.solve(courses.etiology, courses.years, varied, events)
        keep(name, packed(found))
    return found
