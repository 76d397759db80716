"""Scenario files: one subject, one plan, one run, as YAML with units. Errors name file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from lobule.bounds import LARGEST_SEED
from lobule.errors import AlreadyTold, InputError, Mistakes, shown
from lobule.evidence.tables import study_rows
from lobule.model.parameters import check_hypotheses
from lobule.patient import Animal, Patient
from lobule.patient.animal import ANIMALS
from lobule.patient.patient import SPECIES
from lobule.quantities import ALLOWED, amount, sampling
from lobule.simulation.reading import PUBLISHED, Reading, a_reading
from lobule.therapy import Care, Part, Plan, Regimen
from lobule.therapy.plan import ALL_DOSE_KINDS, ALL_ROUTES
from lobule.yaml_files import (
    Section,
    Text,
    Time,
    beside,
    checking_fields,
    parse,
    quantity,
    reading,
    schema_of,
)

if TYPE_CHECKING:
    from lobule.simulation.run import Run

PLAN_REFERENCE = "#/$defs/PlanSection"
OF_CARE = ("care", "start", "until")
DOSES_OF_CAUSES = ("toxin", "toxin_mass", "intake", "share")
# argument of Animal: its field in the section of the subject
OF_INJURY = {"injury": ("injury", "cause"), "injury_dose": ("injury", "dose"), "injury_every": ("injury", "every"),
             "duration": ("injury", "duration")}  # fmt: skip
OF_ANIMALS = ("injury", "strain")
OF_PATIENTS = ("etiology", "years", "intensity", "treated_with", "treated_years", "precipitant",
               "precipitant_dose", "precipitant_days", "stage", "meld", "wishes", "varied")  # fmt: skip
OF_OTHERS = {SPECIES: OF_ANIMALS, **dict.fromkeys(ANIMALS, OF_PATIENTS)}  # species: fields that it does not have


def _a_reading(value: Any) -> Any:
    try:
        return a_reading(value)
    except InputError as error:
        raise ValueError(str(error)) from error  # which is what pydantic wants


ReadingWord = Annotated[Reading, BeforeValidator(_a_reading)]
OF_A_READING = "how strongly products act: published, as studies report it (counted beside it), or counted alone"


def _described(kind: str, example: str, what: str) -> Any:
    return Field(default=None, description=f"{what}; units {', '.join(ALLOWED[kind])}", examples=[example])


class InjurySection(Section):
    """What harms the subject, and for how long."""

    cause: Text = Field(description="name of an injury", examples=["ccl4"])
    dose: Annotated[Text, quantity(*DOSES_OF_CAUSES)] | None = Field(
        default=None,
        description="one dose of the toxin, or the share of a resection or of a diet; the injury's own when left out",
        examples=["0.5 mL/kg", "300 mg/kg", "67 %"],
    )
    every: Time | None = _described("time", "3.5 d", "time between two doses")
    duration: Time | None = _described("time", "6 wk", "length of the injury; one dose when left out")


class SubjectSection(Section):
    """Who is treated."""

    species: Text = Field(description="species", examples=["mouse"])
    body_weight: Annotated[Text, quantity("weight")] | None = _described("weight", "25 g", "body weight")
    strain: Text | None = Field(default=None, description="of an animal", examples=["BALB/c"])
    injury: InjurySection | None = Field(default=None, description="of an animal; left out for a healthy one")
    etiology: Text | None = Field(default=None, description="cause of a patient's disease", examples=["hbv"])
    years: Annotated[float, Field(ge=0, le=80)] = Field(
        default=0.0, description="years of disease before the run begins", examples=[25]
    )
    intensity: Annotated[Text, quantity(*DOSES_OF_CAUSES)] | None = Field(
        default=None,
        description="the cause's own dose, which no virus has; the usual one when left out",
        examples=["120 g/d", "150 %"],
    )
    treated_with: list[Text] = Field(
        default=[], description="standard care from the beginning of the run on", examples=[["antiviral"]]
    )
    treated_years: Annotated[float, Field(ge=0, le=80)] = Field(
        default=0.0, description="years before the run at which that care began", examples=[2]
    )
    precipitant: Text | None = Field(
        default=None,
        description="what strikes beside the disease, or a healthy liver",
        examples=["infection", "viral_flare"],
    )
    precipitant_dose: Annotated[Text, quantity(*DOSES_OF_CAUSES)] | None = Field(
        default=None, description="of the precipitant; its usual one when left out", examples=["200 %", "400 mg/kg"]
    )
    precipitant_days: Annotated[float, Field(ge=0, le=36500)] = Field(
        default=0.0, description="days before the run at which it strikes", examples=[10]
    )
    stage: Text | None = Field(default=None, description="compensated or decompensated, in place of years")
    meld: Annotated[float, Field(ge=6, le=40)] | None = Field(default=None, description="MELD-Na at the beginning")
    wishes: dict[Text, float] = Field(
        default={}, description="further labs at the beginning", examples=[{"albumin": 30}]
    )
    varied: dict[Text, float] = Field(
        default={},
        description="factors on parameters, of a patient who differs from the usual one",
        examples=[{"albumin_healthy": 0.95}],
    )
    age: Annotated[float, Field(ge=0, le=120)] | Text | None = Field(
        default=None, description="years of a patient, or a quantity for an animal", examples=[52, "60 wk"]
    )
    sex: Text | None = Field(default=None, description="f or m")
    without_spleen: bool = Field(default=False, description="the spleen was removed", examples=[True])


class PlanSection(Section):
    """One part of what is given: a product with its dose, or standard care."""

    product: Text | None = Field(
        default=None,
        description="name of a product (`lobule products` lists them) or the path of a product file",
        examples=["uc-msc-ev", "my_product.yaml"],
    )
    care: Text | None = Field(default=None, description="standard care instead of a product", examples=["antiviral"])
    dose: Annotated[Text, quantity(*ALL_DOSE_KINDS)] | None = Field(
        default=None,
        description="one dose: particles, cells, vesicle protein or volume, or each per weight",
        examples=["1e10 particle", "1e11 particle/kg", "250 ug", "8 mg/kg", "1e6 cell/kg", "0.5 mL"],
    )
    route: Text | None = Field(default=None, description=f"iv when left out; {', '.join(ALL_ROUTES)}")
    start: Time = Field(default="0 d", description="time of the first dose", examples=["21 d"])
    until: Time | None = _described("time", "90 d", "end of standard care")
    every: Time | None = _described("time", "7 d", "time between two doses")
    over: Time | None = _described("time", "1 h", "length of each infusion; a bolus when left out")
    n: Annotated[int, Field(ge=1, le=1000)] | None = Field(default=None, description="number of doses")
    when: Text | None = Field(
        default=None, description="a dose is given only when this holds at its time", examples=["alt > 80 U/L"]
    )

    def part(self) -> Part:
        """The Plan or Care; raises InputError with all that is wrong."""
        part: Part | None = None
        found = Mistakes()
        if self.has("product") and self.has("care") and (self.product is None) == (self.care is None):
            raise InputError("a part of a plan names a product or a care, one of them")
        of_care = self.readable()["care"] is not None
        given = {name: value for name, value in self.readable().items() if value is not None}
        for name in given:
            if name not in OF_CARE if of_care else name == "until":
                what = "standard care" if of_care else "a product"
                found.note(InputError(f'"{name}" does not belong to {what}; leave it out', [name]))
        with found.at():
            part = self._care(given) if of_care else self._plan(given, found)
        # of a field that could not be read, and had to be made up here, nothing more is said; of any field one thing,
        # but all that is wrong in a file that it names
        first = {(error.field, str(error) if error.file else ""): error for error in reversed(found.noted)}
        found.noted = [one for one in first.values() if not one.field or self.has(str(one.field[0]))][::-1]
        found.tell()
        if part is None:
            raise AlreadyTold("the part could not be read")
        return part

    @staticmethod
    def _care(given: dict[str, Any]) -> Care:
        return Care(**{name: value for name, value in given.items() if name in OF_CARE})

    def _plan(self, given: dict[str, Any], found: Mistakes) -> Plan:
        fields = {name: value for name, value in given.items() if name not in ("care", "until")}
        if not (self.has("every") and self.has("n")):
            fields = {name: value for name, value in fields.items() if name not in ("every", "n")}
        elif self.every is not None and self.n is None:
            found.note(InputError("every says how often and not how many: give n, the number of doses, too", ["every"]))
        if "dose" not in fields and self.has("dose"):
            found.note(InputError(f'{shown(self.product)} needs a dose, such as dose: "1e10 particle"', ["dose"]))
        return Plan(**{"product": "", "dose": "", **fields})


class TissueSection(Section):
    """What `lobule tissue` shows of the same subject and plan; other commands leave it alone."""

    lobules: Annotated[int, Field(ge=3, le=1000)] = Field(default=37, description="lobules of the sheet, about")
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = Field(default=1, description="of the sheet and its cells")
    seeds: Annotated[int, Field(ge=1, le=50)] = Field(default=1, description="sheets, for the spread between them")
    pictures: list[Time] | None = Field(
        default=None,
        description="times of the run at which the tissue is looked at; eight over the run when left out",
        examples=[["1 d", "7 d", "28 d"]],
    )


class Scenario(Section):
    """A scenario file."""

    title: Text = Field(default="", description="heading of the picture")
    subject: SubjectSection = Field(description="who is treated")
    plan: list[PlanSection] = Field(
        default=[], description="one part or a list of parts; left out for the untreated course"
    )
    until: Time = Field(description="length of the run", examples=["63 d"])
    sample_every: Time = Field(default="6 h", description="distance of the reported times")
    hypotheses: dict[Text, float] = Field(
        default={},
        description="constants on which evidence conflicts, and their values",
        examples=[{"mirna_amplification": 1}],
    )
    reading: ReadingWord = Field(default=PUBLISHED, description=OF_A_READING)
    tissue: TissueSection = Field(default=TissueSection(), description="of lobule tissue: the lobule in space")
    study: Text | None = Field(
        default=None, description="id of a published study to put beside the prediction", examples=["li2013"]
    )

    @field_validator("plan", mode="before")
    @classmethod
    def _one_part(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else [] if value is None else value

    def who(self) -> Animal | Patient:
        """The subject; raises InputError with all that is wrong."""
        given, found = self.subject.readable(), Mistakes()
        species = self.subject.species
        for name in OF_OTHERS.get(species, ()):
            if given[name]:
                found.note(InputError(_not_of(name, species), [name]))
        with found.at():
            subject = self._patient(given, found) if species == SPECIES else self._animal(given, found)
        found.tell()
        return subject

    def _patient(self, given: dict[str, Any], found: Mistakes) -> Patient:
        if isinstance(given["age"], str):
            text = f'the age of a patient is a number of years, not "{given["age"]}"'
            found.note(InputError(text, ["age"]))
            given["age"] = None
        names = ["age", "sex", "treated_with", "body_weight", "without_spleen", "varied"]
        if self.subject.has("etiology"):  # without it, how long and how ill cannot be judged
            names += ["etiology", "years", "intensity", "treated_years", "stage", "meld", "wishes"]
            names += ["precipitant", "precipitant_dose", "precipitant_days"]
        return Patient(**{name: given[name] for name in names})

    def _animal(self, given: dict[str, Any], found: Mistakes) -> Animal:
        if isinstance(given["age"], float):
            text = f'the age of an animal needs a unit, such as "{given["age"]:g} wk"'
            found.note(InputError(text, ["age"]))
            given["age"] = None
        names = ("species", "body_weight", "without_spleen", "strain", "sex", "age")
        who = {name: given[name] for name in names}
        injury = given["injury"]
        if injury is not None and injury.has("cause"):
            what = injury.readable()
            who |= {argument: what[name] for argument, (_, name) in OF_INJURY.items()}
        try:
            return Animal(**who)
        except InputError as error:
            raise error.moved(_of_injury) from error.__cause__

    def in_reading(self, word: str | None) -> Scenario:
        """The same in another reading; as it is when None. Raises InputError for a word that is none."""
        return self if word is None else self.model_copy(update={"reading": a_reading(word)})

    def therapy(self) -> list[Part]:
        """The parts of the plan; raises InputError."""
        return [section.part() for section in self.plan]


def _of_injury(field: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return (*OF_INJURY.get(str(field[0]), field[:1]), *field[1:]) if field else ()


def _not_of(name: str, species: str) -> str:
    if name == "injury":
        return "a patient has an etiology, not an injury"
    belongs, given = ("an animal", "patient") if species == SPECIES else ("a patient", species)
    return f"{name} belongs to {belongs}, not to a {given}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    return schema_of(Scenario, lambda schema: one_part_or_many(schema["properties"]))


def one_part_or_many(properties: dict[str, Any]) -> None:
    """In a JSON Schema, allow a single part of a plan without its list."""
    plan = properties["plan"]
    properties["plan"] = {"anyOf": [plan.pop("items"), {"type": "array", "items": {"$ref": PLAN_REFERENCE}}]}
    properties["plan"] |= {"description": plan["description"]}


def read_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario file, subject and plan included.

    Raises
    ------
    InputError : every mistake, each one sentence with file, line, field, what is allowed and the nearest valid name.
    """
    with reading(path, Scenario, "a scenario", "subject, plan and until") as (scenario, found):
        for i, section in enumerate(scenario.plan if scenario.has("plan") else []):
            with found.at("plan", i):
                section.product = beside(path, section.product) if section.product else None
        _check(scenario, found)
    return scenario


