"""A group of animals with repeated labs: which differences between animals fit them, and what each plan would do.

Animals that differ as those of a cage do are run through the scenario; each is weighted by how well its course goes
through the labs (importance sampling from the prior of `patient/animal_variation.csv`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.calibrate.measured import ERRORS, UNTREATED
from lobule.errors import InputError
from lobule.files.course import Course
from lobule.patient import Animal
from lobule.patient.variation import factors, variation
from lobule.simulation.courses import run_courses
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import COUNTED, PUBLISHED, a_reading, unexplained_share
from lobule.statistics.balance import effective_size
from lobule.statistics.weighted import log_chance, resample, shrinkage, weights_of
from lobule.therapy import Part

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
POOL, PARTICLES = 800, 60
FORECAST = ("collagen_proportionate_area", "alt", "albumin", "m2_m1_ratio")


@dataclass(frozen=True)
class GroupFit:
    """course : the labs; animals : PARTICLES equally likely ones; size : effective number of candidates

    table : one row a parameter, as of a patient's fit
    forecast : one row a plan, least scar first: plan, reading, and each output at the end with low and high (90 %) and
        its ratio to no further treatment; as published also the ratio as counted (alt_counted_ratio ...), and the share
        of the effect that it does not reach (alt_unexplained_share ..., see `lobule.simulation.reading`)
    """

    course: Course
    animals: tuple[Animal, ...]
    size: float
    table: pd.DataFrame
    forecast: pd.DataFrame


def fit_group(
    course: Course, animal: Animal, given: Part | Sequence[Part] | None, plans: Mapping[str, Part | Sequence[Part]],
    days: float, pool: int = POOL, seed: int = 1, reading: str = PUBLISHED,
) -> GroupFit:  # fmt: skip
    """Fit a group and forecast each plan.

    Parameters
    ----------
    course : labs of the group (means), days since the injury began
    animal : what the animals have in common
    given : what the group was given while it was measured; None for nothing
    plans : {name: what is given instead, in days since the injury began}; "no further treatment" means `given` alone
    days : end of the forecast, since the injury began; after the last lab
    reading : "published" or "counted", as of `simulate`

    Raises
    ------
    InputError : another reading, labs before the injury or after the end, animals that cannot be solved.
    """
    import pandas as pd

    word, times = a_reading(reading), course.first + course.days
    if times[0] < 0 or days <= times[-1]:
        raise InputError(f"labs must lie between day 0 and the end of the forecast at day {days:g}")
    everything = {UNTREATED: given, **plans}
    drawn = factors(seed, np.arange(pool), "animal")
    candidates = [
        replace(animal, varied={**animal.varied, **{name: float(values[i]) for name, values in drawn.items()}})
        for i in range(pool)
    ]
    grid = np.unique(np.concatenate([[0.0], times]))
    logs = _likelihood(course, times, _run(candidates, given, grid, word), grid)
    if not np.isfinite(logs).any():
        raise InputError("no animal of the model could be solved to the last lab")
    weights = weights_of(logs)
    rng = np.random.default_rng(seed)
    chosen = [candidates[i] for i in resample(weights, PARTICLES, rng)]
    end = np.array([0.0, days])
    found = {name: _run(chosen, parts, end, word) for name, parts in everything.items()}
    both = everything.items() if word == PUBLISHED else ()
    beside = {name: _run(chosen, parts, end, COUNTED) for name, parts in both}
    frame = pd.DataFrame([_row(name, word, found, beside) for name in found])
    frame = frame.sort_values("collagen_proportionate_area_ratio", ignore_index=True)
    table = pd.DataFrame(shrinkage(weights, drawn, variation("animal")))
    shrunk = table.sort_values("shrinkage", ignore_index=True)
    return GroupFit(course, tuple(chosen), effective_size(weights), shrunk, frame)


def _row(
    plan: str, reading: str, found: Mapping[str, Mapping[str, Values]], beside: Mapping[str, Mapping[str, Values]]
) -> dict[str, object]:
    """A plan at the end of the forecast; `beside` is the same as counted, if it was solved."""
    row: dict[str, object] = {"plan": plan, "reading": reading}
    for output in FORECAST:
        values = found[plan][output][:, -1]
        low, middle, high = np.nanpercentile(values, (5, 50, 95))
        ratio = float(np.nanmedian(values / found[UNTREATED][output][:, -1]))
        row |= {output: middle, f"{output}_low": low, f"{output}_high": high, f"{output}_ratio": ratio}
        if beside:
            counted = float(np.nanmedian(beside[plan][output][:, -1] / beside[UNTREATED][output][:, -1]))
            share = unexplained_share(ratio, 1.0, counted)
            row |= {
                f"{output}_counted_ratio": counted,
                f"{output}_unexplained_share": np.nan if share is None else share,
            }
    return row


def _run(
    animals: Sequence[Animal], given: Part | Sequence[Part] | None, grid: Values, reading: str
) -> Mapping[str, Values]:
    """{output: (n_animals, n_times)}"""
    subjects = {str(i): one for i, one in enumerate(animals)}
    plans = {} if given is None or given == [] else dict.fromkeys(subjects, given)
    courses = run_courses(subjects, grid, plans=plans, experiment=Experiment.of((), reading=reading), rtol=1e-3)
    return {name: np.array([courses(one, name) for one in subjects]) for name in {*ERRORS, *FORECAST}}


def _likelihood(course: Course, times: Values, values: Mapping[str, Values], grid: Values) -> Values:
    at = np.searchsorted(grid, times)
    total = np.zeros(len(next(iter(values.values()))))
    for name, measured in course.values.items():
        for k in np.flatnonzero(np.isfinite(measured)):
            z = (np.log(max(measured[k], 1e-9)) - np.log(np.maximum(values[name][:, at[k]], 1e-9))) / ERRORS[name]
            total += log_chance(z, int(course.beyond[name][k]))
    return np.where(np.isfinite(total), total, -np.inf)
