"""What every record says of the program: what it is meant for, and the versions of what can change a number."""

from __future__ import annotations

import functools
import platform
from importlib.metadata import PackageNotFoundError, version

INTENDED_USE = "Research software: not for diagnosing or treating any person."
PACKAGES = ("lobule", "numpy", "scipy", "symengine", "antimony", "python-libsbml", "xarray")


@functools.cache
def versions() -> dict[str, str]:
    """Versions of everything that can change a number."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
