"""Run-in: people who have had standard care for some time before they are enrolled."""

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.patient import Cohort
from lobule.patient.lives import Usual
from lobule.patient.published import Target, targets
from lobule.patient.run_in import FOUND, run_in, years_of
from lobule.therapy.care import Care, begun, several


def test_nobody_has_a_run_in_who_is_asked_for_none():
    assert run_in("hbv", None, [], None) is None


def test_a_run_in_takes_the_rates_at_which_the_disease_is_found_from_its_published_cohort():
    found = run_in("alcohol", None, ["abstinence", "beta-blocker"], "6 mo")
    own = targets()["alcohol-cirrhosis"].usual
    assert (found.name, found.share, found.earliest) == ("abstinence, beta-blocker", 1.0, 0.5)
    assert (found.found, found.found_decompensated, found.seen) == (own.found, own.found_decompensated, own.seen)
    assert targets()["mixed-ascites"].usual is None and FOUND.share == 1


def test_care_of_the_imitated_cohort_is_kept_beside_that_of_the_trial():
    usual = Usual("abstinence", 0.9, 0, 0.1, 0.7, 1.5)
    target = Target("toy", "toy", ("alcohol",), "any", {}, 0.3, usual)
    assert run_in("alcohol", target, ["diuretic"], "1 year").name == "diuretic, abstinence"
    nobody = Target("toy", "toy", ("pbc",), "any", {}, 0.3, Usual("ursodeoxycholic acid", 0.0, 0, 0.1, 0.7, 1.5))
    assert run_in("pbc", nobody, ["diuretic"], "1 year").name == "diuretic"


@pytest.mark.parametrize(
    ("care", "since", "said", "field"),
    [
        ([], "12 mo", "of which care", ("care_since",)),
        (["antiviral"], None, "needs care_since", ("care_since",)),
        (["antiviral"], "0 d", "above 0", ("care_since",)),
        (["antiviral"], "90 years", "up to 30 years", ("care_since",)),
        (["antiviral"], "12 mg", "does not fit", ("care_since",)),
        (["antivirol"], "12 mo", "no treatment", ("care",)),
    ],
)
def test_an_impossible_run_in_is_refused_in_one_sentence(care, since, said, field):
    with pytest.raises(InputError, match=said) as wrong:
        run_in("hbv", None, care, since)
    assert wrong.value.field[:1] == field


def test_a_year_of_months_is_a_year():
    assert years_of(["antiviral"], "12 mo") == pytest.approx(1.0)


def test_several_cares_begin_together():
    both = begun("antiviral, diuretic", 30.0, 2)
    assert both == [*Care("antiviral").events(30.0, 2), *Care("diuretic").events(30.0, 2)]
    assert several("") == []


@pytest.mark.science
def test_after_a_year_of_antivirals_people_are_decompensated_still_and_of_the_sexes_of_their_disease():
    found = Cohort.sample(60, "hbv", stage="decompensated", like="hbv-under-antivirals", care=["antiviral"],
                          care_since="12 mo")  # fmt: skip
    assert (found.table["care_years"] >= 1).all() and (found.table["stage"] == 2).all()
    assert found.table["female"].mean() == pytest.approx(0.15, abs=0.12)
    patient = found.patients()[0]
    assert patient.treated_with == ("antiviral",) and patient.treated_years >= 1
    assert np.median(found.table["alt"]) < 30  # hepatitis is quiet under an antiviral
