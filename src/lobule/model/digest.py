"""Which liver this is: a digest of what is solved, so that what was calibrated on another one can be told."""

from __future__ import annotations

import hashlib
import re
from functools import cache

from lobule.model.assemble import FRAGMENTS, fragment_text
from lobule.model.balance import without_comments
from lobule.model.parameters import SPECIES, values_for

COSMETIC = re.compile(r"\w+ (is|has)\b.*")  # a label, a unit


@cache
def digest() -> str:
    """Of the equations and of the value of every parameter in every species, 16 hexadecimal digits.

    Comments, labels, units and blanks do not count; a number in an equation, or of any species, does.
    """
    equations = [statement for name in FRAGMENTS for statement in statements(fragment_text(name))]
    values = {species: sorted(values_for(species).items()) for species in SPECIES}
    return hashlib.sha256(repr([equations, values]).encode()).hexdigest()[:16]


def statements(antimony: str) -> list[str]:
    """The statements of a fragment that say something about its course, without blanks.

    >>> statements('fat\\' = 2*(1 - fat); fat has percent;  // burnt')
    ["fat'=2*(1-fat)"]
    """
    parts = (part.strip() for part in without_comments(antimony).replace("\n", " ").split(";"))
    return [re.sub(r"\s+(?=\W)|(?<=\W)\s+", "", part) for part in parts if part and not COSMETIC.fullmatch(part)]
