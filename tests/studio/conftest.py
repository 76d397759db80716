"""A studio that runs as users start it, for walks in a real browser."""

import os
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from tests.studio.walking import READY_WITHIN


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


def _wait(address, process, log):
    for _ in range(int(READY_WITHIN / 0.2)):
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
    raise AssertionError(log.read_text())
