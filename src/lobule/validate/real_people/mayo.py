"""The Mayo score of 1989 for primary biliary cholangitis, as published: nothing of it is fitted here.

E. R. Dickson et al., Hepatology 1989; 10:1. The coefficients are those of the score that the trial's own table carries
(to four digits); the survival of the mean patient at 1 to 7 years is recalled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lobule.labs import to_clinic
from lobule.patient.history import YEAR

Values = NDArray[np.float64]
CONTROL = 10.5  # s, of prothrombin
BILIRUBIN, ALBUMIN, AGE, PROTHROMBIN, EDEMA = 0.8707, -2.5330, 0.0394, 2.3800, 0.8592
CENTRE = 5.07
SURVIVAL = (1.0, 0.970, 0.941, 0.883, 0.833, 0.774, 0.721, 0.651)  # of a score of 5.07 after 0 to 7 years


def mayo_score(bilirubin: Values, albumin: Values, age: Values, inr: Values, edema: Values) -> Values:
    """The score R (n,).

    Parameters
    ----------
    bilirubin, albumin : umol/L, g/L
    inr : prothrombin time over its control, taken as 10.5 s
    edema : 0 none, 0.5 without diuretics or resolved by them, 1 in spite of them

    >>> one = [np.array([v]) for v in (1.0 * 17.104, 40.0, 50.0, 10.0 / 10.5, 0.0)]
    >>> round(float(mayo_score(*one)[0]), 2)
    3.94
    """
    return np.asarray(
        BILIRUBIN * np.log(to_clinic("bilirubin", bilirubin)) + ALBUMIN * np.log(to_clinic("albumin", albumin))
        + AGE * age + PROTHROMBIN * np.log(CONTROL * inr) + EDEMA * edema, float
    )  # fmt: skip


def mayo_survival(score: Values, at: Values) -> Values:
    """Survival (n, m) at `at` (m,) days, as published for 1 to 7 years; between them the hazard is constant, and after
    7 years that of the seventh."""
    years = np.arange(len(SURVIVAL))
    hazard = -np.log(SURVIVAL)
    time = at / YEAR
    beyond = np.maximum(time - years[-1], 0.0) * (hazard[-1] - hazard[-2])
    mean = np.interp(time, years, hazard) + beyond
    return np.exp(-np.exp(score - CENTRE)[:, None] * mean[None, :])
