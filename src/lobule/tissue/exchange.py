"""What blood and neighbours exchange between patches when a window ends.

Each state of the model has a place in `places.csv`:
    local     stays where it is
    moves     cells crawl: they even out over a reach that grows with the root of time, and none is lost; where `pull`
              stands, they gather in proportion to that power of the danger signal
    spreads   a substance evens out while it lives: over its reach in a lifetime, over less in a shorter window
    blood     one value for all, the mean of the patches, which give to it and take from it
    body      one value for all, that of the body: of a lane that holds the means of the patches
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lobule.model.slots import without_slot
from lobule.tissue.lanes import Values
from lobule.tissue.patches import Patches, Spread

PLACES = ("local", "moves", "spreads", "blood", "body")
EVENED = ("moves", "spreads")


@functools.cache
def places() -> pd.DataFrame:
    """The table of places: place, reach, unit, grade, note by state."""
    return pd.read_csv(Path(__file__).parent / "places.csv").set_index("state")


class Exchange:
    """Exchange between patches, whose lanes come first, and the body, whose lane is the last."""

    def __init__(self, parts: Patches, states: tuple[str, ...], constants: Mapping[str, Values]) -> None:
        self.parts = parts
        table = places()
        place, reach = table["place"].to_dict(), table["reach"].to_dict()
        usual = {state: without_slot(state)[0] for state in states}
        self.place = {state: str(place[name]) for state, name in usual.items()}
        self.reach = {state: float(reach[name]) for state, name in usual.items() if place[name] in EVENED}
        pull = {str(name): float(power) for name, power in table["pull"].items() if power > 0}
        self.pull = {state: pull[name] for state, name in usual.items() if name in pull}
        clearance = table["clearance"].to_dict()
        self.rate = {state: float(constants[str(clearance[name])][-1]) for state, name in usual.items()
                     if place[name] == "spreads"}  # 1/d  # fmt: skip

    def __call__(self, states: dict[str, Values], days: float) -> dict[str, Values]:
        """States (p + 1,) after an exchange that follows a window of some days."""
        found = dict(states)
        for reach, names in self._by_reach(days).items():
            even = Spread(self.parts, reach)(np.column_stack([states[name][:-1] for name in names]))
            found |= {name: np.append(column, 0.0) for name, column in zip(names, even.T, strict=True)}
        danger = states["danger_signal"][:-1]
        for name, power in self.pull.items():
            crawl = Spread(self.parts, self.reach[name] * float(np.sqrt(days)), danger**power)
            found[name] = np.append(crawl(states[name][:-1]), 0.0)
        for name, place in self.place.items():
            values = found[name]
            if place == "body":
                found[name] = np.full_like(values, values[-1])
            else:
                mean = self.parts.mean(values[:-1])
                found[name] = np.full_like(values, mean) if place == "blood" else np.append(values[:-1], mean)
        return found

    def _by_reach(self, days: float) -> dict[float, list[str]]:
        found: dict[float, list[str]] = {}
        for name, reach in self.reach.items():
            if name in self.pull:
                continue
            lived = days if self.place[name] == "moves" else -np.expm1(-self.rate[name] * days)
            found.setdefault(float(reach * np.sqrt(lived)), []).append(name)
        return found
