"""Relative potency against the European Pharmacopoeia, closed forms and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.quality.potency import curve, fieller, fit_curve, parallel_curves, parallel_lines

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


def test_the_pharmacopoeias_example_refuses_u_and_gives_the_printed_potency_of_t():
    printed = [332.0, 248.4, 323.9, 244.0, 282.2, 250.0]
    assert [round(float(np.mean(ys)), 1) for ys in CORTICOTROPHIN.values()] == printed
    every = parallel_lines(*wells("STU"), "S")
    assert round(every[0].p_parallel, 3) == 0.007 and not every[0].valid
    found = parallel_lines(*wells("ST"), "S")[0]
    assert found.valid and math.isnan(found.p_linear)
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
