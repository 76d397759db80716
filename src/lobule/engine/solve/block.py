"""How the control loop reaches what a block holds (see records.py), and how it calls the compiled model.

A block is passed on as one pointer to its record. The card has its own functions of these names (card/thread.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from lobule.engine.solve.records import BLOCK, EVENT, LANE, OWN, PERSON


@intrinsic
def code_of(typingctx: Any, block: Any) -> Any:
    """Sizes and places of the model of a block."""
    return block(block), lambda context, builder, signature, arguments: arguments[0]


@intrinsic
def doubles(typingctx: Any, address: Any) -> Any:
    """Numbers at an address. Rows of an array follow each other."""
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


def _call(function: str, second: str) -> Any:
    """A function (block, lane) that calls void f(void* w, void* second) of the compiled model for all lanes, at an
    address known only at run time, so that one loop serves every model."""

    @intrinsic
    def call(typingctx: Any, block: Any, lane: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            from llvmlite import ir

            number, pointer = ir.IntType(64), ir.PointerType()
            record = builder.ptrtoint(arguments[0], number)

            def field(name: str) -> Any:
                place = builder.add(record, number(block.offset(name)))
                return builder.load(builder.inttoptr(place, number.as_pointer()))

            kind = ir.FunctionType(ir.VoidType(), [pointer, pointer])
            target = builder.inttoptr(field(function), kind.as_pointer())
            builder.call(target, [builder.inttoptr(field(name), pointer) for name in ("at_w", second)])
            return context.get_dummy_value()

        return types.void(block, lane), generate

    return call


attempt = _call("attempt", "at_w")  # take the last step over where it was accepted, then try the next
observe = _call("observe", "at_out")  # outputs at the sample
triggers = _call("triggers", "at_out")  # triggers of the model's events at the sample
assign = _call("assign", "at_out")  # new values of the model's events at the sample
orders = _call("orders", "at_out")  # delays and then priorities of the model's events at the sample
look = _call("look", "at_out")  # distances of the kinks of states to a change at the sample (see emit/locks.py)
moment = _call("moment", "at_out")  # values of the kinks of time at the sample
spans = _call("spans", "at_out")  # lower and upper bounds of the kinks of time over the span

ACCESS = {
    "code_of": code_of, "doubles": doubles, "integers": integers, "block_at": block_at, "person_at": person_at,
    "event_at": event_at, "own_at": own_at, "lane_at": lane_at, "attempt": attempt, "observe": observe,
    "triggers": triggers, "assign": assign, "orders": orders, "look": look, "moment": moment, "spans": spans,
}  # fmt: skip
