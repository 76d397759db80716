"""The studio is not opened to others by accident, and says in a sentence why it does not start."""

import socket
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from lobule.cli import app
from lobule.errors import InputError, NotInstalled
from lobule.studio.server import serve


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.2", "lab.example", "::"])
def test_others_are_let_in_only_with_a_token(host):
    with pytest.raises(InputError, match="need a secret: --token") as told:
        serve(host=host, browser=False)
    assert told.value.field == ("token",)


def test_a_port_that_is_taken_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="choose another with --port"):
            serve(taken.getsockname()[1], browser=False)


def test_nothing_that_draws_or_computes_is_loaded_before_the_first_page():
    heavy = ("pandas", "matplotlib", "scipy", "xarray", "numba", "lobule.tissue")
    code = (
        "import sys; from lobule.studio import server, pages; pages.pages(); print([m for m in %r if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code % (heavy,)], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_without_the_framework_the_command_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "nicegui", None)
    found = CliRunner().invoke(app, ["studio", "--no-browser"]).exception
    assert isinstance(found, NotInstalled)
    assert "studio]" in str(found)


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_cannot_be_is_refused(port):
    assert isinstance(CliRunner().invoke(app, ["studio", "--port", port]).exception, InputError)
