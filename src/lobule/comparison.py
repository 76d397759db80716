"""A comparison in plain words, such as "alt > 80 U/L": of what a physician, a protocol or a design asks."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lobule.errors import InputError, nearest, shown

SIGNS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
OPPOSITE = {">=": "<", "<=": ">", ">": "<=", "<": ">="}
FORM = re.compile(r"\s*([A-Za-z_]\w*)\s*(>=|<=|>|<)\s*([+-]?[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?)\s*(\S*)\s*")
Units = Mapping[str, Mapping[str, float]]  # {name: {unit: what one of it is in the unit used inside}}, that one first


@dataclass(frozen=True)
class Comparison:
    """A named quantity compared with a limit, in the unit used inside.

    >>> Comparison.read("Bilirubin > 2 mg/dL", {"bilirubin": {"umol/L": 1.0, "mg/dL": 17.104}}).holds(35.0)
    True
    """

    name: str
    sign: str
    limit: float

    @classmethod
    def read(
        cls, text: Any, units: Units, *, what: str = "a comparison", example: str = "alt > 80 U/L",
        unknown: str = "no quantity", needs_unit: bool = False,
    ) -> Comparison:  # fmt: skip
        """Read a comparison.

        Parameters
        ----------
        units : of every quantity that may be compared; "" stands for none
        what, example, unknown : for the messages
        needs_unit : a quantity with a unit is refused without one; else it is in the unit used inside

        Raises
        ------
        InputError : another form, an unknown name, a unit that does not fit, a limit that is not finite.

        >>> Comparison.read("change <= -3", {"change": {"": 1.0}})
        Comparison(name='change', sign='<=', limit=-3.0)
        """
        match = FORM.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InputError(f'{shown(text)} is not {what}; write one such as "{example}"')
        name, sign, limit, unit = match[1].lower(), match[2], float(match[3]), match[4]
        if name not in units:
            raise InputError(f"{shown(text)}: {unknown} {shown(match[1])}. {nearest(name, units, 30)}")
        own = next(iter(units[name]))
        unit = {_plain(one): one for one in units[name]}.get(_plain(unit), unit)
        if unit not in units[name] and (unit or (needs_unit and own)):
            known = " or ".join(units[name]) or "no unit"
            raise InputError(f"{shown(text)}: {name} is in {known}, not in {shown(unit)[1:-1] if unit else 'no unit'}")
        limit *= units[name][unit or own]
        if not math.isfinite(limit):
            raise InputError(f"{shown(text)}: the value is not a finite number")
        return cls(name, sign, limit)

    def holds(self, found: Any) -> Any:
        """Whether a value, or each of an array, meets the comparison; a missing one does not."""
        return SIGNS[self.sign](found, self.limit)

    def turned(self) -> Comparison:
        """What holds where this one does not."""
        return Comparison(self.name, OPPOSITE[self.sign], self.limit)

    def __str__(self) -> str:
        """As it is read, without the unit."""
        return f"{self.name} {self.sign} {self.limit:.15g}"


def _plain(unit: str) -> str:
    """A unit without what varies from writer to writer: "µmol/l" is umol/L."""
    return unit.replace("µ", "u").replace("μ", "u").lower()
