"""Multiple imputation of repeated measures, and what several imputed estimates say together.

Imputed values come from the normal distribution of a subject's visits given those that were seen, by parameters that
are drawn anew for each imputation (D. B. Rubin, Multiple Imputation for Nonresponse in Surveys, 1987). Who leaves may
be taken for a subject of the reference from then on (jump to reference) or from the start (copy reference): J. R.
Carpenter, J. H. Roger, M. G. Kenward, J. Biopharm. Stat. 2013; 23:1352. Visits missed in between are missing at
random. Estimates are pooled by Rubin's rules with the degrees of freedom of J. Barnard and D. B. Rubin, Biometrika
1999; 86:948. Python packages impute at random (statsmodels' MICE, scikit-learn) but know no reference.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from lobule.statistics.interval import Interval

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Missing = Literal["missing_at_random", "jump_to_reference", "copy_reference"]
AT_RANDOM: Missing = "missing_at_random"
JUMP_TO_REFERENCE: Missing = "jump_to_reference"
COPY_REFERENCE: Missing = "copy_reference"
MOST = 1e7  # degrees of freedom, above which the normal distribution is meant


class Pooled(NamedTuple):
    """estimate, its standard error, degrees of freedom, p (two-sided), and the fraction of information missing"""

    estimate: float
    se: float
    df: float
    p: float
    missing_information: float

    def interval(self, level: float = 0.95) -> Interval:
        """Confidence interval."""
        half = float(student.ppf(0.5 + level / 2, min(self.df, MOST))) * self.se
        return Interval(self.estimate - half, self.estimate + half)


def pool(estimates: Values, variances: Values, df: float = math.inf) -> Pooled:
    """What the estimates of several imputations say together.

    Parameters
    ----------
    estimates, variances : (m,) of each imputation, m at least 2
    df : degrees of freedom, had nothing been missing

    >>> found = pool(np.array([1.0, 1.5, 0.8, 1.2]), np.array([0.20, 0.25, 0.22, 0.21]), 47)
    >>> round(found.estimate, 4), round(found.se**2, 7), round(found.df, 3)
    (1.125, 0.3314583, 14.068)
    """
    m = len(estimates)
    within, between = float(np.mean(variances)), float(np.var(estimates, ddof=1))
    total = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / total  # of the variance, due to what is missing
    of_imputations = (m - 1) / share**2 if share > 0 else math.inf
    of_data = (1 - share) * (df if math.isinf(df) else df * (df + 1) / (df + 3))
    pooled = 1 / ((1 / of_imputations if of_imputations else math.inf) + (1 / of_data if of_data else math.inf))
    estimate, se = float(np.mean(estimates)), math.sqrt(total)
    ratio = (1 + 1 / m) * between / within if within > 0 else math.inf
    lost = (ratio + 2 / (pooled + 3)) / (1 + ratio) if math.isfinite(ratio) else 1.0
    p = float(2 * student.sf(abs(estimate) / se, min(pooled, MOST))) if se > 0 else math.nan
    return Pooled(estimate, se, pooled, p, lost)


def impute(
    response: Values, means: Values, reference_means: Values, covariances: Values, referred: Flags, missing: Missing,
    rng: np.random.Generator,
) -> Values:  # fmt: skip
    """Responses of each imputation, (m, n, visits), whole.

    Parameters
    ----------
    response : (n, visits), NaN where missing
    means, reference_means : (m, n, visits) expected of each subject in its own arm and in the reference
    covariances : (m, visits, visits) between the visits
    referred : (n,) subjects whose visits after the last one seen follow the reference, where `missing` says so
    """
    seen = np.isfinite(response)
    m, visits = len(means), response.shape[1]
    found = np.where(seen, response, 0.0) + np.zeros((m, 1, 1))
    luck = rng.standard_normal(found.shape)
    last = np.where(seen.any(axis=1), visits - 1 - seen[:, ::-1].argmax(axis=1), -1)
    stays = np.arange(visits) <= last[:, None]  # visits up to the last one seen
    patterns, pattern = np.unique(np.column_stack([seen, referred]), axis=0, return_inverse=True)
    for k, row in enumerate(patterns):
        who = np.flatnonzero(pattern.ravel() == k)
        had, until = row[:-1].astype(bool), stays[who[0]]
        own, theirs = means[:, who], reference_means[:, who]
        here, chance = found[:, who], luck[:, who]
        if not row[-1] or missing == AT_RANDOM:
            found[:, who] = _given(here, had, ~had, own, covariances, chance)
            continue
        here = _given(here, had, until & ~had, own, covariances, chance)
        expected = theirs if missing == COPY_REFERENCE else np.where(until, own, theirs)
        found[:, who] = _given(here, until, ~until, expected, covariances, chance)
    return found


def _given(values: Values, known: Flags, wanted: Flags, means: Values, covariances: Values, luck: Values) -> Values:
    """Values (m, n, visits) with the wanted visits drawn given the known ones."""
    if not wanted.any():
        return values
    of_wanted = covariances[:, wanted][:, :, wanted]
    expected = means[:, :, wanted]
    if known.any():
        across = covariances[:, wanted][:, :, known]
        slopes = np.linalg.solve(covariances[:, known][:, :, known], np.swapaxes(across, 1, 2))
        expected = expected + (values[:, :, known] - means[:, :, known]) @ slopes
        of_wanted = of_wanted - across @ slopes
    found = values.copy()
    root = np.linalg.cholesky(0.5 * (of_wanted + np.swapaxes(of_wanted, 1, 2)))
    found[:, :, wanted] = expected + luck[:, :, wanted] @ np.swapaxes(root, 1, 2)
    return found
