"""What scores take: numbers and truth values, checked once, so that nothing impossible becomes a score.

A missing value (NaN, None, a masked entry) stays missing and makes the score missing; what cannot be at all (text, a
negative concentration, infinity, a flag that is neither yes nor no) is refused with its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobule.errors import InputError

Numbers = NDArray[np.float64]
ROUNDING = 1e-6  # a simulation may end this far below 0
LARGEST = 1e9  # no lab in any unit of the scores is larger
FARTHEST = 1e3  # no score or difference is farther from 0


def inputs(signed: Iterable[str] = (), flags: Iterable[str] = (), **given: ArrayLike) -> list[Numbers]:
    """The inputs of a score in their order, as float arrays that fit each other.

    Parameters
    ----------
    signed : names of those that may be negative
    flags : names of those that are yes or no (True, False, 1, 0), given back as 1, 0 and NaN
    given : numbers or arrays of one shape

    Raises
    ------
    InputError : text, truth values where numbers belong, numbers below 0 or absurdly large, shapes that do not fit.

    >>> inputs(bilirubin=[1, None], inr=2)
    [array([ 1., nan]), array(2.)]
    """
    signed, flags = set(signed), set(flags)
    read = [_flags(k, v) if k in flags else _numbers(k, v, k in signed) for k, v in given.items()]
    try:
        np.broadcast_shapes(*(array.shape for array in read))
    except ValueError as error:
        shapes = ", ".join(f"{k} {array.shape}" for k, array in zip(given, read, strict=True))
        raise InputError(f"inputs of different shapes: {shapes}") from error
    return read


def _array(name: str, value: Any) -> NDArray[Any]:
    """As an array of numbers or truth values, masked entries missing."""
    masked = np.ma.getmask(value)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(f"{name}: rows of different length are no array of numbers", (name,)) from error
    if array.dtype == object:
        array = _from_objects(name, array)
    if array.dtype.kind not in "iufb":
        raise InputError(f"{name}: {str(array.ravel()[:1].tolist())[1:-1][:40]} is not a number", (name,))
    return np.where(masked, np.nan, array) if np.any(masked) else array


def _from_objects(name: str, array: NDArray[np.object_]) -> Numbers:
    """Numbers among which some are missing (None, pandas' NA)."""
    import pandas as pd

    numbers = np.full(array.shape, np.nan)
    for place, entry in np.ndenumerate(array):
        if isinstance(entry, int) and abs(entry) >= 2**1023:
            raise InputError(f"{name}: a number of {len(str(entry))} digits is too large", (name, *place))
        if isinstance(entry, (bool, int, float, np.number, np.bool_)):
            numbers[place] = float(entry)
        elif not (entry is None or entry is pd.NA or entry is pd.NaT):
            raise InputError(f"{name}: {str(entry)[:40]!r} is not a number", (name, *place))
    return numbers


def _numbers(name: str, value: Any, signed: bool) -> Numbers:
    array = _array(name, value)
    if array.dtype.kind == "b":
        raise InputError(f"{name} is a number, not a truth value", (name,))
    numbers = array.astype(float)
    low, high = (-FARTHEST, FARTHEST) if signed else (0.0, LARGEST)
    wrong = (numbers < low - ROUNDING) | (numbers > high)
    return _refuse(name, numbers, wrong, f"is outside {low:g} to {high:g}")


def _flags(name: str, value: Any) -> Numbers:
    numbers = _array(name, value).astype(float)
    wrong = ~(np.isnan(numbers) | (numbers == 0) | (numbers == 1))
    return _refuse(name, numbers, wrong, "is neither yes (1) nor no (0)")


def _refuse(name: str, numbers: Numbers, wrong: NDArray[np.bool_], why: str) -> Numbers:
    if wrong.any():
        place = tuple(int(k) for k in np.argwhere(wrong)[0])
        at = f" at position {', '.join(map(str, place))}" if place else ""
        raise InputError(f"{name}: {numbers[place]:g}{at} {why}", (name, *place))
    return numbers
