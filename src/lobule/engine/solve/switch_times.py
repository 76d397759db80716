"""When the comparisons of time and constants alone change next: searched for by interval arithmetic before a step.

A span of time over which no bound of any of them differs from its present value is passed over whole; any other is
halved, down to the rounding of time. So a pulse is found however narrow it is and however long nothing moved before.
"""

from __future__ import annotations

import math

from lobule.engine.solve.block import code_of, doubles, lane_at, moment, spans

FINEST, FINEST_AT_0 = 4e-16, 1e-18  # the narrowest span looked at, of the time and of the whole run
MOST_SPANS = 100_000  # looked at in one search; then a step ends there, and the search goes on from it


def next_switch(b, l, stop):
    """Time after the present, up to `stop`, at which one of them has changed first; infinite when none does."""
    w, out = doubles(b.at_w), doubles(b.at_out)
    code, lane = code_of(b), lane_at(b.at_lanes, l)
    if code.time_kinks == 0:
        return math.inf
    _at(b, l, lane.origin)
    for k in range(code.time_kinks):
        w[(code.locks + code.kinks + k) * code.width + l] = out[k * code.width + l]
    low, width = lane.origin, stop - lane.origin
    finest = FINEST
    for _ in range(MOST_SPANS):
        if low >= stop:
            return math.inf
        high = min(low + width, stop)
        if _rests(b, l, low, high):
            low, width = high, 2.0 * width
        elif high - low > finest * high + FINEST_AT_0 * code.end:
            width = 0.5 * (high - low)
        elif _changed(b, l, high):
            return _exactly(b, l, low, high)
        else:  # it comes as close to a change as rounding, and turns
            low, width, finest = high, 2.0 * width, 2.0 * finest
    return low


def _at(b, l, time):
    """Values of the comparisons at a time, into `out`."""
    w = doubles(b.at_w)
    code = code_of(b)
    w[(code.sample + code.clock) * code.width + l] = time
    moment(b, l)


def _changed(b, l, time):
    """Some comparison differs at a time from what it is at present."""
    w, out = doubles(b.at_w), doubles(b.at_out)
    code = code_of(b)
    _at(b, l, time)
    for k in range(code.time_kinks):
        if out[k * code.width + l] != w[(code.locks + code.kinks + k) * code.width + l]:
            return True
    return False


def _rests(b, l, low, high):
    """No comparison changes between two times."""
    w, out = doubles(b.at_w), doubles(b.at_out)
    code = code_of(b)
    w[code.span * code.width + l], w[(code.span + 1) * code.width + l] = low, high
    spans(b, l)
    for k in range(code.time_kinks):
        now = w[(code.locks + code.kinks + k) * code.width + l]
        if not (out[2 * k * code.width + l] == now and out[(2 * k + 1) * code.width + l] == now):
            return False
    return True


def _exactly(b, l, low, high):
    """The first number after `low`, where nothing has changed, at which something has."""
    while high - low > FINEST_AT_0 * code_of(b).end:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if _changed(b, l, middle):
            high = middle
        else:
            low = middle
    return high
