"""Which commands have a reading: every one that predicts an effect of a therapy, and no other."""

from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from lobule.cli import app
from lobule.errors import InputError

ROOT = Path(__file__).parents[2]
PREDICTS = {"run", "sensitivity", "cargo", "dose", "compare", "synergy", "group", "trial", "fit", "forecast",
            "validate", "assay", "batch", "spec", "comparability", "model check", "tissue"}  # fmt: skip
# Both readings always, or that of the folder; nobody is treated; or no effect is predicted
WITHOUT = {"demo", "credibility", "replay", "audit", "report", "biomarkers", "cohort", "score", "labs",
           "biodistribution", "process", "assay-validation", "sampling", "stability", "calibrate", "evidence", "schema",
           "products",
           "products show", "model show",
           "model diagram", "model export", "petab export", "petab import",
           "benchmark patients", "studio"}  # fmt: skip
SCENARIO = str(ROOT / "examples" / "mouse_ccl4_exosome.yaml")
OTHER = str(ROOT / "examples" / "mouse_cells_and_ev.yaml")


def commands(group=None, before=""):
    for name, command in (group or get_command(app)).commands.items():
        inside = getattr(command, "commands", None)
        if inside is None or name == "products":
            yield f"{before}{name}", command
        if inside is not None:
            yield from commands(command, f"{name} ")


def test_every_command_that_predicts_an_effect_has_a_reading_and_no_other():
    found = dict(commands())
    assert set(found) == PREDICTS | WITHOUT, "a new command: does it predict an effect of a therapy?"
    having = {name for name, one in found.items() if any(param.name == "reading" for param in one.params)}
    assert having == PREDICTS


@pytest.mark.parametrize(
    "arguments",
    [["run", SCENARIO], ["dose", SCENARIO], ["cargo", SCENARIO], ["group", SCENARIO], ["compare", SCENARIO, OTHER],
     ["trial", "uc-msc-hbv-cirrhosis"], ["validate"], ["sensitivity", SCENARIO, "--effect"]],
)  # fmt: skip
def test_another_word_is_refused_before_any_work(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*arguments, "--reading", "publish"])
    assert isinstance(result.exception, InputError)
    assert str(result.exception).startswith('no reading "publish". Did you mean "published"?')
    assert not list(tmp_path.rglob("*.csv"))


def test_the_docs_tell_of_each_command_whether_it_has_a_reading():
    page = (ROOT / "docs" / "therapy.md").read_text(encoding="utf-8")
    part = page.partition("## Two readings")[2].partition("\n## ")[0]
    for name in PREDICTS - {"sensitivity"} | {"replay", "report", "biomarkers", "cohort", "score"}:
        assert f"`{name}`" in part, name
    assert "`sensitivity --effect`" in part


def test_a_scenario_with_another_word_is_told_with_its_line(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("subject: {species: mouse}\nuntil: 1 d\nreading: count\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["run", str(path), "-o", str(tmp_path / "out")])
    assert isinstance(result.exception, InputError)
    assert "s.yaml, line 3, reading: no reading" in str(result.exception)
