"""Health is where nothing changes: what a healthy subject's equations move all the same, by name.

Looked at whenever a fragment was changed: a balance that no longer holds makes a healthy mouse ill without a word.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule import engine
from lobule.errors import LobuleWarning
from lobule.keeping import keep, kept

STILL = 1e-8  # a day; the model as it is stays below 1e-12
GONE = ("age", "ev_cleared", "msc_cleared")
MOST_NAMED = 5


@dataclass(frozen=True)
class Drift:
    """A state that moves in a healthy subject: its value at the start, and its change a day relative to that, or to 1
    where it is empty. Or the rate of a balance that no subject can have, as it is below 0: it changes by 0."""

    name: str
    value: float
    change: float

    def __str__(self) -> str:
        what = f"{self.change:+.2g} a day" if self.change else f"{self.value:.2g}, below 0"
        return f"{self.name} ({what})"


def start_of(compiled: engine.CompiledModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Constants (n_constants,) and start values (n_states,) of the usual healthy subject of a model."""
    constants, states = compiled.at_start()
    return constants[0], states[0]


def counters(compiled: engine.CompiledModel) -> list[int]:
    """States that only count, years among them: at health nothing depends on them, and they have no way back."""
    return [i for i, name in enumerate(compiled.states) if name.startswith("cumulative_") or name in GONE]


def drifts(
    compiled: engine.CompiledModel,
    balances: Sequence[str],
    start: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> list[Drift]:
    """What moves in a healthy subject, the largest change first; empty where health is a steady state.

    Parameters
    ----------
    balances : rates and states that balances define, which must not be below 0
    start : constants and start values, as `start_of` gives them; those of the usual subject when None
    """
    constants, states = start_of(compiled) if start is None else start
    change = compiled.rates(0.0, states, constants) / np.where(states > 0, states, 1.0)
    change[counters(compiled)] = 0.0
    moving = [
        Drift(name, float(states[i]), float(change[i]))
        for i, name in enumerate(compiled.states)
        if not abs(change[i]) <= STILL
    ]
    values = compiled.observe(balances)(0.0, states, constants)
    moving += [Drift(name, float(v), 0.0) for name, v in zip(balances, values, strict=True) if not v >= 0]
    return sorted(moving, key=lambda d: -abs(d.change))


def sentence(species: str, moving: list[Drift]) -> str:
    """What leaves its normal value, in a sentence."""
    if not moving:
        return f"healthy {species}: every state keeps its value"
    named = ", ".join(map(str, moving[:MOST_NAMED]))
    more = f" and {len(moving) - MOST_NAMED} more" if len(moving) > MOST_NAMED else ""
    return (
        f"a healthy {species} does not stay healthy with these equations; what leaves its normal value: {named}{more}"
    )


def warn_where_ill(compiled: engine.CompiledModel, species: str, balances: Sequence[str]) -> None:
    """Look at a model that was not looked at before, and warn each time where its healthy subject moves.

    What was found is kept beside the machine code of the model, so that a model that does not change costs nothing.
    """
    name = f"health-{compiled.hash[:32]}"
    content = kept(name)
    if content is None:
        moving = drifts(compiled, balances)
        content = (sentence(species, moving) if moving else "").encode()
        keep(name, content)
    if content:
        warnings.warn(content.decode() + "; lobule model check --health", LobuleWarning, stacklevel=2)
