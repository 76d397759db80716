"""Each command hands its answer to one printer and one saver; the words it asks with are those of its function."""

import ast
import inspect
import json
from importlib import import_module
from pathlib import Path

import pytest
import typer
from tests.answers.toys import answer
from typer.testing import CliRunner

import lobule.cli
from lobule.answers.content import Beside
from lobule.answers.record import record_of
from lobule.cli import app, show
from lobule.errors import InputError
from lobule.keeping import origin, write_text
from lobule.keeping.results import standing

CLI = Path(lobule.cli.__file__).parent


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_text_is_printed_with_the_place_of_the_results(here, capsys):
    show.answered(answer, "dose", out=Path("out"), formats=None, json=False)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "what a terminal shows"
    assert printed[1] == "Results: out/ (README.txt says what is what)"
    assert "not for diagnosing" in printed[2]
    assert (here / "out" / "dosing.csv").exists()


def test_json_is_what_a_program_reads_with_the_place(here, capsys):
    show.answered(answer, "dose", out=None, formats="svg", json=True)
    assert json.loads(capsys.readouterr().out) == {"rows": 2, "folder": "results/dose"}
    assert (here / "results" / "dose" / "dosing.svg").exists()


def test_nothing_is_asked_where_the_place_or_the_format_is_wrong(here):
    def never():
        raise AssertionError("the work began")

    with pytest.raises(InputError):
        show.answered(never, "dose", out=Path("out"), formats="gif", json=False)
    with pytest.raises(lobule.errors.ResultsError):
        show.answered(never, "dose", out=Path(), formats=None, json=False)


def test_an_answer_that_is_no_ends_with_exit_code_1(capsys):
    with pytest.raises(typer.Exit) as end:
        show.told(lambda: answer(agrees=False), json=False)
    assert end.value.exit_code == 1
    assert capsys.readouterr().out == "what a terminal shows\n"


def scores(out=None):
    path = write_text(out, "meld\n12\n")
    return answer(files={"scores.csv": Beside(standing(path), "scores", path)}, main="scores.csv", tables={},
                  data={"file": "scores.csv", "picture": "dosing.png"}, record=record_of("score"))  # fmt: skip


def test_a_file_without_a_name_has_a_folder_of_its_own(here, capsys):
    write_text(Path("a.csv"), "x\n1\n")
    for _ in range(2):
        show.in_file(scores, "score", "scores.csv", "a.csv", out=None, json=True, streams=True)
        data = json.loads(capsys.readouterr().out)
        assert data == {"file": "results/score-a/scores.csv", "picture": "results/score-a/dosing.png"}
    folder = here / "results" / "score-a"
    assert {path.name for path in folder.iterdir()} == {"README.txt", "run.json", "scores.csv", "dosing.png"}
    assert origin(folder) == ["../../a.csv"]
    assert [path.name for path in folder.parent.iterdir()] == ["score-a"]


def test_a_file_with_a_name_is_written_alone_with_its_picture(here, capsys):
    show.in_file(scores, "score", "scores.csv", "a.csv", out=Path("mine.csv"), json=True, streams=True)
    assert json.loads(capsys.readouterr().out) == {"file": "mine.csv", "picture": "mine-dosing.png"}
    assert {path.name for path in here.iterdir()} == {"mine.csv", "mine-dosing.png"}


def test_work_that_fails_leaves_nothing(here):
    def fails(out):
        write_text(out, "half")
        raise InputError("no score can be computed")

    with pytest.raises(InputError):
        show.in_file(fails, "score", "scores.csv", "a.csv", out=None, json=False, streams=True)
    assert not list(here.iterdir())


def test_a_trial_that_is_stopped_says_where_it_goes_on(here, capsys):
    def stopped(place):
        place("hbv", False)
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as end:
        show.going_on(stopped, None, json=False)
    assert end.value.exit_code == 130
    assert "what is done stays in results/trial-hbv" in capsys.readouterr().err


def test_lobule_alone_greets_in_five_lines_with_three_commands():
    printed = CliRunner().invoke(app, []).output.splitlines()
    assert len(printed) == 5
    tried = [line.split()[1] for line in printed if line.startswith("  lobule ")]
    assert tried == ["demo", "products", "run"]
    assert all(len(line) <= 100 for line in printed)


def asked():
    """(question, call) of every call of `ask` in the commands."""
    for path in sorted(CLI.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ask":
                first = node.args[0]
                for one in [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]:
                    yield pytest.param(one.value, node, id=f"{path.name}:{node.lineno}:{one.value}")


@pytest.mark.parametrize(("question", "call"), list(asked()))
def test_a_command_asks_with_the_words_of_its_answer(question, call):
    module, _, name = question.partition(".")
    function = getattr(import_module(f"lobule.answers.{module}"), name or module)
    parameters = inspect.signature(function).parameters
    names = {keyword.arg for keyword in call.keywords}
    assert names <= set(parameters)
    wanted = [p for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
    starred = any(isinstance(one, ast.Starred) for one in call.args)
    assert starred or len(call.args) - 1 >= len(wanted)
