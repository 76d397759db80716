"""Death of other causes of a person of an age and sex, beside what a virtual person of about that age has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lobule.model.parameters import values_for
from lobule.patient.history import YEAR

Values = NDArray[np.float64]
STEPS = 16


def other_deaths(age: Values | float, male: Values | float, years: Values | float) -> Values:
    """Cumulative hazard of death of other causes over some years from an age on, habits apart.

    The curve of the fragment `ageing`, in the calendar year of the model; arrays of shapes that go together. male : 1 a
    man, 0 a woman, or a share
    """
    v = values_for("human")
    start, man, span = np.broadcast_arrays(np.asarray(age, float), np.asarray(male, float), np.asarray(years, float))
    at = start[..., None] + span[..., None] * (np.arange(STEPS) + 0.5) / STEPS
    t = (at - v["middle_age"]) / v["lifetime_scale"]
    women = v["other_death_women"] * np.exp(t * (v["other_death_slope_women"] + v["other_death_bend_women"] * t))
    men = v["other_death_men"] * np.exp(t * (v["other_death_slope_men"] + v["other_death_bend_men"] * t))
    rate = (man[..., None] * men + (1 - man[..., None]) * women).mean(axis=-1)
    calendar = np.exp(v["mortality_improvement"] * (v["life_table_year"] - v["calendar_year"]))
    return np.asarray(rate * calendar * span * YEAR, float)


def frailty(years_older: Values | float) -> Values:
    """How many times the hazard of the liver's death is that of a virtual person so many years younger."""
    return np.exp(values_for("human")["age_hazard_slope"] * np.asarray(years_older, float))
