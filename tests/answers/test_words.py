"""What is printed is what was done: doses, care, bands, and what a potency rests on."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import lobule as lb
from lobule.answers.cohort import _read_aloud
from lobule.answers.words import budget as budget_text
from lobule.answers.words import given as given_text
from lobule.answers.words import plain
from lobule.answers.words import summary as summary_text
from lobule.model.cargo import Action, Component, Range
from lobule.simulation.run import OF_THE_BAND, WITHOUT_BAND, Run
from lobule.simulation.told import few_alive, not_given, subject_of

OLD_RUN = Path(__file__).parents[1] / "old" / "run"


def record(given_at, until="84 d", cares=(), **changes):
    part = {"product": "uc-msc-ev", "dose": "1e10 particle/kg", "route": "iv", "start": "28 d", "every": "7 d", "n": 8,
            "over": None, "when": "alt > 40 U/L", "given_at_d": given_at, "contents": {"title": "small vesicles"},
            "given": {"value": 7e11, "low": 7e11, "high": 7e11, "unit": "particles"}} | changes  # fmt: skip
    care = {"care": "beta-blocker", "start": "0 d", "until": None}
    return {"settings": {"until": until}, "subject": {"treated_with": list(cares)}, "plan": [part, care]}


def test_doses_that_were_not_given_are_not_printed_as_given():
    printed = given_text(record([]))
    assert "8 planned, 0 given: alt was never above 40 U/L on a dosing day" in printed
    assert "dose 1" not in printed


def test_the_paragraph_of_a_run_says_which_doses_were_not_given():
    wanted = "Of uc-msc-ev none of the 8 planned doses was given: alt was never above 40 U/L on a dosing day."
    assert not_given(record([])) == [wanted]
    assert not_given(record([35.0]))[0].startswith(
        "Of uc-msc-ev 1 of the 8 planned doses was given: alt was not always"
    )
    assert not_given(record([], n=1))[0].startswith("Of uc-msc-ev the planned dose was not given")
    assert not_given(record([28.0 + 7 * k for k in range(8)])) == []
    assert not_given(record([28.0, 35.0, 42.0], until="42 d")) == []  # those after the end are told apart
    assert not_given(record([28.0], when=None)) == []


def test_a_condition_that_was_never_met_is_told_wherever_the_plan_is(tmp_path):
    """Screen, record, picture, README.txt and report; as in examples/patient_combination.yaml, of a mouse."""
    parts = [lb.Plan("uc-msc", "1e6 cell", start="1 d"),
             lb.Plan("uc-msc-ev", "1e10 particle", start="1 d", every="1 d", n=3, when="alt > 4000 U/L")]  # fmt: skip
    run = lb.simulate(lb.Animal("mouse"), parts, until="4 d", sample_every="1 d")
    said = "Of uc-msc-ev none of the 3 planned doses was given: alt was never above 4000 U/L on a dosing day."
    assert "3 planned, 0 given" in given_text(run.record)
    assert run.record["plan"][1]["given_at_d"] == []
    assert run.record["dose_times_d"] == [1.0]
    assert run._given()["dose"] == [1.0]  # the lines of the picture
    assert said in run.said() and said in run._repr_html_()
    assert said in " ".join((run.save(tmp_path / "out") / "README.txt").read_text(encoding="utf-8").split())
    assert float(run["ev_in_liver"].max()) == 0


def test_some_of_the_doses_were_given():
    printed = given_text(record([35.0, 49.0]))
    assert "8 planned, 2 given: alt was not always above 40 U/L on a dosing day" in printed
    assert "dose 2    day 49       7e+11 particles" in printed
    assert "dose 3" not in printed


def test_doses_after_the_end_of_the_run_are_told_apart():
    days = [28.0 + 7 * k for k in range(8)]
    printed = given_text(record(days, until="42 d", when=None))
    assert "8 planned, 3 given" in printed
    assert "5 planned after the end of the run (day 42)" in printed
    assert "dose 4" not in printed


def test_a_plan_that_was_followed_is_one_number():
    assert "1e10 particle/kg iv, 8 times\n" in given_text(record([28.0 + 7 * k for k in range(8)], when=None))


def test_care_is_listed_among_what_was_given():
    printed = given_text(record([], cares=["antiviral"]))
    assert "beta-blocker: standard care from 0 d" in printed
    assert "antiviral: standard care that the patient has anyway" in printed


@given(st.lists(st.sampled_from([28.0 + 7 * k for k in range(8)]), unique=True), st.integers(1, 100))
def test_as_many_doses_are_printed_as_were_given(days, end):
    printed = given_text(record(sorted(days), until=f"{end} d"))
    assert printed.count("  dose ") == sum(day <= end for day in days)


def test_a_run_says_of_whom_and_what_it_is():
    who = {"kind": "patient", "etiology": "hbv", "years": 25.0}
    record = {"subject": who, "settings": {"until": "5 year"}}
    assert subject_of(record) == "patient, chronic hepatitis B, 25 years of disease, until 5 year"
    healthy = {"subject": who | {"etiology": None, "years": 0}, "settings": {"until": "1 d"}}
    assert subject_of(healthy) == "patient, healthy liver, until 1 d"
    assert subject_of(Run.open(OLD_RUN).record) == "mouse, carbon tetrachloride, until 21 d"
    gone = {"subject": {"species": "rat", "kind": "animal", "injury": "a_poison"}, "settings": {}}
    assert subject_of(gone) == "rat, a poison"


def test_a_run_names_who_was_struck_by_what_and_when():
    who = {"kind": "patient", "etiology": "alcohol", "years": 20.0, "age": 61.0, "sex": "f", "precipitant": "infection",
           "precipitant_dose": "50 %", "precipitant_days": 3.0}  # fmt: skip
    said = subject_of({"subject": who, "settings": {}})
    assert said == (
        "patient, alcohol, 20 years of disease, bacterial infection (50 %) 3 d before the run, 61 years old, woman"
    )
    struck = subject_of({"subject": who | {"precipitant_dose": None, "precipitant_days": 0.0}, "settings": {}})
    assert "bacterial infection on day 0" in struck


def test_a_run_says_where_it_goes_on_beyond_death():
    def data(*hazard):
        return xr.Dataset({"cumulative_death_hazard": ("time", np.array(hazard))})

    patient, animal = ({"subject": {"kind": kind}} for kind in ("patient", "animal"))
    (said,) = few_alive(patient, data(0.7, 20.0))
    assert "less than 0.1 % would be alive on the last day (at the beginning of the run 50 %)" in said
    (said,) = few_alive(animal, data(0.0, 1.2))
    assert said.startswith("Of such animals 30 % would be alive on the last day: ")
    assert few_alive(patient, data(0.0, 0.5)) == few_alive(patient, xr.Dataset()) == []


def test_the_last_day_is_told_as_the_field_writes_it():
    table = pd.DataFrame({"output": ["tnf_alpha", "m2_m1_ratio", "alt"], "unit": ["1", "1", "U/L"], "day": 730.5,
                          "value": [1.5, 2.0, 30.0], "low": np.nan})  # fmt: skip
    printed = summary_text(table, {"tnf_alpha": "TNF-alpha", "m2_m1_ratio": "M2/M1 ratio", "alt": "ALT"}, {"tnf_alpha"})
    assert printed.startswith("After 2 years (day 730.5):\n")
    assert "TNF-alpha fold of health" in printed
    assert "low" not in printed and "_" not in printed and printed.count("fold of health") == 1
    assert summary_text(table.assign(day=63.0), {}).startswith("On day 63:\n")


def test_nothing_that_a_run_says_is_a_name_of_the_program():
    run = Run.open(OLD_RUN)
    for text in (run._repr_html_(), run.said(), budget_text(run.copy_budget())):
        printed = re.sub(r"\(\w+\.csv\)|cargo/\w+\.yaml", "", text)
        assert not re.findall(r"\b(?:mir|let|tnf|il|tgf|collagen|stellate|annexin)_\w+", printed)


def banded(width):
    run = Run.open(OLD_RUN)
    names = [n for n in run.data if n in ("albumin", "alt", "ast", "collagen_proportionate_area")]
    quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
    spread = 1 + width * np.linspace(-1, 1, 5)[:, None]
    values = {n: (("quantile", "time"), run.data[n].to_numpy() * spread) for n in names}
    band = xr.Dataset(values, {"quantile": quantiles, "time": run.data.time})
    headline = run.data[names]
    return Run(headline, band, None, run.record)


def test_a_band_without_width_is_not_called_a_band():
    run = banded(0.0)
    table = run.summary()
    assert table[["low", "high"]].isna().all().all()
    assert run.notes() == [WITHOUT_BAND]
    assert not any("ensemble" in text.get_text() for text in run.plot().legends[0].texts)


def test_a_band_with_a_width_is_shown():
    run = banded(0.1)
    table = run.summary()
    assert (table["low"] < table["value"]).all()
    assert (table["high"] > table["value"]).all()
    assert run.notes()[0] == OF_THE_BAND
    assert any("90 % of the ensemble" in text.get_text() for text in run.plot().legends[0].texts)


def budget(**potency):
    rows = [{"path": path, "kind": "mirna", "cell": "macrophage", "peak": 0.1, "needed": 100.0,
             "unit": "copies in a cell", "peak_share_of_largest_effect": 0.5, "possible_by_count": "no",
             "impossible_but_used": True, "potency": grade, "strength_from": f"cargo/{path}.yaml: {grade} (my lab)"}
            for path, grade in potency.items()]  # fmt: skip
    return pd.DataFrame(rows)


def test_only_what_is_calibrated_is_called_so_and_the_file_of_the_rest_is_named():
    printed = budget_text(budget(mir_29="assumed", hgf="calibrated"))
    assert (
        "The model lets mir 29 act although too few copies arrive: that potency is what their files say, and no study "
        "was met (cargo/mir_29.yaml: assumed (my lab))." in printed
    )
    assert "The model lets HGF on vesicles act although too few copies arrive: that potency is calibrated" in printed
    assert "calibrated" not in budget_text(budget(mir_29="assumed"))


@given(
    st.sampled_from(["measured", "derived", "calibrated", "assumed"]),
    st.sampled_from(["calibrated", "assumed", None]),
    st.sampled_from(["my lab", "our qPCR", "", "T1 K040"]),
)
def test_what_a_user_invents_is_never_calibrated_to_studies(strength, half, source):
    number = Range(1, 0, 2, source, strength)
    half_effect = None if half is None else Range(100, 10, 1000, "my lab", half)
    action = Action("stellate_cell", "collagen_brake", number)
    mine = Component("mir_29", "miR-29", "protein", (action,), half_effect, None, None, "")
    assert mine.calibrated_in("stellate_cell") == (strength == "calibrated" and source == "T1 K040")
    assert mine.strength_from("stellate_cell").startswith(f"cargo/mir_29.yaml: {strength}")


@given(st.sampled_from([True, False, None, np.bool_(True)]), st.sampled_from([1.5, np.nan, None]))
def test_no_table_shows_how_python_writes_it(truth, number):
    printed = plain(pd.DataFrame({"is_close": [truth, "x"], "p_value": [number, "y"]}))
    assert not any(word in printed for word in ("True", "False", "None", "NaN", "_"))
    assert ("yes" in printed) == bool(truth)


def test_an_effect_that_is_none_is_told_in_words_in_the_table():
    table = pd.DataFrame({"output": ["alt", "ast"], "unit": "U/L", "day": 63.0, "value": [20.0, 30.0],
                          "counted": [28.0, 30.0], "unexplained_share": [0.8, np.nan]})  # fmt: skip
    printed = summary_text(table, {}).splitlines()
    assert printed[2].endswith(" 80 %") and printed[3].endswith(" no effect to explain")


def test_a_condition_is_told_where_every_dose_was_given():
    days = [28.0 + 7 * k for k in range(8)]
    assert "8 planned, 8 given: alt > 40 U/L held on each of these days" in given_text(record(days))


def test_what_is_compared_on_the_logarithm_is_read_in_its_unit():
    rows = [("bilirubin", "log", np.log(60), np.log(2.5), np.nan), ("albumin", "natural", 31.8, 6.75, 37.7)]
    table = pd.DataFrame(rows, columns=["variable", "scale", "mean", "sd", "published_mean"])
    table = table.assign(published_sd=table["sd"], difference=0.1, close=True, matched=True)
    printed = plain(_read_aloud(table)).split("\n")
    assert "umol/L" in printed[1] and "60 x/ 2.5" in printed[1]
    assert "g/L" in printed[2] and "31.8, 6.75" in printed[2] and "37.7, 6.75" in printed[2]


@pytest.mark.parametrize(
    ("possible", "share", "told"),
    [(("no", "?"), 0.5, True), (("yes", "no"), 0.5, False), (("no", "no"), 0.05, False), (("?", "?"), 0.9, True)],
)
def test_the_budget_says_first_where_no_acting_path_is_carried_by_count(possible, share, told):
    like = {"kind": "protein", "cell": "hepatocyte", "peak": 2.0, "needed": 60.0, "unit": "copies",
            "peak_share_of_largest_effect": share, "impossible_but_used": False, "potency": "assumed",
            "strength_from": "x.yaml"}  # fmt: skip
    rows = [
        like | {"path": name, "possible_by_count": one} for name, one in zip(("gpx1", "hgf"), possible, strict=True)
    ]
    second = budget_text(pd.DataFrame(rows)).splitlines()[1]
    assert ("NOT CARRIED BY COUNT" in second) == told
    assert ("30 times too few" in second) == (told and "no" in possible)


def test_what_counting_reaches_is_not_said_to_rest_on_whole_vesicles():
    table = budget(mir_29="assumed")
    assert "NOT CARRIED BY COUNT" in budget_text(table)
    assert "NOT CARRIED BY COUNT" in budget_text(table, [0.9, None, 0.8])
    assert "NOT CARRIED BY COUNT" not in budget_text(table, [0.2, None, 0.1, 0.9])
