"""A table of submission in memory: its columns in the order of the guide, each of the type that the guide gives it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.cdisc.metadata import Dataset, Variable, known_datasets, known_variables, variable

if TYPE_CHECKING:
    import pandas as pd

LONGEST_TEXT = 200  # characters of a transport file of version 5
WORDS = {"≥": ">=", "≤": "<=", "µ": "u", "μ": "u", "×": "x", "–": "-", "—": "-", "ß": "ss"}


@dataclass(frozen=True)
class Table:
    """A table with what Define-XML says of it.

    Attributes
    ----------
    dataset : name, label, keys
    frame : a column a variable; text "" where empty, numbers NaN, dates NaT
    variables : of the columns, in their order
    """

    dataset: Dataset
    frame: pd.DataFrame
    variables: tuple[Variable, ...]

    def __len__(self) -> int:
        return len(self.frame)

    def length(self, name: str) -> int:
        """Of a variable in a transport file: of the longest text, 8 for a number."""
        column = self.frame[name]
        if column.dtype.kind != "O":
            return 8
        return max(1, *(len(text) for text in column)) if len(column) else 1


def table(name: str, columns: Mapping[str, Any], *, sort: bool = True) -> Table:
    """A table of the given columns, ordered as the guide has them and sorted by its keys.

    Parameters
    ----------
    columns : {variable: values or one value}; text that a transport file cannot hold is written in plain letters

    Raises
    ------
    KeyError : a column that is not a variable of the table.
    """
    import pandas as pd

    dataset = known_datasets()[name]
    found = {given: variable(name, given) for given in columns}
    unknown = [given for given, one in found.items() if one is None]
    if unknown:
        raise KeyError(f"{name} has no variable {', '.join(unknown)}")
    order = {one.name: k for k, one in enumerate(known_variables(name))}
    known = sorted(
        (one for one in found.values() if one is not None),
        key=lambda one: (order.get(_pattern(one, order), 0), one.name),
    )
    length = next((len(values) for values in columns.values() if not isinstance(values, str) and np.ndim(values)), 0)
    frame = pd.DataFrame({one.name: _typed(one, columns[one.name], length) for one in known})
    if sort and len(frame):
        frame = frame.sort_values([key for key in dataset.key_variables if key in frame], kind="stable")
    return Table(dataset, frame.reset_index(drop=True), tuple(known))


def _pattern(one: Variable, order: Mapping[str, int]) -> str:
    if one.name in order:
        return one.name
    return next(name for name in order if "#" in name and name.replace("#", one.name[5]) == one.name)


def _typed(one: Variable, values: Any, length: int) -> Any:
    import pandas as pd

    if one.type in ("text", "iso"):
        each = np.full(length, values, object) if isinstance(values, str) or np.ndim(values) == 0 else values
        return pd.Series([plain(value) for value in each], dtype=object)
    if one.type == "date":
        return pd.Series(pd.to_datetime(pd.Series(np.broadcast_to(values, length)))).astype("datetime64[ns]")
    return pd.Series(np.array(np.broadcast_to(np.asarray(values, float), length)))


@lru_cache(maxsize=1 << 16)  # most texts stand in many records
def plain(text: Any) -> str:
    """A text as a transport file can hold it: letters of ASCII, at most 200 characters.

    >>> plain("Köln, 5 µg"), plain(None)
    ('Koln, 5 ug', '')
    """
    if text is None:
        return ""
    written = "".join(WORDS.get(letter, letter) for letter in str(text))
    bare = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode()
    return " ".join(bare.split())[:LONGEST_TEXT]
