"""A patient as wished: found among virtual patients by their own histories, never set by hand.

A wish is met by the visit, of any patient of a pool, that is nearest in units of what each figure may differ by. The
pool is run in the order of how usual its patients are, and only as far as a better one could still come. A visit counts
by the chance to be alive then, and not at all where hardly anybody is. An impossible wish says what is reachable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import one_of
from lobule.errors import InputError, nearest, shown
from lobule.labs import labs
from lobule.patient.history import courses_of
from lobule.patient.onset import onset_ages, onset_of, people
from lobule.patient.variation import factors, variation
from lobule.progress import say
from lobule.scores.clinic import clinical
from lobule.statistics.weighted import middle

POOL = 3000
OTHERS = 31  # patients who meet a wish too, for the band
FIRST, PART = 64, 512  # patients that are run at once: the first time, and at most
ODDITY = 0.2  # of a tolerance that the oddity of the average patient counts for
CLASS_A = 6  # Child-Pugh points at most of compensated cirrhosis (D'Amico 2006, Baveno VII; recalled)
ODDEST = 2.5  # standard deviations; nobody further out in any respect is taken for a single patient
SEED = 1
LIKE_AGE = 5.0  # years that count as much as the tolerance of a lab; assumed
OLDEST = 120.0  # years, of a disease
FAR = 1e3  # more than any gap in age
ALIVE = 0.05  # share alive below which a visit is nobody's; assumed
STAGES = {"compensated": 1.0, "decompensated": 2.0}
# figure: how far it may be from the wish, and whether that is a share of it
WISHES = {name: lab.near for name, lab in labs().items() if lab.near}


@dataclass(frozen=True)
class Found:
    """years of disease and factors on parameters of the patient nearest to a wish, and of others who meet it too"""

    years: float
    varied: dict[str, float]
    others: tuple[tuple[float, dict[str, float]], ...] = ()


def fulfil(
    etiology: str, stage: str | None, wishes: Mapping[str, float], others: int = 0, age: float | None = None
) -> Found:
    """The patient nearest to a wish.

    Parameters
    ----------
    etiology : cause of the disease
    stage : compensated (cirrhosis) or decompensated; None for any
    wishes : {figure: value} in the units of results (`labs.csv`); meld is MELD-Na
    others : how many more, the next best; they take longer to find
    age : years; who is about as old is preferred, since scar grows faster in the old, but nobody is refused for it

    Raises
    ------
    InputError : an unknown figure; a wish that nobody alive meets, with what is reachable and the nearest patient.
    """
    for name, value in wishes.items():
        if name not in WISHES:
            raise InputError(f"no figure {shown(name)} to wish for. {nearest(name, WISHES)}", ["wishes", name])
        if not math.isfinite(value) or (WISHES[name][1] and value <= 0):
            raise InputError(f"{name} must be a finite number above 0, not {value:g}", ["wishes", name])
    if stage is not None:
        one_of(stage, "stage", STAGES)
    ids, visits, years = _best(etiology, stage, wishes, 1 + others, age)
    varied = people(etiology, SEED, ids)
    (first, own), *more = (
        (float(years[visit]), {name: float(values[k]) for name, values in varied.items()})
        for k, visit in enumerate(visits)
    )
    return Found(first, own, tuple(more))


# --- the pool, by how usual its patients are --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pool:
    """Patients with their figures at every visit. ids (n,), oddity (n,), figures {name: (n, n_visits)}, alive
    (n, n_visits): the chance to live to a visit, 0 where nobody is to be seen there"""

    ids: NDArray[np.int64]
    oddity: NDArray[np.float64]
    figures: dict[str, NDArray[np.float64]]
    years: NDArray[np.float64]
    alive: NDArray[np.float64]

    def unusual(self, visits: NDArray[np.int64]) -> NDArray[np.float64]:
        """Oddity of each patient, more at a visit, (n,), to which few live: both are logarithms of a chance."""
        with np.errstate(divide="ignore"):
            lost = -np.log(self.alive[np.arange(len(visits)), visits])
        return self.oddity + 2 * lost / len(variation())


@cache
def _order() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Patients who are not too odd in any respect, the most usual first, and how odd each is: 1 for the average one."""
    logs = np.log(np.array(list(factors(SEED, np.arange(POOL)).values())))
    spread = np.array(list(variation().values()))[:, None]
    oddity = ((logs / spread) ** 2).sum(axis=0) / len(spread)
    ordinary = np.flatnonzero((np.abs(logs) <= ODDEST * spread).all(axis=0))
    order = ordinary[np.argsort(oddity[ordinary], kind="stable")]
    return order, oddity[order]


