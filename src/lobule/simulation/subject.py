"""Whom the model is run for, as far as a simulation knows: an animal or a patient, whatever else they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from lobule.engine import EventTable
from lobule.errors import InputError, shown
from lobule.therapy.regimen import Subject as Treated


@runtime_checkable
class Subject(Treated, Protocol):
    """What a simulation asks of a subject."""

    @property
    def species(self) -> str:
        """A species that the table of parameters has."""

    @property
    def history_days(self) -> float:
        """Days of disease before the run begins."""

    def parameters(self) -> dict[str, float]:
        """The model constants that this subject sets."""

    def events(self) -> EventTable:
        """What befalls the subject anyway, in days since the onset."""

    def injury_times(self) -> list[float]:
        """Times at which the injury is given, in days."""

    def others(self) -> Sequence[Subject]:
        """Others who are as likely to be meant; empty for who is known."""

    def to_dict(self) -> dict[str, Any]:
        """As plain data, from which the same subject can be made again."""


def a_subject(value: Any, name: str) -> Subject:
    """A check of arguments: an animal or a patient."""
    if isinstance(value, type) or not isinstance(value, Subject):
        raise InputError(f"{name} must be an Animal or a Patient, not {shown(type(value).__name__)[1:-1]}", [name])
    return value
