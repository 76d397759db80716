"""What contradicts itself in a trial design: every mistake with its field, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from lobule.bounds import LATEST
from lobule.errors import InputError, LobuleError, nearest, shown
from lobule.files.cohort import check_groups, read_cohort_file
from lobule.files.design import EVENTS, METHODS, MOST_LOOKS, SCORED_FROM, Design, Endpoint, Where
from lobule.labs import measurable, scores
from lobule.patient import Patient
from lobule.patient.criteria import Criteria
from lobule.patient.history import OUTPUTS
from lobule.quantities import amount
from lobule.therapy import Care, Regimen


def mistakes(design: Design) -> Iterator[tuple[Where, str]]:
    """Everything that is wrong with a design that has the right fields: (field, sentence)."""
    yield from _population(design)
    yield from _schedule(design)
    yield from _arms(design)
    yield from _allocation(design)
    yield from _endpoints(design)
    yield from _analysis(design)
    yield from _published(design)
    yield from _twice(design)


def _twice(design: Design) -> Iterator[tuple[Where, str]]:
    """Names that stand twice in a list in which each counts once."""
    lists: list[tuple[Where, list[str]]] = [
        (("assays",), [section.name for section in design.assays]),
        (("analysis", "covariates"), design.analysis.covariates),
        (("analysis", "subgroups"), design.analysis.subgroups),
        (("randomisation", "strata"), design.randomisation.strata),
        *((("endpoints", i, "events"), list(e.events)) for i, e in enumerate(design.endpoints)),
        *((("endpoints", i, "order"), list(e.order)) for i, e in enumerate(design.endpoints)),
    ]
    for field, names in lists:
        for i, name in enumerate(names):
            if name in names[:i]:
                yield (*field, i), f"{shown(name)} stands twice in the list"


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
    try:
        check_groups(groups)
    except LobuleError as error:
        yield ("population", "groups", *error.field), str(error)
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
                yield ("arms", i, "plan", j, *(key for key in error.field if isinstance(key, str))), str(error)
                return
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
    if design.end > LATEST:
        yield ("until",) if design.until else ("visits",), f"the follow-up of {design.end:g} d is over {LATEST:g} days"
    if days[0] != 0:
        yield ("visits", 0), f'the first visit is the baseline, "0 d", not "{design.visits[0]}"'
    for i in range(1, len(days)):
        if days[i] <= days[i - 1]:
            yield ("visits", i), f'the visit at "{design.visits[i]}" does not come after the one before it'
    for i, day in enumerate(days):
        if day > design.end:
            yield ("visits", i), f'the visit at "{design.visits[i]}" comes after the end of follow-up, {design.until}'
    for i, section in enumerate(design.assays):
        if section.name not in measurable():
            yield ("assays", i, "name"), f'no assay "{section.name}". {nearest(section.name, measurable(), 20)}'
        for text in section.visits:
            yield from _visit(design, ("assays", i, "visits"), text)
    for i, rule in enumerate(design.rescue):
        yield from _criteria([(("rescue", i, "when"), rule.when)])
        followed = [*OUTPUTS, "meld", "meld_na", "child_pugh", "stage"]
        for wanted in Criteria.read(rule.when).rules:
            if wanted.name not in followed:
                why = f"{wanted.name} does not change in a trial, so that it cannot call for rescue"
                yield ("rescue", i, "when"), why
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
    known = [*measurable(), *scores()]
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
                    yield (*here, *error.field), str(error)
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
        if name not in measurable() and name not in scores():
            yield (
                ("analysis", "covariates"),
                f'no lab or score "{name}". {nearest(name, [*measurable(), *scores()], 30)}',
            )
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