def _bounds() -> list[tuple[int, int]]:
    """First and last place of each part of the order that is run at once."""
    ends = [FIRST]
    while ends[-1] < len(_order()[0]):
        ends.append(min(ends[-1] + min(ends[-1], PART), len(_order()[0])))
    return list(zip([0, *ends[:-1]], ends, strict=True))


@cache
def _part(etiology: str, first: int, end: int) -> _Pool:
    order, oddity = _order()
    found = courses_of(etiology, order[first:end], SEED)
    say(f"virtual patients with {etiology} until one is near enough", end)  # of all there are, it may need few
    derived = clinical(dict(found.values))
    figures = {name: np.asarray(v, float) for name, v in found.values.items()}
    figures |= {"age": onset_ages(found.varied)[:, None] + found.years}
    figures |= {"meld": derived["meld_na"], "child_pugh": derived["child_pugh"], "stage": derived["stage"]}
    alive = np.nan_to_num(np.exp(-figures["cumulative_death_hazard"]))
    onset = (onset_ages(found.varied) - onset_of(etiology).age) / onset_of(etiology).sd
    alive[np.abs(onset) > ODDEST] = 0.0  # who falls ill at an age like hardly anybody is taken for nobody
    odd = oddity[first:end] + onset**2 / len(variation())
    return _Pool(order[first:end], odd, figures, found.years, alive)


def _whole(etiology: str) -> _Pool:
    """All patients, by number."""
    parts = [_part(etiology, *bounds) for bounds in _bounds()]
    ids = np.concatenate([part.ids for part in parts])
    by_id = np.argsort(ids)
    figures = {name: np.concatenate([part.figures[name] for part in parts])[by_id] for name in parts[0].figures}
    oddity, alive = (np.concatenate([getattr(part, name) for part in parts])[by_id] for name in ("oddity", "alive"))
    return _Pool(ids[by_id], oddity, figures, parts[0].years, alive)


def _able(pool: _Pool, stage: str | None, age: float | None = None) -> NDArray[np.bool_]:
    """Visits to which a patient may live, not ill for longer than its age, in a stage; who is not of Child-Pugh class A
    is not compensated, fluid or not."""
    able = np.isfinite(pool.figures["meld"]) & (pool.alive >= ALIVE) & (pool.years <= (age or OLDEST))
    if stage is not None:
        able &= pool.figures["stage"] == STAGES[stage]
    if stage == "compensated":
        able &= pool.figures["child_pugh"] <= CLASS_A
    return able


def _best(
    etiology: str, stage: str | None, wishes: Mapping[str, float], number: int, age: float | None
) -> tuple[NDArray[np.int64], list[int], NDArray[np.float64]]:
    """The patients that meet a wish best, where how usual they are counts too: ids, the visit of each, and years."""
    if not wishes:
        return _middle(etiology, stage, number, age)
    score, ids, visits = np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)
    for bounds in _bounds():
        if len(score) >= number and np.sort(score)[number - 1] < ODDITY * _order()[1][bounds[0]]:
            break  # whoever comes is odder than the last of these is, and cannot make up for it
        part = _part(etiology, *bounds)
        older = _older(part, age)
        closest, best = _closest(part, _able(part, stage, age), wishes, older)
        meeting = np.flatnonzero(closest <= 1)
        gap = older[meeting, best[meeting]]
        score = np.append(score, closest[meeting] + gap + ODDITY * part.unusual(best)[meeting])
        ids, visits = np.append(ids, part.ids[meeting]), np.append(visits, best[meeting])
    if not len(score):
        _refuse(etiology, stage, wishes, age)
    chosen = np.lexsort((ids, score))[:number]
    return ids[chosen], visits[chosen].tolist(), part.years


