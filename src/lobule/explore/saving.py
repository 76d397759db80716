"""Results of an exploration as files: a table and its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lobule.keeping import write_files, write_table, writing_into

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd


def save_tables(
    folder: str | Path,
    kind: str,
    tables: Mapping[str, pd.DataFrame],
    plot: Callable[[], matplotlib.figure.Figure],
    digits: int = 6,
) -> Path:
    """Write every table as NAME.csv and then, drawn only when they are safe, the picture as SVG and PNG, named like
    the first.

    Parameters
    ----------
    kind : the command whose results these are

    Raises
    ------
    ResultsError : the folder or a file cannot be written; a picture that cannot be drawn is a LobuleWarning.
    """
    from lobule.report.style import pictures

    with writing_into(folder, kind) as folder:
        for name, table in tables.items():
            write_table(folder / f"{name}.csv", table, digits)
        first = next(iter(tables))
        write_files(folder, pictures(plot, f"{first}.svg", f"{first}.png"))
    return folder
