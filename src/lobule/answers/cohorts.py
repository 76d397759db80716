"""Cohort files become cohorts: each group drawn, put together, written, and drawn beside its published table 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lobule.errors import InputError, LobuleError
from lobule.files.cohort import read_cohort_file
from lobule.keeping import write_files, write_table, writing_into
from lobule.labs import labs
from lobule.patient.cohort import Cohort
from lobule.quantities import column_name

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd


@dataclass(frozen=True)
class Group:
    """One etiology and stage of a cohort."""

    name: str
    cohort: Cohort


@dataclass(frozen=True)
class Drawn:
    """All patients, with the units in the column names, and the groups they come from."""

    table: pd.DataFrame
    groups: tuple[Group, ...]


def draw_cohort(path: str | Path) -> Drawn:
    """Draw a cohort file.

    Raises
    ------
    InputError : the file, a name in it, or criteria that too few patients meet.
    """
    import pandas as pd

    from lobule.progress import say

    file = read_cohort_file(path)
    groups = []
    for group, n in zip(file.groups, file.numbers(), strict=True):
        if n == 0:
            continue
        name = f"{group.etiology}, {group.stage}"
        try:
            cohort = Cohort.sample(
                n, group.etiology, stage=group.stage, like=group.like, criteria=file.criteria, seed=file.seed,
                progress=partial(say, f"histories of {name}"),
            )  # fmt: skip
        except LobuleError as error:
            raise InputError(f"{Path(path).name}: {error}") from error
        groups.append(Group(name, cohort))
    table = pd.concat([g.cohort.table for g in groups], ignore_index=True)
    named = {name: column_name(name, lab.suffix) for name, lab in labs().items()} | {"years": "years_of_disease"}
    return Drawn(table.rename(columns=named), tuple(groups))


def save_cohort(drawn: Drawn, out: Path) -> tuple[Path, Path]:
    """Write the patients and, beside them, two pictures: table 1, and the untreated outlook; gives their paths.

    Raises
    ------
    InputError : another ending than .parquet or .csv. ResultsError : a folder that cannot be written.
    """
    from lobule.patient.outlook import outlook, outlook_curves
    from lobule.report.outlook import outlook_picture
    from lobule.report.style import pictures
    from lobule.report.table_1 import table_1

    def baseline() -> matplotlib.figure.Figure:
        return table_1(
            {group.name: group.cohort.table_1() for group in drawn.groups}, {n: lab.label for n, lab in labs().items()}
        )

    def courses() -> matplotlib.figure.Figure:
        return outlook_picture({g.name: (outlook(g.cohort), outlook_curves(g.cohort)) for g in drawn.groups})

    if out.suffix not in (".parquet", ".csv"):
        raise InputError(f'"{out.name}": write a cohort as .parquet or .csv')
    picture, survival = out.with_suffix(".svg"), out.with_name(f"{out.stem}-outlook.svg")
    with writing_into(out.parent) as folder:
        write_table(out, drawn.table, digits=6)
        write_files(folder, pictures(baseline, picture.name))
        write_files(folder, pictures(courses, survival.name))
    return picture, survival
