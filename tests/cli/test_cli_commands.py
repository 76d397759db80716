"""The commands as a user types them, in a process of their own where that matters."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from lobule.cli import app, main

SHORT = """subject:
  species: mouse
  injury: {cause: ccl4, dose: 1 mL/kg}
plan: {product: uc-msc-ev, dose: 10 ug, start: 1 d}
until: 3 d
"""


def lobule(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "lobule", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "short.yaml"
    path.write_text(SHORT, encoding="utf-8")
    return path


def test_run_writes_results_and_prints_where(scenario, tmp_path):
    result = CliRunner().invoke(app, ["run", str(scenario), "-o", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert (tmp_path / "out" / "figure.png").stat().st_size > 10_000
    assert f"{tmp_path / 'out'}/" in result.output
    assert "Copy budget" in result.output
    assert "not for diagnosing" in result.output


def test_run_prints_json_that_a_program_can_read(scenario, tmp_path):
    result = CliRunner().invoke(app, ["run", str(scenario), "-o", str(tmp_path / "out"), "--json"])
    data = json.loads(result.stdout)
    assert {row["output"] for row in data["summary"]} >= {"albumin", "alt", "tnf_alpha"}
    assert data["comparison"] is None


def test_an_untreated_scenario_runs_too(tmp_path):
    path = tmp_path / "untreated.yaml"
    path.write_text("subject: {species: mouse}\nuntil: 2 d\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["run", str(path), "-o", str(tmp_path / "out"), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["copy_budget"] is None


def test_a_users_mistake_is_one_sentence_and_exit_code_2(scenario, tmp_path):
    scenario.write_text(SHORT.replace("ccl4", "ccl5"), encoding="utf-8")
    result = lobule("run", scenario, "-o", tmp_path / "out")
    assert result.returncode == 2
    wanted = 'lobule: short.yaml, line 3, subject.injury.cause: no cause or injury "ccl5". Did you mean "ccl4"? Known: '
    assert result.stderr.startswith(wanted)
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


LABS = "sex,bilirubin_mg_per_dL,albumin_g_per_dL,inr,creatinine_mg_per_dL,sodium_mmol_per_L\nf,2,3.1,1.4,1,137\n"


def test_scores_go_to_a_folder_that_carries_the_tables_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labs.csv").write_text(LABS, encoding="utf-8")
    for _ in range(2):
        assert CliRunner().invoke(app, ["score", "labs.csv"]).exit_code == 0
    assert "not_computed" in (tmp_path / "results/score-labs/scores.csv").read_text(encoding="utf-8")
    assert CliRunner().invoke(app, ["score", "labs.csv", "-o", "new/folder/scores.csv"]).exit_code == 0
    assert (tmp_path / "new/folder/scores.csv").is_file()
    refused = CliRunner().invoke(app, ["score", "labs.csv", "-o", "labs.csv"]).exception
    assert "made from" in str(refused)
    assert (tmp_path / "labs.csv").read_text(encoding="utf-8") == LABS


def test_the_model_is_written_over_its_own_file_only(tmp_path):
    path = tmp_path / "mine.xml"
    path.write_text("<sbml/>", encoding="utf-8")
    assert "no result of lobule model export" in str(CliRunner().invoke(app, ["model", "export", str(path)]).exception)
    assert path.read_text(encoding="utf-8") == "<sbml/>"


def test_replay_says_whether_numbers_are_the_same(scenario, tmp_path):
    CliRunner().invoke(app, ["run", str(scenario), "-o", str(tmp_path / "out")])
    result = CliRunner().invoke(app, ["replay", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "bit for bit" in result.output


def test_schema_is_json():
    assert json.loads(CliRunner().invoke(app, ["schema"]).stdout)["properties"]["subject"]


def test_products_show_source_and_grade():
    rows = json.loads(CliRunner().invoke(app, ["products", "--json"]).stdout)
    assert {row["kind"] for row in rows} == {"vesicles", "cells", "medium"}
    assert "uc-msc-ev" in CliRunner().invoke(app, ["products"]).output
    assert "pk-K075 derived" in CliRunner().invoke(app, ["products", "show", "uc-msc-ev"]).output
    assert (
        json.loads(CliRunner().invoke(app, ["products", "show", "uc-msc", "--json"]).stdout)["viability"]["source"]
        == ""
    )


def test_evidence_prints_value_source_and_equations():
    output = CliRunner().invoke(app, ["evidence", "endosomal_escape_fraction"]).output
    for text in ("0.02", "assumed", "bio-R028", "cargo_effects.ant"):
        assert text in output


@pytest.mark.parametrize("name, told", [("infection", "NN158"), ("CCl4", "0.5 mL/kg"), ("hbv", "hbv_infected_share")])
def test_evidence_knows_the_causes_by_any_name(name, told):
    output = CliRunner().invoke(app, ["evidence", name]).output
    assert "cause  " in output and told in output


def test_evidence_refuses_an_unknown_name(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lobule", "evidence", "endosomal_escape"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert 'Did you mean "endosomal_escape_fraction"' in capsys.readouterr().err


def test_help_teaches_the_scenario_format():
    output = CliRunner().invoke(app, ["run", "--help"]).output
    for text in ("subject:", "cause: ccl4", "dose: 1e10 particle"):
        assert text in output


def test_help_loads_nothing_heavy():
    heavy = ("numpy", "xarray", "matplotlib", "symengine")
    code = f"import sys, lobule, lobule.cli; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.science
def test_demo_shows_the_study_beside_the_prediction(tmp_path):
    result = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "demo")])
    assert result.exit_code == 0
    for text in ("Li 2013", "collagen_area", "observed", "predicted", "not simulated", str(tmp_path / "demo")):
        assert text in result.output
    data = json.loads(CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "demo"), "--json"]).stdout)
    assert len(data["tables"]) == 2
    assert all(len(rows) == 6 for rows in data["tables"].values())


def test_model_show_lists_modules_and_one_of_them():
    all_of_them = json.loads(CliRunner().invoke(app, ["model", "show", "--json"]).stdout)
    assert sum(row["states"] for row in all_of_them) >= 90
    assert sum(row["parameters"] for row in all_of_them) > 350
    text = CliRunner().invoke(app, ["model", "show", "t_cells"]).output
    assert "regulatory_t_cells" in text
    assert "autoimmune_killing_rate" in text
    found = lobule("model", "show", "tcells")
    assert found.returncode == 2
    assert 'Did you mean "t_cells"' in found.stderr


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_model_diagram_draws_every_module(tmp_path, suffix):
    path = tmp_path / f"liver.{suffix}"
    assert CliRunner().invoke(app, ["model", "diagram", "-o", str(path)]).exit_code == 0
    assert path.stat().st_size > 20_000


def test_model_export_carries_a_scenarios_doses(tmp_path, scenario):
    path = tmp_path / "liver.xml"
    assert CliRunner().invoke(app, ["model", "export", str(path), "--scenario", str(scenario)]).exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert 'id="dose_1"' in text
    assert "identifiers.org/uniprot:P01375" in text


@pytest.mark.science
def test_model_check_prints_wanted_and_found():
    found = json.loads(CliRunner().invoke(app, ["model", "check", "--json"]).stdout)
    first = found["checks"][0]
    assert {"id", "what", "wanted", "found", "passed", "source"} <= set(first)
    assert found["passed"] == sum(check["passed"] for check in found["checks"])


def test_evidence_summary_counts_every_parameter():
    found = json.loads(CliRunner().invoke(app, ["evidence", "--summary", "--json"]).stdout)
    assert found["parameters"] == sum(found[grade] for grade in ("measured", "derived", "calibrated", "assumed"))
    assert len(found["most_influential"]) == 20
    weak = [row["grade"] in ("assumed", "calibrated") for row in found["most_influential"]]
    assert weak == sorted(weak, reverse=True)
    assert lobule("evidence").returncode == 2


def test_sensitivity_ranks_parameters(tmp_path):
    path = tmp_path / "patient.yaml"
    path.write_text("subject: {species: human, etiology: hbv, years: 20}\nuntil: 1 d\n", encoding="utf-8")
    out = tmp_path / "s"
    result = CliRunner().invoke(app, ["sensitivity", str(path), "-o", str(out), "--trajectories", "2", "--json"])
    found = json.loads(result.stdout)
    top = [row["parameter"] for row in found["ranking"][:40]]
    assert "hbv_killing_rate" in top
    assert found["failed"] == 0
    assert (out / "influence.png").exists()


def test_a_patient_scenario_runs(tmp_path):
    path = tmp_path / "patient.yaml"
    path.write_text("subject: {species: human, etiology: alcohol, years: 12}\nuntil: 90 d\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["run", str(path), "-o", str(tmp_path / "out"), "--json"])
    assert {row["output"] for row in json.loads(result.stdout)["summary"]} >= {"albumin", "inr", "bilirubin"}
