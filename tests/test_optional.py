"""Packages that only some questions need are asked for before the work, with a command that installs them here."""

import json
import subprocess
import sys
import tomllib
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from lobule import optional
from lobule.cli import app
from lobule.errors import NotInstalled
from lobule.optional import install_command, needs, without_other_arrays


def test_everything_that_is_missing_is_named_at_once(monkeypatch):
    for name in ("arviz", "petab"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(NotInstalled, match=r"this needs petab and arviz: .*\[calibrate\]"):
        needs("petab", "arviz", "json", extra="calibrate")


def test_what_is_there_is_given(monkeypatch):
    assert needs("json", "importlib.metadata", extra="test") == (json, metadata)


def test_a_command_imports_no_other_arrays_than_numpys_until_something_optional_is_asked_for(monkeypatch):
    for name in ("cupy", "dask", "pint"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    already = ModuleType("sparse")
    monkeypatch.setitem(sys.modules, "sparse", already)
    without_other_arrays()
    with pytest.raises(ImportError):
        import_module("dask")
    assert sys.modules["sparse"] is already
    needs("json", extra="test")
    assert not {"cupy", "dask", "pint"} & sys.modules.keys()


@pytest.mark.parametrize(
    ("command", "module", "extra"),
    [
        (["calibrate"], "arviz", "calibrate"),
        (["petab", "import", "problem.yaml"], "petab.v1", "petab"),
        (["petab", "export", "labs.csv", "--etiology", "hbv", "--years", "3"], "petab.v1", "petab"),
        (["trial", "uc-msc-hbv-cirrhosis", "--cluster", "dask://host:1"], "distributed", "cluster"),
        (["run", "mouse.yaml", "--engine", "roadrunner"], "roadrunner", "peers"),
        (["trial", "uc-msc-hbv-cirrhosis"], "statsmodels", "trial"),
        (["trial", "uc-msc-hbv-cirrhosis"], "pyarrow", "trial"),
        (["biomarkers", "trial"], "pyarrow", "trial"),
        (["cohort", "cohort.yaml", "-o", "cohort.parquet"], "pyarrow", "tables"),
    ],
)
def test_a_command_asks_before_it_reads_or_computes_anything(command, module, extra, tmp_path, monkeypatch):
    def work(*_args, **_more):
        raise AssertionError("the work began")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("lobule.calibrate.calibration.calibration_objective", work)
    monkeypatch.setattr("lobule.trial.trial.Trial.run", work)
    refused = CliRunner().invoke(app, command).exception
    assert isinstance(refused, NotInstalled)
    assert f"this needs {module.partition('.')[0]}: " in str(refused)
    assert f"[{extra}]" in str(refused)
    assert not list(tmp_path.iterdir())


HOUSE = Path(__file__).parent.parent
OPTIONAL = (
    "arviz",
    "distributed",
    "openpyxl",
    "optuna",
    "petab",
    "pyarrow",
    "SALib",
    "sklearn",
    "sksurv",
    "statsmodels",
)


def test_the_core_needs_none_of_the_extras(tmp_path):
    """Every module is imported, and labs are scored, where no extra is installed."""
    told = f"""
import importlib, pkgutil, sys
sys.modules |= dict.fromkeys({OPTIONAL})
import lobule
for module in pkgutil.walk_packages(lobule.__path__, "lobule."):
    if not module.name.endswith(("__main__", "cuda", "card")):
        importlib.import_module(module.name)
from lobule.cli import main
sys.argv = ["lobule", "score", {str(HOUSE / "examples" / "labs.csv")!r}, "-o", "scores.csv"]
main()
"""
    done = subprocess.run([sys.executable, "-c", told], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "scores.csv").is_file()


def test_all_holds_every_extra_that_a_command_of_users_needs():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert extras["all"] == ["lobule[explore,trial,quality,tables]"]
    core = {line.partition(">")[0] for line in project["dependencies"]}
    more = {line.partition(">")[0] for name in ("explore", "trial", "quality", "tables") for line in extras[name]}
    assert not core & more


class Installed:
    """A distribution as pip records it."""

    def __init__(self, told):
        self.told = told

    def read_text(self, name):
        return self.told if name == "direct_url.json" else None


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('{"url": "file:///home/me/my%20clone", "dir_info": {"editable": true}}',
         "cd '/home/me/my clone' && .venv/bin/pip install -e \".[petab]\""),
        ('{"url": "file:///home/me/my%20clone", "dir_info": {}}', '/pip\' install "lobule[petab]"'),
        (None, '/pip\' install "lobule[petab]"'),
    ],
)  # fmt: skip
def test_the_advice_fits_the_installation(monkeypatch, told, said):
    monkeypatch.setattr(optional.metadata, "distribution", lambda _name: Installed(told))
    monkeypatch.setattr(sys, "prefix", str(Path("/home/me/my clone/.venv")))
    monkeypatch.setattr(sys, "platform", "linux")
    assert install_command("petab").endswith(said)
