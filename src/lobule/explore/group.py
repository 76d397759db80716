"""A group of animals that differ, treated beside an untreated group: what an experiment of that size would show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lobule import model
from lobule.arguments import a_seed, checking, count
from lobule.errors import InputError, about
from lobule.patient import Animal
from lobule.patient.animal import an_animal
from lobule.patient.variation import factors
from lobule.quantities import amount, column_name
from lobule.simulation.courses import run_courses
from lobule.simulation.run import HEADLINE
from lobule.simulation.simulate import SimulationError
from lobule.simulation.twins import is_fold
from lobule.therapy import Part, Regimen

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

LARGEST = 1000  # animals of a group
SAME = 1e-6  # a spread below this share of the mean is the error of the solver


@dataclass(frozen=True)
class GroupComparison:
    """Two groups of different animals on the last day.

    Attributes
    ----------
    animals : DataFrame, one row an animal: id, treated, and each output with its unit
    table : DataFrame, one row an output: output, unit, animals (of each group), treated_mean, treated_sd,
        untreated_mean, untreated_sd, ratio (of the means), p_value (Welch's t-test of the logarithms;
        missing where the animals of a group do not differ)
    """

    animals: pd.DataFrame
    table: pd.DataFrame

    def plot(self) -> matplotlib.figure.Figure:
        """A panel an output, a dot an animal, a line the mean."""
        from lobule.report.dots import dots
        from lobule.report.look import written

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
    animal: Animal, plan: Part | Sequence[Part], until: str = "63 d", n: int = 8, seed: int = 1
) -> GroupComparison:
    """Treat n animals, leave n others untreated, and compare them on the last day.

    The animals differ by `patient/animal_variation.csv` (all assumed); error of measurement is not added.

    Parameters
    ----------
    animal : what the animals have in common
    plan : what the treated are given
    until : length of the experiment
    n : animals of each group
    seed : of the differences

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
        parts = list(Regimen.of(plan, animal).parts)
    if not parts:
        raise InputError("a group needs a plan to be treated with", ["plan"])
    animals = different(animal, 2 * n, seed)
    subjects = {str(i): one for i, one in enumerate(animals)}
    days = np.array([0.0, amount(until, "time", "until")])
    courses = run_courses(subjects, days, plans={str(i): parts for i in range(n)})
    reasons = courses.reasons
    if reasons:
        first = next(iter(reasons.values()))
        raise SimulationError(f"{len(reasons)} of {2 * n} animals did not reach the end: {first}")
    units = model.units_of(model.compiled(animal.species))
    treated = np.arange(2 * n) < n
    columns, rows = {"id": np.arange(2 * n), "treated": treated}, []
    for output in HEADLINE:
        values = np.array([courses(one, output)[-1] for one in subjects])
        columns[column_name(output, units.get(output, "1"))] = values
        given, left = values[treated], values[~treated]
        differ = bool((values > 0).all() and np.ptp(given) > SAME * given.mean() and np.ptp(left) > SAME * left.mean())
        rows.append(
            {
                "output": output, "unit": units.get(output, "1"), "animals": n,
                "treated_mean": given.mean(), "treated_sd": given.std(ddof=1),
                "untreated_mean": left.mean(), "untreated_sd": left.std(ddof=1),
                "ratio": given.mean() / left.mean(),
                "p_value": float(ttest_ind(np.log(given), np.log(left), equal_var=False).pvalue) if differ
                else float("nan"),
            }
        )  # fmt: skip
    return GroupComparison(pd.DataFrame(columns), pd.DataFrame(rows))
