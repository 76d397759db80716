"""Which part of a product does it: exact Shapley shares over the cargo, and what is lost when a part is taken out.

The players are the whole vesicles and cells as published (their empirical potency, which no count of copies carries;
in the published reading alone), the components that the products carry, and the other paths of cells and medium
(soluble factors, growth factors, eaten cells). Every subset is one subject of one batch; the shares add up to the whole
effect. Beyond `MOST_PLAYERS` the least active components, found by adding each alone and by taking each away, are one
player, "the other components".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.arguments import a_seed, between, checking, count, some_names
from lobule.bounds import LATEST
from lobule.errors import InputError, about, nearest, shown
from lobule.model.cargo import CARRIED, components
from lobule.model.parameters import parameter_table, values_for
from lobule.model.slots import in_all_slots, without_slot
from lobule.patient import Animal, Patient
from lobule.progress import say
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import READING
from lobule.simulation.simulate import SimulationError
from lobule.simulation.subject import a_subject
from lobule.statistics.ranges import range_with
from lobule.statistics.shapley import shapley
from lobule.therapy import Part
from lobule.therapy.regimen import Regimen

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

OUTPUTS = ("collagen_proportionate_area", "alt", "tnf_alpha", "il_10", "m2_m1_ratio", "albumin")
MOST_PLAYERS = 12
PLAYERS_OF_DRAWS = 7  # with this many players each draw of the parameters costs 2^7 runs
REST = "the other components"
VESICLES, CELLS = "whole vesicles, as published", "whole cells, as published"
# {constant: its value where there is no published potency}
PUBLISHED = {
    VESICLES: {"vesicle_potency": 0.0, "secreted_vesicle_potency": 0.0},
    CELLS: {"published_cell_potency": 1.0},
}
OF_POTENCY = {READING, *(name for constants in PUBLISHED.values() for name in constants)}
PATHS = {"soluble factors": "soluble_output", "growth factors": "growth_output", "eaten cells": "engulfment_output"}
RTOL = 1e-5
LOADED = 10.0  # times the copies of a usual vesicle
NEGLIGIBLE = 0.01  # of the untreated value: a smaller change is called negligible
NO_EFFECT = 1e-6  # of the untreated value: a smaller change of the whole has no shares


@dataclass(frozen=True)
class Attribution:
    """Shares of the effect of a plan.

    Attributes
    ----------
    table : one row a player and output: component, output, share (change of treated over untreated that this player
        brings, Shapley value), share_low, share_high (5 and 95 % over draws of the cargo's parameters and the usual
        ones, NaN without draws), percent (of the whole change), lost_without (share of the whole change lost when it is
        taken out), negligible. Whole vesicles and cells come first, the others by size.
    total : {output: treated over untreated, less 1}
    runs : model runs made
    draws : of the parameters, behind the ranges
    """

    table: pd.DataFrame
    total: dict[str, float]
    runs: int
    draws: int

    def plot(self) -> matplotlib.figure.Figure:
        """A panel an output, a bar a component."""
        from lobule.report.bars import bars
        from lobule.report.scale import written

        panels = {}
        for output, rows in self.table.groupby("output", sort=False):
            ranges = list(zip(rows["share_low"], rows["share_high"], strict=True))
            names = [written(model.label(str(name))) for name in rows["component"]]
            panels[written(model.label(str(output)))] = (names, rows["share"].tolist(), ranges)
        of = "range over the parameters of the cargo" if self.table["share_low"].notna().any() else ""
        return bars(panels, "share of the change of treated over untreated", of)


@checking(subject=a_subject, day=between(0, LATEST, above=True), outputs=some_names, draws=count(0, 1000), seed=a_seed,
          most=count(3, MOST_PLAYERS))  # fmt: skip
def attribute(
    subject: Animal | Patient,
    plan: Part | Sequence[Part],
    day: float,
    *,
    outputs: Sequence[str] = OUTPUTS,
    draws: int = 0,
    seed: int = 1,
    reading: str = "published",
    most: int = MOST_PLAYERS,
) -> Attribution:
    """Share the effect of a plan out over what its products carry.

    Parameters
    ----------
    subject, plan : as for `simulate`
    day : day of the run on which the outputs are read
    outputs : of the model
    draws : how often the parameters of the cargo are drawn, for the uncertainty of the shares: calibrated ones with a
        member of the ensemble, copies tenfold either way, others from their ranges
    seed : of the draws
    reading : "published" or "counted", as of `simulate`
    most : players; each one more doubles the time

    Raises
    ------
    InputError : an unknown output, a plan without product, a day that is not above 0.
    """
    import pandas as pd

    compiled = model.compiled("mouse")
    for output in outputs:
        if output not in compiled.variables:
            raise InputError(
                f"the model has no output {shown(output)}. {nearest(output, compiled.variables)}", ["outputs"]
            )
    game = _Game(subject, plan, day, tuple(outputs), Experiment.of((), reading=reading))
    players = game.leading(most)
    say(f"{2 ** len(players):,} subsets of the cargo")
    change = game.play(players)
    shares = shapley(change)
    low = high = np.full(shares.shape, np.nan)
    if draws:
        low, high = _range_of_shares(game, players, shares, draws, seed)
    whole, n = change[-1], len(players)
    lost = np.stack([change[-1] - change[(2**n - 1) ^ (1 << i)] for i in range(n)])
    names = list(players)
    rows = [
        {
            "component": names[i],
            "output": output,
            "share": float(shares[i, k]),
            "share_low": float(low[i, k]),
            "share_high": float(high[i, k]),
            "percent": 100 * _part(shares[i, k], whole[k]),
            "lost_without": _part(lost[i, k], whole[k]),
            "negligible": abs(float(shares[i, k])) < NEGLIGIBLE,
        }
        for k, output in enumerate(outputs)
        for i in sorted(range(n), key=lambda i: (names[i] not in PUBLISHED, -abs(shares[i, k])))
    ]
    return Attribution(pd.DataFrame(rows), dict(zip(outputs, map(float, whole), strict=True)), game.runs, draws)


def _part(share: float, whole: float) -> float:
    """Of the whole; 0 where there is none."""
    return float(share / whole) if abs(whole) > NO_EFFECT else 0.0


class _Game:
    """The players of a plan, and the worth of any subset of them."""

    def __init__(
        self, subject: Animal | Patient, plan: Part | Sequence[Part], day: float, outputs: tuple[str, ...],
        experiment: Experiment,
    ):  # fmt: skip
        with about("plan"):
            self.regimen = Regimen.of(plan, subject)
        if not self.regimen.products:
            raise InputError("the plan gives no product whose effect could be shared out", ["plan"])
        self.subject, self.experiment = subject, experiment
        self.values = values_for(subject.species) | subject.parameters() | self.regimen.parameters()
        self.values |= experiment.parameters(self.values)
        self.time, self.outputs, self.runs = subject.history_days + day, outputs, 0
        kinds = {part.kind for part in self.regimen.products}
        self.players: dict[str, tuple[str, ...]] = {}
        acting = {"vesicle_potency"} if "vesicles" in kinds else set()
        acting |= {"secreted_vesicle_potency", "published_cell_potency"} if kinds & {"cells", "medium"} else set()
        for name, nothing in PUBLISHED.items() if self.values[READING] > 0 else ():
            if any(
                self.values[each] != off
                for constant, off in nothing.items()
                if constant in acting
                for each in in_all_slots(constant, self.values)
            ):
                self.players[name] = tuple(each for constant in nothing for each in in_all_slots(constant, self.values))
        for name, c in components().items():
            carried = self._positive(c.carried_names())
            if carried:
                self.players[name] = carried
        if kinds & {"cells", "medium"}:
            paths = {name: self._positive([constant]) for name, constant in PATHS.items()}
            self.players |= {name: constants for name, constants in paths.items() if constants}
        if not self.players:
            raise InputError("the products of this plan carry nothing; there is no effect to share out")

    def _positive(self, names: Iterable[str]) -> tuple[str, ...]:
        """Constants of all products of the plan that are above 0."""
        return tuple(each for name in names for each in in_all_slots(name, self.values) if self.values[each] > 0)

    def _loaded(self, name: str) -> bool:
        """A component of which the products carry far more than usual vesicles do."""
        native = components()[name].native_copies
        most = max(self.values[each] for each in self.players[name])
        return native is None or most > LOADED * native.value

    def worth(
        self, masks: NDArray[np.bool_], groups: Mapping[str, Sequence[str]], **varied: Any
    ) -> NDArray[np.float64]:
        """Outputs (n_rows, n_outputs) with only the groups of `masks` (n_rows, n_groups) active."""
        sets: dict[str, Any] = dict(varied)
        for i, constants in enumerate(groups.values()):
            for constant in constants:
                here = varied.get(constant, self.values[constant])
                sets[constant] = np.where(masks[:, i], here, _OFF.get(without_slot(constant)[0], 0.0))
        self.runs += len(masks)
        crowd = Crowd(experiment=self.experiment)
        subsets = crowd.add(self.subject, [self.time], self.regimen, n=len(masks), sets=sets)
        solved = crowd.solve(self.outputs, RTOL)
        if solved.reason:
            raise SimulationError(f"the shares are not complete: {solved.reason}")
        return np.stack([solved.values(subsets, name)[:, 0] for name in self.outputs], axis=1)

    def play(self, groups: Mapping[str, Sequence[str]], **varied: Any) -> NDArray[np.float64]:
        """Change over untreated for every subset, (2**n, n_outputs)."""
        n = len(groups)
        masks = (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1
        found = self.worth(masks, groups, **varied)
        return found / found[0] - 1

    def leading(self, most: int) -> dict[str, tuple[str, ...]]:
        """At most `most` players; those that matter least, alone and away, as one; loads and what is no cargo stay."""
        if len(self.players) <= most:
            return self.players
        n = len(self.players)
        masks = np.vstack(
            [np.zeros((1, n), bool), np.eye(n, dtype=bool), np.ones((1, n), bool), ~np.eye(n, dtype=bool)]
        )
        logs = np.log(np.maximum(self.worth(masks, self.players), 1e-12))
        alone, away = np.abs(logs[1 : n + 1] - logs[0]), np.abs(logs[n + 2 :] - logs[n + 1])
        names = list(self.players)
        worst = np.max(alone + away, axis=1)
        stays = np.array([name in PUBLISHED or name in PATHS or self._loaded(name) for name in names])
        order = np.argsort(-np.where(stays, np.inf, worst), kind="stable")
        kept = [names[i] for i in order[: most - 1]]
        rest = tuple(c for i in order[most - 1 :] for c in self.players[names[i]])
        return {name: self.players[name] for name in names if name in kept} | {REST: rest}


_OFF = {constant: off for constants in PUBLISHED.values() for constant, off in constants.items()}


def _range_of_shares(
    game: _Game, players: Mapping[str, tuple[str, ...]], shares: NDArray[np.float64], draws: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """5 and 95 % of the shares over draws and the usual parameters; players that matter least are drawn together and
    keep no range."""
    order = np.argsort(-np.abs(shares).max(axis=1), kind="stable")
    names = list(players)
    kept = sorted(order[: PLAYERS_OF_DRAWS - 1])
    rest = tuple(c for i in range(len(names)) if i not in kept for c in players[names[i]])
    groups = {names[i]: players[names[i]] for i in kept} | ({"": rest} if rest else {})
    found = np.empty((draws, len(groups), len(game.outputs)))
    for k, drawn in enumerate(_draws(game, draws, seed)):
        say("draws of the cargo's parameters", k, draws)
        found[k] = shapley(game.play(groups, **drawn))
    lowest, highest = np.full(shares.shape, np.nan), np.full(shares.shape, np.nan)
    for row, i in enumerate(kept):
        for j in range(len(game.outputs)):
            lowest[i, j], highest[i, j] = range_with(float(shares[i, j]), found[:, row, j])
    return lowest, highest


def _draws(game: _Game, draws: int, seed: int) -> list[dict[str, float]]:
    """Parameters of the cargo: calibrated ones as a member of the ensemble has them, the rest from their ranges."""
    members = min(draws, ensemble.size())
    calibrated = {
        name: game.values[name] * factor
        for name, factor in ensemble.factors(members, species=game.subject.species).items()
        if name in game.values and name not in OF_POTENCY
    }
    uncertain = [
        (name, p)
        for p in parameter_table().values()
        for name in in_all_slots(p.id, game.values)
        if p.fragment in ("cargo_effects", "cargo_action") and game.values[name] > 0 and p.low < p.high
        and p.id not in calibrated and p.id not in OF_POTENCY
    ]  # fmt: skip
    random = np.random.Generator(np.random.Philox(key=seed))
    found = []
    for k in range(draws):
        drawn = {name: float(values[k % members]) for name, values in calibrated.items()}
        for name, p in uncertain:
            low, high = (0.1 * game.values[name], 10 * game.values[name]) if p.id.endswith(CARRIED) else (p.low, p.high)
            floor = max(low, 1e-3 * high)
            drawn[name] = float(np.exp(random.uniform(np.log(floor), np.log(high))))
        found.append(drawn)
    return found
