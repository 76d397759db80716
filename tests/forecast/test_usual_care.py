"""Where nobody tells of the usual care, people with and without it are candidates; who tells settles it."""

from dataclasses import replace

import numpy as np
import pytest
from tests.forecast.toys import person, pool

from lobule.answers.patient_care import care_rows, untold_care
from lobule.files.person import Treatment
from lobule.forecast.likelihood import cared_for, log_likelihood
from lobule.forecast.other_causes import evidence
from lobule.forecast.pool import prepared
from lobule.forecast.posterior import posterior
from lobule.forecast.usual_care import UNTOLD, side_by_side, under, usual_cares
from lobule.patient.history import care_begun, histories
from lobule.statistics.weighted import log_total

SEEN = person(albumin=[36.0], bilirubin=[25.0], age=50.0)


def treated(n, begun):
    """People of the toy whose disease stands still once their care has begun."""
    courses = pool(n).of
    since = np.round(begun * 4).astype(int)
    still = np.minimum(np.arange(len(courses.years)), since[:, None])
    values = {name: np.take_along_axis(value, still, axis=1) for name, value in courses.values.items()}
    return replace(courses, values=values, care="antiviral", begun=begun)


def both(share=0.5, n=150):
    own = treated(n, np.full(n, 5.0))
    rest = pool(n).of
    return prepared(*side_by_side((own, np.zeros(own.values["albumin"].shape)),
                                  (rest, np.zeros(rest.values["albumin"].shape)), share))  # fmt: skip


def test_who_tells_of_the_care_or_denies_it_settles_it():
    assert under(SEEN, "hcv") == UNTOLD
    assert under(replace(SEEN, untreated=("antiviral",)), "hcv") is None
    assert under(replace(SEEN, treated=(Treatment("antiviral", -400.0),)), "hcv") == "antiviral"
    assert under(replace(SEEN, untreated=("corticosteroid",)), "autoimmune") is None
    assert under(replace(SEEN, treated=(Treatment("diuretic"),)), "hcv") == UNTOLD
    assert under(SEEN, "pbc") is None and under(SEEN, "alcohol") is None
    assert under(person(age=50.0), "hcv") is None  # one of the community, of whom nothing else is known


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_before_labs_the_treated_are_the_share_of_those_alive(share):
    counts = np.exp(cared_for(SEEN, both(share)))
    begun = np.isfinite(both(share).of.begun)
    assert counts[begun].sum() / counts.sum() == pytest.approx(share, rel=1e-5)
    assert counts[begun][:, :20].sum() == 0  # no visit before their care


def test_the_evidence_of_both_is_the_mean_of_that_of_each():
    """P(labs) = share P(labs | care) + (1 - share) P(labs | none), whatever else is known."""
    own, rest = treated(150, np.full(150, 5.0)), pool(150)
    has = replace(SEEN, treated=(Treatment("antiviral", dated=False),))

    def told(who, people):
        return np.exp(evidence(log_total(log_likelihood(who, people)), who, people))

    for share in (0.3, 0.8):
        wanted = share * told(has, prepared(own)) + (1 - share) * told(SEEN, rest)
        assert told(SEEN, both(share)) == pytest.approx(wanted, rel=1e-4)


def test_the_care_of_who_has_none_never_begins():
    assert len(care_begun("antiviral", np.array([3.0, np.inf]))) == len(care_begun("antiviral", np.array([3.0])))
    assert np.isnan(both().of.since_care()[150:]).all()


def test_a_page_says_that_nobody_tells_of_the_care():
    (row,) = care_rows(SEEN, "hcv")
    assert row.patient == "not told" and row.forecast.startswith("50% of the virtual people have it")
    (row,) = care_rows(replace(SEEN, untreated=("antiviral",)), "hcv")
    assert row.forecast == "not in the forecast"


def test_the_command_says_of_whom_nobody_tells():
    some = [replace(SEEN, name=f"p{k}", etiology="hcv") for k in range(5)] + [replace(SEEN, name="q", etiology="pbc")]
    (said,) = untold_care([*some, replace(SEEN, name="r", etiology="hcv", untreated=("antiviral",))])
    assert said.startswith("nobody tells whether p0, p1, p2 and 2 more (hcv) had antiviral: 50% of the virtual people")
    (said,) = untold_care([replace(SEEN, etiology="autoimmune")])
    assert "had immunosuppression or corticosteroid or azathioprine" in said


def test_each_care_and_what_tells_of_it_is_one_that_lobule_has():
    from lobule.therapy.care import cares

    for usual in usual_cares().values():
        assert {usual.care, *usual.names} <= set(cares()), usual.etiology


@pytest.mark.science
def test_labs_tell_who_is_treated():
    """Virtual people with hepatitis C, cured for two years or more, and untreated ones, seen without an error."""
    from lobule.forecast.pool import pool_of

    candidates, told = pool_of("hcv", 500, 1, UNTOLD), {}
    for care, others in (("antiviral", slice(250, 280)), (None, slice(0, 30))):  # none of them a candidate
        truth = histories("hcv", 500, 1, care=care).of(others)
        since = truth.since_care() if care else np.broadcast_to(truth.years - 10, truth.values["alt"].shape)
        visits = np.argmax(since >= 2, axis=1)
        shares = []
        for who, visit in enumerate(visits):
            labs = {lab: truth.values[lab][who, visit : visit + 1] for lab in ("albumin", "bilirubin", "alt", "ast")}
            if visit and np.isfinite(labs["alt"]).all():
                found = posterior(person(**labs), "hcv", candidates)
                shares.append(np.isfinite(found.pool.of.begun[found.rows]).mean())
        told[care] = np.mean(shares)
    assert told["antiviral"] > 0.5 + 0.1 and told[None] < 0.5 - 0.1, told
