"""What contradicts itself in who is enrolled in a trial: groups, criteria, markers, who does not respond."""

from __future__ import annotations

from collections.abc import Iterator

from lobule.comparison import Comparison
from lobule.errors import InputError, Mistakes
from lobule.files.cohort import check_groups, read_cohort_file
from lobule.files.design import Design, Where
from lobule.model.causes import disease
from lobule.patient.criteria import Criteria
from lobule.patient.markers import HEPATITIS_B, criteria_of, refuse_without_hepatitis_b


def check_population(design: Design, found: Mistakes) -> None:
    """Note groups, cohorts and criteria that do not hold."""
    who = design.population
    with found.at("population"):
        if (who.cohort is None) == (not who.groups):
            raise InputError("a population names a cohort file or groups, one of them")
    with found.at("population", "cohort"):
        if who.cohort:
            try:
                check_groups(read_cohort_file(who.cohort).groups)
            except InputError as error:  # said with the lines of that file
                raise error.moved(lambda _: ()) from error.__cause__
    with found.at("population", "groups"):
        if who.groups:
            check_groups(who.groups)
    with found.at("population", "criteria"):
        check_criteria(who.criteria)
    for i, text in enumerate(who.entries("exclude")):
        with found.at("population", "exclude", i):
            if len(Criteria.read(text).rules) > 1:
                raise InputError(f'"{text}": one comparison an entry; nobody is enrolled who meets one')


def check_hepatitis_b(design: Design, found: Mistakes) -> None:
    """Note markers of hepatitis B that are asked of people without it."""
    who = design.population
    with Mistakes().at():  # what is wrong with the groups is told elsewhere
        etiologies = [disease(group.etiology, "human").name for group in who.groups] if not who.cohort else \
            read_cohort_file(who.cohort).etiologies  # fmt: skip
        if HEPATITIS_B in etiologies:
            with found.at("population", "criteria"):
                for etiology in etiologies:
                    criteria_of(design.inclusion(), etiology, etiologies)
            return
        for field, names in _named(design):
            with found.at(*field):
                refuse_without_hepatitis_b(names, etiologies)


def _named(design: Design) -> Iterator[tuple[Where, list[str]]]:
    """Fields of a design that name labs, and the names in them; what cannot be read is told elsewhere."""
    who = design.population
    yield from ((("assays", i, "name"), [section.name]) for i, section in enumerate(design.assays))
    yield from ((("endpoints", i, "output"), [str(e.output)]) for i, e in enumerate(design.endpoints))
    yield from ((("analysis", "covariates", i), [name]) for i, name in enumerate(design.analysis.covariates))
    texts: list[tuple[Where, str | None]] = [(("population", "criteria"), who.criteria)]
    texts += [(("population", "exclude", i), text) for i, text in enumerate(who.exclude)]
    texts += [(("randomisation", "strata", i), text) for i, text in enumerate(design.randomisation.strata)]
    texts += [(("analysis", "subgroups", i), text) for i, text in enumerate(design.analysis.subgroups)]
    texts += [(("endpoints", i, "among"), e.among) for i, e in enumerate(design.endpoints)]
    for field, text in texts:
        rules: list[Comparison] = []
        with Mistakes().at():
            rules = list(Criteria.read(text).rules) if text else []
        yield field, [rule.name for rule in rules]


def check_non_responders(design: Design, found: Mistakes) -> None:
    """Note a share of non-responders that nobody can be, or whose doses nobody knows."""
    if not design.population.non_responders:
        return
    parts = [part for arm in design.arms for part in arm.plan]
    with found.at("population", "non_responders"):
        if all(part.product is None for part in parts):
            raise InputError("no arm gets a product, so that nobody can fail to respond to one; leave it out")
        if any(part.when is not None for part in parts):
            raise InputError(
                "which doses with a condition (when) a non-responder is given hangs on a course that nobody solves; "
                "take out the conditions or non_responders"
            )


def check_criteria(text: str | None) -> None:
    """Raise InputError where criteria cannot be read."""
    if text is not None:
        Criteria.read(text)
