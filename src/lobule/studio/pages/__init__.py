"""Pages: a module each, with `PATH`, `TITLE`, `ORDER` (place among the links) and `build(session) -> None`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def pages() -> list[ModuleType]:
    """All modules of this folder that are pages, in their order."""
    found = [import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__)]
    return sorted((one for one in found if hasattr(one, "PATH")), key=lambda one: one.ORDER)
