"""Trial designs as YAML: who, what is given, when it is measured, what counts, how it is analysed.

What a design may say is here; what contradicts itself is found by `design_checks`, files are read by `design_file`.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from lobule.comparison import Comparison
from lobule.errors import about
from lobule.files.cohort import Group
from lobule.files.estimand import (
    COMPOSITE,
    HYPOTHETICAL,
    PRINCIPAL_STRATUM,
    TREATMENT_POLICY,
    USUAL,
    WORST,
    Intercurrent,
    Strategy,
)
from lobule.files.estimand import EVENTS as INTERCURRENT
from lobule.files.plan_of_analysis import Analysis, Historical, Imputation, Interim, Reestimation
from lobule.files.scenario import OF_A_READING, PlanSection, ReadingWord, one_part_or_many
from lobule.patient.cohort import MOST_PATIENTS
from lobule.patient.criteria import Criteria
from lobule.quantities import amount
from lobule.rows import Row, rows_by
from lobule.scores.markers import LOGARITHMS
from lobule.simulation.reading import PUBLISHED
from lobule.therapy import Part
from lobule.yaml_files import Name, Section, Seed, Text, Time, schema_of

Share = Annotated[float, Field(ge=0, lt=1)]
METHODS = {  # kind of endpoint: how it can be analysed, the usual way first
    "change": ("ancova", "mmrm", "t_test", "multiple_imputation", "map_prior", "dose_response"),
    "responder": ("risk_difference", "imputed_risk_difference", "map_prior"),
    "time_to_event": ("log_rank", "cox", "rmst", "cumulative_incidence", "fine_gray"),
    "ranked": ("win_ratio",),
}
ALL_METHODS = tuple(m for methods in METHODS.values() for m in methods)
USUAL_ASSAYS = ("albumin", "bilirubin", "inr", "creatinine", "sodium", "platelets", "alt", "ast")
SCORED_FROM = {
    "meld": ("bilirubin", "inr", "creatinine"),
    "meld_na": ("bilirubin", "inr", "creatinine", "sodium"),
    "child_pugh": ("albumin", "bilirubin", "inr", "ascites", "encephalopathy_grade"),
    "quality_of_life": (),
    **{name: (of,) for name, of in LOGARITHMS.items()},
}
RESPONSES = {what: {"": 1.0} for what in ("value", "change", "percent_change")}
MOST_LOOKS = 10
STUDY_NAME = "at most 20 letters, digits, - and _"
FIRST_DAY = "2026-01-05"  # of the calendar of a trial that names none: a Monday
Where = tuple[Any, ...]


class Event(Row):
    """What can befall a subject of a trial: what it is called, its CTCAE grade, whether it is serious."""

    name: str
    title: str
    grade: int
    serious: bool


EVENTS = rows_by("name", Path(__file__).parent / "events.csv", Event)


class Population(Section):
    """Who can be enrolled."""

    cohort: Text | None = Field(default=None, description="a cohort file", examples=["cohort.yaml"])
    groups: list[Group] = Field(default=[], description="etiologies and their shares")
    patients: Annotated[int, Field(ge=2, le=MOST_PATIENTS)] = Field(
        default=400, description="virtual patients to enrol from", examples=[400]
    )
    criteria: Text | None = Field(default=None, description="inclusion", examples=["meld_na >= 12 and age <= 70"])
    exclude: list[Text] = Field(default=[], description="nobody of whom one holds", examples=[["creatinine > 177"]])
    non_responders: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="share of people on whom no product acts, assumed by who writes it", examples=[0.3]
    )
    seed: Seed = Field(default=1, description="of the patients")


class Arm(Section):
    """One arm."""

    name: Name = Field(description="of the arm", examples=["MSC"])
    share: Annotated[float, Field(gt=0, lt=1)] | None = Field(default=None, description="of the patients, equal if not")
    plan: list[PlanSection] = Field(default=[], description="what is given beside standard care; left out: placebo")

    @field_validator("plan", mode="before")
    @classmethod
    def _one_part(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else [] if value is None else value


class Randomisation(Section):
    """How patients come into arms."""

    method: Literal["simple", "blocked", "stratified"] = Field(default="blocked", description="of allocation")
    block: Annotated[int, Field(ge=2, le=100)] = Field(default=4, description="patients of a block")
    strata: list[Text] = Field(default=[], description="yes or no at baseline", examples=[["meld_na >= 15"]])


class Blinding(Section):
    """Who knows the arm."""

    kind: Literal["double", "open"] = Field(default="double", description="double or open")
    quality_of_life_bias: Annotated[float, Field(ge=0, le=0.3)] = Field(
        default=0.02, description="what knowing that one is treated adds to reported quality of life; open label only"
    )


class AssaySection(Section):
    """How one quantity is measured."""

    name: Name = Field(description="what is measured", examples=["albumin"])
    error: Annotated[float, Field(ge=0, le=2)] | None = Field(
        default=None, description="standard deviation of the logarithm; the usual one when left out", examples=[0.07]
    )
    lower_limit: Annotated[float, Field(ge=0)] | None = Field(default=None, description="of detection")
    visits: list[Time] = Field(default=[], description="when; every visit when left out", examples=[["0 d", "336 d"]])


class Rescue(Section):
    """Standard care given from the first visit at which something holds."""

    when: Text = Field(description="criterion on labs", examples=["ascites >= 4"])
    care: Text = Field(description="standard care", examples=["diuretic"])


class Endpoint(Section):
    """What counts."""

    name: Name = Field(description="of the endpoint", examples=["albumin at week 48"])
    kind: Literal["change", "responder", "time_to_event", "ranked"] = Field(description="of endpoint")
    output: Text | None = Field(default=None, description="lab or score", examples=["albumin"])
    at: Text | None = Field(default=None, description="a visit", examples=["336 d"])
    response: Text | None = Field(default=None, description="of a responder", examples=["change <= -3"])
    events: list[Text] = Field(default=[], description=", ".join(EVENTS), examples=[["death"]])
    order: list[Text] = Field(default=[], description="names of endpoints, the gravest first")
    method: Text | None = Field(default=None, description="of analysis: " + ", ".join(ALL_METHODS))
    among: Text | None = Field(
        default=None, description="criteria at baseline of those it is asked of; all who are randomised when left out",
        examples=["meld_na >= 15"],
    )  # fmt: skip
    imputation: Imputation = Field(default=Imputation(), description="of the methods that impute, and of sensitivity")
    historical: Historical | None = Field(default=None, description="controls of earlier studies, of map_prior")
    intercurrent: Intercurrent = Field(default=Intercurrent(), description="events that touch it, each with a strategy")
    failure: float | None = Field(
        default=None, description="value that stands for a composite event, in the unit of the output; the worst of a "
        "score when left out", examples=[20],
    )  # fmt: skip

    @property
    def how(self) -> str:
        """Its analysis."""
        return self.method or METHODS[self.kind][0]

    def strategies(self, rescue: Strategy = TREATMENT_POLICY) -> dict[str, Strategy]:
        """{event: strategy} of all events that are no part of it.

        Parameters
        ----------
        rescue : where the endpoint says nothing of it; a responder whose values are missing does not respond
        """
        usual = {"rescue": rescue} if self.kind == "change" else {}
        if self.kind == "responder" and rescue == HYPOTHETICAL:
            usual["rescue"] = COMPOSITE
        usual |= USUAL[self.kind]
        said = {name: getattr(self.intercurrent, name) for name in INTERCURRENT if name not in self.events}
        return {name: strategy or usual.get(name, TREATMENT_POLICY) for name, strategy in said.items()}

    @property
    def principal(self) -> list[str]:
        """Events of which it has a principal stratum: it is asked of those who would be without them in either arm."""
        return [name for name, strategy in self.strategies().items() if strategy == PRINCIPAL_STRATUM]

    @property
    def worst(self) -> float | None:
        """Value that stands for a composite event; None where nobody said."""
        return WORST.get(self.output or "") if self.failure is None else self.failure

    def responds(self) -> Comparison:
        """What is compared with what: the value, its change or its percent_change from baseline, in the lab's unit."""
        with about("response"):
            return Comparison.read(self.response, RESPONSES, what="a response", example="change <= -3")


