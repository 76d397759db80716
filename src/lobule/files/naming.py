"""Names of files and folders made of anybody's text: one name, inside the folder, that every system takes."""

from __future__ import annotations

import hashlib
import re

LONGEST = 60
# What Windows keeps for devices, whatever the ending.
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def file_name(text: str) -> str:
    """A name that is no path, is never empty and differs where texts differ.

    Letters of any script, digits, ".", "-" and "_" stay; a text that has to be changed gets a short checksum.

    >>> file_name("mouse_ccl4_exosome")
    'mouse_ccl4_exosome'
    >>> file_name("../../etc/passwd")
    'etc_passwd-3754d6cb'
    """
    kept = re.sub(r"[^\w.-]+", "_", text).strip("._-")[:LONGEST]
    if kept and kept == text and not RESERVED.fullmatch(kept):
        return kept
    checksum = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept}-{checksum}" if kept else checksum
