"""What the report says of the people of a trial: their care before, their screening, their own effects."""

import pandas as pd
import pytest

from lobule.trial.story import design_page, individuals, screened_otherwise, untreated_before

TWINS = pd.DataFrame({
    "arm": ["drug"] * 3 + ["placebo"] * 3, "survival_effect": [0.1, 0.0, 0.2, 0, 0, 0],
    "albumin_day_84_effect": [1.0, -0.5, 2.0, 0, 0, 0],
})  # fmt: skip


def test_care_that_begins_with_the_trial_is_a_caution_and_a_run_in_is_none(plain_design):
    assert "begins on the day of randomisation" in untreated_before(plain_design(care=["antiviral"]))[0]
    assert untreated_before(plain_design(care=["antiviral"], care_since="12 mo")) == []
    assert untreated_before(plain_design()) == []
    struck = {"groups": [{"etiology": "hbv", "stage": "aclf"}]}
    assert untreated_before(plain_design(care=["antiviral"], population=struck)) == []


def test_the_page_of_the_design_says_since_when_care_is_given_and_how_people_are_screened(plain_design):
    page = dict(design_page(plain_design(care=["antiviral"], care_since="12 mo")))
    assert page["Standard care in every arm"] == "antiviral, for at least 12 mo before randomisation, and on"
    assert "as measured" in page["Screening"]
    assert "true" in dict(design_page(plain_design(screening="exact")))["Screening"]


def test_who_is_enrolled_by_error_alone_is_counted(plain_design):
    design = plain_design(population={"groups": [{"etiology": "hbv"}], "criteria": "meld >= 10"})
    table = pd.DataFrame({"meld": [9.0, 11.0, 20.0], "screened_meld": [10.5, 11.5, 19.0], "etiology": "hbv"})
    assert "1 of 3 virtual patients do not meet" in screened_otherwise(design, table)[0]
    assert screened_otherwise(design, table.drop(columns="screened_meld")) == []
    assert screened_otherwise(plain_design(), table) == []


@pytest.mark.parametrize(("primary", "said"), [
    ("albumin", "albumin day 84: drug: 2 gain, 1 lose, of 3"), ("death", "survival: drug: 2 gain, 0 lose, of 3"),
])  # fmt: skip
def test_gains_and_losses_of_individuals_are_counted(plain_design, primary, said):
    design = plain_design(analysis={"primary": primary, "reference": "placebo"})
    assert said in individuals(design, TWINS)[0]
