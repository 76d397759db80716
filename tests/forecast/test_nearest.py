"""The virtual person nearest to a patient: the one whose labs they are, as a subject that a run starts from there."""

from dataclasses import replace

import numpy as np
import pytest
from tests.forecast.toys import person

from lobule.errors import InputError
from lobule.files.course import Course
from lobule.files.person import Treatment
from lobule.forecast.nearest import FAR, _log_like, nearest
from lobule.forecast.pool import pool_without_blows
from lobule.patient import Patient
from lobule.patient.history import YEAR
from lobule.patient.variation import variation
from lobule.simulation.simulate import simulate

pytestmark = pytest.mark.science
SEEN = ("albumin", "bilirubin", "inr", "platelets", "ast", "alp")
VISITS = 40, 44, 48  # ten to twelve years of disease


@pytest.fixture(scope="module")
def pool():
    return pool_without_blows("hbv", 500)


def labs_of(pool, row, labs=SEEN):
    """Somebody whose labs are those of a virtual person."""
    days = (np.array(VISITS) - VISITS[0]) * pool.step * YEAR
    values = {lab: pool.of.values[lab][row, list(VISITS)] for lab in labs}
    return person(days, age=float(pool.ages[row, VISITS[0]]), **values)


def some_of(pool):
    """Three people who are alive at their visits, and ill by then, of whom these visits are candidates."""
    well = np.exp(pool.log_alive[:, VISITS[-1]]) > 0.9
    sick = pool.of.values["collagen_proportionate_area"][:, VISITS[0]] > 4
    return [int(row) for row in np.flatnonzero(well & sick) if row % 2][:3]


def test_who_has_the_labs_of_a_virtual_person_is_nearest_to_that_one(pool):
    for row in some_of(pool):
        one = nearest(labs_of(pool, row), "hbv", pool)
        assert one.virtual == pool.of.ids[row]
        assert one.subject["years"] == pool.of.years[VISITS[-1]]
        assert np.abs(one.values["distance_sd"]).max() < 0.1 and one.far.empty


def test_a_run_of_the_subject_starts_where_the_table_says(pool):
    one = nearest(labs_of(pool, some_of(pool)[0]), "hbv", pool)
    run = simulate(Patient(**one.subject), until="30 d", sample_every="1 d", outputs=SEEN)
    for row in one.last.to_dict("records"):
        assert row["day"] == 0
        assert float(run.data[row["lab"]][0]) == pytest.approx(row["virtual"], rel=1e-4)
    assert one.course["day"].iloc[-1] == 0 and one.course["day"].iloc[0] == pytest.approx(-2 * YEAR)


def test_what_makes_the_person_differ_is_its_own_whatever_was_measured(pool):
    row = some_of(pool)[0]
    for labs in (SEEN, ("albumin", "platelets")):
        one = nearest(labs_of(pool, row, labs), "hbv", pool)
        assert one.virtual == row and set(one.values["lab"]) == set(labs)
        assert one.subject["varied"].keys() == variation().keys()
        for name, factor in one.subject["varied"].items():
            assert factor == pytest.approx(pool.of.varied[name][row], rel=1e-3)
        assert Patient(**one.subject).age == pytest.approx(pool.ages[row, VISITS[-1]], abs=0.02)


def test_the_last_value_of_a_lab_counts_as_much_as_all_before(pool):
    row = some_of(pool)[0]
    who = labs_of(pool, row, ("albumin",))
    own = who.course.values["albumin"]
    early, late = (replace(who, course=replace(who.course, values={"albumin": own * np.array(factors)}))
                   for factors in ((1.2, 1.0, 1.0), (1.0, 1.0, 1.2)))  # fmt: skip
    moved = [_log_like(one, pool)[row, VISITS[0]] - _log_like(who, pool)[row, VISITS[0]] for one in (early, late)]
    assert moved == pytest.approx([-0.25 * (np.log(1.2) / 0.08) ** 2, -0.5 * (np.log(1.2) / 0.08) ** 2], rel=1e-3)


def test_a_limit_that_is_kept_is_no_distance_and_one_that_is_broken_is(pool):
    row = some_of(pool)[0]
    who = labs_of(pool, row)
    alp = float(who.course.values["alp"][-1])

    def with_limit(value, side):
        values, beyond = dict(who.course.values), dict(who.course.beyond)
        values["ggt"], beyond["ggt"] = np.array([np.nan, np.nan, value]), np.array([0, 0, side])
        told = replace(who, course=Course(who.course.days, values, beyond, ()))
        return nearest(told, "hbv", pool).last.set_index("lab")["distance_sd"]["ggt"]

    assert alp > 0
    assert with_limit(5000.0, -1) == 0 and with_limit(3.0, 1) == 0
    assert with_limit(3.0, -1) < 0 and with_limit(5000.0, 1) > 0


def test_labs_of_nobody_are_far_and_the_farthest_stands_first(pool):
    who = labs_of(pool, some_of(pool)[0], ("albumin", "inr"))
    who.course.values["inr"][:] = 9.0
    who.course.values["albumin"][:] = 60.0
    far = nearest(who, "hbv", pool).far
    assert len(far) and (far["distance_sd"].abs() > FAR).all()
    assert far["distance_sd"].abs().is_monotonic_decreasing


def test_sex_is_the_patients_and_treatments_that_nobody_has_are_named(pool):
    who = replace(
        labs_of(pool, some_of(pool)[0]), sex="f", treated=(Treatment("diuretic"), Treatment("X-17", known=False))
    )
    one = nearest(who, "hbv", pool)
    assert one.subject["sex"] == "f" and one.left_out == ("diuretic", "X-17")
    assert "treated_with" not in one.subject
    assert nearest(replace(who, age=None), "hbv", pool).age is None


def test_nobody_of_that_age_is_told_in_a_sentence(pool):
    with pytest.raises(InputError, match="no virtual patient with hbv is of that age"):
        nearest(replace(labs_of(pool, 0), age=150.0), "hbv", pool)
