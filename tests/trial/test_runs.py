"""Courses of a trial: the same as `simulate`, the same in any block, addressed by all that can change them."""

from dataclasses import replace

import numpy as np
import pytest

import lobule as lb
from lobule.files.design import Design
from lobule.patient import Cohort
from lobule.trial import runs
from lobule.trial.execute import execute, open_units
from lobule.trial.population import Population, from_cohorts
from lobule.trial.runs import Courses, days_of, solve, units
from lobule.trial.store import Store
from lobule.trial.story import doses as told_doses

BASE = {
    "population": {"groups": [{"etiology": "hbv", "stage": "decompensated"}], "patients": 6},
    "arms": [
        {"name": "cells", "plan": {"product": "uc-msc", "dose": "1e6 cell/kg", "every": "14 d", "n": 3}},
        {"name": "none"},
    ],
    "patients": 8, "care": ["antiviral"], "visits": ["0 d", "28 d", "168 d"], "until": "200 d", "members": 0,
    "endpoints": [{"name": "albumin", "kind": "change", "output": "albumin", "at": "168 d"}],
    "analysis": {"primary": "albumin"},
}  # fmt: skip


def design(**changes):
    return Design.model_validate(BASE | changes)


@pytest.fixture(scope="module")
def people():
    return from_cohorts([Cohort.sample(6, "hbv", stage="decompensated")])


def of(design_, people, arm=0):
    return Courses.together([(u.first, solve(u)) for u in units(design_, people, [0]) if u.arm == arm])


def test_a_course_is_that_of_simulate(people):
    """From the state at enrolment, with a coarser step, the numbers of `simulate` from the onset with 1e-6."""
    cohort = Cohort.sample(6, "hbv", stage="decompensated")
    found = of(design(), people)
    for k, patient in enumerate(cohort.patients()[:3]):
        patient = replace(patient, treated_with=("antiviral",))
        plan = lb.Plan("uc-msc", dose="1e6 cell/kg", every="14 d", n=3)
        run = lb.simulate(patient, plan, until="200 d", sample_every="1 d")
        for output in ("albumin", "bilirubin", "collagen_proportionate_area", "cumulative_death_hazard"):
            ours = np.interp([28, 168, 200], found.days, found.values[output][k])
            theirs = run[output].interp(time=[28, 168, 200]).to_numpy()
            assert ours == pytest.approx(theirs, rel=2e-3), output


def test_an_arm_may_give_unlike_products_of_a_kind(people):
    parts = [{"product": "uc-msc", "dose": "1e6 cell/kg"},
             {"product": "hypoxia-primed-msc", "dose": "1e6 cell/kg", "start": "7 d"}]  # fmt: skip
    found = of(design(arms=[{"name": "cells", "plan": parts}, {"name": "none"}]), people)
    patient = replace(Cohort.sample(6, "hbv", stage="decompensated").patients()[0], treated_with=("antiviral",))
    run = lb.simulate(
        patient, [lb.Plan(**one) for one in parts], until="200 d", sample_every="1 d", outputs=["albumin"]
    )
    ours = np.interp([28, 168], found.days, found.values["albumin"][0])
    assert ours == pytest.approx(run["albumin"].interp(time=[28, 168]).to_numpy(), rel=2e-3)
    assert found.given[:, -2:].tolist() == [[1, 1]] * 6


def test_each_patient_of_an_arm_gets_doses_by_its_own_labs(people):
    def albumin(**more):
        doses = {"product": "uc-msc", "dose": "1e6 cell/kg", "every": "14 d", "n": 3} | more
        return of(design(arms=[{"name": "cells", "plan": doses}, {"name": "none"}]), people).values["albumin"]

    plain, never = albumin(), albumin(when="albumin > 99 g/L")
    assert np.array_equal(albumin(when="albumin > 1 g/L"), plain)
    assert np.array_equal(never, of(design(), people, 1).values["albumin"])
    limit = float(np.median(never[:, 0]))
    some = albumin(when=f"albumin < {limit:.3f} g/L")
    given = (some != never).any(axis=1)
    assert 0 < given.sum() < len(given) and given[never[:, 0] < limit].all()


def test_doses_with_a_condition_are_counted_and_told_as_given_or_not(people):
    doses = {"product": "uc-msc", "dose": "1e6 cell/kg", "every": "14 d", "n": 3}
    arms = [{"name": "never", "plan": doses | {"when": "albumin > 99 g/L"}},
            {"name": "always", "plan": [doses, doses | {"start": "1 d", "when": "albumin > 1 g/L"}]},
            {"name": "none"}]  # fmt: skip
    planned = design(arms=arms, analysis={"primary": "albumin", "reference": "none"})
    courses = [of(planned, people, arm) for arm in range(3)]
    assert courses[0].given[:, -1].tolist() == [0] * 6
    assert courses[1].given[:, -2:].tolist() == [[3, 3]] * 6
    told = [row["given"] for row in told_doses(planned, [c.given for c in courses])]
    assert "3 planned, each given only when albumin > 99 g/L" in told[0]
    assert told[0].endswith("given to none of the virtual patients: its condition held on no dosing day")
    assert "given to" not in told[1]
    assert told[2].endswith("given to 100% of the virtual patients, on average 3 of 3")
    kept = Courses.from_bytes(courses[0].to_bytes())
    assert kept is not None and np.array_equal(kept.given, courses[0].given)
    uncounted = told_doses(planned, [np.empty((0, 0))] * 3)[0]["given"]  # kept by a version that did not count
    assert "virtual patients" not in uncounted


