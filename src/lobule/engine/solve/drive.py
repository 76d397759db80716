"""The control loop: steps, errors, events, samples, and the queue of patients, for one block of lanes.

Every lane has its own time, step size and next event. A lane that has finished takes the next patient of the queue.
Nothing here depends on what the other lanes do, so that a patient's numbers are the same in any company.

Time is counted from the last event (`origin`), so that the tiny steps after a dose do not vanish in a large number.
What the names of a block `b` mean is said in records.py. The functions are compiled by loop.py.
"""

from __future__ import annotations

import math

from lobule.engine.solution import EVENT_UNDEFINED, FLOOD, NOT_FINITE, OK, STEP_FAILED, TOO_MUCH_WORK, UNDEFINED_OUTPUT
from lobule.engine.solve.block import (
    attempt,
    block_at,
    code_of,
    doubles,
    event_at,
    lane_at,
    observe,
    own_at,
    person_at,
)
from lobule.engine.solve.crossings import cut
from lobule.engine.solve.own_events import earliest_waiting, fire
from lobule.engine.solve.records import ADD_CONSTANT, ADD_STATE, MULTIPLY_CONSTANT, MULTIPLY_STATE
from lobule.engine.solve.sample import interpolate, take_sample_now
from lobule.engine.solve.switch_times import next_switch

MOST_STEPS = 1_000_000  # per patient; a stiff year with weekly doses takes some thousands
SAFETY, SHRINK, GROW = 0.9, 0.1, 8.0
FIRST_STEP = 1e-4  # of the way to the next event, where nothing better is known; the error control does the rest
SMALLEST_STEP = 1e-15  # of the time since the last event
SMALLEST_START = 1e-60  # of the way to the next event: a state may start at the size of one molecule
SMALLEST_RESTART = 1e-12  # of the time, after an event of the model
SAME_TIME = 1e-10  # of the whole run: a sample this close to an event of the model shows the value after it
SHORT = 1e-6  # of the whole run: a step that short is not halved for the sake of a comparison
MOST_STILL, STILL = 1000, 1e-9  # so many moments of events of the model within such a share of the run are a flood


def drive(address, tries):
    """Go on with the block at an address for at most so many tries of a step; True when there is more to do."""
    b = block_at(address, 0)
    width = b.width
    for _ in range(tries):
        for l in range(width):
            while lane_at(b.at_lanes, l).who < 0 and b.waiting < b.n_people:
                who = b.waiting
                load(b, l, who)
                b.waiting += 1
                b.active += begin(b, l, who)
        if b.active == 0:
            return False
        for l in range(width):
            if lane_at(b.at_lanes, l).who >= 0:
                choose_step(b, l)
        attempt(b, 0)
        for l in range(width):
            if lane_at(b.at_lanes, l).who >= 0:
                b.active -= after_attempt(b, l)
    return True


def empty(address):
    """Fill all lanes with numbers that can be computed with, before the first patient comes."""
    b = block_at(address, 0)
    code, w = b, doubles(b.at_w)
    for l in range(code.width):
        lane_at(b.at_lanes, l).who = -1
        w[code.rtol * code.width + l], w[code.h * code.width + l] = code.tolerance, 1.0
        load(b, l, 0)


def load(b, l, who):
    """Put a patient's start into a lane."""
    w, initial, atol = doubles(b.at_w), doubles(b.at_initial), doubles(b.at_atol)
    constants = doubles(b.at_constants)
    code = code_of(b)
    w[code.careful * code.width + l] = 0.0
    for i in range(code.states):
        w[(code.y + i) * code.width + l] = initial[who * code.states + i]
        w[(code.atol + i) * code.width + l] = atol[who * code.states + i]
    for i in range(code.constants):
        w[(code.p + i) * code.width + l] = constants[who * code.constants + i]


def begin(b, l, who):
    """Start a patient in a lane; 1 when it runs, 0 when it has ended already."""
    held = doubles(b.at_held)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    person = person_at(b.at_people, who)
    lane.who, lane.event, lane.sample, lane.refused = who, person.first, person.from_sample, 0
    lane.origin, lane.t, lane.restart = 0.0, 0.0, person.first_step
    lane.queue, lane.kinks, lane.still, lane.happened = 0, 0, 0, -1
    lane.since, lane.free, lane.moved = 0.0, 0.0, 0.0
    for e in range(code.events):
        held[l * code.events + e] = own_at(b.at_own, e).initially
    status = fire(b, l)
    if status == OK:
        status = _at_rest(b, l)
    if status != OK or code.end <= 0.0:
        _end(b, l, status)
        return 0
    lane.jumped = 1
    _set_off(b, l)
    return 1


def _end(b, l, status):
    """Note how a patient has ended; the lane is free."""
    lane = lane_at(b.at_lanes, l)
    person = person_at(b.at_people, lane.who)
    person.last_step = lane.h
    if status == OK and person.culprit >= 0:
        person.status = UNDEFINED_OUTPUT
    else:
        person.status, person.stopped_at = status, lane.origin + lane.t
        if status in (STEP_FAILED, TOO_MUCH_WORK):
            person.culprit = _worst(b, l)
        else:
            person.culprit = lane.happened if status in (FLOOD, EVENT_UNDEFINED) else -1
    lane.who = -1


