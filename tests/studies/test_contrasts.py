"""Sides of contrasts: what their own words say, and what rows of the same study say for them."""

from dataclasses import replace

import pytest

from lobule.errors import InputError
from lobule.evidence import table_path
from lobule.studies.contrasts import arms_of_contrast
from lobule.studies.tables import read_contrasts, read_studies

STUDIES = read_studies(table_path("studies"))[0]
CONTRASTS = read_contrasts(table_path("contrasts"))[0]


def contrast(identifier):
    return next(c for c in CONTRASTS if c.contrast_id == identifier)


def test_contrasts_take_doses_routes_and_times_from_their_words():
    high, low = arms_of_contrast(contrast("X002"), STUDIES)
    assert (high.plan.dose, low.plan.dose) == ("3e+06 cell", "1e+06 cell")
    before, after = arms_of_contrast(contrast("X008"), STUDIES)
    assert before.injuries[0].times[0] == pytest.approx(0.5)
    assert after.plan.times()[0] == pytest.approx(2 / 24, rel=1e-4)
    many, single = arms_of_contrast(contrast("X009"), STUDIES)
    assert (many.plan.n, single.plan.n) == (3, 1)
    given, nothing = arms_of_contrast(contrast("X004"), STUDIES)
    assert given.plan is not None
    assert nothing.plan is None
    knocked, native = arms_of_contrast(contrast("X012"), STUDIES)
    assert knocked.without == ("gpx1",)
    assert native.without == ()


def side(text, *, like=STUDIES, **changes):
    """The first arm of a contrast in these words."""
    return arms_of_contrast(replace(contrast("X012"), arm_a=text, **changes), like)[0]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("6 h before", -0.25),
        ("two days after", 2.0),
        ("1.5 weeks later", 10.5),
        ("at onset", 0.0),
        ("at any time", None),
    ],
)
def test_words_tell_the_day_of_the_first_dose(text, day):
    told = side(f"exosomes {text}", product_a="ev")
    usual = side("exosomes", product_a="ev")
    if day is None:
        assert told.key == usual.key
    else:
        assert told.plan.times()[0] - told.injuries[0].times[0] == pytest.approx(day)


@pytest.mark.parametrize(("text", "factor"), [("high dose", 3), ("lower doses", 0.3), ("very high cell mass", 100)])
def test_words_change_the_dose_that_is_told(text, factor):
    given = float(side(f"{text}, 1e4 cells", product_a="msc", dose_a="").plan.dose.split()[0])
    assert given == pytest.approx(1e4 * factor)


def test_words_change_the_usual_dose_where_none_is_told():
    assert side("low dose", product_a="msc", dose_a="", like=()).plan.dose == "300000 cell"
    assert not side("some dose", product_a="msc", dose_a="", like=()).dose_known


def test_a_side_without_rows_of_its_study_stands_on_its_own_words():
    arm = side("single dose of 2e5 adipose cells by tail vein", product_a="msc", dose_a="", like=())
    assert (arm.plan.name, arm.plan.dose, arm.plan.route, arm.plan.n) == ("ad-msc", "200000 cell", "iv", 1)


def test_a_drug_is_no_product():
    with pytest.raises(InputError, match='no drug such as "silymarin"'):
        side("silymarin", product_a="drug")
