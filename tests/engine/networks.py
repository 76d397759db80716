"""Random reaction networks with random tables of doses and infusions."""

from hypothesis import strategies as st

from lobule import engine
from lobule.engine.events import infusion


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
    given = draw(st.lists(st.tuples(st.floats(0.05, 2.0), st.integers(0, n - 1), st.floats(0.1, 10)), max_size=2))
    rows += [row for t, i, v in given for row in infusion(f"s{i}", round(v, 4), round(t, 4), 0.5, patient=0)]
    return f"model m; {' '.join(lines)} end", engine.EventTable(rows)
