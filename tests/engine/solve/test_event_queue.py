"""Delays, priorities and persistence of a model's own events, and events without end."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import engine
from lobule.engine.compiled import CompiledModel
from lobule.engine.solution import EVENT_UNDEFINED, FLOOD


def solved(text, times, outputs=("x",), **asked):
    solution = engine.compile(f"model m; {text}; end").solve(times=times, rtol=1e-9, outputs=list(outputs), **asked)
    assert solution.complete, solution.reasons
    return solution.y[0].T


def test_a_delayed_event_happens_later_with_the_values_of_its_trigger():
    (x, y) = solved("x = 1; y = 0; x' = 1; E: at 2 after (x > 3): y = x", [3.9, 3.999, 4, 5], ["x", "y"])
    np.testing.assert_allclose(x, [4.9, 4.999, 5, 6], rtol=1e-9)
    np.testing.assert_allclose(y, [0, 0, 3, 3], rtol=1e-9)


def test_or_with_the_values_of_the_moment_at_which_it_happens():
    (y,) = solved("x = 1; y = 0; x' = 1; E: at 2 after (x > 3), fromTrigger = false: y = x", [3.9, 5], ["y"])
    np.testing.assert_allclose(y, [0, 5], rtol=1e-9)


def test_a_delay_is_that_of_the_moment_of_the_trigger():
    (n,) = solved("x = 1; n = 0; x' = 1; E: at (x/3) after (x > 3): n = 1", [2.99, 3.01], ["n"])
    assert n.tolist() == [0, 1]


@pytest.mark.parametrize(("persistent", "right"), [("true", 1), ("false", 0)])
def test_an_event_that_does_not_persist_is_withdrawn_when_its_trigger_turns_false(persistent, right):
    text = f"n = 0; x = 0; x' = 1; E: at 2 after (time > 1 && time < 2), persistent = {persistent}: n = 1"
    assert solved(text, [4], ["n"])[0].tolist() == [right]


def test_several_delayed_events_of_one_trigger_wait_together():
    (n,) = solved(
        "n = 0; x = 0; x' = 1; E: at 10 after (sin(time) > 0.5), fromTrigger = false: n = n + 1",
        [9, 12, 17.5, 24],
        ["n"],
    )
    assert n.tolist() == [0, 1, 2, 3]


def test_the_largest_priority_happens_first_and_is_asked_again_after_each():
    rising = "a = 0; b = 0; x = 0; x' = 0; p = 1;" \
             "E: at (time > 1), priority = 1: a = 10*a + 1, p = 9;" \
             "F: at (time > 1), priority = 5: a = 10*a + 2;" \
             "G: at (time > 1), priority = p - 3, fromTrigger = false: b = a"  # fmt: skip
    (a, b) = solved(rising, [2], ["a", "b"])
    assert a.tolist() == [1]  # both from the values of the trigger: F writes 2, then E writes 1
    assert b.tolist() == [1]
    first = rising.replace("p = 1;", "p = 20;")
    assert solved(first, [2], ["b"])[0].tolist() == [0]


def test_ties_happen_in_the_order_of_the_document():
    text = "x = 0; a = 0; E: at (time > 1), fromTrigger = false: a = 10*a + 1;" \
           "F: at (time > 1), fromTrigger = false: a = 10*a + 2"  # fmt: skip
    assert solved(text, [2], ["a"])[0].tolist() == [12]


def test_an_event_that_another_one_makes_pointless_does_not_happen():
    text = "x = 0; a = 0; E: at (time > 1 && x < 1), priority = 2, persistent = false: x = 1, a = a + 1;" \
           "F: at (time > 1 && x < 1), priority = 1, persistent = false: x = 1, a = a + 10"  # fmt: skip
    assert solved(text, [2], ["a"])[0].tolist() == [1]


def test_a_delayed_concentration_takes_the_size_of_the_moment_at_which_it_happens():
    text = "compartment c; c = 1; c' = 1; species s in c; s = 4; E: at 2 after (time > 1): s = 3"
    assert solved(text, [2.999999, 3.000001], ["s"])[0][1] == pytest.approx(3, rel=1e-6)


def test_a_dose_and_a_delayed_event_at_one_moment():
    dose = engine.EventTable([(0, 3.0, "x", "add", 10)])
    (x,) = solved("x = 1; x' = 0; E: at 2 after (time > 1): x = 5", [2.9, 3.1], events=dose)
    assert x.tolist() == [1, 15]


@pytest.mark.parametrize("lanes", [1, 4, 8])
def test_waiting_events_are_the_same_in_any_company(lanes):
    text = "model m; x = 0; x' = k; n = 0; k = 1; E: at (1/k) after (x > 2), persistent = false: n = n + x, x = 0; end"
    model, rates = engine.compile(text), np.linspace(0.3, 4, 9)
    together = CompiledModel(model.sbml, lanes).solve({"k": rates}, times=[5, 20], outputs=["x", "n"])
    assert together.complete, together.reasons
    alone = [model.solve({"k": k}, times=[5, 20], outputs=["x", "n"]).y[0] for k in rates]
    assert np.array_equal(together.y, alone)


@pytest.mark.parametrize(
    "text",
    [
        "h = 1; v = 0; h' = v; v' = -10; E: at (h < 0): v = -0.8*v, h = 0",
        "h = 1; h' = 0; E: at (h > 0), t0 = false: h = -1; F: at (h < 0), t0 = false: h = 1",
        "h = 1; h' = 0; n = 0; E: at 1e-14 after (n > -1), t0 = false: n = -2; F: at (n < 0): n = 0",
    ],
)
def test_events_without_end_are_a_status_with_a_reason_soon(text):
    begun = time.monotonic()
    solution = engine.compile(f"model m; {text}; end").solve(times=[0.01, 100])
    assert solution.status[0] == FLOOD
    assert "follow each other without end" in solution.reasons[0]
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("asked", ["at (x - 5) after (time > 1)", "at (time > 1), priority = ln(x - 5)"])
def test_a_delay_or_priority_that_means_nothing_is_named(asked):
    solution = engine.compile(f"model m; x = 1; x' = 0; Late: {asked}: x = 2; end").solve(times=[2])
    assert solution.status[0] == EVENT_UNDEFINED
    assert '"Late"' in solution.reasons[0]


def switch(draw, i):
    moment = draw(st.floats(0.2, 6).map(lambda v: round(v, 2)))
    trigger = draw(st.sampled_from([f"time > {moment}", f"x > {moment}", f"y < {moment / 4}", f"x - y > {moment / 3}"]))
    delay = draw(st.sampled_from(["", "0.37 after ", "2.11 after ", "(0.1 + x/9) after "]))
    flags = f"priority = {draw(st.sampled_from(['', '-']))}{i + 1}"
    flags += f", persistent = {draw(st.sampled_from(['true', 'false']))}"
    flags += f", fromTrigger = {draw(st.sampled_from(['true', 'false']))}"
    change = draw(st.sampled_from(["x = 0.5*x", "x = x + y, y = 0.2", "y = y + 1", "k = 1.3*k, x = 0.1"]))
    return f"E{i}: at {delay}({trigger}), {flags}: {change}, n{i} = n{i} + 1;"


@st.composite
def models(draw):
    events = " ".join(switch(draw, i) for i in range(draw(st.integers(1, 3))))
    return f"model m; x = 0.2; y = 1; k = 1; n0 = 0; n1 = 0; n2 = 0; x' = k - 0.1*x; y' = 0.3*x - 0.5*y; {events} end"


def by_roadrunner(model, times, outputs):
    roadrunner = pytest.importorskip("roadrunner")
    peer = roadrunner.RoadRunner(model.sbml)
    peer.integrator.relative_tolerance, peer.integrator.absolute_tolerance = 1e-10, 1e-13
    peer.integrator.maximum_time_step = 0.01  # it looks at triggers only at the ends of its steps
    peer.timeCourseSelections = list(outputs)
    return np.array(peer.simulate(times=[0.0, *times]))[1:]


@pytest.mark.peer
@settings(max_examples=12, deadline=None)
@given(models())
def test_random_events_agree_with_roadrunner(text):
    model, times = engine.compile(text), np.linspace(0, 10, 21) + 0.0137
    outputs = ["x", "y", "k", "n0", "n1", "n2"]
    ours = model.solve(times=times, rtol=1e-9, outputs=outputs)
    assert ours.complete, ours.reasons
    np.testing.assert_allclose(ours.y[0], by_roadrunner(model, times, outputs), rtol=1e-4, atol=1e-6, err_msg=text)
