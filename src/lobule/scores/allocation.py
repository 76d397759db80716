"""The MELD family and PELD, and the survival tied to them.

Bilirubin and creatinine in mg/dL, albumin in g/dL, sodium in mmol/L. Arguments are numbers or arrays of one shape; a
missing value (NaN, also of a flag) gives NaN; what cannot be (text, a negative concentration, infinity) raises
InputError with its place.

Sources: MELD Kamath 2001, UNOS rounding; MELD-Na of the OPTN policy of 2016; MELD-Na Kim 2008; MELD 3.0 Kim 2021; PELD
McDiarmid 2002; survival Wiesner 2003, Kim 2021, Malinchoc 2000 (figures in evidence scores.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lobule.scores.inputs import Numbers, inputs

__all__ = [
    "half_up",
    "meld",
    "meld_3",
    "meld_3_survival",
    "meld_3_unrounded",
    "meld_na",
    "meld_na_2008",
    "meld_survival",
    "meld_tips_survival",
    "meld_unrounded",
    "peld",
]

DIALYSIS = ("dialysis",)


def half_up(value: ArrayLike) -> Numbers:
    """Round to a whole number, halves up, as the rules do (Python rounds halves to even).

    >>> half_up([0.5, 1.5, -0.5]).tolist()
    [1.0, 2.0, 0.0]
    """
    return np.floor(np.asarray(value, float) + 0.5)


def _creatinine(creatinine: Numbers, dialysis: Numbers, most: float) -> Numbers:
    limited = np.clip(creatinine, 1.0, most)
    return np.where(dialysis == 1, most, np.where(np.isnan(dialysis), np.nan, limited))


def meld_unrounded(bilirubin: ArrayLike, inr: ArrayLike, creatinine: ArrayLike, dialysis: ArrayLike = False) -> Numbers:
    """MELD before rounding: each input at least 1, creatinine at most 4 (4 on dialysis).

    dialysis : twice or more in the week, or 24 hours of continuous haemodialysis

    >>> round(float(meld_unrounded(1, 1, 1)), 2)
    6.43
    """
    b, i, c, d = inputs(flags=DIALYSIS, bilirubin=bilirubin, inr=inr, creatinine=creatinine, dialysis=dialysis)
    b, i = np.maximum(b, 1.0), np.maximum(i, 1.0)
    return 9.57 * np.log(_creatinine(c, d, 4.0)) + 3.78 * np.log(b) + 11.20 * np.log(i) + 6.43


def _initial(bilirubin: ArrayLike, inr: ArrayLike, creatinine: ArrayLike, dialysis: ArrayLike) -> Numbers:
    """MELD(i) of the OPTN: rounded to one decimal, times ten."""
    return half_up(meld_unrounded(bilirubin, inr, creatinine, dialysis))


def meld(bilirubin: ArrayLike, inr: ArrayLike, creatinine: ArrayLike, dialysis: ArrayLike = False) -> Numbers:
    """MELD of the UNOS: a whole number from 6 to 40.

    >>> float(meld(5.0, 2.0, 1.8))
    26.0
    """
    return np.clip(_initial(bilirubin, inr, creatinine, dialysis), 6, 40)


def meld_na(
    bilirubin: ArrayLike, inr: ArrayLike, creatinine: ArrayLike, sodium: ArrayLike, dialysis: ArrayLike = False
) -> Numbers:
    """MELD-Na of the OPTN, 2016: sodium from 125 to 137 counts only when MELD(i) is above 11; 6 to 40.

    >>> float(meld_na(2.0, 1.5, 1.0, 130))
    20.0
    """
    first = _initial(bilirubin, inr, creatinine, dialysis)
    first, na = inputs(meld=first, sodium=sodium)
    low = 137 - np.clip(na, 125, 137)
    with_sodium = first + 1.32 * low - 0.033 * first * low
    # A missing sodium leaves the score open even where it would not count.
    return np.clip(half_up(np.where(first > 11, with_sodium, first + 0 * low)), 6, 40)


def meld_na_2008(
    bilirubin: ArrayLike, inr: ArrayLike, creatinine: ArrayLike, sodium: ArrayLike, dialysis: ArrayLike = False
) -> Numbers:
    """MELD-Na of Kim 2008 (NEJM), not rounded: sodium from 125 to 140.

    >>> round(float(meld_na_2008(5.0, 2.0, 1.8, 140)), 3)
    25.902
    """
    score = meld_unrounded(bilirubin, inr, creatinine, dialysis)
    score, na = inputs(meld=score, sodium=sodium)
    na = np.clip(na, 125, 140)
    return score - na - 0.025 * score * (140 - na) + 140


def meld_3_unrounded(
    bilirubin: ArrayLike,
    inr: ArrayLike,
    creatinine: ArrayLike,
    sodium: ArrayLike,
    albumin: ArrayLike,
    female: ArrayLike,
    dialysis: ArrayLike = False,
) -> Numbers:
    """MELD 3.0 before rounding: creatinine 1 to 3, sodium 125 to 137, albumin 1.5 to 3.5."""
    b, i, c, na, a, f, d = inputs(
        flags=("female", "dialysis"), bilirubin=bilirubin, inr=inr, creatinine=creatinine, sodium=sodium,
        albumin=albumin, female=female, dialysis=dialysis,
    )  # fmt: skip
    b, i = np.log(np.maximum(b, 1.0)), np.log(np.maximum(i, 1.0))
    c = np.log(_creatinine(c, d, 3.0))
    low = 137 - np.clip(na, 125, 137)
    lacking = 3.5 - np.clip(a, 1.5, 3.5)
    return (1.33 * f + 4.56 * b + 0.82 * low - 0.24 * low * b + 9.09 * i + 11.14 * c + 1.85 * lacking
            - 1.83 * lacking * c + 6)  # fmt: skip


def meld_3(
    bilirubin: ArrayLike,
    inr: ArrayLike,
    creatinine: ArrayLike,
    sodium: ArrayLike,
    albumin: ArrayLike,
    female: ArrayLike,
    dialysis: ArrayLike = False,
) -> Numbers:
    """MELD 3.0, a whole number from 6 to 40.

    >>> float(meld_3(5.0, 2.0, 1.8, 125, 2.5, False))
    32.0
    """
    score = meld_3_unrounded(bilirubin, inr, creatinine, sodium, albumin, female, dialysis)
    return np.clip(half_up(score), 6, 40)


def _score(score: ArrayLike) -> Numbers:
    (read,) = inputs(signed=("score",), score=score)
    return read


def meld_survival(score: ArrayLike) -> Numbers:
    """Share alive after 90 days on a waiting list by MELD or MELD-Na (Wiesner 2003, US)."""
    return 0.98465 ** np.exp(0.1635 * (_score(score) - 10))


def meld_3_survival(score: ArrayLike) -> Numbers:
    """Share alive after 90 days on a waiting list by MELD 3.0 (Kim 2021, US)."""
    return 0.946 ** np.exp(0.17698 * _score(score) - 3.56)


def meld_tips_survival(bilirubin: ArrayLike, inr: ArrayLike, creatinine: ArrayLike) -> Numbers:
    """Share alive 90 days after TIPS (Malinchoc 2000); its score lacks the constant of 6.43."""
    return 0.707 ** np.exp((meld_unrounded(bilirubin, inr, creatinine) - 6.43) / 10 - 1.127)


def peld(
    bilirubin: ArrayLike, inr: ArrayLike, albumin: ArrayLike, age: ArrayLike, growth_failure: ArrayLike
) -> Numbers:
    """PELD (classic): labs below 1 count as 1; age in years.

    >>> round(float(peld(3.0, 1.4, 2.9, 0.6, True)), 4)
    15.2371
    """
    b, i, a, years, failing = inputs(
        flags=("growth_failure",), bilirubin=bilirubin, inr=inr, albumin=albumin, age=age, growth_failure=growth_failure
    )
    b, i, a = (np.log(np.maximum(x, 1.0)) for x in (b, i, a))
    young = np.where(np.isnan(years), np.nan, (years < 1).astype(float))
    return 4.80 * b + 18.57 * i - 6.87 * a + 4.36 * young + 6.67 * failing
