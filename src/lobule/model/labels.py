"""How an output, a constant or a component of the cargo is called in a picture or a page."""

from __future__ import annotations

from functools import cache

from lobule.labs import labs
from lobule.model.assemble import compiled
from lobule.model.cargo import components


def label(name: str) -> str:
    """The name as the field writes it, as far as the model's files say; else the name in words.

    >>> label("mir_223"), label("alt"), label("hepatocytes_per_gram")
    ('miR-223', 'ALT', 'hepatocytes per gram')
    """
    known = _labels()
    return known.get(name, name.replace("_", " "))


@cache
def _labels() -> dict[str, str]:
    cargo = {name: one.title for name, one in components().items()}
    return compiled("mouse").labels | cargo | {name: one.label for name, one in labs().items()}
