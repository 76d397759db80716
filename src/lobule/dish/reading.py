"""Wells of a dish solved together, and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lobule.dish import assemble
from lobule.dish.plate import Dish
from lobule.dish.readouts import READOUTS
from lobule.dish.well import Well
from lobule.engine.events import EVERYONE
from lobule.errors import InputError, LobuleError, nearest
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd
from lobule.simulation.reading import PUBLISHED, a_reading, constants_of

MOST_WELLS = 1_000_000
RTOL = 1e-5


def read_wells(
    plate: Dish,
    wells: Sequence[Well],
    readouts: Sequence[str],
    *,
    members: int = 0,
    times: Sequence[float] = (),
    reading: str = PUBLISHED,
) -> NDArray[np.float64]:
    """Solve wells and read them.

    Parameters
    ----------
    plate, wells : the dish and what each well gets
    readouts : names of READOUTS
    members : of the calibrated ensemble; 0 for the usual parameters alone
    times : days; the end of the dish when empty
    reading : "published" or "counted", as of `simulate`

    Returns
    -------
    (n_wells, max(members, 1), n_times, n_readouts)

    Raises
    ------
    InputError : an unknown readout, one that these cells do not show.
    LobuleError : a well that could not be solved.
    """
    if len(wells) * max(members, 1) > MOST_WELLS:
        raise InputError(f"more than {MOST_WELLS} wells at once")
    for name in readouts:
        if name not in plate.readouts():
            reason = "is not read from these cells" if name in READOUTS else "is unknown"
            raise InputError(f'the readout "{name}" {reason}. {nearest(name, plate.readouts(), 20)}')
    constants = plate.constants() | constants_of(a_reading(reading))
    kupffer = constants["macrophages_seeded"] / (
        1 + sum(constants[f"{n}_share"] for n in ("monocyte", "inflammatory_macrophage", "restorative_macrophage"))
    )
    n, grid = max(members, 1), np.asarray(times or [plate.days], float)
    initial = plate.initial(constants)
    factors = [ensemble.factors(members)] if members else []
    crowd = Crowd(assemble.compiled())
    for well in wells:
        events = [replace(event, patient=EVERYONE) for event in well.events(plate, kupffer)]
        own = {name: value for name, value in well.constants().items() if name in constants}
        crowd.add_lanes(n, grid, constants | own, factors=factors, events=events, initial=initial)
    outputs = [READOUTS[name].output for name in readouts]
    solved = crowd.solve(outputs, RTOL)
    if solved.reason:
        raise LobuleError(f"a well could not be solved: {solved.reason} (time in days)")
    found = np.stack([solved.solution[name] for name in outputs], axis=-1)
    return found.reshape(len(wells), n, len(grid), len(readouts))
