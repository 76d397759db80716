"""What a trial has to solve and to conduct, member by member of the ensemble."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import numpy as np

from lobule.errors import ResultsError
from lobule.files.design import Design
from lobule.keeping import shown
from lobule.simulation import ensemble
from lobule.simulation.reading import PUBLISHED
from lobule.trial.non_response import as_they_respond, bare_units, exchanged, non_responders
from lobule.trial.population import Population
from lobule.trial.replicates import Ledger, Replicate, replicates
from lobule.trial.runs import USUAL, Courses, Unit, counted_units, units, with_products
from lobule.trial.store import Store

Step = Callable[[str, int, int], None]


class Work:
    """Finished courses, member by member, so that memory holds one at a time.

    Parameters
    ----------
    as_recorded : blocks that an older version of the model has solved, which go by other keys, are those of the journal
    """

    def __init__(self, design: Design, people: Population, store: Store, *, as_recorded: bool = False) -> None:
        self.design, self.people, self.store = design, people, store
        self._recorded = store.recorded() if as_recorded else {}

    def of(self, member: int) -> list[Unit]:
        """Units of a member."""
        return list(units(self.design, self.people, [member]))

    def key(self, unit: Unit) -> str:
        """Of the block of a unit."""
        key = unit.key
        return key if self.store.has(key) else self._recorded.get(unit.label, key)

    def digest(self, member: int) -> str:
        """Of all units of a member."""
        return hashlib.sha256("".join(self.key(u) for u in self.of(member)).encode()).hexdigest()[:16]

    def courses(self, member: int) -> list[Courses]:
        """Of the whole population in each arm, non-responders as they do."""
        arms = self._blocks(self.of(member))
        bare = self._blocks(bare_units(self.design, self.people, [member]))
        whole = [Courses.together(arms[a]) for a in range(len(self.design.arms))]
        without = {a: Courses.together(blocks) for a, blocks in bare.items()}
        return as_they_respond(self.design, self.people, whole, without)

    def counted(self, usual: Sequence[Courses]) -> list[Courses] | None:
        """Of the whole population in each arm as counted, beside a trial as published; None where there is none.

        Parameters
        ----------
        usual : of the published reading, which arms without a product share
        """
        if not with_products(self.design) or self.design.reading != PUBLISHED:
            return None
        arms = self._blocks(counted_units(self.design, self.people))
        who = non_responders(self.design, self.people)  # whose course is the same in both readings
        return [exchanged(Courses.together(arms[a]), own, who) if a in arms else own for a, own in enumerate(usual)]

    def _blocks(self, units: Iterable[Unit]) -> dict[int, list[tuple[int, Courses]]]:
        arms: dict[int, list[tuple[int, Courses]]] = {}
        for unit in units:
            block = self.store.read(self.key(unit))
            if block is None:
                raise ResultsError(
                    f"a block in {shown(self.store.folder)} is missing or damaged; run lobule trial again"
                )
            arms.setdefault(unit.arm, []).append((unit.first, block))
        return arms


def members(n: int) -> list[int]:
    """Numbers of n members of the ensemble, evenly spaced, from 1 on."""
    return [] if n == 0 else (1 + np.round(np.linspace(0, ensemble.size() - 1, n)).astype(int)).tolist()


def wanted(design: Design) -> list[tuple[str, int, int]]:
    """Kind, number and member of every replicate, member by member; each replicate of an assurance has one of them."""
    numbers, chosen = range(1, design.replicates + 1), members(design.members)
    usual = [(kind, number, USUAL) for kind in ("trial", "null") for number in numbers]
    return usual + [("assurance", n, member) for k, member in enumerate(chosen) for n in numbers[k :: len(chosen)]]


def replicated(
    design: Design, people: Population, work: Work, usual: list[Courses], ledger: Ledger, say: Step
) -> list[Replicate]:
    """All replicates, member by member."""
    todo = wanted(design)
    found: list[Replicate] = []
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        say("replicates", count, len(todo))

    several = design.analysis.multiplicity is not None  # claims, whose familywise error needs all endpoints
    for (kind, member), group in groupby(todo, lambda w: (w[0], w[2])):
        courses = usual if member == USUAL else work.courses(member)
        found += replicates(design, people, courses, kind, [number for _, number, _ in group], member, ledger,
                            all_endpoints=kind == "trial" or (kind == "null" and several), done=done)  # fmt: skip
    return found
