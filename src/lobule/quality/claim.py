"""What shelf life may be claimed of stability data: ICH Q5C for biologicals, Q1A(R2) and Q1E for others.

Vesicles and cells are biologicals: their shelf life rests on real-time data alone. Of a chemical it may be extrapolated
as far as its storage and the change at accelerated conditions allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    """At a warmer temperature, in at most six months, of the batch that changes most.

    Attributes
    ----------
    temperature, batch : where, and which batch
    months : of its data; change : of its line by then, as a share of its start
    outside : values of all batches outside the limits
    covered : months of data that three batches have (all, where there are fewer)
    """

    temperature: float
    batch: str
    months: float
    change: float
    outside: int
    covered: float

    @property
    def significant(self) -> bool:
        """By Q1A(R2), of any batch: 5 % from the initial value, or a value that is not acceptable."""
        return abs(self.change) >= SIGNIFICANT or self.outside > 0

    def said(self, name: str) -> str:
        """In words."""
        outside = f"; {self.outside} values outside the limits" if self.outside else ""
        word = "significant change" if self.significant else "no significant change"
        most = f"{self.change:+.0%} in {self.months:g} months in batch {self.batch}, the largest of all"
        return f"{word} at {self.temperature:g} degC: {name} {most}{outside}"


@dataclass(frozen=True)
class Claim:
    """What may be claimed.

    Attributes
    ----------
    product : biological or chemical
    covered : months of real-time data that three batches of every presentation have (all, where there are fewer)
    longest : months that may be claimed, whatever the lines say
    why : in a sentence
    changes : at warmer temperatures
    batches : with real-time data, of the presentation that has fewest
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
            of = f"{self.batches} {'batches' if self.batches > 1 else 'batch'}"
            lines.append(f"data of {of}: ICH Q1E and Q5C ask for three of the final process at least")
        return lines


def claim(
    data: StabilityData, here: NDArray[np.bool_], temperature: float, limit: tuple[float, float], product: str
) -> Claim:
    """What may be claimed of data whose rows `here` (n,) are of the storage temperature (NaN where it is not known)."""
    presentations = [here & (data.presentation == one) for one in dict.fromkeys(data.presentation[here].tolist())]
    covered = min(_covered(data, own) for own in presentations)
    batches = min(len(set(data.lot[own].tolist())) for own in presentations)
    changes = tuple(_changes(data, temperature, limit))
    if product == BIOLOGICAL:
        longest, why = covered, f"a biological's shelf life rests on real-time data alone (ICH Q5C){_of(batches, data)}"
    else:
        longest, why = _extrapolated(covered, temperature, changes)
    return Claim(product, covered, longest, why, changes, batches)


def _covered(data: StabilityData, own: NDArray[np.bool_]) -> float:
    """Months of data that three batches have among the rows `own` (n,), of all where there are fewer."""
    lasts = sorted((float(data.months[own & (data.lot == lot)].max()) for lot in set(data.lot[own])), reverse=True)
    return lasts[min(BATCHES, len(lasts)) - 1]


def _of(batches: int, data: StabilityData) -> str:
    """Whose data count, where that is more than one would think."""
    of_each = " of every presentation" if len(set(data.presentation.tolist())) > 1 else ""
    return f", as far as {BATCHES} batches{of_each} have them" if batches >= BATCHES else ""


def _changes(data: StabilityData, temperature: float, limit: tuple[float, float]) -> list[Change]:
    found = []
    for level in np.unique(data.temperature[np.isfinite(data.temperature)]):
        here = (data.temperature == level) & (data.months <= PERIOD)
        if not level > temperature or not here.any():
            continue
        outside = int(((data.value[here] < limit[0]) | (data.value[here] > limit[1])).sum())
        moved = []
        for batch in dict.fromkeys(data.batch[here].tolist()):
            own = here & (data.batch == batch)
            if len(np.unique(data.months[own])) < 2:
                continue
            slope, start = np.polyfit(data.months[own], data.value[own], 1)
            last = float(data.months[own].max())
            if start:
                moved.append((float(slope * last / start), batch, last))
        if moved:
            change, batch, last = max(moved, key=lambda one: abs(one[0]))
            found.append(Change(float(level), batch, last, change, outside, _covered(data, here)))
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
    near = [c for c in changes if abs(c.temperature - wanted) <= NEAR and c.covered >= ENOUGH]
    return near[0] if near else None
