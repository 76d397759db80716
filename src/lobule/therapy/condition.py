"""A condition on an output of the model, such as "alt > 80 U/L": what a physician looks at before the next dose."""

from __future__ import annotations

from lobule import model
from lobule.comparison import Comparison
from lobule.labs import labs


def condition(text: str) -> Comparison:
    """Read a condition, in the output's own unit or that of the clinic.

    Raises
    ------
    InputError : not of the form "output > value unit", an unknown output, another unit.

    >>> condition("ALT > 80 U/L").holds(100.0)
    True
    """
    compiled = model.compiled("mouse")
    written = model.units_of(compiled)
    units = {name: _units(name, written.get(name, "1")) for name in compiled.variables}
    return Comparison.read(text, units, what="a condition", unknown="the model has no output", needs_unit=True)


def _units(output: str, unit: str) -> dict[str, float]:
    """What an output may be written in: the model's unit, of a lab also those of the clinic."""
    if unit == "1":
        return {"": 1.0, "1": 1.0}
    return {unit: 1.0} | (labs()[output].factors() if output in labs() else {})
