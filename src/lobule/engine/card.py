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
# Their globals (`step`, `outputs_at`, ...) are put in place by `cuda.py`.


def attempt(code, w, out, l):
    """Take the last step over where it was accepted, then try the next."""
    step(w, code.width, l)


def observe(code, w, out, l):
    """Outputs at the sample, into `out`."""
    outputs_at(w, code.width, l, out)


def triggers(code, w, out, l):
    """Triggers of the model's events at the sample, into `out`."""
    triggers_at(w, code.width, l, out)


def assign(code, w, out, l):
    """New values of the model's events at the sample, into `out`."""
    assignments_at(w, code.width, l, out)


def thread(
    codes, tasks, people, events, constants, initial, times, atol, dense, own, targets, y, w, out, lanes, held, fired,
    values,
):  # fmt: skip
    """Integrate every `code.width`-th patient; arguments as those of `drive.drive`, then room to work in."""
    code, task = codes[0], tasks[0]
    l = cuda.grid(1)
    if l >= code.width:
        return
    for who in range(l, people.size, code.width):
        w[code.rtol * code.width + l] = task.rtol
        w[code.accepted * code.width + l] = 0.0
        _load(code, w, l, constants[who], initial[who], atol[who])
        _begin(code, task, people, events, lanes, w, out, l, who, times, own, targets, held, fired, values, y)
        while lanes[l].who >= 0:
            _choose_step(code, task, people, events, lanes, w, l)
            attempt(code, w, out, l)
            _after_attempt(
                code, task, people, events, lanes, w, out, l, times, dense, own, targets, held, fired, values, y
            )


LOOP = (attempt, observe, triggers, assign)
