"""Alcoholic hepatitis: Maddrey, Lille, ABIC, Glasgow. Bilirubin, creatinine mg/dL, albumin g/dL, prothrombin time s."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lobule.labs import to_model
from lobule.scores.inputs import Numbers, inputs
from lobule.scores.points import classes, criterion, points

__all__ = [
    "abic",
    "abic_class",
    "glasgow",
    "lille",
    "maddrey",
]


def maddrey(prothrombin_time: ArrayLike, control_time: ArrayLike, bilirubin: ArrayLike) -> Numbers:
    """Discriminant function; severe from 32 (Maddrey 1978).

    >>> round(float(maddrey(16, 12, 6)), 1)
    24.4
    """
    time, control, b = inputs(prothrombin_time=prothrombin_time, control_time=control_time, bilirubin=bilirubin)
    return 4.6 * (time - control) + b


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
    years, protein, first, later, c, time = inputs(
        age=age, albumin=albumin, bilirubin_day_0=bilirubin_day_0, bilirubin_day_7=bilirubin_day_7,
        creatinine=creatinine, prothrombin_time=prothrombin_time,
    )  # fmt: skip
    first, later = to_model("bilirubin", first), to_model("bilirubin", later)
    r = (
        3.19
        - 0.101 * years
        + 0.147 * 10 * protein
        + 0.0165 * (first - later)
        - 0.206 * criterion(c, c > 1.3)
        - 0.0065 * first
        - 0.0096 * time
    )
    return 1 / (1 + np.exp(np.clip(r, -700, 700)))


def abic(age: ArrayLike, bilirubin: ArrayLike, inr: ArrayLike, creatinine: ArrayLike) -> Numbers:
    """ABIC (Dominguez 2008): low below 6.71, high from 9."""
    years, b, i, c = inputs(age=age, bilirubin=bilirubin, inr=inr, creatinine=creatinine)
    return 0.1 * years + 0.08 * b + 0.3 * c + 0.8 * i


def abic_class(score: ArrayLike) -> np.ndarray:
    """A below 6.71, B below 9, C from 9; "" for a missing score."""
    (s,) = inputs(score=score)
    return classes(points(s, below=[6.71, 9]), "A", "B", "C")


def glasgow(
    age: ArrayLike, white_cells: ArrayLike, urea: ArrayLike, prothrombin_ratio: ArrayLike, bilirubin: ArrayLike
) -> Numbers:
    """Glasgow alcoholic hepatitis score (Forrest 2005): poor from 9; white cells 1e9/L, urea mmol/L."""
    years, white, u, ratio, b = inputs(
        age=age, white_cells=white_cells, urea=urea, prothrombin_ratio=prothrombin_ratio, bilirubin=bilirubin
    )
    return (
        points(years, below=[50])
        + points(white, below=[15])
        + points(u, below=[5])
        + points(ratio, below=[1.5], upto=[2.0])
        + points(to_model("bilirubin", b), below=[125], upto=[250])
    )
