"""Priors of every kind against SciPy."""

import math

import pytest
import scipy.stats as stats
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError

pytest.importorskip("petab")
from tests.calibrate.petab.conversions import HEADER, MODEL, write

from lobule.calibrate.petab.evaluate import evaluate_problem
from lobule.calibrate.petab.priors import KINDS, Prior, scaled

WITH_PRIOR = HEADER.rstrip("\n") + "\tobjectivePriorType\tobjectivePriorParameters\n"


def expected(kind, first, second, scale, value):
    on_scale = scaled(value, scale)
    return {
        "uniform": lambda: stats.uniform(first, second - first).logpdf(value),
        "normal": lambda: stats.norm(first, second).logpdf(value),
        "laplace": lambda: stats.laplace(first, second).logpdf(value),
        "logNormal": lambda: stats.lognorm(second, scale=math.exp(first)).logpdf(value),
        "logLaplace": lambda: stats.loglaplace(1 / second, scale=math.exp(first)).logpdf(value),
        "parameterScaleUniform": lambda: stats.uniform(first, second - first).logpdf(on_scale),
        "parameterScaleNormal": lambda: stats.norm(first, second).logpdf(on_scale),
        "parameterScaleLaplace": lambda: stats.laplace(first, second).logpdf(on_scale),
    }[kind]()


@given(st.sampled_from(KINDS), st.floats(-2, 2), st.floats(0.1, 5), st.sampled_from(["lin", "log", "log10"]),
       st.floats(0.01, 20))  # fmt: skip
def test_the_density_of_every_kind_is_that_of_scipy(kind, first, spread, scale, value):
    second = first + spread if kind.lower().endswith("uniform") else spread
    wanted = expected(kind, first, second, scale, value)
    assert Prior(kind, first, second, scale).log_density(value) == pytest.approx(wanted, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_prior_of_every_kind_counts(tmp_path, kind):
    given = "0;2" if kind.lower().endswith("uniform") else "1;2"
    table = WITH_PRIOR + f"a0\tlog\t0.1\t10\t1.5\t1\t{kind}\t{given}\nk1\tlin\t0\t1\t0.8\t0\tnormal\t9;1\n"
    found = evaluate_problem(write(tmp_path, MODEL, parameters=table)).log_prior
    first, second = map(float, given.split(";"))
    assert found == pytest.approx(float(expected(kind, first, second, "log", 1.5)), rel=1e-12)


def test_a_uniform_prior_on_the_scale_takes_the_bounds_where_none_are_given(tmp_path):
    table = WITH_PRIOR + "a0\tlog10\t0.1\t10\t1.5\t1\tparameterScaleUniform\t\nk1\tlin\t0\t1\t0.8\t1\t\t\n"
    assert evaluate_problem(write(tmp_path, parameters=table)).log_prior == pytest.approx(-math.log(2))


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("parameterScaleNormal", "abc", "not two numbers"),
        ("normal", "1", "not two numbers"),
        ("normal", "1;2;3", "not two numbers"),
        ("normal", "1;nan", "not two numbers"),
        ("normal", "", "not two numbers"),
        ("laplace", "1;0", "spread 0 is not above 0"),
        ("logNormal", "1;-1", "spread -1 is not above 0"),
        ("uniform", "2;1", "2 is not below 1"),
        ("uniform", "3;4", "outside its prior, uniform 3;4"),
        ("cauchy", "1;1", '"cauchy" is none of uniform, normal'),
        ("", "1;1", "the cell is empty"),
    ],
)
def test_a_wrong_prior_is_told_with_its_cell(tmp_path, kind, given, message):
    table = WITH_PRIOR + f"a0\tlin\t0\t10\t1\t1\t{kind}\t{given}\nk1\tlin\t0\t1\t0.8\t1\t\t\n"
    with pytest.raises(InputError, match=rf"^parameters.tsv, line 2, column \w+: .*{message}"):
        evaluate_problem(write(tmp_path, parameters=table))
