"""The commands. Thin: each reads its arguments, calls one function, prints. Heavy imports happen inside."""

from __future__ import annotations

import sys
from importlib import import_module

from lobule.cli.app import app
from lobule.errors import LobuleError

for _room in (
    "running",
    "exploring",
    "people",
    "trials",
    "quality",
    "believing",
    "library",
):  # the order of `lobule --help`
    import_module(f"lobule.cli.{_room}")


def main() -> None:
    """Entry point: a user's mistake is one sentence and exit code 2, never a traceback."""
    try:
        app()
    except LobuleError as error:
        print(f"lobule: {error}", file=sys.stderr)
        sys.exit(2)
