"""What an assay reads of a well: `readouts.csv`."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator

from lobule.rows import Row, rows_by


class Readout(Row):
    """What an assay measures: an output of the dish, the cells that show it, whether an active product lowers it."""

    id: str
    title: str
    output: str
    cells: tuple[str, ...]
    falls: bool

    @field_validator("cells", mode="before")
    @classmethod
    def _words(cls, text: str) -> list[str]:
        return text.split()


READOUTS = rows_by("id", Path(__file__).parent / "readouts.csv", Readout)
