"""What is measured of a patient: one table of labs, scores and traits, and their units."""

from lobule.labs.absent import not_modelled, why_not
from lobule.labs.table import (
    WORDS,
    Lab,
    assayed,
    better,
    lab,
    labs,
    measurable,
    scores,
    to_clinic,
    to_model,
)

__all__ = [
    "WORDS",
    "Lab",
    "assayed",
    "better",
    "lab",
    "labs",
    "measurable",
    "not_modelled",
    "scores",
    "to_clinic",
    "to_model",
    "why_not",
]
