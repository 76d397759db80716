"""Experiments in a dish, in words: cells, stimulus, product, dose and endpoint become a plate and a readout.

A row of `in_vitro_endpoints.csv` says which readout stands for an endpoint, a row of `in_vitro_products.csv` which
product of the library a source used; other words are in `evidence/vocabulary.csv`. What the dish has not is refused by
name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lobule.dish import READOUTS, Dish
from lobule.errors import InputError
from lobule.evidence import in_vitro_rows
from lobule.evidence.vocabulary import all_mentioned, meaning, mentioned
from lobule.files.cells import NotANumber, decimal_mark, read_number, shown
from lobule.files.columns import text_columns
from lobule.files.table import read_table
from lobule.files.vocabulary import Vocabulary
from lobule.rows import Row, read_rows, rows_by

FOLDER = Path(__file__).parent
DOSE, SHARE = "1e9 particle/mL", "50 %"  # assumed where no dose is told
SEEDED = {"macrophages": "1e6 cell/mL", "stellate_cells": "2e5 cell/mL", "hepatocytes": "5e5 cell/mL",
          "t_cells": "1e6 cell/mL"}  # fmt: skip
HOURS = {"macrophages": 24, "stellate_cells": 48, "hepatocytes": 24, "t_cells": 72}
MOST_HOURS = 10_000
NUMBERS = ("dose_value", "duration_h", "ratio_treated_over_stimulated")
NEEDED = ("id", "source_id", "cells", "stimulus", "product", "cell_source", "endpoint", "direction")
BOTH = re.compile(r"\+|,|/| and ")  # between stimuli that are given together


class NotInTheDish(Exception):
    """What a row asks for is not in the dish."""


@dataclass(frozen=True)
class Experiment:
    """A row as the dish understands it.

    sign : -1 where the readout falls as the endpoint rises
    same : the study's own product and endpoint, not one that stands for it
    note : what is assumed
    """

    plate: Dish
    product: str
    dose: str
    readout: str
    sign: int
    same: bool
    note: str


class EndpointInTheDish(Row):
    """Which readout stands for an endpoint of some cells; `cells` is empty where it does of all that show it."""

    endpoint: str
    cells: str = ""
    readout: str
    sign: int
    same: bool
    note: str = ""


class ProductInTheDish(Row):
    """Which product of the library stands for that of a source."""

    source_id: str
    product: str
    same: bool
    note: str = ""


@cache
def endpoints_in_the_dish() -> tuple[EndpointInTheDish, ...]:
    """All endpoints that the dish can read, in the order in which they are tried."""
    return read_rows(FOLDER / "in_vitro_endpoints.csv", EndpointInTheDish)


@cache
def products_in_the_dish() -> dict[str, ProductInTheDish]:
    """Products by source."""
    return rows_by("source_id", FOLDER / "in_vitro_products.csv", ProductInTheDish)


def understood(row: dict[str, str]) -> Experiment:
    """An experiment in the words of the evidence as a plate, what is added and what is read.

    Raises
    ------
    NotInTheDish : cells, stimulus, product or endpoint that the dish has not.
    """
    kinds = [word.means for word in all_mentioned("cells of a dish", row["cells"])]
    if not kinds:
        raise NotInTheDish(f'cells "{row["cells"]}" are not in the dish')
    endpoint, cells = _endpoint(row["endpoint"], kinds)
    product, dose, same, note = _given(row)
    hours = float(row.get("duration_h") or HOURS[cells])
    species = "human" if mentioned("species of cells", row["cells"]) else "mouse"
    plate = Dish({cells: SEEDED[cells]}, stimulus_of(row["stimulus"]), species, duration=f"{hours:g} h")
    notes = [n for n in (note, endpoint.note, row.get("note", "")) if n]
    return Experiment(plate, product, dose, endpoint.readout, endpoint.sign, same and endpoint.same, "; ".join(notes))


def _endpoint(name: str, kinds: list[str]) -> tuple[EndpointInTheDish, str]:
    """The readout of an endpoint and the first of these cells that show it."""
    for endpoint in endpoints_in_the_dish():
        shown = READOUTS[endpoint.readout].cells
        fitting = [k for k in kinds if k in shown and endpoint.cells in ("", k)]
        if endpoint.endpoint == name and fitting:
            return endpoint, fitting[0]
    raise NotInTheDish(f'endpoint "{name}" of {" or ".join(kinds)} is not in the dish')


def stimulus_of(text: str) -> dict[str, str]:
    """What is added to the medium, {stimulus: concentration}, assumed where none is told; of "A or B" the first.

    >>> stimulus_of("LPS + ATP")
    {'lps': '100 ng/mL', 'atp': '5 mM'}

    Raises
    ------
    NotInTheDish : a stimulus that the dish has not.
    """
    lowered = text.lower().split(" or ")[0]
    if lowered.strip() in ("", "none"):
        return {}
    found: dict[str, str] = {}
    for part in BOTH.split(lowered):
        word = mentioned("stimulus", part)
        if word is None:
            raise NotInTheDish(f'stimulus "{text}" is not in the dish')
        found[word.means] = word.amount
    return found


def _given(row: dict[str, str]) -> tuple[str, str, bool, str]:
    """Product, dose, whether the product is the study's own, note."""
    dose, assumed = _dose(row)
    known = products_in_the_dish().get(row["source_id"])
    if known is not None:
        return known.product, dose, known.same, "; ".join(filter(None, (known.note, assumed)))
    source = row["cell_source"].lower().split(" ")[0]
    if row["product"] == "cm":
        return "uc-msc-medium", SHARE, source == "uc", "half of the well is conditioned medium (assumed)"
    if row["product"] not in ("ev", "engineered_ev"):
        raise NotInTheDish(f'product "{row["product"]}" is not in the dish; it takes ev, engineered_ev and cm')
    product = meaning("vesicles from", source)
    native = row["product"] == "ev" and product is not None
    stands = "" if native else "a native product stands for it"
    return product or "uc-msc-ev", dose, native, "; ".join(filter(None, (stands, assumed)))


