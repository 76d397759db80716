"""A tissue on a page as its reader meets it: it plays, tells the cell under the pointer and by keys, and counts."""

import json
import re

import pytest
from tests.browser import barriers

from lobule.report.tissue_page import Played, tissue_page

DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
KINDS, STATES = ["M1 macrophage", "M2 macrophage"], ["hepatocyte", "wounded hepatocyte", "gap"]


def page(title="A sheet"):
    """Three places in a row: a hepatocyte, one that is wounded on day two, a vein; an M1 cell that becomes M2."""
    places = {"x": [100, 200, 300], "y": [100, 100, 100], "where": "023", "lobule": [0, 0, 0], "vein": [200, 100, 0]}
    early = {"states": "000", "others": [[0, 150, 100, 1, 0, 150]]}
    late = {"states": "010", "others": [[1, 150, 100, 1, 0, 150]]}
    frames = [[{"pictures": {"he": DOT, "red": DOT}, "words": "no septum", **one} for one in (early, late)]] * 2
    played = Played(
        ["untreated", "treated"], [1.0, 2.0], {"he": "H&E-like", "red": "sirius"}, (400.0, 200.0), places, STATES,
        KINDS, ["portal third", "middle third", "central third", "central vein", "portal tract"], frames,
    )  # fmt: skip
    rows = [{"arm": "untreated", "septa": 0}]
    return tissue_page(title, "It says.", played, (rows, rows), "A legend.", ["A limit."])


def test_what_users_write_is_text_in_it():
    made = page("</script><b>x</b>")
    assert "<b>x</b>" not in made
    data = re.search(r'id="sheet">(.*?)</script>', made, re.DOTALL)[1]
    assert json.loads(data)["size"] == [400.0, 200.0]


@pytest.fixture
def opened(request, tmp_path):
    browser_page = request.getfixturevalue("page")
    (tmp_path / "tissue.html").write_text(page(), encoding="utf-8")
    said = []
    browser_page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    browser_page.on("pageerror", lambda error: said.append(str(error)))
    browser_page.on("request", lambda asked: said.append(asked.url) if asked.url.startswith("http") else None)
    browser_page.goto((tmp_path / "tissue.html").as_uri())
    browser_page.add_style_tag(content=".seen img { height: 150px; }")
    yield browser_page
    assert said == []


def moved_to(shown, x, y):
    """The pointer over a place of the first section, um."""
    box = shown.locator(".seen").first.bounding_box()
    shown.mouse.move(box["x"] + x / 400 * box["width"], box["y"] + y / 200 * box["height"])
    return shown.locator(".told").all_inner_texts()


@pytest.mark.browser
def test_the_pointer_tells_the_cell_and_the_same_spot_of_every_section(opened):
    told = moved_to(opened, 203, 102)
    assert told == ["wounded hepatocyte, central third, lobule 1, 100 µm from its central vein"] * 2
    assert moved_to(opened, 151, 99)[0].startswith("M2 macrophage, middle third")
    assert moved_to(opened, 300, 100)[0] == "central vein, lobule 1"
    opened.get_by_label("Time").fill("0")
    assert moved_to(opened, 151, 99)[1].startswith("M1 macrophage")


@pytest.mark.browser
def test_keys_play_it_go_through_time_and_move_from_cell_to_cell(opened):
    opened.get_by_role("group", name=re.compile("untreated")).focus()
    opened.keyboard.press("ArrowLeft")
    assert "wounded hepatocyte" in opened.locator(".told").first.inner_text()
    opened.keyboard.press("Escape")
    assert opened.locator(".told").first.inner_text().startswith("Point at a cell")
    opened.keyboard.press(" ")
    opened.get_by_role("button", name="Pause").wait_for()
    opened.get_by_text("day 1").first.wait_for()
    opened.keyboard.press(" ")
    opened.get_by_role("button", name="Play").wait_for()


@pytest.mark.browser
def test_cells_are_counted_beside_the_sections_without_those_in_vessels(opened):
    def row(name):
        return opened.get_by_role("row").filter(has=opened.get_by_role("rowheader", name=name, exact=True)).inner_text()

    assert row("hepatocyte").split()[1:] == ["1", "1"]
    assert row("wounded hepatocyte").split()[2:] == ["1", "1"]
    assert opened.get_by_role("rowheader", name="gap").count() == 0  # there is none at any time


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_its_reader(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    assert barriers(opened) == []
