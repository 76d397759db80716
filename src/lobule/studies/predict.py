"""Arms simulated for a whole ensemble in a few engine calls: every arm, every member, and every untreated twin.

What a study leaves open (particles in its dose, how hard its injury strikes, how its animals differ) is drawn for each
member, the same for all arms of one study, so that arms are compared like with like.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lobule.engine.events import Event
from lobule.model.cargo import components
from lobule.model.causes import causes
from lobule.model.parameters import values_for
from lobule.model.slots import in_all_slots
from lobule.patient.variation import variation
from lobule.progress import say
from lobule.simulation.crowd import Crowd
from lobule.simulation.reading import READING, READINGS
from lobule.simulation.treatment import Treatment, scaled
from lobule.studies.arms import StudyArm
from lobule.therapy.regimen import Regimen

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
    """One arm: {output: (n_members,)} of the treated, of the untreated, and of people also before the first dose; NaN
    where a member could not be solved."""

    treated: Mapping[str, Values]
    untreated: Mapping[str, Values]
    before: Mapping[str, Values] | None = None

    def log_ratio(self, output: str, against: Literal["control", "before"] = "control") -> Values:
        """Logarithm of treated over untreated, or of after over before, (n_members,)."""
        other = self.before if against == "before" and self.before is not None else self.untreated
        return _log_ratio(self.treated[output], other[output], output)

    def course(self, output: str) -> Values | None:
        """Logarithm of what the untreated become over what they were, (n_members,); None of animals."""
        return None if self.before is None else _log_ratio(self.untreated[output], self.before[output], output)


def _log_ratio(over: Values, under: Values, output: str) -> Values:
    floor = 0.02 if output == "survival" else 1e-9
    return np.log((over + floor) / (under + floor))


def predict(
    arms: Sequence[tuple[StudyArm, str]],
    factors: Mapping[str, Values],
    outputs: Sequence[str],
    seed: int = 1,
    *,
    exact: bool = False,
) -> list[Predicted]:
    """Simulate arms and their untreated twins.

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
    twins = [(arm.untreated(), study) for arm, study in arms]
    found = outcomes([*arms, *twins], factors, outputs, seed, exact=exact)
    return [Predicted(a, b) for a, b in zip(found[: len(arms)], found[len(arms) :], strict=True)]


def outcomes(
    arms: Sequence[tuple[StudyArm, str]],
    factors: Mapping[str, Values],
    outputs: Sequence[str],
    seed: int = 1,
    *,
    exact: bool = False,
) -> list[Mapping[str, Values]]:
    """Outputs of arms at their readout, {output: (n_members,)}, without their twins; parameters as for `predict`."""
    members = len(next(iter(factors.values())))
    runs = {(arm.key, study): arm for arm, study in arms}
    found: dict[tuple[str, str], Mapping[str, Values]] = {}
    edges = (0.0, *HORIZONS, np.inf)
    needed = [name for o in outputs for name in (DERIVED[o][0] if o in DERIVED else (o,))]
    names = list(dict.fromkeys(needed))
    for low, high in itertools.pairwise(edges):
        here = [(key, arm) for key, arm in runs.items() if low < arm.readout <= high]
        if here:
            say("arms of studies", len(found), len(runs))
            found |= _solve(here, factors, members, names, seed, exact)
    return [found[arm.key, study] for arm, study in arms]


def _solve(
    runs: list[tuple[tuple[str, str], StudyArm]],
    factors: Mapping[str, Values],
    members: int,
    outputs: list[str],
    seed: int,
    exact: bool,
) -> dict[tuple[str, str], Mapping[str, Values]]:
    crowd, groups = Crowd(), []
    for (_, study), arm in runs:
        drawn = _draws(study, members, seed, exact)
        spread = COUNTING if arm.dose_known else (COUNTING**2 + UNKNOWN_DOSE**2) ** 0.5
        animals = {name: np.exp(sd * drawn["animals"][i]) for i, (name, sd) in enumerate(variation("animal").items())}
        constants, events, regimen = _course(arm, np.exp(SEVERITY * drawn["severity"]))
        amount = arm.strength * np.exp(spread * drawn["dose"])
        groups.append(
            crowd.add_lanes(
                members,
                [arm.readout],
                constants,
                factors=[factors, animals],
                events=events,
                treatments=[Treatment.of(regimen, 0.0, scale=amount)] if regimen.parts else [],
            )
        )
    solved = crowd.solve(outputs, RTOL)
    found: dict[tuple[str, str], Mapping[str, Values]] = {}
    for (key, _), group in zip(runs, groups, strict=True):
        mine = {name: solved.values(group, name)[:, 0] for name in outputs}
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


def _draws(study: str, members: int, seed: int, exact: bool) -> dict[str, Values]:
    """What a study leaves open, by member; the first member is the usual animal of an exact study."""
    key = np.array([seed, zlib.crc32(study.encode())], dtype=np.uint64)
    normal = np.random.Generator(np.random.Philox(key=key)).standard_normal((2 + len(variation("animal")), members))
    normal[:, 0] = 0.0
    if exact:
        normal[:] = 0.0
    return {"dose": normal[0], "severity": normal[1], "animals": normal[2:]}


def _course(arm: StudyArm, hit: Values) -> tuple[dict[str, float], list[Event], Regimen]:
    """Constants, events of the injury, as hard as it hits each member, and what is given."""
    animal = arm.animal
    events: list[Event] = []
    for injury in arm.injuries:
        cause = causes()[injury.cause]
        strength = hit if cause.kind == "dose" else 1.0
        for event in cause.events(injury.dose, injury.times, injury.end):
            events += scaled(event, strength)
    regimen = Regimen.of([part for part in (arm.plan, arm.second) if part is not None], animal)
    constants = values_for(arm.species) | animal.parameters() | regimen.parameters()
    constants[READING] = READINGS[arm.reading]
    for name, factor in (*arm.sets, *arm.recipient):
        for each in in_all_slots(name, constants):
            constants[each] *= factor
    for component in arm.without:
        for name in components()[component].carried_names():
            constants |= dict.fromkeys(in_all_slots(name, constants), 0.0)
    return constants, events, regimen
