"""A replicate: randomisation, chance that belongs to it, dropout, death, measurement, event times."""

import numpy as np
import pytest
from scipy.stats import chisquare
from tests.trial.test_runs import design

from lobule.files.design import EVENTS
from lobule.patient import Cohort
from lobule.trial.conduct import DIED, LOST, allocate, conduct, scored
from lobule.trial.population import from_cohorts
from lobule.trial.runs import Courses, solve, units


@pytest.fixture(scope="module")
def people():
    return from_cohorts([Cohort.sample(40, "hbv", stage="decompensated")])


@pytest.fixture(scope="module")
def courses(people):
    found = [solve(u) for u in units(design(), people, [0])]
    return [Courses.together([(0, c)]) for c in found]


def test_the_same_replicate_is_the_same_and_another_is_not(people, courses):
    a, b, other = (conduct(design(patients=30), people, courses, k) for k in (3, 3, 4))
    assert np.array_equal(a.rows, b.rows)
    assert np.array_equal(a.measured["albumin"], b.measured["albumin"], equal_nan=True)
    assert not np.array_equal(a.rows, other.rows)


def test_under_the_null_both_arms_get_the_reference(people, courses):
    d = design(patients=400, assays=[{"name": "albumin", "error": 0}])
    seen = conduct(d, people, courses, 1, null=True)
    truth = courses[1].values["albumin"][seen.rows][:, np.searchsorted(courses[1].days, 168)]
    whole = np.isfinite(seen.measured["albumin"][:, 2])
    assert seen.measured["albumin"][whole, 2] == pytest.approx(truth[whole])


def test_nothing_is_measured_after_the_end(people, courses):
    d = design(patients=400, dropout=0.9, missed_visits=0.1)
    seen = conduct(d, people, courses, 1)
    assert np.isfinite(seen.measured["albumin"][:, 0]).all()
    gone = seen.visits[None, :] > seen.left[:, None]
    assert np.isnan(seen.measured["albumin"][gone]).all()
    assert (seen.why == LOST).mean() > 0.5
    share = 1 - (seen.why == LOST).mean() - (seen.why == DIED).mean()
    assert share == pytest.approx(0.1 ** (200 / 365.25), abs=0.1)


def test_measurement_error_is_that_of_the_assay(people, courses):
    d = design(patients=4000, assays=[{"name": "albumin", "error": 0.1}, {"name": "alt", "lower_limit": 60}])
    seen = conduct(d, people, courses, 2)
    truth = np.where(seen.arm == 0, *(c.values["albumin"][seen.rows, 0] for c in courses))
    assert np.std(np.log(seen.measured["albumin"][:, 0] / truth)) == pytest.approx(0.1, rel=0.05)
    assert seen.measured["alt"][:, 0].min() == 60


def test_every_event_of_the_table_has_its_day(people, courses):
    """events.csv names what a design may ask for; `conduct` says when it comes."""
    assert set(conduct(design(), people, courses, 1).events) == set(EVENTS)


def test_events_come_as_often_as_the_hazard_says(people, courses):
    d = design(patients=6000)
    seen = conduct(d, people, courses, 5)
    hazard = np.stack([c.values["cumulative_death_hazard"] for c in courses])
    expected = 1 - np.exp(hazard[seen.arm, seen.rows, 0] - hazard[seen.arm, seen.rows, -1])
    died = np.isfinite(seen.events["death"])
    error = np.sqrt((expected * (1 - expected)).mean() / len(seen))
    assert died.mean() == pytest.approx(float(expected.mean()), abs=4 * float(error))


def test_livers_go_to_the_sickest(people, courses):
    seen = conduct(design(patients=3000, transplantation=True), people, courses, 1)
    done = np.isfinite(seen.events["transplantation"])
    assert 0 < done.mean() < 0.8
    meld = people.table["meld_na"].to_numpy(float)[seen.rows]
    assert meld[done].mean() > meld[~done].mean()


def test_open_label_reports_a_better_life_to_the_treated_only(people, courses):
    found = {}
    for kind in ("double", "open"):
        d = design(patients=500, blinding={"kind": kind, "quality_of_life_bias": 0.1})
        seen = conduct(d, people, courses, 1)
        found[kind] = [np.nanmean(seen.measured["quality_of_life"][seen.arm == a][:, 1:]) for a in (0, 1)]
    assert found["open"][0] - found["double"][0] == pytest.approx(0.1, abs=0.01)
    assert found["open"][1] == found["double"][1]


@pytest.mark.parametrize("n", [4, 37, 200])
def test_blocks_keep_arms_even_in_every_stratum(n):
    rng = np.random.default_rng(1)
    d = design(randomisation={"method": "stratified", "block": 4, "strata": ["meld >= 15"]})
    stratum = rng.integers(0, 2, n)
    arm = allocate(d, stratum, rng)
    for cell in (0, 1):
        here = arm[stratum == cell]
        assert abs((here == 0).sum() - (here == 1).sum()) <= 2
        for first in range(0, len(here) - 3, 4):
            assert (here[first : first + 4] == 0).sum() == 2


def test_shares_are_kept():
    d = design(arms=[{"name": "a", "share": 0.75}, {"name": "b", "share": 0.25}])
    arm = allocate(d, np.zeros(400, int), np.random.default_rng(1))
    assert (arm == 0).sum() == 300
    simple = d.model_copy(update={"randomisation": d.randomisation.model_copy(update={"method": "simple"})})
    assert (allocate(simple, np.zeros(4000, int), np.random.default_rng(1)) == 0).mean() == pytest.approx(
        0.75, abs=0.03
    )


def test_scores_are_missing_where_a_lab_is():
    labs = {n: np.array([1.0, 1.0]) for n in ("bilirubin", "inr", "creatinine")} | {"sodium": np.array([135, np.nan])}
    found = scored(labs)
    assert np.isfinite(found["meld"]).all()
    assert np.isfinite(found["meld_na"]).tolist() == [True, False]
    assert "child_pugh" not in found


def test_child_pugh_is_scored_where_its_five_parts_are_measured():
    parts = {"albumin": 30.0, "bilirubin": 40.0, "inr": 1.8, "ascites": 3.0, "encephalopathy_grade": 0.0}
    labs = {name: np.array([[value]]) for name, value in parts.items()}
    assert scored(labs)["child_pugh"].tolist() == [[2 + 2 + 2 + 3 + 1]]
    assert "child_pugh" not in scored({name: labs[name] for name in parts if name != "ascites"})


def test_blocks_are_permuted_each_its_own_way_and_stay_even(plain_design):
    """Every block of four holds two of each arm; the six orders come equally often."""
    d = plain_design(randomisation={"method": "blocked", "block": 4})
    arm = allocate(d, np.zeros(6000, int), np.random.default_rng(3)).reshape(-1, 4)
    assert (arm.sum(axis=1) == 2).all()
    orders, counts = np.unique(arm, axis=0, return_counts=True)
    assert len(orders) == 6 and chisquare(counts).pvalue > 1e-3
    assert chisquare(np.bincount(arm[:, 0])).pvalue > 1e-3


def test_each_stratum_has_blocks_of_its_own(plain_design):
    d = plain_design(randomisation={"method": "stratified", "block": 4, "strata": ["age >= 50"]})
    stratum = np.random.default_rng(1).integers(0, 2, 401)
    arm = allocate(d, stratum, np.random.default_rng(2))
    for cell in (0, 1):
        here = arm[stratum == cell]
        whole = here[: len(here) // 4 * 4].reshape(-1, 4)
        assert (whole.sum(axis=1) == 2).all()
