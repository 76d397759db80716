"""The process: steps multiply, variances add up, vessels scale, drift drifts, mistakes are told."""

import json

import numpy as np
import pytest
from tests.quality.conftest import EXAMPLES
from typer.testing import CliRunner

from lobule import cli, evidence
from lobule.errors import InputError
from lobule.files.process import ProcessFile
from lobule.quality.made_of import isolations, media, vessels
from lobule.quality.process import process, simulate, synthetic_batches

FILE = {"vessel": {"kind": "stirred-tank", "count": 3}, "isolation": ["tff", "sec"], "runs": 20000}


def made(**changes):
    return ProcessFile.model_validate(FILE | changes)


def test_particles_are_the_product_of_the_steps():
    found = simulate(made(cells={"donors": 2000}))
    own = found.steps[found.steps["quantity"] == "particles"]
    assert found.runs["particles"].median() == pytest.approx(own["factor"].prod(), rel=0.05)
    expected = 1e11 * 1000 * 3 * 0.85 * 0.6  # concentration, mL, harvests, TFF, SEC
    assert own["factor"].prod() == pytest.approx(expected, rel=1e-9)
    assert found.steps.set_index("step").loc["storage", "factor"] < 1


def test_shares_of_variance_add_up_and_are_what_the_runs_show():
    found = simulate(made(cells={"donors": 5000}, same_laboratory=False))
    for quantity in ("particles", "counted particles", "potency", "measured potency"):
        column = quantity.replace(" ", "_")
        own = found.steps[found.steps["quantity"] == quantity]
        assert own["share"].sum() == pytest.approx(1)
        variance = np.log1p(own["cv"] ** 2).sum()
        assert np.log(found.runs[column]).var() == pytest.approx(variance, rel=0.06)
    laboratory = found.steps[(found.steps["quantity"] == "counted particles") & (found.steps["step"] == "laboratory")]
    assert laboratory["cv"].item() == pytest.approx(0.525)


def test_numbers_of_the_process_have_sources():
    for row in (*vessels().values(), *isolations().values(), *media().values()):
        assert row.grade in ("measured", "derived", "assumed") and row.note
        assert row.grade == "assumed" or row.source in evidence.known_ids()
        if row.grade in ("measured", "derived"):
            assert evidence.fact(row.source)["seen"] == "seen"


def test_more_isolation_is_purer_and_less():
    one, two = simulate(made(isolation=["tff"])), simulate(made(isolation=["tff", "sec"]))
    assert one.runs["particles"].median() > two.runs["particles"].median()
    assert one.runs["particles_per_ug"].median() < two.runs["particles_per_ug"].median() / 5


def test_scale_up_and_cost():
    found = simulate(made()).scale_up.set_index("vessel")
    assert found.loc["stirred-tank", "particles"] > 20 * found.loc["flask", "particles"]
    assert found.loc["stirred-tank", "cost_per_dose"] < found.loc["flask", "cost_per_dose"]


def test_drift_is_in_its_bioreactor_only():
    file = made(
        drift={"bioreactor": 2, "after": 5, "potency_per_run": -0.1},
        variation={"run_potency": 0.05, "donor_potency": 0, "potency_assay": 0.05},
    )
    batches = synthetic_batches(file, 90)
    late = batches.iloc[60:]
    by = late.groupby("bioreactor")["potency_percent"].median()
    assert by["B2"] < 35 and by["B1"] > 85 and by["B3"] > 85
    assert synthetic_batches(file, 90).equals(batches)
    assert synthetic_batches(file, 30)["potency_percent"].tolist() != []


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("stirred-tank", "stired-tank", 'no vessel "stired-tank". Did you mean "stirred-tank"'),
        ("[tff, sec]", "[tffs]", 'no isolation "tffs"'),
        ("serum-free", "water", "no medium"),
        ("volume: 2 L", "volume: 2 kg", "does not fit"),
        ("bioreactor: 2, after", "bioreactor: 9, after", "no bioreactor 9 of 3"),
        ("count: 3", "count: three", "vessel.count"),
        ("volume: 2 L", "volume: 0 L", r'p.yaml, line 6, vessel.volume: "0 L" is outside 1 to'),
        ("days: 6 d", "days: 0 d", 'vessel.days: "0 d" is outside'),
        ("days: 6 d", "days: 1e4 d", 'vessel.days: "1e4 d" is outside'),
        ("dose: 1e10 particle", "dose: 0 particle", 'line 8, dose: "0 particle" is outside 1 to 1e'),
    ],
)
def test_mistakes_are_told(tmp_path, old, new, words):
    path = tmp_path / "p.yaml"
    path.write_text((EXAMPLES / "process.yaml").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        process(path)
        synthetic_batches(process(path).file, 9)


def test_command(tmp_path):
    run = CliRunner().invoke
    done = run(cli.app, ["process", str(EXAMPLES / "process.yaml"), "-o", str(tmp_path), "--batches", "12", "--json"])
    assert done.exit_code == 0, done.output
    assert (
        json.loads(done.stdout)["scale_up"]
        and (tmp_path / "synthetic_batches.csv").read_text(encoding="utf-8").count("yes") == 12
    )
    assert "pk-K080" in run(cli.app, ["process", "--vessels"]).stdout
