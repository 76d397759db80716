"""A group of animals that differ, treated beside an untreated group: what an experiment of that size would show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.arguments import a_seed, checking, count
from lobule.errors import InputError, about
from lobule.patient import Animal
from lobule.patient.animal import an_animal
from lobule.patient.measured import errors, measured, own_levels
from lobule.patient.variation import factors
from lobule.quantities import amount, column_name
from lobule.simulation.courses import run_courses
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import COUNTED, PUBLISHED, a_reading, constants_of, unexplained_share
from lobule.simulation.run import HEADLINE
from lobule.simulation.simulate import SimulationError
from lobule.simulation.twins import is_fold
from lobule.statistics.power import animals_needed, power
from lobule.therapy import Part, Regimen

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

Values = NDArray[np.float64]
LARGEST = 1000  # animals of a group
BEHIND = 64  # animals behind what is to be expected
SAME = 1e-6  # a spread below this share of the mean is the error of the solver


@dataclass(frozen=True)
class GroupComparison:
    """Two groups of different animals on the last day.

    Attributes
    ----------
    animals : DataFrame, one row an animal: id, treated, and each output with its unit as it is measured
    table : DataFrame, one row an output: output, unit, animals (of each group), treated_mean, treated_sd,
        untreated_mean, untreated_sd, ratio (of the means), p_value (Welch's t-test of the logarithms); and what is to
        be expected, from `behind` other animals, each with and without: expected_ratio, between_cv (of untreated
        animals, without error), measurement_cv, group_cv (of both), published_low, published_high (of group_cv in the
        literature), power (that groups of this size show the difference at p below 0.05), animals_needed (for 80 %
        power; missing above 1000); reading; as published also counted_ratio, that of the same animals as counted, and
        unexplained_share of the expected effect (see `lobule.simulation.reading`; missing where there is none)
    behind : animals behind what is expected
    """

    animals: pd.DataFrame
    table: pd.DataFrame
    behind: int

    def plot(self) -> matplotlib.figure.Figure:
        """A panel an output, a dot an animal, a line the mean."""
        from lobule.report.dots import dots
        from lobule.report.scale import written

        names = dict(zip(self.table["output"], self.animals.columns[2:], strict=True))
        panels = {
            output: {
                "untreated": self.animals.loc[~self.animals["treated"], column].tolist(),
                "treated": self.animals.loc[self.animals["treated"], column].tolist(),
            }
            for output, column in names.items()
        }
        units = dict(zip(self.table["output"], self.table["unit"], strict=True))
        rows = self.table.set_index("output")
        told = [f"p = {p:.2g}" if p == p else "" for p in rows["p_value"]]
        size = int(self.table["animals"].iloc[0])
        return dots(
            {written(model.label(name)): groups for name, groups in panels.items()},
            ["fold of health" if is_fold(name) else units[name] for name in panels],
            told,
            f"a dot an animal, a line the mean; n = {size} in each group; p of Welch's t-test of the logarithms",
        )


@checking(animal=an_animal, n=count(1, LARGEST), seed=a_seed, first=count(0))
def different(animal: Animal, n: int, seed: int, first: int = 0) -> list[Animal]:
    """Animals `first` to `first + n` of a seed: the given one, with the differences that animals of a cage have.

    Raises
    ------
    InputError : fewer than one animal, more than 1000.
    """
    drawn = factors(seed, np.arange(first, first + n), "animal")
    return [
        replace(
            animal,
            varied={name: float(values[i]) * animal.varied.get(name, 1.0) for name, values in drawn.items()}
            | {name: factor for name, factor in animal.varied.items() if name not in drawn},
        )
        for i in range(n)
    ]


@checking(animal=an_animal, n=count(2, LARGEST // 2), seed=a_seed)
def compare_groups(
    animal: Animal, plan: Part | Sequence[Part], until: str = "63 d", n: int = 8, seed: int = 1,
    reading: str = "published",
) -> GroupComparison:  # fmt: skip
    """Treat n animals, leave n others untreated, and compare them on the last day.

    The animals differ by `patient/animal_variation.csv` and, in their healthy levels and in how they are measured, by
    `patient/animal_measured.csv`.

    Parameters
    ----------
    animal : what the animals have in common
    plan : what the treated are given
    until : length of the experiment
    n : animals of each group
    seed : of the differences
    reading : "published" or "counted", as of `simulate`

    Raises
    ------
    InputError : fewer than two animals a group.
    SimulationError : an animal whose run did not reach the end.

    >>> from lobule import Plan
    >>> compare_groups(Animal("mouse"), Plan("uc-msc-ev", "1e10 particle"), "2 d", n=3).table["animals"].tolist()[:2]
    [3, 3]
    """
    import pandas as pd
    from scipy.stats import ttest_ind

    with about("plan"):
        regimen = Regimen.of(plan, animal)
        parts, has_product = list(regimen.parts), bool(regimen.products)
    if not parts:
        raise InputError("a group needs a plan to be treated with", ["plan"])
    ids = np.arange(2 * n + BEHIND)
    animals = different(animal, len(ids), seed)
    group, more = ids[: 2 * n], [str(i) for i in ids[2 * n :]]
    subjects = {str(i): one for i, one in enumerate(animals)} | {f"{i} treated": animals[int(i)] for i in more}
    plans = dict.fromkeys((*map(str, range(n)), *(f"{i} treated" for i in more)), parts)
    beside = [f"{i} counted" for i in more] if a_reading(reading) == PUBLISHED and has_product else []
    subjects |= {name: animals[int(name.split()[0])] for name in beside}
    plans |= dict.fromkeys(beside, parts)
    sets = dict.fromkeys(beside, constants_of(COUNTED))
    days = np.array([0.0, amount(until, "time", "until")])
    courses = run_courses(subjects, days, plans=plans, sets=sets, experiment=Experiment.of((), reading=reading))
    reasons = courses.reasons
    if reasons:
        first = next(iter(reasons.values()))
        raise SimulationError(f"{len(reasons)} of {len(ids)} animals did not reach the end: {first}")
    levels, measurements = own_levels(seed, ids), errors(seed, ids)
    units = model.units_of(model.compiled(animal.species))
    columns: dict[str, NDArray[Any]] = {"id": group, "treated": group < n}
    rows = []
    for output in HEADLINE:
        there = np.array([courses(str(i), output)[-1] for i in ids]) * levels[output]
        others = np.array([courses(name, output)[-1] for name in beside]) * levels[output][2 * n :][: len(beside)]
        twins = np.array([courses(f"{i} treated", output)[-1] for i in more]) * levels[output][2 * n :]
        seen, unit = there[: 2 * n] * measurements[output][: 2 * n], units.get(output, "1")
        columns[column_name(output, unit)] = seen
        given, left = seen[:n], seen[n:]
        differ = bool((seen > 0).all() and np.ptp(given) > SAME * given.mean() and np.ptp(left) > SAME * left.mean())
        rows.append(
            {
                "output": output, "unit": unit, "animals": n,
                "treated_mean": given.mean(), "treated_sd": given.std(ddof=1),
                "untreated_mean": left.mean(), "untreated_sd": left.std(ddof=1),
                "ratio": given.mean() / left.mean(),
                "p_value": float(ttest_ind(np.log(given), np.log(left), equal_var=False).pvalue) if differ
                else float("nan"),
                **_expected(output, there[2 * n :], twins, n),
                "reading": reading,
                **(_counted(there[2 * n :], twins, others) if beside else {}),
            }
        )  # fmt: skip
    return GroupComparison(pd.DataFrame(columns), pd.DataFrame(rows), BEHIND)


def _counted(left: Values, given: Values, counted: Values) -> dict[str, float]:
    """The expected effect as counted, and what of the published one it does not reach: geometric means of animals."""
    published, reached = (float(np.exp(np.log(some / left).mean())) for some in (given, counted))
    share = unexplained_share(published, 1.0, reached)
    return {"counted_ratio": reached, "unexplained_share": math.nan if share is None else share}


def _expected(output: str, left: Values, given: Values, n: int) -> dict[str, float | None]:
    """What groups of n are to be expected to show, from other animals that were solved both untreated (`left`) and
    treated, without error."""
    how = measured()[output]
    between = left.std(ddof=1) / left.mean()
    told: dict[str, float | None] = {
        "expected_ratio": float(np.exp(np.log(given / left).mean())),
        "between_cv": float(between),
        "measurement_cv": how.error_cv,
        "group_cv": float(np.hypot(between, how.error_cv)),
        "published_low": how.published_low,
        "published_high": how.published_high,
    }
    given_sd, left_sd = (float(np.hypot(np.log(values).std(ddof=1), how.error_cv)) for values in (given, left))
    difference = float(np.log(told["expected_ratio"] or 1.0))
    return told | {
        "power": power(difference, given_sd, left_sd, n),
        "animals_needed": animals_needed(difference, given_sd, left_sd),
    }
