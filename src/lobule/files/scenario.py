"""Scenario files: one subject, one plan, one run, as YAML with units. Errors name file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError, field_validator
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from lobule.errors import InputError, LobuleError
from lobule.files.yaml_errors import line_of, load_mapping, plain, sentence
from lobule.model.parameters import check_hypotheses
from lobule.patient import Animal, Patient
from lobule.quantities import ALLOWED, amount, measured
from lobule.therapy import Care, Part, Plan, Regimen
from lobule.therapy.plan import ALL_DOSE_KINDS, ALL_ROUTES

Text = Annotated[StrictStr, Field(max_length=200)]


def _described(kind: str, example: str, what: str) -> Any:
    return Field(default=None, description=f"{what}; units {', '.join(ALLOWED[kind][1])}", examples=[example])


PLAN_REFERENCE = "#/$defs/PlanSection"
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
DOSES_OF_CAUSES = ("toxin", "toxin_mass", "intake", "share")


class Section(BaseModel):
    """A mapping in the file: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class InjurySection(Section):
    """What harms the subject, and for how long."""

    cause: Text = Field(description="name of an injury", examples=["ccl4"])
    dose: Text | None = Field(
        default=None,
        description="one dose of the toxin, or the share of a resection or of a diet; the injury's own when left out",
        examples=["0.5 mL/kg", "300 mg/kg", "67 %"],
    )
    every: Text | None = _described("time", "3.5 d", "time between two doses")
    duration: Text | None = _described("time", "6 wk", "length of the injury; one dose when left out")

    @field_validator("every", "duration")
    @classmethod
    def _time(cls, value: str | None) -> str | None:
        return checked(value, ("time",))

    @field_validator("dose")
    @classmethod
    def _dose(cls, value: str | None) -> str | None:
        return checked(value, DOSES_OF_CAUSES)


class SubjectSection(Section):
    """Who is treated."""

    species: Text = Field(description="species", examples=["mouse"])
    body_weight: Text | None = _described("weight", "25 g", "body weight")
    strain: Text | None = Field(default=None, description="of an animal", examples=["BALB/c"])
    injury: InjurySection | None = Field(default=None, description="of an animal; left out for a healthy one")
    etiology: Text | None = Field(default=None, description="cause of a patient's disease", examples=["hbv"])
    years: Annotated[float, Field(ge=0, le=80)] = Field(
        default=0.0, description="years of disease before the run begins", examples=[25]
    )
    intensity: Text | None = Field(
        default=None, description="the cause's own dose; the usual one when left out", examples=["120 g/d", "150 %"]
    )
    treated_with: list[Text] = Field(
        default=[], description="standard care from the beginning of the run on", examples=[["antiviral"]]
    )
    stage: Text | None = Field(default=None, description="compensated or decompensated, in place of years")
    meld: Annotated[float, Field(ge=6, le=40)] | None = Field(default=None, description="MELD-Na at the beginning")
    wishes: dict[Text, float] = Field(
        default={}, description="further labs at the beginning", examples=[{"albumin": 30}]
    )
    age: Annotated[float, Field(ge=0, le=120)] | Text | None = Field(
        default=None, description="years of a patient, or a quantity for an animal", examples=[52, "60 wk"]
    )
    sex: Text | None = Field(default=None, description="f or m")
    without_spleen: bool = Field(default=False, description="the spleen was removed", examples=[True])

    @field_validator("intensity")
    @classmethod
    def _intensity(cls, value: str | None) -> str | None:
        return checked(value, DOSES_OF_CAUSES)

    @field_validator("body_weight")
    @classmethod
    def _weight(cls, value: str | None) -> str | None:
        return checked(value, ("weight",))


