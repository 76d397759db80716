"""An animal: species, weight, and the injury or diet it is given."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lobule.arguments import a_text, number, numbers_by_name, truth
from lobule.engine import EventTable
from lobule.errors import InputError, Mistakes, about, nearest, shown
from lobule.model.causes import Cause, cause
from lobule.model.parameters import parameter_table, values_for
from lobule.quantities import amount
from lobule.report.card import card
from lobule.rows import Row, read_rows

TRAITS = Path(__file__).parent / "animal_traits.csv"
MOST_DOSES = 1000
SHORTEST_GAP = 1 / 24 / 60  # days between two doses
ANIMALS = ("mouse", "rat")
LONGEST = 1000.0  # weeks of an injury
OLDEST = 5 * 365.25  # days
NO_SPLEEN = {"ev_spleen_rate": 0.0, "msc_spleen_rate": 0.0, "spleen_pressure_gain": 0.0}


def check_weight(species: str, given: str | None, grams: float) -> None:
    """Raise InputError for a body weight outside the species' range."""
    low, high = parameter_table()["body_weight"].range(species)
    if not low <= grams <= high:
        raise InputError(f"a {species} of {shown(given)} is outside {low:g} to {high:g} g", ["body_weight"])


def factors_on_parameters(varied: dict[str, float], name: str) -> dict[str, float]:
    """{parameter: factor}, checked; raises InputError for a factor on what is no parameter, or a negative one."""
    found = numbers_by_name(varied, name, 0)
    for parameter in found:
        if parameter not in parameter_table():
            raise InputError(f"no parameter {shown(parameter)} to vary. {nearest(parameter, parameter_table())}",
                             [name, parameter])  # fmt: skip
    return found


def an_animal(value: Any, name: str) -> Animal:
    """A check of arguments: an animal."""
    if not isinstance(value, Animal):
        raise InputError(f"{name} must be an Animal, not {type(value).__name__}", [name])
    return value


class Trait(Row):
    """What a strain, a sex, or an age from which on, changes: a factor on a parameter; no parameter, no difference."""

    species: str
    trait: str
    value: str
    parameter: str
    factor: float = 1.0
    grade: str
    source: str
    note: str


