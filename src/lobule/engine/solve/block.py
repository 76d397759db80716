"""How the control loop reaches what a block holds (see records.py), and calls the compiled model."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from lobule.engine.solve.records import BLOCK, EVENT, LANE, OWN, PERSON
from lobule.keeping import compiled_by_numba


@intrinsic
def _call(typingctx: Any, address: Any, a: Any, b: Any) -> Any:
    """Call void f(void* a, void* b) at an address known only at run time, so that one loop serves every model."""
    signature = types.void(types.int64, types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir

        pointer = ir.PointerType()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer])
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        builder.call(function, [builder.inttoptr(x, pointer) for x in arguments[1:]])
        return context.get_dummy_value()

    return signature, generate


@cache
def _version() -> str:
    """Digest of all modules whose functions are compiled into each other; Numba itself would look at one of them."""
    here, modules = Path(__file__).parent, ("block", "crossings", "drive", "own_events", "records", "switch_times")
    sources = [here.parent / "solution.py", *(here / f"{name}.py" for name in modules)]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def jitted(function: Any) -> Any:
    """Compile with Numba, without the GIL; the machine code is kept in the cache."""
    return compiled_by_numba(function, _version(), nogil=True, error_model="numpy")


# Access to what a block holds, so that it can be passed on as one pointer; card/cuda.py puts its own there, and
# in that of the calls below. Rows of an array follow each other.


@jitted
def code_of(b):
    """Sizes and places of the model of a block."""
    return b


@intrinsic
def doubles(typingctx: Any, address: Any) -> Any:
    """Numbers at an address."""
    return types.CPointer(types.float64)(types.int64), _as_pointer


@intrinsic
def integers(typingctx: Any, address: Any) -> Any:
    """Whole numbers at an address."""
    return types.CPointer(types.int64)(types.int64), _as_pointer


def _as_pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))


def _record_at(dtype: np.dtype) -> Any:
    """A function (address, index) that gives one of the records there, to be read and written."""
    record, size = from_dtype(dtype), dtype.itemsize

    @intrinsic
    def at(typingctx: Any, address: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = builder.add(arguments[0], builder.mul(arguments[1], arguments[1].type(size)))
            return builder.inttoptr(place, context.get_value_type(signature.return_type))

        return record(types.int64, types.int64), generate

    return at


block_at, person_at, event_at, own_at, lane_at = (_record_at(kind) for kind in (BLOCK, PERSON, EVENT, OWN, LANE))


# The calls into the compiled model, for all lanes of a block.


@jitted
def attempt(b, l):
    """Take the last step over where it was accepted, then try the next."""
    _call(b.attempt, b.at_w, b.at_w)


@jitted
def observe(b, l):
    """Outputs at the sample, into `out`."""
    _call(b.observe, b.at_w, b.at_out)


@jitted
def triggers(b, l):
    """Triggers of the model's events at the sample, into `out`."""
    _call(b.triggers, b.at_w, b.at_out)


@jitted
def assign(b, l):
    """New values of the model's events at the sample, into `out`."""
    _call(b.assign, b.at_w, b.at_out)


@jitted
def orders(b, l):
    """Delays and then priorities of the model's events at the sample, into `out`."""
    _call(b.orders, b.at_w, b.at_out)


@jitted
def look(b, l):
    """Distances of the kinks of states to a change at the sample, into `out` (see locks.py)."""
    _call(b.look, b.at_w, b.at_out)


@jitted
def moment(b, l):
    """Values of the kinks of time at the sample, into `out`."""
    _call(b.moment, b.at_w, b.at_out)


@jitted
def spans(b, l):
    """Lower and upper bounds of the kinks of time over the span, into `out`."""
    _call(b.spans, b.at_w, b.at_out)


@jitted
def take_sample_now(b, l):
    """Take the present state as the sample."""
    code, w = code_of(b), doubles(b.at_w)
    for i in range(code.states):
        w[(code.sample + i) * code.width + l] = w[(code.y + i) * code.width + l]


@jitted
def interpolate(b, l, x):
    """State at share x of the step just taken, into the sample, by the method's dense output (see method.py)."""
    code, w, dense = code_of(b), doubles(b.at_w), doubles(b.at_dense)
    width, stages = code.width, code.stages
    for i in range(code.states):
        d1, d2, d3 = 0.0, 0.0, 0.0
        for j in range(stages):
            k = w[(code.k + j * code.states + i) * width + l]
            d1 += dense[j] * k
            d2 += dense[stages + j] * k
            d3 += dense[2 * stages + j] * k
        old, new = w[(code.y + i) * width + l], w[(code.new + i) * width + l]
        w[(code.sample + i) * width + l] = (1 - x) * old + x * (new + (1 - x) * (d1 + x * (d2 + x * d3)))