class PlanSection(Section):
    """One part of what is given: a product with its dose, or standard care."""

    product: Text | None = Field(
        default=None,
        description="name of a product (`lobule products` lists them) or the path of a product file",
        examples=["uc-msc-ev", "my_product.yaml"],
    )
    care: Text | None = Field(default=None, description="standard care instead of a product", examples=["antiviral"])
    dose: Text | None = Field(
        default=None,
        description="one dose: particles, cells, vesicle protein or volume, or each per weight",
        examples=["1e10 particle", "1e11 particle/kg", "250 ug", "8 mg/kg", "1e6 cell/kg", "0.5 mL"],
    )
    route: Text | None = Field(default=None, description=f"iv when left out; {', '.join(ALL_ROUTES)}")
    start: Text = Field(default="0 d", description="time of the first dose", examples=["21 d"])
    until: Text | None = _described("time", "90 d", "end of standard care")
    every: Text | None = _described("time", "7 d", "time between two doses")
    over: Text | None = _described("time", "1 h", "length of each infusion; a bolus when left out")
    n: Annotated[StrictInt, Field(ge=1, le=1000)] | None = Field(default=None, description="number of doses")
    when: Text | None = Field(
        default=None, description="a dose is given only when this holds at its time", examples=["alt > 80 U/L"]
    )

    @field_validator("start", "until", "every", "over")
    @classmethod
    def _time(cls, value: str | None) -> str | None:
        return checked(value, ("time",))

    @field_validator("dose")
    @classmethod
    def _dose(cls, value: str | None) -> str | None:
        return checked(value, ALL_DOSE_KINDS)

    def part(self) -> Part:
        """The Plan or Care; raises InputError."""
        given = {name: value for name, value in self.model_dump().items() if value is not None}
        if (self.product is None) == (self.care is None):
            raise InputError("a part of a plan names a product or a care, one of them")
        allowed = {"care", "start", "until"} if self.care else set(given) - {"until"}
        wrong = sorted(set(given) - allowed)
        if wrong:
            raise InputError(
                f'"{wrong[0]}" does not belong to {"standard care" if self.care else "a product"}; leave it out'
            )
        if self.care:
            return Care(**given)
        if self.dose is None:
            raise InputError(f'{self.product} needs a dose, such as dose: "1e10 particle"')
        return Plan(**given)


