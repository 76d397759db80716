"""The model's own events: what their triggers set off, waits for its delay and happens by priority.

SBML Level 3 Version 2, section 4.11: a trigger that turns true puts its event into a queue, due after its delay. Of the
events that are due at a moment one happens at a time, the one of the largest priority; after each all triggers are
looked at again, which may add to the queue, and may withdraw an event that does not persist.
"""

from __future__ import annotations

import math

from lobule.engine.solution import EVENT_UNDEFINED, FLOOD, OK
from lobule.engine.solve.block import (
    assign,
    code_of,
    doubles,
    integers,
    lane_at,
    orders,
    own_at,
    triggers,
)
from lobule.engine.solve.sample import take_sample_now

MOST_CASCADES = 1000  # events of the model that happen at one moment


def fire(b, l):
    """Let everything happen that is due at this moment, and what it sets off; a status."""
    if code_of(b).events == 0:
        return OK
    for _ in range(MOST_CASCADES):
        status = _look_at_triggers(b, l)
        if status != OK:
            return status
        q = _next_due(b, l)
        if q == -2:
            return EVENT_UNDEFINED
        if q < 0:
            return OK
        _happen(b, l, q)
    return FLOOD


def earliest_waiting(b, l):
    """When the next event of the queue is due; infinite when none waits."""
    due = doubles(b.at_due)
    first = math.inf
    for q in range(lane_at(b.at_lanes, l).queue):
        first = min(first, due[l * code_of(b).queue + q])
    return first


def _look_at_triggers(b, l):
    """Queue the events whose trigger has turned true; withdraw those that no longer may happen."""
    out, held, fired = doubles(b.at_out), doubles(b.at_held), doubles(b.at_fired)
    code, width = code_of(b), code_of(b).width
    take_sample_now(b, l)
    triggers(b, l)
    some = False
    for e in range(code.events):
        holds = out[e * width + l]
        fired[l * code.events + e] = 1.0 if holds != 0.0 and held[l * code.events + e] == 0.0 else 0.0
        some = some or fired[l * code.events + e] != 0.0
        held[l * code.events + e] = holds
    _withdraw(b, l)
    return _enqueue(b, l) if some else OK


def _withdraw(b, l):
    """Forget the waiting events that do not persist and whose trigger is false."""
    held, queued = doubles(b.at_held), integers(b.at_queued)
    lane = lane_at(b.at_lanes, l)
    q = 0
    while q < lane.queue:
        e = queued[l * code_of(b).queue + q]
        if own_at(b.at_own, e).persistent == 0 and held[l * code_of(b).events + e] == 0.0:
            _remove(b, l, q)
        else:
            q += 1


def _remove(b, l, q):
    due, values, queued = doubles(b.at_due), doubles(b.at_values), integers(b.at_queued)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    lane.queue -= 1
    for m in range(l * code.queue + q, l * code.queue + lane.queue):
        due[m], queued[m] = due[m + 1], queued[m + 1]
        for k in range(code.widest):
            values[m * code.widest + k] = values[(m + 1) * code.widest + k]


def _enqueue(b, l):
    """Put the events that have fired into the queue, with their values of this moment."""
    out, fired, due = doubles(b.at_out), doubles(b.at_fired), doubles(b.at_due)
    queued = integers(b.at_queued)
    code, lane, width = code_of(b), lane_at(b.at_lanes, l), code_of(b).width
    first = lane.queue
    orders(b, l)
    for e in range(code.events):
        if fired[l * code.events + e] == 0.0:
            continue
        delay = out[e * width + l]
        if not 0.0 <= delay < math.inf:
            lane.happened = e
            return EVENT_UNDEFINED
        if lane.queue == code.queue:
            lane.happened = e
            return FLOOD
        due[l * code.queue + lane.queue], queued[l * code.queue + lane.queue] = lane.origin + delay, e
        lane.queue += 1
    assign(b, l)
    for q in range(first, lane.queue):
        _note_values(b, l, q)
    return OK


def _note_values(b, l, q):
    """Keep the values just computed of one event of the queue."""
    out, values, queued = doubles(b.at_out), doubles(b.at_values), integers(b.at_queued)
    own = own_at(b.at_own, queued[l * code_of(b).queue + q])
    for k in range(own.first, own.last):
        values[(l * code_of(b).queue + q) * code_of(b).widest + k - own.first] = out[k * code_of(b).width + l]


def _next_due(b, l):
    """Place in the queue of what happens next at this moment; -1 when nothing does, -2 when a priority is undefined."""
    out, due, queued = doubles(b.at_out), doubles(b.at_due), integers(b.at_queued)
    code, lane, width = code_of(b), lane_at(b.at_lanes, l), code_of(b).width
    best, highest, known = -1, -math.inf, False
    for q in range(lane.queue):
        if due[l * code.queue + q] > lane.origin:
            continue
        if not known:
            orders(b, l)
            known = True
        e = queued[l * code.queue + q]
        priority = out[(code.events + e) * width + l]
        if math.isnan(priority):
            lane.happened = e
            return -2
        if best < 0 or priority > highest or (priority == highest and e < queued[l * code.queue + best]):
            best, highest = q, priority
    return best


def _happen(b, l, q):
    """Carry out the assignments of one event of the queue."""
    w, out, values = doubles(b.at_w), doubles(b.at_out), doubles(b.at_values)
    queued, targets = integers(b.at_queued), integers(b.at_targets)
    lane, code, place = lane_at(b.at_lanes, l), code_of(b), l * code_of(b).queue + q
    e = queued[place]
    own = own_at(b.at_own, e)
    if own.at_trigger == 0 or code.factors != 0:
        assign(b, l)
    if own.at_trigger == 0:
        _note_values(b, l, q)
    for k in range(own.first, own.last):
        factor = out[(code.targets + k) * code.width + l] if code.factors != 0 else 1.0
        w[targets[k] * code.width + l] = values[place * code.widest + k - own.first] * factor
    lane.jumped, lane.happened = 1, e
    _remove(b, l, q)
