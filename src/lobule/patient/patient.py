"""A patient: cause of disease, how long and how strong, and what has been done about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lobule.engine import EventTable
from lobule.engine.events import EVERYONE
from lobule.errors import InputError, nearest
from lobule.model.causes import cause, causes
from lobule.model.parameters import parameter_table, values_for
from lobule.patient.animal import NO_SPLEEN, check_weight
from lobule.quantities import amount
from lobule.therapy.care import Care

SPECIES = "human"
LONGEST = 80.0  # years of disease
YEAR = 365.25


@dataclass(frozen=True)
class Patient:
    """A patient whose disease has run for some years when the run begins.

    Parameters
    ----------
    species : "human"
    etiology : name of a cause, or None for a healthy person
    years : years of disease before the run begins
    intensity : the cause's own dose ("120 g/d" of alcohol, "150 %" of the usual); its usual one when None
    treated_with : standard care from the beginning of the run on; names of `lobule.therapy.cares()`
    without_spleen : the spleen was removed
    body_weight : "70 kg"; the species' own when None
    varied : {parameter: factor on its value}, for a patient who differs from the usual one

    Raises
    ------
    InputError : unknown etiology, treatment or parameter, a weight or duration out of range.

    >>> Patient("human", etiology="hbv", years=25).history_days
    9131.25
    """

    species: str = SPECIES
    etiology: str | None = None
    years: float = 0.0
    intensity: str | None = None
    treated_with: tuple[str, ...] = ()
    body_weight: str | None = None
    without_spleen: bool = False
    varied: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "treated_with", tuple(self.treated_with))
        if self.species != SPECIES:
            raise InputError(f'a patient is human; for a {self.species} use Animal("{self.species}", injury=...)')
        if self.etiology is not None:
            cause(self.etiology, self.species)
        elif self.years or self.intensity:
            raise InputError("years or intensity of a disease are given, but no etiology")
        if not 0 <= self.years <= LONGEST:
            raise InputError(f"years of disease must lie between 0 and {LONGEST:g}, not {self.years:g}")
        for name in self.treated_with:
            Care(name)
        if len(set(self.treated_with)) < len(self.treated_with):
            raise InputError(f"a treatment is given twice: {', '.join(self.treated_with)}")
        for name, factor in self.varied.items():
            if name not in parameter_table():
                raise InputError(f'no parameter "{name}" to vary. {nearest(name, parameter_table())}')
            if not factor >= 0:
                raise InputError(f'the factor on "{name}" must be 0 or more, not {factor}')
        check_weight(self.species, self.body_weight, self.body_weight_g)
        self.events()

    @property
    def body_weight_g(self) -> float:
        """Body weight in grams."""
        return amount(self.body_weight, "weight") if self.body_weight else values_for(self.species)["body_weight"]

    @property
    def history_days(self) -> float:
        """Days of disease before the run begins."""
        return self.years * YEAR

    def injury_times(self) -> list[float]:
        """Times of the onset; before the run unless the disease is new."""
        return [0.0] if self.etiology else []

    def events(self) -> EventTable:
        """Onset of the disease, and standard care from the beginning of the run, in days since the onset."""
        rows = []
        if self.etiology is not None:
            rows += cause(self.etiology, self.species).events(self.intensity, [0.0], None)
        for name in self.treated_with:
            rows += Care(name).events(self.history_days, EVERYONE)
        return EventTable(rows)

    def parameters(self) -> dict[str, float]:
        """The model constants that this patient sets."""
        usual = values_for(self.species)
        changed = {name: usual[name] * factor for name, factor in self.varied.items()}
        return changed | {"body_weight": self.body_weight_g} | (NO_SPLEEN if self.without_spleen else {})

    @property
    def cares(self) -> tuple[str, ...]:
        """Standard care that the patient has anyway."""
        return self.treated_with

    def to_dict(self) -> dict:
        """The patient as plain data; `Patient(**patient.to_dict())` is the same patient."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "treated_with": list(self.treated_with)
        }


def etiologies() -> list[str]:
    """Names of the causes that befall people."""
    return [c.name for c in causes().values() if SPECIES in c.species]
