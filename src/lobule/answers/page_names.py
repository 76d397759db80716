"""Names of files for patients of any name: letters of every system, one name once, whatever its capitals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST = 60
# Windows opens a device of that name, whatever its ending
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in range(10))}


def page_names(names: Sequence[str]) -> list[str]:
    """A file name (without ending) for each name, in their order.

    >>> page_names(["Ab 1", "ab/1", "con", "../..", "Łukasz", "患者"])
    ['ab-1', 'ab-1-2', 'patient-con', 'patient-4', 'ukasz', 'patient-6']
    """
    taken: set[str] = set()
    found = []
    for k, name in enumerate(names, 1):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9_]+", "-", plain)[:LONGEST].strip("-_") or f"patient-{k}"
        stem = f"patient-{stem}" if stem in RESERVED else stem
        free, again = stem, 2
        while free in taken:
            free, again = f"{stem}-{again}", again + 1
        taken.add(free)
        found.append(free)
    return found
