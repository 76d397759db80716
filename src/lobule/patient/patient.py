"""A patient: cause of disease, how long and how strong, and what has been done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lobule.arguments import a_text, number, numbers_by_name, some_names, truth
from lobule.engine import EventTable
from lobule.engine.events import EVERYONE, Event
from lobule.errors import InputError, Mistakes, about, nearest, shown
from lobule.model.causes import cause, causes, disease
from lobule.model.parameters import values_for
from lobule.patient.animal import NO_SPLEEN, check_weight, factors_on_parameters
from lobule.patient.onset import onset_of
from lobule.patient.variation import variation
from lobule.patient.wish import OTHERS, Found, fulfil
from lobule.quantities import amount
from lobule.report.card import card
from lobule.therapy.care import Care

SPECIES = "human"
LONGEST = 80.0  # years of disease
OLDEST = 120.0  # years
MELD = (6.0, 40.0)
YEAR = 365.25
FLARE = "viral_flare"  # the precipitant that only the infected can have
LENGTHS = ("years", "treated_years", "precipitant_days")


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
    treated_years : years before the run at which that care began; within the years of disease
    precipitant : a cause of kind dose that strikes beside the disease ("infection", "viral_flare", "alcohol_binge",
        "drug_injury", "acetaminophen"), precipitant_days before the run begins, also a healthy person; its dose is
        precipitant_dose, the usual one when None
    without_spleen : the spleen was removed
    body_weight : "70 kg"; the species' own when None; weight is the same
    varied : {parameter: factor on its value}, for a patient who differs from the usual one
    stage : compensated or decompensated; with meld and wishes it is what `like` was asked for, and `years` and `varied`
        are what it found; where they are left out they are found here, as `like` does
    meld : MELD-Na at the beginning of the run
    wishes : {figure: value} for further labs at the beginning, such as {"albumin": 30}; see `lobule.patient.wish`
    age : years at the beginning of the run, the mean of the cause when None; sex : "f" or "m", half of each when None;
        they enter scores and death of other causes, age also the liver's hazards and how fast scar grows;
        calendar_year : whose mortality holds
    alternatives : (years, varied) of others who meet the wish too; they enter the band of a run, which finds them

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
    treated_years: float = 0.0
    body_weight: str | None = None
    precipitant: str | None = None
    precipitant_dose: str | None = None
    precipitant_days: float = 0.0
    without_spleen: bool = False
    varied: dict[str, float] = field(default_factory=dict)
    stage: str | None = None
    meld: float | None = None
    wishes: dict[str, float] = field(default_factory=dict)
    age: float | None = None
    sex: str | None = None
    weight: str | None = None
    calendar_year: float | None = None
    alternatives: tuple[tuple[float, dict[str, float]], ...] = field(default=(), compare=False)  # follows from the wish

    @classmethod
    def like(
        cls,
        etiology: str,
        stage: str | None = None,
        meld: float | None = None,
        wishes: Mapping[str, float] | None = None,
        **who: Any,
    ) -> Patient:
        """A patient as wished: the nearest of 3,000 virtual patients, by its own natural history.

        The wish stays in the patient's fields and in the record of a run. The first wish of a cause takes some five
        seconds of computing, and says how far it is (`lobule.progress`); where the model is not compiled yet, twenty
        more.

        Parameters
        ----------
        etiology : cause of the disease
        stage : compensated (cirrhosis, Child-Pugh A) or decompensated; None for any
        meld : MELD-Na at the beginning of the run
        wishes : {figure: value} for further labs at the beginning, such as {"albumin": 30}
        who : age, sex, weight, treated_with, without_spleen, as for any patient

        Raises
        ------
        InputError : what no virtual patient of that stage reaches, with what is reachable; an unknown figure or field.
        """
        if stage is None and meld is None and not wishes:
            raise InputError("a patient like whom: name a stage, meld or wishes", ["stage"])
        for name in who:
            if name not in cls.__dataclass_fields__:
                raise InputError(f"a patient has no {shown(name)}. {nearest(name, cls.__dataclass_fields__)}", [name])
        return cls(etiology=etiology, stage=stage, meld=meld, wishes=dict(wishes or {}), **who)

    def __post_init__(self) -> None:
        if self.weight is not None:
            if self.body_weight is not None:
                raise InputError("give weight or body_weight, not both", ["weight"])
            self._set("body_weight", self.weight)
            self._set("weight", None)
        if a_text(self.species, "species") != SPECIES:
            who = shown(self.species)
            raise InputError(f"a patient is human; for a {who[1:-1]} use Animal({who}, injury=...)", ["species"])
        found = Mistakes()
        self._check_values(found)
        with found.at():
            self._check_disease()
        with found.at():
            check_weight(self.species, self.body_weight, self.body_weight_g)
        found.tell()
        if self.etiology is not None and (self.years or self.stage is not None or self._wish()):
            with about("etiology"):
                disease(self.etiology, self.species)
        self._fulfil()
        if self.treated_years > self.years:
            raise InputError(
                f"a patient ill for {self.years:g} years cannot have been treated for {self.treated_years:g} years",
                ["treated_years"],
            )
        if self.age is not None and self.age < self.years:
            raise InputError(f"a patient of {self.age:g} years cannot have been ill for {self.years:g} years", ["age"])
        self.events()

    def _check_disease(self) -> None:
        if self.etiology is not None:
            with about("etiology"):
                what = cause(self.etiology, self.species)
            self._set("etiology", what.name)
            with about("intensity"):
                if self.intensity is not None and what.kind == "infection":
                    raise InputError(
                        f'"{what.name}" has no intensity: how much of the liver is infected first is forgotten within '
                        "months; leave it out"
                    )
                what.events(self.intensity, [0.0], None)
        elif self.years or self.intensity:
            given = "years" if self.years else "intensity"
            raise InputError("years or intensity of a disease are given, but no etiology", [given])

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_values(self, found: Mistakes) -> None:
        """Each value by itself; notes what is wrong, with its field."""
        with found.at():
            truth(self.without_spleen, "without_spleen")
        for name, low, high in (
            ("years", 0, LONGEST),
            ("treated_years", 0, LONGEST),
            ("precipitant_days", 0, LONGEST * YEAR),
            ("meld", *MELD),
            ("age", 0, OLDEST),
            ("calendar_year", 1900, 2100),
        ):
            with found.at():
                if getattr(self, name) is not None or name in LENGTHS:
                    self._set(name, number(getattr(self, name), name, low, high))
        with found.at():
            self._set("wishes", numbers_by_name(self.wishes, "wishes"))
        with found.at():
            if self.sex is not None and a_text(self.sex, "sex") not in ("f", "m"):
                raise InputError(f'sex is "f" or "m", not {shown(self.sex)}', ["sex"])
        with found.at():
            self._set("treated_with", self._cares(found))
        with found.at():
            self._set("varied", factors_on_parameters(self.varied, "varied"))
        with found.at():
            self._set("alternatives", _alternatives(self.alternatives))

    def _cares(self, found: Mistakes) -> tuple[str, ...]:
        """Names of the standard care; notes what is no care, or stands twice."""
        cares: list[str] = []
        for i, name in enumerate(some_names(self.treated_with, "treated_with")):
            with found.at("treated_with", i):
                care = Care(name).name
                if care in cares:
                    raise InputError(f"{name} is given twice")
                cares.append(care)
        return tuple(cares)

    def _fulfil(self) -> None:
        """Find years and differences for a wish, unless they are given with it as they were found."""
        if not self._wish() and self.stage is None:
            return
        if self.etiology is None:
            raise InputError("a stage or labs are wished for, but no etiology is given", ["etiology"])
        if self.meld is not None and "meld" in self.wishes:
            raise InputError("give meld once, as meld or among the wishes", ["wishes", "meld"])
        if self.intensity is None and self.varied.keys() >= variation().keys():
            return
        for name in ("years", "varied", "intensity"):
            if getattr(self, name):
                raise InputError(f"{name} is found from stage, meld and wishes; leave it out", [name])
        found = self._nearest(0)
        self._set("years", found.years)
        self._set("varied", found.varied)

    def _wish(self) -> dict[str, float]:
        """The figures that are wished for."""
        return ({"meld": self.meld} if self.meld is not None else {}) | self.wishes

    def _nearest(self, others: int) -> Found:
        assert self.etiology is not None
        try:
            return fulfil(self.etiology, self.stage, self._wish(), others, self.age)
        except InputError as error:
            if self.meld is not None and error.field == ("wishes", "meld"):
                error.field = ("meld",)
            raise

    @property
    def body_weight_g(self) -> float:
        """Body weight in grams."""
        if self.body_weight is None:
            return values_for(self.species)["body_weight"]
        return amount(self.body_weight, "weight", "body_weight")

    @property
    def history_days(self) -> float:
        """Days of disease before the run begins; of a healthy person who was struck, since then."""
        return self.years * YEAR if self.etiology else self.precipitant_days

    def injury_times(self) -> list[float]:
        """Times of the onset; before the run unless the disease is new."""
        return [0.0] if self.etiology else []

    def events(self) -> EventTable:
        """Onset of the disease, and standard care since it began, in days since the onset."""
        rows = []
        if self.etiology is not None:
            with about("intensity"):
                rows += cause(self.etiology, self.species).events(self.intensity, [0.0], None)
        rows += self._blow()
        for name in self.treated_with:
            rows += Care(name).events(self.history_days - self.treated_years * YEAR, EVERYONE)
        return EventTable(rows)

    def _blow(self) -> list[Event]:
        """What the precipitant does, in days since the onset of the disease."""
        if self.precipitant is None:
            if self.precipitant_dose is not None or self.precipitant_days:
                given = "precipitant_days" if self.precipitant_dose is None else "precipitant_dose"
                raise InputError("a dose or days of a precipitant are given, but no precipitant", [given])
            return []
        with about("precipitant"):
            what = cause(self.precipitant, self.species)
            if what.kind != "dose":
                those = ", ".join(_of_kind("dose"))
                raise InputError(f'"{what.name}" is a disease, not a precipitant; those are: {those}')
            if what.name == FLARE and (self.etiology is None or cause(self.etiology, SPECIES).kind != "infection"):
                whom = f'"{self.etiology}" has' if self.etiology else "a healthy person has"
                struck = " and ".join(_of_kind("infection"))
                raise InputError(f'"{FLARE}" needs a virus, and {whom} none; it strikes {struck}')
        if not 0 <= self.precipitant_days <= self.history_days:
            raise InputError(
                f"a precipitant strikes within the disease, 0 to {self.history_days:g} days before the run",
                ["precipitant_days"],
            )
        with about("precipitant_dose"):
            return what.events(self.precipitant_dose, [self.history_days - self.precipitant_days], None)

    def parameters(self) -> dict[str, float]:
        """The model constants that this patient sets."""
        usual = values_for(self.species)
        changed = {name: usual[name] * factor for name, factor in self.varied.items()}
        own = changed | self._who() | {"body_weight": self.body_weight_g}
        return own | (NO_SPLEEN if self.without_spleen else {})

    def _who(self) -> dict[str, float]:
        """Age at the onset, sex and calendar year, as far as they are said or follow from the cause."""
        found = {}
        if self.age is not None:
            found["age_at_onset"] = self.age - self.years
        elif self.etiology and "age_at_onset" not in self.varied:
            found["age_at_onset"] = onset_of(self.etiology).age
        if self.sex is not None:
            found["male"] = float(self.sex == "m")
        if self.calendar_year is not None:
            found["calendar_year"] = self.calendar_year
        return found

    @property
    def cares(self) -> tuple[str, ...]:
        """Standard care that the patient has anyway."""
        return self.treated_with

    def to_dict(self) -> dict:
        """The patient as plain data; `Patient(**patient.to_dict())` is the same patient."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "treated_with": list(self.treated_with),
            "alternatives": [[years, varied] for years, varied in self.alternatives],
        }

    def _repr_html_(self) -> str:
        ends = f" ({causes()[self.etiology].title})" if self.etiology else ""
        return card(f"Patient{ends}", facts=self.to_dict() | {"varied": None, "alternatives": None})

    def others(self) -> list[Patient]:
        """The patients who meet the same wish; they are found when they are asked for, and then stay in the record."""
        if not self.alternatives and (self._wish() or self.stage is not None):
            self._set("alternatives", self._nearest(OTHERS).others)
        return [replace(self, years=years, varied=varied, alternatives=()) for years, varied in self.alternatives]


def _alternatives(given: Any) -> tuple[tuple[float, dict[str, float]], ...]:
    """Pairs of years and factors; raises InputError."""
    name = "alternatives"
    if not isinstance(given, (list, tuple)) or not all(isinstance(v, (list, tuple)) and len(v) == 2 for v in given):
        raise InputError(f"{name} is a list of pairs, years and factors on parameters", [name])
    return tuple((number(years, name, 0, LONGEST), factors_on_parameters(varied, name)) for years, varied in given)


def _of_kind(kind: str) -> list[str]:
    """Names of the causes of a kind that befall people."""
    return [name for name in etiologies() if causes()[name].kind == kind]


def etiologies() -> list[str]:
    """Names of the causes that befall people."""
    return [c.name for c in causes().values() if SPECIES in c.species]
