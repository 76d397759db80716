"""Age runs on with the disease, and other causes than the liver kill as the life table says."""

import numpy as np
import pytest

from lobule import model
from lobule.evidence import fact
from lobule.model.parameters import values_for

ROWS = {0: ("NN106", "NN108", "NN110", "NN112", "NN114", "NN116", "NN118", "NN120", "NN122"),
        1: ("NN084", "NN086", "NN088", "NN090", "NN092", "NN094", "NN096", "NN098", "NN100")}  # fmt: skip


@pytest.mark.parametrize("male", [0, 1])
def test_a_year_kills_as_many_as_the_life_table_says(male):
    ages = np.arange(20, 101, 10)
    start = {"age_at_onset": ages.astype(float), "male": np.full(len(ages), float(male))}
    found = model.compiled("human").solve(start, times=[0, 365.25], outputs=["cumulative_other_death_hazard", "age"])
    died = 1 - np.exp(-found["cumulative_other_death_hazard"][:, 1])
    table = [float(fact(row)["value"]) for row in ROWS[male]]
    np.testing.assert_allclose(died, table, rtol=0.2)
    np.testing.assert_allclose(found["age"][:, 1], ages + 1)


def test_earlier_calendar_years_kill_more_and_rodents_do_not_age():
    human = model.compiled("human")
    died = human.solve({"calendar_year": np.array([1997.0, 2017.0])}, times=[0, 365], outputs=["other_death_hazard"])
    assert died["other_death_hazard"][0, 1] == pytest.approx(np.exp(0.2) * died["other_death_hazard"][1, 1])
    mouse = model.compiled("mouse").solve(values_for("mouse"), times=[0, 365], outputs=["other_death_hazard"])
    assert mouse["other_death_hazard"][0, 0] == pytest.approx(mouse["other_death_hazard"][0, 1])
