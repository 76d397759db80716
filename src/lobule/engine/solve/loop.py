"""The control loop, compiled: its functions from one source for the processor and for the card, whole or plain.

They call each other by name. What a name means is put in place here: the access to a block (block.py, or card/thread.py
on the card), and events and kinks (own_events.py, crossings.py, switch_times.py) or their absence (plain.py).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

from lobule.engine.solve import block, crossings, drive, own_events, plain, sample, switch_times
from lobule.keeping import compiled_by_numba

ALWAYS = (drive, sample)
OF_EVENTS_AND_KINKS = (own_events, crossings, switch_times)


class Loop(NamedTuple):
    """The control loop of the processor.

    empty : (address of a block), drive : (address of a block, tries) -> whether there is more to do; see drive.py
    """

    empty: Callable[[int], None]
    drive: Callable[[int, int], bool]


def compiled(compile_one: Callable[[Any], Any], whole: bool, access: dict[str, Any]) -> dict[str, Any]:
    """Every function of the loop by name.

    Parameters
    ----------
    compile_one : of a function
    whole : with events and kinks
    access : compiled functions by which it reaches a block and the model
    """
    functions: dict[str, Any] = {}
    spaces = []
    for module in (*ALWAYS, *(OF_EVENTS_AND_KINKS if whole else (plain,))):
        space: dict[str, Any] = {"__name__": module.__name__, "math": math}
        space |= {name: value for name, value in vars(module).items() if isinstance(value, (int, float))}
        for name, value in vars(module).items():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                function = FunctionType(value.__code__, space, name)
                # Numba links by this name and a number of the process that compiled; were it one name, code of the
                # plain loop from the cache would run where the whole one is called, and no event would happen.
                function.__qualname__ = f"{name}_{'whole' if whole else 'plain'}"
                functions[name] = compile_one(function)
        spaces.append(space)
    for space in spaces:
        space |= functions | access
    return functions


@cache
def loop_of_processor(whole: bool) -> Loop:
    """The loop for models with events or kinks, or for those without. The machine code is kept in the cache."""
    version = f"{_version()}-{'whole' if whole else 'plain'}"

    def compile_one(function: Any) -> Any:
        inside = function.__name__ not in Loop._fields  # never called from Python, which would take code of its own
        options = {"no_cpython_wrapper": inside, "no_cfunc_wrapper": inside}
        return compiled_by_numba(function, version, nogil=True, error_model="numpy", **options)

    functions = compiled(compile_one, whole, block.ACCESS)
    return Loop(functions["empty"], functions["drive"])


def _version() -> str:
    """Digest of all sources that are compiled into each other; Numba itself would look at one of them."""
    here = Path(__file__)
    modules = ("block", "crossings", "drive", "loop", "own_events", "plain", "records", "sample", "switch_times")
    sources = [here.parents[1] / "solution.py", *(here.with_name(f"{name}.py") for name in modules)]
    return hashlib.sha256("".join(path.read_text(encoding="utf-8") for path in sources).encode()).hexdigest()[:16]
