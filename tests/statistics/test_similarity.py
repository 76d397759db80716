"""Similarity by equivalence: R computes the same intervals, and scatter does not pass for likeness."""

import math

import numpy as np
import pytest

from lobule.statistics.curves import curve
from lobule.statistics.potency import parallel_curves, parallel_lines
from lobule.statistics.similarity import Margins


def written(path, columns):
    names = list(columns)
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join([",".join(names), *(",".join(map(str, row)) for row in rows)]), encoding="utf-8")
    return path


LINES = """
d <- read.csv(a[1]); d$x <- log(d$dose); d$new <- as.numeric(d$who == 'new')
apart <- lm(y ~ new * x + factor(plate), d)
cells <- lm(y ~ interaction(who, dose, drop = TRUE) + factor(plate), d)
s2 <- sum(resid(cells)^2) / cells$df.residual; df <- cells$df.residual
fieller <- function(fit, top, bottom) {
  v <- summary(fit)$cov.unscaled * s2; b <- coef(fit)
  num <- sum(top * b); den <- sum(bottom * b); t <- qt(0.95, df)
  roots <- polyroot(c(num^2 - t^2 * c(top %*% v %*% top), -2 * (num * den - t^2 * c(top %*% v %*% bottom)),
                      den^2 - t^2 * c(bottom %*% v %*% bottom)))
  c(num / den, sort(Re(roots)))
}
top <- as.numeric(names(coef(apart)) %in% c('x', 'new:x')); bottom <- as.numeric(names(coef(apart)) == 'x')
m <- (max(d$x) + min(d$x)) / 2; h <- diff(range(d$x)) / 2; d$z <- (d$x - m) / h
bent <- lm(y ~ new + z + I(z^2) + factor(plate), d)
q <- -as.numeric(names(coef(bent)) == 'I(z^2)'); r <- 2 * as.numeric(names(coef(bent)) == 'z')
found <- list(slopes = fieller(apart, top, bottom), bulge = fieller(bent, q, r))
"""


def test_slopes_and_curvature_of_lines_are_those_of_r(in_r, tmp_path):
    rng = np.random.default_rng(3)
    dose = np.tile(np.repeat([1.0, 2.0, 4.0, 8.0], 2), 4)
    who, plate = np.repeat(["ref", "new"] * 2, 8), np.repeat([1, 2], 16)
    y = 3 - 0.6 * np.log(dose * np.where(who == "new", 1.4, 1)) + 0.2 * (plate == 2) + rng.normal(0, 0.04, 32)
    y += 0.03 * np.log(dose / 3) ** 2
    table = written(tmp_path / "d.csv", {"dose": dose, "who": who, "plate": plate, "y": y})
    found = parallel_lines(dose, y, who, "ref", plate)[0]
    told = in_r(LINES, table)
    slopes, bulge = ((shape.value, shape.low, shape.high) for shape in found.shapes)
    assert slopes == pytest.approx(told["slopes"], rel=1e-8)
    assert bulge == pytest.approx(told["bulge"], rel=1e-8)


CURVES = """
d <- read.csv(a[1]); n <- as.numeric(d$who == 'new')
of <- function(dose, l, h, s, e) ifelse(dose == 0, l, l + (h - l) / (1 + exp(-exp(s) * (log(pmax(dose, 1e-9)) - e))))
fit <- nls(y ~ of(dose, l, h + n * dh, s + n * ds, e + n * de), d,
           start = list(l = 1, h = 0.2, s = 0.2, e = 3.3, dh = 0, ds = 0, de = 0))
b <- coef(fit); v <- vcov(fit); t <- qt(0.95, df.residual(fit))
share <- b['dh'] / (b['h'] - b['l'])
g <- c(l = share, h = -share, s = 0, e = 0, dh = 1, ds = 0, de = 0) / (b['h'] - b['l'])
half <- t * sqrt(c(g %*% v %*% g))
found <- list(slope = exp(b['ds'] + c(0, -1, 1) * t * sqrt(v['ds', 'ds'])), end = share + c(0, -1, 1) * half)
"""


def test_slopes_and_ends_of_curves_are_those_of_r(in_r, tmp_path):
    rng = np.random.default_rng(8)
    x = np.tile(np.geomspace(1, 600, 8), 4)
    who = np.repeat(["ref", "new"], 16)
    y = curve(x * np.where(who == "new", 1.6, 1.0), 1.0, 0.2, 30.0, 1.2) + rng.normal(0, 0.02, 32)
    control = 1.0 + rng.normal(0, 0.02, 6)
    both = {"dose": np.r_[x, np.zeros(6)], "who": np.r_[who, ["ref"] * 6], "y": np.r_[y, control]}
    told = in_r(CURVES, written(tmp_path / "d.csv", both))
    found = parallel_curves(x, y, who, "ref", control)[0]
    assert [shape.what for shape in found.shapes] == ["slope ratio", "end at large doses"]
    slope, end = ((shape.value, shape.low, shape.high) for shape in found.shapes)
    assert slope == pytest.approx(told["slope"], rel=1e-4)
    assert end == pytest.approx(told["end"], rel=2e-3, abs=1e-4)
    assert found.valid


