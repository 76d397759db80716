"""The state at a sample: at rest, or somewhere within the step just taken."""

from __future__ import annotations

from lobule.engine.solve.block import code_of, doubles


def take_sample_now(b, l):
    """Take the present state as the sample."""
    code, w = code_of(b), doubles(b.at_w)
    for i in range(code.states):
        w[(code.sample + i) * code.width + l] = w[(code.y + i) * code.width + l]


def interpolate(b, l, x):
    """State at share x of the step just taken, into the sample, by the method's dense output (see method.py)."""
    code, w, dense = code_of(b), doubles(b.at_w), doubles(b.at_dense)
    width, stages = code.width, code.stages
    for i in range(code.states):
        d1, d2, d3 = 0.0, 0.0, 0.0
        for j in range(stages):
            k = w[(code.k + j * code.states + i) * width + l]
            d1 += dense[j] * k
            d2 += dense[stages + j] * k
            d3 += dense[2 * stages + j] * k
        old, new = w[(code.y + i) * width + l], w[(code.new + i) * width + l]
        w[(code.sample + i) * width + l] = (1 - x) * old + x * (new + (1 - x) * (d1 + x * (d2 + x * d3)))
