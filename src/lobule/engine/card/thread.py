"""What runs on the card beside the functions of a model and of drive.py: elementary functions with the limits of the
processor's, and the loop of one thread. Nothing is called from here; cuda.py compiles it."""

from __future__ import annotations

import math

# --- elementary functions whose limits are those of the processor's code ----------------------------------------------


def divide(x, y):
    """x / y, infinite or undefined where y is 0."""
    if y == 0.0:
        return math.nan if x == 0.0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)
    return x / y


def square_root(x):
    """Square root, undefined below 0."""
    return math.sqrt(x) if x >= 0.0 else math.nan


def exponential(x):
    """exp(x), infinite beyond the range."""
    return math.inf if x > 709.79 else math.exp(x)


def logarithm(x):
    """log(x), -infinite at 0, undefined below."""
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


ELEMENTARY = (divide, square_root, exponential, logarithm)


# --- the calls of the control loop, and the loop of one thread --------------------------------------------------------
# Their globals (`step`, `observe_at`, ...) are put in place by `cuda.py`. A block is a named tuple of arrays here.


def code_of(b):
    """Sizes and places of the model of a block."""
    return b.codes[0]


def doubles(array):
    """Numbers of an array."""
    return array


def integers(array):
    """Whole numbers of an array."""
    return array


def record_at(array, index):
    """A record of an array."""
    return array[index]


def attempt(b, l):
    """Take the last step over where it was accepted, then try the next."""
    step(b.at_w, code_of(b).width, l)


def observe(b, l):
    """Outputs at the sample, into `out`."""
    observe_at(b.at_w, code_of(b).width, l, b.at_out)


def triggers(b, l):
    """Triggers of the model's events at the sample, into `out`."""
    triggers_at(b.at_w, code_of(b).width, l, b.at_out)


def assign(b, l):
    """New values of the model's events at the sample, into `out`."""
    assign_at(b.at_w, code_of(b).width, l, b.at_out)


def orders(b, l):
    """Delays and then priorities of the model's events at the sample, into `out`."""
    orders_at(b.at_w, code_of(b).width, l, b.at_out)


def look(b, l):
    """Distances of the kinks of states to a change at the sample, into `out`."""
    look_at(b.at_w, code_of(b).width, l, b.at_out)


def moment(b, l):
    """Values of the kinks of time at the sample, into `out`."""
    moment_at(b.at_w, code_of(b).width, l, b.at_out)


def spans(b, l):
    """Lower and upper bounds of the kinks of time over the span, into `out`."""
    spans_at(b.at_w, code_of(b).width, l, b.at_out)


def thread(
    codes, people, events, constants, initial, atol, times, dense, own, targets, y, w, out, lanes, held, fired, due,
    queued, values, past,
):  # fmt: skip
    """Integrate every `width`-th patient; the arrays are those of a block, flat."""
    code = codes[0]
    l = cuda.grid(1)
    if l >= code.width:
        return
    b = Block(
        codes, people, events, constants, initial, atol, times, dense, own, targets, y, w, out, lanes, held, fired, due,
        queued, values, past,
    )  # fmt: skip
    for who in range(l, code.n_people, code.width):
        w[code.rtol * code.width + l] = code.tolerance
        w[code.accepted * code.width + l] = 0.0
        load(b, l, who)
        begin(b, l, who)
        while lanes[l].who >= 0:
            choose_step(b, l)
            attempt(b, l)
            after_attempt(b, l)


LOOP = (code_of, doubles, integers, attempt, observe, triggers, assign, orders, look, moment, spans)
