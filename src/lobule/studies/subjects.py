"""The animals of a study: what other animals than mice and rats, or none that is named, are simulated as.

The vocabulary says which animal stands for which, and what one weighs: doses a head become doses a weight, so that the
one that stands for it is given as much for its size.
"""

from __future__ import annotations

from dataclasses import replace

from lobule.evidence.vocabulary import mentioned
from lobule.patient.animal import ANIMALS
from lobule.studies.observation import Observation
from lobule.studies.reasons import refuse


def animal_of(row: Observation, said: list[str]) -> tuple[Observation, bool]:
    """The same row of a mouse or rat, and whether it stands for another animal.

    Parameters
    ----------
    row : as read
    said : what is assumed, added to

    Raises
    ------
    InputError : an animal that none stands for.
    """
    if row.species in ANIMALS:
        return row, False
    word = mentioned("animal", row.species.replace("_", " "))
    if word is None or not word.means:
        known = f"no animal model of a {row.species}; {' and '.join(ANIMALS)} are there"
        raise refuse("animal", row.species, known)
    if word.source:
        said.append(word.source.removeprefix("assumed: "))
    if not word.amount:
        return replace(row, species=word.means), False
    row = replace(row, species=word.means, strain="")
    unit = mentioned("unit of a dose", row.dose_unit)
    if row.dose_value is None or unit is None or "/" in unit.means:
        return row, True
    said.append(f"{word.amount} kg of body weight")
    return replace(row, dose_value=row.dose_value / float(word.amount), dose_unit=f"{unit.means}/kg"), True
