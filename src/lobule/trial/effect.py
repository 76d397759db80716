"""The effect of an arm against the reference, and what all analyses share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lobule.errors import NoFit
from lobule.files.design import Design
from lobule.trial.conduct import Conducted

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
FEWEST = 4  # observations of an arm, below which nothing is estimated
WIDTH = 1.96  # of a 95 % interval in standard errors, where the error is only asymptotically normal


@dataclass(frozen=True)
class Estimate:
    """A row of the tables of results: of one arm against the reference.

    measure : what was estimated; estimate, low, high (95 %), p (two-sided); benefit : p as a normal score, positive
    where the arm does better; n, n_reference : subjects in the analysis. NaN, with a reason, where it cannot be done.
    """

    endpoint: str
    method: str
    arm: str
    reference: str
    measure: str
    estimate: float
    low: float
    high: float
    p: float
    benefit: float
    n: int
    n_reference: int
    reason: str = ""


class Effect(NamedTuple):
    """What a method of analysis finds.

    measure : what was estimated; estimate, low, high (95 %), p (two-sided); improves : the arm does better; counted :
    (n,) who is in the analysis
    """

    measure: str
    estimate: float
    low: float
    high: float
    p: float
    improves: bool
    counted: Flags


def enough(treated: Flags, counted: Flags, n: int = FEWEST) -> None:
    """Raises NoFit where an arm has fewer subjects with a value."""
    for here in (treated & counted, ~treated & counted):
        if here.sum() < n:
            raise NoFit(f"an arm has {int(here.sum())} subjects with a value, fewer than {n}")


def covariates(design: Design, seen: Conducted, own: Values) -> list[Values]:
    """Baseline of the endpoint, covariates, strata; columns without spread are left out."""
    columns = [own]
    columns += [seen.measured[name][:, 0] for name in design.analysis.covariates]
    columns += [(seen.stratum >> bit & 1).astype(float) for bit in range(len(design.randomisation.strata))]
    return columns


def independent(x: Values) -> Values:
    """Columns that do not depend on those before them."""
    kept: list[int] = []
    for k in range(x.shape[1]):
        if np.linalg.matrix_rank(x[:, [*kept, k]]) > len(kept):
            kept.append(k)
    return x[:, kept]
