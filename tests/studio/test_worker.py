"""One worker: twins before bands, the newest wish of a page, turns between pages, runs that are kept."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.studio.ready import ready
from lobule.studio.worker import Worker


def run_of(n_bytes):
    return SimpleNamespace(datasets=lambda: {"timecourse": SimpleNamespace(nbytes=n_bytes)})


class Toy:
    """In place of the simulation: notes what is asked, and waits until it may go on."""

    def __init__(self, n_bytes=1):
        self.asked, self.go, self.n_bytes = [], threading.Semaphore(0), n_bytes

    def __call__(self, scenario, outputs):
        return SimpleNamespace(run=lambda members: self.run(scenario, members))

    def run(self, scenario, members):
        assert self.go.acquire(timeout=5)
        self.asked.append((scenario.until, members))
        return run_of(self.n_bytes)


def state(days):
    return ready().having((("until",), f"{days} d"))


def collected(worker, *wishes):
    """What is told of wishes (owner, state), when all is whole that is not dropped."""
    found, done = [], threading.Event()
    for owner, one in wishes:
        worker.ask(owner, one, ("alt",), lambda told, owner=owner: (found.append((owner, told)), done.set()))
    return found


def until(condition):
    waited = threading.Event()
    for _ in range(500):
        if condition():
            return
        waited.wait(0.01)
    raise AssertionError("it did not happen")


def test_twins_of_all_come_before_the_band_of_anybody():
    toy = Toy()
    worker = Worker(toy, members=32)
    found = collected(worker, ("a", state(60)), ("b", state(61)))
    toy.go.release(4)
    until(lambda: len(found) == 4)
    assert [members for _, members in toy.asked] == [0, 0, 32, 32]
    assert [(owner, told.whole) for owner, told in found] == [("a", False), ("b", False), ("a", True), ("b", True)]


def test_what_a_page_asked_before_is_dropped():
    toy = Toy()
    worker = Worker(toy, members=0)
    found = collected(worker, *(("a", state(days)) for days in range(60, 80)))
    toy.go.release(20)
    until(lambda: found and found[-1][1].state.get("until") == "79 d")
    assert len(toy.asked) <= 2


def test_a_page_that_moves_without_end_does_not_keep_others_waiting():
    toy = Toy()
    worker = Worker(toy, members=0)
    found = collected(worker, ("a", state(60)), ("a", state(61)), ("b", state(70)), ("a", state(62)), ("a", state(63)))
    toy.go.release(9)
    until(lambda: {owner for owner, _ in found} == {"a", "b"})
    assert [until for until, _ in toy.asked].index("70 d") <= 2


def test_a_run_that_was_made_is_not_made_again_while_it_is_kept():
    toy = Toy(n_bytes=10)
    worker = Worker(toy, most_bytes=25, members=0)
    toy.go.release(9)
    for days in (60, 60, 61, 62, 60):
        found = collected(worker, ("a", state(days)))
        until(lambda found=found: found)
    assert [until for until, _ in toy.asked] == ["60 d", "61 d", "62 d", "60 d"]
    assert worker.kept_bytes <= 25


def test_what_is_wrong_is_told_and_the_worker_goes_on():
    def solve(scenario, outputs):
        raise InputError("no dose", ["dose"]) if scenario.until == "60 d" else ZeroDivisionError

    worker = Worker(solve, members=0)
    found = collected(worker, ("a", state(60)), ("b", state(61)))
    until(lambda: len(found) == 2)
    assert str(found[0][1].error) == "no dose"
    assert "fault of lobule" in str(found[1][1].error)
    assert all(told.whole for _, told in found)


@pytest.mark.science
def test_a_page_shows_the_numbers_of_the_command_bit_for_bit(tmp_path):
    from lobule.answers.run import run
    from lobule.simulation.run import Run
    from lobule.studio.panels import asked

    path = tmp_path / "scenario.yaml"
    path.write_text(ready().yaml(), encoding="utf-8")
    run(path, members=8).save(tmp_path / "out")
    kept = Run.open(tmp_path / "out")
    found = []
    Worker(members=8).ask("a", ready(), asked("mouse"), found.append)
    until(lambda: found and found[-1].whole)
    shown = found[-1].run
    for name in shown.data:
        assert np.array_equal(shown.data[name], kept.data[name], equal_nan=True)
        assert np.array_equal(shown.control[name], kept.control[name], equal_nan=True)
    shared = [name for name in kept.band if name in shown.band]
    assert len(shared) > 20
    for name in shared:
        assert np.array_equal(shown.band[name], kept.band[name], equal_nan=True), name


def test_a_page_that_breaks_while_it_is_told_takes_nobody_else_with_it(capsys):
    toy = Toy()
    worker, found = Worker(toy, members=0), []

    def breaks(told):
        raise RuntimeError("the page has gone")

    worker.ask("a", state(60), ("alt",), breaks)
    worker.ask("b", state(61), ("alt",), found.append)
    toy.go.release(2)
    until(lambda: found)
    assert "the page has gone" in capsys.readouterr().err


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(60, 65), st.booleans()), min_size=1, max_size=12,
    )
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_nobody_is_told_of_what_another_asked_and_everybody_of_their_last_wish(wishes):
    """Whatever pages ask, in whatever order, of runs or of other work: each is told of its own, and of its last one."""

    def prepared(scenario, outputs):
        return SimpleNamespace(run=lambda members: SimpleNamespace(of=scenario.until, datasets=dict))

    worker, told, last = Worker(prepared, members=2), [], {}
    for owner, days, other in wishes:
        one = f"{days} d"
        last[owner] = one, other
        if other:
            worker.do(owner, ("do", one), lambda one=one: SimpleNamespace(of=one, datasets=dict),
                      lambda found, owner=owner: told.append((owner, found.value.of, True, True)))  # fmt: skip
        else:
            worker.ask(owner, state(days), ("alt",), lambda what, owner=owner: told.append(
                (owner, what.run.of, what.whole, what.state.get("until") == what.run.of)))  # fmt: skip
    until(lambda: all(any((who, of, whole) == (owner, one, True) for who, of, whole, _ in told)
                      for owner, (one, _) in last.items()))  # fmt: skip
    asked = {(owner, f"{days} d") for owner, days, _ in wishes}
    assert {(owner, of) for owner, of, _, _ in told} <= asked
    assert all(alike for *_, alike in told)
