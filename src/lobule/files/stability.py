"""Stability tables: batch, time, temperature, and attributes with their units (CSV, XLSX, Parquet)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError, nearest
from lobule.files.batches import QUANTITIES
from lobule.files.columns import understand
from lobule.files.table import Fault, read_table
from lobule.files.vocabulary import Quantity, Vocabulary

MONTH = 365.25 / 12
OWN = {
    "time": Quantity({"month": 1.0, "d": 1 / MONTH, "wk": 7 / MONTH, "year": 12.0}, 0, 600),
    "temperature": Quantity({"degC": 1.0}, -200, 100),
}
KNOWN: dict[str, Quantity] = OWN | {name: q for name, q in QUANTITIES.items() if not name.startswith("storage_")}
FACTORS = ("strength", "container")  # of designs that bracket or matrix (ICH Q1D)
VOCABULARY = Vocabulary(KNOWN, texts=("batch", *FACTORS))


@dataclass(frozen=True)
class StabilityData:
    """Measurements of one attribute, each (n,): batch (with strength and container, where the table has them), lot (its
    name alone), presentation (strength and container alone, "" where the table has none), months, temperature (degrees
    Celsius, NaN where not given), value (half the limit of "<x", the limit of ">x"); cells that were left out; what a
    reader should know."""

    attribute: str
    unit: str
    batch: NDArray[np.str_]
    lot: NDArray[np.str_]
    presentation: NDArray[np.str_]
    months: NDArray[np.float64]
    temperature: NDArray[np.float64]
    value: NDArray[np.float64]
    faults: list[Fault]
    notes: list[str]


def read_stability(path: str | Path, attribute: str | None = None, sheet: str | None = None) -> StabilityData:
    """Read a table.

    Parameters
    ----------
    attribute : which one; the first that the table has when None
    sheet : of a workbook with several

    Raises
    ------
    InputError : no batch, time or attribute; a unit that is missing or wrong, by cell.
    """
    table = read_table(path, VOCABULARY, sheet)
    columns = understand(table, VOCABULARY)
    for name, there in (("batch", columns.texts), ("time", columns.numbers)):
        if name not in there:
            raise InputError(f'{table.name}: the column "{name}" is missing')
    measured = [name for name in columns.numbers if name not in OWN]
    if attribute is None:
        if not measured:
            raise InputError(f"{table.name}: no attribute is known. {nearest(table.headers[-1], KNOWN, 40)}")
        attribute = measured[0]
    if attribute not in measured:
        raise InputError(f'{table.name}: no column "{attribute}". {nearest(attribute, measured)}')
    for name in OWN:
        for row in np.flatnonzero(columns.numbers[name].beyond()) if name in columns.numbers else ():
            text = columns.numbers[name].written[row]
            table.fault(int(row), columns.places[name], f'"{text}" is a limit, not a value')
    months, cells = columns.numbers["time"].values(), columns.numbers[attribute]
    value = cells.estimates()
    temperature = columns.numbers["temperature"].values() if "temperature" in columns.numbers else months * np.nan
    named = np.array([bool(name) for name in columns.texts["batch"]])
    for row in np.flatnonzero(~named & np.isfinite(value)):
        table.fault(int(row), columns.places["batch"], "the batch has no name")
    usable = np.isfinite(months) & np.isfinite(value) & named
    if not usable.any():
        raise InputError(f"{table.name}: no row has both a time and {attribute}")
    notes = [*table.notes, *columns.unread]
    untimed = int((np.isfinite(value) & named & ~np.isfinite(months)).sum())
    if untimed:
        notes.append(f"{untimed} values of {attribute} have no time and are left out")
    cold = int((usable & ~np.isfinite(temperature)).sum())
    if cold and np.isfinite(temperature[usable]).any():
        notes.append(f"{cold} values of {attribute} have no temperature and are left out")
    lots = names = np.array(columns.texts["batch"])
    used = [name for name in FACTORS if name in columns.texts]
    presentations = _joined([columns.texts[name] for name in used], len(names))
    if used:
        names = _joined([lots.tolist(), presentations.tolist()], len(lots))
        notes += _design(used, columns.texts, names, months, usable)
    limits = int((cells.beyond() != 0)[usable].sum())
    if limits:
        notes.append(f'{limits} values of {attribute} are limits: "<x" counts as half of x, ">x" as x')
    return StabilityData(
        attribute, QUANTITIES[attribute].unit, names[usable], lots[usable], presentations[usable], months[usable],
        temperature[usable], value[usable], table.faults, notes,
    )  # fmt: skip


def _joined(parts: list[list[str]], rows: int) -> NDArray[np.str_]:
    """Texts of each row with a comma between them; "" without any."""
    return np.array([", ".join(filter(None, row)) for row in zip(*parts, strict=True)] if parts else [""] * rows)


def _design(
    used: list[str], texts: dict[str, list[str]], names: NDArray[np.str_], months: NDArray[np.float64],
    usable: NDArray[np.bool_],
) -> list[str]:  # fmt: skip
    """What a design with several strengths or containers leaves out, in sentences."""
    lines = []
    for name in used:
        levels = list(dict.fromkeys(np.array(texts[name])[usable].tolist()))
        if len(levels) > 1:
            lines.append(
                f"bracketing: {name} {', '.join(map(str, levels))}; each has a line of its own, and what lies between "
                "them has the shelf life of the worst (ICH Q1D)"
            )
    tested = len({(str(n), float(m)) for n, m in zip(names[usable], months[usable], strict=True)})
    whole = len(set(names[usable].tolist())) * len(set(months[usable].tolist()))
    if tested < whole:
        lines.append(
            f"matrixing: {tested} of {whole} combinations of batch, {', '.join(used)} and month were measured; the "
            "limits are as wide as what is missing makes them (ICH Q1D)"
        )
    return lines
