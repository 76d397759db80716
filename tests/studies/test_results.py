"""What trials saw: values of two arms, before and after, words, changes and ratios of risks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.evidence import table_path
from lobule.studies.results import OPPOSITE, control_of, result_of
from lobule.studies.tables import read_trials

TRIALS = read_trials(table_path("trials"))[0]
PLAIN = replace(
    next(row for row in TRIALS if row.arm == "treated"), source_id="none", design="RCT", endpoint="albumin",
    unit="g/L", value=None, baseline=None, p_value=None, effect="improved", timepoint_d=168.0, n=20,
)  # fmt: skip


def row(**changes):
    return replace(PLAIN, **changes)


def against(treated, control, good="up", **changes):
    """The result of values of two arms."""
    one = row(value=treated, effect="", **changes)
    return result_of(one, [one, replace(one, arm="control", value=control)], good)


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({"effect": "improved"}, "up"),
        ({"effect": "worse than control"}, "down"),
        ({"effect": "ALT down, albumin up; INR not significant"}, "up"),
        ({"effect": "no significant difference"}, "none"),
        ({"effect": "-25% relative"}, "down"),
        ({"effect": "3.2"}, "up"),
        ({"effect": "3.2", "p_value": 0.2}, "none"),
        ({"effect": "0.6", "unit": "HR death"}, "up"),
        ({"effect": "1.6", "unit": "HR death"}, "down"),
        ({"effect": "0.6", "unit": "HR death", "p_value": 0.05}, "none"),
        ({"effect": "", "unit": "HR death", "p_value": 0.3}, "none"),
        ({"effect": "2.1 (1.2 to 3.4)", "unit": "odds ratio, adjusted"}, "down"),
        ({"effect": "1.8", "unit": "odds of survival"}, "up"),
        ({"effect": "+20 %", "endpoint": "pt", "unit": "% PTA"}, "down"),
        ({"effect": "reduced", "endpoint": "mortality", "unit": "direction"}, "up"),
        ({"effect": "-10 %", "endpoint": "mortality", "unit": "fraction"}, "up"),
        ({"effect": "HGF and IL-6 raised after a day", "endpoint": "il_6"}, "up"),  # what is said of it, not "raised"
        ({"effect": "albumin up; bilirubin down, both better", "endpoint": "bilirubin"}, "down"),
        ({"effect": "albumin up, no significant difference", "endpoint": "albumin"}, "none"),
    ],
)
def test_the_direction_follows_from_words_a_change_or_a_hazard_ratio(changes, direction):
    assert result_of(row(**changes), [], "up") == (direction, None, "control")


def test_values_of_both_arms_go_before_words():
    treated = row(value=36.0, effect="no difference")
    control = row(arm="control", value=30.0)
    assert result_of(treated, [treated, control], "up") == ("up", 1.2, "control")
    assert result_of(replace(treated, p_value=0.3), [treated, control], "up") == ("none", 1.2, "control")
    dead = row(endpoint="survival", unit="fraction dead", value=0.2)
    assert result_of(dead, [replace(dead, arm="control", value=0.6)], "up") == ("up", pytest.approx(2.0), "control")


@pytest.mark.parametrize(
    ("treated", "control", "changes", "found"),
    [
        (0.2, 0.6, {"endpoint": "mortality", "unit": "fraction"}, ("up", 2.0)),
        (20, 60, {"endpoint": "survival", "unit": "% dead"}, ("up", 2.0)),
        (2, 6, {"endpoint": "survival", "unit": "deaths", "n": 10}, ("up", 2.0)),
        (0.9, 0.6, {"endpoint": "overall survival", "unit": "fraction"}, ("up", 1.5)),
        (14, 10, {"endpoint": "survival", "unit": "months, median"}, ("up", None)),
        (0.4, 0.1, {"endpoint": "ascites", "unit": "fraction resolved"}, ("down", None)),
        (60, 40, {"endpoint": "pt", "unit": "% PTA"}, ("down", None)),
        (15, 20, {"endpoint": "pt", "unit": "s"}, ("down", 0.75)),
        (-10, 10, {"endpoint": "bilirubin", "unit": "% change during treatment"}, ("down", 0.9 / 1.1)),
        (40, 20, {"endpoint": "meld", "unit": "% fall from baseline"}, ("down", 0.75)),
        (-3, -1, {"endpoint": "meld", "unit": "points change", "baseline": 16}, ("down", 13 / 15)),
        (-3, -1, {"endpoint": "meld", "unit": "points change"}, ("down", None)),
        (0.5, 0.5, {"endpoint": "survival", "unit": "fraction"}, ("none", 1.0)),
    ],
)
def test_values_of_two_arms_by_their_unit(treated, control, changes, found):
    good = "down" if changes["endpoint"] in ("ascites", "bilirubin", "meld", "pt") else "up"
    result = against(treated, control, good, **changes)
    assert (result.direction, result.ratio) == (found[0], found[1] and pytest.approx(found[1]))
    assert result.against == "control"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"baseline": 25.0, "value": 30.0}, ("up", 1.2)),
        ({"baseline": 25.0, "value": 30.0, "p_value": 0.4}, ("none", 1.2)),
        ({"baseline": 50.0, "value": 60.0, "endpoint": "pt", "unit": "% PTA"}, ("down", None)),
        ({"baseline": 20.0, "value": -5.0, "endpoint": "meld", "unit": "points change"}, ("down", 0.75)),
        ({"value": -20.0, "endpoint": "alt", "unit": "% change"}, ("down", 0.8)),
        ({"value": 3.0, "n": 4, "unit": "patients improved"}, ("up", None)),
        ({"value": 0.4, "unit": "fraction improved"}, ("none", None)),
        ({"effect": "improved"}, ("up", None)),
        ({"effect": "no change"}, ("none", None)),
    ],
)
def test_a_single_arm_is_compared_with_itself_before(changes, found):
    result = result_of(row(design="single_arm", **({"effect": ""} | changes)), [], "up")
    assert (result.direction, result.ratio) == (found[0], found[1] and pytest.approx(found[1]))
    assert result.against == "before"


def test_an_arm_whose_control_has_no_row_is_compared_with_itself_before_where_its_words_do_not_tell():
    assert result_of(row(effect="", baseline=25.0, value=30.0), [], "up") == ("up", 1.2, "before")
    assert result_of(row(effect="improved vs control", baseline=25.0, value=30.0), [], "up").against == "control"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"effect": "", "value": 30.0}, "no control arm and no value before treatment; a baseline_mean"),
        ({"design": "single_arm", "endpoint": "survival", "unit": "fraction", "value": 0.9, "effect": ""}, "a course"),
        ({"design": "dose finding", "endpoint": "survival", "effect": "better"}, "a course, not an effect"),
        ({"effect": "", "value": 30.0, "baseline": 0.0}, "no value before treatment"),
    ],
)
def test_what_has_nothing_beside_it_says_what_would_make_it_comparable(changes, message):
    with pytest.raises(InputError, match=message):
        result_of(row(**changes), [], "up")


def test_a_control_arm_is_of_the_same_endpoint_time_and_unit_whatever_stands_in_brackets():
    one = row(unit="fraction (modified ITT)", value=0.5)
    other = replace(one, arm="control", unit="fraction")
    assert control_of(one, [replace(other, timepoint_d=1.0), replace(other, endpoint="alt"), other]) is other
    assert control_of(one, [replace(other, unit="g/L"), one]) is None


@given(st.floats(1, 100), st.floats(1, 100), st.sampled_from(["up", "down"]))
def test_arms_that_change_places_have_the_opposite_result(a, b, good):
    one, other = against(a, b, good), against(b, a, good)
    assert one.direction == OPPOSITE[other.direction]
    assert one.ratio * other.ratio == pytest.approx(1)
