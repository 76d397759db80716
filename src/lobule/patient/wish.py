"""A patient as wished: found among virtual patients by their own histories, never set by hand.

A wish is met by the visit, of any patient of a pool, that is nearest in units of what each figure may differ by. An
impossible wish says what is reachable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import one_of
from lobule.errors import InputError, nearest, shown
from lobule.labs import labs
from lobule.patient.history import histories
from lobule.patient.variation import factors, variation
from lobule.progress import say
from lobule.scores.clinic import clinical

POOL = 3000
OTHERS = 31  # patients who meet a wish too, for the band
ODDEST = 2.5  # standard deviations; nobody further out in any respect is taken for a single patient
SEED = 1
STAGES = {"compensated": 1.0, "decompensated": 2.0}
# figure: how far it may be from the wish, and whether that is a share of it
WISHES = {name: lab.near for name, lab in labs().items() if lab.near}


@dataclass(frozen=True)
class Found:
    """years of disease and factors on parameters of the patient nearest to a wish, and of others who meet it too"""

    years: float
    varied: dict[str, float]
    others: tuple[tuple[float, dict[str, float]], ...] = ()


@cache
def _pool(etiology: str) -> dict[str, NDArray[np.float64]]:
    pool = histories(etiology, POOL, SEED, lambda done: say(f"virtual patients with {etiology}", done, POOL))
    found = {name: np.asarray(v, float) for name, v in pool.values.items()}
    derived = clinical(dict(pool.values))
    found |= {"meld": derived["meld_na"], "child_pugh": derived["child_pugh"], "stage": derived["stage"]}
    logs = np.log(np.array(list(factors(SEED, pool.ids).values())))
    ordinary = (np.abs(logs) <= ODDEST * np.array(list(variation().values()))[:, None]).all(axis=0)
    found["meld"] = np.where(ordinary[:, None], found["meld"], np.nan)
    return found | {"years": np.broadcast_to(pool.years, found["albumin"].shape)}


def fulfil(etiology: str, stage: str | None, wishes: Mapping[str, float]) -> Found:
    """The patient nearest to a wish.

    Parameters
    ----------
    etiology : cause of the disease
    stage : compensated (cirrhosis) or decompensated; None for any
    wishes : {figure: value} in the units of results (`labs.csv`); meld is MELD-Na

    Raises
    ------
    InputError : an unknown figure; a wish that nobody meets, with what is reachable and the nearest patient.
    """
    for name, value in wishes.items():
        if name not in WISHES:
            raise InputError(f"no figure {shown(name)} to wish for. {nearest(name, WISHES)}", ["wishes", name])
        if not math.isfinite(value) or (WISHES[name][1] and value <= 0):
            raise InputError(f"{name} must be a finite number above 0, not {value:g}", ["wishes", name])
    if stage is not None:
        one_of(stage, "stage", STAGES)
    pool = _pool(etiology)
    able = np.isfinite(pool["meld"])
    if stage is not None:
        able &= pool["stage"] == STAGES[stage]
    if not able.any():
        raise InputError(f"no virtual patient with {etiology} is {stage} within 60 years", ["stage"])
    distance = np.zeros(able.shape)
    for name, value in wishes.items():
        distance = np.maximum(distance, _gap(name, pool[name], value))
    distance = np.where(able, distance, np.inf)
    if not wishes:  # the middle of the stage
        distance = np.where(able, np.abs(pool["meld"] - np.median(pool["meld"][able])) / 100, np.inf)
    best = np.argmin(distance, axis=1)
    closest = distance[np.arange(len(best)), best]
    if closest.min() > 1:
        row = int(np.argmin(closest))
        raise _impossible(etiology, stage, wishes, pool, able, (row, int(best[row])))
    usual = np.log(np.array(list(factors(SEED, np.arange(POOL)).values())))
    spread = np.array(list(variation().values()))[:, None]
    oddity = ((usual / spread) ** 2).sum(axis=0) / len(spread)
    meeting = np.flatnonzero(closest <= 1)
    rows = meeting[np.argsort(closest[meeting] + 0.2 * oddity[meeting], kind="stable")][: 1 + OTHERS]
    varied = factors(SEED, rows)
    (years, own), *others = (
        (float(pool["years"][row, best[row]]), {name: float(values[k]) for name, values in varied.items()})
        for k, row in enumerate(rows)
    )
    return Found(years, own, tuple(others))


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
                f"no virtual patient with {who} has {figure(name, wishes[name])}: it reaches {reach.min():.3g} to "
                f"{reach.max():.3g} {unit[name]}".rstrip()
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
