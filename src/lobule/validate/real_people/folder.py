"""A folder of tables of real people: which table carries which comparison is told by its columns, never by its name.

| table | columns |
|---|---|
| baseline | key, days (of follow-up), died, maybe transplanted, labs: one row a person |
| visits | the same and day (of the visit): a row a visit |
| cohort | id, case.id, age, male, futime, status: cases of fatty liver, and their controls |
| fib4 | id, days, test, value: FIB-4 of people of the cohort |
| waiting | futime, event with ltx: a waiting list |

Labs, signs, age, sex, treatment and etiology are read by the one reader of tables of patients, `lobule.files.people`;
only what it does not use, outcomes and the columns below, is taken here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lobule.errors import InputError
from lobule.files.people import read_people
from lobule.files.person import Person
from lobule.keeping import shown
from lobule.keeping.writing import told
from lobule.model.causes import causes
from lobule.validate.real_people.persons import covariates, until
from lobule.validate.real_people.scores import Outcome

FURTHER = {"dialysis": "dialysis", "il_6_pg_per_mL": "il_6", "white_cells_1e9_per_L": "white_cells"}
COHORT = {"id", "case.id", "age", "male", "futime", "status"}
FIB_4 = {"id", "days", "test", "value"}
WAITING = {"futime", "event"}
FOLLOWED = {"key", "days", "died"}
OUTCOMES = ("days", "died", "transplanted")
USUAL = "pbc"  # the disease where neither the table nor its name says one
CALLED = {"nafld": "mash", "masld": "mash", "nash": "mash", "aih": "autoimmune"}  # what files are called


@dataclass(frozen=True)
class Table:
    """People with their outcome.

    Attributes
    ----------
    name : of the file, without ending
    persons : as the reader has them, in the table's order
    outcome : one row a person, by name: days, died, transplanted (NaN where the table does not say)
    use : "train" or "test" of each; None where the table does not say
    covariates : of the first visit, one row a person
    visits : the table has a row a visit
    notes : how it was understood
    """

    name: str
    persons: tuple[Person, ...]
    outcome: pd.DataFrame
    use: pd.Series | None
    covariates: pd.DataFrame
    visits: bool
    notes: tuple[str, ...] = ()

    @property
    def biliary(self) -> bool:
        """Everybody has primary biliary cholangitis."""
        return all(person.etiology == "pbc" for person in self.persons)

    def followed(self, transplanted: bool) -> Outcome:
        """Time to death, or with `transplanted` to the first of death and transplantation."""
        event = self.outcome["died"].to_numpy(float) > 0
        if transplanted:
            event |= self.outcome["transplanted"].to_numpy(float) > 0
        return Outcome(self.outcome["days"].to_numpy(float), event)


@dataclass(frozen=True)
class Folder:
    """What a folder of tables carries.

    Attributes
    ----------
    tables : people with outcomes; cohort, fib4, waiting : raw, None where there is none
    left : {table: why no comparison reads it}
    """

    tables: tuple[Table, ...]
    cohort: pd.DataFrame | None = None
    fib4: pd.DataFrame | None = None
    waiting: pd.DataFrame | None = None
    left: dict[str, str] = field(default_factory=dict)


def read_folder(folder: str | Path, only: Sequence[str] = (), etiology: str | None = None) -> Folder:
    """Read every .csv of a folder.

    Parameters
    ----------
    only : names of tables, without ending; all when empty
    etiology : of the people of tables that do not say it

    Raises
    ------
    InputError : no such folder or table, no table of a kind that is known, or what the reader refuses.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{shown(folder)} is no folder of tables")
    paths = {path.stem: path for path in sorted(place.glob("*.csv"))}
    unknown = [name for name in only if name not in paths]
    if unknown or not paths:
        raise InputError(f"{shown(folder)} has no table {unknown[0] if unknown else 'at all'} (.csv)")
    tables: list[Table] = []
    kinds: dict[str, pd.DataFrame] = {}
    left: dict[str, str] = {}
    for name, path in paths.items():
        if only and name not in only:
            continue
        frame = _raw(path)
        kind = _kind(frame)
        if kind in ("baseline", "visits"):
            try:
                tables.append(_people(path, frame, kind == "visits", etiology))
            except InputError as error:
                left[name] = str(error)
        elif kind and kind not in kinds:
            kinds[kind] = frame
        else:
            left[name] = f"a second table of the kind {kind}" if kind else _lacks(frame)
    if not tables and not kinds:
        raise InputError(f"{shown(folder)}: {'; '.join(f'{name}: {why}' for name, why in left.items())}")
    return Folder(_first_visits(tables), kinds.get("cohort"), kinds.get("fib4"), kinds.get("waiting"), left)


