"""Validation of an assay: R has the same numbers, and what is biased or imprecise does not pass."""

import json
import math

import numpy as np
import pytest
from tests.quality.conftest import EXAMPLES
from typer.testing import CliRunner

from lobule import cli
from lobule.errors import InputError
from lobule.quality.validation import validate

LEVELS = (50, 71, 100, 141, 200)


def table(path, bias=None, between=0.04, within=0.05, runs=8, values=2, power=1.0, seed=1, levels=LEVELS):
    """A validation: bias by level as shares, errors on the logarithm, measured as nominal to some power."""
    rng = np.random.default_rng(seed)
    rows = ["Level (%),run,potency (%)"]
    for run in range(1, runs + 1):
        for level in levels:
            shift = between * rng.standard_normal()
            for _ in range(values):
                y = 100 * (level / 100) ** power * (1 + (bias or {}).get(level, 0))
                rows.append(f"{level},{run},{y * math.exp(shift + within * rng.standard_normal()):.6g}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


MIXED = """
library(nlme); d <- read.csv(a[1]); names(d) <- c('level', 'run', 'y'); d$z <- log(d$y / d$level)
one <- d[d$level == 100, ]
fit <- lme(z ~ 1, random = ~ 1 | run, one, control = lmeControl(msTol = 1e-12, tolerance = 1e-12))
v <- as.numeric(VarCorr(fit)[, 'Variance'])
bias <- exp(t.test(tapply(one$z, one$run, mean), conf.level = 0.9)$conf.int) - 1
m <- aggregate(log(y) ~ log(level) + run, d, mean); names(m) <- c('x', 'run', 'y')
line <- lm(y ~ x, m)
found <- list(variances = v, ip = exp(sqrt(sum(v))) - 1, bias = as.numeric(bias),
              slope = c(coef(line)[2], confint(line, level = 0.9)[2, ]))
"""


def test_bias_precision_and_slope_are_those_of_r(tmp_path, in_r):
    path = table(tmp_path / "v.csv")
    found, told = validate(path), in_r(MIXED, path)
    row = found.levels.set_index("nominal").loc[1.0]
    assert [row["variance_between_runs"], row["variance_within_runs"]] == pytest.approx(told["variances"], rel=1e-3)
    assert row["intermediate_precision"] == pytest.approx(told["ip"], rel=1e-3)
    assert [row["bias_low"], row["bias_high"]] == pytest.approx(told["bias"], rel=1e-6)
    assert [found.line.slope, found.line.slope_low, found.line.slope_high] == pytest.approx(told["slope"], rel=1e-8)


def test_a_good_assay_is_valid_over_all_its_levels(tmp_path):
    found = validate(table(tmp_path / "v.csv"))
    assert found.valid and found.linear and (found.low, found.high) == (0.5, 2.0)
    assert found.said()[0].startswith("VALID: 5 of 5 levels hold all criteria; validated range 50% to 200%")


def test_the_range_ends_where_a_level_is_biased(tmp_path):
    found = validate(table(tmp_path / "v.csv", bias={200: 0.15}))
    assert not found.valid and (found.low, found.high) == (0.5, 1.41)
    assert "200%: relative bias" in " ".join(found.said()) and "NOT within 12%" in " ".join(found.said())
    middle = validate(table(tmp_path / "m.csv", bias={71: 0.3}))
    assert (middle.low, middle.high) == (1.0, 2.0)


def test_scatter_is_no_proof_of_accuracy(tmp_path):
    """Three runs with 30 % between them: no bias can be seen, and none is excluded."""
    found = validate(table(tmp_path / "v.csv", between=0.3, runs=3))
    assert not found.levels["passes"].any() and math.isnan(found.low)
    assert found.said()[0].endswith("no level holds all criteria: there is no validated range")


def test_a_precision_of_few_runs_does_not_pass_by_its_estimate(tmp_path):
    """Of four runs that vary by 12 % the estimate lies below 20 %, and its upper limit does not."""
    found = validate(table(tmp_path / "v.csv", between=0.10, within=0.05, runs=4, seed=3))
    row = found.levels.iloc[0]
    assert row["intermediate_precision"] < 0.2 < row["intermediate_precision_high"] and not row["precise"]
    assert "NOT within 20%)" in " ".join(found.said()) and not found.valid


SATTERTHWAITE = """
d <- read.csv(a[1]); names(d) <- c('level', 'run', 'y'); d <- d[d$level == 100, ]
t <- anova(lm(log(y) ~ factor(run), d)); b <- t[1, 3]; w <- t[2, 3]; n <- 2; k <- nlevels(factor(d$run))
v <- b / n + (1 - 1 / n) * w; df <- v^2 / ((b / n)^2 / (k - 1) + ((1 - 1 / n) * w)^2 / t[2, 1])
found <- list(high = exp(sqrt(v * df / qchisq(0.05, df))) - 1)
"""


def test_the_upper_limit_of_the_precision_is_that_of_r(tmp_path, in_r):
    path = table(tmp_path / "v.csv", between=0.1)
    high = validate(path).levels.set_index("nominal").loc[1.0, "intermediate_precision_high"]
    assert high == pytest.approx(in_r(SATTERTHWAITE, path)["high"], rel=1e-6)


def test_a_slope_that_is_not_one_is_a_trend_of_the_bias(tmp_path):
    own = tmp_path / "ours.yaml"
    own.write_text("validation: {relative_bias: 0.9, intermediate_precision: 0.5}", encoding="utf-8")
    found = validate(table(tmp_path / "v.csv", power=0.7), own)
    assert found.levels["passes"].all() and not found.linear and not found.valid
    assert found.trend[0] == pytest.approx(2**-0.3 - 1, abs=0.02)
    assert "does NOT hold" in " ".join(found.said())


def test_precision_of_all_levels_takes_their_means_out(tmp_path):
    found = [validate(table(tmp_path / "v.csv", seed=seed, bias={50: 0.4, 200: -0.3})).overall for seed in range(12)]
    assert np.mean([p.between for p in found]) == pytest.approx(0.04**2, rel=0.35)
    assert np.mean([p.within for p in found]) == pytest.approx(0.05**2, rel=0.15)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run,potency_percent\n1,99\n", 'column "nominal_potency" is missing'),
        ("level_percent,potency_percent\n100,99\n", "nothing tells runs apart"),
        ("level_percent,run,potency_percent\n100,1,99\n50,1,48\n", "a validation needs 3 levels"),
        ("level_percent,run,potency_percent\n100,1,<5\n", "no row has a nominal and a measured potency"),
    ],
)
def test_tables_that_are_no_validation(tmp_path, text, words):
    (tmp_path / "v.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        validate(tmp_path / "v.csv")
    short = table(tmp_path / "s.csv", runs=2)
    with pytest.raises(InputError, match="the level 50% has 2 runs"):
        validate(short)


def test_runs_are_told_by_day_and_analyst_as_factories_write_them(tmp_path):
    rows = ["Expected potency (%);Day;Analyst;Measured potency (%)"]
    rows += [f"{level};{day};{who};{level + k * 0.5:.1f}".replace(".", ",") for level in (50, 100, 200)
             for k, (day, who) in enumerate([(1, "A"), (1, "B"), (2, "A"), (2, "B")])]  # fmt: skip
    (tmp_path / "v.csv").write_text("\n".join(rows), encoding="utf-8")
    found = validate(tmp_path / "v.csv")
    assert found.levels["runs"].tolist() == [4, 4, 4] and "runs are told apart by day and analyst" in found.data.notes


def test_command_on_the_shipped_table(tmp_path):
    done = CliRunner().invoke(
        cli.app, ["assay-validation", str(EXAMPLES / "validation.csv"), "-o", str(tmp_path / "o"), "--json"]
    )
    told = json.loads(done.stdout)
    assert told["range"] == [0.5, 1.41] and not told["valid"]
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"README.txt", "run.json", "levels.csv", "formats.csv",
                                                            "validation.png"}  # fmt: skip
