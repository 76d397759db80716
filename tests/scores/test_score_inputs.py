"""What scores do with what is missing, and with what cannot be."""

import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule import scores as s
from lobule.errors import InputError, LobuleError
from lobule.scores.inputs import inputs
from lobule.scores.points import classes, criterion, judge, points

FUNCTIONS = [getattr(s, name) for name in s.__all__ if name not in ("half_up",)]
NAN = np.nan


def results(found):
    return found.values() if isinstance(found, dict) else [found]


def required(function):
    return [
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.default is inspect.Parameter.empty and p.name != "day"
    ]


anything = st.one_of(
    st.floats(), st.integers(), st.booleans(), st.none(), st.text(max_size=3), st.complex_numbers(),
    st.dates(), st.just(pd.NA), st.lists(st.one_of(st.floats(), st.none(), st.text(max_size=2)), max_size=3),
    st.just([[1], [1, 2]]), st.just(10**400), st.just({}), st.just(object()),
)  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@given(data=st.data())
def test_any_input_gives_a_score_or_one_sentence(function, data):
    given_ = {name: data.draw(anything) for name in required(function)}
    if "day" in inspect.signature(function).parameters:
        given_["day"] = 90
    try:
        found = function(**given_)
    except LobuleError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 300
    else:
        assert not any(np.isinf(part).any() for part in map(np.asarray, results(found)) if part.dtype.kind == "f")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_missing_value_is_never_an_answer(function):
    names = required(function)
    more = {"day": 90} if "day" in inspect.signature(function).parameters else {}
    last = function(**dict.fromkeys(names, NAN), **more)
    total = last["points"] if isinstance(last, dict) else last
    assert np.asarray(total).item() == "" or np.isnan(np.asarray(total, float))


@pytest.mark.parametrize(
    "found",
    [
        lambda: s.meld(2, 1.5, 1, NAN),
        lambda: s.meld_na(2, 1.5, 1, 130, NAN),
        lambda: s.meld_3(2, 1.5, 1, 130, 3, NAN),
        lambda: s.meld_3(2, 1.5, 1, 130, 3, True, NAN),
        lambda: s.peld(2, 1.5, 3, 4, NAN),
        lambda: s.peld(2, 1.5, 3, NAN, True),
        lambda: s.lille(50, 3, 10, 8, NAN, 20),
        lambda: s.nafld_fibrosis_score(50, 30, NAN, 40, 40, 200, 4),
        lambda: s.child_pugh_points(3.5, 4, 1, 0, 0, cholestatic=NAN)["points"],
        lambda: s.clif_organ_failure(1, 1, 0, 1, 80, renal_replacement=NAN, pf_ratio=400)["points"],
        lambda: s.clif_organ_failure(1, 1, 0, 1, 80, vasopressor=NAN, pf_ratio=400)["grade"],
        lambda: s.clif_organ_failure(1, 1, 0, 1, 80, ventilated=NAN, pf_ratio=400)["failures"],
        lambda: s.clif_organ_failure(1, 1, 0, 1, NAN, pf_ratio=400)["grade"],
        lambda: s.apri(80, 40, 0),
        lambda: s.apri(80, 0, 100),
        lambda: s.fib_4(50, 40, 40, 0),
        lambda: s.nafld_fibrosis_score(50, 30, False, 40, 0, 200, 4),
        lambda: s.r_factor(80, 40, 0, 120),
        lambda: s.albi(0, 3),
        lambda: s.clif_ad(50, 0, 1.5, 7, 135),
        lambda: s.apasl_aclf(6, 2, NAN, 0),
        lambda: s.kings_acetaminophen(NAN, 1, 1, 0),
        lambda: s.kings_other(2, 50, True, NAN, 1),
        lambda: s.hys_law(NAN, 1, 3, 1),
    ],
)
def test_an_unknown_flag_or_value_leaves_the_score_open(found):
    assert np.isnan(float(found()))


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (lambda: s.apasl_aclf(6, 2, NAN, 1), True),
        (lambda: s.apasl_aclf(1, NAN, 1, 1), False),
        (lambda: s.kings_acetaminophen(7.2, NAN, NAN, NAN), True),
        (lambda: s.kings_other(7, NAN, NAN, NAN, NAN), True),
        (lambda: s.hys_law(5, NAN, 3, 1), True),
        (lambda: s.hys_law(NAN, NAN, 1, 1), False),
    ],
)
def test_a_missing_value_that_cannot_decide_is_no_matter(found, wanted):
    assert found() == wanted


