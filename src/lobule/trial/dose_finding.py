"""What each arm of a dose-finding trial is given in all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.design import Design
from lobule.therapy import Plan

WEIGHT_G = 70_000.0  # to which doses per weight are compared


def total_doses(design: Design) -> NDArray[np.float64]:
    """What each arm is given in all, (n_arms,), in the unit of the product; the reference's placebo is 0.

    Raises
    ------
    InputError : arms of different products, an arm of several products, or no arm without any.
    """
    found: list[float] = []
    names: set[str] = set()
    for a in range(len(design.arms)):
        parts = [part for part in design.parts(a) if isinstance(part, Plan)]
        if len(parts) > 1:
            raise InputError(f"{design.arms[a].name}: a dose response needs one product an arm")
        names |= {part.name for part in parts}
        found.append(sum(part.amount(WEIGHT_G).value * part.n for part in parts))
    if len(names) != 1 or found[design.reference] != 0 or len(set(found)) < len(found):
        raise InputError(
            "a dose response needs different doses of one product, and a reference without it; the arms give "
            + ", ".join(f"{arm.name} {dose:.3g}" for arm, dose in zip(design.arms, found, strict=True))
        )
    return np.array(found)
