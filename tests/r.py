"""R as an independent implementation: a script of its own reads what lobule wrote and prints numbers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOUND = shutil.which("Rscript")
LONGEST = 300  # seconds


@pytest.fixture
def in_r(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Run lines of R, with arguments in `a` (texts), and read the named list `found` that they make.

    LOBULE_R=required makes a missing R an error; elsewhere its tests are skipped.
    """
    if FOUND is None:
        told = "no R here: apt-get install r-base-core r-cran-survival r-cran-haven"
        if os.environ.get("LOBULE_R") == "required":
            pytest.fail(told)
        pytest.skip(told)
    return lambda lines, *arguments: _run(tmp_path / "script.R", lines, [str(one) for one in arguments])


TELL = """
told <- function(v) if (is.character(v)) paste0('"', v, '"') else ifelse(is.finite(v), sprintf("%.17g", v), "null")
cat("FOUND{", paste0('"', names(found), '": [', sapply(found, function(v) paste(told(v), collapse = ", ")), "]",
    collapse = ", "), "}")
"""


def _run(script: Path, lines: str, arguments: list[str]) -> dict[str, Any]:
    """Numbers come back with seventeen digits, a name of the list each; a vector as a list."""
    script.write_text(f"a <- commandArgs(trailingOnly = TRUE)\n{lines}\n{TELL}")
    done = subprocess.run([str(FOUND), "--vanilla", str(script), *arguments], capture_output=True, text=True,
                          timeout=LONGEST)  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.partition("FOUND")[2])
    return {name: value[0] if len(value) == 1 else value for name, value in found.items()}
