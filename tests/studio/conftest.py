"""A studio that runs as users start it, for walks in a real browser."""

import os
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from tests.studio.walking import LONG, READY_WITHIN


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """The address of a studio that is there, in an empty folder."""
    port, folder = free_port(), tmp_path_factory.mktemp("studio")
    command = [sys.executable, "-m", "lobule", "studio", "--no-browser", "--port", str(port)]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "NICEGUI_"))}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=own)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, folder / "log")
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def walker(page, studio, request):
    """A page whose requests and errors are noted: none is an error, and none leaves the studio.

    A module may name what else is no request to another machine (ALSO_ASKED).
    """
    page.asked, page.errors = [], []
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda told: page.errors.append(told.text) if told.type == "error" else None)
    page.set_default_timeout(1000 * LONG)
    yield page
    assert page.errors == []
    own = (studio, studio.replace("http", "ws"), "data:", "blob:", *getattr(request.module, "ALSO_ASKED", ()))
    assert [url for url in page.asked if not url.startswith(own)] == []


def _wait(address, process, log):
    for _ in range(int(READY_WITHIN / 0.2)):
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
    raise AssertionError(log.read_text())
