"""How people write things: routes, causes, cells, stimuli, units, times, results; one table for all that reads words.

A row of `vocabulary.csv` is one meaning of one kind:
    means   what lobule calls it; empty where lobule has nothing like it and says so
    amount  how much of it, or a factor, where words stand for a number
    words   how it is written where it stands alone, as in a scenario: spellings parted by "|", whatever their case,
            hyphens and underscores
    in_text a regular expression that finds it in running text, as in a table of studies; of one kind the first row wins
    example a text of that kind, which a test reads
    source  who says so, or "assumed"
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "vocabulary.csv"
BETWEEN = re.compile(r"[-_/+\s]+")


class Word(Row):
    """One row of the table; `in_text` is None where it is read only when it stands alone."""

    kind: str
    means: str = ""
    amount: str = ""
    words: Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(text.split("|")))] = ()
    in_text: re.Pattern[str] | None = None
    example: str = ""
    source: str = ""


def meanings(kind: str, text: str) -> tuple[Word, ...]:
    """What a text that stands alone may mean, by kind; empty where it is no word of that kind.

    >>> [word.means for word in meanings("cause", "NASH")]
    ['high_fat_diet', 'mash']
    """
    return _alone(kind).get(_plain(text), ())


def meaning(kind: str, text: str) -> str | None:
    """The first meaning of a text that stands alone; None where it is no word of that kind.

    >>> meaning("route", "Tail vein"), meaning("cargo", "miR-223"), meaning("route", "by mouth")
    ('iv', 'mir_223', None)
    """
    found = meanings(kind, text)
    return found[0].means if found else None


def mentioned(kind: str, text: str) -> Word | None:
    """The first word of a kind that running text mentions, in the order of the table; None where there is none.

    >>> mentioned("stimulus", "LPS for 24 h").amount
    '100 ng/mL'
    """
    return next(iter(all_mentioned(kind, text)), None)


def all_mentioned(kind: str, text: str) -> list[Word]:
    """Every word of a kind that running text mentions, in the order of the table."""
    lowered = text.lower()
    return [word for word in words(kind) if word.in_text is not None and word.in_text.search(lowered)]


def without(kind: str, text: str) -> str:
    """Running text in small letters, with everything that is mentioned of a kind blotted out."""
    for word in words(kind):
        text = word.in_text.sub(" ", text.lower()) if word.in_text is not None else text
    return text


def words(kind: str) -> tuple[Word, ...]:
    """All rows of a kind, in the order of the table."""
    return _table()[kind]


def spellings(kind: str) -> tuple[str, ...]:
    """Every way to write what is read only when it stands alone, in small letters."""
    alone = (word for word in words(kind) if word.in_text is None)
    return tuple(text for word in alone for text in (word.means, *word.words) if text)


def kinds() -> tuple[str, ...]:
    """All kinds of words."""
    return tuple(_table())


@cache
def _table() -> dict[str, tuple[Word, ...]]:
    found: dict[str, list[Word]] = {}
    for word in read_rows(TABLE, Word):
        found.setdefault(word.kind, []).append(word)
    return {kind: tuple(rows) for kind, rows in found.items()}


@cache
def _alone(kind: str) -> dict[str, tuple[Word, ...]]:
    found: dict[str, list[Word]] = {}
    for word in words(kind):
        for text in dict.fromkeys(_plain(t) for t in (word.means, *word.words) if t):
            found.setdefault(text, []).append(word)
    return {text: tuple(rows) for text, rows in found.items()}


def _plain(text: str) -> str:
    return BETWEEN.sub(" ", text.strip().lower())
