"""The whole comparison of a folder of tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from lobule.progress import say
from lobule.validate.real_people import goals
from lobule.validate.real_people.checks import of_another, of_own
from lobule.validate.real_people.community import cases, community
from lobule.validate.real_people.folder import Folder, Table
from lobule.validate.real_people.forecaster import Forecaster
from lobule.validate.real_people.sides import Sides, sides
from lobule.validate.real_people.survival import survived
from lobule.validate.real_people.visits import visited
from lobule.validate.real_people.waiting import WHY, incidence

FITTED = "pbc"  # the disease whose people are told from others
ALL = "all comparisons"
COHORT, WAITING = "cohort", "waiting list"
# Tables that made the model, by what their people share: told, no validation and no goal.
MADE_THE_MODEL = ("leipzig",)


@dataclass
class Found:
    """What the comparisons gave; empty tables where none could be made.

    Attributes
    ----------
    survival, cells, visits, cohort, waiting, checks, goals : see the comparisons
    predictions : every forecast of a next visit
    trained : {table: who trained the rivals}
    left : (table, what, why) that could not be made
    notes : sentences
    """

    survival: pd.DataFrame = field(default_factory=pd.DataFrame)
    cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    visits: pd.DataFrame = field(default_factory=pd.DataFrame)
    predictions: pd.DataFrame = field(default_factory=pd.DataFrame)
    cohort: pd.DataFrame = field(default_factory=pd.DataFrame)
    waiting: pd.DataFrame = field(default_factory=pd.DataFrame)
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)
    goals: pd.DataFrame = field(default_factory=pd.DataFrame)
    trained: dict[str, str] = field(default_factory=dict)
    left: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """A folder with who is scored in each of its tables."""

    folder: Folder
    tables: tuple[tuple[Table, Sides], ...]
    cases: pd.DataFrame | None
    cases_aside: bool

    @property
    def aside(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Tables with people who were set aside and are scored, and the names of those."""
        tables = [table.name for table, side in self.tables if side.aside]
        names = {table.persons[k].name for table, side in self.tables if side.aside for k in side.scored}
        if self.cases is not None and self.cases_aside:
            tables.append(COHORT)
            names |= {f"{COHORT} {one}" for one in self.cases["id"]}
        return tuple(tables), tuple(sorted(names))


def planned(folder: Folder, on: str) -> Plan:
    """Who is scored: the side `on` ("test" or "train") where a table says it."""
    tables = tuple((table, sides(table.use, table.followed(True).event, on)) for table in folder.tables)
    mine, aside = cases(folder.cohort, on) if folder.cohort is not None else (None, False)
    return Plan(folder, tables, mine, aside)


def compared(plan: Plan, forecaster: Forecaster, draws: int, seed: int) -> Found:
    """Make every comparison that the folder carries.

    Parameters
    ----------
    draws : of people again, for intervals
    """
    found = Found(left=[(name, ALL, why) for name, why in plan.folder.left.items()])
    wanted: list[dict[str, object]] = []
    checks: list[dict[str, object]] = []
    for table, side in plan.tables:
        say(table.name)
        found.trained[table.name] = side.how
        if table.visits:
            wanted += _visits(found, table, side, forecaster, draws, seed)
        else:
            wanted += _survival(found, checks, table, side, forecaster, draws, seed)
    if any(row["people_of"] == FITTED for row in checks):
        for table, side in plan.tables:
            if not table.visits:
                checks += of_another(table, side, FITTED, forecaster)
    found.checks = pd.DataFrame(checks)
    if len(found.checks):
        wanted += goals.check_goals(found.checks, FITTED)
    if plan.cases is not None and len(plan.cases):
        say("cohort of fatty liver")
        cohort = community(plan.cases, plan.cases_aside, plan.folder.fib4, forecaster)
        found.cohort, found.notes = cohort.cells, [*found.notes, *(f"{COHORT}: {note}" for note in cohort.notes)]
        wanted += goals.cohort_goals(cohort.cells)
    if plan.folder.waiting is not None:
        found.waiting = incidence(plan.folder.waiting)
        found.left.append((WAITING, "forecast", WHY))
    found.goals = pd.DataFrame(wanted)
    return found


def _survival(
    found: Found, checks: list[dict[str, object]], table: Table, side: Sides, forecaster: Forecaster,
    draws: int, seed: int,
) -> Sequence[dict[str, object]]:  # fmt: skip
    one = survived(table, side, forecaster, draws, seed)
    if isinstance(one, str):
        found.left.append((table.name, "survival", one))
        return []
    found.survival = pd.concat([found.survival, one.scores], ignore_index=True)
    found.cells = pd.concat([found.cells, one.cells], ignore_index=True)
    found.left += [(table.name, rival, why) for rival, why in one.left.items()]
    found.notes += [note for note in one.notes if note not in found.notes]
    checks += of_own({"1": one.checks}, table)
    if not table.biliary or table.name in MADE_THE_MODEL:
        return []
    return list(goals.survival_goals(one.scores, one.cells, table.name))


def _visits(
    found: Found, table: Table, side: Sides, forecaster: Forecaster, draws: int, seed: int
) -> Sequence[dict[str, object]]:
    one = visited(table, side, forecaster, draws, seed)
    if isinstance(one, str):
        found.left.append((table.name, "next visits", one))
        return []
    found.visits = pd.concat([found.visits, one.scores], ignore_index=True)
    found.predictions = pd.concat([found.predictions, one.predictions], ignore_index=True)
    found.notes += [note for note in (*table.notes, *one.notes) if note not in found.notes]
    return list(goals.visit_goals(one.scores, table.name))
