"""Axes show the change and no more than it; colours are told apart; names are printed as the field writes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.report.look import COLOURS, heading, panels, show_change
from lobule.report.scale import FLAT, time_unit, written

VALUES = st.lists(st.floats(1e-3, 1e6), min_size=2, max_size=20)


@given(VALUES)
def test_every_value_lies_on_its_axis_which_shows_no_more_than_there_is(values):
    _, (axis,) = panels(1, 1)
    show_change(axis, values)
    low, high = axis.get_ylim()
    assert low <= min(values) and max(values) <= high
    if low > 0:
        assert high - low >= FLAT * max(values) * 0.999
        assert max(values) - min(values) >= 0.85 * (high - low) or high - low <= 1.001 * FLAT * max(values)


def test_albumin_and_sodium_are_not_drawn_from_zero_and_a_fall_to_a_tenth_is():
    _, axes = panels(3, 3)
    for axis, values in zip(axes, ([27.0, 30.0], [137.0, 139.4], [10.0, 1.0]), strict=True):
        show_change(axis, values)
    lows = [axis.get_ylim()[0] for axis in axes]
    assert lows[0] > 25 and lows[1] > 130 and lows[2] == 0


@pytest.mark.parametrize(
    ("days", "unit"), [(2, "hours"), (14, "days"), (63, "weeks"), (365.25, "weeks"), (1826, "years")]
)
def test_a_time_axis_is_in_the_unit_that_one_would_say(days, unit):
    assert time_unit(days)[1] == unit


@pytest.mark.parametrize(
    ("name", "printed"),
    [("TGF-beta", "TGF-β"), ("IFN-gamma", "IFN-γ"), ("umol/L", "µmol/L"), ("1e9/L", "10⁹/L"), ("ug", "µg"),
     ("alphabet", "alphabet"), ("lumen", "lumen"), ("tail_vein", "tail vein")],
)  # fmt: skip
def test_names_and_units_are_printed_as_the_field_writes_them(name, printed):
    assert written(name) == printed


def test_colours_differ_also_where_red_and_green_look_alike():
    def seen(colour):  # by a dichromat without red cones (H. Brettel et al., 1997, in linear RGB, coarse)
        r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        both = 0.17 * r + 0.83 * g
        return np.array([both, both, b])

    first = [seen(colour) for colour in COLOURS[:4]]
    assert all(np.abs(a - b).max() > 0.08 for i, a in enumerate(first) for b in first[:i])


def test_panels_have_letters_and_those_beyond_the_last_are_not_there():
    figure, axes = panels(5, 2)
    for k, axis in enumerate(axes):
        heading(axis, "x", "g/L", k)
    assert len(axes) == 5
    assert axes[4].get_title(loc="left") == "E  x (g/L)"
    assert sum(axis.get_visible() for axis in figure.axes) == 5
