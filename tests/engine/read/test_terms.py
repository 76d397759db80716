"""Terms: parts of an equation that have a name, written out where they are used."""

import numpy as np
import pytest

from lobule import engine
from lobule.errors import ModelError

IN_ONE_PIECE = "model m; x = 1; y = 2; x' = -k*(1 + y/(h + y))*x + 0.1*y; y' = x - y; k = 0.7; h = 3; end"
WITH_TERMS = """model m; x = 1; y = 2; x' = -k*drive*x + 0.1*y; y' = x - y; k = 0.7; h = 3;
drive := 1 + share; share := y/(h + y); end"""
TIMES = [0, 1, 5]


def test_an_equation_with_terms_is_solved_bit_for_bit_as_if_it_stood_in_one_piece():
    whole = engine.compile(IN_ONE_PIECE).solve(times=TIMES, outputs=["x", "y"])
    model = engine.compile(WITH_TERMS, terms=["drive", "share"])
    assert np.array_equal(model.solve(times=TIMES, outputs=["x", "y"]).y, whole.y)
    assert model.system.assignments == ()


def test_terms_can_be_asked_for_and_are_no_variables_by_themselves():
    model = engine.compile(WITH_TERMS, terms=["drive", "share"])
    found = model.solve(times=TIMES, outputs=["y", "drive", "share"])
    np.testing.assert_allclose(found["share"], found["y"] / (3 + found["y"]), rtol=1e-12)
    np.testing.assert_allclose(found["drive"], 1 + found["share"], rtol=1e-12)
    assert model.variables == ["x", "y"]


@pytest.mark.parametrize("name", ["x", "k", "nothing"])
def test_what_is_no_assigned_parameter_is_no_term(name):
    with pytest.raises(ModelError, match=f'"{name}" is no parameter with an assignment rule'):
        engine.compile(WITH_TERMS, terms=[name])
