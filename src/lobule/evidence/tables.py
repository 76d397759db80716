"""Reads the evidence tables that ship with the package.

facts.csv, facts_2.csv, physiology.csv: a number with unit, range, source and whether the figure was seen at the source.
natural_history.csv: a rate, hazard or course without the new therapy. animal_courses.csv: the same in animals.
cohorts.csv: a lab or trait of people of one etiology and stage.
NAME_2.csv: rows collected later, like NAME.csv, with the address where a figure was read.
meta_clinical.csv, meta_preclinical.csv: an effect pooled over studies. biodistribution.csv: the share of a dose, or how
long it is seen, by organ, time and label.
cargo.csv: a component of a vesicle, its target and how that was shown.
targets.csv: what a credible model must show (the ids A1, C1, D1, P1, T1, ...).
studies.csv, studies_sizes.csv: what a study observed, an endpoint of an arm a row. trials.csv, trials_sizes.csv: the
same in people. sources.csv: where each of these stands.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lobule.errors import InputError, nearest

FOLDER = Path(__file__).parent / "data"
ID_COLUMNS = {
    "facts": "fact_id",
    "facts_2": "fact_id",
    "physiology": "fact_id",
    "physiology_2": "fact_id",
    "natural_history": "nh_id",
    "natural_history_2": "nh_id",
    "cohorts": "cohort_id",
    "cohorts_2": "cohort_id",
    "animal_courses": "row_id",
    "biodistribution": "row_id",
    "meta_clinical": "meta_id",
    "meta_clinical_2": "meta_id",
    "meta_preclinical": "meta_id",
    "cargo": "cargo_id",
    "targets": "target_id",
}
COLLECTIONS = {"studies": ("studies", "studies_sizes"), "trials": ("trials", "trials_sizes")}  # one kind of rows


@dataclass(frozen=True)
class Source:
    """A paper or another place where figures stand; `seen` is false where it was only recalled."""

    id: str
    title: str
    first_author: str
    year: str
    journal: str
    doi: str
    seen: bool
    address: str = ""


@cache
def _rows(table: str) -> list[dict[str, str]]:
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _facts() -> dict[str, dict[str, str]]:
    return {row[column]: row for table, column in ID_COLUMNS.items() for row in _rows(table)}


def table_path(name: str) -> Path:
    """Path of a table that ships with the package, such as "studies".

    Raises
    ------
    InputError : no such table.
    """
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        raise InputError(f'no table "{name}". {nearest(name, (p.stem for p in FOLDER.glob("*.csv")))}')
    return path


def table_paths(kind: str) -> list[Path]:
    """Paths of all tables of one kind that ship with the package, such as "studies"; that of a table alone."""
    return [table_path(name) for name in COLLECTIONS.get(kind, (kind,))]


def known_ids() -> set[str]:
    """Every id that a parameter or product may name as its source."""
    return set(_facts())


def fact(identifier: str) -> dict[str, str]:
    """One row of evidence by id, as a dictionary of its columns.

    Raises
    ------
    InputError : no such id; names the nearest.
    """
    if identifier not in _facts():
        raise InputError(f'no evidence "{identifier}". {nearest(identifier, _facts())}')
    return dict(_facts()[identifier])


@cache
def sources() -> dict[str, Source]:
    """All sources by id."""
    return {
        row["source_id"]: Source(
            id=row["source_id"],
            title=row["title"],
            first_author=row["first_author"],
            year=row["year"],
            journal=row["journal"],
            doi=row["doi"],
            seen=row["seen"] == "seen",
            address=row["url"],
        )
        for table in ("sources", "sources_2")
        for row in _rows(table)
    }


def citation(source_id: str) -> str:
    """One line to cite a source: author, year, title, journal, DOI; "(recalled)" where it was not re-read.

    >>> citation("li2013")[:8]
    'Li 2013.'
    """
    if source_id not in sources():
        raise InputError(f'no source "{source_id}". {nearest(source_id, sources())}')
    source = sources()[source_id]
    written = f"{source.first_author} {source.year}".strip()
    head = f"{written}. {source.title}." if written else f"{source.title}."
    tail = " ".join(part for part in (f"{source.journal}." if source.journal else "", source.doi) if part)
    return f"{head} {tail}".strip() + ("" if source.seen else " (recalled)")


def study_ids() -> list[str]:
    """Ids of the studies in the package."""
    return sorted({row["study_id"] for table in COLLECTIONS["studies"] for row in _rows(table)})


def study_rows(study: str) -> list[dict[str, str]]:
    """What one study observed: an endpoint a row, columns as in the evidence tables.

    Raises
    ------
    InputError : no such study in the package; names the nearest.
    """
    if study not in study_ids():
        raise InputError(f'no study "{study}" in the package. {nearest(study, study_ids())}')
    return [dict(row) for table in COLLECTIONS["studies"] for row in _rows(table) if row["study_id"] == study]


def in_vitro_rows() -> list[dict[str, str]]:
    """Published experiments in a dish: an endpoint a row, columns as in the evidence tables."""
    return [dict(row) for row in _rows("in_vitro")]


def cohort_rows(etiology: str, stage: str) -> list[dict[str, str]]:
    """Published baseline of one cohort: a variable a row, columns as in the evidence tables.

    Raises
    ------
    InputError : no such cohort.
    """
    found = [dict(row) for row in _rows("cohorts") if (row["etiology"], row["stage"]) == (etiology, stage)]
    if not found:
        raise InputError(f'no published cohort of {etiology}, "{stage}"')
    return found


def correlation_rows() -> list[tuple[str, str, float]]:
    """Published rank correlations of baseline variables: two names without "log_", and the coefficient."""
    names = {"il6": "il_6", "wbc": "white_cells"}
    found = []
    for row in _rows("correlations"):
        a, b = (row[key].removeprefix("log_") for key in ("var_a", "var_b"))
        found.append((names.get(a, a), names.get(b, b), float(row["spearman"])))
    return found
