"""Arms of studies as subjects and plans: what a table says, and what has to be assumed where it says nothing.

Nothing is dropped in silence: a row that cannot be simulated raises InputError with the reason, and every assumption
stands in the arm. The tables beside this module say what an injury model, a modification or an endpoint means here;
`evidence/vocabulary.csv` what other words mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lobule.evidence.vocabulary import meaning
from lobule.patient.animal import Animal, traits
from lobule.studies.injuries import Injury, days_of, injuries_of
from lobule.studies.observation import Observation
from lobule.studies.subjects import animal_of
from lobule.studies.treatments import treatment_of
from lobule.therapy import Plan
from lobule.therapy.regimen import Regimen

# Constants that say how a class of products compares with native ones as published, whatever carries it
OF_A_CLASS = ("product_strength", "secreted_product_strength")


@dataclass(frozen=True)
class StudyArm:
    """A group of animals: who, what harms them, what they are given, when they are looked at (days of the run).

    strength : factor on every dose, of a modification that the model does not have (a class prior)
    without : components of the cargo that are taken out; sets : factors on constants of the product
    recipient : factors on constants of the animals themselves, whether they are given the product or not
    stands_in : the animal stands for another one
    survives : the injury is one that kills a share, because the study reports survival
    dose_known : the study reports a dose
    assumptions : what the study does not say, or the model does not have
    reading : how strongly products act, "published" or "counted" (`simulation.reading.READINGS`)
    """

    species: str
    strain: str | None
    sex: str | None
    injuries: tuple[Injury, ...]
    plan: Plan | None
    second: Plan | None
    strength: float
    without: tuple[str, ...]
    sets: tuple[tuple[str, float], ...]
    recipient: tuple[tuple[str, float], ...]
    stands_in: bool
    readout: float
    survives: bool
    dose_known: bool
    assumptions: tuple[str, ...]
    reading: str = "published"

    @property
    def key(self) -> str:
        """Arms with the same key are simulated once."""
        plans = [p.to_dict() if p else None for p in (self.plan, self.second)]
        who = (self.species, self.strain, self.sex, self.injuries, self.readout)
        return repr((who, plans, self.strength, self.without, self.sets, self.recipient, self.reading))

    @property
    def mechanism(self) -> bool:
        """The arm is of the model's own animals, and differs from a plain one by what the model has: not by a class
        prior (a factor on every dose, or on what products of its class do as published), nor by a component taken away,
        whose share of the effect is one number for all of them."""
        given = [part.parameters() for part in (self.plan, self.second) if part is not None]
        plain = all(some.get(name, 1.0) == 1.0 for some in given for name in OF_A_CLASS)
        plain = plain and not dict(self.sets).keys() & set(OF_A_CLASS)
        return self.strength == 1.0 and plain and not self.without and not self.stands_in

    @property
    def animal(self) -> Animal:
        """Who is treated."""
        return Animal(self.species, strain=self.strain, sex=self.sex)

    def untreated(self) -> StudyArm:
        """The same animals, given nothing."""
        plain = replace(self, plan=None, second=None, strength=1.0, without=(), sets=(), dose_known=True)
        return replace(plain, assumptions=(), reading="published")


def arm_of(row: Observation, *, lethal: bool = False) -> StudyArm:
    """The arm of one row.

    Parameters
    ----------
    row : as read
    lethal : the study reports survival, so that the injury is one that kills

    Raises
    ------
    InputError : a species, injury, product, dose or route that the model does not have.
    """
    said: list[str] = []
    row, stands_in = animal_of(row, said)
    days = days_of(row, said)
    injuries = injuries_of(row, days, lethal=lethal)
    treatment = treatment_of(row, days, said)
    strain = _strain(row, said)
    parts = [part for part in (treatment.plan, treatment.second) if part is not None]
    Regimen.of(parts, Animal(row.species))  # refuses what cannot be given
    return StudyArm(
        species=row.species,
        strain=strain,
        sex=meaning("sex", row.sex),
        injuries=injuries,
        plan=treatment.plan,
        second=treatment.second,
        strength=treatment.change.strength,
        without=treatment.change.without,
        sets=treatment.change.sets,
        recipient=treatment.change.recipient,
        stands_in=stands_in,
        readout=days.readout + days.delay,
        survives=lethal and days.model.lethal_dose(row.species) is not None,
        dose_known=row.dose_value is not None,
        assumptions=tuple(dict.fromkeys(said)),
    )


def _strain(row: Observation, said: list[str]) -> str | None:
    """The strain where the model knows it."""
    strains = {t.value for t in traits() if t.species == row.species and t.trait == "strain"}
    if row.strain and row.strain not in strains:
        said.append(f"{row.strain} as the usual strain")
    return row.strain if row.strain in strains else None