def test_answers_left_open_stand_beside_decided_ones():
    found = s.hys_law([5, 1, NAN], 1, 3, 1)
    assert found.tolist()[:2] == [1, 0]
    assert np.isnan(found[2])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: s.meld(-5, 1, 1), r"^bilirubin: -5 is outside 0 to 1e\+09$"),
        (lambda: s.meld([1, 2, -1], 1, 1), r"^bilirubin: -1 at position 2 is outside 0 to 1e\+09$"),
        (lambda: s.meld(np.inf, 1, 1), r"^bilirubin: inf is outside 0 to 1e\+09$"),
        (lambda: s.meld("5", 1, 1), r"^bilirubin: '5' is not a number$"),
        (lambda: s.meld(["a", 1], 1, 1), r"^bilirubin: 'a' is not a number$"),
        (lambda: s.meld([None, "b"], 1, 1), r"^bilirubin: 'b' is not a number$"),
        (lambda: s.meld(1 + 2j, 1, 1), r"^bilirubin: \(?1\+2j\)? is not a number$"),
        (lambda: s.meld(True, 1, 1), r"^bilirubin is a number, not a truth value$"),
        (lambda: s.meld([[1], [1, 2]], 1, 1), r"^bilirubin: rows of different length are no array of numbers$"),
        (lambda: s.meld(10**400, 1, 1), r"^bilirubin: a number of 401 digits is too large$"),
        (lambda: s.meld(1, 1, 1, 2), r"^dialysis: 2 is neither yes \(1\) nor no \(0\)$"),
        (lambda: s.meld(1, 1, 1, [0, 0.5]), r"^dialysis: 0.5 at position 1 is neither"),
        (lambda: s.meld([1, 2], [1, 2, 3], 1), r"^inputs of different shapes: bilirubin \(2,\), inr \(3,\), crea"),
        (lambda: s.meld_survival(np.inf), r"^score: inf is outside -1000 to 1000$"),
        (lambda: s.meld(1.001e9, 1, 1), r"^bilirubin: 1.001e\+09 is outside"),
        (lambda: s.meld_survival([0, -1001]), r"^score: -1001 at position 1 is outside -1000 to 1000$"),
        (lambda: s.child_pugh_class(-1), r"^total: -1 is outside 0 to 1e\+09$"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(wrong, message):
    with pytest.raises(InputError, match=message):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ("5", ("bilirubin",)),
        (True, ("bilirubin",)),
        ([[1], [1, 2]], ("bilirubin",)),
        ([1, 10**400], ("bilirubin", 1)),
        (-1, ("bilirubin",)),
        ([0, -1], ("bilirubin", 1)),
    ],
)
def test_every_refusal_carries_its_field(wrong, field):
    with pytest.raises(InputError) as error:
        s.meld(wrong, 1, 1)
    assert error.value.field == field


def test_a_flag_is_refused_by_its_name():
    with pytest.raises(InputError, match=r"^dialysis: 'maybe' is not a number$") as error:
        s.meld(1, 1, 1, "maybe")
    assert error.value.field == ("dialysis",)
    with pytest.raises(InputError, match=r"^bilirubin: -1 at position 0, 1 is outside"):
        s.meld([[1, -1]], 1, 1)


def test_what_a_message_repeats_is_cut():
    with pytest.raises(InputError) as error:
        s.meld("x" * 200, 1, 1)
    assert str(error.value) == "bilirubin: '" + "x" * 39 + " is not a number"
    with pytest.raises(InputError) as error:
        s.meld([None, "y" * 200], 1, 1)
    assert str(error.value) == "bilirubin: '" + "y" * 40 + "' is not a number"


def test_the_ends_of_what_is_accepted():
    assert s.meld(1e9, 1, 1) == 40
    with pytest.raises(InputError, match="is outside 0 to"):
        s.meld([None, 2**1022], 1, 1)


def test_errors_carry_the_name_and_place():
    with pytest.raises(InputError) as error:
        s.meld([[1, 2], [3, -4]], 1, 1)
    assert error.value.field == ("bilirubin", 1, 1)
    with pytest.raises(InputError) as error:
        s.meld([None, "b"], 1, 1)
    assert error.value.field == ("bilirubin", 1)


def test_masked_and_missing_entries_stay_missing():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    assert np.isnan(s.meld(masked, 1, 1)).tolist() == [False, True]
    assert np.isnan(s.meld(pd.array([1, None], dtype="Int64"), 1, 1)).tolist() == [False, True]
    assert np.isnan(s.meld([1, None, pd.NaT], 1, 1)).tolist() == [False, True, True]
    assert s.meld(np.ma.array([1.0, 2.0], mask=[False, False]), 1, 1).tolist() == [6, 9]


def test_a_trace_below_zero_as_a_simulation_leaves_is_no_error():
    assert s.child_pugh_points(1, 4, 1, -1e-9, 0)["points"] == 5
    assert s.child_pugh_points(1, 4, 1, -1e-6, 0)["points"] == 5
    with pytest.raises(InputError, match="outside 0"):
        s.child_pugh_points(1, 4, 1, -1.1e-6, 0)


def test_inputs_come_back_in_order_as_floats():
    a, b, c = inputs(signed=["b"], flags=["c"], a=[1, 2], b=-3, c=[True, False])
    assert a.tolist() == [1, 2] and b == -3 and c.tolist() == [1, 0]
    assert {x.dtype for x in (a, b, c)} == {np.dtype(float)}


def test_points_classes_and_criteria():
    assert points(np.array([1.0, 2.0, 3.0, 4.0, NAN]), below=[2, 4], upto=[2]).tolist()[:4] == [1, 2, 3, 4]
    assert np.isnan(points(np.array(NAN), below=[1]))
    assert classes(np.array([1.0, 2.0, NAN]), "low", "high").tolist() == ["low", "high", ""]
    assert criterion(np.array([1.0, 3.0]), np.array([False, True])).tolist() == [0, 1]


@given(st.lists(st.sampled_from([0.0, 1.0, NAN]), min_size=1, max_size=6), st.integers(1, 6))
def test_a_judgement_is_given_where_every_completion_agrees(criteria, enough):
    """Against all ways in which the open criteria may turn out."""
    from itertools import product

    choices = [[0.0, 1.0] if np.isnan(c) else [c] for c in criteria]
    answers = {sum(way) >= enough for way in product(*choices)}
    found = judge(*(np.array(c) for c in criteria), enough=enough)
    if len(answers) == 1:
        assert found.dtype == bool and found == answers.pop()
    else:
        assert np.isnan(found)
