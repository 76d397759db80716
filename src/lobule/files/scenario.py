"""Scenario files: one subject, one plan, one run, as YAML with units. Errors name file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from lobule.errors import InputError, shown
from lobule.evidence.tables import study_rows
from lobule.model.parameters import check_hypotheses
from lobule.patient import Animal, Patient
from lobule.quantities import ALLOWED, amount, sampling
from lobule.therapy import Care, Part, Plan, Regimen
from lobule.therapy.plan import ALL_DOSE_KINDS, ALL_ROUTES
from lobule.yaml_files import Section, Text, Time, Tree, beside, quantity, read, schema_of

if TYPE_CHECKING:
    from lobule.simulation.run import Run

PLAN_REFERENCE = "#/$defs/PlanSection"
DOSES_OF_CAUSES = ("toxin", "toxin_mass", "intake", "share")
# argument of Animal: its field in the section of the subject
OF_INJURY = {"injury": ("injury", "cause"), "injury_dose": ("injury", "dose"), "injury_every": ("injury", "every"),
             "duration": ("injury", "duration")}  # fmt: skip


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
        """The Plan or Care; raises InputError."""
        given = {name: value for name, value in self.model_dump().items() if value is not None}
        if (self.product is None) == (self.care is None):
            raise InputError("a part of a plan names a product or a care, one of them")
        allowed = {"care", "start", "until"} if self.care else set(given) - {"until"}
        wrong = sorted(set(given) - allowed)
        if wrong:
            raise InputError(
                f'"{wrong[0]}" does not belong to {"standard care" if self.care else "a product"}; leave it out',
                wrong[:1],
            )
        if self.care:
            return Care(**given)
        if self.every is not None and self.n is None:
            raise InputError("every says how often and not how many: give n, the number of doses, too", ["every"])
        if self.dose is None:
            raise InputError(f'{shown(self.product)} needs a dose, such as dose: "1e10 particle"', ["dose"])
        return Plan(**given)


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
    study: Text | None = Field(
        default=None, description="id of a published study to put beside the prediction", examples=["li2013"]
    )

    @field_validator("plan", mode="before")
    @classmethod
    def _one_part(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else [] if value is None else value

    def who(self) -> Animal | Patient:
        """The subject; raises InputError."""
        given = self.subject
        if given.species == "human":
            if given.injury is not None:
                raise InputError("a patient has an etiology, not an injury", ["injury"])
            if given.strain is not None:
                raise InputError("strain belongs to an animal, not to a patient", ["strain"])
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
                raise InputError(f"{name} belongs to a patient, not to a {shown(given.species)[1:-1]}", [name])
        try:
            return self._animal()
        except InputError as error:
            error.field = (
                (*OF_INJURY.get(str(error.field[0]), error.field[:1]), *error.field[1:]) if error.field else ()
            )
            raise

    def _animal(self) -> Animal:
        given, injury = self.subject, self.subject.injury
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
            raise InputError(f'the age of a patient is a number of years, not "{self.subject.age}"', ["age"])
        return self.subject.age

    def _quantity_of_age(self) -> str | None:
        """Age of an animal."""
        if isinstance(self.subject.age, float):
            raise InputError(f'the age of an animal needs a unit, such as "{self.subject.age:g} wk"', ["age"])
        return self.subject.age

    def therapy(self) -> list[Part]:
        """The parts of the plan; raises InputError."""
        return [section.part() for section in self.plan]


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
    InputError : one sentence with file, line, field, what is allowed and the nearest valid name.
    """
    scenario, tree = read(path, Scenario, "a scenario", "subject, plan and until")
    for section in scenario.plan:
        if section.product:
            section.product = beside(path, section.product)
    _build(tree, scenario)
    return scenario


def _build(tree: Tree, scenario: Scenario) -> None:
    """Make subject, parts and regimen once, so that a mistake is named with its line."""
    with tree.naming():
        sampling(scenario.until, scenario.sample_every)
    with tree.naming("subject"):
        subject = scenario.who()
    if scenario.study is not None:
        with tree.naming("study"):
            study_rows(scenario.study)
    parts = []
    for i, section in enumerate(scenario.plan):
        with tree.naming("plan", i):
            part = section.part()
            if part.times()[0] > amount(scenario.until, "time"):
                raise InputError(
                    f'the first dose at "{part.start}" comes after the end of the run at "{scenario.until}"; start '
                    "earlier or raise until",
                    ["start"],
                )
            parts.append(part)
    with tree.naming("plan"):
        Regimen.of(parts, subject)
    with tree.naming("hypotheses"):
        check_hypotheses(scenario.hypotheses)


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
        uncertainty=uncertainty,
    )
