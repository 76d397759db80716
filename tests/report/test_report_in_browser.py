"""A report as a reader meets it: from a file, with no network, under the pointer, by keys, on paper, in the dark."""

import re

import pandas as pd
import pytest
from tests.browser import barriers
from tests.report.test_whole import curves, story

from lobule.report.whole.page import Shown, whole_page
from lobule.report.whole.tables import table_of

pytestmark = pytest.mark.browser
PIXEL = b"<svg xmlns='http://www.w3.org/2000/svg' width='300' height='100'><rect width='300' height='100'/></svg>"


@pytest.fixture
def opened(page, tmp_path):
    wide = pd.DataFrame({"name": ["a", "b"]} | {f"column_{k}": [k, k + 1.5] for k in range(20)})
    one = story(
        "Collagen falls",
        figures=[Shown("courses", "It falls", PIXEL, "svg", curves()), Shown("bars", "It falls", PIXEL, "svg")],
        tables=[table_of(wide, "Wide", "many columns", "wide.csv")],
    )
    path = tmp_path / "report.html"
    path.write_text(whole_page(one), encoding="utf-8")
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
    page.context.set_offline(True)
    page.goto(path.as_uri())
    page.locator(".u-over").first.wait_for()
    yield page
    assert said == []


def test_the_pointer_tells_the_values_of_every_panel_at_its_time(opened):
    values = opened.locator(".values")
    last = values.first.inner_text()
    opened.locator(".u-over").first.hover(position={"x": 60, "y": 40})
    moved = values.first.inner_text()
    assert moved != last
    assert re.search(r"[\d.]+ weeks: treated [\d.]+ \([\d.]+ to [\d.]+\); untreated [\d.]+", moved)
    assert values.nth(1).inner_text() == moved  # both panels hold the same curves


def test_the_slider_does_the_same_by_keyboard(opened):
    slider = opened.get_by_label("Time")
    slider.focus()
    before = opened.locator(".values").first.inner_text()
    opened.keyboard.press("Home")
    assert opened.locator("output").inner_text() == "0 weeks"
    assert slider.get_attribute("aria-valuetext") == "0 weeks"
    assert opened.locator(".values").first.inner_text() != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_a_reader_in_light_and_in_dark(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    assert barriers(opened) == []


def test_a_phone_needs_no_scrolling_aside(opened):
    opened.set_viewport_size({"width": 390, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390


def test_paper_has_the_picture_in_place_of_the_chart_and_nothing_is_cut(opened):
    assert not opened.locator(".still").first.is_visible()
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": 700, "height": 900})  # what A4 leaves between its margins
    assert opened.locator(".still").first.is_visible()
    assert not opened.locator(".live").first.is_visible()
    assert opened.get_by_role("navigation", name="Contents").is_visible()
    wide = opened.evaluate("[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right)")
    assert max(wide) <= 700
    heads = opened.evaluate("[...document.querySelectorAll('thead')].map(t => getComputedStyle(t).display)")
    assert set(heads) == {"table-header-group"}


def test_without_scripts_the_picture_stands(browser, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(whole_page(story(figures=[Shown("c", "It falls", PIXEL, "svg", curves())])), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.get_by_alt_text("It falls").is_visible()
    assert not page.locator(".live").is_visible()
    context.close()
