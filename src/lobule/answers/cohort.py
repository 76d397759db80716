"""`lobule cohort`: a cohort file becomes patients, group by group, beside published cohorts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.errors import InputError, LobuleError
from lobule.files.cohort import read_cohort_file
from lobule.labs import labs
from lobule.patient.cohort import Cohort, histories_for
from lobule.patient.markers import criteria_of
from lobule.patient.outlook import outlook, outlook_curves
from lobule.progress import say
from lobule.quantities import column_name
from lobule.report.outlook import outlook_picture
from lobule.report.records import records

if TYPE_CHECKING:
    import matplotlib.figure

FILE = "cohort.csv"


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
    seed: int


def draw_cohort(path: str | Path) -> Drawn:
    """Draw a cohort file.

    Raises
    ------
    InputError : the file, a name in it, or criteria that too few patients meet.
    """
    file = read_cohort_file(path)
    groups = []
    for group, etiology, n in zip(file.groups, file.etiologies, file.numbers(), strict=True):
        if n == 0:
            continue
        name = f"{group.etiology}, {group.stage}"
        try:
            cohort = Cohort.sample(
                n, group.etiology, stage=group.stage, like=group.like, seed=file.seed,
                criteria=criteria_of(file.criteria, etiology, file.etiologies),
                care=file.care, care_since=file.care_since,
                progress=partial(say, f"histories of {name}", total=histories_for(n, group.stage, bool(file.care))),
            )  # fmt: skip
        except LobuleError as error:
            raise InputError(f"{Path(path).name}: {error}") from error
        groups.append(Group(name, cohort))
    table = pd.concat([g.cohort.table for g in groups], ignore_index=True)
    named = {name: column_name(name, lab.suffix) for name, lab in labs().items()} | {"years": "years_of_disease"}
    return Drawn(table.rename(columns=named), tuple(groups), file.seed)


def cohort(file: Path) -> Answer:
    """Draw a cohort file; beside it its published table 1, and what befalls the untreated.

    Raises
    ------
    InputError : see `draw_cohort`.
    """
    drawn = draw_cohort(file)
    outlooks = {group.name: outlook(group.cohort) for group in drawn.groups}
    title = f"Cohort of {Path(file).name}"
    names = ", ".join(f"{len(group.cohort)} of {group.name}" for group in drawn.groups)
    return Answer(
        title=title,
        said=f"{len(drawn.table)} virtual patients: {names}.",
        text="\n".join(
            [
                *(line for group in drawn.groups for line in _table_1_lines(group)),
                *(line for name, found in outlooks.items() for line in _outlook_lines(name, found)),
                f"{len(drawn.table)} patients",
            ]
        ),
        data={
            "patients": len(drawn.table),
            "file": FILE,
            "picture": "cohort.png",
            "outlook_picture": "cohort-outlook.png",
            "groups": [_data(group, outlooks[group.name]) for group in drawn.groups],
        },
        record=record_of("cohort", title, [file], seed=drawn.seed),
        tables={"cohort": Table(drawn.table, "one row a patient, before any treatment; units in the names of columns")},
        pictures={
            "cohort": Picture(lambda: _baseline(drawn), "table 1 beside that of the published cohort"),
            "cohort-outlook": Picture(
                lambda: outlook_picture({g.name: (outlooks[g.name], outlook_curves(g.cohort)) for g in drawn.groups}),
                "death and decompensation of the untreated, beside published shares",
            ),
        },
        main=FILE,
    )


def _data(group: Group, found: pd.DataFrame) -> dict[str, Any]:
    """A group for programs."""
    one = group.cohort
    return {
        "group": group.name,
        "pool": one.pool,
        "eligible": one.eligible,
        "effective_size": one.effective_size,
        "table_1": records(one.table_1()),
        "outlook": records(found),
    }


def _table_1_lines(group: Group) -> list[str]:
    one = group.cohort
    lines = [
        f"{group.name}: {len(one)} patients of {one.eligible} eligible ones, {one.pool} drawn; the pool is worth "
        f"{one.effective_size:.0f} equal weights"
    ]
    if one.effective_size < len(one):
        lines.append(
            "  fewer equal weights than patients: the published cohort lies at the edge of what the model reaches"
        )
    if one.target is None:
        return [*lines, "  no published cohort of this etiology and stage to compare with"]
    if one.criteria:
        lines.append("  the published cohort has no such criteria, so that their figures must differ")
    legend = "  of skewed labs the geometric mean (the median where quartiles are published), factor of one SD (x/)"
    return [*lines, plain(_read_aloud(one.table_1())), legend]


def _read_aloud(table: pd.DataFrame) -> pd.DataFrame:
    """Table 1 in the units of results: what is compared on the logarithm is a geometric mean with a factor."""
    known, rows = labs(), []
    for row in table.to_dict("records"):
        lab = known.get(row["variable"])
        rows.append(
            {
                "lab": lab.label if lab else row["variable"].replace("_", " "),
                "unit": lab.counted if lab else "",
                "model (mean, SD)": _spread(row["mean"], row["sd"], row["scale"]),
                "published (mean, SD)": _spread(row["published_mean"], row["published_sd"], row["scale"]),
                "difference (SD)": row["difference"],
                "close": row["close"],
                "matched": row["matched"],
            }
        )
    return pd.DataFrame(rows)


def _spread(mean: float, sd: float, scale: str) -> str:
    """Mean and standard deviation, or their geometric kin: "31.8, 6.75" and "60.9 x/ 2.51"; "" where none is known."""
    if mean != mean:
        return ""
    return f"{math.exp(mean):.3g} x/ {math.exp(sd):.3g}" if scale == "log" else f"{mean:.3g}, {sd:.3g}"


def _outlook_lines(name: str, found: pd.DataFrame) -> list[str]:
    said = found.dropna(subset=["model"]).drop(columns=["low", "high", "condition"])
    forms: dict[Any, Any] = {"model": "{:.1%}".format, "published": "{:.1%}".format, "days": "{:.0f}".format}
    return [
        f"{name}: untreated, share that died or decompensated, beside published cohorts; close: "
        f"{int(said['close'].sum())} of {len(said)} (within 10 points or the published interval)",
        plain(said, formatters=forms),
    ]


def _baseline(drawn: Drawn) -> matplotlib.figure.Figure:
    from lobule.report.table_1 import table_1

    labels = {name: lab.label for name, lab in labs().items()}
    return table_1({group.name: group.cohort.table_1() for group in drawn.groups}, labels)
