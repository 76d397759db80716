"""CONTRIBUTING.md: what it names exists, and what it shows is read."""

import csv
import re
import shlex
from pathlib import Path

import pytest

from lobule.cli import app
from lobule.model.cargo import read_component
from lobule.model.causes import read_cause

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"\b(?:src|tests|docs|examples|benchmarks)/[\w./-]*\w/?", TEXT)))
CHANGES = re.findall(r"^## (.+)$", TEXT, flags=re.M)[1:]
ROWS = re.findall(r"```csv (\S+)\n(.*?)```", TEXT, flags=re.S)


@pytest.mark.parametrize("name", NAMED)
def test_every_file_that_is_named_exists_or_is_one_more_of_its_kind(name):
    path = ROOT / name
    assert path.exists() or any(path.parent.glob(f"*{path.suffix}")), name


def test_ten_changes_are_shown_each_with_its_test_and_what_shows_it():
    assert len(CHANGES) == 10
    for section in re.split(r"^## ", TEXT, flags=re.M)[-10:]:
        section = " ".join(section.split())
        assert re.search(r"tests?\b.*`tests/[\w/]+\.py`", section, flags=re.S | re.I), section[:30]
        assert "See it:" in section and "`src/lobule/" in section, section[:30]


@pytest.mark.parametrize(("table", "rows"), ROWS)
def test_a_row_that_is_shown_fits_the_header_of_its_table(table, rows):
    with (ROOT / table).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    for cells in csv.reader(rows.splitlines()):
        assert len(cells) == len(header), cells


@pytest.mark.parametrize(("kind", "read"), [("cause", read_cause), ("cargo", read_component)])
def test_a_file_that_is_shown_is_read(kind, read, tmp_path):
    (shown,) = re.findall(rf"```yaml {kind}\n(.*?)```", TEXT, flags=re.S)
    (tmp_path / f"{kind}.yaml").write_text(shown, encoding="utf-8")
    assert read(tmp_path / f"{kind}.yaml").title in shown


def test_every_command_and_every_target_of_make_exists():
    known = {command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    code = [word for quoted in re.findall(r"`([^`\n]+)`|^(.+)$", TEXT, flags=re.M) for word in quoted if word]
    asked = {shlex.split(line)[1] for line in code if line.startswith("lobule ")}
    assert asked and asked <= known
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)
    assert {line.split()[1] for line in code if line.startswith("make ")} <= set(targets)
