"""Rows with their arms: errors of groups, what is better, what says nothing."""

from dataclasses import replace

import numpy as np
import pytest

from lobule.evidence import table_path
from lobule.studies.endpoints import endpoint
from lobule.studies.predict import Predicted
from lobule.studies.rows import benefit, error_of, rows_of
from lobule.studies.tables import read_studies

LI = [o for o in read_studies(table_path("studies"))[0] if o.study_id == "li2013"]


def test_errors_follow_the_size_of_the_groups():
    row = rows_of(LI)[0][0]
    larger = replace(row, observation=replace(row.observation, animals=4 * row.observation.animals))
    assert error_of(row) == pytest.approx(row.endpoint.spread * np.sqrt(2 / row.observation.animals))
    assert error_of(larger) == pytest.approx(error_of(row) / 2)


@pytest.mark.parametrize(("name", "sign"), [("alt", -1), ("albumin", 1)])
def test_a_benefit_is_positive_where_it_is_better(name, sign):
    what = endpoint(name)
    found = benefit(Predicted({what.output: np.array([2.0, 0.5])}, {what.output: np.ones(2)}), what)
    assert found == pytest.approx(sign * np.log([2.0, 0.5]))


def test_of_an_amount_of_the_product_only_the_treated_arm_counts():
    what = endpoint("liver_retention")
    found = benefit(Predicted({what.output: np.array([1.0, 10.0])}, {what.output: np.zeros(2)}), what)
    assert found[1] - found[0] == pytest.approx(np.log(10))


def test_survival_of_an_injury_that_kills_nobody_says_nothing():
    row = replace(LI[0], endpoint="survival", injury_model="bdl")
    assert [n.reason[:40] for n in rows_of([row])[1]] == ["the model's animals do not die of this i"]
    assert rows_of([replace(row, injury_model="apap")])[0][0].arm.survives
