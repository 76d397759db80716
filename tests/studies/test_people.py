"""Trials in words: patients, plan, and what was seen."""

from dataclasses import replace

import pytest

from lobule.errors import InputError
from lobule.evidence import table_path
from lobule.studies.people import disease_of, people_arm_of, plan_of, stage_of
from lobule.studies.reasons import NotAnOutcome
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
    assert (arm.result, arm.treated, arm.control, arm.assumptions) == (("up", None, "control"), 20, 20, ())


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
    assert plan_of(row(dose="10e6 to 40e6", dose_unit="cells total"))[0].dose == "2e+07 cell"
    plan, strength, said = plan_of(row(dose="", n_doses=None))
    assert (plan.dose, plan.n, strength, said) == ("1e6 cell/kg", 1, 1.0, ["dose", "number of doses"])


def test_a_route_that_is_not_known_is_refused_and_not_taken_for_a_vein():
    assert plan_of(row(route=""))[0].route == "iv"
    assert plan_of(row(route="femoral vein"))[0].route == "iv"
    with pytest.raises(InputError, match='cells cannot be given "intrathecal" here; routes are iv'):
        plan_of(row(route="intrathecal"))


@pytest.mark.parametrize(
    ("product", "name", "strength"),
    [
        ("BM-MNC", "bm-msc", 0.5),
        ("G-CSF 3 d + BM-MNC", "bm-msc", 0.5),
        ("autologous whole bone marrow 18 mL", "bm-msc", 0.5),
        ("G-CSF mobilised PBSC", "bm-msc", 0.5),
        ("cord blood stem cells", "uc-msc", 0.5),
        ("adipose-derived regenerative cells (fresh)", "ad-msc", 0.5),
        ("transdifferentiated BM-MSC", "bm-msc", 0.3),
        ("BM stromal cells", "bm-msc", 1.0),
    ],
)
def test_cells_that_are_not_mesenchymal_alone_are_a_class_prior(product, name, strength):
    arm = people_arm_of(row(product=product), [])
    assert (arm.plan.name, arm.strength) == (name, strength)
    assert any("half as strong" in a or "give off less" in a for a in arm.assumptions) == (strength < 1)


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ("cirrhosis", "cirrhosis"),
        ("liver cirrhosis", "cirrhosis"),
        ("decompensated cirrhosis", "decompensated"),
        ("Child-Pugh B", "decompensated"),
        ("ACLF grade 2", "aclf"),
        ("acute-on-chronic liver failure", "aclf"),
        ("compensated cirrhosis", "compensated"),
        ("F3 fibrosis", "fibrosis"),
    ],
)
def test_stages_of_trials_in_words(words, stage):
    said = []
    assert stage_of(row(stage=words), said) == stage
    assert (stage == "cirrhosis") == (said == ["cirrhosis, compensated or not"])


def test_a_time_that_is_not_told_is_that_of_most_trials():
    arm = people_arm_of(row(timepoint_d=None), [])
    assert (arm.days, arm.assumptions) == (168, ("time of the measurement: 168 d",))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arm": "control"}, "is what the treated arm is compared with"),
        ({"endpoint": "sae"}, "harms are told under safety.*write endpoint: survival"),
        ({"endpoint": "ureagenesis"}, 'no endpoint "ureagenesis" of people'),
        ({"endpoint": "fibrosis", "unit": "serum PIIINP"}, "none of its signs in blood"),
        ({"timepoint_d": 0.0}, "who was enrolled"),
        ({"effect": "not read"}, "no result is reported"),
        ({"effect": "as planned"}, "no result that could be compared"),
        ({"stage": "post_tx"}, "no graft and no rejection.*write stage: fibrosis"),
        ({"stage": "healthy"}, 'no patients of the stage "healthy"'),
        ({"etiology": "wilson"}, 'no cause of disease like "wilson"'),
        ({"product": "CD34+ HSC"}, "sorted cells that make blood.*write product: BM-MNC"),
        ({"product": "plasma exchange"}, "a circuit outside the body is no product"),
        ({"product": "G-CSF 6 d"}, "no marrow from which a drug could call cells.*write product: BM-MNC"),
        ({"product": "aspirin"}, '"aspirin" is no product of mesenchymal cells'),
    ],
)
def test_what_cannot_be_compared_says_why(changes, message):
    with pytest.raises(InputError, match=message):
        people_arm_of(row(**changes), [])


def test_control_arms_and_values_before_are_no_outcomes():
    for changes in ({"arm": "control"}, {"timepoint_d": 0.0}):
        with pytest.raises(NotAnOutcome):
            people_arm_of(row(**changes), [])
