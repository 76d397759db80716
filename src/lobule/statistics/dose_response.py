"""Is there a dose response, and which dose is enough: multiple contrasts over candidate shapes (MCP-Mod).

F. Bretz, J. C. Pinheiro and M. Branson, Biometrics 2005; 61:738; optimal contrasts for means with any covariance as in
J. Pinheiro et al., Stat. Med. 2014; 33:1646. The largest of several contrasts has a multivariate t distribution whose
correlation is singular (more shapes than arms less one); scipy's distribution function is wrong there (0.10 where a
million draws give 0.045), so that p comes from draws, always the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

Values = NDArray[np.float64]
ENOUGH = 0.9  # of the effect of the largest dose: the smallest dose of the trial that gives so much is recommended
DRAWS = 50_000  # Monte Carlo error of p near 0.025: 0.0007
# Candidate shapes by the share of the largest dose; the half-effects are usual choices, not fitted
SHAPES: dict[str, Callable[[Values], Values]] = {
    "linear": lambda d: d,
    "emax, half at 5 %": lambda d: d / (0.05 + d),
    "emax, half at 25 %": lambda d: d / (0.25 + d),
    "sigmoid, half at 50 %": lambda d: d**4 / (0.5**4 + d**4),
}


@dataclass(frozen=True)
class DoseResponse:
    """shape : whose contrast is largest; t : that contrast; p : one-sided, over all shapes; recommended : index of the
    smallest dose with 90 % of the effect of the largest, under that shape"""

    shape: str
    t: float
    p: float
    recommended: int


def contrast(shape: Values, covariance: Values) -> Values:
    """The contrast of means with that covariance that finds a shape most surely, (n_arms,), of length 1."""
    weight = np.linalg.inv(covariance)
    ones = np.ones(len(shape))
    c = weight @ (shape - (ones @ weight @ shape) / (ones @ weight @ ones))
    return c / np.linalg.norm(c)


def dose_response(doses: Values, means: Values, covariance: Values, df: float) -> DoseResponse:
    """Test all shapes at once.

    Parameters
    ----------
    doses : (n_arms,), one of them 0; means : (n_arms,), larger is better; covariance of the means; df : of its estimate
    """
    share = doses / doses.max()
    contrasts = np.array([contrast(f(share), covariance) for f in SHAPES.values()])
    spread = contrasts @ covariance @ contrasts.T
    t = contrasts @ means / np.sqrt(np.diag(spread))
    best = int(np.argmax(t))
    normals, scale = _draws(len(means), df)
    chance = (normals @ np.linalg.cholesky(covariance).T) @ contrasts.T / np.sqrt(np.diag(spread))
    largest = chance.max(axis=1) / scale
    p = (1 + int((largest >= t[best]).sum())) / (1 + DRAWS)
    effect = list(SHAPES.values())[best](share)
    enough = effect >= ENOUGH * effect.max()
    order = np.argsort(doses)
    recommended = int(next(k for k in order if enough[k]))
    return DoseResponse(list(SHAPES)[best], float(t[best]), p, recommended)


@lru_cache(maxsize=64)
def _draws(arms: int, df: float) -> tuple[Values, Values]:
    rng = np.random.default_rng(1)
    return rng.standard_normal((DRAWS, arms)), np.sqrt(chi2.ppf(rng.random(DRAWS), df) / df)
