"""The control loop: steps, errors, events, samples, and the queue of patients, for one block of lanes.

Every lane has its own time, step size and next event. A lane that has finished takes the next patient of the queue.
Nothing here depends on what the other lanes do, so that a patient's numbers are the same in any company.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from lobule.engine.solution import NOT_FINITE, OK, STEP_FAILED, TOO_MUCH_WORK

ADD_STATE, MULTIPLY_STATE, SET_STATE, ADD_CONSTANT, MULTIPLY_CONSTANT, SET_CONSTANT = range(6)

MOST_STEPS = 1_000_000  # per patient; a stiff year with weekly doses takes some thousands
SAFETY, SHRINK, GROW = 0.9, 0.1, 8.0
FIRST_STEP = 1e-4  # of the way to the next event, where nothing better is known; the error control does the rest
SMALLEST_STEP = 1e-15  # of the time since the last event, or of the way to the next


@intrinsic
def _call(typingctx, address, a, b):  # noqa: ANN001, ANN202
    """Call void f(void* a, void* b) at an address known only at run time, so that one loop serves every model."""
    signature = types.void(types.int64, types.int64, types.int64)

    def generate(context, builder, signature, arguments):  # noqa: ANN001, ANN202
        from llvmlite import ir

        pointer = ir.PointerType()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer])
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        builder.call(function, [builder.inttoptr(x, pointer) for x in arguments[1:]])
        return context.get_dummy_value()

    return signature, generate


@njit(nogil=True, cache=True, error_model="numpy")
def drive(
    attempt, observe, lanes, n, stages, where, order, dense,
    constants, initial, event_first, event_time, event_kind, event_index, event_value,
    times, rtol, atol, end, y, status, stopped_at, culprit, steps, rejected,
):  # fmt: skip  # noqa: ANN001, ANN201, PLR0913
    """Integrate all patients of a block. Arguments are arrays laid out by batch.py; results go into the last six."""
    n_patients, n_constants, n_times, n_outputs = constants.shape[0], constants.shape[1], times.size, y.shape[2]
    at_h, at_error, at_accepted, at_rtol, at_y, at_new, at_sample, at_atol, at_p, at_k, size = where
    w = np.zeros(size * lanes)
    out = np.zeros(max(1, n_outputs) * lanes)
    pw, po = w.ctypes.data, out.ctypes.data
    patient = np.full(lanes, -1, np.int64)
    base, t, h, used, restart = np.zeros(lanes), np.zeros(lanes), np.zeros(lanes), np.zeros(lanes), np.zeros(lanes)
    event, sample = np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)
    fresh, refused, final = np.zeros(lanes, np.bool_), np.zeros(lanes, np.bool_), np.zeros(lanes, np.bool_)
    waiting, active = 0, 0
    for lane in range(lanes):
        w[at_rtol * lanes + lane] = rtol
        w[at_h * lanes + lane] = 1.0
        for i in range(n):
            w[(at_atol + i) * lanes + lane] = atol[i]
            w[(at_y + i) * lanes + lane] = initial[0, i]
        for i in range(n_constants):
            w[(at_p + i) * lanes + lane] = constants[0, i]
    while True:
        # take patients into free lanes; one that ends at once (no time, or undefined) makes room for the next
        for lane in range(lanes):
            while patient[lane] < 0 and waiting < n_patients:
                who = waiting
                waiting += 1
                for i in range(n):
                    w[(at_y + i) * lanes + lane] = initial[who, i]
                for i in range(n_constants):
                    w[(at_p + i) * lanes + lane] = constants[who, i]
                patient[lane], base[lane], t[lane], restart[lane] = who, 0.0, 0.0, 0.0
                event[lane], sample[lane], refused[lane] = event_first[who], 0, False
                active += 1
                code = _at_rest(
                    lane, lanes, n, who, 0.0, observe, pw, po, w, out, at_y, at_sample, at_p, times, sample, y,
                    event, event_first, event_time, event_kind, event_index, event_value,
                )  # fmt: skip
                if code != OK or end <= 0.0:
                    status[who], stopped_at[who] = code, 0.0
                    patient[lane] = -1
                    active -= 1
                    continue
                stop = end if event[lane] >= event_first[who + 1] else min(end, event_time[event[lane]])
                h[lane], fresh[lane] = FIRST_STEP * stop, True
        if active == 0:
            return
        for lane in range(lanes):
            if patient[lane] < 0:
                continue
            who = patient[lane]
            stop = end if event[lane] >= event_first[who + 1] else min(end, event_time[event[lane]])
            left = (stop - base[lane]) - t[lane]
            used[lane], final[lane] = h[lane], False
            if h[lane] >= left * (1 - 1e-9):
                used[lane], final[lane] = left, True
            elif h[lane] > 0.5 * left:
                used[lane] = 0.5 * left
            w[at_h * lanes + lane] = used[lane]
        _call(attempt, pw, pw)
        for lane in range(lanes):
            w[at_accepted * lanes + lane] = 0.0
            if patient[lane] < 0:
                continue
            who = patient[lane]
            error = w[at_error * lanes + lane]
            steps[who] += 1
            stop = end if event[lane] >= event_first[who + 1] else min(end, event_time[event[lane]])
            if error <= 1.0:
                factor = GROW if error < 1e-12 else min(GROW, max(SHRINK, SAFETY * error ** (-1.0 / order)))
                begin = t[lane]
                t[lane] = (stop - base[lane]) if final[lane] else begin + used[lane]
                code = OK
                while sample[lane] < n_times and times[sample[lane]] <= base[lane] + t[lane]:
                    x = (times[sample[lane]] - base[lane] - begin) / used[lane]
                    x = 1.0 if (final[lane] and times[sample[lane]] == stop) or x > 1.0 else x
                    _interpolate(lane, lanes, n, stages, x, dense, w, at_y, at_new, at_k, at_sample)
                    code = _sample(lane, lanes, who, sample[lane], observe, pw, po, out, y)
                    if code != OK:
                        break
                    sample[lane] += 1
                if fresh[lane]:
                    restart[lane], fresh[lane] = used[lane] * min(factor, 2.0), False
                limit = 1.0 if refused[lane] else factor
                if used[lane] >= h[lane] or limit < 1.0 or used[lane] * limit > h[lane]:
                    h[lane] = used[lane] * min(limit, factor)
                refused[lane] = False
                if code == OK and not final[lane]:
                    w[at_accepted * lanes + lane] = 1.0
                    if steps[who] > MOST_STEPS:
                        code = TOO_MUCH_WORK
                elif code == OK:
                    for i in range(n):
                        w[(at_y + i) * lanes + lane] = w[(at_new + i) * lanes + lane]
                    if stop < end or event[lane] < event_first[who + 1]:
                        base[lane], t[lane] = stop, 0.0
                        code = _at_rest(
                            lane, lanes, n, who, stop, observe, pw, po, w, out, at_y, at_sample, at_p, times, sample, y,
                            event, event_first, event_time, event_kind, event_index, event_value,
                        )  # fmt: skip
                        following = end if event[lane] >= event_first[who + 1] else min(end, event_time[event[lane]])
                        h[lane] = restart[lane] if restart[lane] > 0 else FIRST_STEP * (following - stop)
                        fresh[lane] = True
                if code != OK or base[lane] + t[lane] >= end:
                    status[who], stopped_at[who] = code, base[lane] + t[lane]
                    if code == TOO_MUCH_WORK:
                        culprit[who] = _worst(lane, lanes, n, stages, w, at_k, at_y, at_atol, rtol)
                    patient[lane] = -1
                    active -= 1
            else:
                rejected[who] += 1
                refused[lane] = True
                factor = SHRINK if not (error < 1e30) else max(SHRINK, SAFETY * error ** (-1.0 / order))
                h[lane] = used[lane] * factor
                reach = max(t[lane], stop - base[lane])
                if h[lane] <= SMALLEST_STEP * reach or steps[who] > MOST_STEPS:
                    status[who] = STEP_FAILED if steps[who] <= MOST_STEPS else TOO_MUCH_WORK
                    stopped_at[who] = base[lane] + t[lane]
                    culprit[who] = _worst(lane, lanes, n, stages, w, at_k, at_y, at_atol, rtol)
                    patient[lane] = -1
                    active -= 1


@njit(nogil=True, cache=True, error_model="numpy")
def _at_rest(
    lane, lanes, n, who, now, observe, pw, po, w, out, at_y, at_sample, at_p, times, sample, y,
    event, event_first, event_time, event_kind, event_index, event_value,
):  # fmt: skip  # noqa: ANN001, ANN202, PLR0913
    """Samples due now, from the state itself, and then all events of this time; at a start the states are checked."""
    for i in range(n):
        w[(at_sample + i) * lanes + lane] = w[(at_y + i) * lanes + lane]
        if not np.isfinite(w[(at_y + i) * lanes + lane]):
            return NOT_FINITE
    while sample[lane] < times.size and times[sample[lane]] <= now:
        code = _sample(lane, lanes, who, sample[lane], observe, pw, po, out, y)
        if code != OK:
            return code
        sample[lane] += 1
    while event[lane] < event_first[who + 1] and event_time[event[lane]] <= now:
        e = event[lane]
        kind, value = event_kind[e], event_value[e]
        place = ((at_y if kind < ADD_CONSTANT else at_p) + event_index[e]) * lanes + lane
        if kind == ADD_STATE or kind == ADD_CONSTANT:
            w[place] += value
        elif kind == MULTIPLY_STATE or kind == MULTIPLY_CONSTANT:
            w[place] *= value
        else:
            w[place] = value
        event[lane] += 1
    return OK


@njit(nogil=True, cache=True, error_model="numpy")
def _interpolate(lane, lanes, n, stages, x, dense, w, at_y, at_new, at_k, at_sample):  # noqa: ANN001, ANN202
    """State inside the last step, at share x of it (formula in method.py)."""
    for i in range(n):
        old, new = w[(at_y + i) * lanes + lane], w[(at_new + i) * lanes + lane]
        d1, d2, d3 = 0.0, 0.0, 0.0
        for j in range(stages):
            k = w[(at_k + j * n + i) * lanes + lane]
            d1 += dense[0, j] * k
            d2 += dense[1, j] * k
            d3 += dense[2, j] * k
        w[(at_sample + i) * lanes + lane] = (1 - x) * old + x * (new + (1 - x) * (d1 + x * (d2 + x * d3)))


@njit(nogil=True, cache=True, error_model="numpy")
def _sample(lane, lanes, who, k, observe, pw, po, out, y):  # noqa: ANN001, ANN202
    """Write the outputs at the sample of one lane; NOT_FINITE when one is infinite or undefined."""
    _call(observe, pw, po)
    for o in range(y.shape[2]):
        if not np.isfinite(out[o * lanes + lane]):
            return NOT_FINITE
    for o in range(y.shape[2]):
        y[who, k, o] = out[o * lanes + lane]
    return OK


@njit(nogil=True, cache=True, error_model="numpy")
def _worst(lane, lanes, n, stages, w, at_k, at_y, at_atol, rtol):  # noqa: ANN001, ANN202
    """State with the largest share in the error of the last try."""
    worst, which = -1.0, 0
    for i in range(n):
        tolerance = w[(at_atol + i) * lanes + lane] + rtol * abs(w[(at_y + i) * lanes + lane])
        share = abs(w[(at_k + (stages - 1) * n + i) * lanes + lane]) / tolerance
        if not np.isfinite(share):
            return i
        if share > worst:
            worst, which = share, i
    return which
