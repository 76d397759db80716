"""An animal: species, weight, and the injury or diet it is given."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lobule.engine import EventTable
from lobule.errors import InputError
from lobule.model.causes import Cause, cause
from lobule.model.parameters import parameter_table, values_for
from lobule.quantities import amount

MOST_DOSES = 1000
ANIMALS = ("mouse", "rat")
NO_SPLEEN = {"ev_spleen_rate": 0.0, "msc_spleen_rate": 0.0, "spleen_pressure_gain": 0.0}


def check_weight(species: str, given: str | None, grams: float) -> None:
    """Raise InputError for a body weight outside the species' range."""
    low, high = parameter_table()["body_weight"].range(species)
    if not low <= grams <= high:
        raise InputError(f'a {species} of "{given}" is outside {low:g} to {high:g} g')


@dataclass(frozen=True)
class Animal:
    """An experimental animal.

    Parameters
    ----------
    species : "mouse" or "rat"
    injury : name of a file in model/causes, or None for a healthy animal
    weeks : how long the injury is given; when it and `duration` are None: a toxin once, a diet or ligation for good
    duration : the same as a quantity ("42 d"), instead of `weeks`
    injury_dose, injury_every : the injury's own dose and interval when None
    body_weight : "25 g"; the species' own when None
    without_spleen : the spleen was removed

    Raises
    ------
    InputError : unknown species or injury, a quantity that does not fit, a weight out of range.

    >>> len(Animal("mouse", injury="ccl4", weeks=6).events())
    12
    """

    species: str = "mouse"
    injury: str | None = None
    weeks: float | None = None
    duration: str | None = None
    injury_dose: str | None = None
    injury_every: str | None = None
    body_weight: str | None = None
    without_spleen: bool = False

    def __post_init__(self) -> None:
        values_for(self.species)
        if self.species not in ANIMALS:
            raise InputError(f'a {self.species} is no animal here: Patient("{self.species}", etiology=...)')
        if self.injury is None:
            given = [n for n in ("weeks", "duration", "injury_dose", "injury_every") if getattr(self, n) is not None]
            if given:
                raise InputError(f"{given[0]} is given, but no injury; name one, or leave {given[0]} out")
        else:
            self._cause()
        if self.weeks is not None and self.duration is not None:
            raise InputError("give the length of the injury as weeks or as duration, not both")
        if self.weeks is not None and not 0 < self.weeks < 1000:
            raise InputError(f"weeks must be above 0 and below 1000, not {self.weeks}")
        self.events()
        check_weight(self.species, self.body_weight, self.body_weight_g)

    def _cause(self) -> Cause:
        assert self.injury is not None
        return cause(self.injury, self.species)

    @property
    def history_days(self) -> float:
        """Days of disease before the run begins: an animal's injury is part of the run."""
        return 0.0

    @property
    def body_weight_g(self) -> float:
        """Body weight in grams."""
        if self.body_weight is None:
            return values_for(self.species)["body_weight"]
        return amount(self.body_weight, "weight")

    def injury_times(self) -> list[float]:
        """Times at which the injury is given, in days; a dose on the last day itself is not given."""
        if self.injury is None:
            return []
        usual = self._cause()
        if usual.kind != "dose" or (usual.every is None and self.injury_every is None):
            if self.injury_every is not None:
                raise InputError(f"{self.injury} is not repeated; leave the time between injuries out")
            return [0.0]
        length = self._length() or 0.0
        gap = amount(self.injury_every or usual.every, "time")
        if gap <= 0:
            raise InputError(f'the time between injuries must be above 0, not "{self.injury_every}"')
        count = max(1, math.ceil(length / gap - 1e-9))
        if count > MOST_DOSES:
            raise InputError(f"{count} doses of {self.injury}; at most {MOST_DOSES} can be given")
        return [gap * i for i in range(count)]

    def _length(self) -> float | None:
        if self.weeks is not None:
            return 7 * self.weeks
        return amount(self.duration, "time") if self.duration is not None else None

    def events(self) -> EventTable:
        """The injury as a table of events."""
        if self.injury is None:
            return EventTable()
        return EventTable(self._cause().events(self.injury_dose, self.injury_times(), self._length()))

    def parameters(self) -> dict[str, float]:
        """The model constants that this animal sets."""
        return {"body_weight": self.body_weight_g} | (NO_SPLEEN if self.without_spleen else {})

    @property
    def cares(self) -> tuple[str, ...]:
        """Animals have no standard care."""
        return ()

    def to_dict(self) -> dict:
        """The animal as plain data; `Animal(**animal.to_dict())` is the same animal."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}
