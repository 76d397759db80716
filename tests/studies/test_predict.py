"""Arms simulated for an ensemble: what is drawn, what is shared, what a class prior does to a dose."""

from dataclasses import replace

import numpy as np
import pytest

from lobule.evidence import table_path
from lobule.studies import predict as module
from lobule.studies.arms import arm_of
from lobule.studies.predict import Predicted, predict
from lobule.studies.tables import read_studies

LI = arm_of(next(o for o in read_studies(table_path("studies"))[0] if o.study_id == "li2013"))


def test_arms_of_a_study_and_their_untreated_twins_are_solved_once(monkeypatch):
    seen = []

    def solved(runs, factors, members, outputs, seed, exact):
        seen.extend(key for key, _ in runs)
        return {key: {"alt": np.full(members, float(bool(arm.plan)))} for key, arm in runs}

    monkeypatch.setattr(module, "_solve", solved)
    twice = replace(LI, plan=replace(LI.plan, dose="500 ug"))
    found = predict([(LI, "a"), (LI, "a"), (twice, "a"), (LI, "b")], {"x": np.ones(2)}, ["alt"])
    assert len(seen) == len(set(seen)) == 5  # two arms and a twin of a, an arm and a twin of b
    assert [p.treated["alt"][0] for p in found] == [1.0] * 4
    assert [p.untreated["alt"][0] for p in found] == [0.0] * 4


def test_what_a_study_leaves_open_is_the_same_for_all_its_arms_and_none_for_the_first_member():
    once, again, other = (module._draws(study, 50, 1, exact=False) for study in ("a", "a", "b"))
    assert np.array_equal(once["dose"], again["dose"])
    assert not np.array_equal(once["dose"], other["dose"])
    assert (once["dose"][0], once["severity"][0]) == (0.0, 0.0)
    assert not module._draws("a", 50, 1, exact=True)["dose"].any()


def test_survival_is_the_share_of_eight_animals_in_a_circle():
    alive = np.zeros(16)
    alive[0] = 1.0
    share = module._of_groups(alive)
    assert sorted(set(share)) == [0.0, 1 / 8]
    assert share.mean() == alive.mean()
    assert module._of_groups(alive[:7]) is not share
    assert np.array_equal(module._of_groups(alive[:7]), alive[:7])


def test_a_ratio_of_survival_stays_finite_where_everybody_dies():
    found = Predicted({"survival": np.array([0.5])}, {"survival": np.array([0.0])}).log_ratio("survival")
    assert found == pytest.approx(np.log(0.52 / 0.02))


@pytest.mark.science
def test_a_class_prior_of_a_half_is_half_the_dose():
    half, given = replace(LI, strength=0.5), replace(LI, plan=replace(LI.plan, dose="125 ug"))
    scar = "collagen_proportionate_area"
    found = predict([(half, "a"), (given, "a"), (LI, "a")], {"ev_liver_rate": np.ones(1)}, [scar], exact=True)
    ratios = [p.log_ratio(scar)[0] for p in found]
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-6)
    assert ratios[2] < ratios[0] < 0
