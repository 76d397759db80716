"""Shelf life against printed analyses, R and closed forms."""

import math

import numpy as np
import pytest
from tests.quality.conftest import EXAMPLES
from typer.testing import CliRunner

from lobule import cli
from lobule.answers.record import record_of
from lobule.answers.stability import of_shelf_life
from lobule.errors import InputError
from lobule.quality.arrhenius import GAS_CONSTANT
from lobule.quality.shelf_lines import crossing, poolability
from lobule.quality.stability import shelf_life

# R. L. Obenchain 1990, "STABLSIM.EXE", as printed in the SAS/STAT manual (PROC MIXED, random coefficients): replicate
# assays of three batches. SAS prints the mixed model, whose estimates these values give (checked with statsmodels:
# 102.70, -0.5259); the poolability and the crossings of 90 % below are those of R's lm, anova and predict.
ASSAYS = {
    1: {0: [101.2, 103.3, 103.3, 102.1, 104.4, 102.4], 1: [98.8, 99.4, 99.7, 99.5], 3: [98.4, 99.0, 97.3, 99.8],
        6: [101.5, 100.2, 101.7, 102.7], 9: [96.3, 97.2, 97.2, 96.3], 12: [97.3, 97.9, 96.8, 97.7, 97.7, 96.7]},
    2: {0: [102.6, 102.7, 102.4, 102.1, 102.9, 102.6], 1: [99.1, 99.0, 99.9, 100.6], 3: [105.7, 103.3, 103.4, 104.0],
        6: [101.3, 101.5, 100.9, 101.4], 9: [94.1, 96.5, 97.2, 95.6], 12: [93.1, 92.8, 95.4, 92.2, 92.2, 93.0]},
    3: {0: [105.1, 103.9, 106.1, 104.1, 103.7, 104.6], 1: [102.2, 102.0, 100.8, 99.8], 3: [101.2, 101.8, 100.8, 102.6],
        6: [101.1, 102.0, 100.1, 100.2], 9: [100.9, 99.5, 102.2, 100.8], 12: [97.8, 98.3, 96.9, 98.4, 96.9, 96.5]},
}  # fmt: skip


def written(path, rows, header="batch,time_month,potency_percent"):
    path.write_text("\n".join([header, *(",".join(map(str, r)) for r in rows)]) + "\n", encoding="utf-8")
    return path


def obenchain(which=(1, 2, 3)):
    return [(b, month, y) for b in which for month, ys in ASSAYS[b].items() for y in ys]


def test_shelf_life_of_obenchains_batches_as_r_has_it(tmp_path):
    found = shelf_life(written(tmp_path / "s.csv", obenchain()), at_least=90)
    assert found.model == "a line each"
    assert round(found.p_slopes, 7) == 0.0009214
    assert found.lines["slope_per_month"].round(7).tolist() == [-0.3649952, -0.7591328, -0.4537064]
    assert found.lines["crossing_months"].round(4).tolist() == [24.6277, 15.1726, 25.2641]
    assert found.crossing == found.worst == pytest.approx(15.17256, abs=1e-4)
    assert found.shelf_life == 12  # of a biological: not beyond the data


def test_poolable_batches_share_a_line(tmp_path):
    rng = np.random.default_rng(3)
    rows = [(b, m, 100 - 0.8 * m + rng.normal(0, 0.3)) for b in "ABC" for m in (0, 3, 6, 9, 12, 18)]
    found = shelf_life(written(tmp_path / "s.csv", rows), at_least=80)
    assert found.model == "one line" and 22 < found.crossing < 26
    assert found.pooled == found.crossing and found.shelf_life == 18
    shifted = [(b, m, y - 2.0 * "ABC".index(b)) for b, m, y in rows]
    parallel = shelf_life(written(tmp_path / "s.csv", shifted), at_least=80)
    assert parallel.model == "one slope" and parallel.lines["crossing_months"].idxmin() == 2


WARMER = {"room": (25, 40, 30), "refrigerator": (5, 25, 30), "freezer": (-20, 5, 25)}


