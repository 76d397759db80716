"""Arguments of public functions that are no quantity: truth values, numbers, counts, seeds, names; one place, strict.

Each check takes the value and its name, gives the value back as plain Python, and raises an InputError about the field
of that name. `checking` puts them in front of a function.
"""

from __future__ import annotations

import inspect
import math
import numbers
import os
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from lobule.bounds import LARGEST_SEED, MOST
from lobule.errors import InputError, nearest, shown

Check = Callable[[Any, str], Any]
Given = ParamSpec("Given")
Got = TypeVar("Got")


def checking(**checks: Check) -> Callable[[Callable[Given, Got]], Callable[Given, Got]]:
    """Check arguments of a function by name before it begins; what is left out keeps its default.

    >>> @checking(n=whole)
    ... def doubled(n):
    ...     return 2 * n
    >>> doubled("3")
    Traceback (most recent call last):
    lobule.errors.InputError: n must be a whole number from 1 to 1000000, not the text "3"
    """

    def around(function: Callable[Given, Got]) -> Callable[Given, Got]:
        signature = inspect.signature(function)

        @wraps(function)
        def checked(*args: Given.args, **kwargs: Given.kwargs) -> Got:
            bound = signature.bind(*args, **kwargs)
            for name, check in checks.items():
                if name in bound.arguments:
                    bound.arguments[name] = check(bound.arguments[name], name)
            return function(*bound.args, **bound.kwargs)

        return checked

    return around


def optional(check: Check) -> Check:
    """The same check of a value that may be None."""
    return lambda value, name: None if value is None else check(value, name)


def count(low: int = 1, high: int = MOST) -> Check:
    """A check for whole numbers from `low` to `high`."""
    return lambda value, name: whole(value, name, low, high)


def between(low: float, high: float = math.inf, *, above: bool = False) -> Check:
    """A check for finite numbers from `low` (or above it) to `high`."""
    return lambda value, name: number(value, name, low, high, above=above)


def a_share(value: Any, name: str) -> float:
    """A number between 0 and 1, neither of them."""
    found = number(value, name, 0, 1, above=True)
    if found == 1:
        raise InputError(f"{name} must be a number above 0 and below 1, not 1", [name])
    return found


def a_path(value: Any, name: str) -> str:
    """The path of a file or folder, given as text or pathlib.Path; whether it is there is another question."""
    if not isinstance(value, (str, os.PathLike)):
        raise InputError(f"{name} must be a path, not {_told(value)}", [name])
    found = os.fspath(value)
    if not isinstance(found, str) or not found or "\0" in found:
        raise InputError(f"{name} is no path", [name])
    return found


def truth(value: Any, name: str) -> bool:
    """A truth value; "no", 0 and None are none.

    >>> truth(True, "without_spleen")
    True
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise InputError(f"{name} must be True or False, not {_told(value)}", [name])


def number(value: Any, name: str, low: float = -math.inf, high: float = math.inf, *, above: bool = False) -> float:
    """A finite real number from `low` (or above it) to `high`.

    >>> number("3", "years", 0, 80)
    Traceback (most recent call last):
    lobule.errors.InputError: years must be a number between 0 and 80, not the text "3"
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    try:
        found = float(value) if real else math.nan
    except OverflowError:
        found = math.inf
    if math.isfinite(found) and (low < found if above else low <= found) and found <= high:
        return found
    raise InputError(f"{name} must be a {_span(low, high, above)}, not {_told(value)}", [name])


def whole(value: Any, name: str, low: int = 1, high: int = MOST) -> int:
    """A whole number from `low` to `high`; 2.0 is none.

    >>> whole(2.5, "n", 1, 1000)
    Traceback (most recent call last):
    lobule.errors.InputError: n must be a whole number from 1 to 1000, not 2.5
    """
    counts = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not counts or not low <= int(value) <= high:
        raise InputError(f"{name} must be a whole number from {low} to {high}, not {_told(value)}", [name])
    return int(value)


def a_seed(value: Any, name: str = "seed") -> int:
    """A seed of random numbers, 0 to 2^63 - 1."""
    return whole(value, name, 0, LARGEST_SEED)


def a_text(value: Any, name: str, most: int = 200) -> str:
    """A text on one line."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be a text, not {_told(value)}", [name])
    if len(value) > most or len(value.splitlines()) > 1:
        raise InputError(f"{name} is a text of one line, at most {most} characters", [name])
    return value


def one_of(value: Any, name: str, known: Iterable[str], what: str = "") -> str:
    """One of the known names; an unknown one says which is nearest. `what` is the sentence's word for it."""
    known = list(known)
    if not isinstance(value, str):
        raise InputError(f"{name} must be a text, not {_told(value)}", [name])
    if value not in known:
        raise InputError(f"no {what or name} {shown(value)}. {nearest(value, known)}", [name])
    return value


def some_names(value: Any, name: str) -> tuple[str, ...]:
    """Several names: a list or tuple of texts; a single text is one name."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{name} must be a list of texts, not {_told(value)}", [name])
    return tuple(a_text(one, name) for one in value)


def numbers_by_name(value: Any, name: str, low: float = -math.inf, high: float = math.inf) -> dict[str, float]:
    """{name: finite number}, such as factors on parameters; an error's field ends with the name."""
    if not isinstance(value, Mapping):
        raise InputError(f"{name} must be a dict of names and numbers, not {_told(value)}", [name])
    found = {}
    for key, one in value.items():
        if not isinstance(key, str):
            raise InputError(f"a name in {name} must be a text, not {_told(key)}", [name])
        try:
            found[key] = number(one, key, low, high)
        except InputError as error:
            raise error.within(name) from None
    return found


def finite_array(value: Any, name: str) -> np.ndarray:
    """Finite numbers as float64, in their own shape; values hidden by a mask are refused, as are truth values.

    >>> finite_array([1, 2.5], "times")
    array([1. , 2.5])
    """
    if np.ma.isMaskedArray(value):
        hidden = np.flatnonzero(np.ma.getmaskarray(value))
        if hidden.size:
            raise InputError(f"{name} hides values by a mask, the first at place {hidden[0]}; leave them out", [name])
        value = np.ma.getdata(value)
    try:
        given = np.asarray(value)
    except (ValueError, TypeError) as error:  # lists of unequal lengths, objects that refuse
        raise InputError(f"{name} must be numbers in lists of equal length, not {_told(value)}", [name]) from error
    if given.dtype.kind == "O" or (given.dtype.kind not in "iuf" and given.size):
        found = np.array([number(one, name) for one in given.ravel().tolist()], float).reshape(given.shape)
    else:
        found = given.astype(float)
    if not np.all(np.isfinite(found)):
        place = int(np.flatnonzero(~np.isfinite(found))[0])
        at = f" at place {place}" if found.ndim else ""
        raise InputError(f"{name} must be numbers; {found.ravel()[place]}{at} is not a finite number", [name])
    return found


def _told(value: Any) -> str:
    """What a wrong value is: numbers as they are, text in quotes, other things by their kind."""
    if value is None or isinstance(value, (list, tuple, set, dict)):
        return shown(value)
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, (bool, numbers.Number, np.generic)):
        return shown(value).strip('"')
    return f"a {type(value).__name__}"


def _span(low: float, high: float, above: bool) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f"number above {low:g}, at most {high:g}" if above else f"number between {low:g} and {high:g}"
    if math.isfinite(low):
        return f"number above {low:g}" if above else f"number of {low:g} or more"
    return f"number of at most {high:g}" if math.isfinite(high) else "finite number"