@cache
def traits() -> tuple[Trait, ...]:
    """All rows of the table of traits.

    Raises
    ------
    InputError : a row that names no parameter.
    """
    rows = read_rows(TRAITS, Trait)
    for row in rows:
        if row.parameter and row.parameter not in parameter_table():
            raise InputError(f'{TRAITS.name}: no parameter "{row.parameter}"')
    return rows


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
    strain : such as "BALB/c"; sex : "f" or "m"; age : "60 wk"; what each changes stands in patient/animal_traits.csv,
        most of it assumed, and much of it nothing; the reference (C57BL/6 or Sprague-Dawley, male, young) when None
    varied : {parameter: factor on its value}, for an animal that differs from the usual one

    Raises
    ------
    InputError : unknown species, injury, strain or parameter, a quantity that does not fit, a weight out of range.

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
    strain: str | None = None
    sex: str | None = None
    age: str | None = None
    varied: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with about("species"):  # on which all else hangs
            values_for(self.species)
        if self.species not in ANIMALS:
            raise InputError(
                f'a {self.species} is no animal here: Patient("{self.species}", etiology=...)', ["species"]
            )
        found = Mistakes()
        with found.at():
            truth(self.without_spleen, "without_spleen")
        with found.at():
            object.__setattr__(self, "varied", factors_on_parameters(self.varied, "varied"))
        with found.at():
            self._check_injury()
            self._check_schedule()
        with found.at():
            self._traits()
        with found.at():
            check_weight(self.species, self.body_weight, self.body_weight_g)
        found.tell()

    def _check_schedule(self) -> None:
        """The injury's dose, interval and length; each by itself, then together. Raises InputError."""
        if self.injury is None:
            return
        found = Mistakes()
        with found.at("injury_dose"):
            self._cause().events(self.injury_dose, [0.0], None)
        with found.at():
            self.injury_times()
        with found.at():
            self._length()
        found.tell()
        self.events()

    def _check_injury(self) -> None:
        if self.injury is None:
            given = [n for n in ("weeks", "duration", "injury_dose", "injury_every") if getattr(self, n) is not None]
            if given:
                raise InputError(f"{given[0]} is given, but no injury; name one, or leave {given[0]} out", given[:1])
        else:
            object.__setattr__(self, "injury", self._cause().name)
        if self.weeks is not None and self.duration is not None:
            raise InputError("give the length of the injury as weeks or as duration, not both", ["duration"])
        if self.weeks is not None:
            object.__setattr__(self, "weeks", number(self.weeks, "weeks", 0, LONGEST, above=True))

    def _traits(self) -> dict[str, float]:
        """Factors of strain, sex and age on parameters."""
        factors: dict[str, float] = {}
        found = Mistakes()
        for name in ("strain", "sex", "age"):
            with found.at(name):
                for trait in self._of_age() if name == "age" else self._of_kind(name):
                    if trait.parameter:
                        factors[trait.parameter] = factors.get(trait.parameter, 1.0) * trait.factor
        found.tell()
        return factors

    def _of_kind(self, name: str) -> list[Trait]:
        """What strain or sex changes; raises InputError for one that the species has not."""
        value = getattr(self, name)
        if value is None:
            return []
        known = [t for t in traits() if (t.species, t.trait) == (self.species, name)]
        values = dict.fromkeys(t.value for t in known)
        if a_text(value, name) not in values:
            raise InputError(f"no {name} {shown(value)} of a {self.species}. {nearest(value, values, 20)}")
        return [t for t in known if t.value == value]

    def _of_age(self) -> list[Trait]:
        """What age changes; raises InputError for one that no animal reaches."""
        if self.age is None:
            return []
        days = amount(self.age, "time")
        if not 0 < days <= OLDEST:
            raise InputError(f'an age of "{self.age}" is outside 0 to {OLDEST / 7:g} weeks')
        known = [t for t in traits() if (t.species, t.trait) == (self.species, "age")]
        return [t for t in known if days >= amount(t.value, "time")]

    def _cause(self) -> Cause:
        assert self.injury is not None
        with about("injury"):
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
        return amount(self.body_weight, "weight", "body_weight")

    def others(self) -> list[Animal]:
        """Nobody: an animal is not found by a wish."""
        return []

    def injury_times(self) -> list[float]:
        """Times at which the injury is given, in days; a dose on the last day itself is not given."""
        if self.injury is None:
            return []
        usual = self._cause()
        if usual.kind != "dose" or (usual.every is None and self.injury_every is None):
            if self.injury_every is not None:
                raise InputError(
                    f"{self.injury} is not repeated; leave the time between injuries out", ["injury_every"]
                )
            return [0.0]
        length = self._length() or 0.0
        gap = amount(usual.every if self.injury_every is None else self.injury_every, "time", "injury_every")
        if gap < SHORTEST_GAP:
            raise InputError(
                f'the time between injuries must be at least a minute, not "{self.injury_every}"', ["injury_every"]
            )
        doses = length / gap
        if doses > MOST_DOSES:
            raise InputError(f"{doses:.3g} doses of {self.injury}; at most {MOST_DOSES} can be given", ["duration"])
        count = max(1, math.ceil(doses - 1e-9))
        return [gap * i for i in range(count)]

    def _length(self) -> float | None:
        if self.weeks is not None:
            return 7 * self.weeks
        return amount(self.duration, "time", "duration") if self.duration is not None else None

    def events(self) -> EventTable:
        """The injury as a table of events."""
        if self.injury is None:
            return EventTable()
        times, length = self.injury_times(), self._length()
        with about("injury_dose"):
            return EventTable(self._cause().events(self.injury_dose, times, length))

    def parameters(self) -> dict[str, float]:
        """The model constants that this animal sets."""
        usual = values_for(self.species)
        factors = self._traits()
        factors |= {name: factor * factors.get(name, 1.0) for name, factor in self.varied.items()}
        changed = {name: usual[name] * factor for name, factor in factors.items()}
        return changed | {"body_weight": self.body_weight_g} | (NO_SPLEEN if self.without_spleen else {})

    @property
    def cares(self) -> tuple[str, ...]:
        """Animals have no standard care."""
        return ()

    def to_dict(self) -> dict:
        """The animal as plain data; `Animal(**animal.to_dict())` is the same animal."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def _repr_html_(self) -> str:
        injury = cause(self.injury, self.species).title if self.injury else "no injury"
        return card(f"{self.species.capitalize()}, {injury}", facts=self.to_dict())
