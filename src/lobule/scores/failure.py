"""Acute and acute-on-chronic failure: CLIF-C organ failure, ACLF and AD, AARC, APASL entry, King's College criteria.

Bilirubin and creatinine mg/dL, white cells 1e9/L, sodium mmol/L, lactate mmol/L, mean arterial pressure mmHg. A missing
value gives NaN; a criterion is True or False, but 1, 0 and NaN where a missing value leaves an answer open.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lobule.errors import InputError
from lobule.labs import to_model
from lobule.scores.inputs import Numbers, inputs
from lobule.scores.points import criterion, judge, points

__all__ = [
    "aarc",
    "aarc_grade",
    "apasl_aclf",
    "clif_aclf",
    "clif_aclf_mortality",
    "clif_ad",
    "clif_ad_mortality",
    "clif_organ_failure",
    "kings_acetaminophen",
    "kings_other",
]

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
    ventilated: ArrayLike = False,
) -> dict[str, Numbers]:
    """CLIF-C organ failure score (Jalan 2014): points of six organs, their sum (6 to 18), failures and ACLF grade.

    renal_replacement : a failure of the kidney whatever the creatinine
    vasopressor : a failure of the circulation whatever the pressure
    pf_ratio, sf_ratio : oxygen in blood (or saturation) over its share in the air breathed; either will do
    ventilated : mechanically, for the lung's sake: a failure of the lung whatever the ratio, or without one
    """
    b, c, he, i, pressure, kidney_machine, pressor, pf, sf, machine = inputs(
        flags=("renal_replacement", "vasopressor", "ventilated"), bilirubin=bilirubin, creatinine=creatinine,
        encephalopathy=encephalopathy, inr=inr, arterial_pressure=arterial_pressure,
        renal_replacement=renal_replacement, vasopressor=vasopressor, pf_ratio=pf_ratio, sf_ratio=sf_ratio,
        ventilated=ventilated,
    )  # fmt: skip
    by_pf, by_sf = 4 - points(pf, upto=[200, 300]), 4 - points(sf, upto=[214, 357])
    organs = {
        "liver": points(b, below=[6, 12]),
        "kidney": _supported(kidney_machine, points(c, below=[2.0, 3.5])),
        "brain": points(he, below=[1, 3]),
        "coagulation": points(i, below=[2.0, 2.5]),
        "circulation": _supported(pressor, 3 - points(pressure, below=[70])),
        "lung": _supported(machine, np.where(np.isnan(by_pf), by_sf, by_pf)),
    }
    parts = dict(zip(organs, np.broadcast_arrays(*organs.values()), strict=True))
    total = np.sum(list(parts.values()), axis=0)
    others = np.sum([parts[o] == 3 for o in ("liver", "brain", "coagulation", "circulation", "lung")], axis=0)
    kidney = parts["kidney"] >= 2
    failures = others + kidney
    mild = ((c >= 1.5) & (c < 2.0)) | ((he >= 1) & (he <= 2))
    one = (failures == 1) & (kidney | mild)
    grade = np.where(failures >= 3, 3.0, np.where(failures == 2, 2.0, np.where(one, 1.0, 0.0)))
    known = ~np.isnan(total)
    return {**parts, "points": total, "failures": np.where(known, failures, np.nan),
            "grade": np.where(known, grade, np.nan)}  # fmt: skip


def _supported(machine: Numbers, without: Numbers) -> Numbers:
    """3 points for an organ that is supported, else its own; open where nobody knows of the support."""
    return np.where(machine == 1, 3.0, np.where(np.isnan(machine), np.nan, without))


def _log(value: Numbers) -> Numbers:
    return np.log(np.where(value > 0, value, np.nan))


def clif_aclf(organ_failure: ArrayLike, age: ArrayLike, white_cells: ArrayLike) -> Numbers:
    """CLIF-C ACLF score (Jalan 2014).

    >>> round(float(clif_aclf(10, 50, 9)), 4)
    46.8425
    """
    organs, years, white = inputs(organ_failure=organ_failure, age=age, white_cells=white_cells)
    return 10 * (0.33 * organs + 0.04 * years + 0.63 * _log(white) - 2)


def clif_ad(
    age: ArrayLike, creatinine: ArrayLike, inr: ArrayLike, white_cells: ArrayLike, sodium: ArrayLike
) -> Numbers:
    """CLIF-C AD score (Jalan 2015): low up to 45, high from 60.

    >>> round(float(clif_ad(55, 1.0, 1.5, 7, 135)), 4)
    53.0575
    """
    years, c, i, white, na = inputs(age=age, creatinine=creatinine, inr=inr, white_cells=white_cells, sodium=sodium)
    return 10 * (0.03 * years + 0.66 * _log(c) + 1.71 * _log(i) + 0.88 * _log(white) - 0.05 * na + 8)


def _mortality(score: ArrayLike, day: int, table: dict[int, tuple[float, float]], name: str) -> Numbers:
    key = 28 if day == 30 and 28 in table else day
    if key not in table:
        raise InputError(f"{name} gives mortality at {', '.join(map(str, table))} days, not at {day}")
    c, b = table[key]
    (s,) = inputs(signed=("score",), score=score)
    return 1 - np.exp(-c * np.exp(b * s))


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
    b, he, i, acid, c = inputs(
        bilirubin=bilirubin, encephalopathy=encephalopathy, inr=inr, lactate=lactate, creatinine=creatinine
    )
    return (
        points(b, below=[15], upto=[25])
        + points(he, below=[1, 3])
        + points(i, below=[1.8], upto=[2.5])
        + points(acid, below=[1.5], upto=[2.5])
        + points(c, below=[0.7], upto=[1.5])
    )


def aarc_grade(score: ArrayLike) -> Numbers:
    """Grade 1 up to 7 points, 2 up to 10, 3 above."""
    (s,) = inputs(score=score)
    return points(s, upto=[7, 10])


def apasl_aclf(bilirubin: ArrayLike, inr: ArrayLike, ascites: ArrayLike, encephalopathy: ArrayLike) -> np.ndarray:
    """Entry of the APASL: bilirubin from 5, INR from 1.5, and ascites or encephalopathy."""
    b, i, fluid, he = inputs(bilirubin=bilirubin, inr=inr, ascites=ascites, encephalopathy=encephalopathy)
    signs = judge(criterion(fluid, fluid >= 1), criterion(he, he >= 1), enough=1)
    return judge(criterion(b, b >= 5), criterion(i, i >= 1.5), signs, enough=3)


def kings_acetaminophen(
    ph: ArrayLike, inr: ArrayLike, creatinine: ArrayLike, encephalopathy: ArrayLike, lactate: ArrayLike = np.nan
) -> np.ndarray:
    """King's College criteria after acetaminophen: pH below 7.30; or INR above 6.5, creatinine above 3.4 and grade 3 or
    4; or lactate above 3.0 after resuscitation, where it was measured."""
    acidity, i, c, he, acid = inputs(
        ph=ph, inr=inr, creatinine=creatinine, encephalopathy=encephalopathy, lactate=lactate
    )
    three = judge(criterion(i, i > 6.5), criterion(c, c > 3.4), criterion(he, he >= 3), enough=3)
    return judge(criterion(acidity, acidity < 7.30), three, (acid > 3.0).astype(float), enough=1)


def kings_other(
    inr: ArrayLike,
    age: ArrayLike,
    unfavourable_cause: ArrayLike,
    jaundice_to_encephalopathy_days: ArrayLike,
    bilirubin: ArrayLike,
) -> np.ndarray:
    """King's College criteria for other causes: INR above 6.5, or three of five signs."""
    i, years, cause, days, b = inputs(
        flags=("unfavourable_cause",), inr=inr, age=age, unfavourable_cause=unfavourable_cause,
        jaundice_to_encephalopathy_days=jaundice_to_encephalopathy_days, bilirubin=bilirubin,
    )  # fmt: skip
    signs = judge(
        criterion(years, (years < 10) | (years > 40)),
        cause,
        criterion(days, days > 7),
        criterion(i, i > 3.5),
        criterion(b, to_model("bilirubin", b) > 300),
        enough=3,
    )
    return judge(criterion(i, i > 6.5), signs, enough=1)
