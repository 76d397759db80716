"""The list of commands of the README, typed from top to bottom, never writes over an earlier result."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lobule.cli import app, places

ROOT = Path(__file__).parents[2]
WRITES_NOTHING = {
    "--help",
    "replay",
    "audit",
    "check",
    "evidence",
    "model",
    "products",
    "synergy",
    "biodistribution",
    "biomarkers",
}


class Begun(Exception):
    """The work would begin here."""


def commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"^\.venv/bin/lobule (.+)$", text, flags=re.M):
        yield shlex.split(line, comments=True)


@pytest.fixture
def place_of(monkeypatch):
    """Where a command would write: nothing is checked, and the work does not begin."""

    def found(path):
        raise Begun(str(path))

    monkeypatch.setattr(places, "check_place", lambda path, kind, endings=(): found(path))
    monkeypatch.chdir(ROOT)

    def place(arguments):
        files = [one for a in arguments for one in (sorted(map(str, Path().glob(a))) if "*" in a else [a])]
        begun = CliRunner().invoke(app, files).exception
        assert isinstance(begun, Begun), (arguments, begun)
        return str(begun)

    return place


def test_every_command_of_the_readme_writes_to_a_place_of_its_own(place_of):
    writing = [c for c in commands() if not WRITES_NOTHING & set(c)]
    assert len(writing) > 12
    seen = [place_of(c) for c in writing]
    assert len(set(seen)) == len(seen), seen
    assert "results/run-mouse_ccl4_exosome" in seen
    assert "results/run-patient_hbv" in seen
