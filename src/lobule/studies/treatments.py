"""The treatment of a study: product, dose, route and days in its words become one plan, or two.

A row of `modifications.csv` says what the words of a modified product mean: a product of the library, another route, a
component taken out, a factor on constants; or, where the model has nothing like it, a factor on the dose (a class
prior). Whom a study changed are three different things ("who is changed" of the vocabulary): a *donor knock-out* never
had a component, so that its product lacks it; a *transfected donor* has less of it and was given something (an
inhibitor, a small RNA) that its product may carry; a *treated recipient* gets the product unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from lobule.errors import InputError
from lobule.evidence.vocabulary import meaning, mentioned, without, words
from lobule.rows import Row, read_rows
from lobule.studies.injuries import StudyDays
from lobule.studies.observation import Observation
from lobule.studies.reasons import refuse
from lobule.therapy import Plan, products
from lobule.therapy.plan import ROUTES

TABLE = Path(__file__).parent / "modifications.csv"
USUAL = {"vesicles": "uc-msc-ev", "cells": "uc-msc", "medium": "uc-msc-medium"}  # of a source that the library lacks
# Doses where a study reports none; assumed, the middle of those that report one
USUAL_DOSES = {
    "vesicles": {"mouse": "1e10 particle", "rat": "4e10 particle"},
    "cells": {"mouse": "1e6 cell", "rat": "2e6 cell"},
    "medium": {"mouse": "1e6 cell", "rat": "4e6 cell"},
}
REPEATED = 3  # doses of vesicles and medium in a chronic injury where a study says nothing; assumed
MOST_DOSES = 60
NAMED = "the component that is named"  # what a rule takes out: a word of the cargo, whichever the study names
KNOCK_OUT, TRANSFECTED, RECIPIENT = "donor knock-out", "transfected donor", "treated recipient"
CARRIED = "the donor was transfected: what it was given is not carried over by its product here"
NO_RECIPIENT = (
    "the recipient lacks something or was treated beside the product, which the model cannot do to it; to score the "
    f"row all the same, write a row of modifications.csv with who = {RECIPIENT} and sets = CONSTANT=FACTOR"
)
NO_CARGO = (
    "the donor was knocked out in what is no component of the model's cargo; to score the row all the same, write a "
    "file of the component in model/cargo"
)


@dataclass(frozen=True)
class Modification:
    """What a modification does: another product or route, components taken out, factors on constants of the product
    and of the recipient, and a factor on every dose."""

    product: str | None = None
    route: str | None = None
    without: tuple[str, ...] = ()
    sets: tuple[tuple[str, float], ...] = ()
    recipient: tuple[tuple[str, float], ...] = ()
    strength: float = 1.0


@dataclass(frozen=True)
class StudyTreatment:
    """plan : None without a product; second : cells beside vesicles; change : of the product"""

    plan: Plan | None = None
    second: Plan | None = None
    change: Modification = Modification()


def _factors(text: str) -> list[list[str]]:
    return [part.split("=") for part in text.split()]


class ModificationRule(Row):
    """What the words of a modified product mean: a row of the table.

    who : who must have been changed, one of the vocabulary's; None where it does not matter
    pattern : found in its words; product : names of the library, that of the kind given is taken
    without : a component of the cargo that is taken out, or NAMED
    sets : factors on constants of cells, or of the recipient where that is who is changed
    strength : a factor on every dose
    """

    pattern: re.Pattern[str]
    product: Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(text.split("|")))] = ()
    route: str | None = None
    who: Literal["donor knock-out", "transfected donor", "treated recipient"] | None = None
    without: str | None = None
    sets: Annotated[tuple[tuple[str, float], ...], BeforeValidator(_factors)] = ()
    strength: float = 1.0
    note: str = ""


@cache
def rules() -> tuple[ModificationRule, ...]:
    """All modifications that are known, in the order in which they are tried."""
    return read_rows(TABLE, ModificationRule)


def kind_of(product: str) -> str:
    """vesicles, cells or medium; raises InputError for another word."""
    kind = meaning("kind of product", product)
    if kind is None:
        known = ", ".join(text for word in words("kind of product") for text in word.words)
        raise InputError(f'no product of the kind "{product}"; there are {known}')
    return kind


def treatment_of(row: Observation, days: StudyDays, said: list[str]) -> StudyTreatment:
    """What an arm is given; what the study does not tell is assumed, and said.

    Raises
    ------
    InputError : a product, dose or route that the model does not have.
    """
    recipient = _recipient(row.modification)
    if row.product == "none":
        return StudyTreatment(change=Modification(recipient=recipient))
    kind = kind_of(row.product)
    _refuse_other_cells(row)
    change = replace(_change(row, kind, said), recipient=recipient)
    name = change.product or meaning(f"{kind} from", row.cell_source) or USUAL[kind]
    if change.product is None and row.cell_source and meaning("cells from", row.cell_source) is None:
        said.append(f"{name} stands for the source of cells")
    if row.product == "targeted_ev" and change.product is None:
        name = "stellate-targeted-ev"
    route = change.route or _route(row, kind, said)
    dose = _dose(row, kind, said)
    start = max(0.0, days.first)
    n, gap = _schedule(row, kind, start, days, said)
    plan = Plan(name, dose, route, start=f"{start:.6g} d", every=f"{gap:.6g} d" if n > 1 else None, n=n)
    if kind != "vesicles" or mentioned("vesicles with cells", row.modification) is None:
        return StudyTreatment(plan, None, change)
    cells = "bm-msc" if row.cell_source == "bm" else "uc-msc"
    second = Plan(cells, USUAL_DOSES["cells"][row.species], "iv", start=f"{start:.6g} d")
    return StudyTreatment(plan, second, replace(change, strength=1.0))


def who_is_changed(text: str) -> str | None:
    """KNOCK_OUT, TRANSFECTED or RECIPIENT, as words say it; None where nobody is.

    >>> who_is_changed("EV in TLR4 -/- mice"), who_is_changed("TSG-6 -/- MSC"), who_is_changed("miR-17 inhibitor")
    ('treated recipient', 'donor knock-out', 'transfected donor')
    """
    word = mentioned("who is changed", text)
    return word.means if word else None


def _recipient(text: str) -> tuple[tuple[str, float], ...]:
    """Factors on constants of animals that lack something or were treated beside the product; none of usual ones."""
    if who_is_changed(text) != RECIPIENT:
        return ()
    for rule in rules():
        if rule.who == RECIPIENT and rule.pattern.search(text.lower()):
            return rule.sets
    raise InputError(NO_RECIPIENT)


def _refuse_other_cells(row: Observation) -> None:
    about = f"{row.modification} {row.cell_source}".strip()
    if row.product == "other_cells" and mentioned("other cells", about) is None:
        raise refuse("product", about, f'no other cells than mesenchymal and mononuclear ones here, not "{about}"')


def _change(row: Observation, kind: str, said: list[str]) -> Modification:
    """What the words of a modification do: the first rule that fits the kind of product and who is changed."""
    text = without("no modification", row.modification)
    who = who_is_changed(text)
    if who == RECIPIENT:
        return Modification()
    for rule in rules() if text.strip() else ():
        if rule.who != who and (rule.who is not None or who == KNOCK_OUT):
            continue
        fitting = [name for name in rule.product if products[name].kind == kind]
        possible = (fitting or not rule.product) and (rule.route is None or rule.route in ROUTES[kind])
        named = mentioned("cargo", text) if rule.without == NAMED else None
        if not (possible and rule.pattern.search(text)) or (rule.without == NAMED and named is None):
            continue
        if rule.note:
            said.append(rule.note)
        if who == TRANSFECTED and (rule.without or rule.strength < 1):
            said.append(CARRIED)
        return Modification(
            fitting[0] if fitting else None,
            rule.route,
            (named.means,) if named else (rule.without,) if rule.without else (),
            rule.sets,
            strength=rule.strength,
        )
    if who == KNOCK_OUT:
        raise InputError(NO_CARGO)
    return Modification()


def _route(row: Observation, kind: str, said: list[str]) -> str:
    if not row.route:
        said.append("iv")
        return "iv"
    return route_of(row.route, kind)


def route_of(text: str, kind: str) -> str:
    """The route that words mean; raises InputError for one by which products of this kind cannot be given."""
    found = meaning("route", text)
    if found is None:
        told = mentioned("route", text)
        found = told.means if told else None
    if found not in ROUTES[kind]:
        raise InputError(f'{kind} cannot be given "{text}" here; routes are {", ".join(ROUTES[kind])}')
    return found


def _dose(row: Observation, kind: str, said: list[str]) -> str:
    if row.dose_value is None or not row.dose_unit:
        said.append("dose")
        return USUAL_DOSES[kind][row.species]
    unit = mentioned("unit of a dose", row.dose_unit)
    if unit is None:
        raise InputError(f'a dose in "{row.dose_unit}" cannot be read; cells, particles, ug, mg/kg, mL are known')
    return f"{row.dose_value:.6g} {unit.means}"


def _schedule(row: Observation, kind: str, start: float, days: StudyDays, said: list[str]) -> tuple[int, float]:
    """Number of doses and days between them."""
    span = max(days.readout - start, 1e-3)
    told = mentioned("number of doses", row.modification)
    usual = REPEATED if kind != "cells" and days.chronic else 1
    n = row.n_doses or (int(told.amount) if told else usual)
    if row.n_doses is None:
        said.append("number of doses")
    gap = row.interval_d or (min(7.0, span / n) if days.chronic else span / (n + 1))
    n = max(1, min(n, MOST_DOSES, 1 + int((span - 1e-9) / gap)))
    return n, gap
