"""`lobule fit`: the nearest virtual patient in words and as a scenario that runs."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from lobule.answers.fit import fit
from lobule.answers.nearest import OF_THE_PLAN, POOR, nearest_said, nearest_scenario
from lobule.cli import app
from lobule.errors import InputError
from lobule.files.scenario import read_scenario, run_scenario
from lobule.forecast.nearest import COLUMNS, Nearest
from lobule.yaml_files import parse

pytestmark = pytest.mark.science
LABS = "day,albumin_g_per_dL,bilirubin_umol_per_L,inr,platelets_1e9_per_L\n0,3.9,18,1.1,140\n200,3.8,20,1.15,<130\n"
PLAN = """subject: {species: human, etiology: hbv, years: 25}
plan: {product: uc-msc-ev, dose: 1e12 particle, start: 7 d, every: 7 d, n: 2}
until: 60 d
sample_every: 1 d
hypotheses: {mirna_amplification: 1}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nearest")
    (folder / "labs.csv").write_text(LABS, encoding="utf-8")
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    return folder


def nearest(place, *more, name="out"):
    """The command; its folder."""
    arguments = ["fit", str(place / "labs.csv"), "--etiology", "hbv", "--nearest", "-o", str(place / name), *more]
    return CliRunner().invoke(app, arguments)


def test_the_scenario_runs_and_begins_where_the_table_says(place):
    told = nearest(place)
    assert told.exit_code == 0, told.output
    assert "nearest virtual patient: number" in told.output and "standard deviations of the assay" in told.output
    out = place / "out"
    assert {one.name for one in out.iterdir()} >= {"scenario.yaml", "nearest.csv", "nearest_course.csv"}
    assert not (out / "posterior.csv").exists()
    scenario, table = read_scenario(out / "scenario.yaml"), pd.read_csv(out / "nearest.csv")
    assert scenario.until == "365.25 d" and not scenario.plan
    run = run_scenario(scenario.model_copy(update={"until": "10 d"}))
    for row in table[table["day"] == 0].to_dict("records"):
        assert float(run.data[row["lab"]][0]) == pytest.approx(row["virtual"], rel=1e-4)
    assert list(table) == COLUMNS and set(table["limit"]) == {0, -1}


def test_nothing_that_was_measured_stands_in_the_scenario(place):
    nearest(place)
    text = (place / "out" / "scenario.yaml").read_text(encoding="utf-8")
    assert set(parse(text, "it", "a scenario", "").data) == {"subject", "until", "sample_every"}
    assert not {"albumin:", "bilirubin:", "day:", "date"} & set(text.split())


def test_the_plan_of_a_scenario_is_taken_and_the_same_command_gives_the_same_bytes(place):
    for name in ("one", "two"):
        told = nearest(place, "--plan", str(place / "plan.yaml"), "--age", "50", name=name)
        assert told.exit_code == 0, told.output
    first, second = ((place / name / "scenario.yaml").read_bytes() for name in ("one", "two"))
    assert first == second
    scenario = read_scenario(place / "one" / "scenario.yaml")
    asked = read_scenario(place / "plan.yaml")
    for name in OF_THE_PLAN:
        assert getattr(scenario, name) == getattr(asked, name)
    assert abs(float(scenario.subject.age) - 50) < 13 and scenario.subject.varied


def test_what_does_not_fit_is_one_sentence(place):
    told = nearest(place, "--etiology", "nonsense")
    assert isinstance(told.exception, InputError) and 'no cause or injury "nonsense"' in str(told.exception)
    with pytest.raises(InputError, match="of a patient; leave out --animal or --nearest"):
        fit(place / "labs.csv", animal=place / "plan.yaml", nearest=True)


def made(*distances, fit="good", worst=""):
    """A fit whose last values lie so far off."""
    rows = [(lab, "", 0.0 if k else -30.0, 1.0, 0, 1.0, off)
            for k, (lab, off) in enumerate(zip(("inr", "albumin", "ast"), distances, strict=False))]  # fmt: skip
    subject = {"species": "human", "etiology": "pbc", "years": 9.99, "age": 54.6, "sex": "f",
               "treated_with": ["ursodeoxycholic acid"], "treated_years": 0.0, "varied": {}}  # fmt: skip
    values, course = pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame({"day": np.zeros(1)})
    one = Nearest(subject, 7, values, course, ("diuretic",), 53.0)
    return SimpleNamespace(nearest=one, check=SimpleNamespace(fit=fit, worst=worst), etiology="pbc")


def test_a_poor_fit_is_said_first_and_the_farthest_lab_first():
    good = nearest_said(made(0.5, -1.2, 0.04))
    assert good[0].startswith("The nearest virtual patient: number 7") and POOR not in good
    assert "55 years old (the patient 53)" in good[0] and "from this day on" in good[0]
    assert "each lab lies within 1.2 standard" in good[1] and "Earlier" not in good[1]
    assert "albumin -1.2, INR +0.5 (30 days before the last visit), AST +0.0" in good[1]
    assert good[-1] == "Not taken into account: diuretic."
    far = nearest_said(made(0.5, -3.1, 2.2))
    assert far[0] == POOR and "2 of 3 labs lie more than 2 standard" in far[2]
    unlike = nearest_said(made(0.5, fit="poor", worst="alp"))
    assert unlike[0] == POOR and unlike[1].endswith("with primary biliary cholangitis, ALP least: the fit says why.")


def test_a_reading_that_is_asked_for_stands_in_the_scenario(tmp_path):
    one = made(0.1).nearest
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    assert nearest_scenario(one, [Path(tmp_path / "plan.yaml")], 30, "counted")["reading"] == "counted"
    assert nearest_scenario(one, [], 30, None) == {"subject": one.subject, "until": "30 d", "sample_every": "1 d"}
