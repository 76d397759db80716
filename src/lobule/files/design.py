"""Trial designs as YAML: who, what is given, when it is measured, what counts, how it is analysed.

Everything that can be wrong with a design is found here, before anything runs; each mistake is one sentence with file,
line and field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError, field_validator
from ruamel.yaml.comments import CommentedSeq

from lobule.errors import InputError, LobuleError, nearest
from lobule.files.cohort import Group, read_cohort_file
from lobule.files.scenario import SCHEMA_DIALECT, PlanSection, checked, one_part_or_many
from lobule.files.yaml_errors import line_of, load_mapping, plain, sentence
from lobule.model.causes import cause
from lobule.patient import Patient
from lobule.patient.assays import SCORES, assays
from lobule.patient.criteria import COMPARISONS, Criteria
from lobule.patient.history import OUTPUTS
from lobule.quantities import amount
from lobule.therapy import Care, Part, Plan, Regimen

Text = Annotated[StrictStr, Field(max_length=300)]
Share = Annotated[float, Field(ge=0, lt=1)]
EVENTS = ("death", "transplantation", "decompensation", "aclf", "hcc")
METHODS = {  # kind of endpoint: how it can be analysed, the usual way first
    "change": ("ancova", "mmrm", "t_test", "dose_response"),
    "responder": ("risk_difference",),
    "time_to_event": ("log_rank", "cox", "rmst", "cumulative_incidence"),
    "ranked": ("win_ratio",),
}
ALL_METHODS = tuple(m for methods in METHODS.values() for m in methods)
USUAL_ASSAYS = ("albumin", "bilirubin", "inr", "creatinine", "sodium", "platelets", "alt", "ast")
SCORED_FROM = {
    "meld": ("bilirubin", "inr", "creatinine"),
    "meld_na": ("bilirubin", "inr", "creatinine", "sodium"),
    "child_pugh": ("albumin", "bilirubin", "inr", "ascites", "encephalopathy_grade"),
    "quality_of_life": (),
}
RESPONSE = re.compile(r"\s*(value|change|percent_change)\s*(>=|<=|>|<)\s*([+-]?\d+\.?\d*)\s*")
MOST_LOOKS = 10
Where = tuple[Any, ...]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Population(_Section):
    """Who can be enrolled."""

    cohort: Text | None = Field(default=None, description="a cohort file", examples=["cohort.yaml"])
    groups: list[Group] = Field(default=[], description="etiologies and their shares")
    patients: Annotated[StrictInt, Field(ge=2, le=100_000)] = Field(
        default=400, description="virtual patients to enrol from", examples=[400]
    )
    criteria: Text | None = Field(default=None, description="inclusion", examples=["meld_na >= 12 and age <= 70"])
    exclude: list[Text] = Field(default=[], description="nobody of whom one holds", examples=[["creatinine > 177"]])
    seed: StrictInt = Field(default=1, ge=0, description="of the patients")


class Arm(_Section):
    """One arm."""

    name: Text = Field(description="of the arm", examples=["MSC"])
    share: Annotated[float, Field(gt=0, lt=1)] | None = Field(default=None, description="of the patients, equal if not")
    plan: list[PlanSection] = Field(default=[], description="what is given beside standard care; left out: placebo")

    @field_validator("plan", mode="before")
    @classmethod
    def _one_part(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else [] if value is None else value


class Randomisation(_Section):
    """How patients come into arms."""

    method: Literal["simple", "blocked", "stratified"] = Field(default="blocked", description="of allocation")
    block: Annotated[StrictInt, Field(ge=2, le=100)] = Field(default=4, description="patients of a block")
    strata: list[Text] = Field(default=[], description="yes or no at baseline", examples=[["meld_na >= 15"]])


class Blinding(_Section):
    """Who knows the arm."""

    kind: Literal["double", "open"] = Field(default="double", description="double or open")
    quality_of_life_bias: Annotated[float, Field(ge=0, le=0.3)] = Field(
        default=0.02, description="what knowing that one is treated adds to reported quality of life; open label only"
    )


class AssaySection(_Section):
    """How one quantity is measured."""

    name: Text = Field(description="what is measured", examples=["albumin"])
    error: Annotated[float, Field(ge=0, le=2)] | None = Field(
        default=None, description="standard deviation of the logarithm; the usual one when left out", examples=[0.07]
    )
    lower_limit: Annotated[float, Field(ge=0)] | None = Field(default=None, description="of detection")
    visits: list[Text] = Field(default=[], description="when; every visit when left out", examples=[["0 d", "336 d"]])


class Rescue(_Section):
    """Standard care given from the first visit at which something holds."""

    when: Text = Field(description="criterion on labs", examples=["ascites >= 4"])
    care: Text = Field(description="standard care", examples=["diuretic"])


class Endpoint(_Section):
    """What counts."""

    name: Text = Field(description="of the endpoint", examples=["albumin at week 48"])
    kind: Literal["change", "responder", "time_to_event", "ranked"] = Field(description="of endpoint")
    output: Text | None = Field(default=None, description="lab or score", examples=["albumin"])
    at: Text | None = Field(default=None, description="a visit", examples=["336 d"])
    response: Text | None = Field(default=None, description="of a responder", examples=["change <= -3"])
    events: list[Text] = Field(default=[], description=", ".join(EVENTS), examples=[["death"]])
    order: list[Text] = Field(default=[], description="names of endpoints, the gravest first")
    method: Text | None = Field(default=None, description="of analysis: " + ", ".join(ALL_METHODS))

    @property
    def how(self) -> str:
        """Its analysis."""
        return self.method or METHODS[self.kind][0]

    def responds(self) -> tuple[str, str, float]:
        """What is compared, how, with what."""
        match = RESPONSE.fullmatch(self.response or "")
        if match is None:
            raise InputError(f'"{self.response}" is no response; write one such as "change <= -3" or "value >= 35"')
        return match[1], match[2], float(match[3])


class Analysis(_Section):
    """The plan of analysis."""

    primary: Text = Field(description="name of the primary endpoint")
    reference: Text | None = Field(default=None, description="arm compared with; the last when left out")
    covariates: list[Text] = Field(default=[], description="labs at baseline; the endpoint's own is always in")
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(default=0.05, description="two-sided")
    rescue: Literal["treatment_policy", "hypothetical"] = Field(
        default="treatment_policy", description="after rescue, values count, or are missing"
    )
    subgroups: list[Text] = Field(default=[], description="criteria", examples=[["meld_na >= 15", "female >= 1"]])


class Interim(_Section):
    """Looks before the end."""

    looks: list[float] = Field(description="shares of the information, the last 1", examples=[[0.5, 1.0]])
    boundary: Literal["obrien_fleming", "pocock"] = Field(default="obrien_fleming", description="of stopping")


class Published(_Section):
    """What a trial of this design reported."""

    endpoint: Text = Field(description="name of an endpoint")
    arm: Text = Field(description="name of an arm")
    value: float | None = Field(default=None, description="share or mean of that arm")
    low: float | None = None
    high: float | None = None
    direction: Literal["up", "down", "none"] | None = Field(default=None, description="against the reference")
    source: Text = Field(description="row of the evidence", examples=["T005"])


class Design(_Section):
    """A trial."""

    title: Text = ""
    population: Population
    arms: Annotated[list[Arm], Field(min_length=2, max_length=10)] = Field(description="two arms or more")
    patients: Annotated[StrictInt, Field(ge=2, le=100_000)] = Field(description="of the trial", examples=[200])
    enrolment: Text = Field(default="365 d", description="time until the last patient is in")
    care: list[Text] = Field(default=[], description="standard care of every arm", examples=[["antiviral"]])
    randomisation: Randomisation = Randomisation()
    blinding: Blinding = Blinding()
    visits: Annotated[list[Text], Field(min_length=2, max_length=200)] = Field(
        description="times from randomisation, 0 d first", examples=[["0 d", "84 d", "336 d"]]
    )
    until: Text | None = Field(default=None, description="end of follow-up; the last visit when left out")
    assays: list[AssaySection] = Field(default=[], description="what is measured; the usual labs when left out")
    missed_visits: Share = Field(default=0.0, description="share of visits", examples=[0.05])
    dropout: Share = Field(default=0.0, description="share of patients a year", examples=[0.1])
    adherence: Annotated[float, Field(gt=0, le=1)] = Field(default=1.0, description="share of doses that are given")
    transplantation: bool = Field(default=False, description="livers are offered by MELD-Na (rates assumed)")
    rescue: list[Rescue] = Field(default=[], description="standard care when needed")
    endpoints: Annotated[list[Endpoint], Field(min_length=1, max_length=50)] = Field(description="what counts")
    analysis: Analysis
    interim: Interim | None = None
    replicates: Annotated[StrictInt, Field(ge=1, le=100_000)] = Field(default=200, description="of the trial")
    members: Annotated[StrictInt, Field(ge=0)] = Field(
        default=16, description="of the ensemble for the assurance; 0 for none"
    )
    seed: StrictInt = Field(default=1, ge=0, description="of everything but the patients")
    published: list[Published] = Field(default=[], description="what such a trial reported")

    @field_validator("until", "enrolment")
    @classmethod
    def _a_time(cls, value: Any) -> Any:
        return checked(value, ("time",))

    @field_validator("visits")
    @classmethod
    def _times(cls, value: list[str]) -> list[str]:
        for one in value:
            checked(one, ("time",))
        return value

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

    def parts(self, arm: int) -> list[Part]:
        """What an arm gets beside the standard care of all."""
        return [section.part() for section in self.arms[arm].plan]

    def inclusion(self) -> str | None:
        """Criteria with the exclusions turned round."""
        turned = {">=": "<", "<=": ">", ">": "<=", "<": ">="}
        rules = [self.population.criteria] if self.population.criteria else []
        for text in self.population.exclude:
            (name, sign, limit), *_ = Criteria.read(text).rules
            rules.append(f"{name} {turned[sign]} {limit:g}")
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


def read_design(path: str | Path) -> Design:
    """Read and check a design.

    Raises
    ------
    InputError : the first mistake in one sentence, with file, line and field.
    """
    path = Path(path)
    tree = load_mapping(path, "a design", "population, arms, visits, endpoints and analysis")
    try:
        design = Design.model_validate(plain(tree))
    except ValidationError as error:
        raise InputError(sentence(path, tree, error, _model_of, _in_file)) from error
    if design.population.cohort:
        design.population.cohort = str(path.parent / design.population.cohort)
    for arm in design.arms:
        for section in arm.plan:
            if section.product and (path.parent / section.product).is_file():
                section.product = str(path.parent / section.product)
    for field, text in mistakes(design):
        at = _in_file(tree, field)
        raise InputError(f"{path.name}, line {line_of(tree, at)}, {'.'.join(map(str, at))}: {text}")
    return design


def mistakes(design: Design) -> Iterator[tuple[Where, str]]:
    """Everything that is wrong with a design that has the right fields: (field, sentence)."""
    yield from _population(design)
    yield from _schedule(design)
    yield from _arms(design)
    yield from _allocation(design)
    yield from _endpoints(design)
    yield from _analysis(design)
    yield from _published(design)


def _population(design: Design) -> Iterator[tuple[Where, str]]:
    who = design.population
    if (who.cohort is None) == (not who.groups):
        yield ("population",), "a population names a cohort file or groups, one of them"
        return
    groups = who.groups
    if who.cohort:
        try:
            groups = read_cohort_file(who.cohort).groups
        except LobuleError as error:
            yield ("population", "cohort"), str(error)
            return
    total = sum(group.share for group in groups)
    if abs(total - 1) > 1e-6:
        yield ("population", "groups"), f"the shares of the groups add up to {total:g}, not to 1"
    for i, group in enumerate(groups):
        try:
            cause(group.etiology, "human")
        except LobuleError as error:
            yield ("population", "groups", i), str(error)
    texts: list[tuple[Where, str | None]] = [(("population", "criteria"), who.criteria)]
    texts += [(("population", "exclude", i), text) for i, text in enumerate(who.exclude)]
    yield from _criteria(texts)
    for i, text in enumerate(who.exclude):
        if len(Criteria.read(text).rules) > 1:
            yield ("population", "exclude", i), f'"{text}": one comparison an entry; nobody is enrolled who meets one'


def _criteria(texts: list[tuple[Where, str | None]]) -> Iterator[tuple[Where, str]]:
    for field, text in texts:
        try:
            if text is not None:
                Criteria.read(text)
        except LobuleError as error:
            yield field, str(error)


def _arms(design: Design) -> Iterator[tuple[Where, str]]:
    names = [arm.name for arm in design.arms]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield ("arms", i, "name"), f'two arms are called "{name}"'
    given = [arm.share for arm in design.arms]
    if any(s is None for s in given) and not all(s is None for s in given):
        yield ("arms",), "give every arm a share, or none"
    elif given[0] is not None and abs(sum(design.shares) - 1) > 1e-6:
        yield ("arms",), f"the shares of the arms add up to {sum(design.shares):g}, not to 1"
    patient = Patient()
    for name in design.care:
        try:
            Care(name)
        except LobuleError as error:
            yield ("care",), str(error)
            return
    for i, arm in enumerate(design.arms):
        for j, section in enumerate(arm.plan):
            try:
                part = section.part()
                Regimen.of([*[Care(name) for name in design.care], part], patient)
            except LobuleError as error:
                yield ("arms", i, "plan", j), str(error)
                return
            if isinstance(part, Plan) and part.when:
                yield ("arms", i, "plan", j), "a trial cannot follow doses with a condition (when); use rescue"
            if part.times()[-1] >= design.end:
                yield (
                    ("arms", i, "plan", j),
                    f"a dose on day {part.times()[-1]:g} comes after the end, {design.end:g} d",
                )
        try:
            Regimen.of([*[Care(name) for name in design.care], *design.parts(i)], patient)
        except LobuleError as error:
            yield ("arms", i, "plan"), str(error)


def _allocation(design: Design) -> Iterator[tuple[Where, str]]:
    how = design.randomisation
    yield from _criteria([(("randomisation", "strata", i), text) for i, text in enumerate(how.strata)])
    if (how.method == "stratified") != bool(how.strata):
        yield ("randomisation",), "strata belong to the method stratified, and stratified needs strata"
    cells = 2 ** len(how.strata)
    if design.patients < cells * len(design.arms):
        yield ("patients",), (f"{design.patients} patients in {cells} strata of {len(design.arms)} arms leave cells "
                              f"empty; take at least {cells * len(design.arms)} patients or fewer strata")  # fmt: skip
    if how.method != "simple":
        for share in design.shares:
            if abs(how.block * share - round(how.block * share)) > 1e-6:
                yield ("randomisation", "block"), (f"a block of {how.block} cannot hold a share of {share:g}; take a "
                                                   "block in which every arm has a whole number")  # fmt: skip
                return
    if design.patients < 2 * len(design.arms):
        yield ("patients",), f"{design.patients} patients are too few for {len(design.arms)} arms"


def _schedule(design: Design) -> Iterator[tuple[Where, str]]:
    days = design.visit_days
    if days[0] != 0:
        yield ("visits", 0), f'the first visit is the baseline, "0 d", not "{design.visits[0]}"'
    for i in range(1, len(days)):
        if days[i] <= days[i - 1]:
            yield ("visits", i), f'the visit at "{design.visits[i]}" does not come after the one before it'
    for i, day in enumerate(days):
        if day > design.end:
            yield ("visits", i), f'the visit at "{design.visits[i]}" comes after the end of follow-up, {design.until}'
    for i, section in enumerate(design.assays):
        if section.name not in assays():
            yield ("assays", i, "name"), f'no assay "{section.name}". {nearest(section.name, assays(), 20)}'
        for text in section.visits:
            yield from _visit(design, ("assays", i, "visits"), text)
    for i, rule in enumerate(design.rescue):
        yield from _criteria([(("rescue", i, "when"), rule.when)])
        followed = [*OUTPUTS, "meld", "meld_na", "child_pugh", "stage"]
        for name, _, _ in Criteria.read(rule.when).rules:
            if name not in followed:
                yield ("rescue", i, "when"), f"{name} does not change in a trial, so that it cannot call for rescue"
        try:
            if Care(rule.care).name in design.care:
                yield ("rescue", i, "care"), f"every arm has {rule.care} already"
        except LobuleError as error:
            yield ("rescue", i, "care"), str(error)


def _visit(design: Design, field: Where, text: str) -> Iterator[tuple[Where, str]]:
    try:
        if amount(text, "time") not in design.visit_days:
            yield field, f'there is no visit at "{text}"; visits are at {", ".join(design.visits)}'
    except InputError as error:
        yield field, str(error)


def _endpoints(design: Design) -> Iterator[tuple[Where, str]]:
    known = [*assays(), *SCORES]
    names = [e.name for e in design.endpoints]
    for i, e in enumerate(design.endpoints):
        here = ("endpoints", i)
        if e.name in names[:i]:
            yield (*here, "name"), f'two endpoints are called "{e.name}"'
        if e.method is not None and e.method not in METHODS[e.kind]:
            yield (*here, "method"), (f'"{e.method}" does not analyse a {e.kind.replace("_", " ")} endpoint; allowed: '
                                      f"{', '.join(METHODS[e.kind])}")  # fmt: skip
        if e.kind in ("change", "responder"):
            if e.output is None or e.at is None:
                yield here, f"a {e.kind} endpoint needs output and at"
                continue
            if e.output not in known:
                yield (*here, "output"), f'no endpoint "{e.output}". {nearest(e.output, known, 30)}'
                continue
            yield from _visit(design, (*here, "at"), e.at)
            if amount(e.at, "time") == 0:
                yield (*here, "at"), "an endpoint is measured after baseline, not at 0 d"
            yield from _measured_then(design, (*here, "at"), e)
            if e.kind == "responder":
                try:
                    e.responds()
                except InputError as error:
                    yield (*here, "response"), str(error)
        elif e.kind == "time_to_event":
            if not e.events:
                yield here, "a time_to_event endpoint needs events"
            for event in e.events:
                if event not in EVENTS:
                    yield (*here, "events"), f'no event "{event}". {nearest(event, EVENTS)}'
                if event == "transplantation" and not design.transplantation:
                    yield (*here, "events"), "nobody is transplanted here; set transplantation: true"
        else:
            if not e.order:
                yield here, "a ranked endpoint needs the order of endpoints, the gravest first"
            for other in e.order:
                if other not in names or design.endpoint(other).kind not in ("change", "time_to_event"):
                    yield (*here, "order"), (f'"{other}" is no change or time_to_event endpoint of this design; those '
                                             f"are: {', '.join(n for n in names if n != e.name)}")  # fmt: skip


def _measured_then(design: Design, field: Where, e: Endpoint) -> Iterator[tuple[Where, str]]:
    """An assay that is done at chosen visits must be done at baseline and at the visit of the endpoint."""
    assert e.output is not None and e.at is not None
    done = design.measured()
    for name in SCORED_FROM.get(e.output, (e.output,)):
        days = [amount(v, "time") for v in done[name].visits]
        if days and not {0.0, amount(e.at, "time")} <= set(days):
            yield field, f"{name} is not measured at 0 d and at {e.at}; add both to its visits"


def _analysis(design: Design) -> Iterator[tuple[Where, str]]:
    plan, names = design.analysis, [e.name for e in design.endpoints]
    if plan.primary not in names:
        yield ("analysis", "primary"), f'no endpoint "{plan.primary}". {nearest(plan.primary, names)}'
    arms = [a.name for a in design.arms]
    if plan.reference is not None and plan.reference not in arms:
        yield ("analysis", "reference"), f'no arm "{plan.reference}". {nearest(plan.reference, arms)}'
    for name in plan.covariates:
        if name not in assays() and name not in SCORES:
            yield ("analysis", "covariates"), f'no lab or score "{name}". {nearest(name, [*assays(), *SCORES], 30)}'
    yield from _criteria([(("analysis", "subgroups", i), text) for i, text in enumerate(plan.subgroups)])
    if design.interim is not None:
        looks = design.interim.looks
        rising = all(b > a for a, b in zip([0.0, *looks], looks, strict=False))
        if not looks or not rising or looks[-1] != 1 or len(looks) > MOST_LOOKS:
            yield ("interim", "looks"), f"looks rise from above 0 to 1, at most {MOST_LOOKS}, not {looks}"


def _published(design: Design) -> Iterator[tuple[Where, str]]:
    for i, row in enumerate(design.published):
        if row.endpoint not in [e.name for e in design.endpoints]:
            yield ("published", i, "endpoint"), f'no endpoint "{row.endpoint}"'
        if row.arm not in [a.name for a in design.arms]:
            yield ("published", i, "arm"), f'no arm "{row.arm}"'


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a design, for editors."""
    schema = {"$schema": SCHEMA_DIALECT, **Design.model_json_schema()}
    one_part_or_many(schema["$defs"]["Arm"]["properties"])
    return schema


def response_met(value: Any, baseline: Any, response: tuple[str, str, float]) -> Any:
    """Where a response holds, for arrays of values and baselines; of missing values it does not."""
    what, sign, limit = response
    compared = {"value": value, "change": value - baseline, "percent_change": 100 * (value / baseline - 1)}[what]
    return COMPARISONS[sign](compared, limit)


SECTIONS: dict[Where, type[BaseModel]] = {
    ("population",): Population, ("population", "groups"): Group, ("arms",): Arm, ("arms", "plan"): PlanSection,
    ("randomisation",): Randomisation, ("blinding",): Blinding, ("assays",): AssaySection, ("rescue",): Rescue,
    ("endpoints",): Endpoint, ("analysis",): Analysis, ("interim",): Interim, ("published",): Published,
}  # fmt: skip


def _model_of(field: Where) -> type[BaseModel]:
    return SECTIONS.get(field, Design)


def _in_file(tree: Any, field: Where) -> Where:
    """A field as it stands in the file, where a single part of a plan needs no list."""
    if field[:1] == ("arms",) and len(field) > 3 and field[2] == "plan":
        arms = tree.get("arms")
        if not isinstance(arms[field[1]].get("plan"), CommentedSeq):
            return (*field[:3], *field[4:])
    return field