def long_and_fast(storage, fast, between=None, warm=6):
    """Three batches for a year, and for six months at accelerated and intermediate conditions with a loss each."""
    cold, accelerated, intermediate = WARMER[storage]
    rows = [(b, cold, m, 100 - 0.01 * m + 0.001 * (-1) ** m) for b in "ABC" for m in (0, 3, 6, 9, 12)]
    rows += [(b, accelerated, m, 100 - fast * m / 6) for b in "ABC" for m in (0, 3, warm)]
    if between is not None:
        rows += [(b, intermediate, m, 100 - between * m / 6) for b in "ABC" for m in (0, 3, 6)]
    return rows


@pytest.mark.parametrize(
    ("product", "storage", "fast", "between", "months", "why"),
    [
        ("biological", "refrigerator", 1, None, 12, "real-time data alone (ICH Q5C)"),
        ("chemical", "refrigerator", 1, None, 18, "1.5 times the data and six months after"),
        ("chemical", "refrigerator", 6, None, 12, "significant change at 25 degC"),
        ("chemical", "room", 1, None, 24, "twice the data and a year after"),
        ("chemical", "room", 6, None, 12, "significant change at 40 degC"),
        ("chemical", "room", 6, 1, 18, "none at 30 degC"),
        ("chemical", "room", 6, 5.5, 12, "significant change at 40 degC"),
        ("chemical", "freezer", 1, None, 12, "frozen products have no accelerated condition"),
    ],
)
def test_what_may_be_claimed_beyond_the_data(tmp_path, product, storage, fast, between, months, why):
    """ICH Q1E, appendix A: its decision tree for data that can be analysed by statistics."""
    path = written(tmp_path / "s.csv", long_and_fast(storage, fast, between), WARM)
    found = shelf_life(path, at_least=90, product=product)
    assert found.shelf_life == months and found.crossing > 100
    assert why in found.said()[0]
    assert any(line.startswith("significant change at") for line in found.said()) == (fast > 5)


def test_without_six_months_of_acceleration_or_any_temperature_nothing_is_extrapolated(tmp_path):
    path = written(tmp_path / "s.csv", long_and_fast("room", 1, warm=4), WARM)
    assert "six months of data at 40 degC are missing" in shelf_life(path, at_least=90, product="chemical").said()[0]
    bare = written(tmp_path / "t.csv", [(b, m, y) for b, t, m, y in long_and_fast("room", 1) if t == 25])
    assert "the table tells no temperature" in shelf_life(bare, at_least=90, product="chemical").said()[0]
    with pytest.raises(InputError, match='no kind of product "drug"'):
        shelf_life(path, at_least=90, product="drug")


def test_a_claim_counts_the_data_that_three_batches_have(tmp_path):
    rows = [(b, m, 100 - 0.01 * m + 0.001 * (-1) ** m) for b in "ABCD" for m in (0, 3, 6, 9, 12, 18, 24)
            if m <= {"A": 24, "B": 24, "C": 12, "D": 6}[b]]  # fmt: skip
    assert shelf_life(written(tmp_path / "s.csv", rows), at_least=90).shelf_life == 12
    few = shelf_life(written(tmp_path / "t.csv", [r for r in rows if r[0] in "AB"]), at_least=90)
    assert few.shelf_life == 24 and any("ask for three" in line for line in few.said())


BOTH_ENDS = """
d <- read.csv(a[1]); fit <- lm(potency_percent ~ time_month, d)
room <- function(m) { p <- predict(fit, data.frame(time_month = m), interval = 'confidence', level = 0.95)
                      min(p[2] - 80, 120 - p[3]) }
found <- list(months = uniroot(room, c(1, 200), tol = 1e-10)$root)
"""


def test_limits_on_both_sides_take_the_two_sided_interval_as_r_has_it(tmp_path, in_r):
    path = written(tmp_path / "s.csv", three_batches())
    found = shelf_life(path, at_least=80, at_most=120)
    assert found.model == "one line" and found.crossing == pytest.approx(in_r(BOTH_ENDS, path)["months"], abs=1e-5)
    assert found.crossing < shelf_life(path, at_least=80).crossing


