"""Each command hands its answer to one printer and one saver; the words it asks with are those of its function."""

import ast
import inspect
import json
from importlib import import_module
from pathlib import Path

import pytest
import typer
from tests.answers.toys import answer

import lobule.cli
from lobule.cli import show
from lobule.errors import InputError

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
