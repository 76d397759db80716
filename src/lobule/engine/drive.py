"""The control loop: steps, errors, events, samples, and the queue of patients, for one block of lanes.

Every lane has its own time, step size and next event. A lane that has finished takes the next patient of the queue.
Nothing here depends on what the other lanes do, so that a patient's numbers are the same in any company.

Time is counted from the last event (`origin`), so that the tiny steps after a dose do not vanish in a large number.
Arrays: `code` the compiled model, `task` tolerances, `people` and `events` a record each, `lanes` where every lane is,
`w` the workspace (entry e of lane l at e*width + l). Indices: l lane, i state, e event, k sample, o output.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from lobule.engine.solution import NOT_FINITE, OK, STEP_FAILED, TOO_MUCH_WORK, UNDEFINED_OUTPUT
from lobule.keeping import compiled_by_numba

ADD_STATE, MULTIPLY_STATE, SET_STATE, ADD_CONSTANT, MULTIPLY_CONSTANT, SET_CONSTANT = range(6)

MOST_STEPS = 1_000_000  # per patient; a stiff year with weekly doses takes some thousands
SAFETY, SHRINK, GROW = 0.9, 0.1, 8.0
FIRST_STEP = 1e-4  # of the way to the next event, where nothing better is known; the error control does the rest
SMALLEST_STEP = 1e-15  # of the time since the last event
SMALLEST_START = 1e-60  # of the way to the next event: a state may start at the size of one molecule
SAME_TIME = 1e-10  # of the whole run: a sample this close to an event of the model shows the value after it
MOST_CASCADES = 1000  # events of the model that set off each other at one moment

# A compiled model: addresses of its functions, sizes, and the first entry of each part of the workspace.
CODE = np.dtype([(name, "i8") for name in (
    "attempt", "observe", "triggers", "assign", "events", "width", "states", "constants", "stages", "outputs", "order",
    "clock",
    "h", "error", "accepted", "rtol", "careful", "y", "new", "sample", "atol", "p", "k", "size",
)])  # fmt: skip
TASK = np.dtype([("rtol", "f8"), ("end", "f8")])
# A patient owns events from first up to last; `culprit` is a state, or the output that is undefined.
PERSON = np.dtype([("first", "i8"), ("last", "i8"), ("status", "i8"), ("culprit", "i8"), ("steps", "i8"),
                   ("rejected", "i8"), ("stopped_at", "f8")])  # fmt: skip
EVENT = np.dtype([("time", "f8"), ("kind", "i8"), ("index", "i8"), ("value", "f8")])
# An event of the model itself: its assignments are targets[first:last], workspace entries.
OWN = np.dtype([(name, "i8") for name in ("first", "last", "initially", "persistent", "at_trigger")])
# `h` is the wanted step, `used` the one tried, `restart` the one that worked after the last event.
LANE = np.dtype(
    [(name, "i8") for name in ("who", "event", "sample", "fresh", "refused", "final")]
    + [(name, "f8") for name in ("origin", "t", "cut", "h", "used", "restart")]
)


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


def jitted(function: Any) -> Any:
    """Compile with Numba, without the GIL; the machine code is kept in the cache where there is one."""
    return compiled_by_numba(function, nogil=True, error_model="numpy")


# The calls into the compiled model, for all lanes of a block; cuda.py puts its own in their place.


@jitted
def attempt(code, w, out, l):
    """Take the last step over where it was accepted, then try the next."""
    _call(code.attempt, w.ctypes.data, w.ctypes.data)


@jitted
def observe(code, w, out, l):
    """Outputs at the sample, into `out`."""
    _call(code.observe, w.ctypes.data, out.ctypes.data)


@jitted
def triggers(code, w, out, l):
    """Triggers of the model's events at the sample, into `out`."""
    _call(code.triggers, w.ctypes.data, out.ctypes.data)


