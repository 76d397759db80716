"""Bile ducts: what they drain decides what is retained, and a cause of theirs leaves health balanced."""

import numpy as np
import pytest

from lobule import model
from lobule.model.parameters import values_for
from lobule.patient import Patient
from lobule.simulation.courses import run_courses
from lobule.therapy import Care

YEAR = 365.25


def at_the_start(species, **constants):
    """Derived values of a healthy subject with some constants set."""
    compiled = model.compiled(species)
    return compiled.solve(
        parameters=constants, times=[0, 0.01], outputs=["enzyme_release", "alt", "bile_drainage", "ggt"]
    )


@pytest.mark.parametrize("species", ["mouse", "rat", "human"])
def test_a_tied_duct_changes_nothing_that_is_balanced_at_health(species):
    """Balances are made of states; what a cause sets must not enter them."""
    plain, tied = at_the_start(species), at_the_start(species, bile_duct_obstruction=0.9, small_duct_attack=1.0)
    assert tied["enzyme_release"][0, 0] == plain["enzyme_release"][0, 0]
    assert plain["bile_drainage"][0, 0] == tied["bile_drainage"][0, 0] == 1
    assert plain["ggt"][0, 0] == values_for(species)["ggt_healthy"]


@pytest.fixture(scope="module")
def courses():
    people = {name: Patient(etiology=name) for name in ("pbc", "psc")}
    care = {
        f"{name} treated": Patient(etiology=name, years=5, treated_with=("ursodeoxycholic acid",)) for name in people
    }
    return run_courses(people | care, np.arange(0, 25.5, 0.5) * YEAR)


@pytest.mark.science
def test_enzymes_rise_before_bilirubin_and_bilirubin_before_the_liver_fails(courses):
    alp = courses.first_day("pbc", "alp", 120)
    jaundice = courses.first_day("pbc", "bilirubin", 34)
    assert alp < 3 * YEAR < jaundice
    assert courses.at("pbc", "inr", jaundice) < 1.1 and courses.at("pbc", "albumin", jaundice) > 38
    assert courses.first_day("pbc", "inr", 1.3) > jaundice + 3 * YEAR


@pytest.mark.science
def test_ursodeoxycholic_acid_lowers_enzymes_in_both_and_saves_ducts_in_pbc_alone(courses):
    for name in ("pbc", "psc"):
        assert courses.at(f"{name} treated", "alp", 7 * YEAR) < 0.8 * courses.at(name, "alp", 7 * YEAR)
    ducts = {name: courses.at(name, "bile_ducts", 20 * YEAR) for name in courses.names}
    assert ducts["pbc treated"] > 2 * ducts["pbc"]
    assert ducts["psc treated"] == pytest.approx(ducts["psc"], rel=1e-3)


def test_the_care_is_known():
    assert Care("ursodeoxycholic acid")