def test_the_reference_gets_nothing(people):
    treated, untreated = of(design(), people, 0), of(design(), people, 1)
    assert (treated.values["albumin"][:, -1] > untreated.values["albumin"][:, -1]).all()
    assert treated.values["albumin"][:, 0] == pytest.approx(untreated.values["albumin"][:, 0])


def test_blocks_do_not_matter(people, monkeypatch):
    whole = of(design(adherence=0.6), people)
    monkeypatch.setattr(runs, "BLOCK", 2)
    parts = of(design(adherence=0.6), people)
    for name in whole.values:
        assert np.array_equal(whole.values[name], parts.values[name]), name


def test_missed_doses_do_less(people):
    few = of(design(adherence=0.05), people).values["albumin"][:, -1]
    all_ = of(design(), people).values["albumin"][:, -1]
    none = of(design(), people, 1).values["albumin"][:, -1]
    assert few.mean() < all_.mean()
    assert np.isclose(few, none, rtol=1e-5).any()  # who got no dose is like the reference


def test_rescue_begins_at_the_first_visit_that_calls_for_it(people):
    plain, rescued = of(design(), people), of(design(rescue=[{"when": "ascites >= 0.01", "care": "diuretic"}]), people)
    days = rescued.rescued[:, 0]
    assert set(days[np.isfinite(days)]) <= {28.0, 168.0}
    assert np.isfinite(days).any()
    for k, day in enumerate(days):
        before = plain.days <= (day if np.isfinite(day) else np.inf)
        same = np.isclose(plain.values["ascites"][k], rescued.values["ascites"][k], rtol=1e-3, atol=1e-4)
        assert same[before].all()
        if day == 28:
            assert not same.all()


@pytest.mark.parametrize(
    "changes",
    [
        {"care": []}, {"until": "220 d"}, {"reading": "counted"}, {"adherence": 0.9},
        {"visits": ["0 d", "30 d", "168 d"]}, {"rescue": [{"when": "ascites >= 1", "care": "diuretic"}]},
        {"arms": [{"name": "cells", "plan": {"product": "uc-msc", "dose": "2e6 cell/kg", "every": "14 d", "n": 3}},
                  {"name": "none"}]},
    ],
)  # fmt: skip
def test_the_address_changes_with_what_changes_a_number(people, changes):
    before = {u.key for u in units(design(), people, [0]) if u.arm == 0}
    after = {u.key for u in units(design(**changes), people, [0]) if u.arm == 0}
    assert not before & after


@pytest.mark.parametrize("changes", [{"patients": 20}, {"replicates": 3}, {"dropout": 0.2}, {"seed": 4}])
def test_the_address_stays_where_no_course_changes(people, changes):
    assert [u.key for u in units(design(), people, [0])] == [u.key for u in units(design(**changes), people, [0])]


def test_another_member_is_another_address(people):
    keys = [u.key for u in units(design(), people, [0, 1, 2])]
    assert len(set(keys)) == 6


def test_finished_blocks_are_not_solved_again_and_damaged_ones_are(people, tmp_path):
    store = Store.at(tmp_path / "trial")
    execute(units(design(), people, [0]), store)
    assert len(store.journal()) == 2
    first = {p.name: p.read_bytes() for p in (tmp_path / "trial" / "blocks").iterdir()}
    execute(units(design(), people, [0]), store)
    assert len(store.journal()) == 2
    path = next((tmp_path / "trial" / "blocks").iterdir())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert len(list(open_units(units(design(), people, [0]), store))) == 1
    execute(units(design(), people, [0]), store)
    assert {p.name: p.read_bytes() for p in (tmp_path / "trial" / "blocks").iterdir()} == first
    assert len(store.journal()) == 3


def test_a_journal_cut_off_by_a_power_loss_is_read(people, tmp_path):
    store = Store.at(tmp_path)
    execute(units(design(), people, [0]), store)
    with (tmp_path / "journal.jsonl").open("a") as file:
        file.write('{"unit": "cells, mem')
    assert len(store.journal()) == 2


def test_courses_and_population_survive_the_disk(people, tmp_path):
    found = of(design(), people)
    again = Courses.from_bytes(found.to_bytes())
    assert all(np.array_equal(found.values[n], again.values[n]) for n in found.values)
    people.save(tmp_path)
    opened = Population.open(tmp_path)
    assert opened.digest == people.digest
    assert [u.key for u in units(design(), opened, [0])] == [u.key for u in units(design(), people, [0])]


def test_days_hold_the_visits_and_the_end():
    days = days_of(design())
    assert {0.0, 28.0, 168.0, 200.0} <= set(days)
    assert (np.diff(days) > 0).all()
