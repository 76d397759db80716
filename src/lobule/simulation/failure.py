"""A run of a patient whose liver fails, in words: stage, encephalopathy, organs that fail, who is alive."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.scores.allocation import half_up
from lobule.scores.clinic import NEEDED, OF_ORGANS, clinical, organ_failures_of

if TYPE_CHECKING:
    import xarray as xr

WATCHED = tuple(dict.fromkeys((*NEEDED, *OF_ORGANS, "cumulative_death_hazard")))
ORGANS = ("liver", "kidney", "brain", "coagulation", "circulation", "lung")
FAILING, RISK = 3, 2  # points of an organ that fails; of a kidney that does
DECOMPENSATED = 2  # stage


def fails(record: Mapping[str, Any], data: xr.Dataset, control: xr.Dataset | None) -> bool:
    """A patient who is decompensated, or some of whose organs fail, on the first or the last day, treated or not."""
    if record["subject"]["kind"] != "patient":
        return False
    return any(_fails(_day(one, k)) for one in (data, control) for k in (0, -1) if one is not None and _known(one))


def told_of_failure(record: Mapping[str, Any], data: xr.Dataset, control: xr.Dataset | None) -> list[str]:
    """Two sentences on the last day of such a patient, nothing for anybody else; also of the untreated twin."""
    if not fails(record, data, control) or not _known(data):
        return []
    twin = control if control is not None and _known(control) else None
    state, alive = _state(data), _alive(data)
    untreated = "" if twin is None else f" (untreated: {_state(twin)})"
    beside = "" if twin is None else f" (untreated {_alive(twin)})"
    return [
        f"On the last day: {state}{untreated}.",
        f"Of such patients who are alive at the beginning of the run {alive}{beside} are alive at its end.",
    ]


def _known(data: xr.Dataset) -> bool:
    return all(name in data for name in WATCHED)


def _day(data: xr.Dataset, k: int) -> dict[str, np.ndarray]:
    return {name: np.array([float(data[name][k])]) for name in WATCHED}


def _fails(day: Mapping[str, np.ndarray]) -> bool:
    return bool(clinical(day)["stage"][0] == DECOMPENSATED or organ_failures_of(day)["failures"][0] > 0)


def _state(data: xr.Dataset) -> str:
    """Stage, encephalopathy, organs that fail and grade on the last day."""
    day = _day(data, -1)
    found, stage = organ_failures_of(day), clinical(day)["stage"][0]
    organs = [o for o in ORGANS if found[o][0] == FAILING or (o == "kidney" and found[o][0] == RISK)]
    grade = int(found["grade"][0])
    return ", ".join(
        [
            *(["decompensated"] if stage == DECOMPENSATED else []),
            f"encephalopathy grade {int(half_up(day['encephalopathy_grade'])[0])}",
            f"organs that fail by CLIF-C: {', '.join(organs) or 'none'}",
            f"acute-on-chronic liver failure grade {grade}" if grade else "no acute-on-chronic liver failure",
        ]
    )


def _alive(data: xr.Dataset) -> str:
    hazard = data["cumulative_death_hazard"]
    return f"{100 * math.exp(float(hazard[0]) - float(hazard[-1])):.3g} %"