def _middle(
    etiology: str, stage: str | None, number: int, age: float | None
) -> tuple[NDArray[np.int64], list[int], NDArray[np.float64]]:
    """The middle of the living in a stage, which only the whole pool knows."""
    pool = _whole(etiology)
    able = _able(pool, stage, age)
    if not able.any():
        _refuse(etiology, stage, {}, age)
    meld = pool.figures["meld"]
    usual = middle(meld[able], pool.alive[able])
    distance = np.where(able, np.abs(meld - usual) / 100, np.inf)
    distance += ODDITY * np.minimum(_older(pool, age), 1.0)
    best = np.argmin(distance, axis=1)
    closest = distance[np.arange(len(best)), best]
    meeting = np.flatnonzero(closest <= 1)
    score = closest[meeting] + ODDITY * pool.unusual(best)[meeting]
    chosen = meeting[np.argsort(score, kind="stable")][:number]
    return pool.ids[chosen], best[chosen].tolist(), pool.years


def _closest(
    pool: _Pool, able: NDArray[np.bool_], wishes: Mapping[str, float], older: NDArray[np.float64] | float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance of each patient's best visit, and which visit that is: of those that meet the wish, one of like age."""
    distance = np.zeros(able.shape)
    for name, value in wishes.items():
        distance = np.maximum(distance, _gap(name, pool.figures[name], value))
    distance = np.where(able, distance, np.inf)
    best = np.argmin(np.where(distance <= 1, distance + older, FAR + distance), axis=1)
    return distance[np.arange(len(best)), best], best


def _older(pool: _Pool, age: float | None) -> NDArray[np.float64]:
    """How far each visit's age is from the wished one, in units of `LIKE_AGE`; 0 without a wish, (n, n_visits)."""
    ages = pool.figures["age"]
    return np.zeros(ages.shape) if age is None else np.abs(ages - age) / LIKE_AGE


def _refuse(etiology: str, stage: str | None, wishes: Mapping[str, float], age: float | None) -> NoReturn:
    pool = _whole(etiology)
    able = _able(pool, stage, age)
    if not able.any():
        if not _able(pool, stage).any():
            raise InputError(f"no virtual patient with {etiology} is alive and {stage} within 60 years", ["stage"])
        raise InputError(f"no virtual patient with {etiology} is {stage or 'ill'} at an age of {age:g}", ["age"])
    closest, best = _closest(pool, able, wishes)
    row = int(np.argmin(closest))
    raise _impossible(etiology, stage, wishes, pool.figures, able, (row, int(best[row])))


def _gap(name: str, values: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    """Distance from the wish in units of what it may differ by."""
    near, is_share = WISHES[name]
    if is_share:
        return np.abs(np.log(values / value)) / np.log1p(near)
    return np.abs(values - value) / near


def _impossible(
    etiology: str,
    stage: str | None,
    wishes: Mapping[str, float],
    pool: Mapping[str, NDArray[np.float64]],
    able: NDArray[np.bool_],
    near: tuple[int, int],
) -> InputError:
    """One sentence: which wishes conflict, what is reachable, who is nearest."""
    unit = {name: labs()[name].counted for name in wishes}

    def figure(name: str, value: float) -> str:
        return f"{name} {value:.3g} {unit[name]}".rstrip()

    who = f"{stage} {etiology}" if stage else etiology
    alone = {name: able & (_gap(name, pool[name], value) <= 1) for name, value in wishes.items()}
    nearest_one = ", ".join(figure(name, float(pool[name][near])) for name in wishes)
    for name, fits in alone.items():
        if not fits.any():
            reach = pool[name][able]
            return InputError(
                f"no living virtual patient with {who} has {figure(name, wishes[name])}: it reaches {reach.min():.3g} "
                f"to {reach.max():.3g} {unit[name]}".rstrip()
                + f"; the nearest patient has {nearest_one}",
                ["wishes", name],
            )
    first, *others = wishes
    together = np.logical_and.reduce([alone[name] for name in others]) if others else able
    reach = pool[first][together] if together.any() else pool[first][alone[others[0]]]
    given = " and ".join(figure(name, wishes[name]) for name in (others if together.any() else others[:1]))
    span = f"{reach.min():.3g} to {reach.max():.3g} {unit[first]}".rstrip()
    conflict = f"the wishes conflict: with {given}, {first} of {who} reaches {span}, not {wishes[first]:g}"
    return InputError(f"{conflict}; the nearest patient has {nearest_one}", ["wishes"])
