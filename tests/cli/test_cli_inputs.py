"""A file that is none of what a command reads is one sentence and exit code 2, whatever the command and the file."""

import pytest
from typer.testing import CliRunner

from lobule.cli import app
from lobule.errors import LobuleError

COMMANDS = [
    "run {}", "sensitivity {}", "cargo {}", "cargo {} {}", "dose {}", "compare {} {}", "synergy {}", "group {}",
    "biodistribution {}", "cohort {}", "score {}", "trial {}", "biomarkers {}", "assay {}", "batch {}",
    "batch {} --check-reporting", "spec {}", "process {}", "comparability {} {}", "stability {}",
    "assay-validation {}", "assay {} --criteria {}",
    "fit {} --etiology hbv", "fit {} --animal {}", "validate --studies {}", "validate --trials {}",
    "validate --contrasts {}", "assay --studies --table {}", "petab export {} --etiology hbv --years 3",
    "petab import {}", "model export m.xml --scenario {}", "products show {}", "replay {}", "schema {}", "evidence {}",
    "model show {}",
]  # fmt: skip
FILES = {
    "nothing.yaml": None,
    "folder.yaml": "folder",
    "empty.yaml": b"",
    "empty.csv": b"",
    "binary.yaml": bytes(range(256)),
    "binary.csv": bytes(range(256)),
    "binary.xlsx": b"PK\x03\x04" + bytes(range(256)),
    "binary.parquet": b"PAR1" + bytes(range(256)),
    "list.yaml": b"[1, 2]\n",
    "wrong.yaml": b"subject: {species: dragon}\nuntil: soon\n",
    "latin.csv": "Straße;größe\n1;2\n".encode("latin-1"),
    "header.csv": b"a,b,c\n",
    "line\nbreak.yaml": None,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    here = tmp_path_factory.mktemp("inputs")
    for name, content in FILES.items():
        if content == "folder":
            (here / name).mkdir()
        elif content is not None:
            (here / name).write_bytes(content)
    return here


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_none_of_its_kind_is_one_sentence(command, folder, monkeypatch):
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    for name in FILES:
        arguments = [part.format(name) for part in command.split()]
        done = CliRunner().invoke(app, arguments)
        assert isinstance(done.exception, LobuleError | SystemExit), (name, done.exception)
        if isinstance(done.exception, LobuleError):
            assert len(str(done.exception).splitlines()) == 1, (name, str(done.exception))
        else:
            assert done.exit_code == 2, name
        assert sorted(folder.rglob("*")) == before, name
