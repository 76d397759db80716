"""What was typed into a field, as plain data, and back: numbers, lists with commas, pieces of YAML."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Any

from lobule.yaml_files import parse, yaml_text

NAME = "the page"
WHOLE = "whole"  # name of the field in which a piece stands while it is read or written


def number(text: Any) -> float | int | str | None:
    """What was typed into a field of numbers.

    >>> number("45"), number("0.5"), number("many"), number("")
    (45, 0.5, 'many', None)
    """
    written = str("" if text is None else text).strip()
    if not written:
        return None
    for kind in (int, float):
        try:
            return kind(written)
        except ValueError:
            continue
    return written


def parts(text: Any) -> list[str] | None:
    """Texts with commas between them; None where there is none.

    >>> parts("0 d, 28 d,"), parts(" ")
    (['0 d', '28 d'], None)
    """
    return [part.strip() for part in str(text or "").split(",") if part.strip()] or None


def numbered(text: Any) -> list[Any] | None:
    """Numbers with commas between them; what is none stays a text.

    >>> numbered("0.5, 1"), numbered("half, 1")
    ([0.5, 1], ['half', 1])
    """
    found = parts(text)
    return None if found is None else [number(one) for one in found]


def piece(value: Any) -> str:
    """Plain data as the text of YAML; a text as it is.

    >>> print(piece([{"name": "H1", "weight": 1}]))
    - name: H1
      weight: 1
    >>> piece(None), piece([1, 2])
    ('', '[1, 2]')
    """
    if value is None or isinstance(value, str):
        return value or ""
    text = yaml_text({WHOLE: value}).removeprefix(f"{WHOLE}:")
    return dedent(text.lstrip("\n")).strip()


def read_piece(text: str) -> Any:
    """The data that a text of YAML holds; None where there is none. Raises InputError where it is no YAML.

    >>> read_piece("- {name: H1, weight: 1}")
    [{'name': 'H1', 'weight': 1}]
    """
    if not text.strip():
        return None
    return parse(f"{WHOLE}:\n{indent(dedent(text), '  ')}\n", NAME, "a piece of a file", "those below").data[WHOLE]
