"""`lobule labs`: every row of the table, one in full, a name as the clinic writes it."""

import json

import pytest
from typer.testing import CliRunner

import lobule as lb
from lobule.answers.labs import labs
from lobule.cli import app
from lobule.errors import InputError
from lobule.labs import labs as known


def test_every_row_of_the_table_is_listed_with_its_units():
    every = {row["lab"]: row for row in labs().data}
    assert set(every) == set(known())
    assert (every["bilirubin"]["unit"], every["bilirubin"]["also_in"]) == ("umol/L", ["mg/dL"])


@pytest.mark.science
def test_what_is_called_a_fold_of_health_is_one_in_health():
    healthy = lb.simulate(lb.Patient(), until="1 d", sample_every="1 d", uncertainty=False)
    folds = [one.output for one in known().values() if one.unit == "fold of health"]
    assert [float(healthy[output][0]) for output in folds] == pytest.approx([1.0] * len(folds))
    assert float(healthy["m2_m1_ratio"][0]) != pytest.approx(1.0)
    assert labs("m2_m1_ratio").data["unit"] == "ratio"


@pytest.mark.parametrize("name", ["alt", "ALT", " Alanine aminotransferase ", "GPT", "ALT (U/L)"])
def test_a_lab_is_found_by_its_name_its_label_its_title_and_as_a_header_of_a_table(name):
    assert labs(name).data["name"] == "alt"
    assert "1 ukat/L = 60 U/L" in labs(name).text


def test_an_unknown_lab_names_the_nearest():
    with pytest.raises(InputError, match=r'no lab or score "bilirubn"\. Did you mean "bilirubin"'):
        labs("bilirubn")


@pytest.mark.parametrize("name", sorted(known()))
def test_what_is_printed_as_json_is_json(name):
    done = CliRunner().invoke(app, ["labs", name, "--json"])
    assert json.loads(done.output, parse_constant=lambda text: pytest.fail(text))["name"] == name
