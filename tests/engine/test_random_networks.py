"""Random reaction networks under random doses: ours beside libRoadRunner, and positivity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import engine


@st.composite
def networks(draw):
    n = draw(st.integers(2, 6))
    rate = st.floats(0.01, 20).map(lambda v: round(v, 4))
    lines = ["compartment c = 1;", *(f"species s{i} in c; s{i} = {draw(rate)};" for i in range(n))]
    for r in range(draw(st.integers(n, 2 * n))):
        source, product = draw(st.integers(0, n - 1)), draw(st.integers(0, n - 1))
        law = draw(st.sampled_from(["k*S", "k*S/(0.7 + S)", "k*S^2/(1 + S^2)", "k*S*exp(-0.1*S)", "k*S^1.3"]))
        law = law.replace("k*", f"k{r}*", 1).replace("S", f"s{source}")
        lines.append(f"J{r}: s{source} => {'' if product == source else f's{product}'}; {law}; k{r} = {draw(rate)};")
    doses = draw(st.lists(st.tuples(st.floats(0.05, 2.9), st.integers(0, n - 1), st.floats(0, 10)), max_size=4))
    rows = [(0, round(t, 4), f"s{i}", "add", round(v, 4)) for t, i, v in doses]
    return f"model m; {' '.join(lines)} end", engine.EventTable(rows)


@pytest.mark.peer
@settings(max_examples=25)
@given(networks())
def test_random_networks_agree_with_roadrunner(case):
    text, events = case
    model = engine.compile(text)
    ours = model.solve(events=events, times=[0.5, 1, 2, 3], rtol=1e-8)
    reference = model.solve(events=events, times=[0.5, 1, 2, 3], rtol=1e-9, atol=1e-12, engine="roadrunner")
    assert ours.complete
    if reference.complete:
        np.testing.assert_allclose(ours.y, reference.y, rtol=1e-5, atol=1e-6)


@given(networks())
def test_no_amount_goes_below_zero(case):
    text, events = case
    solution = engine.compile(text).solve(events=events, times=np.linspace(0, 3, 31), rtol=1e-6)
    assert solution.complete
    assert solution.y.min() >= -1e-6 * np.abs(solution.y).max()
