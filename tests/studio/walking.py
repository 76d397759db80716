"""Open pages without a browser: the framework's own user, who sees what the server has built."""

import asyncio
import sys
from contextlib import contextmanager
from pathlib import Path

from nicegui.testing.user_simulation import user_simulation

LONG, READY_WITHIN = 90, 120  # seconds, of a machine that does other things too
APPLICATION = Path(__file__).parent / "application.py"


def walked(work, application=APPLICATION):
    """Do `work(user)` on a studio of its own."""

    async def whole():
        async with user_simulation(main_file=application) as user:
            user.http_client.base_url = "http://127.0.0.1"
            await work(user)

    with modules_kept():
        asyncio.run(whole())


@contextmanager
def modules_kept():
    """Keep the package as it is: the framework's user forgets the modules of pages and all that hold them."""
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "lobule"}
    try:
        yield
    finally:
        sys.modules.update(before)


async def settled(user, word="Up to date", tries=400):
    """Wait until the page says a word: of a run that it is whole."""
    for _ in range(tries):
        if texts(user, word):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the page did not come to say {word!r}")


def texts(user, word):
    """Texts of the page that hold a word."""
    found = [str(getattr(one, "text", "") or "") for one in user.client.elements.values()]
    return [text for text in found if word in text]


def pushed(user, kind):
    """What an element that draws was last given."""
    return [one.pushed for one in user.client.elements.values() if type(one).__name__ == kind]


def field(user, label):
    """A field of the page by its label."""
    found = [one for one in user.client.elements.values() if one._props.get("label") == label]
    assert len(found) == 1, [one._props.get("label") for one in user.client.elements.values() if "label" in one._props]
    return found[0]
