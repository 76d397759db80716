"""Results of an exploration as files: a table and its picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lobule.files.writing import writing_into

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd


def save_table(
    folder: str | Path, stem: str, table: pd.DataFrame, plot: Callable[[], matplotlib.figure.Figure], digits: int = 6
) -> Path:
    """Write STEM.csv and then, drawn only when the table is safe, STEM.svg; raises InputError where that fails."""
    with writing_into(folder) as folder:
        table.to_csv(folder / f"{stem}.csv", index=False, float_format=f"%.{digits}g")
        plot().savefig(folder / f"{stem}.svg")
    return folder
