"""Values that look like typing errors: ten times its neighbours, or a lab in its other unit, for one visit alone.

Named, never corrected. Where the lab cannot move so far between two visits and come back, the value is left out; where
it can, as bilirubin and transaminases do in a flare, it is kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from lobule.files.cells import Values
from lobule.labs import labs

TEN = (10.0, 100.0, 1000.0)
NEAR = math.log(1.4)  # how far a ratio may be from such a factor
ALIKE = math.log(2.5)  # how far the neighbours may be from each other
LEAST = 6.0  # standard deviations of the error between visits from which a value may be an error of typing
CANNOT = 12.0  # and from which no disease makes it


@cache
def factors(lab: str) -> dict[float, str]:
    """{factor by which a lab is wrong when it is mistyped: how}, at least 3."""
    found = dict.fromkeys(TEN, "a decimal point is out of place")
    units = [unit for unit in labs()[lab].factors() if unit]
    for one in units:
        for other in units:
            ratio = labs()[lab].factor(one) / labs()[lab].factor(other)
            if ratio >= 3 and not any(abs(math.log(ratio / ten)) < 0.01 for ten in TEN):
                found.setdefault(ratio, f"it is in {one} beside {other}")
    return found


def suspects(lab: str, values: Values, sides: Sequence[int]) -> dict[int, tuple[str, bool]]:
    """{place of a value that looks mistyped: how, and whether it is left out}.

    Parameters
    ----------
    values, sides : (n,) of one person in the order of time, NaN where missing; limits of detection are not looked at
    """
    places = [k for k in range(len(values)) if np.isfinite(values[k]) and values[k] > 0 and sides[k] == 0]
    logs = np.log(np.array([values[k] for k in places]))
    error = labs()[lab].error_cv
    found: dict[int, tuple[str, bool]] = {}
    for n, k in enumerate(places):
        within = 0 < n < len(places) - 1
        beside = (n - 1, n + 1) if within else (1, 2) if n == 0 else (n - 1, n - 2)
        if len(places) < 3 or abs(logs[beside[0]] - logs[beside[1]]) > ALIKE:
            continue
        jump = float(logs[n] - (logs[beside[0]] + logs[beside[1]]) / 2)
        near = [(abs(abs(jump) - math.log(factor)), how) for factor, how in factors(lab).items()]
        off, how = min(near)
        if off > NEAR or abs(jump) < LEAST * error:
            continue
        found[k] = (f"{math.exp(abs(jump)):.3g} times {'above' if jump > 0 else 'below'} its neighbours: {how}?",
                    within and abs(jump) > CANNOT * error)  # fmt: skip
    return found
