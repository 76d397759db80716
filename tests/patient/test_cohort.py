"""Virtual cohorts: the same patient everywhere, criteria, wishes, events."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import lobule as lb
from lobule.cli import app
from lobule.errors import InputError
from lobule.patient import history
from lobule.patient.criteria import Criteria
from lobule.patient.draws import PURPOSES, generator, uniforms
from lobule.patient.outlook import incidence, untreated_events
from lobule.patient.variation import factors


@pytest.fixture(scope="module")
def decompensated():
    return lb.Cohort.sample(400, "hbv", stage="decompensated")


def test_correlations_stand_beside_the_published(decompensated):
    table = decompensated.correlations().set_index(["a", "b"])
    assert table.loc[("bilirubin", "inr"), "found"] > 0.4
    assert table.loc[("bilirubin", "albumin"), "found"] < -0.2


def test_the_stage_is_what_was_asked_for(decompensated):
    assert set(decompensated.table["stage"]) == {2.0}
    assert decompensated.table["id"].is_unique


def test_the_same_patient_in_a_larger_cohort(decompensated):
    more = lb.Cohort.sample(500, "hbv", stage="decompensated")
    shared = set(decompensated.table["id"]) & set(more.table["id"])
    assert len(shared) > 300
    ids = np.array(sorted(shared))
    for seed in (1, 2):
        a, b = factors(seed, ids[:5]), factors(seed, ids[::-1])
        assert np.array_equal(a["hbv_killing_rate"], b["hbv_killing_rate"][::-1][:5])


def test_numbers_belong_to_seed_purpose_and_patient():
    one = generator(1, "visit", 7).random(3)
    assert np.array_equal(one, generator(1, "visit", 7).random(3))
    others = [
        generator(2, "visit", 7),
        generator(1, "visit", 8),
        *(generator(1, p, 7) for p in PURPOSES if p != "visit"),
    ]
    assert all(not np.array_equal(one, other.random(3)) for other in others)
    assert np.array_equal(uniforms(1, "visit", [3, 9], 2)[1], uniforms(1, "visit", [9], 2)[0])


def test_a_patient_of_a_cohort_can_be_simulated_and_starts_at_its_labs(decompensated):
    patient = decompensated.patients()[0]
    run = lb.simulate(patient, until="1 d", sample_every="1 d")
    row = decompensated.table.iloc[0]
    for name in ("albumin", "inr", "bilirubin", "platelets"):
        assert float(run[name][0]) == pytest.approx(row[name], rel=0.01)


def test_a_stopped_burn_in_goes_on(monkeypatch, tmp_path):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path))
    solved = []
    original = history.solve

    def counted(etiology, years, varied):
        solved.append(etiology)
        if len(solved) == 2:
            raise KeyboardInterrupt
        return original(etiology, years, varied)

    monkeypatch.setattr(history, "solve", counted)
    with pytest.raises(KeyboardInterrupt):
        history.histories("mash", 1000, seed=5)
    again = history.histories("mash", 1000, seed=5)
    assert len(solved) == 3  # the first block was not solved again
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path / "fresh"))
    fresh = history.histories("mash", 1000, seed=5)
    assert np.array_equal(again.values["albumin"], fresh.values["albumin"])


def test_a_damaged_block_is_solved_again(monkeypatch, tmp_path):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path))
    first = history.histories("mash", 10, seed=6)
    for path in tmp_path.glob("*.npz"):
        path.write_bytes(path.read_bytes()[:100])
    assert np.array_equal(history.histories("mash", 10, seed=6).values["inr"], first.values["inr"])


def test_criteria_restrict_the_imitated_cohort(decompensated):
    cohort = lb.Cohort.sample(100, "hbv", stage="decompensated", criteria="meld >= 15 and age <= 60 years")
    assert cohort.table["meld"].min() >= 15
    assert cohort.table["age"].max() <= 60
    assert cohort.eligible < decompensated.eligible


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("meld is high", "is not a criterion"),
        ("mel > 3", 'Did you mean "meld"'),
        ("albumin < 3.5 mg/dL", "albumin is in g/L or g/dL, not in mg/dL"),
        ("inr > 2 mg", "inr is in no unit"),
        ("meld >= 30 and age > 5 and meld < 20", "nothing is both meld >= 30 and meld < 20"),
        ("meld > 20, meld <= 20", "nothing is both"),
    ],
)
def test_wrong_criteria_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        Criteria.read(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"etiology": "hbb"}, 'Did you mean "hbv"'),
        ({"etiology": "hbv", "stage": "sick"}, "no stage"),
        ({"etiology": "hbv", "like": "alcohol-cirrhosis"}, "is of alcohol, not of hbv"),
        ({"etiology": "hbv", "like": "nobody"}, "no published cohort"),
        ({"etiology": "hbv", "criteria": "meld >= 200"}, "only 0 of"),
    ],
)
def test_cohorts_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        lb.Cohort.sample(10, **arguments)


@pytest.mark.science
def test_untreated_events_follow_the_clinical_facts(decompensated):
    """C1, C2 and C6 in a cohort: decompensation within five years of compensated cirrhosis 15 to 35 %, death within a
    year of decompensation about 20 %."""
    compensated = untreated_events(lb.Cohort.sample(400, "hbv", stage="compensated"))
    assert 0.15 <= compensated["decompensation"].mean() <= 0.35
    sick, everyone = untreated_events(decompensated), np.ones(len(decompensated), bool)
    assert 0.1 <= float(incidence(decompensated, "death", everyone, np.array([365.25]))[0]) <= 0.3  # without luck
    assert sick["decompensation"].isna().all()


def test_events_are_the_same_for_the_same_seed_and_end_with_death(decompensated):
    once, again = untreated_events(decompensated), untreated_events(decompensated)
    pd.testing.assert_frame_equal(once, again)
    for risk in ("hcc", "aclf"):
        assert (once[f"{risk}_years"] <= once["death_years"] + 1e-12).all()
    assert once["aclf"].any()


def test_drawn_events_follow_the_expected_incidence(decompensated):
    """Shares of 400 drawn patients within four standard errors of the expected ones."""
    drawn = untreated_events(decompensated)
    everyone = np.ones(len(decompensated), bool)
    for risk, years in (("death", 1.0), ("death", 4.0), ("hcc", 4.0)):
        expected = float(incidence(decompensated, risk, everyone, np.array([years * 365.25]))[0])
        share = (drawn[risk] & (drawn[f"{risk}_years"] <= years)).mean()
        assert abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / len(drawn)), risk


def test_transplantation_takes_the_sickest_and_saves_from_death(decompensated):
    without = untreated_events(decompensated)
    offered = untreated_events(decompensated, transplantation=True)
    assert "transplantation" not in without
    assert offered["death"].sum() < without["death"].sum()
    score = decompensated.table["meld_na"]
    given = offered["transplantation"]
    assert not given[score < 15].any()
    assert given[score >= 25].mean() > given[(score >= 15) & (score < 20)].mean()
    assert not (offered["death"] & offered["transplantation"]).any()


def test_a_wished_patient_is_reached_by_its_own_history():
    patient = lb.Patient("human", etiology="hbv", stage="decompensated", meld=16, age=52, sex="f", weight="68 kg")
    run = lb.simulate(patient, until="1 d", sample_every="1 d")
    scores = run.scores()
    assert scores["meld_na"].iloc[0] == pytest.approx(16, abs=1)
    assert float(run["ascites"][0]) >= 1.0
    assert patient.body_weight == "68 kg"
    assert "meld_3" in scores
    assert lb.Patient(**patient.to_dict()).parameters() == patient.parameters()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"etiology": "alcohol", "wishes": {"albumin": 45, "inr": 3}},
            "the wishes conflict: with inr 3, albumin",
        ),
        ({"etiology": "hcv", "stage": "compensated", "meld": 39}, "it reaches .* the nearest patient has meld"),
        ({"etiology": "hbv", "years": 20, "age": 12}, "cannot have been ill for"),
        # some are infected at birth (age_at_onset), so that twelve years of disease can be enough, and three are not
        ({"etiology": "hbv", "meld": 16, "age": 3}, "meld .*reaches"),
        ({"etiology": "hbv", "meld": 16, "years": 5}, "leave it out"),
        ({"meld": 16}, "no etiology"),
        ({"etiology": "hbv", "wishes": {"albumine": 30}}, 'Did you mean "albumin"'),
        ({"etiology": "hbv", "stage": "sick"}, "no stage"),
        ({"etiology": "hbv", "sex": "x"}, "sex is"),
        ({"etiology": "hbv", "weight": "70 kg", "body_weight": "70 kg"}, "not both"),
    ],
)
def test_impossible_wishes_say_what_is_reachable(arguments, message):
    with pytest.raises(InputError, match=message) as error:
        lb.Patient(**arguments)
    assert "\n" not in str(error.value)


def test_scores_are_of_people():
    with pytest.raises(InputError, match="of people"):
        lb.simulate(lb.Animal("mouse"), until="1 d").scores()


COHORT = "patients: 30\ngroups:\n  - {etiology: hbv, stage: decompensated}\nseed: 1\n"


def test_the_command_writes_a_table_and_a_picture(tmp_path):
    path = tmp_path / "cohort.yaml"
    path.write_text(COHORT, encoding="utf-8")
    for name in ("cohort.parquet", "cohort.csv"):
        result = CliRunner().invoke(app, ["cohort", str(path), "-o", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        assert "published (mean, SD)" in result.output
    table = pd.read_parquet(tmp_path / "cohort.parquet")
    assert len(table) == 30
    assert {"albumin_g_per_L", "bilirubin_umol_per_L", "years_of_disease", "meld"} <= set(table.columns)
    assert "beside published cohorts; close: " in result.output
    assert (tmp_path / "cohort.png").stat().st_size > 5000
    assert (tmp_path / "cohort-outlook.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("patients: 30", "patients: 0", "cohort.yaml, line 1, patients: "),
        ("seed: 1", "sed: 1", 'cohort.yaml, line 4, sed: there is no field "sed". Did you mean "seed"'),
        ("stage: decompensated", "share: 0.4", "line 2, groups: the shares of the groups add up to 0.4"),
        ("etiology: hbv", "aetiology: hbv", "groups.0"),
        ("hbv", "hbx", 'cohort.yaml, line 3, groups.0.etiology: no cause or injury "hbx"'),
        ("decompensated", "decomp", 'line 3, groups.0.stage: no stage "decomp"'),
        ("seed: 1", "seed: 1\ncriteria: meld >= 10 or age < 5", "line 5, criteria: "),
    ],
)
def test_wrong_cohort_files_are_refused_in_a_sentence(tmp_path, old, new, message):
    path = tmp_path / "cohort.yaml"
    assert old in COHORT
    path.write_text(COHORT.replace(old, new), encoding="utf-8")
    result = CliRunner().invoke(app, ["cohort", str(path), "-o", str(tmp_path / "c.csv")])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


def test_a_history_lies_in_memory_the_same_way_solved_and_from_the_cache(decompensated):
    again = history.histories("hbv", 10)
    assert all(values.flags["C_CONTIGUOUS"] for values in again.values.values())