def scenario_from(text: str, name: str = "the scenario") -> Scenario:
    """The same of the text of a file that lies nowhere, so that no file can lie beside it.

    Parameters
    ----------
    name : of the text, for messages

    Raises
    ------
    InputError : as `read_scenario`.
    """
    with checking_fields(parse(text, name, "a scenario", "subject, plan and until"), Scenario) as (scenario, found):
        _check(scenario, found)
    return scenario


def _check(scenario: Scenario, found: Mistakes) -> None:
    """Make subject, parts and regimen once, and note what is wrong with them."""
    times, subject = scenario.readable(), None
    with found.at():
        if times["sample_every"] is not None:
            sampling(times["until"] or times["sample_every"], times["sample_every"])
    with found.at("subject"):
        subject = scenario.who()
    with found.at("study"):
        if scenario.study is not None:
            study_rows(scenario.study)
    with found.at("hypotheses"):
        check_hypotheses(scenario.hypotheses)
    parts: list[Part] = []
    for i, section in enumerate(scenario.plan if scenario.has("plan") else []):
        with found.at("plan", i):
            parts.append(section.part())
            _check_start(parts[-1], scenario)
    with found.at("plan"):
        if subject is not None and scenario.has("plan") and len(parts) == len(scenario.plan):
            Regimen.of(parts, subject)


def _check_start(part: Part, scenario: Scenario) -> None:
    if part.times()[0] > amount(scenario.until, "time"):
        raise InputError(
            f'the first dose at "{part.start}" comes after the end of the run at "{scenario.until}"; start '
            "earlier or raise until",
            ["start"],
        )


def run_scenario(scenario: Scenario, engine: str = "lobule", uncertainty: bool | int = False) -> Run:
    """Simulate a scenario; raises what `simulate` raises."""
    from lobule.simulation.simulate import simulate

    return simulate(
        scenario.who(),
        scenario.therapy(),
        scenario.until,
        sample_every=scenario.sample_every,
        title=scenario.title,
        engine=engine,
        hypotheses=scenario.hypotheses,
        reading=scenario.reading,
        uncertainty=uncertainty,
    )
