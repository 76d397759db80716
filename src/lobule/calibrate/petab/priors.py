"""Priors of PEtab v1 (`objectivePriorType`): logarithm of the density at a parameter's value.

The density is that of the parameter itself; for the kinds that begin with parameterScale, of the parameter on its
parameterScale. It is not cut at the bounds of the search. pyPESTO counts the same way, except that it leaves
parameterScaleUniform out, which is the same at every value inside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lobule.errors import shown
from lobule.files.petab import Row, as_number

TYPE, PARAMETERS = "objectivePriorType", "objectivePriorParameters"
ON_SCALE = "parameterScale"
KINDS = (
    "uniform", "normal", "laplace", "logNormal", "logLaplace",
    "parameterScaleUniform", "parameterScaleNormal", "parameterScaleLaplace",
)  # fmt: skip


@dataclass(frozen=True)
class Prior:
    """kind : one of KINDS; first, second : bounds of a uniform prior, else location and scale; scale : lin, log, log10

    >>> round(Prior("logNormal", 0.0, 1.0, "lin").log_density(1.0), 6)
    -0.918939
    """

    kind: str
    first: float
    second: float
    scale: str

    def __str__(self) -> str:
        return f"{self.kind} {self.first:g};{self.second:g}"

    def log_density(self, value: float) -> float:
        """At a value on the linear scale; -inf outside."""
        shape, at, slope = self.kind, value, 1.0
        if value <= 0 and (shape.startswith("log") or (shape.startswith(ON_SCALE) and self.scale != "lin")):
            return -math.inf
        if shape.startswith(ON_SCALE):
            shape, at = shape.removeprefix(ON_SCALE).lower(), scaled(value, self.scale)
        elif shape.startswith("log"):
            shape, at, slope = shape.removeprefix("log").lower(), math.log(value), value
        if shape == "uniform":
            return -math.log(self.second - self.first) if self.first <= at <= self.second else -math.inf
        z = (at - self.first) / self.second
        if shape == "normal":
            return -0.5 * z * z - math.log(self.second * math.sqrt(2 * math.pi) * slope)
        return -abs(z) - math.log(2 * self.second * slope)


def scaled(value: float, scale: str) -> float:
    """A value on a parameter scale; raises ValueError for what has no logarithm."""
    return value if scale == "lin" else math.log(value) if scale == "log" else math.log10(value)


def read_prior(row: Row, scale: str) -> Prior | None:
    """The prior of a row of the parameter table, None where it names none.

    Raises
    ------
    InputError : an unknown kind, parameters that are not two numbers, a spread that is not above 0, an empty range.
    """
    kind, text = row.text(TYPE), row.text(PARAMETERS)
    if not kind:
        if text:
            raise row.wrong(TYPE, f"the cell is empty, and {PARAMETERS} says {shown(text)}")
        return None
    if kind not in KINDS:
        raise row.wrong(TYPE, f"{shown(kind)} is none of {', '.join(KINDS)}")
    if not text and kind == "parameterScaleUniform":
        bounds = [row.number(column) for column in ("lowerBound", "upperBound")]
        if scale != "lin" and min(bounds) <= 0:
            raise row.wrong("lowerBound", f"{min(bounds):g} has no logarithm, and the scale is {scale}")
        first, second = (scaled(bound, scale) for bound in bounds)
    else:
        parts = [as_number(part.strip()) for part in text.split(";")]
        numbers = [part for part in parts if part is not None]
        if len(parts) != 2 or len(numbers) != 2:
            raise row.wrong(PARAMETERS, f"{shown(text)} is not two numbers with a ; between them")
        first, second = numbers
    if kind.lower().endswith("uniform") and not first < second:
        raise row.wrong(PARAMETERS, f"{first:g} is not below {second:g}")
    if not kind.lower().endswith("uniform") and second <= 0:
        raise row.wrong(PARAMETERS, f"the spread {second:g} is not above 0")
    return Prior(kind, first, second, scale)
