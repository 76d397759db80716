"""Reading: what a model means, and what is refused by name."""

import contextlib
import math

import libsbml
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule import engine
from lobule.errors import LobuleError, ModelError

SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">{body}</model></sbml>"""
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'


def at(model, time, name, **kwargs):
    return float(engine.compile(model).solve(times=[time], rtol=1e-9, outputs=[name], **kwargs)[name][0, 0])


def test_concentrations_dilute_with_the_compartment_amounts_do_not():
    text = """model m; compartment c = 2; species a in c; substanceOnly species b in c;
              a = 3; b = 3; J: a -> b; k*a; k = 0.1; end"""
    # a is a concentration: the amount leaving is k*a, so da/dt = -k*a/volume
    assert at(text, 5, "a") == pytest.approx(3 * math.exp(-0.1 * 5 / 2), rel=1e-7)
    assert at(text, 5, "b") == pytest.approx(3 + 2 * (3 - 3 * math.exp(-0.25)), rel=1e-7)


def test_boundary_species_do_not_change_by_reactions():
    text = "model m; compartment c = 1; species $a in c, b in c; a = 2; b = 0; J: a -> b; k*a; k = 1; end"
    assert at(text, 3, "a") == 2
    assert at(text, 3, "b") == pytest.approx(6, rel=1e-8)


def test_stoichiometry_multiplies_the_rate():
    text = "model m; compartment c = 1; species a in c, b in c; a = 1; b = 0; J: 2 a -> 3 b; k*a; k = 0.5; end"
    assert at(text, 1, "a") == pytest.approx(math.exp(-1), rel=1e-7)
    assert at(text, 1, "b") == pytest.approx(1.5 * (1 - math.exp(-1)), rel=1e-7)


def test_initial_assignments_follow_the_parameters_of_each_patient():
    text = "model m; x = 2*k; x' = -x; k = 3; d = k + 1; end"
    solution = engine.compile(text).solve({"k": [3, 5]}, times=[0], outputs=["x", "d"])
    assert solution["x"][:, 0].tolist() == [6, 10]
    assert solution["d"][:, 0].tolist() == [4, 6]


def test_assignment_rules_may_stand_in_any_order():
    assert at("model m; a := b + 1; b := 2*time; x = 0; x' = a; end", 2, "x") == pytest.approx(6, rel=1e-7)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("abs(-2.5)", 2.5),
        ("max(1, 3, 2)", 3),
        ("min(4, 2, 3)", 2),
        ("piecewise(1, 2 > 3, 7)", 7),
        ("piecewise(1, 2 > 3, 5, 3 > 2, 7)", 5),
        ("ln(2.0)", math.log(2)),
        ("log10(50.0)", math.log10(50)),
        ("sqrt(9)", 3),
        ("2^0.5", math.sqrt(2)),
        ("exp(1)", math.e),
        ("piecewise(1, (1 > 0) && !(2 > 3), 0)", 1),
        ("tanh(0.3)", math.tanh(0.3)),
    ],
)
def test_functions_have_their_mathematical_value(formula, value):
    assert at(f"model m; x = 0; x' = 0; y := {formula} + 0*x; end", 0, "y") == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model m; x' = -x; end", '"x" has no start value'),
        ("model m; x = 1; x' = -k*x; end", '"k" has no value'),
        ("model m; a := b; b := a; x = 1; x' = a; end", "[Ll]oop"),
        ("model m; x = 1; x' = -x", "line"),
        ("this is no model", "cannot be read"),
        ("<sbml>", "cannot be read"),
        (SBML.format(body=""), None),
        ("model m; x = 1; x' = delay(x, 1); end", "delay"),
    ],
)
def test_unsupported_and_broken_models_are_refused_by_name(text, message):
    if message is None:
        assert engine.compile(text).states == ()
        return
    with pytest.raises(ModelError, match=message):
        engine.compile(text).solve(times=[0])


def test_algebraic_rule_is_refused():
    body = f"<listOfRules><algebraicRule>{MATH.format('<cn>1</cn>')}</algebraicRule></listOfRules>"
    with pytest.raises(ModelError, match="algebraic rule"):
        engine.compile(SBML.format(body=body)).system  # noqa: B018


def test_deep_nesting_is_refused_instead_of_exhausting_the_stack():
    formula = "(" * 0 + "x"
    for _ in range(600):
        formula = f"exp({formula})"
    with pytest.raises(LobuleError):
        engine.compile(f"model m; x = 1; x' = {formula}; end").system  # noqa: B018


@pytest.mark.parametrize("formula", ["10^10^10", "2^(3^40)*x", "factorial(100000)", "x^(10^12)", "(0-8)^(1/3)", "1/0"])
def test_constants_that_would_fill_the_memory_are_values_or_errors_at_once(formula):
    try:
        solution = engine.compile(f"model m; x = 1; x' = 0*({formula}); end").solve(times=[1])
    except ModelError:
        return
    assert solution.status[0] != 0 or np.isfinite(solution["x"][0, 0])


def test_a_ladder_of_doubling_assignments_is_read_at_once():
    """Written out, the last rung has 2^60 terms. (As Antimony text the same model keeps libantimony busy for ever.)"""
    document = libsbml.readSBMLFromString(engine.compile("model m; x = 0.3; x' = -a; a = 0; end").sbml)
    model = document.getModel()
    for i in range(60):
        parameter = model.createParameter()
        parameter.setId(f"a{i}")
        parameter.setConstant(False)
        rule = model.createAssignmentRule()
        rule.setVariable(f"a{i}")
        below = f"a{i - 1}" if i else "x"
        rule.setMath(libsbml.parseL3Formula(f"{below}*{below} - {below} + {below}/(1 + {below}^2)"))
    model.getRateRule("x").setMath(libsbml.parseL3Formula("-a59"))
    compiled = engine.compile(libsbml.writeSBMLToString(document))
    assert np.isfinite(compiled.solve(times=[1])["x"][0, 0])


def test_names_that_look_like_code_are_only_names():
    text = "model m; __import__ = 1; y0 = 2; p0 = 3; se = 1; __import__' = -p0*y0*se*__import__; end"
    assert at(text, 1, "__import__") == pytest.approx(math.exp(-6), rel=1e-6)


@given(st.text(max_size=300))
def test_any_text_is_a_model_or_a_model_error(text):
    with contextlib.suppress(LobuleError):
        engine.compile(text).solve(times=[0])


@given(st.binary(max_size=200), st.integers(0, 400))
def test_damaged_sbml_is_a_model_or_a_model_error(noise, where):
    good = engine.compile("model m; x = 1; x' = -k*x; k = 1; end").sbml
    damaged = good[:where] + noise.decode("latin-1") + good[where:]
    with contextlib.suppress(LobuleError):
        engine.compile(damaged).solve(times=[0])
