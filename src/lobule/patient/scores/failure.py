"""Acute and acute-on-chronic failure: CLIF-C organ failure, ACLF and AD, AARC, APASL entry, King's College criteria.

Bilirubin and creatinine mg/dL, white cells 1e9/L, sodium mmol/L, lactate mmol/L, mean arterial pressure mmHg.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lobule.errors import InputError
from lobule.patient.scores.meld import Numbers
from lobule.patient.scores.points import points
from lobule.quantities import BILIRUBIN_UMOL_PER_MG_DL

ACLF_RISK = {28: (0.0022, 0.0995), 90: (0.0079, 0.0869), 180: (0.0115, 0.0824), 365: (0.0231, 0.0731)}
AD_RISK = {90: (0.00056, 0.1007), 365: (0.00879, 0.0698)}


def clif_organ_failure(
    bilirubin: ArrayLike,
    creatinine: ArrayLike,
    encephalopathy: ArrayLike,
    inr: ArrayLike,
    arterial_pressure: ArrayLike,
    *,
    renal_replacement: ArrayLike = False,
    vasopressor: ArrayLike = False,
    pf_ratio: ArrayLike = np.nan,
    sf_ratio: ArrayLike = np.nan,
) -> dict[str, Numbers]:
    """CLIF-C organ failure score (Jalan 2014): points of six organs, their sum (6 to 18), failures and ACLF grade.

    pf_ratio, sf_ratio : oxygen in blood (or saturation) over its share in the air breathed; either will do
    """
    pf, sf = np.asarray(pf_ratio, float), np.asarray(sf_ratio, float)
    by_pf = np.where(np.isnan(pf), np.nan, 1.0 + (pf <= 300) + (pf <= 200))
    by_sf = np.where(np.isnan(sf), np.nan, 1.0 + (sf <= 357) + (sf <= 214))
    pressure = np.asarray(arterial_pressure, float)
    circulation = np.where(np.isnan(pressure), np.nan, 1.0 + (pressure < 70))
    organs = {
        "liver": points(bilirubin, below=[6, 12]),
        "kidney": np.where(np.asarray(renal_replacement, bool), 3.0, points(creatinine, below=[2.0, 3.5])),
        "brain": points(encephalopathy, below=[1, 3]),
        "coagulation": points(inr, below=[2.0, 2.5]),
        "circulation": np.where(np.asarray(vasopressor, bool), 3.0, circulation),
        "lung": np.where(np.isnan(by_pf), by_sf, by_pf),
    }
    parts = dict(zip(organs, np.broadcast_arrays(*organs.values()), strict=True))
    total = np.sum(list(parts.values()), axis=0)
    others = np.sum([parts[o] == 3 for o in ("liver", "brain", "coagulation", "circulation", "lung")], axis=0)
    kidney = parts["kidney"] >= 2
    failures = others + kidney
    c, grade_of_brain = np.asarray(creatinine, float), np.asarray(encephalopathy, float)
    mild = ((c >= 1.5) & (c < 2.0)) | ((grade_of_brain >= 1) & (grade_of_brain <= 2))
    one = (failures == 1) & (kidney | mild)
    grade = np.where(failures >= 3, 3.0, np.where(failures == 2, 2.0, np.where(one, 1.0, 0.0)))
    known = ~np.isnan(total)
    return {**parts, "points": total, "failures": np.where(known, failures, np.nan),
            "grade": np.where(known, grade, np.nan)}  # fmt: skip


def _log(value: ArrayLike) -> Numbers:
    x = np.asarray(value, float)
    return np.log(np.where(x > 0, x, np.nan))


def clif_aclf(organ_failure: ArrayLike, age: ArrayLike, white_cells: ArrayLike) -> Numbers:
    """CLIF-C ACLF score (Jalan 2014).

    >>> round(float(clif_aclf(10, 50, 9)), 4)
    46.8425
    """
    return 10 * (0.33 * np.asarray(organ_failure, float) + 0.04 * np.asarray(age, float) + 0.63 * _log(white_cells) - 2)


def clif_ad(
    age: ArrayLike, creatinine: ArrayLike, inr: ArrayLike, white_cells: ArrayLike, sodium: ArrayLike
) -> Numbers:
    """CLIF-C AD score (Jalan 2015): low up to 45, high from 60.

    >>> round(float(clif_ad(55, 1.0, 1.5, 7, 135)), 4)
    53.0575
    """
    return 10 * (
        0.03 * np.asarray(age, float)
        + 0.66 * _log(creatinine)
        + 1.71 * _log(inr)
        + 0.88 * _log(white_cells)
        - 0.05 * np.asarray(sodium, float)
        + 8
    )


def _mortality(score: ArrayLike, day: int, table: dict[int, tuple[float, float]], name: str) -> Numbers:
    key = 28 if day == 30 and 28 in table else day
    if key not in table:
        raise InputError(f"{name} gives mortality at {', '.join(map(str, table))} days, not at {day}")
    c, b = table[key]
    return 1 - np.exp(-c * np.exp(b * np.asarray(score, float)))


def clif_aclf_mortality(score: ArrayLike, day: int) -> Numbers:
    """Share dead after 28 (or 30), 90, 180 or 365 days.

    Raises
    ------
    InputError : another day.
    """
    return _mortality(score, day, ACLF_RISK, "CLIF-C ACLF")


def clif_ad_mortality(score: ArrayLike, day: int) -> Numbers:
    """Share dead after 90 or 365 days.

    Raises
    ------
    InputError : another day.
    """
    return _mortality(score, day, AD_RISK, "CLIF-C AD")


def aarc(
    bilirubin: ArrayLike, encephalopathy: ArrayLike, inr: ArrayLike, lactate: ArrayLike, creatinine: ArrayLike
) -> Numbers:
    """AARC score of the APASL (Choudhury 2017), 5 to 15."""
    return (
        points(bilirubin, below=[15], upto=[25])
        + points(encephalopathy, below=[1, 3])
        + points(inr, below=[1.8], upto=[2.5])
        + points(lactate, below=[1.5], upto=[2.5])
        + points(creatinine, below=[0.7], upto=[1.5])
    )


def aarc_grade(score: ArrayLike) -> Numbers:
    """Grade 1 up to 7 points, 2 up to 10, 3 above."""
    return points(score, upto=[7, 10])


def apasl_aclf(bilirubin: ArrayLike, inr: ArrayLike, ascites: ArrayLike, encephalopathy: ArrayLike) -> np.ndarray:
    """Entry of the APASL: bilirubin from 5, INR from 1.5, and ascites or encephalopathy."""
    signs = (np.asarray(ascites, float) >= 1) | (np.asarray(encephalopathy, float) >= 1)
    return (np.asarray(bilirubin, float) >= 5) & (np.asarray(inr, float) >= 1.5) & signs


def kings_acetaminophen(
    ph: ArrayLike, inr: ArrayLike, creatinine: ArrayLike, encephalopathy: ArrayLike, lactate: ArrayLike = np.nan
) -> np.ndarray:
    """King's College criteria after acetaminophen: pH below 7.30; or INR above 6.5, creatinine above 3.4 and grade 3 or
    4; or lactate above 3.0 after resuscitation."""
    three = (
        (np.asarray(inr, float) > 6.5)
        & (np.asarray(creatinine, float) > 3.4)
        & (np.asarray(encephalopathy, float) >= 3)
    )
    return (np.asarray(ph, float) < 7.30) | three | (np.asarray(lactate, float) > 3.0)


def kings_other(
    inr: ArrayLike,
    age: ArrayLike,
    unfavourable_cause: ArrayLike,
    jaundice_to_encephalopathy_days: ArrayLike,
    bilirubin: ArrayLike,
) -> np.ndarray:
    """King's College criteria for other causes: INR above 6.5, or three of five signs."""
    a = np.asarray(age, float)
    signs = (
        ((a < 10) | (a > 40)).astype(int)
        + np.asarray(unfavourable_cause, bool)
        + (np.asarray(jaundice_to_encephalopathy_days, float) > 7)
        + (np.asarray(inr, float) > 3.5)
        + (np.asarray(bilirubin, float) * BILIRUBIN_UMOL_PER_MG_DL > 300)
    )
    return (np.asarray(inr, float) > 6.5) | (signs >= 3)
