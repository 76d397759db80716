"""Independent assays combined, as the European Pharmacopoeia prints its example."""

import math

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.statistics.assay_means import combine, standard_error

# European Pharmacopoeia 5.3, section 6.4: six assays of one sample, 20 degrees of freedom each (recalled)
POTENCY = [18367, 18003, 18064, 17832, 18635, 18269]
LOW = [17755, 17415, 17319, 17253, 17959, 17722]
HIGH = [19002, 18610, 18838, 18429, 19339, 18833]


def pharmacopoeia():
    errors = [standard_error(low, high, 20) for low, high in zip(LOW, HIGH, strict=True)]
    return combine(POTENCY, errors, [20] * 6)


def test_the_pharmacopoeias_example_has_the_printed_mean_and_homogeneity():
    found = pharmacopoeia()
    assert (round(found.chi_square, 2), round(found.p_homogeneity, 2)) == (4.42, 0.49)
    mean = found.chosen
    assert mean.method == "weighted" and mean.df == 120
    assert (round(mean.value), round(mean.low), round(mean.high)) == (18187, 17946, 18431)


def test_semi_weights_are_the_weights_where_assays_agree_and_the_plain_mean_where_they_do_not():
    agree = combine([1.0, 1.001, 0.999], [0.1, 0.2, 0.3], [10, 10, 10])
    values = {mean.method: mean.value for mean in agree.means}
    assert agree.between == 0 and values["semi-weighted"] == pytest.approx(values["weighted"])
    apart = combine([0.5, 1.0, 2.0], [0.001, 0.01, 0.02], [10, 10, 10])
    values = {mean.method: mean for mean in apart.means}
    assert apart.chosen.method == "semi-weighted" and apart.p_homogeneity < 1e-6
    assert values["semi-weighted"].value == pytest.approx(values["unweighted"].value, rel=1e-3) and values[
        "semi-weighted"].high / values["semi-weighted"].low > 5  # fmt: skip


def test_the_unweighted_mean_is_the_t_interval_of_logarithms():
    from scipy import stats

    values = [0.9, 1.1, 1.05, 0.8]
    mean = combine(values, [0.05] * 4, [8] * 4).means[0]
    low, high = np.exp(stats.t.interval(0.95, 3, np.log(values).mean(), stats.sem(np.log(values))))
    assert (mean.low, mean.high) == pytest.approx((low, high))


def test_the_weighted_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(600):
        se = np.array([0.05, 0.1, 0.08, 0.12])
        chi = rng.chisquare(20, 4) / 20
        mean = combine(np.exp(se * rng.standard_normal(4)), se * np.sqrt(chi), [20] * 4).means[1]
        inside += mean.low <= 1 <= mean.high
    assert 0.91 < inside / 600 < 0.97


def test_a_liberal_level_and_the_geometric_mean_hold_what_varies_between_few_runs():
    """Three runs that vary by as much as each one's own error: the test of homogeneity rarely sees it."""
    rng = np.random.default_rng(11)
    inside = dict.fromkeys(("at 5 %", "at 25 %", "unweighted"), 0)
    for _ in range(500):
        errors = 0.05 * np.exp(0.3 * rng.standard_normal(3))
        logs = np.hypot(errors, 0.05) * rng.standard_normal(3)
        given = np.exp(logs), errors * np.sqrt(rng.chisquare(20, 3) / 20), [20] * 3
        means = {
            "at 5 %": combine(*given, level=0.05).chosen,
            "at 25 %": combine(*given).chosen,
            "unweighted": combine(*given, method="unweighted").chosen,
        }
        for name, mean in means.items():
            inside[name] += mean.low <= 1 <= mean.high
    assert inside["at 5 %"] < 0.88 * 500 < inside["at 25 %"] and inside["unweighted"] > 0.93 * 500


@pytest.mark.parametrize("values, errors", [([1.0], [0.1]), ([1.0, -1.0], [0.1, 0.1]), ([1.0, 2.0], [0.1, math.inf])])
def test_what_cannot_be_combined_is_told(values, errors):
    with pytest.raises(InputError, match="from two on"):
        combine(values, errors, [5] * len(values))
