"""The calendar of a virtual trial: days of the model become dates, study days, and numbers of SAS."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

SAS_EPOCH = np.datetime64("1960-01-01")
Dates = NDArray[np.datetime64]


def dates(first: Dates | date | str, days: NDArray[np.float64]) -> Dates:
    """Dates on which days of the model lie, (n,), whole days after the first; NaT where a day is not finite.

    >>> dates("2026-01-01", np.array([0.0, 27.9, np.inf]))
    array(['2026-01-01', '2026-01-28',        'NaT'], dtype='datetime64[D]')
    """
    start = np.asarray(first, "datetime64[D]")
    days = np.asarray(days, float)
    there = np.isfinite(days)
    return np.where(there, start + np.floor(np.where(there, days, 0)).astype(int), np.datetime64("NaT"))


def study_day(when: Dates, reference: Dates) -> NDArray[np.float64]:
    """Whole days with no day 0: the reference is day 1, the day before it -1; NaN where a date is not there.

    >>> study_day(np.array(["2026-01-01", "2025-12-31"], "datetime64[D]"), np.datetime64("2026-01-01"))
    array([ 1., -1.])
    """
    gap = (np.asarray(when, "datetime64[D]") - np.asarray(reference, "datetime64[D]")).astype("timedelta64[D]")
    days = np.where(np.isnat(gap), np.nan, gap.astype(float))
    return np.where(days >= 0, days + 1, days)


def iso(when: Dates) -> list[str]:
    """Dates as ISO 8601; "" where there is none.

    >>> iso(np.array(["2026-01-01", "NaT"], "datetime64[D]"))
    ['2026-01-01', '']
    """
    return ["" if np.isnat(one) else str(one) for one in np.asarray(when, "datetime64[D]")]


def sas_days(when: Dates) -> NDArray[np.float64]:
    """Days since 1 January 1960; NaN where there is none.

    >>> sas_days(np.array(["1960-01-02"], "datetime64[D]"))
    array([1.])
    """
    gap = np.asarray(when, "datetime64[D]") - SAS_EPOCH
    return np.where(np.isnat(gap), np.nan, gap.astype(float))
