"""What the control loop works on: a block of patients in lanes, as records and arrays.

Indices: l lane, i state, e event of the model, k sample or kink, o output, q entry of a lane's queue. Entry e of lane l
of the workspace `w` and of `out` lies at e*width + l.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Any

import numpy as np

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
# A patient owns events from first up to last; `culprit` is a state, an output that is undefined, or an event;
# `first_step` is the one to try first, 0 by default, `last_step` the one that would have come next; samples are taken
# from `from_sample` up to `to_sample`, n_times by default, after which the patient has ended.
PERSON = np.dtype([("first", "i8"), ("last", "i8"), ("status", "i8"), ("culprit", "i8"), ("steps", "i8"),
                   ("rejected", "i8"), ("stopped_at", "f8"), ("first_step", "f8"), ("last_step", "f8"),
                   ("from_sample", "i8"), ("to_sample", "i8")])  # fmt: skip
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
OF_PATIENTS = ("people", "constants", "initial", "atol", "y")  # arrays with a row for each patient
FIXED = ("dense", "own", "targets")  # arrays that all blocks of one kind share
LINE = 64  # bytes of a cache line; a vector of eight lanes that begins elsewhere lies in two
Arrays = dict[str, np.ndarray]


def shapes(record: np.ndarray) -> dict[str, tuple[tuple[int, ...], Any]]:
    """Shape and type of each array of ROOM for a record BLOCK (1,)."""
    code = {name: int(record[name][0]) for name in ("size", "width", "states", "events", "kinks", "outputs", "delays",
                                                    "time_kinks", "targets", "widest")}  # fmt: skip
    events, kinks, width, widest = max(code["events"], 1), max(code["kinks"], 1), code["width"], max(code["widest"], 1)
    queue = MOST_WAITING if code["delays"] else 2 * code["events"] + SPARE
    out = max(code["outputs"], 2 * events, kinks, 2 * code["time_kinks"], 2 * code["targets"]) + 1
    sizes = {
        "w": (code["size"] * width,), "out": (out * width,), "lanes": (width,), "held": (width, events),
        "fired": (width, events), "due": (width, queue), "queued": (width, queue), "values": (width, queue, widest),
        "past": (width, 2, kinks),
    }  # fmt: skip
    kinds = {"lanes": LANE, "queued": np.int64}
    return {name: (sizes[name], kinds.get(name, np.float64)) for name in ROOM}


class Room:
    """What blocks of one kind work in: a record BLOCK, and behind it the arrays of ROOM, in one piece of memory.

    Parameters
    ----------
    record : sizes and addresses of machine code
    fixed : the arrays of FIXED, which must outlive it
    """

    def __init__(self, record: np.ndarray, fixed: Arrays) -> None:
        record, place = record.copy(), {name: i for i, name in enumerate(BLOCK.names or ())}
        record["queue"], record["widest"] = shapes(record)["values"][0][1:]
        for name in FIXED:
            record[f"at_{name}"] = fixed[name].ctypes.data
        sizes = {name: np.dtype(kind).itemsize * math.prod(shape) for name, (shape, kind) in shapes(record).items()}
        *starts, size = accumulate(sizes.values(), initial=BLOCK.itemsize)
        self.length, self.starts = size // 8, np.array(starts)
        self.record = np.frombuffer(record.tobytes(), np.int64)  # copying a record takes longer than copying numbers
        self.room = np.array([place[f"at_{name}"] for name in ROOM])
        self.given = np.array([place[name] for name in ("at_events", "at_times", "n_people", "n_times")])
        self.of_patients = np.array([place[f"at_{name}"] for name in OF_PATIENTS])
        self.floats = place["tolerance"]

    def block(self, rtol: float, arrays: Arrays, first: int, last: int) -> np.ndarray:
        """The memory of a block of the patients from `first` up to `last`, beginning with its record; the arrays must
        outlive it."""
        memory, times = np.zeros(self.length + LINE // 8), arrays["times"]
        skipped = -(memory.ctypes.data + self.starts[0]) % LINE // 8  # the workspace begins with a line
        memory = memory[skipped : skipped + self.length]
        numbers = memory.view(np.int64)
        numbers[: self.record.size] = self.record
        numbers[self.room] = self.starts + memory.ctypes.data
        numbers[self.given] = arrays["events"].ctypes.data, times.ctypes.data, last - first, times.size
        numbers[self.of_patients] = [arrays[name].ctypes.data + first * arrays[name].strides[0] for name in OF_PATIENTS]
        memory[self.floats : self.floats + 2] = rtol, times[-1]
        return memory
