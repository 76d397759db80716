"""Every page in a real browser: no barrier in the light and in the dark, nothing wider than a phone."""

import pytest
from tests.browser import barriers
from tests.studio.opening import OPENED

pytestmark = [pytest.mark.browser, pytest.mark.science]


@pytest.mark.parametrize("path", OPENED)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_has_no_barriers(walker, studio, path, scheme):
    walker.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    OPENED[path](walker, studio + path)
    assert barriers(walker) == []


@pytest.mark.parametrize("path", OPENED)
def test_nothing_is_wider_than_a_phone(walker, studio, path):
    walker.set_viewport_size({"width": 390, "height": 800})
    OPENED[path](walker, studio + path)
    assert walker.evaluate("document.documentElement.scrollWidth") <= 390