def test_brackets_and_matrices_are_read_and_said(tmp_path):
    header = "Lot No,strength,container,time_month,potency_percent"
    rng = np.random.default_rng(1)
    rows = [
        (b, s, "vial", m, 100 - (0.5 if s == "1e9" else 0.8) * m + rng.normal(0, 0.2))
        for k, b in enumerate("ABC") for s in ("1e9", "1e11") for j, m in enumerate((0, 3, 6, 9, 12, 18))
        if m in (0, 18) or (j + k) % 2
    ]  # fmt: skip
    found = shelf_life(written(tmp_path / "s.csv", rows, header), at_least=80)
    assert len(found.lines) == 6 and found.lines["batch"].iloc[0] == "A, 1e9, vial"
    assert found.model == "a line each" and "1e11" in found.lines.loc[found.lines["crossing_months"].idxmin(), "batch"]
    assert found.notes[0].startswith("bracketing: strength 1e9, 1e11; each has a line of its own")
    assert found.notes[1].startswith(
        f"matrixing: {len(rows)} of 36 combinations of batch, strength, container and month"
    )


BRACKET = "Lot No,strength,time_month,potency_percent"


def test_strengths_of_one_batch_are_not_batches(tmp_path):
    rows = [("A", s, m, 100 - 0.4 * m + 0.1 * (-1) ** k) for s in ("1e9", "1e10", "1e11")
            for k, m in enumerate((0, 3, 6, 9, 12, 18))]  # fmt: skip
    found = shelf_life(written(tmp_path / "s.csv", rows, BRACKET), at_least=80)
    assert found.claim.batches == 1 and "18 values of 1 batch in 3 presentations over 18 months" in found.said()
    assert "data of 1 batch: ICH Q1E and Q5C ask for three of the final process at least" in found.said()


def test_a_strength_claims_no_data_of_another(tmp_path):
    """Three batches of one strength have two years of data, of the other half a year."""
    rows = [(b, s, m, 100 - 0.4 * m + 0.1 * (-1) ** k) for b in "ABC" for s, last in (("1e9", 24), ("1e11", 6))
            for k, m in enumerate((0, 3, 6, 12, 18, 24)) if m <= last]  # fmt: skip
    found = shelf_life(written(tmp_path / "s.csv", rows, BRACKET), at_least=80)
    assert found.shelf_life == found.claim.covered == 6 and found.longest_data == 24 and found.claim.batches == 3
    assert "as far as 3 batches of every presentation have them" in found.said()[0]


def test_one_batch_that_falls_when_warm_is_not_hidden_by_the_others(tmp_path):
    """The mean loses 3 % in six months at 25 degC, one batch of three 9 %."""
    rows = [(b, 5, m, 100 - 0.01 * m + 0.001 * (-1) ** m) for b in "ABC" for m in (0, 3, 6, 9, 12)]
    warm = [(b, 25, m, 100 - (1.5 if b == "C" else 0.0) * m) for b in "ABC" for m in (0, 3, 6)]
    found = shelf_life(written(tmp_path / "s.csv", rows + warm, WARM), at_least=80, product="chemical")
    assert found.shelf_life == 12 and "significant change at 25 degC" in found.said()[0]
    assert "significant change at 25 degC: potency -9% in 6 months in batch C, the largest of all" in found.said()
    few = [row for row in rows + warm if row[1] == 5 or row[0] == "A" or row[2] < 6]
    short = shelf_life(written(tmp_path / "t.csv", few, WARM), at_least=80, product="chemical")
    assert "six months of data at 25 degC are missing" in short.said()[0]  # one batch alone has them


