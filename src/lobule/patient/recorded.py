"""A subject from the plain data of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lobule.patient.animal import Animal
from lobule.patient.patient import Patient

KINDS = {"animal": Animal, "patient": Patient}


def subject_from(data: Mapping[str, Any]) -> Animal | Patient:
    """The subject that a record of a run tells; raises KeyError or TypeError where a field is missing or not known."""
    who = dict(data)
    return KINDS[who.pop("kind")](**who)