@jitted
def assign(code, w, out, l):
    """New values of the model's events at the sample, into `out`."""
    _call(code.assign, w.ctypes.data, out.ctypes.data)


@jitted
def drive(codes, tasks, people, events, constants, initial, times, atol, dense, own, targets, y):
    """Integrate all patients of a block.

    codes, tasks : records CODE and TASK, one each; people, events : records PERSON and EVENT
    constants (n, n_constants), initial (n, n_states), atol (n, n_states), times (n_times,), dense (3, n_stages)
    own : records OWN, the model's own events; targets : workspace entries of their assignments
    y (n, n_times, n_outputs) and the last fields of `people` are filled in.
    """
    code, task = codes[0], tasks[0]
    width = code.width
    room = max(code.outputs, code.events, targets.size) + 1
    w, out, lanes = np.zeros(code.size * width), np.zeros(room * width), np.zeros(width, LANE)
    held, fired = np.zeros((width, code.events)), np.zeros((width, code.events))
    values = np.zeros((width, targets.size))
    for l in range(width):
        lanes[l].who = -1
        w[code.rtol * width + l], w[code.h * width + l] = task.rtol, 1.0
        _load(code, w, l, constants[0], initial[0], atol[0])
    waiting, active = 0, 0
    while True:
        for l in range(width):
            while lanes[l].who < 0 and waiting < people.size:
                _load(code, w, l, constants[waiting], initial[waiting], atol[waiting])
                active += _begin(
                    code, task, people, events, lanes, w, out, l, waiting, times, own, targets, held, fired, values, y
                )
                waiting += 1
        if active == 0:
            return
        for l in range(width):
            if lanes[l].who >= 0:
                _choose_step(code, task, people, events, lanes, w, l)
        attempt(code, w, out, 0)
        for l in range(width):
            if lanes[l].who >= 0:
                active -= _after_attempt(
                    code, task, people, events, lanes, w, out, l, times, dense, own, targets, held, fired, values, y
                )


@jitted
def _after_attempt(code, task, people, events, lanes, w, out, l, times, dense, own, targets, held, fired, values, y):
    """Count the step, take it or repeat it; 1 when the patient has ended with it."""
    who = lanes[l].who
    people[who].steps += 1
    if w[code.error * code.width + l] <= 1.0:
        status = _after_success(
            code, task, people, events, lanes, w, out, l, times, dense, own, targets, held, fired, values, y
        )
    else:
        status = _after_failure(code, task, people, events, lanes, w, l)
    if status == OK and lanes[l].origin + lanes[l].t < task.end:
        return 0
    if status == OK and people[who].culprit >= 0:
        people[who].status = UNDEFINED_OUTPUT
    else:
        people[who].status, people[who].stopped_at = status, lanes[l].origin + lanes[l].t
        people[who].culprit = _worst(code, task, w, l) if status in (STEP_FAILED, TOO_MUCH_WORK) else -1
    lanes[l].who = -1
    return 1


@jitted
def _load(code, w, l, constants, initial, atol):
    """Put a patient's start into a lane."""
    w[code.careful * code.width + l] = 0.0
    for i in range(code.states):
        w[(code.y + i) * code.width + l] = initial[i]
        w[(code.atol + i) * code.width + l] = atol[i]
    for i in range(code.constants):
        w[(code.p + i) * code.width + l] = constants[i]


@jitted
def _begin(code, task, people, events, lanes, w, out, l, who, times, own, targets, held, fired, values, y):
    """Start a patient in a lane; 1 when it runs, 0 when it has ended already."""
    lane = lanes[l]
    lane.who, lane.event, lane.sample, lane.refused = who, people[who].first, 0, 0
    lane.origin, lane.t, lane.restart = 0.0, 0.0, 0.0
    for e in range(code.events):
        held[l, e] = own[e].initially
    status = _fire(code, w, out, l, own, targets, held, fired, values)
    if status == OK:
        status = _at_rest(code, people, events, lanes, w, out, l, times, own, targets, held, fired, values, y)
    if status != OK or task.end <= 0.0:
        people[who].status = UNDEFINED_OUTPUT if status == OK and people[who].culprit >= 0 else status
        lane.who = -1
        return 0
    lane.h, lane.fresh = FIRST_STEP * _stop(task, people, events, lane), 1
    return 1