class Scenario(Section):
    """A scenario file."""

    title: Text = Field(default="", description="heading of the picture")
    subject: SubjectSection
    plan: list[PlanSection] = Field(
        default=[], description="one part or a list of parts; left out for the untreated course"
    )
    until: Text = Field(description="length of the run", examples=["63 d"])
    sample_every: Text = Field(default="6 h", description="distance of the reported times")
    hypotheses: dict[Text, float] = Field(
        default={},
        description="constants on which evidence conflicts, and their values",
        examples=[{"mirna_amplification": 1}],
    )
    study: Text | None = Field(
        default=None, description="id of a published study to put beside the prediction", examples=["li2013"]
    )

    @field_validator("until", "sample_every")
    @classmethod
    def _time(cls, value: str) -> str | None:
        return checked(value, ("time",))

    @field_validator("plan", mode="before")
    @classmethod
    def _one_part(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else [] if value is None else value

    def who(self) -> Animal | Patient:
        """The subject; raises InputError."""
        given = self.subject
        if given.species == "human":
            if given.injury is not None:
                raise InputError("a patient has an etiology, not an injury")
            if given.strain is not None:
                raise InputError("strain belongs to an animal, not to a patient")
            return Patient(
                etiology=given.etiology,
                years=given.years,
                intensity=given.intensity,
                treated_with=tuple(given.treated_with),
                body_weight=given.body_weight,
                without_spleen=given.without_spleen,
                stage=given.stage,
                meld=given.meld,
                wishes=given.wishes,
                age=self._years(),
                sex=given.sex,
            )
        of_patients = ("etiology", "years", "intensity", "treated_with", "stage", "meld", "wishes")
        for name in of_patients:
            if getattr(given, name):
                raise InputError(f"{name} belongs to a patient, not to a {given.species}")
        injury = given.injury
        return Animal(
            species=given.species,
            body_weight=given.body_weight,
            injury=injury.cause if injury else None,
            duration=injury.duration if injury else None,
            injury_dose=injury.dose if injury else None,
            injury_every=injury.every if injury else None,
            without_spleen=given.without_spleen,
            strain=given.strain,
            sex=given.sex,
            age=self._quantity_of_age(),
        )

    def _years(self) -> float | None:
        """Age of a patient."""
        if isinstance(self.subject.age, str):
            raise InputError(f'the age of a patient is a number of years, not "{self.subject.age}"')
        return self.subject.age

    def _quantity_of_age(self) -> str | None:
        """Age of an animal."""
        if isinstance(self.subject.age, float):
            raise InputError(f'the age of an animal needs a unit, such as "{self.subject.age:g} wk"')
        return self.subject.age

    def therapy(self) -> list[Part]:
        """The parts of the plan; raises InputError."""
        return [section.part() for section in self.plan]


def checked(value: Any, kinds: tuple[str, ...]) -> Any:
    """A quantity of a field as it stands, when it can be read; ValueError, which pydantic wants, when it cannot."""
    if value is not None:
        try:
            measured(value, kinds)
        except InputError as error:
            raise ValueError(str(error)) from error
    return value


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    schema = {"$schema": SCHEMA_DIALECT, **Scenario.model_json_schema()}
    one_part_or_many(schema["properties"])
    return schema


def one_part_or_many(properties: dict[str, Any]) -> None:
    """In a JSON Schema, allow a single part of a plan without its list."""
    plan = properties["plan"]
    properties["plan"] = {"anyOf": [plan.pop("items"), {"type": "array", "items": {"$ref": PLAN_REFERENCE}}]}
    properties["plan"] |= {"description": plan["description"]}


def read_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario file, subject and plan included.

    Raises
    ------
    InputError : one sentence with file, line, field, what is allowed and the nearest valid name.
    """
    path = Path(path)
    tree = load_mapping(path, "a scenario", "subject, plan and until")
    try:
        scenario = Scenario.model_validate(plain(tree))
    except ValidationError as error:
        raise InputError(sentence(path, tree, error, _model_of, _in_file)) from error
    for section in scenario.plan:
        if section.product and (path.parent / section.product).is_file():
            section.product = str(path.parent / section.product)  # a product file beside the scenario
    _build(path, tree, scenario)
    return scenario


def _build(path: Path, tree: CommentedMap, scenario: Scenario) -> None:
    """Make subject, parts and regimen once, so that a mistake is named with its line."""
    try:
        subject = scenario.who()
    except LobuleError as error:
        raise InputError(_at(path, tree, _field_of(str(error), "subject"), error)) from error
    for i, section in enumerate(scenario.plan):
        where = ("plan", i)
        try:
            part = section.part()
            Regimen.of(part, subject)
        except LobuleError as error:
            field = (*where, *_field_of(str(error), "plan")[1:])
            raise InputError(_at(path, tree, field, error)) from error
        if part.times()[0] > amount(scenario.until, "time"):
            late = InputError(
                f'the first dose at "{part.start}" comes after the end of the run at "{scenario.until}"; start earlier '
                "or raise until"
            )
            raise InputError(_at(path, tree, (*where, "start"), late))
    try:
        check_hypotheses(scenario.hypotheses)
    except LobuleError as error:
        raise InputError(_at(path, tree, ("hypotheses",), error)) from error
    try:
        Regimen.of(scenario.therapy(), subject)
    except LobuleError as error:
        raise InputError(_at(path, tree, ("plan",), error)) from error


def _at(path: Path, tree: CommentedMap, field: tuple[Any, ...], error: LobuleError) -> str:
    field = _in_file(tree, field)
    return f"{path.name}, line {line_of(tree, field)}, {'.'.join(map(str, field))}: {error}"


def _in_file(tree: CommentedMap, field: tuple[Any, ...]) -> tuple[Any, ...]:
    """A field as it stands in the file, where a single part of a plan needs no list."""
    if field[:1] == ("plan",) and len(field) > 1 and not isinstance(tree.get("plan"), CommentedSeq):
        return ("plan", *field[2:])
    return field


def _model_of(field: tuple[Any, ...]) -> type[BaseModel]:
    sections: dict[tuple[Any, ...], type[BaseModel]] = {
        ("subject",): SubjectSection,
        ("subject", "injury"): InjurySection,
        ("plan",): PlanSection,
    }
    return sections.get(field, Scenario)


def _field_of(message: str, section: str) -> tuple[str, ...]:
    """The field that a sentence from Animal or Plan is about, so that its line can be named."""
    clues = {
        "subject": (
            ("no species", ("species",)),
            ("values yet", ("species",)),
            ("no cause", ("injury", "cause")),
            ("is not a cause", ("injury", "cause")),
            ("no treatment", ("treated_with",)),
            ("not an injury", ("injury",)),
            ("etiology belongs", ("etiology",)),
            ("years belongs", ("years",)),
            ("the wishes conflict", ("wishes",)),
            ("no figure", ("wishes",)),
            ("no virtual patient", ("meld",)),
            ("no stage", ("stage",)),
            ("sex is", ("sex",)),
            ("no sex", ("sex",)),
            ("no strain", ("strain",)),
            ("strain belongs", ("strain",)),
            ("the age of", ("age",)),
            ("an age of", ("age",)),
            ("outside", ("body_weight",)),
            ("between injuries", ("injury", "every")),
            ("doses of", ("injury", "duration")),
        ),
        "plan": (
            ("no product", ("product",)),
            ("no route", ("route",)),
            ("cannot be given intrasplenic", ("route",)),
            ("no treatment", ("care",)),
            ("is given twice", ("care",)),
            ("time between", ("every",)),
            ("a dose of", ("dose",)),
            ("does not fit here", ("dose",)),
            ("is not a condition", ("when",)),
            ("no output", ("when",)),
            (" is in ", ("when",)),
            ("over ", ("over",)),
        ),
    }
    for clue, field in clues[section]:
        if clue in message:
            return (section, *field)
    return (section,)
