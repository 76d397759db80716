"""Fact T16 and the times of cytokines in the dish (bio-C079 to bio-C081), negatives too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lobule.dish import Dish, Well, read_wells
from lobule.quality.in_vitro import HEPATOCYTES, MACROPHAGES, STELLATE, beside_studies, contrasts
from lobule.validate.check import Found
from lobule.validate.treated import reading

EV = "uc-msc-ev"
DOSES = ("1e8 particle/mL", "1e9 particle/mL", "1e10 particle/mL")


def _over_stimulated(plate: Dish, readouts: list[str]) -> np.ndarray:
    """(n_doses, n_readouts): treated over stimulated."""
    wells = [Well(), *(Well(EV, dose) for dose in DOSES)]
    values = read_wells(plate, wells, readouts, reading=reading())[:, 0, 0]
    return values[1:] / values[0]


def dish_checks() -> Found:
    """All of them; directions without a published size ask for a change of 5 % or more at 1e9 particles in a mL."""
    for group in (_macrophages, _other_cells, _published, _peaks):
        yield from group()


def _macrophages() -> Found:
    falls, rises = ["tnf_alpha", "il_6", "m1"], ["il_10", "m2"]
    for hours in (24, 48):
        ratios = _over_stimulated(replace(MACROPHAGES, duration=f"{hours} h"), falls + rises)
        for k, name in enumerate(falls + rises):
            yield f"T16.{name}.{hours}h", ratios[1, k]
            step = np.diff(ratios[:, k]) * (-1 if name in falls else 1)
            yield f"T16.{name}.{hours}h.dose", step.min()


def _other_cells() -> Found:
    readouts = ["alpha_sma", "collagen"]
    for name, ratio in zip(readouts, _over_stimulated(STELLATE, readouts)[1], strict=True):
        yield f"T16.{name}", ratio
    for species in ("mouse", "human"):
        plate = replace(HEPATOCYTES, species=species)
        yield f"T16.hepatocytes.{species}", 1 - _over_stimulated(plate, ["hepatocyte_death"])[1, 0]
    wells = [Well(), Well("ifn-gamma-primed-ev", DOSES[1])]
    primed = read_wells(STELLATE, wells, ["alpha_sma"], reading=reading())[:, 0, 0, 0]
    yield "T16.negative.primed_on_stellate_cells", primed[1] / primed[0]


def _published() -> Found:
    studies, _ = beside_studies(reading=reading())
    yield "T16.studies", studies["agrees"].sum() / len(studies)
    for row in contrasts(reading=reading()).to_dict("records"):
        yield f"T16.without.{row['what'].replace(' ', '_')}.{row['readout']}", row["effect_left"]


def _peaks() -> Found:
    """Hour of the highest cytokine after LPS, human macrophages."""
    names, moments = ["tnf_alpha", "il_6", "il_10"], np.arange(0, 48.5, 0.5)
    human = replace(MACROPHAGES, species="human", duration="48 h")
    course = read_wells(human, [Well()], names, times=list(moments / 24))[0, 0]
    for k, name in enumerate(names):
        yield f"T16.peak.{name}", moments[course[:, k].argmax()]
