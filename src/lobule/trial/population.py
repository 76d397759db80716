"""Who can be enrolled: virtual patients with their state of the liver on the day of enrolment.

Untreated histories are run once; trials start from the states they end in, so that decades of disease cost nothing in
the trial itself.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.engine.events import EVERYONE, Event
from lobule.errors import InputError, ResultsError
from lobule.files.cohort import CohortFile, read_cohort_file
from lobule.files.design import Design
from lobule.keeping import packed, read_bound, read_own, shown, unpacked, write_bound, write_table
from lobule.keeping.first_edition import read_of_first_edition
from lobule.model.causes import cause, disease
from lobule.model.parameters import values_for
from lobule.patient import Cohort
from lobule.patient.history import RTOL, YEAR
from lobule.patient.markers import criteria_of, traits
from lobule.patient.onset import people
from lobule.patient.precipitants import events_of
from lobule.simulation.crowd import Crowd
from lobule.therapy.care import begun
from lobule.trial.measurement import errors_of

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
TABLE, STATES = "population.parquet", "population.npz"
NO_LONGER = (
    "secreted_ev_gone",
    "vegf",
    "educated_macrophages",
)  # states of earlier versions that the model no longer has
NEEDED = ("number", "etiology", "age", "female", "years")  # columns of the table


@dataclass(frozen=True)
class Population:
    """Virtual patients at enrolment.

    Attributes
    ----------
    table : one row a patient: number (0, 1, ...), etiology, age, female, years (of disease), labs, scores, stage, care
        (standard care that the patient had before and keeps, several joined by a comma; "" for none) and care_years
        since when
    parameters : {constant: (n,)} of those constants that differ between patients
    states : {state of the model: (n,)} on the day of enrolment
    traits : {trait: (n,)} of a person that markers are read from (`lobule.patient.markers`); none of earlier versions
    """

    table: pd.DataFrame
    parameters: dict[str, Values]
    states: dict[str, Values]
    traits: dict[str, Values] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def etiologies(self) -> list[str]:
        """Of every patient."""
        return self.table["etiology"].tolist()

    @property
    def cares(self) -> list[str]:
        """Standard care that every patient had before and keeps, several joined by a comma; "" for none."""
        return self.table["care"].tolist() if "care" in self.table else [""] * len(self)

    def save(self, folder: Path) -> None:
        """Keep the patients in a folder; raises ResultsError when the system refuses."""
        write_table(folder / TABLE, self.table)
        named = {f"parameter {k}": v for k, v in self.parameters.items()}
        named |= {f"state {k}": v for k, v in self.states.items()}
        named |= {f"trait {k}": v for k, v in self.traits.items()}
        write_bound(folder / STATES, packed(named), STATES)

    @classmethod
    def open(cls, folder: Path, *, first_edition: bool = False) -> Population:
        """The patients of a folder.

        Parameters
        ----------
        first_edition : its files have checksums without their names

        Raises
        ------
        ResultsError : they are missing or damaged.
        """
        read = read_of_first_edition if first_edition else read_bound
        content, rows = read(folder / STATES, STATES), read_own(folder / TABLE)
        arrays = None if content is None else unpacked(content)
        table = None if rows is None else _table(rows)
        if arrays is None or table is None or not _fit(table, arrays):
            raise ResultsError(f"{shown(folder)} holds no patients, or damaged ones; run lobule trial again")
        return cls(table, *(
            {k.removeprefix(kind): v for k, v in arrays.items() if k.startswith(kind)}
            for kind in ("parameter ", "state ", "trait ")
        ))  # fmt: skip

    @property
    def digest(self) -> str:
        """Of everything that is known of the patients: every cell of the table, every parameter, state and trait."""
        found = hashlib.sha256(self.table.to_csv(index=False).encode())
        self._add_numbers(found, self.traits)
        return found.hexdigest()[:32]

    @property
    def digest_of_first_edition(self) -> str:
        """Etiology, age, parameters and states alone; ledgers of format 1 are known by it."""
        found = hashlib.sha256(repr(self.etiologies).encode())
        found.update(self.table["age"].to_numpy(float).tobytes())
        self._add_numbers(found)
        return found.hexdigest()[:16]

    def _add_numbers(self, found: hashlib._Hash, *more: dict[str, Values]) -> None:
        for group in (self.parameters, self.states, *more):
            for name in sorted(group):
                found.update(name.encode() + group[name].tobytes())


def _table(content: bytes) -> pd.DataFrame | None:
    import pandas as pd

    try:
        return pd.read_parquet(io.BytesIO(content))
    except Exception:  # whatever pandas and Arrow meet in a damaged file
        return None


def _fit(table: pd.DataFrame, arrays: dict[str, np.ndarray]) -> bool:
    """Each patient has a row and a number in every array, and all columns are there."""
    numbers = [name for name in NEEDED if name != "etiology"]
    return (
        set(NEEDED) <= set(table.columns) and len(table) > 0
        and all(table[name].dtype.kind in "biuf" for name in numbers)
        and all(isinstance(text, str) for text in table["etiology"])
        and all(v.shape == (len(table),) and v.dtype.kind == "f" for v in arrays.values())
    )  # fmt: skip


def enrollable(design: Design, progress: Callable[[str, int], None] | None = None) -> Population:
    """Draw the population of a design.

    Parameters
    ----------
    progress : called with a group and the number of its histories that are done

    Raises
    ------
    InputError : too few virtual patients meet the criteria, or a patient's history cannot be solved.
    """
    who = design.population
    file = (
        read_cohort_file(who.cohort)
        if who.cohort
        else CohortFile(patients=who.patients, groups=who.groups, criteria=None, seed=who.seed)
    )
    care, since = (design.care, design.care_since) if design.care_since else (file.care, file.care_since)
    criteria = " and ".join(c for c in (file.criteria, design.inclusion()) if c) or None
    etiologies = file.etiologies
    errors = errors_of(design) if design.screening == "measured" else None
    cohorts = []
    for group, n in zip(file.groups, file.numbers(), strict=True):
        if n == 0:
            continue

        def advance(done: int, name: str = f"{group.etiology}, {group.stage}") -> None:
            if progress:
                progress(name, done)

        own = criteria_of(criteria, disease(group.etiology, "human").name, etiologies)
        cohorts.append(
            Cohort.sample(
                n, group.etiology, stage=group.stage, like=group.like, criteria=own, seed=file.seed,
                care=care, care_since=since, screening=errors, progress=advance,
            )
        )  # fmt: skip
    return from_cohorts(cohorts)


def from_cohorts(cohorts: list[Cohort]) -> Population:
    """The patients of cohorts, ready to be enrolled; raises InputError when a history cannot be solved."""
    import pandas as pd

    tables, parameters, states, persons = [], [], [], []
    for cohort in cohorts:
        care = cohort.usual.name if cohort.usual else ""
        since = cohort.table["care_years"].to_numpy(float)
        tables.append(cohort.table.assign(care=np.where(np.isnan(since), "", care)))
        ids, years = cohort.table["id"].to_numpy(int), cohort.table["years"].to_numpy(float)
        differs = people(str(cohort.table["etiology"].iloc[0]), cohort.seed, ids)
        usual = values_for("human")
        own = {name: usual[name] * factor for name, factor in differs.items()}
        parameters.append(own)
        persons.append(traits(str(cohort.table["etiology"].iloc[0]), cohort.seed, ids))
        cares: list[Event] = []
        for lane in np.flatnonzero(~np.isnan(since)):
            cares += begun(care, float(years[lane] - since[lane]) * YEAR, int(lane))
        cares += events_of(cohort.table)
        states.append(_states(str(cohort.table["etiology"].iloc[0]), years, own, cares))
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "number", np.arange(len(table)))
    groups = (parameters, states, persons)
    return Population(table, *({k: np.concatenate([p[k] for p in g]) for k in g[0]} for g in groups))


def _states(etiology: str, years: Values, own: dict[str, Values], cares: list[Event]) -> dict[str, Values]:
    """State of every patient after its years of disease, with the care that it had."""
    crowd, onset = Crowd(model.compiled("human")), cause(etiology, "human").events(None, [0.0], None)
    days = years[:, None] * YEAR
    everyone = crowd.add_lanes(len(years), days, {**values_for("human"), **own}, events=[*onset, *cares])
    solved = crowd.solve(crowd.model.states, RTOL)
    failed = [reason for reason in solved.reasons(everyone) if reason]
    if failed:
        raise InputError(f"{len(failed)} histories could not be solved: {failed[0]}")
    return {name: solved.values(everyone, name)[:, 0] for name in crowd.model.states}


def continuing(etiology: str) -> list[Event]:
    """What a disease that began before enrolment still does: its switches; infection lives in the states."""
    compiled = model.compiled("human")
    rows = cause(etiology, "human").events(None, [0.0], None)
    return [Event(EVERYONE, 0.0, e.target, e.kind, e.value) for e in rows if e.target in compiled.constants]