def _set_off(b, l):
    """Where the next step may go to and how long it should be, after a moment at which something may have happened."""
    lane = lane_at(b.at_lanes, l)
    lane.stop, lane.own = code_of(b).end, 0
    if lane.event < person_at(b.at_people, lane.who).last:
        lane.stop = min(lane.stop, event_at(b.at_events, lane.event).time)
    waiting = earliest_waiting(b, l)
    if waiting <= lane.stop:
        lane.stop, lane.own = waiting, 1
    switch = next_switch(b, l, lane.stop)
    if switch <= lane.stop:
        lane.stop, lane.own = switch, 1
    if lane.jumped:
        lane.h = lane.restart if lane.restart > 0.0 else FIRST_STEP * (lane.stop - lane.origin)
        lane.fresh, lane.jumped = 1, 0


def choose_step(b, l):
    """The wanted step, cut so that it ends at the next event and leaves no crumb before it."""
    w = doubles(b.at_w)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    left = (lane.stop - lane.origin) - lane.t
    lane.used, lane.final = lane.h, 0
    if lane.h >= left * (1 - 1e-9):
        lane.used, lane.final = left, 1
    elif lane.h > 0.5 * left:
        lane.used = 0.5 * left
    w[code.h * code.width + l] = lane.used


def after_attempt(b, l):
    """Count the step, take it or repeat it; 1 when the patient has ended with it."""
    w = doubles(b.at_w)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    person_at(b.at_people, lane.who).steps += 1
    status = _after_success(b, l) if w[code.error * code.width + l] <= 1.0 else _after_failure(b, l)
    if status == OK and lane.origin + lane.t < code.end and not _read_to_the_end(b, l):
        if person_at(b.at_people, lane.who).steps < MOST_STEPS:
            return 0
        status = TOO_MUCH_WORK
    _end(b, l, status)
    return 1


def _after_success(b, l):
    """Move on: samples inside the step, the next step size, and the events at its end."""
    w, times = doubles(b.at_w), doubles(b.at_times)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    width, end = code.width, code.end
    start = lane.t
    lane.t = (lane.stop - lane.origin) if lane.final else start + lane.used
    ended = code.kinks > 0 and w[code.crossed * width + l] != 0.0 and cut(b, l, start)
    if not ended and code.kinks > 0 and w[code.rough * width + l] != 0.0 and lane.used > SHORT * end:
        return _repeat_shorter(b, l, start)
    if _has_sample(b, l) and times[lane.sample] - lane.origin <= lane.t:
        own = ended or (lane.final != 0 and lane.own != 0)
        _samples_inside(b, l, start, lane.t - SAME_TIME * end if own else lane.t)
    _size_next_step(b, l, lane.cut * lane.used if ended else lane.used)
    w[code.accepted * width + l] = 0.0
    if ended:
        interpolate(b, l, lane.cut)
        return _arrive(b, l, lane.origin + lane.t, code.sample, True)
    if lane.final:
        return _arrive(b, l, lane.stop, code.new, lane.own != 0)
    w[code.accepted * width + l] = 1.0  # the next call of `attempt` takes the new state over
    if code.time_kinks > 0:
        w[(code.new + code.clock) * width + l] = lane.origin + lane.t
    return OK


def _repeat_shorter(b, l, start):
    """Try the step again with half its length: a comparison turns to and fro within it."""
    lane, code, w = lane_at(b.at_lanes, l), code_of(b), doubles(b.at_w)
    person_at(b.at_people, lane.who).rejected += 1
    w[code.accepted * code.width + l] = 0.0
    lane.t, lane.refused, lane.h = start, 1, 0.5 * lane.used
    return OK


def _size_next_step(b, l, length):
    """How long the next step should be after one that was taken, or of which such a length was taken."""
    w = doubles(b.at_w)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    error = w[code.error * code.width + l]
    factor = GROW if error < 1e-12 else min(GROW, max(SHRINK, SAFETY * error ** (-1.0 / code.order)))
    if lane.fresh:
        lane.restart, lane.fresh = length * min(factor, 2.0), 0
        if code.kinks > 0:  # steps that vanish in rounding would let events follow each other for ever
            lane.restart = max(lane.restart, SMALLEST_RESTART * lane.origin)
    if lane.refused:
        factor, lane.refused = min(factor, 1.0), 0
    if lane.used >= lane.h or factor < 1.0 or lane.used * factor > lane.h:
        lane.h = lane.used * factor
    w[code.careful * code.width + l] = 1.0 if lane.origin + lane.t < lane.free else 0.0


