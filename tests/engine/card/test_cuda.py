"""The card's engine beside the processor's: on Numba's simulator, or on a card where there is one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lobule import engine
from lobule.errors import NotInstalled


def has_card():
    from numba import cuda

    return not os.environ.get("NUMBA_ENABLE_CUDASIM") and cuda.is_available()


def test_agrees_with_the_processor():
    """Numba chooses the simulator when it is imported: hence a process of its own."""
    environment = dict(os.environ) if has_card() else {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        str(Path(__file__).with_name("on_card.py")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout


@pytest.mark.skipif(has_card(), reason="there is a card")
def test_no_card_is_one_sentence():
    model = engine.compile("model m; x = 1; x' = -x; end")
    with pytest.raises(NotInstalled, match="no NVIDIA card"):
        model.solve(times=[1], engine="cuda")
