"""Liver function and fibrosis: Child-Pugh, ALBI, FIB-4, APRI, NAFLD fibrosis score, West Haven, R, Hy's law.

Units as the rules write them: bilirubin mg/dL, albumin g/dL (ALBI converts), enzymes U/L, platelets 1e9/L, age years.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lobule.labs import to_model
from lobule.scores.inputs import Numbers, inputs
from lobule.scores.points import classes, criterion, judge, points

__all__ = [
    "albi",
    "albi_grade",
    "apri",
    "child_pugh_class",
    "child_pugh_points",
    "fib_4",
    "hys_law",
    "modified_albi_grade",
    "nafld_fibrosis_score",
    "r_factor",
    "r_pattern",
    "west_haven_band",
]


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
    b, a, i, fluid, grade, biliary, seconds = inputs(
        signed=("prothrombin_prolongation",), flags=("cholestatic",), bilirubin=bilirubin, albumin=albumin, inr=inr,
        ascites=ascites, encephalopathy=encephalopathy, cholestatic=cholestatic,
        prothrombin_prolongation=prothrombin_prolongation,
    )  # fmt: skip
    usual, of_biliary = points(b, below=[2.0], upto=[3.0]), points(b, below=[4.0], upto=[10.0])
    by_seconds = points(seconds, below=[4.0], upto=[6.0])
    parts = {
        "bilirubin": np.where(np.isnan(biliary), np.nan, np.where(biliary == 1, of_biliary, usual)),
        "albumin": 4 - points(a, below=[2.8], upto=[3.5]),
        "inr": np.where(np.isnan(i), by_seconds, points(i, below=[1.7], upto=[2.3])),
        "ascites": points(fluid, below=[1.0, 2.0]),
        "encephalopathy": points(grade, below=[1.0, 3.0]),
    }
    return {**parts, "points": np.sum(list(np.broadcast_arrays(*parts.values())), axis=0)}


def child_pugh_class(total: ArrayLike) -> np.ndarray:
    """A for 5 or 6 points, B for 7 to 9, C for more; "" for a missing sum.

    >>> child_pugh_class([6, 7, 10]).tolist()
    ['A', 'B', 'C']
    """
    (p,) = inputs(total=total)
    return classes(points(p, upto=[6, 9]), "A", "B", "C")


def albi(bilirubin: ArrayLike, albumin: ArrayLike) -> Numbers:
    """ALBI (Johnson 2015); bilirubin mg/dL and albumin g/dL are converted to the rule's umol/L and g/L.

    >>> round(float(albi(1.0, 3.8)), 4)
    -2.4162
    """
    b, a = inputs(bilirubin=bilirubin, albumin=albumin)
    positive = np.where(b > 0, b, np.nan)
    return 0.66 * np.log10(to_model("bilirubin", positive)) - 0.085 * 10 * a


def albi_grade(score: ArrayLike) -> Numbers:
    """Grade 1 up to -2.60, 2 up to -1.39, 3 above."""
    (s,) = inputs(signed=("score",), score=score)
    return points(s, upto=[-2.60, -1.39])


def modified_albi_grade(score: ArrayLike) -> np.ndarray:
    """mALBI: grade 2 split at -2.27 into 2a and 2b; "" for a missing score."""
    (s,) = inputs(signed=("score",), score=score)
    return classes(points(s, upto=[-2.60, -2.27, -1.39]), "1", "2a", "2b", "3")


def fib_4(age: ArrayLike, ast: ArrayLike, alt: ArrayLike, platelets: ArrayLike) -> Numbers:
    """FIB-4 (Sterling 2006).

    >>> round(float(fib_4(50, 40, 40, 200)), 4)
    1.5811
    """
    years, a, b, p = inputs(age=age, ast=ast, alt=alt, platelets=platelets)
    return _ratio(years * a, p * np.sqrt(np.maximum(b, 0)))


def apri(ast: ArrayLike, ast_upper_limit: ArrayLike, platelets: ArrayLike) -> Numbers:
    """APRI (Wai 2003)."""
    a, limit, p = inputs(ast=ast, ast_upper_limit=ast_upper_limit, platelets=platelets)
    return _ratio(_ratio(100 * a, limit), p)


def nafld_fibrosis_score(
    age: ArrayLike, bmi: ArrayLike, diabetes: ArrayLike, ast: ArrayLike, alt: ArrayLike, platelets: ArrayLike,
    albumin: ArrayLike,
) -> Numbers:  # fmt: skip
    """NAFLD fibrosis score (Angulo 2007); diabetes or impaired fasting glucose.

    >>> round(float(nafld_fibrosis_score(50, 30, True, 40, 40, 200, 4.0)), 3)
    -0.125
    """
    years, mass, glucose, a, b, p, protein = inputs(
        flags=("diabetes",), age=age, bmi=bmi, diabetes=diabetes, ast=ast, alt=alt, platelets=platelets, albumin=albumin
    )
    return (-1.675 + 0.037 * years + 0.094 * mass + 1.13 * glucose + 0.99 * _ratio(a, b)
            - 0.013 * p - 0.66 * protein)  # fmt: skip


def west_haven_band(grade: ArrayLike) -> np.ndarray:
    """none (0), covert (1) or overt (2 to 4); "" for a missing grade."""
    (g,) = inputs(grade=grade)
    return classes(points(g, below=[1, 2]), "none", "covert", "overt")


def r_factor(alt: ArrayLike, alt_upper_limit: ArrayLike, alp: ArrayLike, alp_upper_limit: ArrayLike) -> Numbers:
    """R of drug-induced injury: (ALT over its limit) over (ALP over its limit)."""
    a, a_limit, p, p_limit = inputs(alt=alt, alt_upper_limit=alt_upper_limit, alp=alp, alp_upper_limit=alp_upper_limit)
    return _ratio(_ratio(a, a_limit), _ratio(p, p_limit))


def r_pattern(r: ArrayLike) -> np.ndarray:
    """hepatocellular from 5, cholestatic up to 2, mixed between; "" for a missing R."""
    (x,) = inputs(r=r)
    return classes(points(x, upto=[2], below=[5]), "cholestatic", "mixed", "hepatocellular")


def hys_law(alt_folds: ArrayLike, ast_folds: ArrayLike, bilirubin_folds: ArrayLike, alp_folds: ArrayLike) -> np.ndarray:
    """ALT or AST at least 3 times its limit, bilirubin at least 2, ALP below 2.

    Truth values; 1, 0 and NaN where a missing value leaves it open.
    """
    alt, ast, b, alp = inputs(alt_folds=alt_folds, ast_folds=ast_folds, bilirubin_folds=bilirubin_folds,
                              alp_folds=alp_folds)  # fmt: skip
    enzymes = judge(criterion(alt, alt >= 3), criterion(ast, ast >= 3), enough=1)
    return judge(enzymes, criterion(b, b >= 2), criterion(alp, alp < 2), enough=3)


def _ratio(over: Numbers, under: Numbers) -> Numbers:
    """One over the other; NaN over 0."""
    over, under = np.broadcast_arrays(over, under)
    return np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0)