def _arrive(b, l, time, place, own):
    """Rest at the end of a step: take the state at a place over; let happen what is due, then set off again."""
    w = doubles(b.at_w)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    for i in range(code.states):
        w[(code.y + i) * code.width + l] = w[(place + i) * code.width + l]
    lane.origin, lane.t = time, 0.0
    if code.time_kinks > 0:  # where a comparison of time is to have changed it must not be short by rounding
        w[(code.y + code.clock) * code.width + l] = time
    status = OK
    if own:
        status = fire(b, l)
        if status == OK and _too_still(b, l):
            status = FLOOD
    if status == OK and (own or lane.event < person_at(b.at_people, lane.who).last):
        status = _at_rest(b, l)
    if status == OK and time < code.end:
        _set_off(b, l)
    return status


def _too_still(b, l):
    """Events and kinks follow each other and time does not go on."""
    lane = lane_at(b.at_lanes, l)
    lane.still += 1
    if lane.origin - lane.moved > STILL * code_of(b).end:
        lane.moved, lane.still = lane.origin, 0
    return lane.still > MOST_STILL


def _after_failure(b, l):
    """Try again with a smaller step, unless it vanishes; an undefined error counts as a very large one."""
    w = doubles(b.at_w)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    error = w[code.error * code.width + l]
    person_at(b.at_people, lane.who).rejected += 1
    w[code.accepted * code.width + l] = 0.0
    lane.refused = 1
    if not math.isfinite(error):  # perhaps only a slope is infinite, or a formula has no value beyond its kink
        w[code.careful * code.width + l] = 1.0
    factor = max(SHRINK, SAFETY * error ** (-1.0 / code.order)) if error < 1e30 else SHRINK
    lane.h = lane.used * factor
    left = lane.stop - lane.origin
    return STEP_FAILED if lane.h <= max(SMALLEST_STEP * lane.t, SMALLEST_START * left) else OK


def _at_rest(b, l):
    """Samples due at this moment, from the state itself, and then all its events in their order."""
    w, times = doubles(b.at_w), doubles(b.at_times)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    width = code.width
    w[code.accepted * width + l] = 0.0
    take_sample_now(b, l)
    for i in range(code.states):
        if not math.isfinite(w[(code.y + i) * width + l]):
            return NOT_FINITE
    while _has_sample(b, l) and times[lane.sample] <= lane.origin:
        _observe(b, l)
    while lane.event < person_at(b.at_people, lane.who).last and event_at(b.at_events, lane.event).time <= lane.origin:
        event = event_at(b.at_events, lane.event)
        place = ((code.y if event.kind < ADD_CONSTANT else code.p) + event.index) * width + l
        if event.kind in (ADD_STATE, ADD_CONSTANT):
            w[place] += event.value
        elif event.kind in (MULTIPLY_STATE, MULTIPLY_CONSTANT):
            w[place] *= event.value
        else:
            w[place] = event.value
        lane.event += 1
        lane.jumped = 1
    return fire(b, l)


def _has_sample(b, l):
    """A sample of the patient is still to be taken."""
    lane = lane_at(b.at_lanes, l)
    return lane.sample < person_at(b.at_people, lane.who).to_sample


def _read_to_the_end(b, l):
    """A patient who is read up to a time before the end has all its samples."""
    return person_at(b.at_people, lane_at(b.at_lanes, l).who).to_sample < code_of(b).n_times and not _has_sample(b, l)


def _samples_inside(b, l, start, due):
    """Samples in the step just taken, up to the time that is due."""
    times = doubles(b.at_times)
    lane = lane_at(b.at_lanes, l)
    while _has_sample(b, l) and times[lane.sample] - lane.origin <= due:
        interpolate(b, l, min(1.0, (times[lane.sample] - lane.origin - start) / lane.used))
        _observe(b, l)


def _observe(b, l):
    """Write the outputs at the next sample of a lane; one that is infinite or undefined stays NaN."""
    w, out, times = doubles(b.at_w), doubles(b.at_out), doubles(b.at_times)
    y = doubles(b.at_y)
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    person = person_at(b.at_people, lane.who)
    if code.clock >= 0:  # time as a state carries rounding, and a formula may be undefined just beyond a sample
        w[(code.sample + code.clock) * code.width + l] = times[lane.sample]
    observe(b, l)
    for o in range(code.outputs):
        value = out[o * code.width + l]
        if math.isfinite(value):
            y[(lane.who * code.n_times + lane.sample) * code.outputs + o] = value
        elif person.culprit < 0:
            person.culprit, person.stopped_at = o, times[lane.sample]
    lane.sample += 1


def _worst(b, l):
    """State with the largest share in the error of the last try."""
    w = doubles(b.at_w)
    code = code_of(b)
    worst, which = -1.0, 0
    for i in range(code.states):
        tolerance = w[(code.atol + i) * code.width + l] + code.tolerance * abs(w[(code.y + i) * code.width + l])
        share = abs(w[(code.k + (code.stages - 1) * code.states + i) * code.width + l]) / tolerance
        if not math.isfinite(share):
            return i
        if share > worst:
            worst, which = share, i
    return which
