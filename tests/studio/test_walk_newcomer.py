"""Somebody who has never seen the studio reaches an answer, by words on the page and roles, from the first address."""

import os
import re
import time

import pytest
from playwright.sync_api import expect
from tests.studio.opening import WHOLE, with_its_run

pytestmark = [pytest.mark.browser, pytest.mark.science]
TWO_MINUTES = 120.0
PATIENCE = 600_000  # milliseconds, on a machine that does other things too


@pytest.fixture
def newcomer(page, studio):
    page.set_default_timeout(60_000)
    with_its_run(page, studio)
    began = time.monotonic()
    yield page
    busy = os.getloadavg()[0] > 0.8 * (os.cpu_count() or 1)  # others compute too: what took so long says nothing
    assert busy or time.monotonic() - began < TWO_MINUTES


def said(page):
    return page.get_by_role("status").filter(has_text="untreated").first.inner_text()


def chosen(page, label, option):
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option).first.click()


def test_which_dose_for_my_mouse(newcomer):
    dose = newcomer.get_by_role("textbox", name="Dose", exact=True)
    told = {}
    for amount in ("1e8", "1e9", "1e10", "1e11"):
        dose.fill(amount)
        newcomer.wait_for_url(re.compile(f"{amount}[^0-9]"))
        newcomer.get_by_text(WHOLE).wait_for()
        told[amount] = said(newcomer)
    lower = {
        amount: int(found[1]) if (found := re.search(r"(\d+) % lower", text)) else 0 for amount, text in told.items()
    }
    assert lower["1e8"] < lower["1e10"] <= lower["1e11"]


def test_will_this_patient_profit(newcomer):
    chosen(newcomer, "Subject", "Patient")
    newcomer.get_by_text("HVPG").first.wait_for()
    chosen(newcomer, "Disease", "alcohol")
    newcomer.wait_for_url(re.compile("alcohol"))
    newcomer.get_by_text(WHOLE).wait_for()
    assert "than untreated" in said(newcomer) or "No effect" in newcomer.get_by_role("status").first.inner_text()
    newcomer.get_by_role("link", name="Subject").click()
    newcomer.get_by_role("rowheader", name="MELD-Na").wait_for()


def test_power_of_my_trial(newcomer):
    newcomer.get_by_role("link", name="Trial").click()
    chosen(newcomer, "A design of a published trial", "twelve weeks")
    patients = newcomer.get_by_label("Patients of the trial")
    expect(patients).to_have_value("96")  # the form is that of the design
    patients.fill("60")
    newcomer.get_by_role("button", name="Run the trial").click()
    told = newcomer.get_by_text(re.compile(r"Power for .* with 60 patients: \d+%")).first
    told.wait_for(timeout=PATIENCE)


def test_does_this_batch_pass(newcomer):
    newcomer.get_by_role("link", name="Batches").click()
    newcomer.get_by_role("button", name="Take the example table").click()
    newcomer.get_by_text("24 batches").first.wait_for()
    newcomer.get_by_role("button", name="Judge the batches").click()
    newcomer.get_by_role("columnheader", name="verdict").wait_for(timeout=PATIENCE)
    assert (
        newcomer.get_by_role("row")
        .filter(has=newcomer.get_by_role("rowheader", name="S001"))
        .filter(has_text="pass")
        .count()
    )
