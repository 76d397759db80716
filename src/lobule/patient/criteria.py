"""Inclusion and exclusion criteria in plain words: "meld >= 10 and albumin < 35 and age <= 70"."""

from __future__ import annotations

import itertools
import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError, nearest, shown
from lobule.labs import labs
from lobule.patient.history import OUTPUTS

COMPARISONS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
OF_COHORTS = (*(name for name in OUTPUTS if name in labs()), "meld", "meld_na", "child_pugh", "age")
# name: unit in which a criterion is written
KNOWN = {name: labs()[name].suffix for name in OF_COHORTS} | {"years": "years", "stage": "", "female": ""}
ONE = re.compile(r"\s*([A-Za-z_]\w*)\s*(>=|<=|>|<)\s*([+-]?[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?)\s*(\S*)\s*")


@dataclass(frozen=True)
class Criteria:
    """All must hold."""

    rules: tuple[tuple[str, str, float], ...]

    @classmethod
    def read(cls, text: str) -> Criteria:
        """Read criteria joined by "and".

        Raises
        ------
        InputError : a part that is no comparison, an unknown name, another unit, two parts that nothing meets.
        """
        rules = []
        if not isinstance(text, str):
            raise InputError(f'criteria are a text such as "meld >= 10", not {shown(text)}')
        for part in re.split(r"\s+and\s+|,", text):
            match = ONE.fullmatch(part)
            if match is None:
                raise InputError(
                    f'{shown(part)} is not a criterion; write one such as "meld >= 10" or "albumin < 35 g/L"'
                )
            name, unit = match[1].lower(), match[4]
            if name not in KNOWN:
                raise InputError(f"{shown(part)}: no quantity {shown(match[1])}. {nearest(name, KNOWN, 30)}")
            right = KNOWN[name]
            if unit and unit != right:
                raise InputError(f"{shown(part)}: {name} is in {right or 'no unit'}, not in {shown(unit)[1:-1]}")
            if not math.isfinite(float(match[3])):
                raise InputError(f"{shown(part)}: the value is not a finite number")
            rules.append((name, match[2], float(match[3])))
        _refuse_contradiction(rules)
        return cls(tuple(rules))

    def met(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Where all rules hold."""
        found = [COMPARISONS[sign](values[name], limit) for name, sign, limit in self.rules]
        return np.logical_and.reduce(np.broadcast_arrays(*found))


def _refuse_contradiction(rules: list[tuple[str, str, float]]) -> None:
    lowest = [rule for rule in rules if rule[1][0] == ">"]
    highest = [rule for rule in rules if rule[1][0] == "<"]
    for (name, above, low), (other, below, high) in itertools.product(lowest, highest):
        if name == other and (low > high or (low == high and len(above + below) < len(">=<="))):
            raise InputError(f"nothing is both {name} {above} {low:g} and {name} {below} {high:g}")
