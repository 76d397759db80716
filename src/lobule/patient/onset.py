"""Who falls ill: age at the onset and sex of virtual patients, by the cause of their disease.

The table is `onset.csv`. Both are constants of the model (`age_at_onset`, `male`), so that they travel with a patient's
other differences, as factors on the usual value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.model.parameters import values_for
from lobule.patient.draws import generator, normals
from lobule.patient.variation import factors
from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "onset.csv"
OLDEST = 75.0  # years, of an onset


class Onset(Row):
    """Of one cause: mean and standard deviation of the age at onset in years, and the share of women."""

    etiology: str
    age: float
    sd: float
    female: float
    source: str
    note: str = ""


ANYBODY = Onset(etiology="", age=30.0, sd=10.0, female=0.35, source="assumed")


@cache
def onsets() -> dict[str, Onset]:
    """The rows of the table by cause."""
    return rows_by("etiology", TABLE, Onset)


def onset_of(etiology: str) -> Onset:
    """Of a cause; of anybody where the table does not have it."""
    return onsets().get(etiology, ANYBODY)


def people(etiology: str, seed: int, ids: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Factor on the usual value of everything that differs between patients of a cause, age at onset and sex among it.

    Parameters
    ----------
    etiology : cause of the disease
    seed, ids : whose, (n_patients,); the same patient is the same in every company
    """
    return factors(seed, ids) | who(age_at_onset(etiology, seed, ids), women(etiology, seed, ids))


def onset_ages(varied: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Years, (n_patients,), of factors that `people` gave."""
    return varied["age_at_onset"] * values_for("human")["age_at_onset"]


def shares_of_women(varied: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """1 for a woman, 0 for a man, (n_patients,), of factors that `people` gave."""
    return 1 - varied["male"] * values_for("human")["male"]


def who(age: NDArray[np.float64], female: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Age at onset in years and share of women as factors on the model's constants."""
    usual = values_for("human")
    return {"age_at_onset": age / usual["age_at_onset"], "male": (1 - female) / usual["male"]}


def age_at_onset(etiology: str, seed: int, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Years, (n_patients,)."""
    row = onset_of(etiology)
    draws = normals(seed, "person", [int(i) for i in ids], 1)[:, 0]
    return np.clip(row.age + row.sd * draws, 0.0, OLDEST)


def women(etiology: str, seed: int, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 for a woman, 0 for a man, (n_patients,)."""
    share = onset_of(etiology).female
    return np.array([generator(seed, "person", int(i)).random(3)[2] < share for i in ids], float)
