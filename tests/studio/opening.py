"""How a page is opened in a real browser: what has to stand there before anything is asked of it."""

import re

WHOLE = re.compile("Up to date")  # what a page of a run says when twins and band are drawn
OF_A_RUN = ["/", "/subject", "/cargo"]
OF_WORK = ["/tissue", "/dish", "/trial", "/batches", "/patients", "/evidence", "/validation", "/tour"]


def with_its_run(page, address):
    """A page that shows a run, when the run is whole."""
    page.goto(address)
    page.get_by_text(WHOLE).wait_for()


def with_its_forms(page, address):
    """A page of long work or of what is packaged, when it answers."""
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_function("window.socket === undefined || window.socket.connected")


OPENED = dict.fromkeys(OF_A_RUN, with_its_run) | dict.fromkeys(OF_WORK, with_its_forms)
