"""A real browser for tests of pages: Debian's chromium, driven by playwright; axe-core reads each page for barriers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # reads its script in the locale, which simulators change later

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOUND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WEIGHTY = ("serious", "critical")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file; LOBULE_BROWSER=required makes a missing one an error."""
    from playwright.sync_api import sync_playwright  # most tests need no browser

    if FOUND is None:
        told = "no chromium here: apt-get install chromium"
        if os.environ.get("LOBULE_BROWSER") == "required":
            pytest.fail(told)
        pytest.skip(told)
    with sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        opened = play.chromium.launch(executable_path=FOUND, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page that shares nothing with that of another test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def barriers(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page, one sentence each with the first place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}; {one['nodes'][0]['html']}" for one in found if one["impact"] in WEIGHTY]