@jitted
def _stop(task, people, events, lane):
    """Time of the next event, or the end."""
    return task.end if lane.event >= people[lane.who].last else min(task.end, events[lane.event].time)


@jitted
def _choose_step(code, task, people, events, lanes, w, l):
    """The wanted step, cut so that it ends at the next event and leaves no crumb before it."""
    lane = lanes[l]
    left = (_stop(task, people, events, lane) - lane.origin) - lane.t
    lane.used, lane.final = lane.h, 0
    if lane.h >= left * (1 - 1e-9):
        lane.used, lane.final = left, 1
    elif lane.h > 0.5 * left:
        lane.used = 0.5 * left
    w[code.h * code.width + l] = lane.used


@jitted
def _after_success(code, task, people, events, lanes, w, out, l, times, dense, own, targets, held, fired, values, y):
    """Move on: samples inside the step, the next step size, and the events at its end."""
    lane = lanes[l]
    error = w[code.error * code.width + l]
    factor = GROW if error < 1e-12 else min(GROW, max(SHRINK, SAFETY * error ** (-1.0 / code.order)))
    begin, stop = lane.t, _stop(task, people, events, lane)
    lane.t = (stop - lane.origin) if lane.final else begin + lane.used
    cut = code.events > 0 and _cut_at_trigger(code, task, lanes, w, out, l, begin, dense, held)
    if lane.sample < times.size and times[lane.sample] - lane.origin <= lane.t:
        due = lane.t - SAME_TIME * task.end if cut else lane.t
        _samples_inside(code, people, lanes, w, out, l, begin, due, times, dense, y)
    if lane.fresh:
        lane.restart, lane.fresh = lane.used * min(factor, 2.0), 0
    if lane.refused:
        factor, lane.refused = min(factor, 1.0), 0
    w[code.careful * code.width + l] = 0.0
    if lane.used >= lane.h or factor < 1.0 or lane.used * factor > lane.h:
        lane.h = lane.used * factor
    w[code.accepted * code.width + l] = 0.0
    if cut:
        return _after_trigger(
            code, task, people, events, lanes, w, out, l, times, dense, begin, own, targets, held, fired, values, y
        )
    if not lane.final:
        w[code.accepted * code.width + l] = 1.0  # the next call of `attempt` takes the new state over
        return OK if people[lane.who].steps < MOST_STEPS else TOO_MUCH_WORK
    for i in range(code.states):
        w[(code.y + i) * code.width + l] = w[(code.new + i) * code.width + l]
    status = OK
    if lane.event < people[lane.who].last:
        lane.origin, lane.t = stop, 0.0
        status = _at_rest(code, people, events, lanes, w, out, l, times, own, targets, held, fired, values, y)
        left = _stop(task, people, events, lane) - stop
        lane.h = lane.restart if lane.restart > 0.0 else FIRST_STEP * left
        lane.fresh = 1
    return status


@jitted
def _after_failure(code, task, people, events, lanes, w, l):
    """Try again with a smaller step, unless it vanishes; an undefined error counts as a very large one."""
    lane = lanes[l]
    error = w[code.error * code.width + l]
    people[lane.who].rejected += 1
    w[code.accepted * code.width + l] = 0.0
    lane.refused = 1
    if not math.isfinite(error):  # perhaps only a slope is infinite, and not the rate
        w[code.careful * code.width + l] = 1.0
    factor = max(SHRINK, SAFETY * error ** (-1.0 / code.order)) if error < 1e30 else SHRINK
    lane.h = lane.used * factor
    left = _stop(task, people, events, lane) - lane.origin
    if lane.h <= max(SMALLEST_STEP * lane.t, SMALLEST_START * left):
        return STEP_FAILED
    return OK if people[lane.who].steps < MOST_STEPS else TOO_MUCH_WORK


