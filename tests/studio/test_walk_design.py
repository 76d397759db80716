"""The form of a design and the further questions of batches in a real browser: folds, focus, barriers, a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser import barriers
from tests.studio.opening import with_its_forms as opened

pytestmark = [pytest.mark.browser, pytest.mark.science]
ALSO_ASKED = ("about:",)  # the frame of a report in a sandbox
EXAMPLE = Path(__file__).parents[2] / "examples" / "trials" / "msc_hbv.yaml"


def unfolded(walker):
    for fold in walker.locator("details.studio-fold > summary").all():
        fold.click()
    expect(walker.get_by_label("Alpha, two-sided")).to_be_visible()


def chosen(walker, label, option):
    walker.get_by_role("combobox", name=label).first.click()
    walker.get_by_role("option", name=option).first.click()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_all_of_a_design_has_no_barriers_and_fits_a_phone(walker, studio, width, scheme):
    walker.set_viewport_size({"width": width, "height": 900})
    walker.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened(walker, f"{studio}/trial")
    walker.get_by_label("or a design of your own").set_input_files(EXAMPLE)
    walker.get_by_text("msc_hbv.yaml is in the form").wait_for()
    unfolded(walker)
    assert barriers(walker) == []
    assert walker.evaluate("document.documentElement.scrollWidth") <= width


def test_looks_are_chosen_by_keys_and_a_new_name_of_the_primary_endpoint_is_carried(walker, studio):
    opened(walker, f"{studio}/trial")
    assert not walker.get_by_label("Alpha, two-sided").is_visible()  # a newcomer sees no more than is asked of him
    unfolded(walker)
    looks = walker.get_by_role("combobox", name="Looks before the end")
    looks.focus()
    walker.keyboard.press("ArrowDown")
    walker.get_by_role("option", name="Pocock").first.wait_for()
    walker.get_by_role("option", name="Pocock").first.click()
    shares = walker.get_by_label("At these shares of the information")
    expect(shares).to_have_value("0.5, 1.0")
    expect(walker.get_by_role("combobox", name="Looks before the end")).to_be_focused()
    shares.fill("0.5, 0.4, 1")
    walker.get_by_text("looks rise from above 0 to 1").wait_for()
    shares.fill("0.5, 1")
    walker.get_by_text("looks rise from above 0 to 1").wait_for(state="hidden")
    walker.get_by_label("Name of the endpoint").fill("albumin after a year")
    walker.get_by_text("The whole design, as text").click()
    expect(walker.get_by_label("Design (YAML)")).to_have_value(
        with_words("primary: albumin after a year", "boundary: pocock")
    )
    assert walker.get_by_label("Title").input_value()


def with_words(*words):
    return re.compile("".join(f"(?=[\\s\\S]*{re.escape(word)})" for word in words))


def test_a_wrong_design_that_is_run_leads_to_its_field(walker, studio):
    opened(walker, f"{studio}/trial")
    unfolded(walker)
    alpha = walker.get_by_label("Alpha, two-sided")
    alpha.fill("0.9")
    walker.get_by_text("less than 0.5").or_(walker.get_by_text("below 0.5")).first.wait_for()
    walker.get_by_role("button", name="Run the trial").click()
    expect(alpha).to_be_focused()
    assert walker.get_by_role("button", name="Stop it").is_hidden()


def test_a_shelf_life_is_found_from_the_example_and_told(walker, studio):
    opened(walker, f"{studio}/batches")
    chosen(walker, "Question", "How long can it be stored?")
    walker.get_by_role("button", name="Take the example of storage").click()
    walker.get_by_text("48 values of potency").wait_for()
    walker.get_by_label("Lowest value").fill("80")
    walker.get_by_role("button", name="Find the shelf life").click()
    walker.get_by_text("shelf life 18.0 months").first.wait_for()
    walker.get_by_role("columnheader", name="crossing_months").wait_for()
    assert barriers(walker) == []


def test_the_chosen_product_leads_to_its_numbers_and_those_to_their_sources(walker, studio):
    walker.goto(studio)
    walker.get_by_role("link", name="Its numbers, and their sources").click()
    walker.get_by_role("heading", name="uc-msc-ev").wait_for()
    walker.get_by_role("link", name="miR-223, copies on a vesicle").click()
    walker.get_by_role("heading", name="mir_223_copies_per_particle").wait_for()
    walker.go_back()
    walker.get_by_role("link", name="pk-K088").first.click()
    walker.get_by_role("heading", name="pk-K088").wait_for()
    assert barriers(walker) == []