def _raw(path: Path) -> pd.DataFrame:
    with told(path, "cannot read", InputError):
        try:
            return pd.read_csv(path, dtype={"key": str})
        except (ValueError, UnicodeDecodeError) as error:  # what pandas says of a damaged table
            raise InputError(f"{shown(path)} is no table: {error}") from error


def _kind(frame: pd.DataFrame) -> str:
    there = set(frame.columns)
    if there >= COHORT:
        return "cohort"
    if there >= FIB_4:
        return "fib4"
    if there >= FOLLOWED:
        return "visits" if "day" in there else "baseline"
    return "waiting" if there >= WAITING and (frame["event"] == "ltx").any() else ""


def _lacks(frame: pd.DataFrame) -> str:
    lacking = sorted(FOLLOWED - set(frame.columns))
    return f"no comparison reads it: {', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing"


def _people(path: Path, frame: pd.DataFrame, visits: bool, etiology: str | None) -> Table:
    """The people of a table whose outcome it tells; others are left out and counted."""
    first = frame.dropna(subset="key").drop_duplicates("key").set_index("key")
    first = first.assign(**{name: _numbers(path, first[name]) for name in (*OUTCOMES, *FURTHER) if name in first})
    notes = []
    cause = etiology or _named(path.stem) or USUAL
    read = read_people(path, etiology=None if "etiology" in frame.columns else cause)
    if "etiology" not in frame.columns:
        said = "as was asked" if etiology else "by its name" if _named(path.stem) else "neither it nor its name says"
        notes.append(f"{path.stem}: everybody is taken to have {cause} ({said})")
    persons = tuple(person for person in read.persons if person.etiology is not None)
    if len(persons) < len(read.persons):
        notes.append(f"{path.stem}: {len(read.persons) - len(persons)} people without a cause are left out")
    known = first.loc[[p.name for p in persons if p.name in first.index]]
    good = known[(known["days"] > 0) & known["died"].notna()]
    persons = tuple(person for person in persons if person.name in good.index)
    good = good.loc[[person.name for person in persons]]
    if len(persons) < len(known):
        notes.append(f"{path.stem}: {len(known) - len(persons)} people without an outcome are left out")
    if not persons:
        raise InputError(f"{path.name}: nobody has both a cause and an outcome")
    outcome = pd.DataFrame({
        "days": good["days"], "died": good["died"],
        "transplanted": good.get("transplanted", np.nan),
    })  # fmt: skip
    further = good.rename(columns=FURTHER)[[FURTHER[name] for name in FURTHER if name in good.columns]]
    table = covariates(persons).join(further)
    use = good["use"].astype(str) if "use" in good else None
    return Table(path.stem, persons, outcome, use, table, visits, (*notes, *read.notes))


def _numbers(path: Path, column: pd.Series) -> pd.Series:
    found = pd.to_numeric(column, errors="coerce")
    wrong = column[found.isna() & column.notna()]
    if len(wrong):
        raise InputError(f'{path.name}: "{wrong.iloc[0]}" in the column {column.name} ({wrong.index[0]}) is no number')
    return found.astype(float)


def _named(name: str) -> str | None:
    """The disease that a file's name tells."""
    plain = name.lower()
    return next((cause for word, cause in ({c: c for c in causes()} | CALLED).items() if word in plain), None)


def _first_visits(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables, and the first visits of those people of tables of visits who are in no baseline table."""
    seen = {person.name for table in tables if not table.visits for person in table.persons}
    found = list(tables)
    for table in tables:
        rows = [k for k, person in enumerate(table.persons) if person.name not in seen]
        if table.visits and rows:
            persons = tuple(until(table.persons[k], 1) for k in rows)
            found.append(replace(
                table, name=f"{table.name}, first visits", persons=persons, outcome=table.outcome.iloc[rows],
                use=None if table.use is None else table.use.iloc[rows], covariates=table.covariates.iloc[rows],
                visits=False, notes=(),
            ))  # fmt: skip
    return tuple(found)
