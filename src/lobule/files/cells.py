"""Cells of tables: absent, unusable, a value, or an interval ("<5"); and how the text of a cell becomes one of them.

The only place where text of a table becomes a number. What cannot be read for certain is unusable and says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

NOTHING = ("", "na", "n/a", "nan", "null", "none", ".", "-", "missing", "unknown")
SHOWN = 40  # characters of a cell that a message repeats
LONGEST = 80  # characters of a number with its unit
SPACES = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f", " "))  # no-break, thin, narrow no-break
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
RAISED = re.compile(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")

PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NUMBER = re.compile(
    r"(?P<side><=|=<|≤|<|>=|=>|≥|>)?\s*"
    r"(?P<sign>[+-])?\s*"
    r"(?P<digits>[0-9]{1,3}(?:[ '][0-9]{3})+(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)*[.,]?|[.,][0-9]+)"
    r"(?:[eE](?P<power>[+-]?[0-9]+))?"
    r"(?P<rest>.*)"
)
TIMES_TEN = re.compile(r"[x×*·]\s*10\s*(?:\^|\*\*)\s*(?P<power>[+-]?[0-9]+)(?P<rest>.*)")
TEN_TO_THE = re.compile(r"\^\s*(?P<power>[+-]?[0-9]+)(?P<rest>.*)")
UNIT_BEGINS = re.compile(r"(?![xX/]\s*[0-9])(?![xX/]\s*[0-9])[A-Za-zµμ%°/\[(]")
GREATEST_POWER = 9999
SIDES = {"<": "<", "<=": "<=", "≤": "<=", "=<": "<=", ">": ">", ">=": ">=", "≥": ">=", "=>": ">="}
# after a comma or point: exactly three digits may be thousands, anything else cannot
THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


class State(IntEnum):
    """What a cell is."""

    ABSENT = 0
    UNUSABLE = 1
    VALUE = 2
    INTERVAL = 3


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    state : absent, unusable, a value or an interval
    text : as it is written
    low, high : ends of the interval, equal for a value; NaN where absent or unusable
    strict : the written end of the interval is not part of it ("<5", but not "<=5")
    reason : why it is unusable
    """

    state: State
    text: str
    low: float = math.nan
    high: float = math.nan
    strict: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Readings:
    """A column of n cells, in one unit.

    Attributes
    ----------
    written : text of every cell
    state : (n,) a `State` each
    low, high : (n,) ends of what the cell says, equal for a value; NaN where absent or unusable
    strict : (n,) the finite end of the interval is not part of it
    reasons : {row: why the cell is unusable}
    unit : of low and high, "" for a pure number; given : units in which cells have them
    """

    written: list[str]
    state: NDArray[np.int8]
    low: Values
    high: Values
    strict: NDArray[np.bool_]
    reasons: dict[int, str] = field(default_factory=dict)
    unit: str = ""
    given: set[str] = field(default_factory=set)

    @classmethod
    def empty(cls, written: list[str], unit: str = "") -> Readings:
        """All cells absent, to be filled."""
        n = len(written)
        nothing = np.full(n, np.nan)
        return cls(written, np.zeros(n, np.int8), nothing, nothing.copy(), np.zeros(n, bool), {}, unit)

    def __len__(self) -> int:
        return len(self.written)

    def put(self, row: int, low: float, high: float, *, strict: bool = False, interval: bool = False) -> None:
        """Set a cell to a value, or to an interval."""
        self.low[row], self.high[row], self.strict[row] = low, high, strict
        self.state[row] = State.INTERVAL if interval else State.VALUE

    def refuse(self, row: int, reason: str) -> None:
        """Set a cell to unusable."""
        self.low[row] = self.high[row] = np.nan
        self.state[row] = State.UNUSABLE
        self.reasons[row] = printable(reason)

    def cell(self, row: int) -> Cell:
        """One cell."""
        return Cell(State(int(self.state[row])), self.written[row], float(self.low[row]), float(self.high[row]),
                    bool(self.strict[row]), self.reasons.get(row, ""))  # fmt: skip

    def values(self) -> Values:
        """(n,) the values; NaN where a cell is absent, unusable or an interval."""
        return np.where(self.state == State.VALUE, self.low, np.nan)

    def beyond(self) -> NDArray[np.int64]:
        """(n,) -1 where the truth lies below a limit ("<5"), 1 where it lies above one (">5"), else 0."""
        interval = self.state == State.INTERVAL
        return np.where(interval & np.isfinite(self.high), -1, np.where(interval & np.isfinite(self.low), 1, 0))

    def limits(self) -> Values:
        """(n,) values, and of an interval the limit that is written; NaN where absent or unusable."""
        return np.where(self.beyond() < 0, self.high, self.low)

    def estimates(self) -> Values:
        """(n,) values, half the limit of "<5" and the limit of ">5": for charts and means only, never for a verdict."""
        below = (self.beyond() < 0) & (self.low == 0)
        return np.where(below, self.high / 2, self.limits())


@dataclass(frozen=True)
class Written:
    """A number as a cell has it: its value, "<", "<=", ">", ">=" or "", and the text of its unit."""

    value: float
    side: str
    unit: str


def shown(text: str) -> str:
    """A cell or a header in a message: quoted, cut, on one line.

    >>> shown("a" + chr(10) + "b")
    '"a\\\\nb"'
    """
    return f'"{printable(text[:SHOWN])}"'


