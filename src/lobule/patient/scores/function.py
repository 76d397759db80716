"""Liver function and fibrosis: Child-Pugh, ALBI, FIB-4, APRI, NAFLD fibrosis score, West Haven, R, Hy's law.

Units as the rules write them: bilirubin mg/dL, albumin g/dL (ALBI converts), enzymes U/L, platelets 1e9/L, age years.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lobule.patient.scores.meld import Numbers
from lobule.patient.scores.points import points
from lobule.quantities import BILIRUBIN_UMOL_PER_MG_DL


def child_pugh_points(
    bilirubin: ArrayLike,
    albumin: ArrayLike,
    inr: ArrayLike,
    ascites: ArrayLike,
    encephalopathy: ArrayLike,
    cholestatic: ArrayLike = False,
    prothrombin_prolongation: ArrayLike = np.nan,
) -> dict[str, Numbers]:
    """Points of each part and their sum, 5 to 15 (Child 1964, Pugh 1973). Equality belongs to the middle class.

    ascites : 0 none, 1 mild or controlled, 2 moderate to severe or refractory
    encephalopathy : West Haven grade 0 to 4
    cholestatic : PBC or PSC, whose bilirubin counts from 4 and 10 mg/dL
    prothrombin_prolongation : seconds over control, used where INR is missing

    >>> float(child_pugh_points(3.0, 2.8, 2.3, 0, 0)["points"])
    8.0
    """
    usual, biliary = points(bilirubin, below=[2.0], upto=[3.0]), points(bilirubin, below=[4.0], upto=[10.0])
    a = np.asarray(albumin, float)
    low = 1.0 + (a <= 3.5) + (a < 2.8)
    by_seconds = points(prothrombin_prolongation, below=[4.0], upto=[6.0])
    parts = {
        "bilirubin": np.where(np.asarray(cholestatic, bool), biliary, usual),
        "albumin": np.where(np.isnan(a), np.nan, low),
        "inr": np.where(np.isnan(np.asarray(inr, float)), by_seconds, points(inr, below=[1.7], upto=[2.3])),
        "ascites": points(ascites, below=[1.0, 2.0]),
        "encephalopathy": points(encephalopathy, below=[1.0, 3.0]),
    }
    return {**parts, "points": np.sum(list(np.broadcast_arrays(*parts.values())), axis=0)}


def child_pugh_class(total: ArrayLike) -> np.ndarray:
    """A for 5 or 6 points, B for 7 to 9, C for more; "" for a missing sum.

    >>> child_pugh_class([6, 7, 10]).tolist()
    ['A', 'B', 'C']
    """
    p = np.asarray(total, float)
    return np.where(np.isnan(p), "", np.where(p <= 6, "A", np.where(p <= 9, "B", "C")))


def albi(bilirubin: ArrayLike, albumin: ArrayLike) -> Numbers:
    """ALBI (Johnson 2015); bilirubin mg/dL and albumin g/dL are converted to the rule's umol/L and g/L.

    >>> round(float(albi(1.0, 3.8)), 4)
    -2.4162
    """
    b = np.asarray(bilirubin, float)
    positive = np.where(b > 0, b, np.nan)
    return 0.66 * np.log10(positive * BILIRUBIN_UMOL_PER_MG_DL) - 0.085 * 10 * np.asarray(albumin, float)


def albi_grade(score: ArrayLike) -> Numbers:
    """Grade 1 up to -2.60, 2 up to -1.39, 3 above."""
    return points(score, upto=[-2.60, -1.39])


def modified_albi_grade(score: ArrayLike) -> np.ndarray:
    """mALBI: grade 2 split at -2.27 into 2a and 2b; "" for a missing score."""
    s = np.asarray(score, float)
    names = np.where(s <= -2.60, "1", np.where(s <= -2.27, "2a", np.where(s <= -1.39, "2b", "3")))
    return np.where(np.isnan(s), "", names)


def fib_4(age: ArrayLike, ast: ArrayLike, alt: ArrayLike, platelets: ArrayLike) -> Numbers:
    """FIB-4 (Sterling 2006).

    >>> round(float(fib_4(50, 40, 40, 200)), 4)
    1.5811
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(age, float) * np.asarray(ast, float) / (
            np.asarray(platelets, float) * np.sqrt(np.asarray(alt, float))
        )  # fmt: skip
    return np.where(np.isfinite(value), value, np.nan)


def apri(ast: ArrayLike, ast_upper_limit: ArrayLike, platelets: ArrayLike) -> Numbers:
    """APRI (Wai 2003)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 100 * np.asarray(ast, float) / np.asarray(ast_upper_limit, float) / np.asarray(platelets, float)
    return np.where(np.isfinite(value), value, np.nan)


def nafld_fibrosis_score(
    age: ArrayLike, bmi: ArrayLike, diabetes: ArrayLike, ast: ArrayLike, alt: ArrayLike, platelets: ArrayLike,
    albumin: ArrayLike,
) -> Numbers:  # fmt: skip
    """NAFLD fibrosis score (Angulo 2007); diabetes or impaired fasting glucose.

    >>> round(float(nafld_fibrosis_score(50, 30, True, 40, 40, 200, 4.0)), 3)
    -0.125
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(ast, float) / np.asarray(alt, float)
    value = (
        -1.675
        + 0.037 * np.asarray(age, float)
        + 0.094 * np.asarray(bmi, float)
        + 1.13 * np.asarray(diabetes, float)
        + 0.99 * ratio
        - 0.013 * np.asarray(platelets, float)
        - 0.66 * np.asarray(albumin, float)
    )
    return np.where(np.isfinite(value), value, np.nan)


def west_haven_band(grade: ArrayLike) -> np.ndarray:
    """none (0), covert (1) or overt (2 to 4); "" for a missing grade."""
    g = np.asarray(grade, float)
    return np.where(np.isnan(g), "", np.where(g < 1, "none", np.where(g < 2, "covert", "overt")))


def r_factor(alt: ArrayLike, alt_upper_limit: ArrayLike, alp: ArrayLike, alp_upper_limit: ArrayLike) -> Numbers:
    """R of drug-induced injury: (ALT over its limit) over (ALP over its limit)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (np.asarray(alt, float) / np.asarray(alt_upper_limit, float)) / (
            np.asarray(alp, float) / np.asarray(alp_upper_limit, float)
        )
    return np.where(np.isfinite(value), value, np.nan)


def r_pattern(r: ArrayLike) -> np.ndarray:
    """hepatocellular from 5, cholestatic up to 2, mixed between; "" for a missing R."""
    x = np.asarray(r, float)
    return np.where(np.isnan(x), "", np.where(x >= 5, "hepatocellular", np.where(x <= 2, "cholestatic", "mixed")))


def hys_law(alt_folds: ArrayLike, ast_folds: ArrayLike, bilirubin_folds: ArrayLike, alp_folds: ArrayLike) -> np.ndarray:
    """ALT or AST at least 3 times its limit, bilirubin at least 2, ALP below 2."""
    enzymes = (np.asarray(alt_folds, float) >= 3) | (np.asarray(ast_folds, float) >= 3)
    return enzymes & (np.asarray(bilirubin_folds, float) >= 2) & (np.asarray(alp_folds, float) < 2)
