"""What the control loop works on: a block of patients in lanes, as records and arrays that Numba understands.

Indices: l lane, i state, e event of the model, k sample or kink, o output, q entry of a lane's queue. Entry e of lane l
of the workspace `w` and of `out` lies at e*width + l.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from lobule.keeping import compiled_by_numba

ADD_STATE, MULTIPLY_STATE, SET_STATE, ADD_CONSTANT, MULTIPLY_CONSTANT, SET_CONSTANT = range(6)

SPARE = 8  # room in a lane's queue beside two places for every event of the model
MOST_WAITING = 256  # room where events have delays

# A block of patients in lanes: addresses of the model's functions, sizes, first entries of the parts of the workspace;
# then addresses and sizes of the arrays, and how far the block has come.
#   people, events, own, lanes : records PERSON, EVENT, OWN and LANE
#   constants (n, n_constants), initial (n, n_states), atol (n, n_states), times (n_times,), dense (3, n_stages)
#   targets : workspace entries of the assignments of the model's events; y (n, n_times, n_outputs) is filled in
#   w, out : workspace and results of the model's functions; held, fired (width, n_events) : triggers
#   due, queued (width, queue), values (width, queue, widest) : events of the model that wait
#   past (width, 2, n_kinks) : looks at a step; waiting, active : the next patient, and lanes at work
BLOCK = np.dtype(
    [(name, "i8") for name in (
        "attempt", "observe", "triggers", "assign", "orders", "look", "moment", "spans", "events", "width", "states",
        "constants", "stages", "outputs", "order", "clock", "delays", "targets", "factors", "kinks", "watched",
        "time_kinks", "h", "error", "accepted", "careful", "y", "new", "sample", "atol", "p", "k", "locks",
        "crossed", "rough", "span", "size", "rtol", "n_people", "n_times", "queue", "widest", "waiting", "active",
        "at_people", "at_events", "at_own", "at_lanes", "at_constants", "at_initial", "at_atol", "at_times", "at_dense",
        "at_targets", "at_y", "at_w", "at_out", "at_held", "at_fired", "at_due", "at_queued", "at_values", "at_past",
    )]
    + [("tolerance", "f8"), ("end", "f8")]
)  # fmt: skip
# A patient owns events from first up to last; `culprit` is a state, an output that is undefined, or an event.
PERSON = np.dtype([("first", "i8"), ("last", "i8"), ("status", "i8"), ("culprit", "i8"), ("steps", "i8"),
                   ("rejected", "i8"), ("stopped_at", "f8")])  # fmt: skip
EVENT = np.dtype([("time", "f8"), ("kind", "i8"), ("index", "i8"), ("value", "f8")])
# An event of the model itself: its assignments are targets[first:last], workspace entries.
OWN = np.dtype([(name, "i8") for name in ("first", "last", "initially", "persistent", "at_trigger")])
# `stop` is the next moment at which a step must end, `own` tells that the model itself asks for it; `h` is the wanted
# step, `used` the one tried, `restart` the one that worked after the last event; `jumped` tells that an event has
# happened, `happened` which one. Kinks in quick succession are counted from `since`; up to `free` they are left to the
# error control.
LANE = np.dtype(
    [(name, "i8") for name in ("who", "event", "sample", "fresh", "refused", "final", "own", "jumped", "queue", "kinks",
                               "still", "happened")]
    + [(name, "f8") for name in ("origin", "t", "stop", "cut", "h", "used", "restart", "since", "free", "moved")]
)  # fmt: skip


ROOM = ("w", "out", "lanes", "held", "fired", "due", "queued", "values", "past")  # arrays to work in


def shapes(code: np.void, widest: int) -> dict[str, tuple[tuple[int, ...], Any]]:
    """Shape and type of each array of ROOM; `widest` is the largest number of assignments of an event."""
    events, kinks, width = max(int(code["events"]), 1), max(int(code["kinks"]), 1), int(code["width"])
    queue = MOST_WAITING if code["delays"] else 2 * int(code["events"]) + SPARE
    out = max(int(code["outputs"]), 2 * events, kinks, 2 * int(code["time_kinks"]), 2 * int(code["targets"])) + 1
    sizes = {
        "w": (int(code["size"]) * width,), "out": (out * width,), "lanes": (width,), "held": (width, events),
        "fired": (width, events), "due": (width, queue), "queued": (width, queue),
        "values": (width, queue, max(widest, 1)), "past": (width, 2, kinks),
    }  # fmt: skip
    kinds = {"lanes": LANE, "queued": np.int64}
    return {name: (sizes[name], kinds.get(name, np.float64)) for name in ROOM}


def working_arrays(code: np.void, widest: int) -> dict[str, np.ndarray]:
    """The arrays of ROOM by name."""
    return {name: np.zeros(shape, kind) for name, (shape, kind) in shapes(code, widest).items()}


def block_of(code: np.ndarray, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The record of a block over the given arrays, which must outlive it."""
    block = code.copy()
    for name, array in arrays.items():
        assert array.flags.c_contiguous
        block[f"at_{name}"] = array.ctypes.data
    block["n_people"], block["n_times"] = len(arrays["people"]), len(arrays["times"])
    block["queue"], block["widest"] = arrays["values"].shape[1:]
    return block


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
    here, modules = Path(__file__).parent, ("block", "crossings", "drive", "own_events", "switch_times")
    sources = [here.parent / "solution.py", *(here / f"{name}.py" for name in modules)]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def jitted(function: Any) -> Any:
    """Compile with Numba, without the GIL; the machine code is kept in the cache."""
    return compiled_by_numba(function, _version(), nogil=True, error_model="numpy")


# Access to what a block holds, so that it can be passed on as one pointer; cuda.py puts its own in their place, and in
# that of the calls below. Rows of an array follow each other.


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


person_at, event_at, own_at, lane_at = (_record_at(dtype) for dtype in (PERSON, EVENT, OWN, LANE))


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
