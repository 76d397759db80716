"""Cells of a row of a table of studies: numbers of results, numbers of a design as people write them, words.

A cell that cannot be read raises ValueError with its place; the row is then told and left out.
"""

from __future__ import annotations

import math
import re

from lobule.files.cells import NotANumber, read_number, shown

MOST_ANIMALS = 1_000_000  # of a group, and doses of a course
FREE_NUMBER = re.compile(r"(?<![\w./])[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![/.]?[0-9])", re.ASCII)


class Cells(dict[str, str]):
    """The cells of a row, {column: text}, with their places and the decimal mark of the table."""

    def __init__(self, cells: dict[str, str], places: dict[str, str], mark: str) -> None:
        super().__init__(cells)
        self.places = places
        self.mark = mark

    def wrong(self, name: str, reason: str) -> ValueError:
        """What is wrong with a cell, with its place."""
        return ValueError(f"{name} (cell {self.places[name]}): {reason}")


def number_in(cells: Cells, name: str) -> float | None:
    """A finite number; None of an empty cell."""
    text = cells.get(name, "")
    if not text:
        return None
    try:
        written = read_number(text, cells.mark)
    except NotANumber as error:
        raise cells.wrong(name, f"{shown(text)} {error}") from error
    if written.side or written.unit:
        raise cells.wrong(name, f"{shown(text)} is not a number alone")
    return written.value


def positive_in(cells: Cells, name: str) -> float | None:
    """A number from 0 on; None of an empty cell."""
    value = number_in(cells, name)
    if value is not None and not value >= 0:
        raise cells.wrong(name, f"{value:g} is below 0")
    return value


def loose_number_in(cells: Cells, name: str, least: float = 0) -> float | None:
    """A number of a design, which tables write freely: of "1e5-1e6" the first; words without a number are a problem."""
    text = cells.get(name, "")
    if not text:
        return None
    match = FREE_NUMBER.search(text.replace(",", ".") if cells.mark == "," else text)
    if not match:
        raise cells.wrong(name, f"{shown(text)} is not a number")
    value = float(match[0])
    if not (math.isfinite(value) and value >= least):
        raise cells.wrong(
            name, f"{shown(text)} is beyond the range of numbers" if value > 0 else f"{value:g} is below 0"
        )
    return value


def one_of_in(cells: Cells, name: str, allowed: tuple[str, ...]) -> str:
    """One of some words, whatever its case."""
    text = cells[name].lower()
    if text not in allowed:
        raise cells.wrong(name, f"{shown(cells[name])} is none of {', '.join(allowed)}")
    return text


def count_in(cells: Cells, name: str) -> int | None:
    """A whole number; of "5 planned (mean 2.9)" or "1-2" the first."""
    value = loose_number_in(cells, name)
    if value is not None and (value != int(value) or value > MOST_ANIMALS):
        raise cells.wrong(name, f"{shown(cells[name])} is not a whole number up to {MOST_ANIMALS}")
    return None if value is None else int(value)


def p_value_in(cells: Cells) -> float | None:
    """A p-value, of "<0.05" the limit; None where words stand ("ns")."""
    match = re.search(r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?", cells.get("p_value", ""))
    if match and not float(match[0]) <= 1:
        raise cells.wrong("p_value", f"{shown(cells['p_value'])} is above 1")
    return float(match[0]) if match else None
