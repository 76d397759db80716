"""Whom one meets in the community."""

import numpy as np
import pytest

from lobule.patient.community import STAGE_EDGES, log_seen, stages_of
from lobule.patient.history import Histories, histories
from lobule.patient.onset import onset_ages


def test_the_shares_of_each_row_add_up_to_one() -> None:
    assert len(stages_of("mash")) > 1
    for row in stages_of("mash"):
        assert sum(row.shares()) == pytest.approx(1, abs=0.002)


def test_a_cause_of_which_the_table_has_nothing_is_weighted_by_time_alive_alone() -> None:
    scar = {"collagen_proportionate_area": np.ones((3, 4), np.float32)}
    people = Histories("hbv", np.arange(3), np.arange(4.0), scar, {})
    assert not log_seen(people).any()


@pytest.mark.science
def test_people_of_the_community_have_little_scar_at_every_age_and_live_long() -> None:
    people = histories("mash", 1000)
    death = people.values["cumulative_death_hazard"].astype(float)
    alive, seen = np.nan_to_num(np.exp(-death)), np.exp(log_seen(people))
    ages = onset_ages(people.varied)[:, None] + people.years
    stage = np.searchsorted(STAGE_EDGES, people.values["collagen_proportionate_area"], side="right")
    for age in (35, 50, 65):
        near = np.abs(ages - age) < 3
        share = np.average(stage[near] >= 3, weights=(alive * seen)[near])
        assert share < 0.15
        assert share < 0.5 * np.average(stage[near] >= 3, weights=alive[near])
    middle = (np.abs(ages - 50) < 3)[:, :-40]
    ten = np.exp(death[:, :-40] - death[:, 40:])[middle]
    of_community, of_all = (np.average(ten, weights=w[:, :-40][middle]) for w in (alive * seen, alive))
    assert of_community > of_all + 0.1
