"""Whether a fit holds: the limits from which it is called poor, and from which something is named."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lobule.forecast.other_causes import BETTER, FURTHER

Values = NDArray[np.float64]
POOR = 0.002  # chance of a value or sign so unlikely, shared among all of them, below which a fit is called poor
UNUSUAL = 0.02  # and below which it is named: the margin between a good fit and a poor one
WORSE = 0.015  # chance of getting so much worse, below which a fit is called poor, over two years at most
WORSE_YEARS = 2.0  # over more it is less by as much: who is seen until death has got worse
FEW = 20.0  # effective size below which few virtual people are like this one
LONE = 1.5  # effective size at which one virtual person alone is like this one


@dataclass(frozen=True)
class Check:
    """Whether a fit holds.

    Attributes
    ----------
    chances : {lab: of values at least so unlikely beside all else}; of_signs : {sign: of such a grade}
    overall : of all labs together
    worst : the lab or sign with the least chance; "" without any
    visits : of the patient
    better : the cause that explains the patient best, and the logarithm of how much better than the one that is said
    worse : chance, seen from the first visit, that the labs would get as much worse as they did, or more
    of_values : {lab: (n,) chance of each value, beside all else that is known}
    odd : {lab: places among its values of those that lie far off while the other labs of the day do not}
    years : from the first visit to the last
    typed : the last value of a lab is odd, and ten times its earlier ones, or those in another unit: an error of typing
    """

    chances: dict[str, float]
    overall: float
    worst: str
    better: tuple[str, float]
    size: float
    visits: int
    worse: float = 1.0
    of_signs: dict[str, float] = field(default_factory=dict)
    of_values: dict[str, Values] = field(default_factory=dict)
    odd: dict[str, tuple[int, ...]] = field(default_factory=dict)
    typed: bool = False
    years: float = 0.0
    warnings: tuple[str, ...] = ()

    def beyond(self, limit: float) -> list[str]:
        """Labs and signs less likely than a limit that they share, the least likely first."""
        found = self.chances | self.of_signs
        return sorted((name for name in found if found[name] * len(found) < limit), key=lambda name: found[name])

    @property
    def unlike(self) -> bool:
        """What was measured is so unlikely that the virtual people hardly ever have it."""
        return bool(self.beyond(POOR)) or self.overall < POOR or self.size < LONE

    @property
    def least(self) -> float:
        """Chance of getting so much worse below which a fit is called poor, over so many years."""
        return WORSE / max(1.0, self.years / WORSE_YEARS)

    @property
    def of_another(self) -> bool:
        """Another cause explains the patient much better."""
        return self.better[1] > BETTER + FURTHER * (self.visits - 1)

    @property
    def fit(self) -> str:
        """good or poor."""
        return "poor" if self.unlike or self.typed or self.of_another or self.worse < self.least else "good"
