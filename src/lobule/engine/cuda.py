"""engine="cuda": the same model, step and control loop on an NVIDIA card, one patient a thread.

The functions of the model come from the same expression tree as the vector code (scalar.py); the control loop is the
one of drive.py, its functions compiled a second time with the card's calls in the place of the processor's. Results
agree with the processor within the tolerance asked for, not bit for bit: the card rounds exp, log and fused products
differently. With NUMBA_ENABLE_CUDASIM=1 all of it runs on Numba's simulator, slowly, without a card.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import FunctionType
from typing import Any

import numpy as np
import symengine as se

from lobule.engine import card, drive
from lobule.engine.scalar import ScalarEmitter
from lobule.engine.structure import Structure
from lobule.errors import NotInstalled

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


def build(structure: Structure, formulas: Sequence[se.Expr]) -> Any:
    """The control loop around one model and its outputs, as a CUDA kernel that is compiled when it first runs."""
    cuda = numba_cuda()
    emitter = ScalarEmitter(structure.system, structure.layout)
    structure.emit(emitter)
    emitter.observe("observe", formulas)
    return _compiled(cuda, emitter.source)


def _compiled(cuda: Any, source: str) -> Any:
    """The loop of a thread around the functions of a model, as a CUDA kernel."""
    on_card = cuda.jit(device=True)
    of_model: dict[str, Any] = {"math": math}
    of_model |= {function.__name__: on_card(function) for function in card.ELEMENTARY}
    exec(compile(source, "<model for the card>", "exec"), of_model)  # indices and numbers only, see scalar.py
    for name in ("rates", "rates_and_jacobian", "factorise", "solve", "attempt", "triggers", "assign", "observe"):
        of_model[name] = on_card(of_model[name])
    space = {name: value for name, value in vars(drive).items() if not hasattr(value, "py_func")}
    space |= {"cuda": cuda, "step": of_model["attempt"], "outputs_at": of_model["observe"]}
    space |= {"triggers_at": of_model["triggers"], "assignments_at": of_model["assign"]}
    loop = {name: value.py_func for name, value in vars(drive).items() if hasattr(value, "py_func") and name != "drive"}
    loop |= {function.__name__: function for function in card.LOOP}
    for name, function in loop.items():
        space[name] = on_card(FunctionType(function.__code__, space, name))
    return cuda.jit(FunctionType(card.thread.__code__, space, "thread"))


def run(
    kernel: Any,
    code: np.ndarray,
    task: np.ndarray,
    people: np.ndarray,
    events: np.ndarray,
    constants: np.ndarray,
    initial: np.ndarray,
    times: np.ndarray,
    atol: np.ndarray,
    dense: np.ndarray,
    own: np.ndarray,
    targets: np.ndarray,
    y: np.ndarray,
) -> None:
    """Integrate all patients on the card; arguments as those of `drive.drive`, `people` and `y` are filled in."""
    cuda = numba_cuda()
    threads = min(len(people), MOST_THREADS)
    record = code.copy()
    record["width"] = threads
    n_own, n_targets = max(int(code["events"][0]), 1), max(targets.size, 1)
    room = max(int(code["outputs"][0]), n_own, n_targets)
    given = (record, task, people, _some(events), constants, initial, times, atol, dense, _some(own), _some(targets), y)
    arrays = [cuda.to_device(np.ascontiguousarray(array)) for array in given]
    arrays += [cuda.device_array(int(code["size"][0]) * threads), cuda.device_array(room * threads)]
    arrays += [cuda.device_array(threads, drive.LANE)]
    arrays += [cuda.device_array((threads, n)) for n in (n_own, n_own, n_targets)]
    blocks = -(-threads // THREADS_A_BLOCK)
    with np.errstate(all="ignore"):  # on the simulator these are numpy's numbers
        kernel[blocks, min(threads, THREADS_A_BLOCK)](*arrays)
    people[:] = arrays[2].copy_to_host()
    y[:] = arrays[11].copy_to_host()


def _some(array: np.ndarray) -> np.ndarray:
    """An array of at least one record: the card takes no empty one."""
    return array if array.size else np.zeros(1, array.dtype)
