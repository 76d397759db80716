"""Pages that show a run, walked in a real browser: load, change, look, mistake, reload, back, share, take away."""

import io
import re
import zipfile

import pytest
from tests.browser import barriers
from tests.studio.opening import WHOLE
from tests.studio.opening import with_its_run as opened

from lobule.studio.ready import ready

pytestmark = [pytest.mark.browser, pytest.mark.science]
FOCUSED = "(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()"


def drawn(page):
    """Wait until the band stands in the words of the first panel, which are drawn a moment after the status."""
    page.get_by_text(WHOLE).wait_for()
    page.locator('[data-panel="collagen_proportionate_area"] [aria-label*="of the ensemble"]').wait_for()


def collagen(page):
    """What the first panel says in words."""
    return page.locator('[data-panel="collagen_proportionate_area"] [role=img]').get_attribute("aria-label")


def dose(page):
    return page.get_by_role("textbox", name="Dose", exact=True)


def test_a_liver_is_at_work_without_a_click(walker, studio):
    opened(walker, studio)
    assert walker.locator("canvas").count() >= 9
    assert "untreated" in collagen(walker)
    assert walker.get_by_role("heading", level=1).inner_text() == "Therapy"


def test_curves_follow_the_slider_by_keyboard(walker, studio):
    opened(walker, studio)
    before = collagen(walker)
    slider = walker.get_by_role("slider", name="Dose, on a logarithmic scale")
    slider.focus()
    for _ in range(12):
        walker.keyboard.press("ArrowLeft")
    walker.wait_for_function(
        "before => document.querySelector('[data-panel=collagen_proportionate_area] [role=img]').ariaLabel !== before",
        arg=before,
    )
    walker.get_by_text(WHOLE).wait_for()
    assert float(dose(walker).input_value()) < 1e10
    assert "particle" in slider.get_attribute("aria-valuetext")


def test_a_wrong_dose_is_told_at_its_field_and_the_right_one_goes_on(walker, studio):
    opened(walker, studio)
    dose(walker).fill("many")
    walker.get_by_text('"many particle" is not a quantity').wait_for()
    dose(walker).fill("1e11")
    walker.get_by_text('"many particle" is not a quantity').wait_for(state="detached")
    walker.get_by_text(WHOLE).wait_for()


def test_a_reload_a_link_and_the_back_button_show_the_same(walker, studio):
    opened(walker, studio)
    dose(walker).fill("3e9")
    walker.wait_for_url(re.compile("3e9"))
    drawn(walker)
    told, link = collagen(walker), walker.url
    walker.reload()
    drawn(walker)
    assert (collagen(walker), dose(walker).input_value()) == (told, "3e9")
    walker.get_by_role("link", name="Subject").click()
    walker.wait_for_url(re.compile("/subject"))
    walker.get_by_text(WHOLE).wait_for()
    assert dose(walker).input_value() == "3e9"
    walker.go_back()
    drawn(walker)
    assert collagen(walker) == told
    opened(walker, link)
    drawn(walker)
    assert collagen(walker) == told


def test_a_chart_shows_as_a_table(walker, studio):
    opened(walker, studio)
    walker.get_by_role("checkbox", name="Show as tables").click()
    table = walker.locator('[data-panel="alt"] table')
    table.wait_for()
    assert table.locator("tbody tr").count() >= 30
    assert [one.inner_text() for one in table.locator("thead th").all()][-1] == "treated"


def test_all_of_it_can_be_taken_away(walker, studio):
    opened(walker, studio)
    begins = {"Picture (PNG)": b"\x89PNG", "Data (CSV)": b"time_d", "Scenario (YAML)": b"subject:",
              "Report (HTML)": b"<!", "All results (zip)": b"PK"}  # fmt: skip
    for word, first in begins.items():
        walker.get_by_role("button", name="Take away").click()
        with walker.expect_download() as come:
            walker.get_by_role("menuitem", name=word).click()
        content = come.value.path().read_bytes()
        assert content.lstrip().startswith(first), word
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "results/run.json" in archive.namelist()


def test_plans_are_pinned_and_compared(walker, studio):
    opened(walker, studio)
    walker.get_by_role("button", name="Pin this plan").click()
    walker.get_by_role("button", name="Pinned 1 of 4").wait_for()
    dose(walker).fill("1e8")
    walker.wait_for_url(re.compile("1e8"))
    walker.get_by_text(WHOLE).wait_for()
    walker.get_by_role("button", name="Pinned 1 of 4").click()
    walker.get_by_role("button", name="Pinned 2 of 4").wait_for()
    walker.get_by_role("link", name="Compare").click()
    walker.get_by_text("Which one?").wait_for()
    walker.get_by_role("cell", name="1e10 particle less").or_(
        walker.get_by_role("rowheader", name="less")
    ).first.wait_for()
    assert barriers(walker) == []


def test_a_patient_shows_scores(walker, studio):
    opened(walker, f"{studio}/subject?{ready('human').query()}")
    walker.get_by_role("rowheader", name="MELD-Na").wait_for()
    assert walker.get_by_text("Child-Pugh A").count() >= 1


def test_it_can_be_used_by_keyboard_alone(walker, studio):
    opened(walker, studio)
    reached = set()
    for _ in range(60):
        walker.keyboard.press("Tab")
        reached.add(
            walker.evaluate("(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()")
        )
    assert {"Dose, on a logarithmic scale", "Cargo", "Subject"} <= reached
