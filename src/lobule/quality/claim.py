"""What shelf life may be claimed of stability data: ICH Q5C for biologicals, Q1A(R2) and Q1E for others.

Vesicles and cells are biologicals: their shelf life rests on real-time data alone. Of a chemical it may be extrapolated
as far as its storage and the change at accelerated conditions allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lobule.files.stability import StabilityData

BIOLOGICAL, CHEMICAL = "biological", "chemical"
PRODUCTS = (BIOLOGICAL, CHEMICAL)
ACCELERATED, INTERMEDIATE, REFRIGERATED = 40.0, 30.0, 25.0  # degC: of room temperature, and of a refrigerator
ROOM, FROZEN = 15.0, 2.0  # degC: storage from, below
NEAR = 2.0  # degC
PERIOD, ENOUGH = 6.0, 5.5  # months that accelerated data are looked at, and that they have to cover
SIGNIFICANT = 0.05  # change from the initial value, Q1A(R2) 2.2.7.1
BATCHES = 3  # that must have the data of a claim


@dataclass(frozen=True)
class Change:
    """At a warmer temperature, in at most six months: `change` of the line as a share of its start, how many values lie
    outside the limits."""

    temperature: float
    months: float
    change: float
    outside: int

    @property
    def significant(self) -> bool:
        """By Q1A(R2): 5 % from the initial value, or a value that is not acceptable."""
        return abs(self.change) >= SIGNIFICANT or self.outside > 0

    def said(self, name: str) -> str:
        """In words."""
        outside = f", {self.outside} values outside the limits" if self.outside else ""
        word = "significant change" if self.significant else "no significant change"
        return f"{word} at {self.temperature:g} degC: {name} {self.change:+.0%} in {self.months:g} months{outside}"


@dataclass(frozen=True)
class Claim:
    """What may be claimed.

    Attributes
    ----------
    product : biological or chemical
    covered : months of real-time data that three batches have (all, where there are fewer)
    longest : months that may be claimed, whatever the lines say
    why : in a sentence
    changes : at warmer temperatures
    batches : with real-time data
    """

    product: str
    covered: float
    longest: float
    why: str
    changes: tuple[Change, ...]
    batches: int

    def cautions(self, name: str) -> list[str]:
        """Sentences beside the shelf life."""
        lines = [change.said(name) for change in self.changes]
        if self.batches < BATCHES:
            lines.append(f"data of {self.batches} batches: ICH Q1E and Q5C ask for three of the final process at least")
        return lines


def claim(data: StabilityData, here: np.ndarray, temperature: float, limit: tuple[float, float], product: str) -> Claim:
    """What may be claimed of data whose rows `here` (n,) are of the storage temperature (NaN where it is not known)."""
    lasts = sorted((float(data.months[here & (data.batch == b)].max()) for b in set(data.batch[here])), reverse=True)
    covered = lasts[min(BATCHES, len(lasts)) - 1]
    changes = tuple(_changes(data, temperature, limit))
    if product == BIOLOGICAL:
        longest, why = covered, "a biological's shelf life rests on real-time data alone (ICH Q5C)"
    else:
        longest, why = _extrapolated(covered, temperature, changes)
    return Claim(product, covered, longest, why, changes, len(lasts))


def _changes(data: StabilityData, temperature: float, limit: tuple[float, float]) -> list[Change]:
    found = []
    for level in np.unique(data.temperature[np.isfinite(data.temperature)]):
        own = (data.temperature == level) & (data.months <= PERIOD)
        if not level > temperature or len(np.unique(data.months[own])) < 2:
            continue
        slope, start = np.polyfit(data.months[own], data.value[own], 1)
        last = float(data.months[own].max())
        outside = int(((data.value[own] < limit[0]) | (data.value[own] > limit[1])).sum())
        if start:
            found.append(Change(float(level), last, float(slope * last / start), outside))
    return found


def _extrapolated(covered: float, temperature: float, changes: tuple[Change, ...]) -> tuple[float, str]:
    """Months that may be claimed of a chemical, and why (Q1E, appendix A, data that can be analysed by statistics)."""
    if np.isnan(temperature):
        return covered, "no extrapolation: the table tells no temperature, so that nothing is known of acceleration"
    if temperature < FROZEN:
        return covered, "no extrapolation: frozen products have no accelerated condition (ICH Q1E)"
    room = temperature >= ROOM
    wanted = ACCELERATED if room else REFRIGERATED
    fast = _at(changes, wanted)
    if fast is None:
        return covered, f"no extrapolation: six months of data at {wanted:g} degC are missing (ICH Q1E)"
    if not fast.significant:
        further = (2 * covered, covered + 12) if room else (1.5 * covered, covered + 6)
        words = "twice the data and a year after them" if room else "1.5 times the data and six months after them"
        return min(further), f"extrapolated to {words} at most, without significant change at {wanted:g} degC (ICH Q1E)"
    between = _at(changes, INTERMEDIATE) if room else None
    if between is not None and not between.significant:
        words = (
            "extrapolated to 1.5 times the data and six months after them at most: significant change at 40 degC, none "
        )
        return min(1.5 * covered, covered + 6), words + "at 30 degC (ICH Q1E)"
    return covered, f"no extrapolation: significant change at {wanted:g} degC (ICH Q1E)"


def _at(changes: tuple[Change, ...], wanted: float) -> Change | None:
    near = [c for c in changes if abs(c.temperature - wanted) <= NEAR and c.months >= ENOUGH]
    return near[0] if near else None
