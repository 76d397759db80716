"""What a last day does not show: peak and area under the curve from the first dose on, and a day that all reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lobule.simulation.run import Run

if TYPE_CHECKING:
    import pandas as pd

INJURY = ("alt", "ast")  # which rise and are gone again before the last day


def over_time(runs: Mapping[str, Run], outputs: tuple[str, ...] = INJURY) -> pd.DataFrame:
    """Treated and untreated, from the first dose to the end of each run.

    Returns
    -------
    DataFrame, one row a scenario and output: scenario, output, unit, from_day, to_day, peak, untreated_peak,
    peak_ratio, area_ratio (areas under the curves, treated over untreated), last_ratio.
    """
    import pandas as pd

    rows = []
    for name, run in runs.items():
        times, start = run.data.time.to_numpy(), _first_dose(run)
        assert run.control is not None
        since = times >= min(start, times[-1])
        for output in (one for one in outputs if one in run.data):
            treated, untreated = (np.asarray(of[output])[since] for of in (run.data, run.control))
            areas = [_area(values, times[since]) for values in (treated, untreated)]
            rows.append(
                {
                    "scenario": name, "output": output, "unit": run.data[output].attrs["units"],
                    "from_day": float(times[since][0]), "to_day": float(times[-1]),
                    "peak": float(treated.max()), "untreated_peak": float(untreated.max()),
                    "peak_ratio": float(treated.max() / untreated.max()),
                    "area_ratio": areas[0] / areas[1], "last_ratio": float(treated[-1] / untreated[-1]),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def common_day(runs: Mapping[str, Run]) -> float | None:
    """The last day that all runs reach, where each has had a dose before; None where there is no such day."""
    last = min(float(run.data.time[-1]) for run in runs.values())
    return last if all(_first_dose(run) < last for run in runs.values()) else None


def ratio_on(run: Run, output: str, day: float) -> float:
    """Treated over untreated on a day of the run, between its samples."""
    times = run.data.time.to_numpy()
    assert run.control is not None
    treated, untreated = (np.interp(day, times, np.asarray(of[output])) for of in (run.data, run.control))
    return float(treated / untreated)


def _first_dose(run: Run) -> float:
    """Day of the first dose that was given; 0 where there was none, as of standard care."""
    return min((float(day) for day in run.record["dose_times_d"]), default=0.0)


def _area(values: np.ndarray, times: np.ndarray) -> float:
    return float(np.trapezoid(values, times)) if len(times) > 1 else float(values[0])
