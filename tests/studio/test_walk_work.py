"""Pages of long work, of evidence and of the tour, walked in a real browser: files, jobs, links, take away."""

import io
import zipfile
from pathlib import Path

import pytest
from tests.browser import barriers
from tests.studio.opening import with_its_forms as opened

pytestmark = [pytest.mark.browser, pytest.mark.science]
ALSO_ASKED = ("about:",)  # the frame of a report in a sandbox
PLATES = Path(__file__).parents[2] / "examples" / "quality" / "plates.csv"


def test_plates_that_were_measured_are_dropped_analysed_and_taken_away(walker, studio):
    opened(walker, f"{studio}/dish")
    place = walker.get_by_label("or plates that you measured")
    place.set_input_files({"name": "<img src=x>.csv", "mimeType": "text/csv", "buffer": b"nothing\n1\n"})
    walker.get_by_role("alert").filter(has_text="<img src=x>.csv").wait_for()
    place.set_input_files(PLATES)
    walker.get_by_text("wells of").wait_for()
    walker.get_by_role("button", name="Analyse the plates").focus()
    walker.keyboard.press("Enter")
    walker.get_by_text("plates.csv: done").wait_for()
    walker.get_by_role("img", name="wells and fitted curves").wait_for()
    assert barriers(walker) == []
    with walker.expect_download() as coming:
        walker.get_by_role("link", name="Everything, as a zip").click()
    with zipfile.ZipFile(io.BytesIO(Path(coming.value.path()).read_bytes())) as archive:
        names = archive.namelist()
        assert {"asked/table.csv", "asked/command.txt", "out/run.json", "out/potency.csv"} <= set(names)
        assert archive.read("asked/table.csv") == PLATES.read_bytes()
    walker.reload()
    walker.get_by_text("plates.csv: done").wait_for()


def test_a_trial_is_begun_seen_after_a_reload_and_stopped(walker, studio):
    opened(walker, f"{studio}/trial")
    field = walker.get_by_label("Patients of the trial")
    field.fill("1")
    walker.get_by_text("1 must be at least 2").wait_for()
    field.fill("60")
    walker.get_by_text("1 must be at least 2").wait_for(state="hidden")
    walker.get_by_role("button", name="Run the trial").click()
    walker.get_by_role("button", name="Stop it").wait_for()
    assert "job=" in walker.url
    walker.reload()
    assert walker.get_by_label("Patients of the trial").input_value() == "60"
    walker.get_by_role("button", name="Stop it").click()
    walker.get_by_role("status").filter(has_text="stopped").wait_for()
    walker.get_by_role("button", name="Delete it").click()
    walker.get_by_text("Nothing has been computed here yet").wait_for()


def test_a_number_is_one_click_from_another_and_back_goes_back(walker, studio):
    opened(walker, f"{studio}/evidence#hbv_killing_rate")
    walker.get_by_role("heading", name="hbv_killing_rate").wait_for()
    walker.get_by_role("link", name="viral_stress_rate").first.click()
    walker.get_by_role("heading", name="viral_stress_rate").wait_for()
    walker.go_back()
    walker.get_by_role("heading", name="hbv_killing_rate").wait_for()


def test_a_step_of_the_tour_opens_with_everything_set(walker, studio):
    opened(walker, f"{studio}/tour")
    walker.get_by_role("link", name="step 9 on the Therapy page").click()
    walker.get_by_label("First dose at").wait_for()
    assert walker.get_by_label("First dose at").input_value() == "2 h"


def test_a_ready_tissue_plays_and_tells_the_cell_by_pointer_and_keys(walker, studio):
    opened(walker, f"{studio}/tissue")
    sheet = walker.frame_locator("iframe")
    section = sheet.get_by_role("group", name="treated", exact=False).first
    section.hover(position={"x": 60, "y": 60})
    sheet.get_by_text("from its central vein").first.wait_for()
    section.press("ArrowDown")
    sheet.get_by_role("button", name="Play").click()
    sheet.get_by_text("day 7", exact=True).wait_for()
    sheet.get_by_role("button", name="Pause").click()
    assert sheet.get_by_role("rowheader", name="M1 macrophage").count() == 1
    walker.get_by_label("Lobules (37 where you name none)").fill("2")
    walker.get_by_text("greater than or equal to 3").or_(walker.get_by_text("at least 3")).first.wait_for()


def test_a_curve_leads_to_its_equation_and_back(walker, studio):
    walker.goto(studio)
    walker.get_by_role("link", name="Albumin").first.click()
    walker.get_by_role("heading", name="albumin", exact=True).wait_for()
    walker.get_by_text("Defined").wait_for()
    walker.go_back()
    walker.get_by_role("link", name="Albumin").first.wait_for()
