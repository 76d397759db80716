"""A lab is one row of a table: units, which way is good, what a fit, a trial, a cohort and a wish make of it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule import model
from lobule.errors import InputError
from lobule.files.design import SCORED_FROM
from lobule.files.labs import read_labs, vocabulary
from lobule.labs import WORDS, Lab, better, lab, labs, measurable, scores, to_clinic, to_model
from lobule.labs.page import markdown
from lobule.labs.table import TABLE
from lobule.model.parameters import parameter_table
from lobule.patient.criteria import KNOWN, Criteria
from lobule.quality.clinical import HELPFUL
from lobule.rows import rows_by
from lobule.studies.endpoints import endpoints

NEW = ("alp", "ggt", "prothrombin_time", "prothrombin_index", "crp", "hbv_dna", "liver_stiffness", "afp")


@pytest.mark.parametrize(
    ("name", "clinic", "model"), [("bilirubin", 2.0, 34.208), ("creatinine", 1.0, 88.42), ("albumin", 3.5, 35.0)]
)
def test_the_clinics_unit_is_converted_by_molar_mass_or_decilitres(name, clinic, model):
    assert to_model(name, clinic) == model
    assert to_clinic(name, model) == clinic
    assert to_model(name, model, lab(name).unit) == model


@given(st.sampled_from(sorted(labs())), st.floats(0.01, 1e4))
def test_the_way_to_the_model_and_back_changes_nothing_that_counts(name, value):
    assert to_clinic(name, to_model(name, value)) == pytest.approx(value, rel=1e-14)


def test_a_unit_is_understood_as_people_write_it_and_another_is_refused():
    assert lab("age").factor("yr") == 1 and lab("age").factor("month") == 1 / 12
    assert lab("alt").factor("ukat/L") == pytest.approx(60, rel=1e-15)
    with pytest.raises(InputError, match=r'"mg/L" is not a unit of bilirubin; write umol/L, mg/dL'):
        lab("bilirubin").factor("mg/L")
    with pytest.raises(InputError, match=r'no lab or score "bilirubn"\. Did you mean "bilirubin"'):
        lab("bilirubn")


def test_arrays_are_divided_as_numbers_are():
    values = np.array([17.104, 40.0])
    assert to_clinic("bilirubin", values).tolist() == [1.0, 40.0 / 17.104]


def test_every_row_is_whole():
    """What is read from tables has a range; what a trial measures a limit; every number its source."""
    for name, one in labs().items():
        assert one.has_unit(one.unit) and (one.unit in WORDS or one.clinic), name
        assert np.isnan(one.low) == np.isnan(one.high) and not one.low > one.high, name
        assert np.isnan(one.error_cv) == np.isnan(one.lower_limit), name
        for number, what in ((one.low, "range"), (one.error_cv, "error"), (one.lower_limit, "limit")):
            assert np.isnan(number) or what in one.source, f"{name}: no source of {what}"
        assert not one.near or one.output or one.kind == "score", name
        assert not one.level or one.level in parameter_table(), name
        assert not one.code or sum(other.code == one.code for other in labs().values()) == 1, name


def test_what_a_trial_computes_from_labs_is_a_score_of_the_table():
    assert set(scores()) == set(SCORED_FROM)
    assert {name for names in SCORED_FROM.values() for name in names} <= set(measurable())


def test_an_endpoint_of_studies_is_good_in_the_direction_of_its_lab():
    assert endpoints()["platelets"].good == "up" and endpoints()["pt"].good == "down" == better("inr")
    assert endpoints()["mmp9"].good == "up" and not better(endpoints()["mmp9"].output)


def test_units_of_results_are_those_of_the_model():
    units = model.units_of(model.compiled("human"))
    for name, one in labs().items():
        assert not one.output or units[one.output] == (one.suffix or "1"), name


def test_a_new_lab_is_a_new_row(tmp_path):
    """Nothing else knows the names of labs: a row is read, converted and understood in a table as it stands."""
    header, *rows = TABLE.read_text(encoding="utf-8").splitlines()
    row = dict.fromkeys(header.split(","), "") | {
        "name": "lab_of_nobody",
        "label": "lab of nobody",
        "title": "Lab of nobody",
        "unit": "ug/L",
        "clinic": "ng/mL",
        "others": "ug/L = 1; pmol/L = 2.247",
        "decimals": "0",
        "low": "1",
        "high": "100000",
        "kind": "lab",
        "source": "assumed: range",
    }
    path = tmp_path / "labs.csv"
    path.write_text("\n".join([header, *rows, ",".join(row.values())]) + "\n", encoding="utf-8")
    known = rows_by("name", path, Lab)
    assert known["lab_of_nobody"].factor("pmol/L") == pytest.approx(1 / 2.247, rel=1e-15)
    assert vocabulary(known).read("Lab of nobody (µg/l)") == ("lab_of_nobody", "ug/L")
    assert "lab_of_nobody" in vocabulary(known).spare and set(known) - set(labs()) == {"lab_of_nobody"}


def test_the_page_of_labs_is_up_to_date():
    """docs/labs.md ends with what `python -m lobule.labs` prints."""
    page = Path(__file__).parents[2] / "docs/labs.md"
    up_to_date = page.read_text(encoding="utf-8").endswith("\n\n" + markdown())
    assert up_to_date, "sed -i '/^| lab /,$d' docs/labs.md && python -m lobule.labs >> docs/labs.md"


def test_pictures_call_a_lab_as_its_row_does():
    assert (model.label("meld_na"), model.label("alp"), model.label("il_6")) == ("MELD-Na", "ALP", "IL-6")


def test_more_albumin_is_better_and_of_what_is_no_lab_nothing_is_said():
    assert (better("albumin"), better("bilirubin"), better("age"), better("collagen_synthesis_fold")) == (
        "up", "down", "", "")  # fmt: skip
    assert HELPFUL["platelets"] == 1 and HELPFUL["meld"] == -1 and "age" not in HELPFUL


def test_a_criterion_is_written_in_the_unit_of_results():
    assert [next(iter(KNOWN[name])) for name in ("albumin", "inr", "meld", "age")] == ["g/L", "", "", "years"]


def test_a_criterion_may_be_written_in_the_unit_of_the_clinic():
    assert Criteria.read("albumin < 3.5 g/dL and bilirubin >= 2 mg/dL") == Criteria.read(
        "albumin < 35 g/L and bilirubin >= 34.208")  # fmt: skip


@pytest.mark.parametrize(
    ("header", "name", "cell", "value"),
    [
        ("ALP (U/L)", "alp", "120", 120),
        ("Gamma-GT [ukat/L]", "ggt", "1.5", 90),
        ("Quick %", "prothrombin_index", "65", 65),
        ("CRP mg/dl", "crp", "2.0", 20),
        ("HBV_DNA_IU_per_mL", "hbv_dna", "2.5e6", 2.5e6),
        ("LSM (kPa)", "liver_stiffness", "14.3", 14.3),
        ("AFP (µg/L)", "afp", "8.1", 8.1),
        ("Prothrombin time (sec)", "prothrombin_time", "13.2", 13.2),
        ("PT (s)", "prothrombin_time", "13.2", 13.2),
        ("PT %", "prothrombin_index", "65", 65),
        ("AP U/l", "alp", "120", 120),
    ],
)
def test_labs_without_an_output_of_the_model_are_read_from_tables(tmp_path, header, name, cell, value):
    path = tmp_path / "labs.csv"
    path.write_text(f"inr,{header}\n1.2,{cell}\n", encoding="utf-8")
    (block,) = read_labs(path)
    assert name in NEW and block.given[name].low[0] == pytest.approx(value, rel=1e-12)


def test_a_lab_that_no_score_uses_never_refuses_the_table(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text("inr,ALP,CRP (mg/L),hs-CRP (mg/L)\n1.2,120,5,4\n", encoding="utf-8")
    (block,) = read_labs(path)
    assert set(block.given) == {"inr"} and not block.table.faults
    said = "; ".join(block.unread)
    assert 'the column "ALP" (cell B1) is not read: alp has no unit; write alp_U_per_L or alp_ukat_per_L' in said
    for place in ("C1", "D1"):
        assert f"(cell {place}) is not read: crp stands in more than one column" in said


@pytest.mark.parametrize("header", ["PT", "AP", "PT (mg)", "TP", "PTSD", "PT no"])
def test_letters_that_may_mean_a_patient_are_no_lab_without_its_unit(tmp_path, header):
    path = tmp_path / "labs.csv"
    path.write_text(f"inr,{header}\n1.2,13\n", encoding="utf-8")
    (block,) = read_labs(path)
    assert set(block.given) == {"inr"} and "is not read" in block.unread[0]


def test_a_lab_that_is_read_and_not_used_is_told(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text("inr,AFP (ng/mL)\n1.2,8\n", encoding="utf-8")
    (block,) = read_labs(path)
    assert block.unread == ['the column "AFP (ng/mL)" is afp, which no score uses']
