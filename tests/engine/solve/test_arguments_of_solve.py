"""Whatever Python hands to an event table or to `solve` is used as it stands or refused in one sentence."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import engine
from lobule.engine.events import Event, infusion
from lobule.errors import InputError, LobuleError

MODEL = engine.compile("model d; x = 8; x' = -k*x; k = 1; y = 1; y' = 0; end")

STRANGE = st.one_of(
    st.none(), st.booleans(), st.text(max_size=4), st.binary(max_size=4), st.complex_numbers(), st.floats(),
    st.integers(-(10**400), 10**400), st.lists(st.floats(), max_size=3), st.just({"a": 1}),
    st.just(object()), st.just(np.array(["1"])), st.just(np.ones((2, 2))),
    st.just(np.ma.masked_array([1.0, 2], [0, 1])),
    st.fractions(), st.decimals(), st.just(np.datetime64("2020-01-01")), st.just([[1], [1, 2]]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["k", "x", "times", "rtol", "atol", "outputs", "sensitivities", "threads", "parameters", "events"]),
    STRANGE,
)
def test_every_argument_is_used_or_refused_in_one_sentence(place, value):
    arguments = {"times": [0, 1]}
    match place:
        case "k":
            arguments["parameters"] = {"k": value}
        case "x":
            arguments["initial"] = {"x": value}
        case _:
            arguments[place] = value
    if place == "rtol" and isinstance(value, float) and 0 < value < 1e-12:
        return  # a wish that takes a million steps
    try:
        solution = MODEL.solve(**arguments)
    except LobuleError as error:
        assert "\n" not in str(error) and len(str(error)) < 400
        return
    assert all(reason or status == 0 for reason, status in zip(solution.reasons, solution.status, strict=True))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 4), STRANGE)
def test_every_field_of_an_event_is_used_or_refused_by_its_number(field, value):
    row = [0, 0.5, "x", "add", 5.0]
    row[field] = value
    try:
        table = engine.EventTable([(0, 0.1, "x", "add", 1.0), tuple(row)])
    except InputError as error:
        assert "event 1" in str(error)
        assert error.field[:2] == ("events", 1)
        return
    event = list(table)[1]
    assert (event.patient, event.time, event.value) == (row[0], float(row[1]), float(row[4]))


@given(st.integers(-3, 9), st.integers(1, 4))
def test_a_dose_reaches_its_patient_or_is_refused(patient, patients):
    try:
        table = engine.EventTable([(patient, 0.5, "y", "add", 5)])
        y = MODEL.solve({"k": np.ones(patients)}, events=table, times=[1])["y"][:, 0]
    except InputError as error:
        assert patient < -1 or patient >= patients
        assert f"{patient}" in str(error)
        return
    assert y.tolist() == [6 if patient in (i, -1) else 1 for i in range(patients)]


@pytest.mark.parametrize("patient", [-2, 0.5, float("nan"), "a", None, True, 5])
def test_a_patient_that_is_not_there_loses_no_dose_in_silence(patient):
    with pytest.raises(InputError, match="patient"):
        MODEL.solve(events=engine.EventTable([(patient, 0.5, "x", "add", 5)]), times=[1])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.ma.masked_array([1.0, 2.0], [0, 1]), "hides values by a mask, the first at place 1"),
        (np.ones((2, 2)), "2 dimensions"),
        ("1", 'not the text "1"'),
        (1j, "not 1j"),
        (10**400, "more than 40 digits"),
        ([1, None], "not nothing"),
        ([1, np.inf], "inf at place 1 is not a finite number"),
        ([[1], [1, 2]], "lists of equal length"),
        (True, "not True"),
    ],
)
def test_values_that_are_no_numbers_say_what_they_are(value, said):
    with pytest.raises(InputError) as caught:
        MODEL.solve({"k": value}, times=[1])
    assert said in str(caught.value)


def test_numbers_of_every_kind_are_numbers():
    right = MODEL.solve({"k": 2.0}, times=[1]).y
    for two in (2, np.float32(2), np.int8(2), np.array(2.0), Fraction(2), [2], np.ma.masked_array([2.0], [0])):
        assert np.array_equal(MODEL.solve({"k": two}, times=[1]).y, right)


def test_no_patients_are_an_empty_solution():
    assert MODEL.solve({"k": []}, times=[0, 1]).y.shape == (0, 2, 2)


def test_a_solution_says_which_outputs_it_has():
    solution = MODEL.solve(times=[1], sensitivities=["k"])
    with pytest.raises(InputError, match=r'no output "nix".*Known: x, y'):
        solution["nix"]
    with pytest.raises(InputError, match='no sensitivity to "y"'):
        solution.sensitivity("x", "y")


@pytest.mark.parametrize("duration", [0, -1, float("nan"), float("inf"), "1", None, 1e-320])
def test_an_infusion_needs_a_time_that_can_be_told(duration):
    with pytest.raises(InputError, match="infusion"):
        infusion("x", 5, 0.5, duration)


def test_a_table_of_events_is_a_list_of_rows_of_five():
    for rows in (None, "abc", [None], [(0, 1, "x")], [5], ["abcde"]):
        with pytest.raises(InputError, match=r"event"):
            engine.EventTable(rows)
    with pytest.raises(InputError, match="EventTable, not list"):
        MODEL.solve(events=[Event(0, 0.5, "x", "add", 5.0)], times=[1])
