"""Alcoholic hepatitis: Maddrey, Lille, ABIC, Glasgow. Bilirubin, creatinine mg/dL, albumin g/dL, prothrombin time s."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lobule.patient.scores.meld import Numbers
from lobule.patient.scores.points import points
from lobule.quantities import BILIRUBIN_UMOL_PER_MG_DL


def maddrey(prothrombin_time: ArrayLike, control_time: ArrayLike, bilirubin: ArrayLike) -> Numbers:
    """Discriminant function; severe from 32 (Maddrey 1978).

    >>> round(float(maddrey(16, 12, 6)), 1)
    24.4
    """
    longer = np.asarray(prothrombin_time, float) - np.asarray(control_time, float)
    return 4.6 * longer + np.asarray(bilirubin, float)


def lille(
    age: ArrayLike,
    albumin: ArrayLike,
    bilirubin_day_0: ArrayLike,
    bilirubin_day_7: ArrayLike,
    creatinine: ArrayLike,
    prothrombin_time: ArrayLike,
) -> Numbers:
    """Lille model (Louvet 2007): non-response from 0.45.

    >>> round(float(lille(50, 2.5, 15, 17, 1.0, 20)), 4)
    0.6477
    """
    first, later = (np.asarray(b, float) * BILIRUBIN_UMOL_PER_MG_DL for b in (bilirubin_day_0, bilirubin_day_7))
    c = np.asarray(creatinine, float)
    failing = np.where(np.isnan(c), np.nan, (c > 1.3).astype(float))
    r = (
        3.19
        - 0.101 * np.asarray(age, float)
        + 0.147 * 10 * np.asarray(albumin, float)
        + 0.0165 * (first - later)
        - 0.206 * failing
        - 0.0065 * first
        - 0.0096 * np.asarray(prothrombin_time, float)
    )
    return 1 / (1 + np.exp(np.clip(r, -700, 700)))


def abic(age: ArrayLike, bilirubin: ArrayLike, inr: ArrayLike, creatinine: ArrayLike) -> Numbers:
    """ABIC (Dominguez 2008): low below 6.71, high from 9."""
    return (
        0.1 * np.asarray(age, float)
        + 0.08 * np.asarray(bilirubin, float)
        + 0.3 * np.asarray(creatinine, float)
        + 0.8 * np.asarray(inr, float)
    )


def abic_class(score: ArrayLike) -> np.ndarray:
    """A below 6.71, B below 9, C from 9; "" for a missing score."""
    s = np.asarray(score, float)
    return np.where(np.isnan(s), "", np.where(s < 6.71, "A", np.where(s < 9, "B", "C")))


def glasgow(
    age: ArrayLike, white_cells: ArrayLike, urea: ArrayLike, prothrombin_ratio: ArrayLike, bilirubin: ArrayLike
) -> Numbers:
    """Glasgow alcoholic hepatitis score (Forrest 2005): poor from 9; white cells 1e9/L, urea mmol/L."""
    return (
        points(age, below=[50])
        + points(white_cells, below=[15])
        + points(urea, below=[5])
        + points(prothrombin_ratio, below=[1.5], upto=[2.0])
        + points(np.asarray(bilirubin, float) * BILIRUBIN_UMOL_PER_MG_DL, below=[125], upto=[250])
    )