@jitted
def _at_rest(code, people, events, lanes, w, out, l, times, own, targets, held, fired, values, y):
    """Samples due at this moment, from the state itself, and then all its events in their order."""
    lane, width = lanes[l], code.width
    w[code.accepted * width + l] = 0.0
    _now(code, w, l)
    for i in range(code.states):
        if not math.isfinite(w[(code.y + i) * width + l]):
            return NOT_FINITE
    while lane.sample < times.size and times[lane.sample] <= lane.origin:
        _observe(code, people, lanes, w, out, l, times, y)
    while lane.event < people[lane.who].last and events[lane.event].time <= lane.origin:
        event = events[lane.event]
        place = ((code.y if event.kind < ADD_CONSTANT else code.p) + event.index) * width + l
        if event.kind in (ADD_STATE, ADD_CONSTANT):
            w[place] += event.value
        elif event.kind in (MULTIPLY_STATE, MULTIPLY_CONSTANT):
            w[place] *= event.value
        else:
            w[place] = event.value
        lane.event += 1
    return _fire(code, w, out, l, own, targets, held, fired, values)


@jitted
def _interpolate(code, lanes, w, l, x, dense):
    """State at share x of the step just taken, into the sample, by the method's dense output (see method.py)."""
    width = code.width
    for i in range(code.states):
        d1, d2, d3 = 0.0, 0.0, 0.0
        for j in range(code.stages):
            k = w[(code.k + j * code.states + i) * width + l]
            d1 += dense[0, j] * k
            d2 += dense[1, j] * k
            d3 += dense[2, j] * k
        old, new = w[(code.y + i) * width + l], w[(code.new + i) * width + l]
        w[(code.sample + i) * width + l] = (1 - x) * old + x * (new + (1 - x) * (d1 + x * (d2 + x * d3)))


@jitted
def _samples_inside(code, people, lanes, w, out, l, begin, due, times, dense, y):
    """Samples in the step just taken, up to the time that is due."""
    lane = lanes[l]
    while lane.sample < times.size and times[lane.sample] - lane.origin <= due:
        x = min(1.0, (times[lane.sample] - lane.origin - begin) / lane.used)
        _interpolate(code, lanes, w, l, x, dense)
        _observe(code, people, lanes, w, out, l, times, y)


@jitted
def _cut_at_trigger(code, task, lanes, w, out, l, begin, dense, held):
    """Look for the first trigger of the model that turns true in the step just taken; True when the step is cut there.

    Looks at four points of the step, then halves the interval; a trigger that is true for less than a quarter of a
    step can be missed.
    """
    lane = lanes[l]
    low = 0.0
    for quarter in range(1, 5):
        high = 0.25 * quarter
        if _rises(code, lanes, w, out, l, high, dense, held):
            while (high - low) * lane.used > 1e-14 * (lane.origin + lane.t) and high - low > 1e-15:
                middle = 0.5 * (low + high)
                if _rises(code, lanes, w, out, l, middle, dense, held):
                    high = middle
                else:
                    low = middle
            lane.t = begin + high * lane.used
            lane.cut = high
            return True
        for e in range(code.events):  # one that turned false may turn true again
            held[l, e] = out[e * code.width + l]
        low = high
    return False


@jitted
def _rises(code, lanes, w, out, l, x, dense, held):
    """Some trigger that was false is true at share x of the step."""
    _interpolate(code, lanes, w, l, x, dense)
    triggers(code, w, out, l)
    for e in range(code.events):
        if out[e * code.width + l] != 0.0 and held[l, e] == 0.0:
            return True
    return False


