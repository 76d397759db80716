"""A text of a user is a text in every picture; a picture that fails is a sentence."""

import importlib
import inspect
import pkgutil
import warnings
from xml.etree import ElementTree

import matplotlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text
from tests.report.toys import PICTURES, WITHOUT_TEXT

import lobule.report
from lobule.errors import LobuleWarning
from lobule.report.page import svg
from lobule.report.style import NotDrawn, entry, picture, picture_bytes, pictures, shown

NASTY = ("<script>$\\frac{$", "_placebo $10^9$\x00 --> </svg>", "$x$ & 中文 \\alpha_{")
pytestmark = pytest.mark.filterwarnings("ignore:Glyph")  # a sign that no font has is drawn as a box


def builders():
    for module in pkgutil.iter_modules(lobule.report.__path__, "lobule.report."):
        for name, found in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            gives = str(inspect.signature(found).return_annotation)
            ours = found.__module__ == module.name and name not in ("panels", "drawn")
            if ours and "Figure" in gives and not name.startswith("_"):
                yield name, found


def words(text):
    """A text as a picture holds it: spaces count once, as in XML."""
    return " ".join(shown(text).replace("_", " ").split())


def test_every_picture_of_the_report_room_is_tried_here():
    assert {name for name, _ in builders()} - {"picture"} == set(PICTURES)
    assert all(hasattr(found, "__wrapped__") for name, found in builders())


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("name", PICTURES)
def test_a_text_of_a_user_is_drawn_as_it_was_written(name, text):
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        drawn = picture_bytes(lambda: PICTURES[name](text), "svg")
    whole = " ".join(
        words("".join(t.itertext())) for t in ElementTree.fromstring(drawn).iter() if t.tag.endswith("text")
    )
    assert "mathdefault" not in whole
    assert words(text) in whole or name in WITHOUT_TEXT


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(sorted(PICTURES)))
@settings(max_examples=40, deadline=None)
def test_no_text_of_any_picture_is_read_as_a_formula(text, name):
    figure = PICTURES[name](text)
    assert not any(t.get_parse_math() or t.get_usetex() for t in figure.findobj(Text) if "$" in t.get_text())
    assert all(shown(t.get_text()) == t.get_text() for t in figure.findobj(Text))


@given(st.text(max_size=20))
def test_no_name_is_hidden_from_a_legend(name):
    assert not entry(name).startswith("_")
    assert entry(name).strip() == name.strip()


def test_the_powers_of_a_logarithmic_axis_stay_readable():
    @picture
    def draw():
        figure = Figure()
        axis = figure.subplots()
        axis.plot([1e7, 2e9], [0.2, 0.9])
        axis.set_xscale("log")
        axis.set_yscale("log")
        return figure

    with matplotlib.rc_context({"svg.fonttype": "none"}):
        drawn = picture_bytes(draw, "svg").decode()
    for label in (">10⁷<", ">10⁹<", ">2×10⁻¹<"):
        assert label in drawn
    assert "$" not in drawn


def test_the_same_picture_gives_the_same_file():
    for kind in ("svg", "png", "pdf"):
        assert picture_bytes(lambda: PICTURES["bars"]("a"), kind) == picture_bytes(lambda: PICTURES["bars"]("a"), kind)


def fails():
    figure = Figure()
    figure.text(0, 0, "$\\frac{$")  # no builder of lobule: this text is read as a formula
    return figure


def test_a_picture_that_cannot_be_drawn_is_a_sentence_in_a_page():
    with pytest.raises(NotDrawn, match="the picture could not be drawn: "):
        picture_bytes(fails, "svg")
    assert str(svg(fails)).startswith('<p class="wrong">the picture could not be drawn')
    assert svg(lambda: None) == ""


def test_a_picture_that_cannot_be_drawn_is_left_out_with_a_warning():
    with pytest.warns(LobuleWarning, match="the numbers are complete without it"):
        assert pictures(fails, "a.png", "a.svg") == {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert set(pictures(Figure, "a.png", "a.svg")) == {"a.png", "a.svg"}


def test_a_fault_of_lobule_itself_is_not_taken_for_one_of_the_drawing_library(monkeypatch):
    def faulty():
        raise KeyError("fault")

    monkeypatch.setitem(faulty.__globals__, "__name__", "lobule.report.toy")
    with pytest.raises(KeyError):
        picture_bytes(faulty, "svg")
