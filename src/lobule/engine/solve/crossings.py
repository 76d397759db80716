"""Where the step just taken first crosses a kink of states: a root on its dense output.

The compiled step tells whether one may be crossed at all (see locks.py). Then the step is looked at in equal parts; a
distance that dips between two looks is followed to its lowest point, so that a kink that is crossed and crossed back
within a step is found too.
"""

from __future__ import annotations

from lobule.engine.solve.block import code_of, doubles, lane_at, look
from lobule.engine.solve.sample import interpolate

MOST_KINKS, SLIDING, FREE = 10, 1e-6, 1e-3  # more kinks in such a share of the run: left to the error control for FREE
PARTS = 16  # looks at a step that may have crossed a kink
SAME = 1e-3  # of a share: a change found this much earlier is another one
FOLLOWED = 12  # looks at a dip
MOST_LOOKS = 150  # at a root
QUICK = 12  # looks after which every other halves: a root may lie at one end of its bracket
FINEST = 1e-14  # of the time, and of the step: no crossing is located more closely


def cut(b, l, start):
    """End the step where it first crosses a kink; False when it crosses none."""
    lane, code = lane_at(b.at_lanes, l), code_of(b)
    count = code.kinks if lane.origin + lane.t >= lane.free else code.watched
    lane.cut = _first_crossing(b, l, count)
    if lane.cut > 1.0:
        return False
    lane.t = start + lane.cut * lane.used
    if lane.origin + lane.t - lane.since > SLIDING * code.end:
        lane.since, lane.kinks = lane.origin + lane.t, 0
    lane.kinks += 1
    if lane.kinks >= MOST_KINKS + 2 * code.kinks:  # it slides along a kink, and would cross it for ever
        lane.free = lane.origin + lane.t + FREE * code.end
    return True


def _first_crossing(b, l, count):
    """Share of the step at which the first of so many kinks has changed; 2 when none does."""
    finest = _finest(b, l)
    first = _first_within(b, l, count, 1.0)
    while first <= 1.0:  # what was found may hide another change before it
        if first <= PARTS * finest:
            return first
        before = _first_within(b, l, count, first)
        if before >= (1.0 - SAME) * first:
            return first
        first = before
    return 2.0


def _first_within(b, l, count, end):
    """The first change found by looks at equal parts of the step up to a share of it; 2 when there is none."""
    code = code_of(b)
    out, past = doubles(b.at_out), doubles(b.at_past)
    _look_at(b, l, 0.0)
    for k in range(count):
        now = out[k * code.width + l]
        past[2 * l * code.kinks + k] = past[(2 * l + 1) * code.kinks + k] = now
    low = 0.0
    for part in range(1, PARTS + 1):
        high = end * part / PARTS
        _look_at(b, l, high)
        found = _first_root(b, l, count, low, high)
        if found <= 1.0:
            return found
        found = _in_a_dip(b, l, count, low - end / PARTS, high)
        if found <= 1.0:
            return found
        low = high
    return 2.0


def _look_at(b, l, x):
    interpolate(b, l, x)
    look(b, l)


def _distance(b, l, k, x):
    """Distance of one kink to its change at a share of the step."""
    out = doubles(b.at_out)
    _look_at(b, l, x)
    return out[k * code_of(b).width + l]


def _first_root(b, l, count, low, high):
    """The first change between two looks, the later of them just taken; 2 when there is none."""
    out, past = doubles(b.at_out), doubles(b.at_past)
    first = 2.0
    for k in range(count):
        at_high = out[k * code_of(b).width + l]
        if not at_high > 0.0:
            first = high = _root(b, l, k, low, past[(2 * l + 1) * code_of(b).kinks + k], high, at_high)
            _look_at(b, l, high)  # those that have not changed yet there come later
    return first


def _in_a_dip(b, l, count, low, high):
    """A change where a distance has dipped over the last three looks; 2 when there is none. Remembers the looks."""
    out, past = doubles(b.at_out), doubles(b.at_past)
    three = low >= 0.0
    width, kinks = code_of(b).width, code_of(b).kinks
    dipped = -1
    for k in range(count):
        before = 2 * l * kinks + k
        first, middle, last = past[before], past[before + kinks], out[k * width + l]
        bend = first - 2.0 * middle + last
        if three and middle <= first and middle < last and bend > 0.0:
            lowest = middle - (last - first) ** 2 / (8.0 * bend)
            if dipped < 0 and lowest < 0.5 * middle:
                dipped = k
        past[before], past[before + kinks] = middle, last
    if dipped < 0:
        return 2.0
    bottom = _lowest(b, l, dipped, low, high)
    at_bottom = _distance(b, l, dipped, bottom)
    if at_bottom > 0.0:
        return 2.0
    return _root(b, l, dipped, low, _distance(b, l, dipped, low), bottom, at_bottom)


def _lowest(b, l, k, low, high):
    """Share at which a distance is lowest, or below 0, by the golden section."""
    golden = 0.6180339887498949
    x1, x2 = high - golden * (high - low), low + golden * (high - low)
    f1, f2 = _distance(b, l, k, x1), _distance(b, l, k, x2)
    for _ in range(FOLLOWED):
        if f1 <= 0.0:
            return x1
        if f2 <= 0.0:
            return x2
        if f1 < f2:
            high, x2, f2 = x2, x1, f1
            x1 = high - golden * (high - low)
            f1 = _distance(b, l, k, x1)
        else:
            low, x1, f1 = x1, x2, f2
            x2 = low + golden * (high - low)
            f2 = _distance(b, l, k, x2)
    return x1 if f1 < f2 else x2


def _finest(b, l):
    """Share of the step to which a change is located."""
    lane = lane_at(b.at_lanes, l)
    return max(FINEST * (lane.origin + lane.t) / lane.used, 1e-15)


def _root(b, l, k, low, at_low, high, at_high):
    """Share just behind the change of one kink, by the Illinois method with a halving now and then."""
    finest = _finest(b, l)
    side = 0
    for i in range(MOST_LOOKS):
        if high - low <= finest:
            return high
        x = 0.5 * (low + high)
        if (i % 4 != 3 if i < QUICK else i % 2 == 0) and at_low > at_high:
            x = low + (high - low) * at_low / (at_low - at_high)
            x = min(max(x, low + 0.5 * finest), high - 0.5 * finest)
        at_x = _distance(b, l, k, x)
        if at_x > 0.0:
            low, at_low = x, at_x
            if side == 1:
                at_high *= 0.5
            side = 1
        else:
            high, at_high = x, at_x
            if side == -1:
                at_low *= 0.5
            side = -1
    return high
