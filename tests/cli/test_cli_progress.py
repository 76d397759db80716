"""Progress goes to standard error: lines now and then in a log, nothing at all where the work is short."""

import io
import json
import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from lobule.cli.progress import State, shown
from lobule.progress import listening, say


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_gets_a_line_now_and_then_with_what_is_done_and_left(capsys):
    log = io.StringIO()
    with shown(log, every=0.05):
        for done in range(4):
            say("draws", done, 8)
            time.sleep(0.04)
    lines = log.getvalue().splitlines()
    assert 2 <= len(lines) <= 4
    assert all(line.startswith("lobule: 0 s: draws, ") for line in lines)
    assert "of 8, about" in lines[-1]
    assert lines[-1].endswith("left")
    assert capsys.readouterr().out == ""


def test_a_long_step_that_says_nothing_is_seen_to_live():
    log = io.StringIO()
    with shown(log, every=0.03):
        time.sleep(0.1)
    assert log.getvalue().startswith("lobule: 0 s: working\n")


def test_short_work_shows_nothing():
    for stream in (io.StringIO(), Terminal()):
        with shown(stream):
            say("draws", 1, 2)
        assert stream.getvalue() == ""


def test_the_bar_of_a_terminal_vanishes_with_the_work(monkeypatch, capsys):
    monkeypatch.setattr("lobule.cli.progress.SOON", 0.0)
    terminal = Terminal()
    with shown(terminal):
        for done in range(3):
            say("[bold]draws", done, 8)
            time.sleep(0.3)
    assert "[bold]draws" in terminal.getvalue()
    assert "2/8" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_a_log_that_nobody_reads_any_more_stops_no_work():
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    with shown(Broken(), every=0.01):
        time.sleep(0.05)


def test_no_thread_stays_when_the_work_fails():
    before = threading.active_count()
    try:
        with shown(io.StringIO()):
            raise KeyError("fault")
    except KeyError:
        pass
    assert threading.active_count() == before


def test_nobody_listens_after_the_block():
    heard = []
    with listening(lambda *what: heard.append(what)):
        say("draws", 1, 2)
    say("draws", 2, 2)
    assert heard == [("draws", 1, 2)]


@given(st.integers(0, 10**9), st.none() | st.integers(0, 10**9), st.floats(0, 1e7))
def test_every_state_is_one_line(done, total, now):
    state = State("draws", done, total, 0.0, 0.0)
    assert "\n" not in state.line(now)
    left = state.left(now)
    assert left is None or left >= 0


def test_a_program_reads_progress_from_a_file_that_it_names(monkeypatch, tmp_path):
    file = tmp_path / "progress.json"
    monkeypatch.setenv("LOBULE_PROGRESS", str(file))
    monkeypatch.setattr("lobule.cli.progress.OFTEN", 0.02)
    with shown(io.StringIO()):
        say("draws", 2, 8)
        end = time.monotonic() + 5
        while not (file.exists() and json.loads(file.read_text())["done"] == 2) and time.monotonic() < end:
            time.sleep(0.01)
        assert json.loads(file.read_text())["step"] == "draws"
        say("tables and report")
    assert json.loads(file.read_text()) == {"step": "tables and report", "done": 0, "total": None, "left_s": None}


def test_a_progress_file_that_cannot_be_written_stops_no_work(monkeypatch, tmp_path):
    monkeypatch.setenv("LOBULE_PROGRESS", str(tmp_path))
    with shown(io.StringIO()):
        say("draws", 2, 8)
