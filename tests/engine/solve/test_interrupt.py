"""Ctrl-C stops a long solve."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from lobule import engine

LONG = engine.compile("model o; x = 1; v = 0; x' = v; v' = -k*x; k = 1; end")


@pytest.fixture
def interruptible():
    """A shell in the background hands its children an ignored interrupt; Python then never raises KeyboardInterrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def solve_for_minutes(**asked):
    LONG.solve({"k": np.linspace(0.9, 1.1, 4000)}, times=[1e4], rtol=1e-11, **asked)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_interrupt_ends_a_long_solve_within_seconds_and_leaves_no_thread(threads, tmp_path, interruptible):
    LONG.solve(times=[1])
    before, sent = threading.active_count(), []

    def press():
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.5, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        solve_for_minutes(threads=threads, into=tmp_path / "y.npy")
    assert time.monotonic() - sent[0] < 5  # a second on a machine with nothing else to do
    timer.join()
    assert threading.active_count() == before
    assert list(tmp_path.iterdir()) == []


def test_a_solve_after_an_interrupted_one_is_right():
    assert LONG.solve(times=[1], rtol=1e-9)["x"][0, 0] == pytest.approx(np.cos(1), rel=1e-7)
