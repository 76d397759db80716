"""The fuzzer of `benchmarks/fuzz.py`: its examples are good, a short run finds nothing, and it finds what is wrong."""

import os
import random
import time
from collections import Counter

import pytest
from tests.benchmark_files import benchmark_named

ROUNDS = 3  # inputs of each kind


@pytest.fixture(scope="module")
def fuzzer():
    return benchmark_named("fuzz")


def test_every_example_is_read_as_it_is(fuzzer, tmp_path):
    for kind, (make, read) in fuzzer.kinds().items():
        folder = tmp_path / kind.replace(" ", "-")
        folder.mkdir()
        if "." not in kind:  # tables with odd cells may be refused
            read(make(folder, random.Random(1)))


def test_a_short_run_finds_no_failure(fuzzer, tmp_path):
    outcomes = Counter()
    for number in range(ROUNDS * len(fuzzer.kinds())):
        folder = tmp_path / str(number)
        folder.mkdir()
        kind, outcome, reason = fuzzer.attempt(number, 2, [], folder)
        assert outcome != "failure", (number, kind, reason)
        outcomes[outcome] += 1
    assert min(outcomes["read"], outcomes["refused"]) > 10  # neither everything nor nothing is refused


def test_the_same_seed_and_number_give_the_same_input(fuzzer, tmp_path):
    written = []
    for name in "ab":
        (tmp_path / name).mkdir()
        fuzzer.attempt(5, 1, ["scenario"], tmp_path / name)
        written.append((tmp_path / name / "input.yaml").read_bytes())
    assert written[0] == written[1]


def endless(path):
    time.sleep(1000)


def crash(path):
    os._exit(11)


def wrong(path):
    raise KeyError("a mistake of ours")


def long(path):
    from lobule.errors import InputError

    raise InputError("x" * 5000)


@pytest.mark.parametrize(
    ("reader", "reason"),
    [(endless, "no end after"), (crash, "ended with code 11"), (wrong, "KeyError"), (long, "a message of 5000")],
)
def test_an_exception_a_crash_a_hang_and_a_long_message_are_failures_that_are_kept(
    fuzzer, monkeypatch, tmp_path, reader, reason
):
    def make(folder, chance):
        path = folder / "input.txt"
        path.write_text("text", encoding="utf-8")
        return path

    monkeypatch.setattr(fuzzer, "kinds", lambda: {"odd": (make, reader)})
    monkeypatch.setattr(fuzzer, "WARM", 0.5)
    monkeypatch.setattr(fuzzer, "warm_up", lambda: None)
    outcomes, failures = fuzzer.fuzz(range(2), 1, [], time.monotonic() + 60, 0.5, tmp_path / "kept")
    assert outcomes["odd", "failure"] == 2
    assert all(reason in failure for failure in failures)
    assert len(list((tmp_path / "kept").glob("*/input.txt"))) == 2