def printable(text: str) -> str:
    """A text on one line, what cannot be printed as Python writes it."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class NotANumber(ValueError):
    """The text is no number; the message says why, in a few words."""


def read_number(text: str, mark: str = ".", units: Mapping[str, str] | None = None) -> Written:
    """Read a number with its unit: "3.4", "<0.05 EU/mL", "1.1 x 10^11", "12 %"; "3,4" where the mark is a comma.

    Parameters
    ----------
    mark : the decimal mark of the table, "." or ","
    units : {unit as `plain_unit` writes it: unit}; tells "150 x10^9/L" from 150e9

    Raises
    ------
    NotANumber : anything else; a number that is not finite; thousands that could be decimals.

    >>> read_number("1,1 x 10^11 particle/mL", ",")
    Written(value=110000000000.0, side='', unit='particle/mL')
    """
    text = _ascii(text).strip()
    match = NUMBER.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        raise NotANumber("is not a number")
    digits, power, rest = _digits(match["digits"], mark), match["power"], match["rest"].strip()
    known = units or {}
    if power is None and plain_unit(rest) not in known:
        raised = TIMES_TEN.fullmatch(rest) or (TEN_TO_THE.fullmatch(rest) if digits == "10" else None)
        if raised:
            digits = "1" if rest.startswith("^") else digits
            power, rest = raised["power"], raised["rest"].strip()
    if rest and not UNIT_BEGINS.match(rest) and plain_unit(rest) not in known:
        raise NotANumber("is not a number")
    exponent = int(power or 0)
    value = float(f"{match['sign'] or ''}{digits}e{exponent}") if abs(exponent) <= GREATEST_POWER else math.inf
    if not math.isfinite(value) or (value == 0 and digits.strip("0.")):
        raise NotANumber("is beyond the range of numbers")
    return Written(value, SIDES.get(match["side"] or "", ""), rest)


def _ascii(text: str) -> str:
    """Spaces, minus signs, apostrophes and raised digits as plain characters: "10⁹" is 10^9."""
    text = text.translate(SPACES).replace("−", "-").replace("’", "'")
    return RAISED.sub(lambda raised: "^" + raised[0].translate(SUPERSCRIPTS), text)


def plain_unit(text: str) -> str:
    """A unit with what varies from writer to writer taken away: case, spaces, brackets, micro signs, powers of ten.

    >>> plain_unit("[10^9 / L]"), plain_unit("µmol/l"), plain_unit("EU_per_mL")
    ('1e9/l', 'umol/l', 'eu/ml')
    """
    unit = _ascii(text).strip().strip("[]()").lower().replace("µ", "u").replace("μ", "u").replace("percent", "%")
    unit = unit.replace("_per_", "/").replace(" per ", "/").replace("×", "x").replace(" ", "")
    unit = re.sub(r"^x?10(?:\^|\*\*?)([0-9])", r"1e\1", unit)
    return unit.replace("^", "").replace("°", "deg")


def _digits(text: str, mark: str) -> str:
    """Digits with a decimal point and no separators of thousands."""
    other = "," if mark == "." else "."
    text = text.replace(" ", "").replace("'", "")
    if other in text:
        whole, _, decimals = text.partition(mark)
        grouped = re.fullmatch(rf"[0-9]{{1,3}}(?:\{other}[0-9]{{3}})+", whole)
        if not grouped or other in decimals:
            meant = text.replace(other, mark) if text.count(other) == 1 and mark not in text else ""
            raise NotANumber(f"is not a number with a decimal {'point' if mark == '.' else 'comma'}"
                             + (f"; write {meant} if that is what it means" if meant else ""))  # fmt: skip
        if not decimals and whole.count(other) == 1:  # 1,234 may be 1.234 as well
            raise NotANumber(f"may be {whole.replace(other, mark)} or {whole.replace(other, '')}; "
                             "leave out the separator of thousands")  # fmt: skip
        text = whole.replace(other, "") + (mark + decimals if decimals else "")
    if text.count(mark) > 1:
        whole, *groups = text.split(mark)
        if not 1 <= len(whole) <= 3 or any(len(g) != 3 for g in groups):
            raise NotANumber("is not a number")
        raise NotANumber(f"has {len(groups)} decimal marks; leave out the separators of thousands")
    return text.replace(mark, ".")


def decimal_mark(texts: Iterable[str], separator: str) -> str | None:
    """The decimal mark of the numbers of a table.

    A comma when more numbers can only have a decimal comma ("3,45", "0,3") than can only have a point. With cells
    separated by semicolons, numbers that may all be thousands ("1,234") leave it open.

    Returns
    -------
    "." or ","; None where it cannot be told.
    """
    certain = {".": 0, ",": 0}
    open_: set[str] = set()
    for text in texts:
        if "," not in text and "." not in text:
            continue
        match = NUMBER.fullmatch(text.strip()[:LONGEST])
        if match is None:
            continue
        digits = match["digits"].replace(" ", "").replace("'", "").rstrip(".,")
        marks = [c for c in digits if c in ".,"]
        if not marks:
            continue
        if len(set(marks)) == 2:
            certain[marks[-1]] += 1
        elif len(marks) == 1 and not match["power"] and THOUSANDS.fullmatch(digits):
            open_.add(marks[0])
        elif len(marks) == 1:
            certain[marks[0]] += 1
    if certain[","] > certain["."]:
        return ","
    if certain["."] or not open_ or separator == ",":
        return "."
    return None if "," in open_ or separator == ";" else "."
