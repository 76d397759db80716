"""Fact T16 and the times of cytokines in the dish (bio-C079 to bio-C081), negatives too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lobule.dish import Dish, Well, read_wells
from lobule.quality.in_vitro import HEPATOCYTES, MACROPHAGES, STELLATE, beside_studies, contrasts
from lobule.validate.check import Check, check

EV = "uc-msc-ev"
DOSES = ("1e8 particle/mL", "1e9 particle/mL", "1e10 particle/mL")


def _over_stimulated(plate: Dish, readouts: list[str]) -> np.ndarray:
    """(n_doses, n_readouts): treated over stimulated."""
    wells = [Well(), *(Well(EV, dose) for dose in DOSES)]
    values = read_wells(plate, wells, readouts)[:, 0, 0]
    return values[1:] / values[0]


def dish_checks() -> Iterator[Check]:
    """All of them; directions without a published size ask for a change of 5 % or more at 1e9 particles in a mL."""
    falls, rises = ["tnf_alpha", "il_6", "m1"], ["il_10", "m2"]
    for hours in (24, 48):
        plate = replace(MACROPHAGES, duration=f"{hours} h")
        ratios = _over_stimulated(plate, falls + rises)
        for k, name in enumerate(falls + rises):
            low, high = (0.0, 0.95) if name in falls else (1.05, 100.0)
            yield check(
                f"T16.{name}.{hours}h", f"{name} over LPS alone after {hours} h", low, high, ratios[1, k], "T16"
            )
            step = np.diff(ratios[:, k]) * (-1 if name in falls else 1)
            yield check(
                f"T16.{name}.{hours}h.dose", f"{name}: least change from dose to dose", 1e-6, 100, step.min(), "T16"
            )
    for k, name in enumerate(("alpha_sma", "collagen")):
        ratio = _over_stimulated(STELLATE, ["alpha_sma", "collagen"])[1, k]
        yield check(f"T16.{name}", f"{name} over TGF-beta alone", 0, 0.95, ratio, "T16")
    for species in ("mouse", "human"):
        lost = 1 - _over_stimulated(replace(HEPATOCYTES, species=species), ["hepatocyte_death"])[1, 0]
        yield check(f"T16.hepatocytes.{species}", "fewer dead hepatocytes", 0.3, 0.6, lost, "T16")
    studies, _ = beside_studies()
    yield check("T16.studies", "directions of published experiments that agree", len(studies), len(studies),
                int(studies["agrees"].sum()), "in_vitro.csv")  # fmt: skip
    for row in contrasts().to_dict("records"):
        name = f"T16.without.{row['what'].replace(' ', '_')}.{row['readout']}"
        yield check(
            name,
            f"{row['what']}: share of the effect on {row['readout']} left",
            -100,
            0.98,
            row["effect_left"],
            row["source"],
        )
    primed = read_wells(STELLATE, [Well(), Well("ifn-gamma-primed-ev", DOSES[1])], ["alpha_sma"])[:, 0, 0, 0]
    yield check("T16.negative.primed_on_stellate_cells", "vesicles of IFN-gamma primed cells on stellate cells",
                0.95, 1.05, primed[1] / primed[0], "takeuchi2021")  # fmt: skip
    moments = np.arange(0, 48.5, 0.5)
    human = replace(MACROPHAGES, species="human", duration="48 h")
    course = read_wells(human, [Well()], ["tnf_alpha", "il_6", "il_10"], times=list(moments / 24))[0, 0]
    windows = (("tnf_alpha", 3, 9, "bio-C080"), ("il_6", 18, 30, "bio-C081"), ("il_10", 12, 24, "bio-C079"))
    for k, (name, low, high, source) in enumerate(windows):
        yield check(
            f"T16.peak.{name}",
            f"hour of the highest {name} after LPS",
            low,
            high,
            moments[course[:, k].argmax()],
            source,
        )
