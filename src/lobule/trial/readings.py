"""What a trial reads from courses that are no output of the model: liver stiffness, and markers of each person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.design import Design
from lobule.patient.history import YEAR
from lobule.patient.markers import antivirals, is_antiviral, read_markers, recently
from lobule.quantities import amount
from lobule.scores.clinic import clinical
from lobule.scores.markers import MARKERS, SMALL, afp_with_cancer, logarithms
from lobule.scores.stiffness import with_stiffness
from lobule.therapy import Care
from lobule.trial.population import Population
from lobule.trial.runs import Courses

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Antiviral:
    """Days of a trial on which patients begin and stop an antiviral against hepatitis B, (n,); infinite for never,
    before 0 where it was taken before."""

    begin: Values
    end: Values

    def days(self, at: Values) -> tuple[Values, Values]:
        """Days under it and days since it was stopped, (n, n_days) each, at some days (n_days,)."""
        begin, end = self.begin[:, None], self.end[:, None]
        never = np.isinf(begin)
        on = np.where(never, 0.0, np.minimum(at, end) - np.where(never, 0.0, begin))
        off = np.where(never | np.isinf(end), 0.0, at - np.where(np.isinf(end), 0.0, end))
        return np.maximum(on, 0.0), np.maximum(off, 0.0)


def antiviral(design: Design, population: Population, course: Courses, arm: int) -> Antiviral:
    """The antiviral of every virtual patient in an arm: that of before, of the arm, or as rescue.

    What stands in an arm holds in place of what was taken before, as in the model.
    """
    n = len(population)
    before = np.array([is_antiviral(names) for names in population.cares], bool)
    known = "care_years" in population.table
    years = population.table["care_years"].to_numpy(float) if known else np.zeros(n)
    begin = np.where(before, -np.nan_to_num(years) * YEAR, np.inf)
    end = np.full(n, np.inf)
    parts = [Care(name) for name in design.care] + [part for part in design.parts(arm) if isinstance(part, Care)]
    own = [part for part in parts if part.name in antivirals()]
    if own:
        begin = np.minimum(begin, min(part.times()[0] for part in own))
        end[:] = max(np.inf if part.until is None else amount(part.until, "time") for part in own)
    for k, rule in enumerate(design.rescue):
        if Care(rule.care).name in antivirals():
            rescued = np.isfinite(course.rescued[:, k]) & ~before
            begin = np.where(rescued, np.minimum(begin, np.nan_to_num(course.rescued[:, k])), begin)
            end = np.where(rescued, np.inf, end)
    return Antiviral(begin, end)


def readings(
    values: Mapping[str, NDArray], days: Values, population: Population, rows: NDArray[np.int64], taken: Antiviral
) -> dict[str, NDArray]:
    """Outputs of the model, "liver_stiffness", and the markers where the population has their traits.

    Parameters
    ----------
    values : {output: (n, n_days)} of some patients at some days
    rows : (n,) numbers of the patients
    taken : antiviral of these patients
    """
    found = with_stiffness(values)
    if not population.traits:
        return found
    own = {name: trait[rows][:, None] for name, trait in population.traits.items()}
    since = population.table["days_since_bleeding"].to_numpy(float)[rows] if "days_since_bleeding" in population.table \
        else np.full(len(rows), np.inf)  # fmt: skip
    pressure = np.asarray(values["hepatic_venous_pressure_gradient"], float)
    return found | read_markers(own, pressure, *taken.days(days), bled=recently(since)[:, None])


def of_everybody(design: Design, population: Population, course: Courses, arm: int) -> dict[str, NDArray]:
    """`readings` of the whole population over a course."""
    taken = antiviral(design, population, course, arm)
    return readings(course.values, course.days, population, np.arange(len(population)), taken)


def after_events(values: Mapping[str, NDArray], visits: Values, events: Mapping[str, Values]) -> dict[str, NDArray]:
    """Markers at visits after a liver cancer (alpha-fetoprotein) or a bleeding (varices), {name: (n, n_visits)}."""
    found = dict(values)
    if "afp" in found:
        found["afp"] = np.where(visits >= events["hcc"][:, None], afp_with_cancer(found["afp"]), found["afp"])
        bled = visits >= events["bleeding"][:, None]
        found["varices"] = np.where(bled, np.maximum(found["varices"], SMALL), found["varices"])
    return found


def refuse_without_traits(design: Design, population: Population) -> None:
    """Raise InputError where a marker is measured of patients whose traits were not drawn."""
    asked = [name for name in MARKERS if name in design.measured()]
    if asked and not population.traits:
        raise InputError(
            f"these patients were drawn by a version that did not know {', '.join(asked)}; draw them anew, in a new "
            "folder"
        )


def computed(values: Mapping[str, NDArray]) -> dict[str, Values]:
    """Scores of labs in the model's units, without error: those of the clinic, and logarithms."""
    return clinical(dict(values)) | logarithms(values)
