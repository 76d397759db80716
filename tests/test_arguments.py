"""What Python hands over is taken, or refused in one sentence about its field before anything is computed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lobule as lb
from lobule import arguments, explore
from lobule.answers.fit import fit_labs
from lobule.answers.score import score_file
from lobule.calibrate.calibration import calibrate
from lobule.dish import Dish, Well
from lobule.errors import InputError, LobuleError
from lobule.files.scenario import read_scenario
from lobule.patient.history import histories
from lobule.quality import assay, batch, comparability, stability
from lobule.quality.limits import release_limit
from lobule.quality.process import synthetic_batches
from lobule.simulation.biodistribution import biodistribution
from lobule.simulation.simulate import events_of
from lobule.therapy.product import Estimate
from lobule.trial.biomarkers import biomarkers
from lobule.trial.power import sample_size


class Odd:
    """Something that nobody expects."""


NAN, INF, HUGE = float("nan"), float("inf"), 10**400
NO_VALUE = [Odd(), [1], {"a": 1}, {1, 2}, 1j, b"x", np.array([1.0, 2.0])]
NO_NUMBER = [*NO_VALUE, "3", "x", "", True, NAN, INF, -INF, HUGE, -1e300]
NO_COUNT = [*NO_NUMBER, 2.5, 2.0, -1, 2**63]
NO_TRUTH = [*NO_VALUE, "no", "yes", "true", 0, 1, None, NAN]
NO_TEXT = [*NO_VALUE, 3, NAN, True, None, "nothing of the kind", "two\nlines", "x" * 5000]
NO_QUANTITY = [*NO_VALUE, 3, NAN, True, "", "3", "d", "3 x", "-3 d", "nan d", "1e999 d", "٣ d", "3 kd", "3 kcell",
               "9" * 5000 + " d"]  # fmt: skip
NO_NUMBERS = [Odd(), [1], 3, "x", {"nothing": 1}, {1: 1}, {"albumin": "3"}, {"albumin": NAN}, {"albumin": None}]
NO_SUBJECT = [*NO_VALUE, None, "mouse", 3]
NO_PLAN = [*NO_VALUE, "uc-msc-ev", 3, [None], ["x"]]
NO_NAMES = [Odd(), 3, {"a": 1}, [3], [None], "nothing of the kind", ["nothing of the kind"]]

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=1)
PLAN = lb.Plan("uc-msc-ev", dose="1e10 particle", n=2, every="1 d")
VESICLES = {"product": "uc-msc-ev", "dose": "1e10 particle", "every": "1 d", "n": 2, "start": "1 d", "over": "1 h"}
MINE = {"name": "mine", "title": "", "kind": "cells", "cell_source": "uc",
        "viability": Estimate(0.9, 0.8, 1.0, "", "assumed")}  # fmt: skip
TARGETS = {
    "animal": (lb.Animal, {"species": "mouse", "injury": "ccl4", "weeks": 6}, {
        "species": NO_TEXT, "injury": NO_TEXT[:-4], "weeks": NO_NUMBER, "injury_dose": NO_QUANTITY,
        "injury_every": NO_QUANTITY, "body_weight": NO_QUANTITY, "without_spleen": NO_TRUTH,
        "strain": [v for v in NO_TEXT if v is not None], "sex": [v for v in NO_TEXT if v is not None],
        "age": NO_QUANTITY, "varied": NO_NUMBERS,
    }),
    "animal for a duration": (lb.Animal, {"species": "mouse", "injury": "ccl4"}, {"duration": NO_QUANTITY}),
    "patient": (lb.Patient, {"etiology": "hbv", "years": 25}, {
        "species": NO_TEXT, "etiology": [v for v in NO_TEXT if v is not None], "years": NO_NUMBER,
        "intensity": NO_QUANTITY, "treated_with": NO_NAMES, "body_weight": NO_QUANTITY, "without_spleen": NO_TRUTH,
        "varied": NO_NUMBERS, "age": NO_NUMBER, "sex": [v for v in NO_TEXT if v is not None],
        "alternatives": [Odd(), 3, "x", [1], [(1,)], [("a", {})], [(1, "x")]],
    }),
    "wished patient": (lb.Patient, {"etiology": "hbv"}, {
        "meld": NO_NUMBER, "stage": [v for v in NO_TEXT if v is not None], "wishes": NO_NUMBERS,
    }),
    "plan": (lb.Plan, VESICLES, {
        "product": [None, *NO_TEXT], "dose": [None, *NO_QUANTITY], "route": NO_TEXT, "start": NO_QUANTITY,
        "every": NO_QUANTITY, "n": NO_COUNT, "over": NO_QUANTITY,
        "when": [v for v in NO_TEXT if v is not None] + ["alt > nan U/L", "alt > 1e999 U/L", "alt > 80 g/L"],
    }),
    "care": (lb.Care, {"care": "antiviral"}, {"care": NO_TEXT, "start": NO_QUANTITY, "until": NO_QUANTITY}),
    "estimate": (Estimate, {"value": 1, "low": 0, "high": 2, "source": "", "grade": "assumed"}, {
        "value": NO_NUMBER, "low": NO_NUMBER, "high": NO_NUMBER, "source": NO_TEXT[:10], "grade": NO_TEXT,
    }),
    "product": (lb.Product, MINE, {
        "kind": NO_TEXT, "cargo": NO_NUMBERS, "sets": NO_NUMBERS, "viability": [*NO_VALUE, 3, "x"],
    }),
    "simulation": (lb.simulate, {"subject": MOUSE, "plan": PLAN}, {
        "subject": NO_SUBJECT, "plan": NO_PLAN, "until": [None, *NO_QUANTITY], "sample_every": [None, *NO_QUANTITY],
        "title": NO_TEXT[:10], "rtol": [None, *NO_NUMBER], "engine": NO_TEXT, "without": NO_NAMES,
        "clamp": NO_NUMBERS, "scale": NO_NUMBERS, "hypotheses": NO_NUMBERS,
        "uncertainty": [v for v in NO_COUNT if v is not True],
    }),
    "events": (events_of, {"subject": MOUSE, "plan": PLAN}, {"subject": NO_SUBJECT, "plan": NO_PLAN}),
    "cohort": (lb.Cohort.sample, {"n": 3, "etiology": "hbv"}, {
        "n": [None, 0, 10**9, *NO_COUNT], "etiology": NO_TEXT, "stage": NO_TEXT,
        "like": [v for v in NO_TEXT if v is not None], "criteria": [v for v in NO_TEXT if v is not None],
        "seed": [None, *NO_COUNT],
    }),
    "histories": (histories, {"etiology": "hbv", "n": 3}, {"etiology": NO_TEXT, "n": [0, *NO_COUNT], "seed": NO_COUNT}),
    "sensitivity": (explore.global_sensitivity, {"subject": MOUSE}, {
        "subject": NO_SUBJECT, "day": NO_NUMBER, "outputs": NO_NAMES, "trajectories": [0, 1, *NO_COUNT],
        "seed": NO_COUNT,
    }),
    "cargo": (explore.attribute, {"subject": MOUSE, "plan": PLAN, "day": 7.0}, {
        "subject": NO_SUBJECT, "plan": [None, *NO_PLAN], "day": [0, *NO_NUMBER], "outputs": NO_NAMES,
        "draws": NO_COUNT, "seed": NO_COUNT,
    }),
    "doses": (explore.explore_doses, {"subject": MOUSE, "plan": PLAN, "day": 7.0}, {
        "subject": NO_SUBJECT, "plan": [None, [PLAN], *NO_PLAN], "day": NO_NUMBER, "output": NO_TEXT,
        "routes": NO_NAMES, "seed": NO_COUNT,
    }),
    "groups": (explore.compare_groups, {"animal": MOUSE, "plan": PLAN, "until": "7 d"}, {
        "animal": NO_SUBJECT, "plan": [None, *NO_PLAN], "until": NO_QUANTITY, "n": [0, 1, *NO_COUNT], "seed": NO_COUNT,
    }),
    "synergy": (explore.synergy, {"subject": MOUSE, "first": PLAN, "second": PLAN, "day": 7.0, "output": "alt"}, {
        "subject": NO_SUBJECT, "first": NO_PLAN, "second": NO_PLAN, "day": [0, *NO_NUMBER], "output": NO_TEXT,
    }),
    "comparison": (explore.compare, {"runs": {}}, {"runs": [*NO_VALUE, None, 3, {"a": 1, "b": 2}]}),
    "tracer": (biodistribution, {"subject": MOUSE, "plan": lb.Plan("uc-msc-ev", "1e10 particle"), "label": "intact"}, {
        "subject": NO_SUBJECT, "plan": [None, *NO_PLAN], "label": NO_TEXT,
        "hours": [3, "x", [], [0], [NAN], ["3"], [-1], None],
    }),
    "calibration": (calibrate, {"folder": "nowhere"}, {"steps": [9, *NO_COUNT], "seed": NO_COUNT}),
    "fit": (fit_labs, {"path": "nowhere.csv", "etiology": "hbv"}, {"etiology": NO_TEXT[:10], "days": [0, *NO_NUMBER]}),
    "batches": (batch.report, {"path": "nowhere.csv"}, {
        "members": [0, 10**6, *NO_COUNT], "loss": [0, 1, *NO_NUMBER], "seed": NO_COUNT, "baseline": [0, 1, *NO_COUNT],
        "per_vial": NO_TRUTH, "clinical": NO_TRUTH, "stream": NO_TEXT[:10],
    }),
    "comparability": (comparability.compare, {"old": "a.csv", "new": "b.csv"}, {
        "margin": [0, 1, *NO_NUMBER], "effect_margin": [0, 1, *NO_NUMBER], "members": [0, 10**6, *NO_COUNT],
        "seed": NO_COUNT,
    }),
    "release limit": (release_limit, {"found": None}, {"risk": [0, 1, *NO_NUMBER], "seed": NO_COUNT}),
    "assay": (assay.assay, {"path": "nowhere.yaml"}, {"members": [10**6, *NO_COUNT]}),
    "shelf life": (stability.shelf_life, {"path": "nowhere.csv"}, {
        "at_least": NO_NUMBER[:-1], "at_most": NO_NUMBER[:-1], "temperature": NO_NUMBER,
    }),
    "dish": (Dish, {"cells": {"macrophages": "1e6 cell"}}, {
        "cells": [Odd(), [1], 3, {}, {"nothing": "1 cell"}, {1: "1 cell"}, {"macrophages": 3}, {"macrophages": "1 d"}],
        "stimulus": [Odd(), [1], 3, "x", {"nothing": "1 ng/mL"}, {"lps": 3}, {"lps": "1 d"}, {"lps": None}],
        "species": NO_TEXT, "medium": [None, *NO_QUANTITY], "duration": [None, *NO_QUANTITY],
        "stimulus_at": [None, "99 d", *NO_QUANTITY], "product_at": [None, "99 d", *NO_QUANTITY],
    }),
    "well": (Well, {"product": "uc-msc-ev", "dose": "1e9 particle/mL"}, {
        "product": ["uc-msc", *NO_TEXT[:7], 3, "nothing"], "dose": [None, "1e300 particle/mL", *NO_QUANTITY],
        "without": NO_NAMES, "stimulated": NO_TRUTH, "potency": [None, *NO_NUMBER],
    }),
    "synthetic batches": (synthetic_batches, {"file": None}, {"n": [0, *NO_COUNT]}),
    "biomarkers": (biomarkers, {"result": None}, {"patients": [1, *NO_COUNT], "seed": NO_COUNT}),
    "sample size": (sample_size, {"design": None, "run": None}, {"power": [0, 1, 2, None, *NO_NUMBER]}),
    "trial": (lb.Trial.read, {}, {"path": [*NO_VALUE[:5], None, 3, True, "nothing", "", "a\0b", "x" * 5000]}),
    "product file": (lb.read_product, {}, {"path": [*NO_VALUE[:5], None, 3, True, "nothing", "", "a\0b", "x" * 5000]}),
}  # fmt: skip
CASES = [(who, name) for who, (_, _, wrong) in TARGETS.items() for name in wrong]


@pytest.mark.parametrize(("who", "name"), CASES, ids=[f"{who}: {name}" for who, name in CASES])
def test_a_wrong_argument_is_refused_in_a_sentence_about_its_field(who, name):
    function, usual, wrong = TARGETS[who]
    for value in wrong[name]:
        with pytest.raises(InputError) as refused:
            function(**usual | {name: value})
        said = str(refused.value)
        assert "\n" not in said, (value, said)
        assert len(said) < 400, (value, said)
        if function not in (lb.Trial.read, lb.read_product):  # there the file is named, not an argument
            assert refused.value.field[:1] == (name,), (value, said)


@pytest.mark.parametrize(
    "read",
    [lb.Run.open, lb.Trial.open, batch.report, stability.shelf_life, assay.assay,
     lambda path: score_file(path, "scores.csv"), read_scenario],
)  # fmt: skip
def test_what_is_no_path_is_refused_in_a_sentence(read):
    for value in (*NO_VALUE[:4], b"x", None, 3, "", "a\0b", "x" * 5000):
        with pytest.raises(LobuleError) as refused:
            read(value)
        assert len(str(refused.value)) < 400


def test_a_trial_enrols_from_cohorts_only(tmp_path):
    trial = lb.Trial.read("uc-msc-hbv-cirrhosis")
    for value in (3, "x", [], ["x"], Odd()):
        with pytest.raises(InputError, match="must be a Cohort"):
            trial.run(value, tmp_path / "trial")


def test_what_a_library_of_products_does_not_hold_is_not_in_it():
    assert "uc-msc-ev" in lb.products
    assert "nothing" not in lb.products
    for name in (None, 3, ["x"], "nothing"):
        with pytest.raises(InputError):
            lb.products[name]


def test_numbers_of_numpy_are_numbers_and_counts():
    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", n=np.int64(3), every="7 d")
    assert plan.n == 3
    assert type(plan.n) is int
    patient = lb.Patient("human", etiology="hbv", years=np.float32(25))
    assert type(patient.years) is float
    assert lb.Animal(without_spleen=np.True_).without_spleen


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"replicates": 0}, "replicates: 0 must be at least 1"),
        ({"replicates": -3}, "replicates: -3 must be at least 1"),
        ({"replicates": 2.5}, "replicates: 2.5 is a number, not a whole number"),
        ({"replicates": "3"}, 'replicates: "3" is text in quotes, not a whole number'),
        ({"members": -1}, "members: -1 must be at least 0"),
        ({"members": 100_000}, "the ensemble has"),
        ({"patients": True}, "patients: True is a truth value"),
        ({"seed": 2**63}, "seed: .* must be at most"),
        ({"until": "x"}, 'until: "x" is not a quantity'),
        ({"nix": 3}, 'no field of a design "nix"'),
        ({"replicate": 500}, 'Did you mean "replicates"'),
    ],
)
def test_a_changed_design_is_checked_like_a_design_file(changes, message):
    trial = lb.Trial.read("uc-msc-hbv-cirrhosis")
    with pytest.raises(InputError, match=message):
        trial.changed(**changes)


def test_a_design_that_is_changed_to_what_it_was_is_the_same():
    trial = lb.Trial.read("uc-msc-hbv-cirrhosis")
    assert trial.changed() == trial
    assert trial.changed(replicates=None).design == trial.design


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(max_size=30), st.binary(),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.integers(400, 500).map(lambda digits: 10**digits),
)  # fmt: skip


@given(ANYTHING, st.integers(0, 100), st.integers(0, 100))
def test_a_check_gives_plain_python_inside_its_bounds_or_an_error_of_its_field(value, low, width):
    checks = [
        (arguments.truth, lambda found: type(found) is bool),
        (arguments.between(low, low + width), lambda found: type(found) is float and low <= found <= low + width),
        (arguments.between(low, above=True), lambda found: low < found < math.inf),
        (arguments.count(low, low + width), lambda found: type(found) is int and low <= found <= low + width),
        (arguments.a_seed, lambda found: type(found) is int and 0 <= found < 2**63),
        (arguments.a_share, lambda found: 0 < found < 1),
        (arguments.a_text, lambda found: isinstance(found, str) and len(found.splitlines()) <= 1),
        (arguments.a_path, lambda found: isinstance(found, str) and found),
        (arguments.some_names, lambda found: all(isinstance(one, str) for one in found)),
        (arguments.numbers_by_name, lambda found: all(math.isfinite(one) for one in found.values())),
    ]
    for check, holds in checks:
        try:
            assert holds(check(value, "argument"))
        except LobuleError as error:
            assert error.field[:1] == ("argument",)
            assert "\n" not in str(error)
            assert len(str(error)) < 300
