"""Screening: criteria are met by what was measured, and both values are kept."""

import numpy as np
import pytest

from lobule.labs import labs
from lobule.patient.criteria import Criteria
from lobule.patient.screening import screened

N, VISITS = 4000, 2


def people(**changes):
    n = N * VISITS
    true = {"albumin": 30.0, "bilirubin": 40.0, "inr": 1.5, "creatinine": 90.0, "sodium": 135.0, "ascites": 2.0,
            "encephalopathy_grade": 0.0, "collagen_proportionate_area": 20.0, "age": 50.0}  # fmt: skip
    return {name: np.full(n, value) for name, value in (true | changes).items()}, np.repeat(np.arange(N), VISITS)


def test_nothing_is_measured_where_nothing_is_asked_for():
    seen, ids = people()
    assert screened(seen, None, ids, 1, {}) == {}
    assert screened(seen, Criteria.read("albumin < 35"), ids, 1, None) == {}
    assert screened(seen, Criteria.read("age < 70"), ids, 1, {}) == {}  # asked, not measured


def test_a_lab_is_measured_with_its_usual_error_or_that_of_the_trial():
    seen, ids = people()
    wanted = Criteria.read("albumin < 35")
    usual = screened(seen, wanted, ids, 1, {})["albumin"]
    assert np.std(np.log(usual / 30)) == pytest.approx(labs()["albumin"].error_cv, rel=0.05)
    own = screened(seen, wanted, ids, 1, {"albumin": (0.02, 5.0)})["albumin"]
    assert np.std(np.log(own / 30)) == pytest.approx(0.02, rel=0.05)
    assert screened(seen, wanted, ids, 1, {"albumin": (0.0, 31.0)})["albumin"].min() == 31.0


def test_a_score_is_that_of_the_measured_labs_and_no_more_is_kept_than_was_asked():
    seen, ids = people()
    found = screened(seen, Criteria.read("meld >= 10 and child_pugh <= 9"), ids, 1, {})
    assert set(found) == {"meld", "child_pugh"}
    assert 0.5 < np.std(found["meld"]) < 3 and len(np.unique(found["child_pugh"])) > 1


def test_who_is_enrolled_by_a_measurement_may_truly_lie_outside():
    """Of people at the limit half are let in; the same patient is measured alike whoever else is there."""
    seen, ids = people(albumin=35.0)
    wanted = Criteria.read("albumin < 35")
    found = screened(seen, wanted, ids, 1, {})
    assert wanted.met(seen | found).mean() == pytest.approx(0.5, abs=0.03) and not wanted.met(seen).any()
    few = screened({k: v[:20] for k, v in seen.items()}, wanted, ids[:20], 1, {})
    assert np.array_equal(few["albumin"], found["albumin"][:20])
