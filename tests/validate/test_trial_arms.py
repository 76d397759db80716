"""Controlled trials arm by arm: units, intervals of a difference, what is inside, and how a row is told."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.studies.test_results import row
from typer.testing import CliRunner

from lobule.answers.trial_arms import _picture, cells, lines, sentences
from lobule.cli import app
from lobule.errors import InputError
from lobule.report.style import NotDrawn
from lobule.studies.endpoints import endpoint
from lobule.studies.predict import Predicted
from lobule.studies.results import amount_of, result_of
from lobule.validate import trial_arms as module


def arm(treated, control, name="albumin"):
    """The treated arm of two rows, as `people_arm_of` gives it."""
    result = result_of(treated, [treated, control], endpoint(name).good)
    return SimpleNamespace(
        row=treated, endpoint=endpoint(name), result=result, etiology="hbv", stage="decompensated",
        cares=("antiviral",), plan=SimpleNamespace(name="uc-msc"), days=168.0, treated=treated.n, control=control.n,
        assumptions=(), strength=1.0,
    )  # fmt: skip


def pair(treated, control, *, name="albumin", sd=None, p_value=None, unit="g/L", n=20):
    one = row(value=treated, value_sd=sd, unit=unit, endpoint=name, effect="", p_value=p_value, n=n)
    other = replace(one, arm="control", value=control)
    return one, other


def told(gain, *rows, name="albumin"):
    """The line of two rows, where every member of the model gains so much over 30."""
    shown = Predicted(
        {name: np.array([30.0, 30.0]) + gain}, {name: np.array([30.0, 30.0])}, {name: np.array([28.0] * 2)}
    )
    return module._line(arm(*rows, name=name), shown, shown, rows)


def test_an_interval_is_that_of_a_difference_of_two_means():
    line = told(1.0, *pair(34.0, 31.0, sd=4.0))
    error = math.sqrt(2 * 16 / 20)
    assert line["published_difference"] == 3.0
    assert line["published_low"] == pytest.approx(3 - 1.96 * error)
    assert line["inside"] is True and told(-2.0, *pair(34.0, 31.0, sd=4.0))["inside"] is False
    assert (line["model_before"], line["model_control"], line["model_treated"]) == (28.0, 30.0, 31.0)


def test_values_in_the_clinics_unit_stand_in_the_models():
    line = told(1.0, *pair(3.4, 3.1, sd=0.4, unit="g/dL"))
    assert (line["published_treated"], line["unit"]) == (pytest.approx(34.0), "g/L")
    assert line["published_high"] == pytest.approx(3 + 1.96 * math.sqrt(2 * 16 / 20))


def test_without_deviations_the_p_value_tells_the_error_and_without_it_there_is_no_interval():
    line = told(1.0, *pair(34.0, 31.0, p_value=0.05))
    assert line["published_low"] == pytest.approx(0.0, abs=1e-3)
    none = told(1.0, *pair(34.0, 31.0))
    assert math.isnan(none["published_low"]) and none["inside"] is None


def test_a_unit_that_the_model_lacks_leaves_the_ratio():
    line = told(3.0, *pair(10.0, 12.5, unit="furlongs"))
    assert (line["as"], line["published_difference"]) == ("ratio", pytest.approx(-0.2))
    assert line["model_difference"] == pytest.approx(0.1)


def test_shares_have_the_error_of_counts_and_the_dead_become_the_living():
    one, other = pair(0.2, 0.5, name="survival", unit="fraction dead", n=50)
    assert (amount_of(one), amount_of(other)) == (0.8, 0.5)
    shares = Predicted({"survival": np.array([0.7])}, {"survival": np.array([0.6])}, {"survival": np.array([1.0])})
    line = module._line(arm(one, other, "survival"), shares, shares, [one, other])
    error = math.sqrt(0.8 * 0.2 / 50 + 0.5 * 0.5 / 50)
    assert line["published_low"] == pytest.approx(0.3 - 1.96 * error)
    assert cells(line)["published"].startswith("+30 points (")
    assert cells(line)["arms of the model"] == "60, 70 %"


def test_a_direction_alone_is_told_by_its_word_and_counts_the_way_alone():
    one, other = pair(None, None)
    line = told(3.0, replace(one, effect="improved"), other)
    assert cells(line)["published"] == "up" and cells(line)["fits"] == "right way"
    assert cells(told(0.0, replace(one, effect="improved"), other))["fits"] == "not so"


def test_what_remains_is_said_and_few_rows_are_no_claim():
    table = pd.DataFrame([told(1.0, *pair(34.0, 31.0, sd=4.0)), told(1.0, *pair(37.0, 31.0, sd=1.0))])
    said = " ".join(sentences(table))
    assert (
        "Of 2 with an interval 1 hold the model's difference, 0 hold no difference at all" in said
        and "no claim" in said
    )
    assert "albumin: trials find +3.5 g/L more than the model (2)" in said
    assert len(lines(table)) == 3 and lines(table)[1].endswith("inside")
    assert _picture(table) is not None
    with pytest.raises(NotDrawn):
        _picture(table.assign(published_difference=math.nan))
    assert lines(pd.DataFrame()) == ["no controlled trial that can be simulated"] and sentences(pd.DataFrame()) == []


@pytest.mark.science
def test_trials_of_one_set_are_put_beside_the_model():
    found = json.loads(CliRunner().invoke(
        app, ["validate", "--people", "--set", "calibration", "--members", "2", "--json"]).stdout)  # fmt: skip
    assert {r["set"] for r in found["rows"]} == {"calibration"}
    assert all(r["model_control"] is not None for r in found["rows"])
    assert isinstance(CliRunner().invoke(app, ["validate", "--people", "--study", "li2013"]).exception, InputError)
