"""On which side an attribute may not change: of an impurity or a residual only more is worse, of purity only less.

A specification decides where it says so: a limit with only an upper end is of an attribute of which more is worse, one
with both ends of an attribute that must not move either way. What neither it nor worse.csv names is tested both ways.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lobule.files.specification import Specification
from lobule.rows import Row, rows_by

Side = Literal["both", "not more", "not less"]
BOTH: Side = "both"
NOT_MORE: Side = "not more"
NOT_LESS: Side = "not less"


class Worse(Row):
    """An attribute of which only one direction is worse, and why."""

    attribute: str
    worse: Literal["more", "less"]
    why: str


@cache
def worse() -> dict[str, Worse]:
    """The attributes of worse.csv."""
    return rows_by("attribute", Path(__file__).parent / "worse.csv", Worse)


def sides(names: Iterable[str], spec: Specification | None, acting: Collection[str]) -> dict[str, Side]:
    """{attribute: on which side it is tested}.

    Parameters
    ----------
    spec : a specification that somebody gave
    acting : attributes from which a path leads to the effect; they are tested both ways unless the specification says
        otherwise
    """
    return {name: _side(name, spec, acting) for name in names}


def _side(name: str, spec: Specification | None, acting: Collection[str]) -> Side:
    limit = next((one for one in spec.limits if one.attribute == name), None) if spec is not None else None
    ends = (np.isfinite(limit.low), np.isfinite(limit.high)) if limit is not None else (False, False)
    if all(ends):
        return BOTH
    if ends[1]:
        return NOT_MORE
    if name not in worse() or name in acting:
        return BOTH
    return NOT_MORE if worse()[name].worse == "more" else NOT_LESS


def ends_of(side: Side, lower: float, upper: float) -> tuple[float, float]:
    """Margins of which the end that nobody minds is infinite."""
    return (-np.inf if side == NOT_MORE else lower), (np.inf if side == NOT_LESS else upper)


def is_worse(side: Side, below: NDArray[np.bool_], above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of what lies below and above, what counts against a side."""
    return (below & (side != NOT_MORE)) | (above & (side != NOT_LESS))


def in_words(tested: dict[str, Side]) -> list[str]:
    """Which attributes are tested one way, in sentences."""
    told = []
    for side, word, other in ((NOT_MORE, "more", "lower"), (NOT_LESS, "less", "higher")):
        names = [name for name, own in tested.items() if own == side]
        if names:
            told.append(f"tested on one side, since only {word} is worse: {', '.join(names)} ({other} is comparable)")
    return told
