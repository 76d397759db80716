"""The vector functions against long doubles: stated errors hold over the whole range, edges are right."""

import ctypes
import math

import llvmlite.ir as ir
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.engine.emit.kernel import machine_code
from lobule.engine.emit.vector_math import VectorMath

LANES = 4


def function(emit, arguments):
    """Compile a vector function and call it on whole arrays."""
    module = ir.Module("test")
    pointer = ir.PointerType()
    f = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer] * (arguments + 1)), "f")
    builder = ir.IRBuilder(f.append_basic_block())
    vector = VectorMath(module, builder, LANES)
    values = [builder.load(a, align=8, typ=vector.vector) for a in f.args[:-1]]
    builder.store(emit(vector, *values), f.args[-1], align=8)
    builder.ret_void()
    code = machine_code(str(module), lambda: module)
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (arguments + 1))(code.get_function_address("f"))

    def on_arrays(*inputs):
        inputs = [np.ascontiguousarray(x, float) for x in np.broadcast_arrays(*inputs)]
        padded = [np.append(x, np.ones(-x.size % LANES)) for x in inputs]
        out = np.empty_like(padded[0])
        for i in range(0, out.size, LANES):
            call(*(x[i:].ctypes.data for x in padded), out[i:].ctypes.data)
        return out[: inputs[0].size], code

    return lambda *inputs: on_arrays(*inputs)[0]


EXP = function(lambda v, x: v.exp(x), 1)
LOG = function(lambda v, x: v.log(x), 1)
POWER = function(lambda v, x, n: v.power(x, n), 2)


def ulps(found, wanted):
    return np.max(np.abs(found - wanted) / np.spacing(np.abs(wanted)))


def test_exp_is_within_two_ulp():
    x = np.concatenate([np.linspace(-700, 709, 200_001), np.linspace(-1, 1, 20_001)])
    exact = np.exp(x.astype(np.longdouble)).astype(float)
    assert ulps(EXP(x), exact) <= 2


def test_log_is_within_two_ulp():
    x = np.concatenate([np.logspace(-300, 300, 200_001), np.linspace(0.5, 2, 50_001)])
    exact = np.log(x.astype(np.longdouble)).astype(float)
    keep = exact != 0
    assert ulps(LOG(x)[keep], exact[keep]) <= 2


def test_log_of_one_is_zero():
    assert LOG([1.0])[0] == 0.0


@given(st.floats(1e-100, 1e100), st.floats(-3, 3))
def test_power_has_the_stated_relative_error(x, n):
    exact = float(np.longdouble(x) ** np.longdouble(n))
    bound = 4e-16 * (1 + abs(n * math.log(x)))
    assert abs(POWER([x], [n])[0] - exact) <= bound * abs(exact)


@pytest.mark.parametrize(
    ("x", "wanted"),
    [(0, 1), (-800, 0), (800, math.inf), (-745, math.exp(-745)), (709.7, math.exp(709.7)), (-math.inf, 0)],
)
def test_exp_at_its_edges(x, wanted):
    found = EXP([x])[0]
    assert found == pytest.approx(wanted, rel=1e-15, abs=1e-323)


def test_undefined_values_stay_undefined():
    assert np.isnan(EXP([math.nan])[0])
    assert np.isnan(LOG([-1.0])[0])
    assert np.isnan(LOG([math.nan])[0])
    assert LOG([0.0])[0] == -math.inf
    assert LOG([math.inf])[0] == math.inf


@pytest.mark.parametrize(
    ("x", "n", "wanted"),
    [
        (2, 0.5, math.sqrt(2)), (0, 0.5, 0), (0, 2, 0), (0, 0, 1), (5, 0, 1), (-2, 3, -8), (-2, 2, 4), (-2, -1, -0.5),
        (-1e-12, 0.7, 0), (-1e-12, 1.5, 0),
    ],
)  # fmt: skip
def test_power_at_its_edges(x, n, wanted):
    assert POWER([x], [n])[0] == pytest.approx(wanted, rel=1e-14)


def test_a_fractional_power_of_a_truly_negative_number_is_undefined():
    assert np.isnan(POWER([-2.0], [0.5])[0])


@given(st.floats(-50, 50), st.integers(0, 3))
def test_a_lane_does_not_see_its_neighbours(x, lane):
    company = np.array([math.nan, math.inf, -1.0, 1e300])
    company[lane] = x
    assert EXP(company)[lane] == EXP([x])[0]
