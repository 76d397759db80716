"""Events given as arrays are those given as rows, in every order and company."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import engine
from lobule.engine.events import EVERYONE, KINDS, EventTable
from lobule.errors import InputError

MODEL = engine.compile("model m; x = 1; y = 2; x' = -k*x; y' = k*x - 0.1*y; k = 1; end")
ROWS = st.lists(
    st.tuples(
        st.sampled_from([EVERYONE, 0, 1, 2]),
        st.sampled_from([0.0, 0.5, 1.0, 2.0]),
        st.sampled_from(["x", "y", "k"]),
        st.sampled_from(["add", "multiply", "set"]),
        st.floats(0.1, 2.0),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_rows_and_arrays_give_the_same_bits(rows):
    arrays = EventTable()
    for patient, time, target, kind, value in rows:
        arrays += EventTable.from_arrays([patient], [time], target, kind, [value])
    asked = {"parameters": {"k": [0.5, 1.0, 1.5]}, "times": [0.5, 1.0, 3.0]}
    by_rows = MODEL.solve(**asked, events=EventTable(rows))
    assert list(arrays) == list(EventTable(rows))
    assert MODEL.solve(**asked, events=arrays).y.tobytes() == by_rows.y.tobytes()
    of = [EventTable((0, *row[1:]) for row in rows if row[0] in (i, EVERYONE)) for i in range(3)]
    alone = [MODEL.solve({"k": k}, None, mine, [0.5, 1.0, 3.0]) for k, mine in zip([0.5, 1.0, 1.5], of, strict=True)]
    assert by_rows.y.tobytes() == np.concatenate([one.y for one in alone]).tobytes()


def test_one_call_makes_the_events_of_many_patients():
    doses = EventTable.from_arrays(np.arange(3), 1.0, "x", "add", [1.0, 2.0, 3.0])
    assert len(doses) == 3
    assert doses.of(2) == [engine.events.Event(2, 1.0, "x", "add", 3.0)]
    assert doses.targets == {"x"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"patient": 0.5}, "patient must be a whole number"),
        ({"patient": -2}, "patient must be a whole number"),
        ({"time": -1.0}, "time must be 0 or later"),
        ({"time": [0.0, 1.0], "value": [1.0, 2.0, 3.0]}, "time has 2 values"),
        ({"value": np.nan}, "value must be numbers"),
        ({"kind": "double"}, "unknown kind"),
        ({"target": 3}, "target must be a text"),
    ],
)
def test_arrays_that_are_no_events_are_refused(wrong, said):
    right = {"patient": 0, "time": 1.0, "target": "x", "kind": "add", "value": 1.0}
    with pytest.raises(InputError, match=said):
        EventTable.from_arrays(**(right | wrong))


@given(st.data())
def test_rows_of_patients_with_other_numbers_are_those_written_one_by_one(data):
    n = data.draw(st.integers(1, 5))
    rows = data.draw(st.lists(st.tuples(st.integers(-1, n - 1), st.floats(0, 9), st.sampled_from("xyz"),
                                        st.sampled_from(KINDS), st.floats(-5, 5)), max_size=6))  # fmt: skip
    order = data.draw(st.permutations(range(n)))
    to = np.where(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), order, -1)
    plain = [(int(to[i]), *rest) for who, *rest in rows for i in (range(n) if who == EVERYONE else [who]) if to[i] >= 0]
    assert list(EventTable(rows).moved(to)) == list(EventTable(plain))
    both = EventTable.joined([EventTable(rows).moved(to), EventTable(plain), EventTable()])
    assert list(both) == [*EventTable(plain), *EventTable(plain)]
