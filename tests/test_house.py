"""The house stays in order: files and functions that one can read in a sitting, rooms with tests, lists that agree."""

import ast
import importlib
import pkgutil
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import lobule

SOURCE = Path(lobule.__file__).parent
TESTS = Path(__file__).parent
ROOMS = sorted(path.parent.relative_to(SOURCE) for path in SOURCE.rglob("__init__.py"))
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_LINE = 400, 60, 120
HALL = {"arguments", "bounds", "comparison", "errors", "optional", "progress", "quantities", "rows"}


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def functions(path):
    """{name: lines without its docstring} of a module."""
    for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
            told = ast.get_docstring(found, clean=False)
            yield found.name, found.end_lineno - found.lineno + 1 - (told.count("\n") + 1 if told else 0)


def test_a_module_is_read_in_a_sitting():
    length = {path.relative_to(SOURCE).as_posix(): len(lines(path)) for path in SOURCE.rglob("*.py")}
    assert len(length) > 150
    assert not {name: n for name, n in length.items() if n > LONGEST_FILE}


def test_a_function_fits_on_a_page():
    length = {(path.name, name): n for path in SOURCE.rglob("*.py") for name, n in functions(path)}
    assert len(length) > 1000
    assert not {name: n for name, n in length.items() if n > LONGEST_FUNCTION}


def test_an_equation_fits_on_a_line():
    found = [(path.name, number, line) for path in SOURCE.rglob("*.ant") for number, line in enumerate(lines(path), 1)]
    assert len(found) > 500
    assert not [where for where in found if len(where[2]) > LONGEST_LINE]


@pytest.mark.parametrize("room", sorted({room.parts[0] for room in ROOMS if room.parts}))
def test_a_room_has_tests_of_its_own(room):
    assert list((TESTS / room).rglob("test_*.py"))


def test_no_file_with_subject_matter_lies_in_the_hall():
    assert {path.stem for path in SOURCE.glob("*.py")} - {"__init__", "__main__"} <= HALL


@pytest.mark.parametrize("what", ["only_mutate", "pytest_add_cli_args_test_selection"])
def test_every_module_and_test_of_the_mutants_exists(what):
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert not [path for path in project["tool"]["mutmut"][what] if not list(TESTS.parent.glob(path))]


def test_the_lists_of_public_names_agree():
    assert sorted(lobule.__all__) == lobule.__all__
    assert set(lobule._HOMES) == set(lobule.__all__)
    assert set(lobule.__all__) <= set(dir(lobule))
    for public in lobule.__all__:
        assert getattr(lobule, public) is not None


@pytest.mark.parametrize("room", ROOMS[1:], ids=str)
def test_a_module_is_not_hidden_by_a_name_that_its_room_exports(room):
    package = importlib.import_module(".".join(("lobule", *room.parts)))
    for module in pkgutil.iter_modules(package.__path__):
        there = vars(package).get(module.name)
        assert there is None or isinstance(there, ModuleType), module.name
