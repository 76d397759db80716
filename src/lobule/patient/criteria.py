"""Inclusion and exclusion criteria in plain words: "meld >= 10 and albumin < 35 and age <= 70"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.comparison import Comparison
from lobule.errors import InputError, shown
from lobule.labs import labs, why_not
from lobule.patient.episodes import SINCE
from lobule.patient.history import OUTPUTS
from lobule.scores.markers import MARKERS

OF_COHORTS = (*(name for name in OUTPUTS if name in labs()), "liver_stiffness", *MARKERS, "meld", "meld_na",
              "child_pugh", "age")  # fmt: skip
# name: units in which a criterion may be written, that of results first
KNOWN = {name: labs()[name].factors() for name in OF_COHORTS} | {"years": {"years": 1.0}, "stage": {"": 1.0},
                                                                 "female": {"": 1.0}}  # fmt: skip
KNOWN |= {name: {"d": 1.0} for name in SINCE}


@dataclass(frozen=True)
class Criteria:
    """All must hold."""

    rules: tuple[Comparison, ...]

    @classmethod
    def read(cls, text: str) -> Criteria:
        """Read criteria joined by "and".

        Raises
        ------
        InputError : a part that is no comparison, an unknown name, another unit, two parts that nothing meets.
        """
        if not isinstance(text, str):
            raise InputError(f'criteria are a text such as "meld >= 10", not {shown(text)}')
        parts = re.split(r"\s+and\s+|,", text)
        for part in parts:
            reason = why_not(re.split(r"[<>=]", part)[0].strip())
            if reason:
                raise InputError(f"{shown(part.strip())} can be no criterion: {reason}")
        rules = [Comparison.read(part, KNOWN, what="a criterion", example="albumin < 35 g/L") for part in parts]
        _refuse_contradiction(rules)
        return cls(tuple(rules))

    def met(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Where all rules hold."""
        return np.logical_and.reduce(np.broadcast_arrays(*(rule.holds(values[rule.name]) for rule in self.rules)))


def _refuse_contradiction(rules: list[Comparison]) -> None:
    lowest = [rule for rule in rules if rule.sign[0] == ">"]
    highest = [rule for rule in rules if rule.sign[0] == "<"]
    for low, high in itertools.product(lowest, highest):
        both = {low.sign, high.sign} == {">=", "<="}
        if low.name == high.name and (low.limit > high.limit or (low.limit == high.limit and not both)):
            raise InputError(f"nothing is both {low} and {high}")
