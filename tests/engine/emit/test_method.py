"""The methods: order, stability and dense output, checked on closed forms; the machine code against a plain twin."""

import ctypes

import numpy as np
import pytest

from lobule import engine
from lobule.engine.emit.kernel import build
from lobule.engine.emit.method import RODAS4, RODAS5P
from lobule.engine.emit.structure import Structure

METHODS = pytest.mark.parametrize("method", [RODAS4, RODAS5P], ids=lambda m: m.name)
PREY = engine.compile(
    "model prey; x = 1.2; y = 0.8; a := x*y/(1 + 0.3*x); x' = 1.1*x - a; y' = a - 0.9*y^1.5; end"
)  # fmt: skip


def plain_step(method, rates, jacobian, y, h):
    """One step, as method.py writes it: new value, error estimate, stages. Slow and readable."""
    n, k = len(y), []
    matrix = np.eye(n) / (h * method.gamma) - jacobian(y)
    u = y
    for s in range(method.stages):
        if 0 < s <= len(method.A):
            u = y + sum(a * k[j] for j, a in enumerate(method.A[s - 1]))
        elif s > 0:
            u = u + k[-1]
        previous = sum(c * k[j] / h for j, c in enumerate(method.C[s - 1])) if s else np.zeros(n)
        k.append(np.linalg.solve(matrix, rates(u) + previous))
    return u + k[-1], k[-1], k


def dense(method, x, old, new, k):
    d = [sum(c * k[j] for j, c in enumerate(row)) for row in method.dense]
    return (1 - x) * old + x * (new + (1 - x) * (d[0] + x * (d[1] + x * d[2])))


def system(model):
    p = np.zeros(len(model.constants))
    return (lambda y: model.rates(0.0, y, p)), (lambda y: model.jacobian(0.0, y, p))


def integrate(method, model, y, end, steps):
    rates, jacobian = system(model)
    for _ in range(steps):
        y, _, _ = plain_step(method, rates, jacobian, y, end / steps)
    return y


@METHODS
def test_convergence_has_the_stated_order(method):
    start = np.array([1.2, 0.8])
    exact = integrate(RODAS5P, PREY, start, 1.0, 512)
    coarse, fine = (np.abs(integrate(method, PREY, start, 1.0, n) - exact).max() for n in (8, 16))
    assert np.log2(coarse / fine) == pytest.approx(method.order, abs=0.6)


@METHODS
def test_very_stiff_parts_vanish_in_one_step(method):
    """L-stability: the stability function goes to 0 at infinity."""
    new, _, _ = plain_step(method, lambda y: -1e12 * y, lambda y: np.array([[-1e12]]), np.array([1.0]), 1.0)
    assert abs(new[0]) < 1e-9


@METHODS
def test_dense_output_is_one_order_below_the_method(method):
    rates, jacobian = system(PREY)
    start = np.array([1.2, 0.8])
    gaps = []
    for h in (0.4, 0.2):
        new, _, k = plain_step(method, rates, jacobian, start, h)
        middle = integrate(RODAS5P, PREY, start, 0.3 * h, 64)
        gaps.append(np.abs(dense(method, 0.3, start, new, k) - middle).max())
        np.testing.assert_allclose(dense(method, 0.0, start, new, k), start)
        np.testing.assert_allclose(dense(method, 1.0, start, new, k), new)
    assert np.log2(gaps[0] / gaps[1]) > method.order - 0.6


@METHODS
@pytest.mark.parametrize("lanes", [2, 4, 8])
def test_the_machine_code_agrees_with_the_plain_step(method, lanes):
    kernel = build(Structure(PREY.system, method), lanes)
    at, n = kernel.structure.parts, kernel.structure.layout.states
    w = np.zeros((at["size"], lanes))
    rng = np.random.default_rng(3)
    y, h = rng.uniform(0.5, 2, (n, lanes)), rng.uniform(0.01, 0.3, lanes)
    w[at["y"] : at["y"] + n], w[at["h"]], w[at["rtol"]], w[at["atol"] : at["atol"] + n] = y, h, 1e-4, 1e-7
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(kernel.addresses["attempt"])(w.ctypes.data)
    rates, jacobian = system(PREY)
    for lane in range(lanes):
        new, error, _ = plain_step(method, rates, jacobian, y[:, lane], h[lane])
        np.testing.assert_allclose(w[at["new"] : at["new"] + n, lane], new, rtol=1e-13)
        scaled = error / (1e-7 + 1e-4 * np.maximum(np.abs(y[:, lane]), np.abs(new)))
        assert w[at["error"], lane] == pytest.approx(np.sqrt(np.mean(scaled**2)), rel=1e-6)
