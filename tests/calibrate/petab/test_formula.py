"""Formulas of PEtab: its own grammar, computed on doubles, never run as code."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError

pytest.importorskip("petab")

from lobule.calibrate.petab.formula import Formula

leaves = st.one_of(
    st.sampled_from(["x", "y_2"]), st.floats(0.1, 9).map(lambda v: f"{v:.3f}"), st.sampled_from(["2", "1e-1", "3.5"])
)


def larger(parts):
    two = st.tuples(parts, st.sampled_from(["+", "-", "*", "/", "^"]), parts).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
    call = st.tuples(st.sampled_from(["exp", "ln", "sqrt", "abs", "sin", "log10", "-", "tanh"]), parts).map(
        lambda p: f"{p[0]}({p[1]})"
    )
    pair = st.tuples(st.sampled_from(["min", "max", "pow"]), parts, parts).map(lambda p: f"{p[0]}({p[1]}, {p[2]})")
    choice = st.tuples(parts, parts, parts).map(lambda p: f"piecewise({p[0]}, {p[1]} < x && !(x > 8), {p[2]})")
    return st.one_of(two, call, pair, choice)


@given(st.recursive(leaves, larger, max_leaves=8), st.floats(0.2, 5), st.floats(0.2, 5))
def test_a_formula_has_the_value_that_the_library_of_petab_gives(text, x, y):
    from petab.v1.math import sympify_petab

    own = float(Formula(text).value({"x": x, "y_2": y}))
    if not math.isfinite(own) or abs(own) > 1e100:
        return  # SymPy goes on with complex and huge numbers
    theirs = complex(sympify_petab(text, evaluate=False).subs({}).evalf(subs={_real("x"): x, _real("y_2"): y}))
    assert theirs == pytest.approx(own, rel=1e-9, abs=1e-9)


def _real(name):
    import sympy

    return sympy.Symbol(name, real=True)


@given(st.text(max_size=40))
def test_any_text_is_a_formula_or_refused(text):
    try:
        formula = Formula(text)
    except InputError:
        return
    assert np.ndim(formula.value(dict.fromkeys(formula.symbols, 1.0))) == 0


@pytest.mark.parametrize(
    "code",
    [
        '__import__("os").system("touch ran")',
        "__import__('os').mkdir('ran')",
        "open(chr(114))",
        "().__class__.__mro__",
        "lambda: 1",
        "[x for x in (1,)]",
        "x.__init__",
        "exec(x)",
        "f(x)",
        "x; y",
        "x := 2",
    ],
)
def test_code_is_no_formula_and_nothing_is_run(tmp_path, monkeypatch, code):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        Formula(code)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["9^9^9^9", "exp(exp(exp(9e9 + 0*x)))", "1e999", "tan(1e300)^1e300", "2^(2^(2^(2^(2^9))))"]
)
def test_numbers_beyond_a_double_end_at_once(text):
    assert not np.isnan(Formula(text).value({"x": 1.0}))


@pytest.mark.parametrize("text", ["(" * 400 + "x" + ")" * 400, "-" * 5000 + "x", "x^" * 4000 + "x", "a" * 10_001])
def test_a_monstrous_formula_is_refused(text):
    with pytest.raises(InputError, match=r"nested too deeply|levels of brackets|characters"):
        Formula(text)


def test_a_long_sum_is_no_monster():
    assert Formula(" + ".join(["x"] * 2000)).value({"x": 0.5}) == 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x+*", "no PEtab formula"),
        ("", "no PEtab formula"),
        ("sine(x)", 'Did you mean "sin"'),
        ("max(1, 2, 3)", "max takes 2 arguments, not 3"),
        ("piecewise(1, x > 0)", "odd number"),
        ("nan", "a word of PEtab"),
    ],
)
def test_a_wrong_formula_is_told(text, message):
    with pytest.raises(InputError, match=message):
        Formula(text)


def test_a_branch_that_is_not_taken_does_not_matter():
    values = Formula("piecewise(log(x), x > 0, 0)").value({"x": np.array([-1.0, 1.0, math.e])})
    assert values.tolist() == pytest.approx([0, 0, 1])
