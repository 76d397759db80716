"""Random numbers that belong to a patient: the same patient is the same in every cohort, order and number of threads.

Counter-based (Philox, Salmon et al. 2011, in numpy), keyed by seed, purpose and patient.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PURPOSES = ("constitution", "visit", "selection", "events", "person", "animal", "trial", "adherence", "care",
            "precipitant", "complications", "died before enrolment", "level", "measurement",
            "care begins", "acutely ill", "imputation", "last episodes", "screening", "adverse events",
            "markers", "screening of markers", "non-response")  # fmt: skip


def generator(seed: int, purpose: str, patient: int) -> np.random.Generator:
    """The stream of one patient for one purpose."""
    key = np.array([seed, (PURPOSES.index(purpose) << 48) + patient], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def uniforms(seed: int, purpose: str, patients: Sequence[int], count: int = 1) -> NDArray[np.float64]:
    """(n_patients, count) numbers between 0 and 1."""
    return np.array([generator(seed, purpose, int(p)).random(count) for p in patients]).reshape(len(patients), count)


def normals(seed: int, purpose: str, patients: Sequence[int], count: int) -> NDArray[np.float64]:
    """(n_patients, count) standard normal numbers."""
    return np.array([generator(seed, purpose, int(p)).standard_normal(count) for p in patients]).reshape(-1, count)
