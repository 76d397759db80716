"""Where on the way of the blood vesicles and cells are caught.

How much of a passage the liver arrests is the model's; where it is arrested follows from the flow: the clearance of a
place is raised or lowered for all alike until the sheet arrests what the model says, in one pass downstream each time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import brentq

from lobule.tissue.flow import Flow
from lobule.tissue.geometry import Points
from lobule.tissue.transport import steady, taken

LEAST = 1e-4  # of a passage; below that the way does not matter


def caught(blood: Flow, catching: Points, extraction: float) -> Points:
    """What each place catches over the mean, by area, (n,), numbered as the sheet.

    Parameters
    ----------
    catching : (n,) how well each place catches, in any unit, numbered as the sheet
    extraction : share of a passage that the sheet arrests, below 1
    """
    here = catching[blood.order]

    def clearance(scale: float) -> Points:
        return np.exp(scale) * here * blood.volume

    def missing(scale: float) -> float:
        left = float((blood.drain * steady(blood, 1.0, clearance(scale))).sum() / blood.feed.sum())
        return 1 - left - wanted

    wanted = min(max(extraction, LEAST), 0.999)
    uptake = clearance(brentq(missing, -25.0, 25.0, xtol=1e-6))
    found = taken(uptake, steady(blood, 1.0, uptake)) / blood.volume
    return blood.by_place(found / (found @ blood.volume) * blood.volume.sum())


def vesicle_extraction(constants: Mapping[str, float]) -> float:
    """Share of vesicles that one passage through a healthy liver arrests (ev_pharmacokinetics)."""
    return constants["ev_liver_rate"] / constants["liver_passages"]


def catching_of(phagocytes: Points, constants: Mapping[str, float]) -> Points:
    """How well places catch vesicles: what phagocytes do follows their number, the rest does not."""
    share = constants["phagocyte_clearance_share"]
    return 1 - share + share * phagocytes
