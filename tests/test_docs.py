"""Every example in the docs runs; every doctest holds; every command and field that the docs name exists."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import lobule
from lobule.cli import app
from lobule.files.scenario import read_scenario
from lobule.model.assemble import FOLDER, FRAGMENTS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [m.name for m in pkgutil.walk_packages(lobule.__path__, "lobule.") if not m.name.endswith("__main__")]


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.S)


@pytest.mark.parametrize("name", MODULES)
def test_doctests_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks(page, "python"):
        exec(compile(block, page.name, "exec"), names)


def test_files_that_the_comments_of_examples_name_are_there():
    named = {
        (path.name, word)
        for path in (ROOT / "examples").rglob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")
        for word in re.findall(r"examples/[\w/.*]*\w", line)
    }  # fmt: skip
    assert named
    assert [one for one in named if not list(ROOT.glob(one[1]))] == []


def test_yaml_example_is_a_scenario(tmp_path):
    whole, patient = blocks(ROOT / "docs" / "scenario.md", "yaml")
    path = tmp_path / "example.yaml"
    path.write_text(whole, encoding="utf-8")
    assert read_scenario(path).study == "li2013"
    path.write_text(patient, encoding="utf-8")
    assert read_scenario(path).who().history_days == 25 * 365.25


def test_the_design_of_the_docs_is_the_example_and_whole():
    from lobule.files.design_file import read_design

    (shown,) = blocks(ROOT / "docs" / "trials.md", "yaml")
    assert shown == (ROOT / "examples" / "trials" / "msc_hbv.yaml").read_text(encoding="utf-8")
    assert read_design(ROOT / "examples" / "trials" / "msc_hbv.yaml").primary.how == "mmrm"


def test_the_assay_of_the_docs_is_one(tmp_path):
    from lobule.quality.assay import assay

    (shown,) = blocks(ROOT / "docs" / "quality.md", "yaml")
    path = tmp_path / "assay.yaml"
    path.write_text(shown, encoding="utf-8")
    assert set(assay(path, members=0).ec50) == {"reference", "half as potent", "without miR-223"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_in_the_docs_exist(page):
    known = {command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    shown = re.findall(r"(?:^|`|bin/)lobule ([a-z]+)", page.read_text(encoding="utf-8"), flags=re.M)
    assert set(shown) <= known
    assert shown or page.name in ("causes.md", "engine.md", "house.md", "looked_at.md", "model.md", "testing.md")


def test_readme_says_which_file_holds_the_m1_to_m2_equation():
    assert "macrophage_polarisation.ant" in (ROOT / "README.md").read_text(encoding="utf-8")
    text = (FOLDER / "fragments" / "macrophage_polarisation.ant").read_text(encoding="utf-8")
    assert re.search(r"switch_to_restorative: inflammatory_macrophages => restorative_macrophages;", text)


def test_the_models_page_names_every_fragment():
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    for fragment in FRAGMENTS:
        assert f"`{fragment}`" in page or fragment in ("functions", "compartments")


def test_public_names_are_documented():
    for name in lobule.__all__:
        assert getattr(lobule, name).__doc__, name


def test_the_page_of_tests_names_tests_that_exist():
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", page)
    assert len(named) > 50
    gone = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / "tests" / file).is_file()
        or f"def {test}(" not in (ROOT / "tests" / file).read_text(encoding="utf-8")
    ]
    assert not gone
