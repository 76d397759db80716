"""Arms simulated for a whole ensemble in a few engine calls: every arm, every member, and every untreated twin.

What a study leaves open (particles in its dose, how hard its injury strikes, how its animals differ) is drawn for each
member, the same for all arms of one study, so that arms are compared like with like.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.engine import EventTable
from lobule.engine.events import Event
from lobule.model.causes import causes
from lobule.model.parameters import parameter_table, values_for
from lobule.patient.variation import variation
from lobule.progress import say
from lobule.studies.arms import Arm
from lobule.therapy import Plan
from lobule.therapy.regimen import VALUE, Regimen

Values = NDArray[np.float64]
# Spread (of the logarithm) of what studies leave open; assumed
COUNTING = 0.5  # particle counts of the same sample differ by half between laboratories (pk-K: CV 52 %)
UNKNOWN_DOSE = 0.8  # a study that reports no dose
SEVERITY = 0.25  # of an injury between laboratories
HORIZONS = (4.0, 40.0)  # days: arms that end by then are solved together
ALIVE_GROUP = 8  # animals whose survival makes one share
DERIVED: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Values]], Values]]] = {
    "survival": (("cumulative_death_hazard",), lambda v: np.exp(-v["cumulative_death_hazard"])),
    "dying_hepatocytes": (
        ("apoptotic_hepatocytes", "necrotic_hepatocytes"),
        lambda v: v["apoptotic_hepatocytes"] + v["necrotic_hepatocytes"],
    ),
    "necrotic_share": (
        ("necrotic_hepatocytes", "living_hepatocytes"),
        lambda v: v["necrotic_hepatocytes"] / (v["necrotic_hepatocytes"] + v["living_hepatocytes"]),
    ),
}  # what histology and a count of animals see: the model's outputs it needs, and how it follows from them
RTOL = 1e-3


@dataclass(frozen=True)
class Predicted:
    """One arm: {output: (n_members,)} of the treated and of the untreated; NaN where a member could not be solved."""

    treated: Mapping[str, Values]
    untreated: Mapping[str, Values]

    def log_ratio(self, output: str) -> Values:
        """Logarithm of treated over untreated, (n_members,)."""
        floor = 0.02 if output == "survival" else 1e-9
        treated, untreated = self.treated[output], self.untreated[output]
        return np.log((treated + floor) / (untreated + floor))


def predict(
    arms: Sequence[tuple[Arm, str]],
    factors: Mapping[str, Values],
    outputs: Sequence[str],
    seed: int = 1,
    *,
    exact: bool = False,
) -> list[Predicted]:
    """Simulate arms.

    Parameters
    ----------
    arms : (arm, study it belongs to)
    factors : {parameter: (n_members,) factors on its value}: the ensemble
    outputs : what is wanted at the readout; "survival" is the share alive of eight animals
    seed : of what is drawn for each member
    exact : nothing is drawn, so that every member meets the usual animal of an exact study

    Returns
    -------
    list of Predicted, in the order of the arms.
    """
    members = len(next(iter(factors.values())))
    runs: dict[tuple[str, str], Arm] = {}
    for arm, study in arms:
        runs[arm.key, study] = arm
        twin = arm.untreated()
        runs[twin.key, study] = twin
    found: dict[tuple[str, str], Mapping[str, Values]] = {}
    edges = (0.0, *HORIZONS, np.inf)
    needed = [name for o in outputs for name in (DERIVED[o][0] if o in DERIVED else (o,))]
    names = list(dict.fromkeys(needed))
    for low, high in itertools.pairwise(edges):
        here = [(key, arm) for key, arm in runs.items() if low < arm.readout <= high]
        if here:
            say("arms of studies", len(found), len(runs))
            found |= _solve(here, factors, members, names, seed, exact)
    return [Predicted(found[arm.key, study], found[arm.untreated().key, study]) for arm, study in arms]


def _solve(
    runs: list[tuple[tuple[str, str], Arm]],
    factors: Mapping[str, Values],
    members: int,
    outputs: list[str],
    seed: int,
    exact: bool,
) -> dict[tuple[str, str], Mapping[str, Values]]:
    compiled = model.compiled("mouse")
    grid = np.unique([arm.readout for _, arm in runs])
    rows: list[Event] = []
    constants: list[dict[str, float]] = []
    draws: list[dict[str, Values]] = []
    for i, ((_, study), arm) in enumerate(runs):
        values, events = _course(arm)
        drawn = _draws(study, members, seed, exact)
        constants.append(values)
        draws.append(drawn)
        amount = arm.strength * np.exp(
            (COUNTING if arm.dose_known else (COUNTING**2 + UNKNOWN_DOSE**2) ** 0.5) * drawn["dose"]
        )
        hit = np.exp(SEVERITY * drawn["severity"])
        for event, kind in events:
            scale = amount if kind == "dose" else hit if kind == "injury" else None
            for k in range(members):
                factor = 1.0 if scale is None else float(scale[k])
                value = event.value * factor
                rows.append(Event(i * members + k, event.time, event.target, event.kind, value))
    table = {}
    for name in parameter_table():
        base = np.repeat([c[name] for c in constants], members).reshape(len(runs), members)
        if name in factors:
            base = base * factors[name]
        if name in variation("animal"):
            base = base * np.exp(variation("animal")[name] * np.array([d["animals"][_place(name)] for d in draws]))
        table[name] = base.reshape(-1)
    solution = compiled.solve(table, None, EventTable(rows), grid, rtol=RTOL, outputs=outputs)
    found: dict[tuple[str, str], Mapping[str, Values]] = {}
    for i, (key, arm) in enumerate(runs):
        at = int(np.searchsorted(grid, arm.readout))
        mine = {name: solution[name][i * members : (i + 1) * members, at] for name in outputs}
        mine |= {name: make(mine) for name, (needs, make) in DERIVED.items() if all(n in mine for n in needs)}
        if "survival" in mine and not exact:
            mine["survival"] = _of_groups(mine["survival"])
        found[key] = mine
    return found


def _of_groups(alive: Values) -> Values:
    """Share alive of the eight animals that follow each member (in a circle): one animal lives or dies."""
    if len(alive) < ALIVE_GROUP:
        return alive
    return np.mean([np.roll(alive, -k) for k in range(ALIVE_GROUP)], axis=0)


def _place(name: str) -> int:
    return list(variation("animal")).index(name)


def _draws(study: str, members: int, seed: int, exact: bool) -> dict[str, Values]:
    """What a study leaves open, by member; the first member is the usual animal of an exact study."""
    key = np.array([seed, zlib.crc32(study.encode())], dtype=np.uint64)
    normal = np.random.Generator(np.random.Philox(key=key)).standard_normal((2 + len(variation("animal")), members))
    normal[:, 0] = 0.0
    if exact:
        normal[:] = 0.0
    return {"dose": normal[0], "severity": normal[1], "animals": normal[2:]}


def _course(arm: Arm) -> tuple[dict[str, float], list[tuple[Event, str]]]:
    """Constants and events of an arm; an event is of an injury whose size varies, of a dose, or neither."""
    animal = arm.animal
    constants = values_for(arm.species) | animal.parameters()
    events: list[tuple[Event, str]] = []
    for injury in arm.injuries:
        cause = causes()[injury.cause]
        kind = "injury" if cause.kind == "dose" else ""
        events += [(event, kind) for event in cause.events(injury.dose, injury.times, injury.end)]
    parts = [part for part in (arm.plan, arm.second) if part is not None]
    regimen = Regimen.of(parts, animal)
    for part in regimen.products:
        constants |= part.parameters()
    for name, factor in arm.sets:
        constants[name] *= factor
    for component in arm.without:
        for whose in ("", "secreted_"):
            constants[f"{whose}{component}_copies_per_particle"] = 0.0
    given = {(k, VALUE): part.times() for k, part in enumerate(regimen.parts) if isinstance(part, Plan)}
    events += [(event, "dose") for event in regimen.events(given, constants, 0.0)]
    return constants, events
