"""Subdistribution hazards against R's cmprsk, with and without ties, and against closed cases."""

import numpy as np
import pytest

from lobule.errors import NoFit
from lobule.statistics.fine_gray import fit_fine_gray

IN_R = """suppressMessages(library(cmprsk))
d <- read.csv(a[1])
fit <- crr(d$time, d$code, cbind(d$arm, d$age), gtol = 1e-12, maxiter = 100)
found <- list(coef = fit$coef, se = sqrt(diag(fit$var)))"""


def competing(seed, n=120, ties=False):
    """Times of two competing events that hang on arm and age, with censoring."""
    rng = np.random.default_rng(seed)
    arm, age = np.arange(n) % 2, rng.normal(0, 1, n)
    first = rng.exponential(40 * np.exp(-0.6 * arm - 0.4 * age))
    second = rng.exponential(60 * np.exp(0.3 * arm))
    end = rng.uniform(5, 90, n)
    time = np.minimum.reduce([first, second, end])
    code = np.select([first <= time, second <= time], [1, 2], 0)
    return (np.ceil(time / 8) if ties else time), code, np.column_stack([arm, age])


@pytest.mark.parametrize("ties", [False, True])
def test_coefficients_and_errors_are_those_of_cmprsk(in_r, tmp_path, ties):
    time, code, z = competing(3, ties=ties)
    rows = "\n".join(f"{t!r},{c},{a!r},{b!r}" for t, c, (a, b) in zip(time.tolist(), code, z.tolist(), strict=True))
    (tmp_path / "d.csv").write_text(f"time,code,arm,age\n{rows}\n")
    found = in_r(IN_R, tmp_path / "d.csv")
    mine = fit_fine_gray(time, code == 1, code == 2, z)
    assert mine.coefficients == pytest.approx(found["coef"], rel=1e-6)
    assert np.sqrt(np.diag(mine.covariance)) == pytest.approx(found["se"], rel=1e-6)


def test_where_nothing_competes_it_is_cox():
    from statsmodels.duration.hazard_regression import PHReg

    time, code, z = competing(5)
    event = code == 1
    mine = fit_fine_gray(time, event, np.zeros(len(time), bool), z)
    assert mine.coefficients == pytest.approx(PHReg(time, z, status=event.astype(float)).fit().params, abs=1e-6)


def test_without_censoring_it_is_cox_with_competitors_at_risk_for_ever():
    from statsmodels.duration.hazard_regression import PHReg

    time, code, z = competing(7)
    code = np.where(code == 0, 2, code)
    kept = np.where(code == 2, time.max() + 1, time)
    mine = fit_fine_gray(time, code == 1, code == 2, z)
    assert mine.coefficients == pytest.approx(PHReg(kept, z, status=(code == 1) * 1.0).fit().params, abs=1e-6)


def test_what_cannot_be_fitted_is_said():
    time, code, z = competing(1)
    with pytest.raises(NoFit, match="no event"):
        fit_fine_gray(time, np.zeros(len(time), bool), code == 2, z)
    with pytest.raises(NoFit, match="does not converge"):
        fit_fine_gray(time, (code == 1) & (z[:, 0] == 1), code == 2, z[:, :1])


def test_the_level_holds():
    """Two events that do not hang on the arm, 1,000 times."""
    rng = np.random.default_rng(11)
    hits, n, times = 0, 100, 1000
    arm = (np.arange(n) % 2).astype(float)[:, None]
    for _ in range(times):
        first, second, end = rng.exponential(50, n), rng.exponential(80, n), rng.uniform(10, 90, n)
        time = np.minimum.reduce([first, second, end])
        fit = fit_fine_gray(time, first <= time, (second <= time) & (first > time), arm)
        hits += abs(fit.coefficients[0]) > 1.959964 * np.sqrt(fit.covariance[0, 0])
    assert hits / times == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / times))