def test_arrhenius_finds_energy_and_rate(tmp_path):
    energy, rng = 80.0, np.random.default_rng(5)
    rows = []
    for celsius in (5, 25, 37, 45):
        rate = 0.5 * math.exp(-energy / GAS_CONSTANT * (1 / (celsius + 273.15) - 1 / 318.15))
        rows += [("A", celsius, m, 100 * math.exp(-rate * m) * math.exp(rng.normal(0, 0.003))) for m in (0, 1, 2, 3, 6)]
    path = written(tmp_path / "s.csv", rows, "batch,temperature_degC,time_month,potency_percent")
    found = shelf_life(path, at_least=80)
    a = found.arrhenius
    true = 0.5 * math.exp(-energy / GAS_CONSTANT * (1 / 278.15 - 1 / 318.15))
    assert a.temperature == 5 and a.energy_low < energy < a.energy_high
    assert a.rate_low < true < a.rate_high and a.months == pytest.approx(math.log(1 / 0.8) / true, rel=0.3)
    done = CliRunner().invoke(cli.app, ["stability", str(path), "--at-least", "80", "-o", str(tmp_path / "o")])
    assert "activation energy" in done.stdout and (tmp_path / "o" / "stability.png").is_file()


def test_shipped_stability_data():
    found = shelf_life(EXAMPLES / "stability.csv", at_least=80)
    assert found.model == "one slope" and round(found.crossing, 1) == 30.9 and found.temperature == 5
    assert found.shelf_life == 18  # real-time data of a biological
    told = found.said()
    assert told[1] == "18 values of 3 batches at 5 degC over 18 months (30 more at other temperatures)"
    most = "potency -35% in 6 months in batch S003, the largest of all"
    assert f"significant change at 25 degC: {most}; 3 values outside the limits" in told
    chemical = shelf_life(EXAMPLES / "stability.csv", at_least=80, product="chemical")
    assert chemical.shelf_life == 18 and "significant change at 25 degC" in chemical.said()[0]
    assert found.arrhenius.energy_low < 85 < found.arrhenius.energy_high  # they were made with 85 kJ/mol


def three_batches(shift=0.0, tilt=0.0, noise=0.4, seed=3):
    rng = np.random.default_rng(seed)
    months = (0, 3, 6, 9, 12, 18)
    return [
        (b, m, 100 - k * shift - (0.8 + k * tilt) * m + rng.normal(0, noise))
        for k, b in enumerate("ABC")
        for m in months
    ]


@pytest.mark.parametrize(
    ("shift", "tilt", "model"),
    [(0.0, 0.0, "one line"), (0.4, 0.0, "one slope"), (2.0, 0.0, "one slope"), (0.0, 0.03, "one line"),
     (0.0, 0.1, "a line each"), (1.0, 0.2, "a line each")],
)  # fmt: skip
def test_poolability_is_the_analysis_of_covariance_of_statsmodels(shift, tilt, model):
    import pandas as pd
    import statsmodels.formula.api as smf
    from scipy import stats

    rows = three_batches(shift, tilt)
    table = pd.DataFrame(rows, columns=["batch", "m", "y"])
    one, parallel, apart = (smf.ols(f"y ~ {f}", table).fit() for f in ("m", "m + batch", "m * batch"))

    def p(simple, full):
        more, df = simple.ssr - full.ssr, simple.df_resid - full.df_resid
        return stats.f.sf(more / df / (apart.ssr / apart.df_resid), df, apart.df_resid)

    batch, months, value = (np.array(column) for column in zip(*rows, strict=True))
    found, p_slopes, p_intercepts = poolability(months.astype(float), value, batch)
    assert (p_slopes, p_intercepts) == pytest.approx((p(parallel, apart), p(one, parallel)))
    assert found == ("a line each" if p_slopes < 0.25 else "one slope" if p_intercepts < 0.25 else "one line") == model


def test_a_single_batch_has_nothing_to_pool():
    model, *p = poolability(np.array([0.0, 1, 2]), np.array([3.0, 2, 1]), np.array(["A"] * 3))
    assert model == "one line" and np.isnan(p).all()


def on_a_line(month):
    return np.array([1.0, month])


