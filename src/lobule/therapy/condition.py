"""A condition on an output of the model, such as "alt > 80 U/L": what a physician looks at before the next dose."""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass

from lobule import model
from lobule.errors import InputError, nearest, shown

COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
TEXT = re.compile(r"\s*([A-Za-z_]\w*)\s*(>=|<=|>|<)\s*([+-]?[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?)\s*(\S*)\s*")


@dataclass(frozen=True)
class Condition:
    """output compared with a value, in the output's own unit.

    >>> Condition.read("ALT > 80 U/L").holds(100.0)
    True
    """

    output: str
    comparison: str
    value: float
    unit: str

    @classmethod
    def read(cls, text: str) -> Condition:
        """Read a condition.

        Raises
        ------
        InputError : not of the form "output > value unit", an unknown output, another unit.
        """
        match = TEXT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InputError(f'{shown(text)} is not a condition; write one such as "alt > 80 U/L"')
        output, comparison, value, unit = match[1].lower(), match[2], float(match[3]), match[4]
        compiled = model.compiled("mouse")
        if output not in compiled.variables:
            raise InputError(
                f"{shown(text)}: the model has no output {shown(match[1])}. {nearest(output, compiled.variables)}"
            )
        right = model.units_of(compiled).get(output, "1")
        if (unit or "1") != right:
            raise InputError(
                f"{shown(text)}: {output} is in {right}, not in {shown(unit)[1:-1] if unit else 'no unit'}"
            )
        if not math.isfinite(value):
            raise InputError(f"{shown(text)}: the value is not a finite number")
        return cls(output, comparison, value, unit)

    def holds(self, found: float) -> bool:
        """Whether a value of the output meets the condition."""
        return bool(COMPARISONS[self.comparison](found, self.value))
