"""Lives of people whose disease is found one day and then treated as usual: the cause is taken away, or eased.

Who is found when follows from the untreated course: a small chance a year before and in compensated cirrhosis, a
large one once it has decompensated. A share of those who are found take the care; the others go on as before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.engine.events import Event
from lobule.keeping import keep, kept, packed, unpacked
from lobule.patient import history
from lobule.patient.draws import uniforms
from lobule.patient.history import BLOCK, STEP, YEAR, Histories, histories
from lobule.progress import say
from lobule.scores.clinic import clinical
from lobule.therapy.care import begun, cares, several

COMPENSATED, DECOMPENSATED = 1, 2


@dataclass(frozen=True)
class Usual:
    """Care of people with a disease, as it is usual where a cohort comes from.

    Attributes
    ----------
    name : of a file in therapy/care, or several joined by a comma
    share : of those who are found and take it
    found_early, found, found_decompensated : chance a year (a hazard) that the disease is found, before cirrhosis, in
        compensated and in decompensated cirrhosis
    seen : years after that, in the mean, in which the people of the cohort were seen
    earliest : years after that before which nobody was seen
    """

    name: str
    share: float
    found_early: float
    found: float
    found_decompensated: float
    seen: float
    earliest: float = 0.0


@dataclass(frozen=True)
class Lives(Histories):
    """Courses of people as they were treated. found (n,): years of disease at which it was found, inf for never; takes
    (n,): who takes the care from then on; usual : the care, None where nobody has any"""

    found: NDArray[np.float64]
    takes: NDArray[np.bool_]
    usual: Usual | None

    def seen(self) -> NDArray[np.float64]:
        """How likely each visit is one of the cohort, beside being alive, (n, n_times); 1 without usual care."""
        if self.usual is None:
            return np.ones((len(self.found), len(self.years)))
        since = self.years - self.found[:, None] - self.usual.earliest
        return np.where(since >= 0, np.exp(-np.maximum(since, 0) / self.usual.seen), 0.0)

    def care_years(self) -> NDArray[np.float64]:
        """Years since the care began, (n, n_times); NaN before, and for who takes none."""
        since = self.years - self.found[:, None]
        return np.where(self.takes[:, None] & (since >= 0), since, np.nan)


def lives(
    etiology: str, n: int, seed: int = 1, usual: Usual | None = None, progress: Callable[[int], None] | None = None
) -> Lives:
    """Courses of the first n patients of a seed, with the usual care of a cohort.

    Parameters
    ----------
    etiology, n, seed, progress : as of `histories`
    usual : the care; nobody has any when None

    Raises
    ------
    InputError : unknown etiology, fewer than one patient.
    """
    untreated = histories(etiology, n, seed, progress)
    name, ids, years = untreated.etiology, untreated.ids, untreated.years
    if usual is None:
        nobody = np.zeros(n, bool)
        return Lives(name, ids, years, untreated.values, untreated.varied, np.full(n, np.inf), nobody, None)
    draws = uniforms(seed, "care", [int(i) for i in ids], 2)
    found = _found(untreated, usual, -np.log1p(-draws[:, 0]))
    takes = (draws[:, 1] < usual.share) & np.isfinite(found)
    values = {output: untreated.values[output].copy() for output in untreated.values}
    for first in range(0, n, BLOCK):
        here = slice(first, min(first + BLOCK, n))
        say(f"the same histories under {usual.name}", first, n)
        who = np.flatnonzero(takes[here]) + first
        if who.size:
            for output, course in _treated(untreated, who, usual, found[who], seed).items():
                values[output][who] = course
    return Lives(name, ids, years, values, untreated.varied, found, takes, usual)


def _found(untreated: Histories, usual: Usual, until: NDArray[np.float64]) -> NDArray[np.float64]:
    """Years of disease at which it is found: the first visit at which the hazard so far has reached a number, (n,)."""
    stage = clinical(dict(untreated.values))["stage"]
    known = [stage == COMPENSATED, stage == DECOMPENSATED]
    rate = np.select(known, [usual.found, usual.found_decompensated], usual.found_early)
    reached = np.cumsum(rate * STEP, axis=1) >= until[:, None]
    return np.where(reached.any(axis=1), untreated.years[np.argmax(reached, axis=1)], np.inf)


def _treated(
    untreated: Histories, who: NDArray[np.intp], usual: Usual, found: NDArray[np.float64], seed: int
) -> dict[str, NDArray[np.float32]]:
    """Courses of some patients with the care from the year on at which they were found, from the cache if there."""
    text = repr(
        (
            untreated.etiology,
            seed,
            astuple(usual),
            *(cares()[name] for name in several(usual.name)),
            history.fingerprint(),
        )
    )
    digest = hashlib.sha256(text.encode() + untreated.ids[who].tobytes() + found.tobytes()).hexdigest()[:16]
    name = f"lives-{untreated.etiology}-{seed}-{untreated.ids[who[0]]}-{digest}.npz"
    content = kept(name)
    values = None if content is None else unpacked(content)
    if values is None:
        rows: list[Event] = []
        for lane, year in enumerate(found):
            rows += begun(usual.name, year * YEAR, lane)
        varied = {parameter: factor[who] for parameter, factor in untreated.varied.items()}
        values = history.solve(untreated.etiology, untreated.years, varied, rows)
        keep(name, packed(values))
    return values