@pytest.mark.parametrize(
    ("start", "slope", "low", "high", "months"),
    [
        (100.0, -1.0, 90.0, math.inf, 8.0),  # mean less 2: 98 - m meets 90
        (100.0, 1.0, -math.inf, 110.0, 8.0),
        (100.0, 1.0, 90.0, 110.0, 8.0),
        (100.0, -1.0, 90.0, 110.0, 8.0),
        (91.0, -1.0, 90.0, math.inf, 0.0),
        (92.0, -1.0, 90.0, math.inf, 0.0),
        (109.0, 0.0, 90.0, 110.0, 0.0),
        (100.0, 0.0, 90.0, 110.0, math.inf),
        (100.0, -0.0333, 90.0, math.inf, 8 / 0.0333),  # just beyond 240 months
        (100.0, -8 / 239.9, 90.0, math.inf, 239.9),
        (100.0, -80.0, 90.0, math.inf, 0.1),
    ],
)
def test_crossing_of_a_line_whose_error_does_not_change(start, slope, low, high, months):
    spread = np.array([[1.0, 0.0], [0.0, 0.0]])
    found = crossing(on_a_line, np.array([start, slope]), spread, 2.0, low, high)
    assert found == pytest.approx(months if months <= 240 else math.inf)


@pytest.mark.parametrize(("shift", "tilt"), [(0.0, 0.0), (2.0, 0.0), (1.0, 0.2)])
def test_lines_and_crossings_are_those_of_statsmodels(tmp_path, shift, tilt):
    """The one-sided 95 % limit of the mean is the two-sided 90 % one of get_prediction."""
    import pandas as pd
    import statsmodels.formula.api as smf

    rows = three_batches(shift, tilt)
    table = pd.DataFrame(rows, columns=["batch", "m", "y"])
    found = shelf_life(written(tmp_path / "s.csv", rows), at_least=80)
    shared = {"one line": "y ~ m", "one slope": "y ~ m + batch"}.get(found.model)
    for k, name in enumerate("ABC"):
        fit = smf.ols(shared or "y ~ m", table if shared else table[table.batch == name]).fit()
        row = found.lines.iloc[k]
        at = pd.DataFrame({"m": [0.0, 1.0, row.crossing_months], "batch": name})
        limits = fit.get_prediction(at).summary_frame(alpha=0.1)
        assert row.batch == name and limits["mean_ci_lower"].iloc[2] == pytest.approx(80, abs=1e-5)
        assert row.intercept == pytest.approx(limits["mean"].iloc[0])
        assert row.slope_per_month == pytest.approx(limits["mean"].iloc[1] - limits["mean"].iloc[0])
    assert found.crossing == found.lines["crossing_months"].min()
    assert found.longest_data == 18 and found.shelf_life == min(found.crossing, 18)
    assert found.notes == [] and found.arrhenius is None


def test_a_batch_with_too_few_values_is_named_and_left_out(tmp_path):
    rows = [*obenchain(), ("late", 0, 80), ("late", 12, 120), ("once", 3, 70), ("once", 3, 130), ("once", 3, 100)]
    found = shelf_life(written(tmp_path / "s.csv", rows), at_least=60)
    assert found.model == "a line each"
    assert found.lines["batch"].tolist() == ["1", "2", "3"]
    assert found.notes == [f"{name}: too few values for a line of its own" for name in ("late", "once")]


def test_what_is_said_of_a_shelf_life(tmp_path):
    rows = [(b, m, 100 - 0.01 * m + 0.001 * (-1) ** m) for b in "AB" for m in range(7)]
    found = shelf_life(written(tmp_path / "s.csv", rows), at_least=90, at_most=120)
    assert found.said() == [
        "potency, at least 90 and at most 120 %: shelf life 6.0 months; cut to 6 months: a biological's shelf life "
        "rests on real-time data alone (ICH Q5C)",
        "14 values of 2 batches over 6 months",
        "slopes differ with p 1.000, intercepts with p 1.000: one line",
        "the two-sided 95 % limit of the mean meets the limit: not in 240 months",
        "all batches as one line: not in 240 months; the worst batch by its own line: not in 240 months",
        "data of 2 batches: ICH Q1E and Q5C ask for three of the final process at least",
    ]
    one = shelf_life(written(tmp_path / "t.csv", [("A", m, 100 - m + 0.1 * (-1) ** m) for m in range(12)]), at_least=90)
    assert one.said()[:3] == [
        f"potency, at least 90 %: shelf life {one.crossing:.1f} months; where the confidence limit meets the "
        "specification",
        "12 values of 1 batch over 11 months",
        f"the one-sided 95 % limit of the mean meets the limit: after {one.crossing:.1f} months",
    ]
    most = shelf_life(written(tmp_path / "u.csv", [("A", m, 50 + m + 0.1 * (-1) ** m) for m in range(12)]), at_most=60)
    assert most.said()[0].startswith("potency, at most 60 %: ") and 9 < most.crossing < 10


