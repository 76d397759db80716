"""What contradicts itself in a trial design: every mistake with its field, before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lobule.bounds import LATEST
from lobule.errors import InputError, Mistakes, nearest, shown
from lobule.files.design import EVENTS, METHODS, MOST_LOOKS, SCORED_FROM, Design, Endpoint, Where
from lobule.files.estimand_checks import check_estimand
from lobule.files.multiplicity_checks import check_multiplicity
from lobule.files.people_checks import check_criteria, check_hepatitis_b, check_non_responders, check_population
from lobule.labs import measurable, scores, why_not
from lobule.patient import Patient
from lobule.patient.criteria import Criteria
from lobule.patient.history import OUTPUTS
from lobule.patient.run_in import years_of
from lobule.quantities import amount
from lobule.therapy import Care, Part, Regimen

SAME = 1e-6  # numbers that differ by no more are the same


def check_design(design: Design, found: Mistakes) -> None:
    """Note everything that is wrong with a design that has the right fields."""
    for check in (check_population, check_non_responders, _schedule, _assays, _rescue, _arms, _plans, _allocation,
                  _endpoints, _analysis, _interim, _reestimation, _published, _twice, check_hepatitis_b):  # fmt: skip
        with found.at():
            check(design, found)


def _twice(design: Design, found: Mistakes) -> None:
    """Names that stand twice in a list in which each counts once."""
    lists: list[tuple[Where, Callable[[], list[str]]]] = [
        (("assays",), lambda: [section.name for section in design.assays]),
        (("analysis", "covariates"), lambda: design.analysis.covariates),
        (("analysis", "subgroups"), lambda: design.analysis.subgroups),
        (("randomisation", "strata"), lambda: design.randomisation.strata),
    ]
    for i, endpoint in enumerate(design.entries("endpoints")):
        lists += [(("endpoints", i, name), partial(endpoint.entries, name)) for name in ("events", "order")]
    for field, read in lists:
        with found.at(*field):
            names = read()
            for i, name in enumerate(names):
                if name in names[:i]:
                    found.note(InputError(f"{shown(name)} stands twice in the list", (*field, i)))


def _arms(design: Design, found: Mistakes) -> None:
    for i, arm in enumerate(design.arms):
        with found.at("arms", i, "name"):
            if arm.name in [other.name for other in design.arms[:i]]:
                raise InputError(f'two arms are called "{arm.name}"')
    with found.at("arms"):
        given = [arm.share for arm in design.arms]
        if any(s is None for s in given) and not all(s is None for s in given):
            raise InputError("give every arm a share, or none")
        if given[0] is not None and abs(sum(design.shares) - 1) > SAME:
            raise InputError(f"the shares of the arms add up to {sum(design.shares):g}, not to 1")


def _plans(design: Design, found: Mistakes) -> None:
    """What each arm is given: every part with the care of all, then the parts together."""
    patient = Patient()
    cares: list[Part] = []
    for i, name in enumerate(design.entries("care")):
        with found.at("care", i):
            cares.append(Care(name))
    with found.at("care_since"):
        if design.care_since is not None:
            years_of(design.care, design.care_since)
    for i, arm in enumerate(design.entries("arms")):
        parts: list[Part] = []
        for j, section in enumerate(arm.entries("plan")):
            with found.at("arms", i, "plan", j):
                part = section.part()
                _together([*cares, part], patient)
                parts.append(part)
                last = part.times()[-1]
                in_order = bool(design.until) or design.visit_days == sorted(design.visit_days)
                if in_order and last >= design.end:
                    raise InputError(f"a dose on day {last:g} comes after the end, {design.end:g} d")
        with found.at("arms", i, "plan"):
            if len(parts) == len(arm.plan):
                _together([*cares, *parts], patient)


def _together(parts: list[Part], patient: Patient) -> None:
    """Raise InputError about parts that contradict each other; its field does not count the parts."""
    try:
        Regimen.of(parts, patient)
    except InputError as error:
        raise error.moved(lambda field: tuple(key for key in field if isinstance(key, str))) from error.__cause__


def _allocation(design: Design, found: Mistakes) -> None:
    how = design.randomisation
    for i, text in enumerate(how.entries("strata")):
        with found.at("randomisation", "strata", i):
            check_criteria(text)
    with found.at("randomisation"):
        if (how.method == "stratified") != bool(how.strata):
            raise InputError("strata belong to the method stratified, and stratified needs strata")
    with found.at("randomisation", "block"):
        if how.method != "simple" and abs(sum(design.shares) - 1) <= SAME:
            for share in design.shares:
                if abs(how.block * share - round(how.block * share)) > SAME:
                    raise InputError(
                        f"a block of {how.block} cannot hold a share of {share:g}; take a block in which every arm has "
                        "a whole number"
                    )
    with found.at("patients"):
        cells, arms = 2 ** len(how.strata), len(design.arms)
        if design.patients < cells * arms:
            raise InputError(
                f"{design.patients} patients in {cells} strata of {arms} arms leave cells empty; take at least "
                f"{cells * arms} patients or fewer strata"
            )
        if design.patients < 2 * arms:
            raise InputError(f"{design.patients} patients are too few for {arms} arms")


def _schedule(design: Design, found: Mistakes) -> None:
    with found.at("until" if design.until else "visits"):
        if design.end > LATEST:
            raise InputError(f"the follow-up of {design.end:g} d is over {LATEST:g} days")
    days = design.visit_days
    for i, day in enumerate(days):
        with found.at("visits", i):
            if i == 0 and day != 0:
                raise InputError(f'the first visit is the baseline, "0 d", not "{design.visits[0]}"')
            if i > 0 and day <= days[i - 1]:
                raise InputError(f'the visit at "{design.visits[i]}" does not come after the one before it')
            if design.until and day > design.end:
                raise InputError(f'the visit at "{design.visits[i]}" comes after the end of follow-up, {design.until}')


def _assays(design: Design, found: Mistakes) -> None:
    for i, section in enumerate(design.entries("assays")):
        with found.at("assays", i, "name"):
            if section.name not in measurable():
                raise InputError(f'no assay "{section.name}". {nearest(section.name, measurable(), 20)}')
        for text in section.entries("visits"):
            with found.at("assays", i, "visits"):
                _check_visit(design, text)


def _rescue(design: Design, found: Mistakes) -> None:
    followed = [*OUTPUTS, "meld", "meld_na", "child_pugh", "stage"]
    for i, rule in enumerate(design.entries("rescue")):
        with found.at("rescue", i, "when"):
            for wanted in Criteria.read(rule.when).rules:
                if wanted.name in measurable() and wanted.name not in followed:
                    raise InputError(f"{wanted.name} is read when the courses are there: it cannot call for rescue")
                if wanted.name not in followed:
                    raise InputError(f"{wanted.name} does not change in a trial, so that it cannot call for rescue")
        with found.at("rescue", i, "care"):
            if Care(rule.care).name in [Care(name).name for name in design.care]:
                raise InputError(f"every arm has {rule.care} already")


def _check_visit(design: Design, text: str) -> None:
    if amount(text, "time") not in design.visit_days:
        raise InputError(f'there is no visit at "{text}"; visits are at {", ".join(design.visits)}')


def _endpoints(design: Design, found: Mistakes) -> None:
    checks = {"change": _at_a_visit, "responder": _response, "time_to_event": _events, "ranked": _order}
    for i, endpoint in enumerate(design.entries("endpoints")):
        with found.at("endpoints", i, "name"):
            if endpoint.name in [other.name for other in design.endpoints[:i]]:
                raise InputError(f'two endpoints are called "{endpoint.name}"')
        with found.at("endpoints", i, "method"):
            if endpoint.method is not None and endpoint.method not in METHODS[endpoint.kind]:
                raise InputError(
                    f'"{endpoint.method}" does not analyse a {endpoint.kind.replace("_", " ")} endpoint; allowed: '
                    f"{', '.join(METHODS[endpoint.kind])}"
                )
        with found.at("endpoints", i):
            checks[endpoint.kind](design, endpoint)
        with found.at("endpoints", i, "historical"):
            _historical(endpoint)
        with found.at("endpoints", i):
            own = Mistakes()
            check_estimand(design, endpoint, own)
            own.tell()


def _historical(e: Endpoint) -> None:
    """Raise InputError where what is borrowed from does not fit the endpoint."""
    if (e.how == "map_prior") != (e.historical is not None):
        raise InputError("historical controls belong to the method map_prior, which needs them")
    for one in e.historical.studies if e.historical is not None else ():
        given = {name for name in ("responders", "mean", "sd") if getattr(one, name) is not None}
        needed = {"responders"} if e.kind == "responder" else {"mean", "sd"}
        if given != needed:
            raise InputError(f"{one.study}: a {e.kind} endpoint borrows n, {' and '.join(sorted(needed))}")
        if one.responders is not None and one.responders > one.n:
            raise InputError(f"{one.study}: {one.responders} of {one.n} respond")


def _at_a_visit(design: Design, e: Endpoint) -> None:
    """A lab or score, measured at baseline and at a visit; raises InputError with all that is wrong."""
    if e.has("output") and e.has("at") and (e.output is None or e.at is None):
        raise InputError(f"a {e.kind} endpoint needs output and at")
    found = Mistakes()
    with found.at("output"):
        known = [*measurable(), *scores()]
        if e.output not in known:
            reason = why_not(str(e.output))
            if reason:
                raise InputError(f'"{e.output}" can be no output: {reason}')
            raise InputError(f'no endpoint "{e.output}". {nearest(str(e.output), known, 30)}')
    with found.at("at"):
        assert e.at is not None
        _check_visit(design, e.at)
        if amount(e.at, "time") == 0:
            raise InputError("an endpoint is measured after baseline, not at 0 d")
        _check_measured_then(design, e)
    found.tell()


def _response(design: Design, e: Endpoint) -> None:
    found = Mistakes()
    with found.at():
        _at_a_visit(design, e)
    with found.at():
        e.responds()
    found.tell()


def _events(design: Design, e: Endpoint) -> None:
    if not e.events:
        raise InputError("a time_to_event endpoint needs events")
    found = Mistakes()
    for i, event in enumerate(e.events):
        with found.at("events", i):
            if event not in EVENTS:
                raise InputError(f'no event "{event}". {nearest(event, EVENTS)}')
            if event == "transplantation" and not design.transplantation:
                raise InputError("nobody is transplanted here; set transplantation: true")
    found.tell()


def _order(design: Design, e: Endpoint) -> None:
    if not e.order:
        raise InputError("a ranked endpoint needs the order of endpoints, the gravest first")
    kinds = {other.name: other.kind for other in design.endpoints if other is not e}
    found = Mistakes()
    for i, name in enumerate(e.order):
        with found.at("order", i):
            if kinds.get(name) not in ("change", "time_to_event"):
                raise InputError(
                    f'"{name}" is no change or time_to_event endpoint of this design; those are: {", ".join(kinds)}'
                )
    found.tell()


def _check_measured_then(design: Design, e: Endpoint) -> None:
    """An assay that is done at chosen visits must be done at baseline and at the visit of the endpoint."""
    assert e.output is not None and e.at is not None
    done = {section.name: section for section in design.assays}
    for name in SCORED_FROM.get(e.output, (e.output,)):
        days = [amount(v, "time") for v in done[name].visits] if name in done else []
        if days and not {0.0, amount(e.at, "time")} <= set(days):
            raise InputError(f"{name} is not measured at 0 d and at {e.at}; add both to its visits")


def _analysis(design: Design, found: Mistakes) -> None:
    plan = design.analysis
    with found.at("analysis", "primary"):
        names = [e.name for e in design.endpoints]
        if plan.primary not in names:
            raise InputError(f'no endpoint "{plan.primary}". {nearest(plan.primary, names)}')
    with found.at("analysis", "reference"):
        arms = [a.name for a in design.arms]
        if plan.reference is not None and plan.reference not in arms:
            raise InputError(f'no arm "{plan.reference}". {nearest(plan.reference, arms)}')
    known = [*measurable(), *scores()]
    for i, name in enumerate(plan.entries("covariates")):
        with found.at("analysis", "covariates", i):
            if name not in known:
                raise InputError(f'no lab or score "{name}". {nearest(name, known, 30)}')
    with found.at("analysis", "multiplicity"):
        if plan.multiplicity is not None:
            check_multiplicity(design, plan.multiplicity, found)
    for i, text in enumerate(plan.entries("subgroups")):
        with found.at("analysis", "subgroups", i):
            check_criteria(text)


def _interim(design: Design, found: Mistakes) -> None:
    if design.interim is not None:
        looks = design.interim.looks
        rising = all(b > a for a, b in zip([0.0, *looks], looks, strict=False))
        if not looks or not rising or looks[-1] != 1 or len(looks) > MOST_LOOKS:
            text = f"looks rise from above 0 to 1, at most {MOST_LOOKS}, not {looks}"
            found.note(InputError(text, ["interim", "looks"]))
        spends = "hwang_shih_decani"
        if design.interim.gamma is not None and design.interim.boundary != spends:
            found.note(InputError(f"gamma belongs to the boundary {spends}", ["interim", "gamma"]))
        if design.interim.futility is not None and len(looks) < 2:
            found.note(InputError("futility needs a look before the end", ["interim", "futility"]))


def _reestimation(design: Design, found: Mistakes) -> None:
    plan = design.reestimation
    if plan is None:
        return
    with found.at("reestimation"):
        if design.interim is not None:
            raise InputError("a trial has interim looks or a re-estimation of its size; take out one of both")
        if len(design.arms) > 2:
            raise InputError("re-estimation knows one comparison, of two arms")
        blinded = plan.method == "blinded_variance"
        if design.primary.kind not in (("change",) if blinded else ("change", "responder")):
            raise InputError(f"{plan.method} does not know a primary endpoint of the kind {design.primary.kind}")
        if blinded != (plan.effect is not None):
            raise InputError("an effect belongs to blinded_variance, which needs it")
    with found.at("reestimation", "largest"):
        if plan.largest < design.patients:
            raise InputError(f"the largest size, {plan.largest}, is below the {design.patients} patients planned")


def _published(design: Design, found: Mistakes) -> None:
    for i, row in enumerate(design.entries("published")):
        with found.at("published", i, "endpoint"):
            if row.endpoint not in [e.name for e in design.endpoints]:
                raise InputError(f'no endpoint "{row.endpoint}"')
        with found.at("published", i, "arm"):
            if row.arm not in [a.name for a in design.arms]:
                raise InputError(f'no arm "{row.arm}"')
