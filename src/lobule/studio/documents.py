"""Sections of the documentation that come with the package: tables of what was compared, as they were last made."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import lobule

INSIDE = Path(lobule.__file__).parent / "docs"  # of an installed package
BESIDE = Path(lobule.__file__).parents[2] / "docs"  # of a clone
PICTURES = "/static/docs"
HEADING = re.compile(r"(#+) (.+)")
IMAGE = re.compile(r"(!\[[^\]]*\]\()([\w./-]+\.(?:png|svg))\)")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\([^)]*\)")


def folder() -> Path | None:
    """Where the documentation lies; None where it does not come along."""
    return next((one for one in (INSIDE, BESIDE) if one.is_dir()), None)


@cache
def section(page: str, title: str) -> str:
    """A section of a page as Markdown, without its heading, with what is below it; "" where there is none.

    Parameters
    ----------
    page : name of the file, such as "credibility.md"
    title : of its heading
    """
    place = folder()
    path = None if place is None else place / page
    if path is None or not path.is_file():
        return ""
    kept: list[str] = []
    depth = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        found = HEADING.fullmatch(line)
        if depth and found and len(found[1]) <= depth:
            break
        if depth:
            kept.append(line)
        elif found and found[2] == title:
            depth = len(found[1])
    return LINK.sub(r"\1", IMAGE.sub(rf"\1{PICTURES}/\2)", "\n".join(kept))).strip()
