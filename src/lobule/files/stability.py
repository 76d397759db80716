"""Stability tables: batch, time, temperature, and attributes with their units (CSV, XLSX, Parquet)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError, nearest
from lobule.files.batches import QUANTITIES
from lobule.files.tables import Fault, Quantity, read_table, understand

MONTH = 365.25 / 12
OWN = {
    "time": Quantity({"month": 1.0, "d": 1 / MONTH, "wk": 7 / MONTH, "year": 12.0}, 0, 600),
    "temperature": Quantity({"degC": 1.0}, -200, 100),
}
KNOWN = OWN | {name: q for name, q in QUANTITIES.items() if not name.startswith("storage_")}


@dataclass(frozen=True)
class StabilityData:
    """Measurements of one attribute, each (n,): batch, months, temperature (degrees Celsius, NaN where not given),
    value; and cells that were left out."""

    attribute: str
    unit: str
    batch: NDArray[np.str_]
    months: NDArray[np.float64]
    temperature: NDArray[np.float64]
    value: NDArray[np.float64]
    faults: list[Fault]


def read_stability(path: str | Path, attribute: str | None = None) -> StabilityData:
    """Read a table.

    Parameters
    ----------
    attribute : which one; the first that the table has when None

    Raises
    ------
    InputError : no batch, time or attribute; a unit that is missing or wrong, by cell.
    """
    table = read_table(path, [u for q in KNOWN.values() for u in q.units])
    columns = understand(table, KNOWN, (), ("batch",))
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
    months, value = columns.numbers["time"], columns.numbers[attribute]
    temperature = columns.numbers.get("temperature", np.full(len(table), np.nan))
    usable = np.isfinite(months) & np.isfinite(value)
    if not usable.any():
        raise InputError(f"{table.name}: no row has both a time and {attribute}")
    return StabilityData(attribute, QUANTITIES[attribute].unit, np.array(columns.texts["batch"])[usable],
                         months[usable], temperature[usable], value[usable], table.faults)  # fmt: skip