@jitted
def _after_trigger(
    code, task, people, events, lanes, w, out, l, times, dense, begin, own, targets, held, fired, values, y
):
    """End the step where a trigger turned true, and let the model's events happen there."""
    lane = lanes[l]
    _interpolate(code, lanes, w, l, lane.cut, dense)
    for i in range(code.states):
        w[(code.y + i) * code.width + l] = w[(code.sample + i) * code.width + l]
    lane.origin, lane.t = lane.origin + lane.t, 0.0
    status = _fire(code, w, out, l, own, targets, held, fired, values)
    if status == OK:
        status = _at_rest(code, people, events, lanes, w, out, l, times, own, targets, held, fired, values, y)
    left = _stop(task, people, events, lane) - lane.origin
    lane.h = lane.restart if lane.restart > 0.0 else FIRST_STEP * left
    lane.fresh = 1
    if people[lane.who].steps >= MOST_STEPS:
        return TOO_MUCH_WORK
    return status


@jitted
def _fire(code, w, out, l, own, targets, held, fired, values):
    """Let every event happen whose trigger has turned true, and those that this sets off."""
    if code.events == 0:
        return OK
    for _ in range(MOST_CASCADES):
        if not _newly_true(code, w, out, l, held, fired):
            return OK
        assign(code, w, out, l)
        for k in range(targets.size):
            values[l, k] = out[k * code.width + l]
        for e in range(code.events):
            if fired[l, e] == 0.0:
                continue
            if not own[e].persistent and not _still_true(code, w, out, l, e):
                continue
            if not own[e].at_trigger:
                _now(code, w, l)
                assign(code, w, out, l)
                for k in range(own[e].first, own[e].last):
                    values[l, k] = out[k * code.width + l]
            for k in range(own[e].first, own[e].last):
                w[targets[k] * code.width + l] = values[l, k]
    return TOO_MUCH_WORK


@jitted
def _now(code, w, l):
    """Take the present state as the sample."""
    for i in range(code.states):
        w[(code.sample + i) * code.width + l] = w[(code.y + i) * code.width + l]


@jitted
def _newly_true(code, w, out, l, held, fired):
    """Mark the events whose trigger is true and was not; remember what all triggers are."""
    _now(code, w, l)
    triggers(code, w, out, l)
    some = False
    for e in range(code.events):
        holds = out[e * code.width + l]
        fired[l, e] = 1.0 if holds != 0.0 and held[l, e] == 0.0 else 0.0
        some = some or fired[l, e] != 0.0
        held[l, e] = holds
    return some


@jitted
def _still_true(code, w, out, l, e):
    """The trigger of one event holds in the present state."""
    _now(code, w, l)
    triggers(code, w, out, l)
    return out[e * code.width + l] != 0.0


@jitted
def _observe(code, people, lanes, w, out, l, times, y):
    """Write the outputs at the next sample of a lane; one that is infinite or undefined stays NaN."""
    lane = lanes[l]
    if code.clock >= 0:  # time as a state carries rounding, and a formula may be undefined just beyond a sample
        w[(code.sample + code.clock) * code.width + l] = times[lane.sample]
    observe(code, w, out, l)
    for o in range(code.outputs):
        value = out[o * code.width + l]
        if math.isfinite(value):
            y[lane.who, lane.sample, o] = value
        elif people[lane.who].culprit < 0:
            people[lane.who].culprit, people[lane.who].stopped_at = o, times[lane.sample]
    lane.sample += 1


@jitted
def _worst(code, task, w, l):
    """State with the largest share in the error of the last try."""
    worst, which = -1.0, 0
    for i in range(code.states):
        tolerance = w[(code.atol + i) * code.width + l] + task.rtol * abs(w[(code.y + i) * code.width + l])
        share = abs(w[(code.k + (code.stages - 1) * code.states + i) * code.width + l]) / tolerance
        if not math.isfinite(share):
            return i
        if share > worst:
            worst, which = share, i
    return which
