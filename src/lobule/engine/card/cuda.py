"""engine="cuda": the same model, step and control loop on an NVIDIA card, one patient a thread.

The functions of the model come from the same expression tree as the vector code (scalar.py); the control loop that of
the processor (solve/drive.py), its functions compiled a second time with the card's calls in the place of the
processor's. Results agree with the processor within the tolerance asked for, not bit for bit: the card rounds exp, log
and fused products differently. With NUMBA_ENABLE_CUDASIM=1 all of it runs on Numba's simulator, slowly, without a card.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Sequence
from types import FunctionType
from typing import Any

import numpy as np
import symengine as se

from lobule.engine.card import thread
from lobule.engine.card.scalar import INTO_OUT, ScalarEmitter
from lobule.engine.emit.code import kept_code
from lobule.engine.emit.structure import Structure
from lobule.engine.solve import loop, records
from lobule.engine.solve.prepared import Prepared
from lobule.errors import NotInstalled

MODEL_FUNCTIONS = ("rates", "rates_and_jacobian", "factorise", "solve", "distances", "attempt", *INTO_OUT)
GIVEN = ("codes", "people", "events", "constants", "initial", "atol", "times", "dense", "own", "targets", "y")
# A block on the card: arrays in the place of addresses, under the same names.
Block = namedtuple("Block", ["codes", *(f"at_{name}" for name in (*GIVEN[1:], *records.ROOM))])  # type: ignore[misc]

THREADS_A_BLOCK = 64
MOST_THREADS = 65_536  # patients at once; each has its workspace in the card's memory


def numba_cuda() -> Any:
    """Numba's CUDA target, with a card or the simulator behind it.

    Raises
    ------
    NotInstalled : no CUDA for Numba, no driver or no card.
    """
    try:
        from numba import cuda
    except ImportError as error:
        raise NotInstalled('engine="cuda" needs Numba for CUDA: pip install "lobule[gpu]"') from error
    if not cuda.is_available():
        raise NotInstalled(
            'engine="cuda" found no NVIDIA card with a driver that Numba can use; leave `engine` out to run on the '
            'processor, or install pip install "lobule[gpu]" where there is a card'
        )
    return cuda


def build(structure: Structure, formulas: Sequence[se.Expr], whole: bool) -> Any:
    """The control loop around one model and its outputs, as a CUDA kernel that is compiled when it first runs.

    whole : with events of the model and kinks
    """
    cuda = numba_cuda()
    emitter = ScalarEmitter(structure.system, structure.layout)
    structure.emit(emitter)
    emitter.observe("observe", formulas)
    return _compiled(cuda, emitter.source, whole)


def _compiled(cuda: Any, source: str, whole: bool) -> Any:
    """The loop of a thread around the functions of a model, as a CUDA kernel."""
    on_card = cuda.jit(device=True)
    of_model: dict[str, Any] = {"math": math}
    of_model |= {function.__name__: on_card(function) for function in thread.ELEMENTARY}
    exec(compile(source, "<model for the card>", "exec"), of_model)  # indices and numbers only, see scalar.py
    for name in MODEL_FUNCTIONS:
        of_model[name] = on_card(of_model[name])
    space: dict[str, Any] = {"cuda": cuda, "step": of_model["attempt"], "Block": Block}
    space |= {f"{name}_at": of_model[name] for name in INTO_OUT}
    access = {function.__name__: on_card(FunctionType(function.__code__, space)) for function in thread.LOOP}
    access |= dict.fromkeys(("person_at", "event_at", "own_at", "lane_at"), on_card(thread.record_at))
    space |= access | loop.compiled(on_card, whole, access)
    return cuda.jit(FunctionType(thread.thread.__code__, space, "thread"))


def on_card(ready: Prepared, rtol: float, arrays: dict[str, np.ndarray]) -> None:
    """Integrate all patients on the card; the arrays are those of a block, `people` and `y` are filled in."""
    formulas = ready.code.formulas(ready.outputs, ready.infused, ready.chosen)
    key = ("cuda", ready.structure.fingerprint, formulas.text)
    kernel = kept_code(key, lambda: build(ready.structure, formulas.expressions, ready.eventful))
    cuda = numba_cuda()
    people = arrays["people"]
    threads = min(len(people), MOST_THREADS)
    record = ready.record.copy()
    record["tolerance"], record["end"] = rtol, arrays["times"][-1]
    record["width"], record["n_people"], record["n_times"] = threads, len(people), len(arrays["times"])
    room = records.shapes(record)
    record["queue"], record["widest"] = room["values"][0][1:]
    given = [record, *(_some(arrays[name]) for name in GIVEN[1:])]
    there: list[Any] = [cuda.to_device(np.ascontiguousarray(array).reshape(-1)) for array in given]
    there += [cuda.device_array(int(np.prod(shape)), kind) for shape, kind in room.values()]
    blocks = -(-threads // THREADS_A_BLOCK)
    with np.errstate(all="ignore"):  # on the simulator these are numpy's numbers
        kernel[blocks, min(threads, THREADS_A_BLOCK)](*there)
    people[:] = there[1].copy_to_host()
    arrays["y"][:] = there[GIVEN.index("y")].copy_to_host().reshape(arrays["y"].shape)


def _some(array: np.ndarray) -> np.ndarray:
    """An array of at least one record: the card takes no empty one."""
    return array if array.size else np.zeros(1, array.dtype)
