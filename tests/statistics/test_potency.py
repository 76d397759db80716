"""Relative potency against the European Pharmacopoeia, closed forms and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.statistics.curves import curve, fit_curve
from lobule.statistics.potency import Potency, fieller, parallel_curves, parallel_lines
from lobule.statistics.similarity import Margins, Shape

# European Pharmacopoeia 5.3, example 5.1.1: corticotrophin, ascorbic acid depletion in rats, doses 0.25 and 1.0
CORTICOTROPHIN = {
    ("S", 0.25): [300, 310, 330, 290, 364, 328, 390, 360, 342, 306],
    ("S", 1.0): [289, 221, 267, 236, 250, 231, 229, 269, 233, 259],
    ("T", 0.25): [310, 290, 360, 341, 321, 370, 303, 334, 295, 315],
    ("T", 1.0): [230, 210, 280, 261, 241, 290, 223, 254, 216, 235],
    ("U", 0.25): [250, 268, 273, 240, 307, 270, 317, 312, 320, 265],
    ("U", 1.0): [236, 213, 283, 269, 251, 294, 223, 250, 216, 265],
}


def wells(samples):
    rows = [(dose, y, name) for (name, dose), ys in CORTICOTROPHIN.items() if name in samples for y in ys]
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def test_the_pharmacopoeias_example_has_its_printed_tests_and_potency_and_shows_no_similarity():
    """p is no sign of it: with ten rats a dose T passes at p 0.46, and its slope is known to a third either way."""
    printed = [332.0, 248.4, 323.9, 244.0, 282.2, 250.0]
    assert [round(float(np.mean(ys)), 1) for ys in CORTICOTROPHIN.values()] == printed
    every = parallel_lines(*wells("STU"), "S")
    assert round(every[0].p_parallel, 3) == 0.007 and not every[0].valid
    found = parallel_lines(*wells("ST"), "S")[0]
    assert found.p_parallel > 0.05 and math.isnan(found.p_linear)
    assert not found.valid and [shape.what for shape in found.shapes] == ["slope ratio"]
    assert found.shapes[0].low < 0.8
    assert (round(found.potency, 2), round(found.low, 2), round(found.high, 2)) == (1.11, 0.82, 1.51)


def test_fieller_agrees_with_the_pharmacopoeias_own_form():
    """Section 3.2.3: C M' +- sqrt((C - 1)(C M'^2 + 2 V)) for a symmetric design, with C and V from sums of squares."""
    dose, y, who = wells("ST")
    x = np.log(dose)
    reference, test = who == "S", who == "T"
    centred = np.where(reference, x - x[reference].mean(), x - x[test].mean())
    b = (centred * y).sum() / (centred**2).sum()
    ratio = (y[test].mean() - y[reference].mean()) / b - (x[test].mean() - x[reference].mean())
    groups = [y[(who == n) & (x == v)] for n in "ST" for v in np.unique(x)]
    error = sum(((g - g.mean()) ** 2).sum() for g in groups) / (len(y) - len(groups))
    t2 = 2.0281**2  # 36 degrees of freedom
    regression = b**2 * (centred**2).sum()
    c = regression / (regression - error * t2)
    v = regression / (b**2 * 20)  # SSreg/(b^2 d n) with d n = 20 wells a preparation
    half = math.sqrt((c - 1) * (c * ratio**2 + 2 * v))
    found = parallel_lines(dose, y, who, "S")[0]
    assert found.low == pytest.approx(math.exp(c * ratio - half), rel=1e-4)
    assert found.high == pytest.approx(math.exp(c * ratio + half), rel=1e-4)


def test_fieller_covers_the_ratio():
    rng = np.random.default_rng(1)
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    drawn = rng.multivariate_normal([3.0, 2.0], covariance, 4000)
    inside = [low <= 1.5 <= high for low, high in (fieller(a, b, covariance, 1.96) for a, b in drawn)]
    assert abs(np.mean(inside) - 0.95) < 0.012


def test_no_bounded_interval_without_a_slope():
    assert fieller(1.0, 0.1, [[0.01, 0], [0, 0.01]], 2.0) == (-math.inf, math.inf)
    dose = np.tile([1.0, 2.0, 4.0, 8.0], 4)
    y = np.random.default_rng(3).normal(size=16)
    found = parallel_lines(dose, y, np.repeat(["a", "b"], 8), "a")[0]
    assert not found.valid


@settings(max_examples=40, deadline=None)
@given(potency=st.floats(0.2, 5), slope=st.floats(0.3, 3), shift=st.floats(-3, 3))
def test_exact_lines_give_the_exact_potency(potency, slope, shift):
    dose = np.tile([1.0, 2.0, 4.0], 2)
    who = np.repeat(["ref", "new"], 3)
    y = shift - slope * np.log(dose * np.where(who == "new", potency, 1.0))
    noise = 1e-6 * np.array([1, -2, 1, -1, 2, -1])
    assert parallel_lines(dose, y + noise, who, "ref")[0].potency == pytest.approx(potency, rel=1e-4)


def test_plates_are_taken_out():
    dose, who = np.tile([1.0, 2.0, 4.0, 8.0], 6), np.repeat(["ref", "new"] * 3, 4)
    plate = np.repeat([1, 2, 3], 8)
    rng = np.random.default_rng(2)
    y = np.log(dose * np.where(who == "new", 0.5, 1)) + np.array([0, 3, -2])[plate - 1] + rng.normal(0, 0.02, 24)
    without, with_plates = parallel_lines(dose, y, who, "ref")[0], parallel_lines(dose, y, who, "ref", plate)[0]
    assert with_plates.potency == pytest.approx(0.5, rel=0.05)
    assert with_plates.high / with_plates.low < 1.3
    assert not without.valid


def test_curves_find_potency_and_ec50_with_their_level():
    x = np.tile(np.geomspace(1, 1000, 8), 4)
    who = np.repeat(["ref", "new"], 16)
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(60):
        y = curve(x * np.where(who == "new", 1.5, 1), 1.0, 0.2, 30.0, 1.2) + rng.normal(0, 0.02, 32)
        found = parallel_curves(x, y, who, "ref")[0]
        inside += found.low <= 1.5 <= found.high
    assert 50 <= inside <= 60
    own = fit_curve(x[:16], y[:16])
    assert own.ec50_low < 30 < own.ec50_high and own.r_squared > 0.99
    assert curve(30.0, 1.0, 0.2, 30.0, 1.2) == pytest.approx(0.6)


def test_curves_of_another_shape_are_refused():
    x = np.tile(np.geomspace(1, 1000, 8), 4)
    who = np.repeat(["ref", "new"], 16)
    y = np.where(who == "new", curve(x, 1, 0.6, 30, 2.5), curve(x, 1, 0.1, 30, 0.8))
    found = parallel_curves(x, y + np.random.default_rng(6).normal(0, 0.01, 32), who, "ref")[0]
    assert not found.valid and found.p_parallel < 1e-3


@pytest.mark.parametrize(
    "dose, response, sample, words",
    [
        ([1, 2], [1, 2, 3], ["a", "b"], "as long as"),
        ([0, 2, 1, 2], [1, 2, 3, 4], ["a", "a", "b", "b"], "above 0"),
        ([1, 2, 1, 2], [1, np.nan, 3, 4], ["a", "a", "b", "b"], "finite"),
        ([1, 2, 1, 2], [1, 2, 3, 4], ["c", "c", "b", "b"], "no well of the reference"),
        ([1, 2, 1, 2], [1, 2, 3, 4], ["a", "a", "a", "a"], "beside the reference"),
        ([1, 2, 1, 1], [1, 2, 3, 4], ["a", "a", "b", "b"], "at least 2 doses"),
        ([1, 2, 1, 2], [1, 2, 3, 4], ["a", "a", "b", "b"], "too few wells"),
    ],
)
def test_mistakes_are_told(dose, response, sample, words):
    with pytest.raises(InputError, match=words):
        parallel_lines(dose, response, sample, "a")


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-5, 5), st.floats(0.5, 5), st.sampled_from([-1, 1]), st.floats(0.01, 0.5), st.floats(0.01, 0.3),
    st.floats(-0.9, 0.9), st.floats(0.5, 2.5),
)  # fmt: skip
def test_fiellers_ends_are_where_the_ratio_is_just_refused(top, size, sign, top_se, bottom_se, correlation, t):
    """Its definition: |top - r bottom| = t times the standard error of that difference, at both ends r."""
    bottom, both = sign * size, correlation * top_se * bottom_se
    low, high = fieller(top, bottom, [[top_se**2, both], [both, bottom_se**2]], t)
    if (t * bottom_se / bottom) ** 2 >= 1:
        assert (low, high) == (-math.inf, math.inf)
        return
    assert low < top / bottom < high
    for r in (low, high):
        se = math.sqrt(top_se**2 - 2 * r * both + r**2 * bottom_se**2)
        assert abs(top - r * bottom) == pytest.approx(t * se, rel=1e-6, abs=1e-9)


def test_fieller_of_a_known_or_a_vanishing_denominator():
    assert fieller(3.0, 2.0, [[0.04, 0.0], [0.0, 0.0]], 2.0) == pytest.approx((1.5 - 0.2, 1.5 + 0.2))
    assert fieller(3.0, 0.0, [[0.04, 0.0], [0.0, 0.01]], 2.0) == (-math.inf, math.inf)
    assert fieller(3.0, 1.0, [[0.04, 0.0], [0.0, 0.0625]], 4.0) == (-math.inf, math.inf)  # g is 1: just unbounded


def uneven():
    """Two samples at doses of their own, two plates, unlike numbers of wells: nothing is symmetric."""
    rng = np.random.default_rng(12)
    dose = np.array([1, 1, 2, 2, 4, 8, 8, 1.5, 3, 3, 6, 6, 6, 12, 1, 2, 4, 8, 3, 6.0])
    who = np.array(["ref"] * 7 + ["new"] * 7 + ["ref"] * 4 + ["new"] * 2)
    plate = np.array(["p1"] * 14 + ["p2"] * 6)
    y = 5 - 1.3 * np.log(dose * np.where(who == "new", 1.7, 1.0)) + np.where(plate == "p2", 0.4, 0.0)
    return dose, y + rng.normal(0, 0.15, len(dose)), who, plate


@pytest.mark.parametrize("with_plates", [False, True])
def test_tests_and_interval_are_those_of_statsmodels_on_an_uneven_assay(with_plates):
    import pandas as pd
    import statsmodels.formula.api as smf
    from scipy import stats

    dose, y, who, plate = uneven()
    table = pd.DataFrame({"y": y, "x": np.log(dose), "who": who, "plate": plate, "new": (who == "new") * 1.0})
    table["cell"] = table["who"] + table["x"].astype(str)
    block = " + C(plate)" if with_plates else ""
    flat, lines, apart, cells = (
        smf.ols(f"y ~ {formula}{block}", table).fit() for formula in ("new", "new + x", "new * x", "C(cell)")
    )

    def p(simple, full):
        df = simple.df_resid - full.df_resid
        return stats.f.sf((simple.ssr - full.ssr) / df / (cells.ssr / cells.df_resid), df, cells.df_resid)

    found = parallel_lines(dose, y, who, "ref", plate if with_plates else None)[0]
    assert found.p_regression == pytest.approx(p(flat, lines))
    assert found.p_parallel == pytest.approx(p(lines, apart))
    assert found.p_linear == pytest.approx(p(apart, cells))
    ratio = lines.params["new"] / lines.params["x"]
    assert found.potency == pytest.approx(math.exp(ratio))
    spread = lines.normalized_cov_params.loc[["new", "x"], ["new", "x"]] * cells.ssr / cells.df_resid
    t = stats.t.ppf(0.975, cells.df_resid)
    assert (found.low, found.high) == pytest.approx(
        tuple(np.exp(fieller(lines.params["new"], lines.params["x"], spread, t)))
    )
    assert (found.sample, found.model) == ("new", "parallel lines")


def test_several_samples_are_each_against_the_reference_in_the_order_of_their_names():
    dose = np.tile([1.0, 2.0, 4.0], 3)
    who = np.repeat(["z", "ref", "b"], 3)
    factor = {"z": 3.0, "ref": 1.0, "b": 0.5}
    y = np.log(dose * np.array([factor[w] for w in who])) + 1e-4 * np.array([1, -2, 1, 2, -3, 1, 1, -1, 0])
    found = parallel_lines(dose, y, who, "ref")
    assert [(f.sample, round(f.potency, 2)) for f in found] == [("b", 0.5), ("z", 3.0)]
    assert all(f.valid for f in found)


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"p_regression": 0.05}, False),
        ({"p_regression": 0.049}, True),
        ({"p_parallel": 1e-6, "p_linear": 1e-6}, True),  # tests of difference are shown and do not decide
        ({"p_linear": math.nan, "p_parallel": math.nan}, True),
        ({"low": -math.inf}, False),
        ({"high": math.inf}, False),
        ({"shapes": ()}, False),
        ({"shapes": (Shape("slope ratio", 1.0, 0.79, 1.2),)}, False),
        ({"shapes": (Shape("slope ratio", 1.0, 0.8, 1.26),)}, False),
        ({"shapes": (Shape("slope ratio", 1.0, 0.8, 1.26),), "margins": Margins(slope_ratio=0.75)}, True),
        ({"shapes": (Shape("slope ratio", 1.0, 0.9, 1.1), Shape("end at large doses", 0.1, 0.0, 0.21))}, False),
        ({"shapes": (Shape("slope ratio", 1.0, 0.9, 1.1), Shape("curvature", 0.0, -0.1, 0.19))}, True),
    ],
)
def test_an_assay_is_valid_by_equivalence_of_its_shape(changes, valid):
    given = {"p_regression": 1e-6, "p_parallel": 0.5, "p_linear": 0.4, "low": 0.8, "high": 1.2,
             "shapes": (Shape("slope ratio", 1.0, 0.8, 1.25),)} | changes  # fmt: skip
    potency = Potency(sample="s", model="parallel lines", potency=1.0, **given)
    assert potency.valid is valid
    assert potency.to_dict()["valid"] is valid and potency.to_dict()["low"] == given["low"]


def four_parameter(x, low, high, log_ec50, log_slope):
    return low + (high - low) / (1 + np.exp(-np.exp(log_slope) * (np.log(x) - log_ec50)))


def test_a_curve_is_that_of_scipy_with_its_interval():
    from scipy import stats
    from scipy.optimize import curve_fit

    rng = np.random.default_rng(4)
    x = np.repeat(np.geomspace(0.5, 400, 7), 2)
    y = curve(x, 0.9, 0.15, 20.0, 1.4) + rng.normal(0, 0.03, 14)
    p, spread = curve_fit(four_parameter, x, y, [0.9, 0.2, 3.0, 0.3])
    found = fit_curve(x, y)
    assert (found.low, found.high, found.ec50, found.slope) == pytest.approx(
        (p[0], p[1], math.exp(p[2]), math.exp(p[3])), rel=1e-4
    )
    half = stats.t.ppf(0.975, 10) * math.sqrt(spread[2, 2])
    assert (found.ec50_low, found.ec50_high) == pytest.approx((math.exp(p[2] - half), math.exp(p[2] + half)), rel=1e-3)
    rest = ((y - four_parameter(x, *p)) ** 2).sum()
    assert found.r_squared == pytest.approx(1 - rest / ((y - y.mean()) ** 2).sum(), rel=1e-6)


def test_wells_without_product_hold_the_low_end():
    x = np.array([0.0, 0.0, 1, 3, 10, 30, 100, 300])
    y = curve(x, 1.0, 0.2, 15.0, 1.2) + 0.001 * np.array([1, -1, 1, -1, 1, -1, 1, -1])
    found = fit_curve(x, y)
    assert found.low == pytest.approx(1.0, abs=5e-3) and found.ec50 == pytest.approx(15.0, rel=0.03)
    assert curve(0.0, 1.0, 0.2, 15.0, 1.2) == 1.0


def test_parallel_curves_are_those_of_scipy():
    from scipy import stats
    from scipy.optimize import curve_fit

    rng = np.random.default_rng(6)
    x = np.tile(np.geomspace(1, 600, 7), 4)
    who = np.repeat(["ref", "new"], 14)
    new = (who == "new") * 1.0
    y = curve(x * np.where(who == "new", 1.6, 1.0), 1.0, 0.2, 30.0, 1.2) + rng.normal(0, 0.02, 28)

    def shared(x, low, high, log_slope, log_ec50, log_potency):
        return four_parameter(x, low, high, log_ec50 - log_potency * new, log_slope)

    p, spread = curve_fit(shared, x, y, [1.0, 0.2, 0.2, 3.4, 0.4])
    half = stats.t.ppf(0.975, 23) * math.sqrt(spread[4, 4])
    found = parallel_curves(x, y, who, "ref")[0]
    assert (found.sample, found.model) == ("new", "4-parameter curves") and math.isnan(found.p_linear)
    assert np.log([found.potency, found.low, found.high]) == pytest.approx([p[4], p[4] - half, p[4] + half], abs=1e-3)
    rest = ((y - shared(x, *p)) ** 2).sum()
    own = 0.0
    for name in ("ref", "new"):
        q, _ = curve_fit(four_parameter, x[who == name], y[who == name], [1.0, 0.2, 3.2, 0.2])
        own += ((y[who == name] - four_parameter(x[who == name], *q)) ** 2).sum()
    assert found.p_parallel == pytest.approx(stats.f.sf((rest - own) / 3 / (own / 20), 3, 20), rel=1e-3)
    flat = ((y - y.mean()) ** 2).sum()
    expected = stats.f.sf((flat - rest) / 4 / (rest / 23), 4, 23)
    assert math.log(found.p_regression) == pytest.approx(math.log(expected), rel=1e-3)


def test_unlike_doses_of_two_samples_keep_to_their_own():
    x = np.r_[np.geomspace(1, 600, 7), np.geomspace(3, 900, 6)]
    who = np.repeat(["ref", "new"], [7, 6])
    y = curve(x * np.where(who == "new", 0.5, 1.0), 1.0, 0.2, 30.0, 1.2) + 1e-3 * np.resize([1, -1, 0.5, -0.5], 13)
    assert parallel_curves(x, y, who, "ref")[0].potency == pytest.approx(0.5, rel=0.02)


def test_four_doses_of_every_sample_are_enough_for_curves():
    x = np.tile([3.0, 15.0, 60.0, 300.0], 4)
    who = np.repeat(["ref", "new"], 8)
    y = curve(x * np.where(who == "new", 2.0, 1.0), 1.0, 0.2, 30.0, 1.2) + 1e-3 * np.resize([1, -1, 0.5, -0.5, 0], 16)
    assert parallel_curves(x, y, who, "ref")[0].potency == pytest.approx(2.0, rel=0.02)


def test_one_degree_of_freedom_is_enough_for_the_error():
    """Five wells and two lines leave one degree of freedom; without replicates it is that of the error."""
    dose, who = np.array([1.0, 2.0, 4.0, 1.0, 2.0]), np.array(["a", "a", "a", "b", "b"])
    found = parallel_lines(dose, np.log(dose) + np.array([0.01, -0.02, 0.01, 0.7, 0.71]), who, "a")[0]
    assert math.isnan(found.p_linear) and 1.5 < found.potency < 2.5 and math.isfinite(found.p_parallel)
    # one replicate well: its difference is all the error there is
    dose, who = np.append(dose, 4.0), np.append(who, "a")
    again = parallel_lines(dose, np.log(dose) + np.array([0.01, -0.02, 0.01, 0.7, 0.71, 0.012]), who, "a")[0]
    assert math.isfinite(again.p_linear) and again.high < found.high


def test_control_wells_take_part_in_parallel_curves():
    x = np.tile(np.geomspace(20, 2000, 6), 2)  # no dose near the low end: only the controls tell it
    who = np.repeat(["ref", "new"], 6)
    y = curve(x * np.where(who == "new", 2.0, 1.0), 1.0, 0.2, 15.0, 1.2) + 1e-3 * np.tile([1, -1, 1], 4)
    with_controls = parallel_curves(x, y, who, "ref", control=[1.0, 1.001, 0.999])[0]
    without = parallel_curves(x, y, who, "ref")[0]
    assert with_controls.potency == pytest.approx(2.0, rel=0.05)
    assert with_controls.high / with_controls.low < without.high / without.low


CURVE = "a curve needs at least four doses above 0 and finite responses"
TWO_EACH = 'the sample "b" needs at least 2 doses'


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: fit_curve([1, 2, 4, 4], [1, 2, 3, 4]), CURVE),
        (lambda: fit_curve([0, 1, 2, 4], [1, 2, 3, 4]), CURVE),
        (lambda: fit_curve([-1, 1, 2, 4, 8], [0, 1, 2, 3, 4]),
         CURVE),
        (lambda: fit_curve([1, 2, 4, 8, 9], [1, 2, 3, math.inf, 4]),
         CURVE),
        (lambda: fit_curve([1, 2, 4, 8], [1, 2, 3, 4]), "4 wells are too few for curves of 4 parameters"),
        (lambda: parallel_curves([1, 2, 4, 8, 1, 2, 4], [1, 2, 3, 4, 1, 2, 3], list("aaaabbb"), "a"),
         "curves need at least four doses of every sample"),
        (lambda: parallel_lines([1, 2, 1, 2], [1, 2, 3, 4], list("aabb"), "a"),
         "too few wells: nothing is left to tell the error of the assay from"),
        (lambda: parallel_lines([1, 2, 1, 2], [1, 2, 3, 4], list("ccbb"), "a"), 'no well of the reference "a"'),
        (lambda: parallel_lines([1, 2, 1, 2], [1, 2, 3, 4], list("aaaa"), "a"),
         "a relative potency needs a sample beside the reference"),
        (lambda: parallel_lines([1, 2, 1, 1], [1, 2, 3, 4], list("aabb"), "a"), TWO_EACH),
        (lambda: parallel_lines([1, 0, 1, 2], [1, 2, 3, 4], list("aabb"), "a"),
         "doses must be above 0, responses finite; wells without product are no part of the lines"),
        (lambda: parallel_lines([[1, 2], [1, 2]], [[1, 2], [3, 4]], [["a", "a"], ["b", "b"]], "a"),
         "dose, response and sample must be as long as each other"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_exactly(call, sentence):
    with pytest.raises(InputError) as refused:
        call()
    assert str(refused.value) == sentence


def test_a_flat_curve_has_no_fit_to_speak_of():
    found = fit_curve([1.0, 2, 4, 8, 16, 32], [0.5] * 6)
    assert found.r_squared == 1.0 and found.low == pytest.approx(0.5)


def test_what_is_too_large_for_a_number_is_infinite():
    dose = np.tile([1.0, 1.0000001], 6)
    who = np.repeat(["ref", "new"], 6)
    y = np.where(who == "new", 1e3, 0.0) + np.log(dose) * 1e6 + np.tile([1e-9, -1e-9, 0, 0, 1e-9, 0], 2)
    found = parallel_lines(dose, y, who, "ref")[0]
    assert found.potency == pytest.approx(math.exp(1e-3), rel=1e-3)
    dose = np.tile([1.0, 2.0, 4.0], 4)
    y = np.repeat([0.0, 900.0], 6) + np.log(dose) + 1e-6 * np.tile([1, -1, 1, -1, 1, -1], 2)
    far = parallel_lines(dose, y, np.repeat(["ref", "new"], 6), "ref")[0]
    assert far.potency == math.inf and not far.valid