def test_a_batch_of_three_values_has_a_line_of_its_own(tmp_path):
    rows = [*obenchain(), ("few", 0, 100.0), ("few", 6, 70.0), ("few", 12, 45.0)]
    found = shelf_life(written(tmp_path / "s.csv", rows), at_least=10)
    row = found.lines.set_index("batch").loc["few"]
    assert found.model == "a line each" and row.intercept == pytest.approx(99.166667)
    assert row.slope_per_month == pytest.approx(-55 / 12) and 0 < row.crossing_months < 20


def test_lines_are_written_as_they_are(tmp_path):
    import pandas as pd

    found = shelf_life(written(tmp_path / "s.csv", obenchain()), at_least=90)
    of_shelf_life(found, record_of("stability")).save(tmp_path / "out")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out" / "lines.csv", dtype={"batch": str}), found.lines)


def test_attributes_of_several_words_are_said_with_spaces(tmp_path):
    header = "batch,time_month,particles_per_ug_particle_per_ug"
    rows = [("A", m, 4e9 - 1e8 * m + 1e6 * (-1) ** m) for m in range(8)]
    found = shelf_life(written(tmp_path / "s.csv", rows, header), at_least=2e9)
    assert found.said()[0].startswith("particles per ug, at least 2e+09 particle/ug: shelf life")


def test_small_values_take_part_in_arrhenius_and_those_of_0_or_without_temperature_do_not(tmp_path):
    rows = [(b, c, m, y / 1000) for b, c, m, y in warm_rows()]
    plain = shelf_life(written(tmp_path / "s.csv", rows, WARM), at_least=0.08).arrhenius
    assert plain.energy == pytest.approx(shelf_life(written(tmp_path / "t.csv", warm_rows(), WARM), at_least=80)
                                         .arrhenius.energy, rel=1e-6)  # fmt: skip
    more = [*rows, ("A", 25, 3, 0.0), ("A", "", 3, 5.0)]
    assert shelf_life(written(tmp_path / "u.csv", more, WARM), at_least=0.08).arrhenius == plain


def warm_rows(noise=0.003, seed=5, energy=80.0):
    rng = np.random.default_rng(seed)
    rows = []
    for celsius in (5, 25, 37, 45):
        rate = 0.5 * math.exp(-energy / GAS_CONSTANT * (1 / (celsius + 273.15) - 1 / 318.15))
        rows += [("A", celsius, m, 100 * math.exp(rng.normal(-rate * m, noise))) for m in (0, 1, 2, 3, 6)]
    return rows


WARM = "batch,temperature_degC,time_month,potency_percent"


