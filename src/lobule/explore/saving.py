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
    folder: str | Path,
    stem: str,
    table: pd.DataFrame,
    plot: Callable[[], matplotlib.figure.Figure],
    digits: int = 6,
    **more: pd.DataFrame,
) -> Path:
    """Write STEM.csv, more tables and then, drawn only when all are safe, STEM.svg.

    Raises
    ------
    InputError : a folder that cannot be written; a picture that cannot be drawn is a LobuleWarning.
    """
    from lobule.report.style import pictures

    with writing_into(folder) as folder:
        for name, rows in {stem: table, **more}.items():
            rows.to_csv(folder / f"{name}.csv", index=False, float_format=f"%.{digits}g")
        for name, content in pictures(plot, f"{stem}.svg").items():
            (folder / name).write_bytes(content)
    return folder