def _dose(row: dict[str, str]) -> tuple[str, str]:
    """The dose in a well, and a word where another one stands for what the table says."""
    value, unit = row.get("dose_value"), row.get("dose_unit", "")
    known = meaning("unit in a well", unit)
    if value and known:
        return f"{float(value):g} {known}", ""
    return DOSE, f'"{value} {unit}" is no dose of a well, {DOSE} is assumed' if value else ""


def read_experiments(path: str | Path) -> tuple[list[dict[str, str]], list[str]]:
    """Rows of a table with the columns of the evidence's in_vitro.csv, numbers with a decimal point.

    Returns
    -------
    (rows, left out) : rows or columns that are not read, with the reason.

    Raises
    ------
    InputError : no file, a column that is missing, a number that is none, by cell.
    """
    vocabulary = Vocabulary({}, texts=tuple(in_vitro_rows()[0]))
    table = read_table(path, vocabulary)
    columns, unread = text_columns(table, vocabulary, NEEDED)
    left = [*table.notes, *unread]
    numbers = [columns[name] for name in NUMBERS if name in columns]
    mark = decimal_mark((row[k] for row in table.rows for k in numbers), table.separator) or "."
    rows = []
    for row, texts in enumerate(table.rows):
        cells = {name: texts[k] for name, k in columns.items()}
        wrong = next((reason for (r, _), reason in table.unusable.items() if r == row), "")
        for name in NUMBERS:
            if cells.get(name):
                try:
                    cells[name] = _finite(cells[name], mark, MOST_HOURS if name == "duration_h" else float("inf"))
                except NotANumber as error:
                    where = f"{table.name}, {table.place(columns[name], row)}, {name} of {cells['id']}"
                    raise InputError(f"{where}: {shown(cells[name])} {error}") from error
        if wrong:
            left.append(f"{cells['id']} (line {table.lines[row]}): {wrong}")
        else:
            rows.append(cells)
    return rows, left


def _finite(text: str, mark: str, most: float) -> str:
    """A number from 0 to the most, as Python writes it; raises NotANumber."""
    written = read_number(text, mark)
    if written.side or written.unit or not 0 <= written.value <= most:
        raise NotANumber(f"is not a number from 0 to {most:g}" if most < float("inf") else "is not a number from 0 on")
    return repr(written.value)