def test_arrhenius_is_the_regression_of_statsmodels(tmp_path):
    import pandas as pd
    import statsmodels.formula.api as smf

    rows = warm_rows()
    table = pd.DataFrame(rows, columns=["batch", "celsius", "m", "y"])
    fits = {c: smf.ols("np.log(y) ~ m", part).fit() for c, part in table.groupby("celsius")}
    rates = pd.DataFrame({"x": [1 / (c + 273.15) for c in fits], "k": [-f.params["m"] for f in fits.values()]})
    line = smf.ols("np.log(k) ~ x", rates).fit()
    found = shelf_life(written(tmp_path / "s.csv", rows, WARM), at_least=80)
    a = found.arrhenius
    assert a.energy == pytest.approx(-line.params["x"] * GAS_CONSTANT)
    low, high = -line.conf_int().loc["x"].to_numpy()[::-1] * GAS_CONSTANT
    assert (a.energy_low, a.energy_high) == pytest.approx((low, high))
    there = line.get_prediction(pd.DataFrame({"x": [1 / 278.15]})).summary_frame(alpha=0.05)
    rate, slow, fast = np.exp(there[["mean", "mean_ci_lower", "mean_ci_upper"]].iloc[0].to_numpy())
    assert (a.rate, a.rate_low, a.rate_high) == pytest.approx((rate, slow, fast))
    room = np.mean([f.params["Intercept"] for f in fits.values()]) - math.log(80)
    assert (a.months, a.months_low, a.months_high) == pytest.approx((room / rate, room / fast, room / slow))
    assert a.temperature == 5
    said = found.said()[-1]
    assert said == (
        f"Arrhenius: activation energy {a.energy:.0f} kJ/mol ({low:.0f} to {high:.0f}); {rate:.2%} lost in a month at "
        f"5 degC ({slow:.2%} to {fast:.2%}), {a.months:.1f} months until the limit ({a.months_low:.1f} to "
        f"{a.months_high:.1f})"
    )


def test_storage_temperature_is_the_coldest_or_the_one_that_is_asked_for(tmp_path):
    path = written(tmp_path / "s.csv", warm_rows(), WARM)
    cold, warm = shelf_life(path, at_least=80), shelf_life(path, at_least=80, temperature=25)
    assert (cold.temperature, warm.temperature) == (5, 25) and warm.crossing < cold.crossing
    assert warm.arrhenius.temperature == 25 and warm.arrhenius.rate > cold.arrhenius.rate
    with pytest.raises(InputError) as refused:
        shelf_life(path, at_least=80, temperature=30)
    assert str(refused.value) == "no value at 30 degC; the table has 5, 25, 37, 45"


@pytest.mark.parametrize(
    ("change", "limits", "note"),
    [
        (lambda rows: [r for r in rows if r[1] in (5, 45)], {"at_least": 80}, None),
        (lambda rows: rows, {"at_most": 120}, "no Arrhenius: it needs a lower limit above 0"),
        (lambda rows: rows, {"at_least": 0}, "no Arrhenius: it needs a lower limit above 0"),
        (lambda rows: [r for r in rows if r[1] != 25 or r[2] == 3], {"at_least": 80},
         "no Arrhenius: one time only at 25 degC"),
        (lambda rows: [(b, c, m, 100 + m if c == 25 else y) for b, c, m, y in rows], {"at_least": 80},
         "no Arrhenius: nothing is lost at one of the temperatures"),
        (lambda rows: [(b, c, m, 100) for b, c, m, _ in rows], {"at_least": 80},
         "no Arrhenius: nothing is lost at one of the temperatures"),
        (lambda rows: [(b, c, m, y / 2) for b, c, m, y in rows], {"at_least": 80},
         "no Arrhenius: the values begin at the limit or below it"),
    ],
)  # fmt: skip
def test_no_arrhenius_without_its_data(tmp_path, change, limits, note):
    found = shelf_life(written(tmp_path / "s.csv", change(warm_rows()), WARM), **limits)
    assert found.arrhenius is None
    assert found.notes == ([note] if note else [])
    assert found.summary()["arrhenius"] is None


def test_summary_is_plain_data_that_says_everything(tmp_path):
    found = shelf_life(written(tmp_path / "s.csv", warm_rows(), WARM), at_least=80)
    told = found.summary()
    (line,), row = told.pop("lines"), found.lines.to_dict("records")[0]
    assert line == {name: pytest.approx(value) if name != "batch" else value for name, value in row.items()}
    assert told == {
        "attribute": "potency", "unit": "%", "model": "one line", "p_slopes": None, "p_intercepts": None,
        "crossing_months": found.crossing, "shelf_life_months": found.shelf_life, "pooled_months": found.pooled,
        "worst_batch_months": found.worst, "product": "biological", "claim": found.claim.why, "covered_months": 6,
        "said": found.said(), "unexpected": [], "notes": [], "arrhenius": vars(found.arrhenius), "left_out": [],
    }  # fmt: skip
    flat = shelf_life(written(tmp_path / "t.csv", [("A", m, 100 + 0.01 * (-1) ** m) for m in range(8)]), at_least=50)
    assert flat.summary()["crossing_months"] is None


