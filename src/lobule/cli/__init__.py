"""The commands. Thin: each reads its arguments, calls one function, prints. Heavy imports happen inside."""

from __future__ import annotations

from importlib import import_module

from lobule.cli.applications import app as app
from lobule.cli.outcome import main as main

for _room in (
    "running",
    "studio",
    "exploring",
    "people",
    "trials",
    "quality",
    "believing",
    "library",
):  # the order of `lobule --help`
    import_module(f"lobule.cli.{_room}")
