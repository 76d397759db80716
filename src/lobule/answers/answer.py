"""What a command gives."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lobule.answers import saving
from lobule.answers.content import Content
from lobule.report.card import card


@dataclass(frozen=True)
class Answer(Content):
    """What a command found out; it can be saved, printed and shown."""

    def save(self, folder: str | Path, formats: Iterable[str] = (), made_from: Iterable[str] = ()) -> Path:
        """Write README.txt, run.json, tables (CSV), pictures (PNG) and further files into a folder, in one step.

        Parameters
        ----------
        folder : new, empty, or of older results of the same command, which are replaced
        formats : further ones of tables and pictures: "svg", "pdf", "parquet", "html"
        made_from : the files it was made from, as seen from the folder

        Raises
        ------
        InputError : an unknown format. ResultsError : something else lies there, or the system refuses.
        NotInstalled : Parquet without the package that writes it.
        """
        return saving.save(self, folder, formats, made_from)

    def save_file(self, path: str | Path) -> dict[str, Path]:
        """Write the main table or file alone, with the pictures beside it; gives {name: path}. Raises ResultsError."""
        return saving.save_file(self, path)

    def to_json(self) -> str:
        """What --json prints."""
        return json.dumps(self.data, indent=2)

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """Title, paragraph, the first picture and the first table, for a notebook."""
        first = next(iter(self.tables.values()), None)
        drawn = next(iter(self.pictures.values()), None)
        return card(
            self.title or f"lobule {self.command}",
            self.said,
            None if first is None else first.frame,
            draw=None if drawn is None else drawn.draw,
        )