def _a_date(value: Any) -> str:
    """A day of the calendar, which YAML reads as a date; ValueError, which tells the field, where it is none."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f'"{value}" is no date; write such as 2026-01-05') from None


def _made_of(pattern: str, words: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f'"{text}" is not {words}')
        return text

    return AfterValidator(check)


class Submission(Section):
    """What tables of submission say that the model does not know."""

    study: Annotated[Text, _made_of(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}", STUDY_NAME)] | None = Field(
        default=None,
        description=f"short name (STUDYID), {STUDY_NAME}; the file's name if left out",
        examples=["LOB-01"],
    )
    start: Annotated[str, BeforeValidator(_a_date)] = Field(
        default=FIRST_DAY, description="day on which the first patient can be randomised, of a virtual calendar"
    )
    country: Annotated[Text, _made_of(r"[A-Z]{3}", "three capital letters")] = Field(
        default="ZZZ", description="three letters of ISO 3166; ZZZ stands for none"
    )


class Published(Section):
    """What a trial of this design reported."""

    endpoint: Text = Field(description="name of an endpoint")
    arm: Text = Field(description="name of an arm")
    value: float | None = Field(default=None, description="share or mean of that arm")
    low: float | None = Field(default=None, description="lower end of its interval")
    high: float | None = Field(default=None, description="upper end of its interval")
    direction: Literal["up", "down", "none"] | None = Field(default=None, description="against the reference")
    source: Text = Field(description="row of the evidence", examples=["T005"])


class Design(Section):
    """A trial."""

    title: Text = Field(default="", description="heading of the report")
    population: Population = Field(description="who can be enrolled")
    arms: Annotated[list[Arm], Field(min_length=2, max_length=10)] = Field(description="two arms or more")
    patients: Annotated[int, Field(ge=2, le=100_000)] = Field(description="of the trial", examples=[200])
    reading: ReadingWord = Field(default=PUBLISHED, description=OF_A_READING)
    enrolment: Time = Field(default="365 d", description="time until the last patient is in")
    care: list[Text] = Field(default=[], description="standard care of every arm", examples=[["antiviral"]])
    care_since: Time | None = Field(default=None, description="run-in: for so long before day 0", examples=["12 mo"])
    screening: Literal["measured", "exact"] = Field(default="measured", description="what criteria look at")
    randomisation: Randomisation = Randomisation()
    blinding: Blinding = Blinding()
    visits: Annotated[list[Time], Field(min_length=2, max_length=200)] = Field(
        description="times from randomisation, 0 d first", examples=[["0 d", "84 d", "336 d"]]
    )
    until: Time | None = Field(default=None, description="end of follow-up; the last visit when left out")
    assays: list[AssaySection] = Field(default=[], description="what is measured; the usual labs when left out")
    missed_visits: Share = Field(default=0.0, description="share of visits", examples=[0.05])
    dropout: Share = Field(default=0.0, description="share of patients a year", examples=[0.1])
    adherence: Annotated[float, Field(gt=0, le=1)] = Field(default=1.0, description="share of doses that are given")
    transplantation: bool = Field(default=False, description="livers are offered by MELD-Na (rates assumed)")
    rescue: list[Rescue] = Field(default=[], description="standard care when needed")
    endpoints: Annotated[list[Endpoint], Field(min_length=1, max_length=50)] = Field(description="what counts")
    analysis: Analysis = Field(description="how the endpoints are analysed")
    interim: Interim | None = Field(default=None, description="looks before the end")
    reestimation: Reestimation | None = Field(default=None, description="of the number of patients")
    replicates: Annotated[int, Field(ge=1, le=100_000)] = Field(default=200, description="of the trial")
    members: Annotated[int, Field(ge=0)] = Field(
        default=16, description="of the ensemble for the assurance; 0 for none"
    )
    seed: Seed = Field(default=1, description="of everything but the patients")
    published: list[Published] = Field(default=[], description="what such a trial reported")
    submission: Submission = Field(default=Submission(), description="names and dates in tables of submission")

    # --- what the sections mean together ---------------------------------------------------------------------------

    @property
    def visit_days(self) -> list[float]:
        """Days of the visits."""
        return [amount(v, "time") for v in self.visits]

    @property
    def end(self) -> float:
        """Day on which follow-up ends."""
        return amount(self.until, "time") if self.until else self.visit_days[-1]

    @property
    def shares(self) -> list[float]:
        """Share of each arm."""
        return [arm.share or 1 / len(self.arms) for arm in self.arms]

    @property
    def reference(self) -> int:
        """Index of the arm that the others are compared with."""
        return [a.name for a in self.arms].index(self.analysis.reference or self.arms[-1].name)

    def endpoint(self, name: str) -> Endpoint:
        """By name."""
        return next(e for e in self.endpoints if e.name == name)

    @property
    def primary(self) -> Endpoint:
        """The primary endpoint."""
        return self.endpoint(self.analysis.primary)

    def strategies(self, endpoint: Endpoint) -> dict[str, Strategy]:
        """{event: strategy} of an endpoint, of all events that are no part of it and can happen here."""
        found = endpoint.strategies(self.analysis.rescue)
        cannot = {"rescue"} if not self.rescue else set()
        cannot |= set() if self.transplantation else {"transplantation"}
        return {name: strategy for name, strategy in found.items() if name not in cannot}

    def parts(self, arm: int) -> list[Part]:
        """What an arm gets beside the standard care of all."""
        return [section.part() for section in self.arms[arm].plan]

    def inclusion(self) -> str | None:
        """Criteria with the exclusions turned round."""
        rules = [self.population.criteria] if self.population.criteria else []
        rules += [str(Criteria.read(text).rules[0].turned()) for text in self.population.exclude]
        return " and ".join(rules) or None

    def measured(self) -> dict[str, AssaySection]:
        """Assays that are done: those listed, or the usual ones, and what the endpoints need."""
        chosen = self.assays or [AssaySection(name=name) for name in USUAL_ASSAYS]
        found = {section.name: section for section in chosen}
        wanted = [e.output for e in self.endpoints if e.output] + self.analysis.covariates
        for output in wanted:
            for name in SCORED_FROM.get(output, (output,)):
                found.setdefault(name, AssaySection(name=name))
        return found


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a design, for editors."""
    return schema_of(Design, lambda schema: one_part_or_many(schema["$defs"]["Arm"]["properties"]))


def response_met(value: Any, baseline: Any, response: Comparison) -> Any:
    """Where a response holds, for arrays of values and baselines; of missing values it does not."""
    if response.name == "percent_change":
        return response.holds(100 * (value / baseline - 1))
    return response.holds(value - baseline if response.name == "change" else value)