def test_without_wells_that_hold_it_the_end_at_dose_0_is_compared_too():
    x = np.tile(np.geomspace(1, 3000, 9), 4)
    who = np.repeat(["ref", "new"], 18)
    y = np.where(who == "new", curve(x, 1.3, 0.2, 40, 1.2), curve(x, 1.0, 0.2, 40, 1.2))
    found = parallel_curves(x, y + 0.005 * np.resize([1, -1, 0.5, -0.5, 0.2], 36), who, "ref")[0]
    ends = {shape.what: shape for shape in found.shapes}
    assert ends["end at dose 0"].value == pytest.approx(-0.3 / 0.8, abs=0.05)  # of a range that falls
    assert not found.similar and abs(ends["end at large doses"].value) < 0.05


def test_the_worse_the_assay_the_rarer_it_passes():
    """A test of difference does the opposite: it passes more often with more scatter."""
    dose, who = np.tile(np.repeat([1.0, 2.0, 4.0, 8.0], 3), 2), np.repeat(["ref", "new"], 12)
    rng = np.random.default_rng(1)
    passed, undisputed = {}, {}
    for spread in (0.02, 0.1, 0.4):
        found = []
        for _ in range(60):
            line = 3 - np.where(who == "new", 0.9, 0.6) * np.log(dose)  # slopes differ by half
            found.append(parallel_lines(dose, line + rng.normal(0, spread, 24), who, "ref")[0])
        passed[spread] = np.mean([one.similar for one in found])
        undisputed[spread] = np.mean([one.p_parallel >= 0.05 for one in found])
    assert passed[0.02] == 0 and max(passed.values()) < 0.05
    assert undisputed[0.02] == 0 and undisputed[0.4] > 0.7


def test_at_the_edge_of_the_margin_one_in_twenty_passes():
    dose, who = np.tile(np.repeat([1.0, 2.0, 4.0, 8.0], 4), 2), np.repeat(["ref", "new"], 16)
    rng = np.random.default_rng(2)
    line = 3 - np.where(who == "new", 0.75, 0.6) * np.log(dose)  # a ratio of 1.25, the margin
    margins = Margins(slope_ratio=0.8, curvature=9.0)
    passed = [
        parallel_lines(dose, line + rng.normal(0, 0.03, 32), who, "ref", None, margins)[0].similar for _ in range(500)
    ]
    assert abs(np.mean(passed) - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 500)


def test_curves_that_the_wells_do_not_tell_are_not_alike():
    x = np.tile(np.geomspace(1, 4, 5), 4)  # far below the EC50: a line could be any curve
    who = np.repeat(["ref", "new"], 10)
    y = 1 - 1e-4 * x + 1e-3 * np.resize([1, -1, 0.5, -0.5, 0.2], 20)
    found = parallel_curves(x, y, who, "ref")[0]
    assert not found.similar and not found.valid


def two_curves(unit=1.0):
    """(slope ratio, end at large doses) of two noisy curves in some unit of the response."""
    rng = np.random.default_rng(5)
    dose = np.repeat([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], 3)
    y = np.concatenate([curve(dose, 3.0, 1.0, ec50, 1.2) + 0.05 * rng.standard_normal(18) for ec50 in (5.0, 7.0)])
    return parallel_curves(np.tile(dose, 2), unit * y, np.repeat(["ref", "new"], 18), "ref", unit * np.full(6, 3.0))[
        0
    ].shapes


def test_intervals_of_curves_do_not_depend_on_the_unit_of_the_response():
    for plain, counts in zip(two_curves(), two_curves(1e9), strict=True):
        assert (counts.low, counts.high) == pytest.approx((plain.low, plain.high), rel=1e-3)


def test_an_end_that_no_dose_reaches_is_told_by_no_interval():
    """Responses that only begin to fall, with much scatter: the end at large doses lies anywhere."""
    rng = np.random.default_rng(4)
    dose = np.repeat([1e8, 2e8, 4e8, 8e8], 6)
    y = np.concatenate([3.5 - 0.1 * k * (dose / 1e8) ** 0.35 + 0.1 * rng.standard_normal(24) for k in (1.0, 0.8)])
    control = 3.5 + 0.1 * rng.standard_normal(4)
    found = parallel_curves(np.tile(dose, 2), y, np.repeat(["ref", "new"], 24), "ref", control)
    end = found[0].shapes[1]
    assert end.high - end.low > 100 and not end.within(Margins())
