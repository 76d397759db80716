"""The state of a page, the text of a file and the query of a link are one thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.files.scenario import read_scenario
from lobule.studio.ready import DOSES, READY, causes_of, ready, with_cause
from lobule.studio.state import State
from lobule.therapy import ROUTES, cares, products
from lobule.yaml_files import parse

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=20)
VALUES = st.one_of(WORDS, st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
GROUPS = st.dictionaries(NAMES, st.one_of(VALUES, st.lists(VALUES, max_size=3), st.dictionaries(NAMES, VALUES)))
ANYTHING = st.dictionaries(NAMES, st.one_of(VALUES, GROUPS, st.lists(GROUPS, max_size=3)), min_size=1, max_size=4)


@st.composite
def states(draw):
    """States that a page can come to by what can be chosen on it."""
    species = draw(st.sampled_from(sorted(READY)))
    state = with_cause(ready(species), draw(st.sampled_from([None, *causes_of(species)])))
    name = draw(st.sampled_from([None, *products]))
    if name is None:
        return state.having((("plan",), None))
    kind = products[name].kind
    part = {"product": name, "dose": DOSES[kind, species], "route": draw(st.sampled_from(list(ROUTES[kind]))),
            "start": f"{draw(st.integers(0, 20))} d"}  # fmt: skip
    part |= draw(st.sampled_from([{}, {"n": 1}, {"n": 3, "every": "7 d"}, {"n": 2, "every": "36 h", "over": "1 h"}]))
    care = draw(st.lists(st.sampled_from(sorted(cares())), max_size=1))
    return state.having((("plan",), [part, *({"care": one, "start": "3 d"} for one in care)]))


@given(ANYTHING)
def test_a_link_holds_the_whole_state(data):
    assert State.of_query(State(data).query()).data == data


@given(ANYTHING)
def test_the_text_of_a_file_holds_the_whole_state(data):
    assert parse(State(data).yaml(), "a", "b", "c").data == data


@given(states())
def test_what_can_be_chosen_is_a_scenario_or_says_at_which_field_it_is_none(state):
    try:
        found = state.scenario
    except InputError as error:
        assert all(one.field for one in error.mistakes)
        return
    assert State.of_query(state.query()).scenario == found


@given(states())
def test_a_command_reads_of_its_file_what_the_page_simulates(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("page") / "scenario.yaml"
    path.write_text(state.yaml(), encoding="utf-8")
    try:
        found = read_scenario(path)
    except InputError as error:
        with pytest.raises(InputError) as told:
            _ = state.scenario
        assert [one.field for one in told.value.mistakes] == [one.field for one in error.mistakes]
        return
    assert found == state.scenario


@pytest.mark.parametrize("species", sorted(READY))
def test_the_file_of_a_page_is_read_as_the_page_reads_it(species, tmp_path):
    path = tmp_path / "scenario.yaml"
    path.write_text(ready(species).yaml(), encoding="utf-8")
    assert read_scenario(path) == ready(species).scenario


@pytest.mark.parametrize(
    "query", ["subject=3&subject.species=mouse", "plan.7.dose=1", "plan.0.dose=1&plan.x=2", "a=1&a.b.c=2"]
)
def test_a_link_that_holds_no_state_is_told(query):
    with pytest.raises(InputError):
        State.of_query(query)


@pytest.mark.parametrize("product", ["/etc/passwd", "../a.yaml", "mine.yml", "a\\b"])
def test_a_page_opens_no_file_that_a_link_names(product):
    with pytest.raises(InputError, match="opens no files") as told:
        _ = ready().having((("plan", 0, "product"), product)).scenario
    assert told.value.field == ("plan", 0, "product")


def test_a_wrong_value_is_told_at_its_field():
    state = ready().having((("plan", 0, "dose"), "many"), (("until",), "3 parsecs"))
    with pytest.raises(InputError) as told:
        _ = state.scenario
    assert {error.field for error in told.value.mistakes} == {("plan", 0, "dose"), ("until",)}


def test_a_field_that_is_taken_out_is_gone():
    assert ready().having((("plan", 0, "every"), None)).get("plan", 0, "every") is None
    assert ready().having((("plan", 0), None)).parts == []
