"""`lobule benchmark patients`: tables, pictures and words of a comparison, and a look that is written down first."""

import pandas as pd
import pytest
from tests.validate.real_people import toys

from lobule.answers.benchmark import patients
from lobule.errors import InputError
from lobule.validate.real_people.looks import looks

pytest.importorskip("sksurv.metrics")


small_forests = toys.small_forests


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "tables"
    place.mkdir()
    toys.table(90).to_csv(place / "pbc.csv", index=False)
    toys.visits(40, name="v").to_csv(place / "pbc_visits.csv", index=False)
    source = toys.table(300, 5, "c")
    pd.DataFrame({
        "id": range(300), "case.id": range(300), "age": source["age_years"].round(), "male": 0,
        "futime": source["days"], "status": source["died"], "use": source["use"],
    }).to_csv(place / "fatty.csv", index=False)  # fmt: skip
    pd.DataFrame({"futime": [10, 400, 500, 90], "event": ["death", "ltx", "censored", "withdraw"]}).to_csv(
        place / "waiting.csv", index=False
    )
    return place


def test_every_table_and_picture_is_saved_and_no_look_is_taken_on_train(folder, tmp_path):
    log = tmp_path / "looks.csv"
    answer = patients(folder, on="train", looks=log, draws=20, forecaster=toys.forecaster)
    assert not log.exists()
    saved = answer.save(tmp_path / "out")
    tables = ("goals", "survival", "cells", "visits", "predictions", "cohort", "waiting", "checks")
    drawn = ("concordance", "calibration", "next_visit", "fatty_liver")
    wanted = {"tables.md", *(f"{name}.csv" for name in tables), *(f"{name}.png" for name in drawn)}
    assert wanted <= {path.name for path in saved.iterdir()}
    assert "goals are met" in answer.said
    assert "waiting list: no forecast" in answer.text
    assert "| model | concordance |" in (saved / "tables.md").read_text(encoding="utf-8")


def test_a_look_at_test_people_is_logged_and_counted(folder, tmp_path):
    log = tmp_path / "looks.csv"
    answer = patients(folder, only=["pbc"], looks=log, draws=20, forecaster=toys.forecaster)
    (one,) = looks(log)
    assert one.tables == "pbc"
    assert "This is look 1 of at most 10" in answer.said


@pytest.mark.parametrize(
    ("asked", "said"), [({"on": "tset"}, "side"), ({"only": ["nobody"]}, "no table nobody"), ({"draws": 1}, "draws")]
)
def test_what_cannot_be_asked_is_one_sentence(folder, asked, said):
    with pytest.raises(InputError, match=said):
        patients(folder, **{"on": "train", "forecaster": toys.forecaster} | asked)
