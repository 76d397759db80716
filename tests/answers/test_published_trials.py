"""The page of published trials beside predicted ones."""

from pathlib import Path

import pandas as pd
import pytest
from tests.benchmark_files import benchmark_named

from lobule.answers.published_trials import HEAD, compared_designs, left_out, page_rows, said_of
from lobule.answers.trial import listed
from lobule.studies.split import HELD_OUT, set_of
from lobule.trial.shipped import shipped, source_of
from lobule.trial.trial import Trial


def test_no_held_out_trial_is_run_for_the_page_and_each_is_named():
    run = compared_designs()
    assert run and all(set_of(source_of(name)) != HELD_OUT for name in run)
    held, unpublished, _ = left_out()
    assert all(name in run or name in held or name in unpublished for name in shipped())


def row(**changes):
    found = {"endpoint": "albumin at week 48", "arm": "UC-MSC", "published": 33.0, "predicted": 34.0, "low": 32.0,
             "high": 36.0, "inside": True, "published_direction": "up", "predicted_direction": "up", "agrees": True,
             "significant": 0.06}  # fmt: skip
    return found | changes


def test_a_value_outside_and_a_direction_that_is_another_are_bold():
    one = Trial.read("uc-msc-hbv-cirrhosis")
    rows = [row(), row(inside=False), row(agrees=False, predicted_direction="down"), row(published=None, inside=None)]
    plain, outside, other, valueless = page_rows("design", rows, one)
    assert plain == ("design", "albumin at week 48, UC-MSC", "33, higher", "34 (32 to 36), higher", "6 %")
    assert outside[3] == "**34 (32 to 36)**, higher" and other[3] == "34 (32 to 36), **lower**"
    assert valueless == ("", "albumin at week 48, UC-MSC", "higher", "34 (32 to 36), higher", "6 %")


def test_shares_are_percent_and_of_an_event_the_time_without_it_is_longer_or_shorter():
    """Fewer cancers are "up", as a longer survival is: the words say of what."""
    one = Trial.read("uc-msc-hbv-long-term")
    shares = {"published": 0.79, "predicted": 0.59, "low": 0.336, "high": 0.694, "inside": False}
    survival = row(endpoint="overall survival", **shares)
    cancer = row(endpoint="liver cancer", published=None, inside=None, published_direction="none", significant=0.7,
                 predicted_direction="down", agrees=False, predicted=None)  # fmt: skip
    control = row(endpoint="overall survival", **shares, published_direction=None, agrees=None)
    found = page_rows("design", [survival, cancer, control], one)
    assert found[0][2:] == ("79 %, longer", "**59 % (34 % to 69 %)**, longer", "6 %")
    assert found[1][2:] == ("no different", "**shorter**", "70 %")
    assert found[2][2:] == ("79 %", "**59 % (34 % to 69 %)**", "")


def test_the_page_of_the_docs_is_made_by_the_same_rows():
    head = (Path(__file__).parents[2] / "docs" / "trials.md").read_text(encoding="utf-8")
    assert HEAD in head and benchmark_named("pages").page_rows is page_rows


def test_the_sentences_count_what_agrees():
    table = pd.DataFrame([row(), row(inside=False), row(agrees=False), row(inside=None, agrees=None)])
    inside, agrees = said_of(table)
    assert inside.startswith("2 of 3 published values") and agrees.startswith("2 of 3 published directions")


@pytest.mark.parametrize("name", ["uc-msc-ev-cirrhosis", "bm-msc-hbv-cirrhosis-artery", "bm-msc-mixed-cirrhosis"])
def test_the_list_says_which_set_a_design_belongs_to(name):
    line = next(line for line in listed().text.splitlines() if f" {name} " in line)
    sets = {"uc-msc-ev-cirrhosis": "no result", "bm-msc-hbv-cirrhosis-artery": "held-out"}
    assert sets.get(name, "calibration") in line
