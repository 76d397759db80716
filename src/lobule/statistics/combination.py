"""Two agents together: what independence (Bliss) and equal doses (Loewe) expect of them.

Bliss: of independent agents each takes the same share of what the other leaves, so that their ratios to the untreated
value multiply; of shares a and b that is 1 - (1 - a)(1 - b) (C. I. Bliss, Ann. Appl. Biol. 26 (1939) 585).
Loewe: doses of equal effect replace each other: d1/D1 + d2/D2 = 1, where D1 and D2 are the doses of each alone that do
what both do together (S. Loewe, Arzneimittelforschung 3 (1953) 285); the sum is the combination index. An agent that
does not reach the effect at any dose needs an endless one, and its term is 0 (M. C. Berenbaum, Pharmacol. Rev. 41
(1989) 93).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lobule.arguments import between, checking

CLOSE = 1e-9  # of an effect, to which the additive one is found


@dataclass(frozen=True)
class Curve:
    """Effect of one agent alone.

    Attributes
    ----------
    effect : at a multiple of the dose that was given together; rising, 0 at 0
    largest : the largest multiple that is known
    """

    effect: Callable[[float], float]
    largest: float

    def multiple(self, wanted: float) -> float:
        """Of its dose, for a wanted effect; infinity where no dose that is known reaches it."""
        from scipy.optimize import brentq

        if not self.effect(self.largest) >= wanted:
            return math.inf
        return float(brentq(lambda m: self.effect(m) - wanted, 0.0, self.largest)) if wanted > 0 else 0.0


@checking(first=between(-math.inf, 1), second=between(-math.inf, 1))
def bliss(first: float, second: float) -> float:
    """Effect of two independent treatments; effects are shares taken away, below 1.

    Raises
    ------
    InputError : an effect above 1.

    >>> round(bliss(0.4, 0.5), 12)
    0.7
    """
    return 1 - (1 - first) * (1 - second)


def independent(first: float, second: float, rising: bool) -> float:
    """The same of improvements that may lie in a rise: the ratios to the untreated value multiply.

    Parameters
    ----------
    first, second : improvement over untreated, as a share of it
    rising : more is better

    >>> round(independent(0.4, 0.5, rising=False), 12), round(independent(0.4, 0.5, rising=True), 12)
    (0.7, 1.1)
    """
    return (1 + first) * (1 + second) - 1 if rising else 1 - (1 - first) * (1 - second)


def combination_index(wanted: float, curves: Sequence[Curve]) -> float:
    """Loewe's index of doses of 1 each, for the effect of both: 1 is additive, below is more than that.

    >>> half = Curve(lambda d: d / (1 + d), 100.0)
    >>> round(combination_index(half.effect(2.0), (half, half)), 9)
    1.0
    """
    multiples = [curve.multiple(wanted) for curve in curves]
    return sum(1 / m if m > 0 else math.inf for m in multiples)


def additive(curves: Sequence[Curve]) -> float:
    """Effect of doses of 1 each that replace each other: where the combination index is 1.

    >>> half = Curve(lambda d: d / (1 + d), 100.0)
    >>> round(additive((half, half)), 6)
    0.666667
    """
    low = max(curve.effect(1.0) for curve in curves)
    high = max(curve.effect(curve.largest) for curve in curves)
    if not low > 0 or combination_index(low, curves) <= 1:
        return low
    while high - low > CLOSE:
        middle = (low + high) / 2
        low, high = (middle, high) if combination_index(middle, curves) > 1 else (low, middle)
    return (low + high) / 2
