"""The browser that tests of pages rest on finds what it must find."""

import pytest
from tests.browser import barriers

pytestmark = pytest.mark.browser
HEAD = '<!doctype html><html lang="en"><head><title>Liver</title></head><body><main><h1>Liver</h1>'


def test_a_picture_without_words_is_a_barrier(page):
    page.set_content(HEAD + '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main></body></html>')
    assert [one for one in barriers(page) if one.startswith("image-alt")]


def test_a_plain_page_has_no_barrier(page):
    page.set_content(HEAD + "<p>Collagen falls.</p></main></body></html>")
    assert barriers(page) == []
