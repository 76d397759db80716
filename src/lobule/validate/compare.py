"""A run beside what a study observed: one row an endpoint, rows that cannot be compared listed with the reason."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lobule.errors import InputError
from lobule.evidence import study_rows
from lobule.simulation.run import OVER_UNTREATED
from lobule.studies.direction import agrees, detectable, direction, logarithm
from lobule.studies.endpoints import endpoints
from lobule.studies.predict import DERIVED
from lobule.studies.tables import DEFAULT_ANIMALS, packaged_studies

if TYPE_CHECKING:
    import xarray as xr

    from lobule.simulation.run import Run


def beside_study(run: Run, study: str) -> pd.DataFrame:
    """Put a run beside a study.

    Parameters
    ----------
    run : a run with its untreated twin, that reaches the study's day of readout
    study : id of a study in the package

    Returns
    -------
    DataFrame, one row an endpoint of the study: endpoint, day, observed (direction), observed_ratio (NaN where the
    study gives only a direction), predicted (direction), predicted_ratio (treated over untreated), ratio_low,
    ratio_high (over the particles in the dose; NaN where certain), agrees (None where it cannot be compared), note.

    Raises
    ------
    InputError : unknown study, or a run without untreated twin.
    """
    if run.control is None:
        raise InputError("a run without a plan has no treated arm to put beside a study")
    sizes = {o.row_id: o.animals for o in packaged_studies()[0] if o.study_id == study}
    return pd.DataFrame([_row(run, row, sizes.get(row["row_id"], DEFAULT_ANIMALS)) for row in study_rows(study)])


def _row(run: Run, observed: dict[str, str], animals: int) -> dict[str, Any]:
    day = float(observed["readout_day"]) if observed["readout_day"] else float(run.data.time[-1])
    row: dict[str, Any] = {
        "endpoint": observed["endpoint"],
        "day": day,
        "observed": observed["direction"],
        "observed_ratio": float(observed["ratio_treated_over_injury"] or math.nan),
        "predicted": "",
        "predicted_ratio": math.nan,
        "ratio_low": math.nan,
        "ratio_high": math.nan,
        "agrees": None,
        "note": observed["figure_read_or_text"].replace("_", " "),
    }
    known = endpoints().get(observed["endpoint"])
    if known is None or not _has(run, known.output):
        return row | {"note": known.note if known and not known.output else "the model has no such endpoint"}
    if day > float(run.data.time[-1]):
        return row | {"note": f"the run ends on day {float(run.data.time[-1]):g}, before the readout"}
    ratio, bounds = _ratios(run, known.output, day)
    change = logarithm(ratio)
    row |= {
        "predicted": direction(change, known.spread),
        "predicted_ratio": ratio,
        "agrees": agrees(row["observed"], change, known.spread, detectable(known.spread, animals)),
    }
    if bounds:
        row |= {"ratio_low": min(bounds), "ratio_high": max(bounds)}
    return row


def _has(run: Run, output: str) -> bool:
    needed = DERIVED[output][0] if output in DERIVED else (output,)
    return bool(output) and all(name in run.data for name in needed)


def _value(data: xr.Dataset, output: str, day: float) -> float:
    """An output of the model on a day, or what histology makes of several."""
    if output not in DERIVED:
        return float(data[output].interp(time=day))
    needed, make = DERIVED[output]
    return float(make({name: data[name].interp(time=day).values for name in needed}))


def _ratios(run: Run, output: str, day: float) -> tuple[float, list[float]]:
    assert run.control is not None
    untreated, treated = _value(run.control, output, day), _value(run.data, output, day)
    ratio = treated / untreated if untreated else math.nan
    if run.band is None:
        return ratio, []
    if f"{output}{OVER_UNTREATED}" in run.band:  # each member over its own untreated twin
        return ratio, [float(v) for v in run.band[f"{output}{OVER_UNTREATED}"].interp(time=day) if np.isfinite(v)]
    bounds = [float(v) for v in run.band[output].interp(time=day)] if output in run.band else []
    return ratio, [v / untreated for v in bounds if untreated]
