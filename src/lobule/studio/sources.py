"""What stands behind a number or a curve of a page: the parameter or the equation that the evidence tells of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from lobule.answers.evidence import yardsticks
from lobule.model.assemble import compiled
from lobule.model.cargo import EATERS_OF_VESICLES, components
from lobule.model.causes import causes
from lobule.model.parameters import parameter_table
from lobule.simulation.budget import WHOLE

DECAY = {"mirna": "mirna_decay_rate", "protein": "protein_decay_rate"}  # 1/d; lipids and payloads decay as proteins do
OF_CELLS = {
    "growth factors": ("hgf", "msc_alive", "msc_growth_half_effect", "msc_growth_effect", ""),
    "soluble factors": ("", "msc_factor", "msc_factor_half_effect", "msc_factor_effect", ""),
    "eaten cells": ("", "msc_engulfment", "", "educated_share", ""),
}  # path, peak, needed, effect, strength of what cells do


@cache
def known(name: str) -> bool:
    """Whether the evidence has a page for a name."""
    return name in parameter_table() or name in yardsticks() or name in causes() or name in compiled("mouse").outputs


def of_path(path: str, cell: str) -> dict[str, str]:
    """Names behind a row of the copy budget.

    Returns
    -------
    path (what a vesicle carries), peak, needed, effect, strength: "" where the evidence has none

    >>> of_path("mir_223", "macrophage")["needed"], of_path("mir_223", "macrophage")["peak"]
    ('mirna_half_effect', 'mir_223_per_macrophage')
    """
    if path in OF_CELLS:
        names = OF_CELLS[path]
    elif path == WHOLE:
        names = ("", f"vesicles_per_{cell}", EATERS_OF_VESICLES.get(cell, ""),
                 f"published_{cell}_effect", _first(f"vesicle_{cell}_"))  # fmt: skip
    else:
        own = f"{path}_copies_needed"
        names = (f"{path}_native_copies", f"{path}_per_{cell}", own if known(own) else "mirna_half_effect",
                 f"{path}_{cell}_effect", _first(f"{path}_{cell}_"))  # fmt: skip
    keys = ("path", "peak", "needed", "effect", "strength")
    return {key: name if known(name) else "" for key, name in zip(keys, names, strict=True)}


def half_life(path: str, values: Mapping[str, float]) -> tuple[float, str] | None:
    """Hours that half of a component lasts in a cell, and the parameter that says so; None of what is no component.

    Parameters
    ----------
    values : constants of a run
    """
    part = components().get(path)
    if part is None:
        return None
    name = DECAY["mirna" if part.kind == "mirna" else "protein"]
    rate = values.get(name, 0.0)
    return (24 * math.log(2) / rate, name) if rate > 0 else None


@cache
def _first(begins: str) -> str:
    """The first parameter of a beginning."""
    return next((name for name in parameter_table() if name.startswith(begins)), "")
