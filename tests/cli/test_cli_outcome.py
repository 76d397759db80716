"""Exit codes and the sentence that goes with each; standard streams that are full, closed or no terminal."""

import gc
import os
import subprocess
import sys
import warnings

import pytest

from lobule.cli import outcome
from lobule.cli.outcome import FAULT, MISTAKE, STOPPED, ended
from lobule.errors import InputError, LobuleWarning

PYTHON = [sys.executable, "-m", "lobule"]


def fails(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda: None, 0),
        (fails(SystemExit(1)), 1),
        (fails(SystemExit(None)), 0),
        (fails(InputError("no such dose")), MISTAKE),
        (fails(KeyboardInterrupt()), STOPPED),
        (fails(KeyError("parameter")), FAULT),
        (fails(FileNotFoundError(2, "No such file or directory", "table.csv")), FAULT),
    ],
)
def test_each_end_has_its_exit_code(work, code):
    assert ended(work) == code


def test_a_command_seldom_looks_for_garbage(monkeypatch):
    usual, found = gc.get_threshold(), []
    monkeypatch.setattr(outcome, "_commands", lambda: found.append(gc.get_threshold()[0]))
    monkeypatch.setattr(outcome, "without_other_arrays", lambda: None)
    try:
        with pytest.raises(SystemExit):
            outcome.main()
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
    assert found == [outcome.OBJECTS]
    assert gc.isenabled()


def test_a_users_mistake_is_one_line_without_a_traceback(capsys):
    ended(fails(InputError("no such dose")))
    assert capsys.readouterr().err == "lobule: no such dose\n"


def test_a_fault_of_lobule_says_so_with_what_to_report(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lobule", "dose", "my mouse.yaml"])
    ended(fails(ZeroDivisionError("float division")))
    said = capsys.readouterr().err
    for text in ("internal error", "ZeroDivisionError", "test_cli_outcome.py, line", "float division",
                 "lobule --traceback dose 'my mouse.yaml'", "lobule 0.", "Python 3."):  # fmt: skip
        assert text in said
    assert "Traceback" not in said


def test_the_traceback_is_printed_where_it_is_asked_for(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lobule", "--traceback", "dose"])
    ended(fails(ZeroDivisionError("float division")))
    assert "Traceback" in capsys.readouterr().err


def test_a_warning_of_lobule_is_a_sentence_and_others_stay_what_they_are(capsys):
    def work():
        warnings.warn("the picture could not be drawn", LobuleWarning, stacklevel=1)
        warnings.warn("of a library", UserWarning, stacklevel=1)

    with pytest.warns(UserWarning) as seen:
        assert ended(work) == 0
    assert capsys.readouterr().err == "lobule: the picture could not be drawn\n"
    assert [str(one.message) for one in seen] == ["of a library"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full device")
@pytest.mark.parametrize("command", ["--version", "--help", "schema", "products"])
def test_a_full_standard_output_is_one_sentence(command):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([*PYTHON, command], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == MISTAKE
    assert done.stderr.startswith("lobule: cannot write to standard output: No space left on device")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_changes_nothing(closed, tmp_path):
    command = f'exec "$@" {closed}'
    done = subprocess.run(["sh", "-c", command, "sh", *PYTHON, "schema"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == ""


def test_somebody_who_reads_only_the_first_line_sees_no_error():
    done = subprocess.run(["sh", "-c", f"{sys.executable} -m lobule schema | head -1"], capture_output=True, text=True)
    assert done.stdout == "{\n"
    assert done.stderr == ""


def test_a_working_folder_that_is_gone_is_one_sentence(tmp_path):
    gone = tmp_path / "gone"
    command = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    gone.mkdir()
    done = subprocess.run(["sh", "-c", command, "sh", gone, *PYTHON, "products"], capture_output=True, text=True)
    assert done.returncode == MISTAKE
    assert done.stderr == "lobule: the working folder is gone; go to another one\n"


def test_a_name_that_no_encoding_has_is_printed_all_the_same(tmp_path):
    name = os.fsencode(tmp_path) + b"/m\xffuse.yaml"
    done = subprocess.run([*PYTHON, "run", name], capture_output=True)
    assert done.returncode == MISTAKE
    assert done.stderr.count(b"\n") == 1


def test_no_command_greets_and_the_version_is_told():
    bare = subprocess.run(PYTHON, capture_output=True, text=True)
    assert bare.returncode == 0
    assert len(bare.stdout.splitlines()) == 5
    assert "lobule --help" in bare.stdout
    version = subprocess.run([*PYTHON, "--version"], capture_output=True, text=True)
    assert version.stdout.startswith("lobule 0.")
