"""Means of rows that come in studies: the interval is that of drawing whole studies again."""

import math

import numpy as np
import pytest

from lobule.statistics.clusters import mean_by_clusters


def test_one_row_a_study_has_the_interval_of_a_share():
    values = np.repeat([1, 0], [60, 40])
    mean, (low, high), studies = mean_by_clusters(values, range(100))
    assert (mean, studies) == (0.6, 100)
    error = 1.96 * math.sqrt(0.6 * 0.4 / 100)
    assert (low, high) == (pytest.approx(0.6 - error, abs=0.015), pytest.approx(0.6 + error, abs=0.015))


def test_rows_that_only_repeat_their_study_do_not_narrow_the_interval():
    values = np.repeat([1, 0], [6, 4])
    alone = mean_by_clusters(values, range(10))[1]
    repeated = mean_by_clusters(np.repeat(values, 20), np.repeat(range(10), 20))[1]
    assert repeated == pytest.approx(alone, abs=1e-12)


def test_studies_without_difference_have_no_width_and_one_study_has_no_interval():
    assert mean_by_clusters([1, 1, 1], "aab")[1] == (1.0, 1.0)
    mean, interval, studies = mean_by_clusters([1, 0], "aa")
    assert (mean, studies) == (0.5, 1)
    assert all(math.isnan(end) for end in interval)


def test_no_values_have_no_mean():
    mean, _, studies = mean_by_clusters([], [])
    assert math.isnan(mean) and studies == 0


def test_the_same_values_give_the_same_interval():
    assert mean_by_clusters([1, 0, 1], "abc") == mean_by_clusters([1, 0, 1], "abc")
