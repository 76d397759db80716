"""Plans added to a patient's care: the forecast is multiplied, nothing else moves, and care stands first."""

import numpy as np
import pytest
from tests.forecast.toys import person, pool

from lobule.answers.plans_asked import asked_for, cares_of
from lobule.calibrate.measured import UNTREATED
from lobule.errors import InputError
from lobule.files.person import Treatment
from lobule.forecast import added as room
from lobule.forecast.added import HAZARDS, Asked, added
from lobule.forecast.ahead import ahead
from lobule.forecast.posterior import posterior
from lobule.therapy import Care, Plan

DAYS = [365.25, 1826.25]
QUANTITIES = ["survival", "decompensation", "albumin"]
CELLS = Plan("uc-msc", "1e6 cell/kg")


@pytest.fixture(scope="module")
def found():
    return posterior(person(albumin=[34.0], bilirubin=[30.0]), "hbv", pool())


def solved(hazard, lab):
    """In place of the engine: ten virtual people whose hazards and labs are so many times as large under a plan."""

    def under(found, plans, grid, seed, reading):
        one = {name: np.tile(0.01 + grid / 1000, (10, 1)) for name in HAZARDS.values()} | {
            "albumin": np.full((10, len(grid)), 35.0)
        }
        changed = {name: values * (lab if name == "albumin" else hazard) for name, values in one.items()}
        return {UNTREATED: one, **dict.fromkeys(plans, changed)}

    return under


def rows_of(found, asked, monkeypatch, hazard=1.0, lab=1.0):
    monkeypatch.setattr(room, "_under", solved(hazard, lab))
    return added(found, DAYS, QUANTITIES, asked)


def test_a_plan_that_does_nothing_is_the_forecast_without_it(found, monkeypatch):
    rows, gains = rows_of(found, Asked({"antiviral": Care("antiviral")}), monkeypatch)
    base = ahead(found, DAYS, QUANTITIES)
    for row, (_, own) in zip(rows, base.iterrows(), strict=True):
        if row["quantity"] in ("survival", "decompensation"):
            assert row["median"] == pytest.approx(own["median"], abs=1e-6)
            assert row["mean"] == pytest.approx(own["mean"], abs=1e-6)
    assert gains[0]["gain"] == pytest.approx(0) and gains[0]["better"] == 0


def test_half_the_hazard_is_the_root_of_survival_and_labs_are_multiplied(found, monkeypatch):
    asked = Asked({"antiviral": Care("antiviral")})
    half, one = (rows_of(found, asked, monkeypatch, h, 1.1 if h < 1 else 1.0)[0] for h in (0.5, 1.0))
    for a, b in zip(half, one, strict=True):
        if a["quantity"] == "survival":
            assert a["median"] == pytest.approx(np.sqrt(b["median"]), rel=1e-3)
        elif a["quantity"] == "decompensation":
            assert a["median"] < b["median"]
        else:
            assert a["median"] == pytest.approx(1.1 * b["median"], rel=0.05)


def test_care_stands_before_what_is_under_study_which_has_standard_care_beside_it(found, monkeypatch):
    asked = Asked({"cells": CELLS, "beta-blocker": Care("beta-blocker")}, standard={"hbv": "antiviral"})
    gains = rows_of(found, asked, monkeypatch)[1]
    assert [(row["plan"], row["kind"]) for row in gains] == [
        ("beta-blocker", "care"), ("antiviral", "care"), ("cells", "under study")]  # fmt: skip


def test_care_that_a_patient_has_is_not_given_twice(found, monkeypatch):
    has = person(albumin=[34.0], bilirubin=[30.0])
    has = type(has)(has.name, has.course, treated=(Treatment("antiviral"),))
    own = type(found)(**(found.__dict__ | {"person": has}))
    asked = Asked({"antiviral": Care("antiviral"), "both": [Care("antiviral"), Care("beta-blocker")]})
    assert [row["plan"] for row in rows_of(own, asked, monkeypatch)[1]] == ["both"]
    assert room._beside(asked.plans["both"], {"antiviral"}) == [Care("beta-blocker")]


def test_care_is_asked_for_in_the_words_of_a_clinic():
    plans = cares_of(["tenofovir", "UDCA + propranolol"])
    assert plans == {
        "antiviral": [Care("antiviral")],
        "ursodeoxycholic acid + beta-blocker": [Care("ursodeoxycholic acid"), Care("beta-blocker")],
    }
    assert asked_for([], [], None) is None
    for wrong in ("snake oil", "", " + "):
        with pytest.raises(InputError):
            cares_of([wrong])
    with pytest.raises(InputError, match="another name"):
        Asked({UNTREATED: CELLS})
