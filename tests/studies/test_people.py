"""Trials in words: patients, plan, and what was seen."""

from dataclasses import replace

import pytest

from lobule.errors import InputError
from lobule.evidence import table_path
from lobule.studies.people import disease_of, people_arm_of, plan_of, result_of
from lobule.studies.tables import read_trials

TRIALS = read_trials(table_path("trials"))[0]
PLAIN = replace(
    next(row for row in TRIALS if row.arm == "treated"), source_id="none", stage="decompensated", etiology="HBV",
    product="UC-MSC", autologous=False, dose="5e5", dose_unit="cells/kg", n_doses=3, interval_d=None,
    route="iv peripheral", design="RCT", endpoint="albumin", unit="g/L", value=None, p_value=None, effect="improved",
    timepoint_d=168.0, n=None,
)  # fmt: skip


def row(**changes):
    return replace(PLAIN, **changes)


def test_a_trial_in_words_is_patients_and_a_plan():
    arm = people_arm_of(PLAIN, [PLAIN])
    assert (arm.etiology, arm.cares, arm.stage, arm.days) == ("hbv", ("antiviral",), "decompensated", 168)
    assert arm.plan.to_dict() == {"product": "uc-msc", "dose": "5e+05 cell/kg", "route": "iv", "start": "0 d",
                                  "every": "28 d", "n": 3, "over": None, "when": None}  # fmt: skip
    assert (arm.result, arm.treated, arm.control, arm.assumptions) == (("up", None), 20, 20, ())


@pytest.mark.parametrize(
    ("words", "cause", "cares"),
    [
        ("mixed (HCV, alcohol)", "hcv", ()),
        ("PSC, AIH", "autoimmune", ()),
        ("NASH cirrhosis", "mash", ()),
        ("cryptogenic", "alcohol", ("abstinence",)),
    ],
)
def test_causes_of_trials_in_words(words, cause, cares):
    assert disease_of(row(etiology=words)) == (cause, cares)


@pytest.mark.parametrize(
    ("product", "autologous", "name"),
    [
        ("Wharton's jelly MSC", False, "uc-msc"),
        ("BM-MSC", True, "autologous-bm-msc"),
        ("third-party BM-MSC", False, "bm-msc"),
        ("UC-MSC exosomes", False, "uc-msc-ev"),
        ("adipose MSC", False, "ad-msc"),
    ],
)
def test_products_of_trials_in_words(product, autologous, name):
    assert plan_of(row(product=product, autologous=autologous))[0].name == name


def test_of_a_range_of_doses_the_geometric_middle_is_given_and_without_one_the_usual():
    assert plan_of(row(dose="1e6-4e6"))[0].dose == "2e+06 cell/kg"
    assert plan_of(row(dose="2e7 (1e7-3e7)", dose_unit="cells total"))[0].dose == "2e+07 cell"
    plan, said = plan_of(row(dose="", n_doses=None))
    assert (plan.dose, plan.n, said) == ("1e6 cell/kg", 1, ["dose", "number of doses"])


def test_a_route_that_is_not_known_is_refused_and_not_taken_for_a_vein():
    assert plan_of(row(route=""))[0].route == "iv"
    assert plan_of(row(route="femoral vein"))[0].route == "iv"
    with pytest.raises(InputError, match='cells cannot be given "intrathecal" here; routes are iv'):
        plan_of(row(route="intrathecal"))


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({"effect": "improved"}, "up"),
        ({"effect": "no significant difference"}, "none"),
        ({"effect": "-25% relative"}, "down"),
        ({"effect": "3.2"}, "up"),
        ({"effect": "3.2", "p_value": 0.2}, "none"),
        ({"effect": "0.6", "unit": "HR death"}, "up"),
        ({"effect": "1.6", "unit": "HR death"}, "down"),
        ({"effect": "0.6", "unit": "HR death", "p_value": 0.05}, "none"),
        ({"effect": "", "unit": "HR death", "p_value": 0.3}, "none"),
    ],
)
def test_the_direction_follows_from_words_a_change_or_a_hazard_ratio(changes, direction):
    assert result_of(row(**changes), [], "up") == (direction, None)


def test_values_of_both_arms_go_before_words():
    treated = row(value=36.0, effect="no difference")
    control = row(arm="control", value=30.0)
    assert result_of(treated, [treated, control], "up") == ("up", 1.2)
    assert result_of(replace(treated, p_value=0.3), [treated, control], "up") == ("none", 1.2)
    dead = row(endpoint="survival", unit="fraction dead", value=0.2)
    assert result_of(dead, [replace(dead, arm="control", value=0.6)], "up") == ("up", pytest.approx(2.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arm": "control"}, "is what the treated arm is compared with"),
        ({"design": "single arm"}, "no control to compare with"),
        ({"endpoint": "sae"}, 'no endpoint "sae" of people'),
        ({"timepoint_d": 0.0}, "time of the measurement"),
        ({"effect": "not read"}, "no result is reported"),
        ({"effect": "as planned"}, "no result that could be compared"),
        ({"stage": "post_tx"}, 'no patients of the stage "post_tx"'),
        ({"etiology": "wilson"}, 'no cause of disease like "wilson"'),
        ({"product": "CD34+ HSC"}, "no product of mesenchymal cells"),
    ],
)
def test_what_cannot_be_compared_says_why(changes, message):
    with pytest.raises(InputError, match=message):
        people_arm_of(row(**changes), [])
