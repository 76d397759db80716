"""What a kind of table may hold: its columns with their units, and how people write both.

`synonyms.csv` and `units.csv` beside this file list the usual spellings: one row a spelling, nothing else to change;
`with_units.csv` those that count only with a unit of what they mean.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path

from lobule.files.cells import plain_unit
from lobule.rows import Row, read_rows

FOLDER = Path(__file__).parent
IN_BRACKETS = re.compile(r"(.+?)\s*[\[(]\s*([^\[\]()]+?)\s*[\])]")
BETWEEN_WORDS = re.compile(r"[\s_\-.,:()\[\]]+")


@dataclass(frozen=True)
class Quantity:
    """What a column of numbers may hold.

    Attributes
    ----------
    units : {unit: factor to the first one}; empty for a pure number
    low, high : plausible range, in the first unit
    mistaken : {unit that is none of this quantity, but taken for one: plausible range in it}
    """

    units: Mapping[str, float]
    low: float
    high: float
    mistaken: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """The unit used inside; "" for a pure number."""
        return next(iter(self.units), "")

    def implausible(self, value: float, unit: str) -> str:
        """Why a value in one of the units is not plausible, and which unit it looks like; "" where it is plausible.

        >>> Quantity({"g/dL": 1.0, "g/L": 0.1}, 0.5, 7).implausible(3, "g/L")
        '3 is outside 5 to 70 g/L; 3 g/L looks like g/dL'
        """
        factor = self.units[unit] if unit else 1.0
        if self.low <= value * factor <= self.high:
            return ""
        low, high = (float(f"{end / factor:.4g}") for end in (self.low, self.high))
        said = f"{value:g} is outside {low:g} to {high:g} {unit}".rstrip()
        alike = [u for u, other in self.units.items() if other != factor and self.low <= value * other <= self.high]
        alike += [u for u, (least, most) in self.mistaken.items() if least <= value <= most]
        return f"{said}; {f'{value:g} {unit}'.rstrip()} looks like {alike[0]}" if alike else said

    def spellings(self) -> dict[str, str]:
        """{spelling as `plain_unit` gives it: unit}."""
        found = {written: means for written, means in _rows("units.csv") if means in self.units}
        return found | {plain_unit(unit): unit for unit in self.units}


@dataclass(frozen=True)
class Flag:
    """What a column of a test with two ends may hold: words of the one (1) and of the other (0), in small letters."""

    yes: Sequence[str]
    no: Sequence[str]


@dataclass(frozen=True)
class Vocabulary:
    """The columns that a kind of table may have, by name.

    Attributes
    ----------
    quantities : numbers, with their units
    flags : tests with two ends
    texts : anything else
    words : columns of words that their own reader understands, such as grades
    spare : quantities that nothing needs: one that cannot be read is left out, where another would be refused
    """

    quantities: Mapping[str, Quantity]
    flags: Mapping[str, Flag] = field(default_factory=dict)
    texts: Sequence[str] = ()
    words: Sequence[str] = ()
    spare: Collection[str] = ()

    @cached_property
    def names(self) -> dict[str, str]:
        """{spelling as `plain_name` gives it: column}."""
        known = [*self.quantities, *self.flags, *self.texts, *self.words]
        found = {plain_name(written): means for written, means in _rows("synonyms.csv") if means in known}
        return found | {plain_name(name): name for name in known}

    def by_unit(self, spelling: str, unit: str) -> tuple[str, str] | None:
        """Column and unit of a spelling that says which column it is only with its unit: "PT" in s or in %."""
        for written, name in _rows("with_units.csv"):
            own = self.quantities.get(name)
            if plain_name(written) == spelling and own and self._unit(name, unit) in own.units:
                return name, self._unit(name, unit)
        return None

    @cached_property
    def units(self) -> dict[str, str]:
        """{spelling: unit} of all quantities."""
        return {written: unit for q in self.quantities.values() for written, unit in q.spellings().items()}

    @cached_property
    def _longest_first(self) -> list[str]:
        return sorted((s for s, name in self.names.items() if name in self.quantities), key=len, reverse=True)

    def read(self, header: str) -> tuple[str, str]:
        """Column and unit of a header: "Bilirubin (mg/dL)", "bilirubin_mg_per_dL", "PLT 10^9/L".

        Returns
        -------
        The column's name and its unit as the quantity writes it. A unit that the quantity does not have comes back as
        it is written, "" where none is. The name of a header that is not known is its plain spelling.
        """
        text = " ".join(header.split())
        bracketed = IN_BRACKETS.fullmatch(text)
        if bracketed:
            by_unit = self.by_unit(plain_name(bracketed[1]), bracketed[2])
            if by_unit:
                return by_unit
            name = self.names.get(plain_name(bracketed[1]), plain_name(bracketed[1]))
            return name, self._unit(name, bracketed[2])
        plain = plain_name(text)
        if plain in self.names:
            return self.names[plain], ""
        for spelling in self._longest_first:
            match = _begins(text, spelling)
            if match:
                name = self.names[spelling]
                unit = self._unit(name, match)
                # "Na_status" is no sodium: a short spelling counts only with a unit behind it, "inr_date" is no INR
                own = self.quantities[name].units
                if unit in own or (spelling == name and (own or plain_unit(match) in _all_units())):
                    return name, unit
        for spelling in {plain_name(written) for written, _ in _rows("with_units.csv")}:
            by_unit = self.by_unit(spelling, _begins(text, spelling))
            if by_unit:
                return by_unit
        return plain, ""

    def _unit(self, name: str, text: str) -> str:
        text = text.strip()
        if name not in self.quantities:
            return text
        return self.quantities[name].spellings().get(plain_unit(text), text.replace("_per_", "/"))

    def known(self, row: Sequence[str]) -> int:
        """How many cells of a row are headers of this vocabulary."""
        return sum(self.read(cell)[0] in self.names.values() for cell in row if cell)

    def near(self, header: str) -> str:
        """The known name closest to a header; "" where none is close."""
        close = difflib.get_close_matches(plain_name(IN_BRACKETS.sub(r"\1", header)), self.names, n=1, cutoff=0.6)
        return self.names[close[0]] if close else ""


@lru_cache(10_000)  # every spelling of the vocabulary is asked for again with every header
def plain_name(header: str) -> str:
    """A header in small letters with underscores between its words.

    >>> plain_name("Lot No."), plain_name("particles-per ug")
    ('lot_no', 'particles_per_ug')
    """
    return BETWEEN_WORDS.sub("_", header.strip().lower()).strip("_")


def _begins(text: str, spelling: str) -> str:
    """What stands behind the words of a spelling at the beginning of a header; "" where it does not begin so."""
    match = re.match(
        r"[\s_\-.,:]+".join(map(re.escape, spelling.split("_"))) + r"(?:[\s_\-.,:]+|(?=%))(.+)", text, re.I
    )
    return match[1] if match else ""


class _Spelling(Row):
    written: str
    means: str


@cache
def _all_units() -> frozenset[str]:
    return frozenset(plain_unit(text) for row in _rows("units.csv") for text in row)


@cache
def _rows(name: str) -> tuple[tuple[str, str], ...]:
    return tuple((row.written, row.means) for row in read_rows(FOLDER / name, _Spelling))