def test_limits_come_from_the_specification_unless_they_are_given(tmp_path):
    path = written(tmp_path / "s.csv", [("A", m, 100 - m + 0.1 * (-1) ** m) for m in range(12)])
    spec = tmp_path / "spec.yaml"
    spec.write_text("title: t\nlimits:\n  potency: {at_least: 91 %, at_most: 150 %}\n", encoding="utf-8")
    assert shelf_life(path, spec=spec).limit == (91, 150)
    assert shelf_life(path, spec=spec, at_least=80).limit == (80, math.inf)
    assert shelf_life(path, spec=spec, at_most=130).limit == (-math.inf, 130)
    assert shelf_life(path).limit == (50, 200)


@pytest.mark.parametrize(
    "header, rows, limits, words",
    [
        ("batch,time,potency_percent", [("A", 0, 1)], {"at_least": 1}, "cell B1: time has no unit"),
        ("batch,potency_percent", [("A", 1)], {"at_least": 1}, 'column "time"'),
        (
            "batch,time_month,potency_percent",
            [("A", 0, 1)],
            {"at_least": 9, "at_most": 8},
            "at_least 9 is above at_most 8",
        ),
        ("batch,time_month,taste", [("A", 1, 2)], {"at_least": 1}, "no attribute is known"),
        ("batch,time_month,diameter_nm", [("A", 0, 100), ("A", 1, 99)], {"at_least": 1}, "three times"),
        ("batch,time_month,cd63_percent", [("A", 0, 50), ("A", 1, 49)], {}, "no limit of cd63"),
        (
            "batch,time_month,potency_percent",
            [("A", 0, 1), ("A", 1, 2), ("A", 2, 3)],
            {"at_least": 1},
            "^a shelf life needs values at three times or more, and four values; potency has 3 at 3$",
        ),
        (
            "batch,time_month,potency_percent",
            [("A", 0, 1), ("A", 0, 2), ("A", 2, 3), ("A", 2, 3)],
            {"at_least": 1},
            "potency has 4 at 2$",
        ),
    ],
)
def test_tables_without_a_shelf_life(tmp_path, header, rows, limits, words):
    with pytest.raises(InputError, match=words):
        shelf_life(written(tmp_path / "s.csv", rows, header), **limits)


STUDENTIZED = """
d <- read.csv(a[1]); fit <- lm(potency_percent ~ time_month + factor(batch), d)
r <- rstudent(fit); found <- list(far = which(abs(r) > qt(0.995, fit$df.residual - 1)))
"""


def test_a_value_out_of_trend_is_that_of_the_studentized_residuals_of_r(tmp_path, in_r):
    rows = three_batches(shift=2.0, noise=0.3)
    rows[8] = (*rows[8][:2], rows[8][2] - 3.0)
    path = written(tmp_path / "s.csv", rows)
    found = shelf_life(path, at_least=84.6)
    assert found.model == "one slope"
    trend = found.unexpected[found.unexpected["what"] == "out of trend"]
    assert in_r(STUDENTIZED, path)["far"] == 9 and trend["months"].tolist() == [6] and trend["batch"].tolist() == ["B"]
    assert any(line.startswith("out of trend: B, month 6: ") and "by all others" in line for line in found.said())
    outside = found.unexpected[found.unexpected["what"] == "out of specification"]
    assert set(outside["batch"]) <= {"B", "C"} and (outside["value"] < 84.6).all() and len(outside)


@pytest.mark.parametrize(("shift", "tilt"), [(0.0, 0.0), (2.0, 0.0), (1.0, 0.2)])
def test_the_bound_that_is_drawn_meets_the_limit_where_the_line_crosses(tmp_path, shift, tilt):
    found = shelf_life(written(tmp_path / "s.csv", three_batches(shift, tilt)), at_least=80)
    bound = found.bound()
    assert np.interp(found.crossing, bound["month"], bound["low"]) == pytest.approx(80, abs=0.02)
