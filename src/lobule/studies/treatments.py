"""The treatment of a study: product, dose, route and days in its words become one plan, or two.

A row of `modifications.csv` says what the words of a modified product mean: a product of the library, another route, a
component taken out, a factor on constants; or, where the model has nothing like it, a factor on the dose (a class
prior).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from lobule.errors import InputError
from lobule.evidence.vocabulary import meaning, mentioned, without, words
from lobule.rows import Row, read_rows
from lobule.studies.injuries import StudyDays
from lobule.studies.observation import Observation
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


@dataclass(frozen=True)
class Modification:
    """What a modification does: another product or route, components taken out, factors on constants of the product,
    and a factor on every dose."""

    product: str | None = None
    route: str | None = None
    without: tuple[str, ...] = ()
    sets: tuple[tuple[str, float], ...] = ()
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

    pattern : found in its words; product : names of the library, that of the kind given is taken
    without : a component of the cargo that is taken out, or NAMED
    sets : factors on constants of cells; strength : a factor on every dose
    """

    pattern: re.Pattern[str]
    product: Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(text.split("|")))] = ()
    route: str | None = None
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
    if row.product == "none":
        return StudyTreatment()
    kind = kind_of(row.product)
    change = _change(row, kind, said)
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


def _change(row: Observation, kind: str, said: list[str]) -> Modification:
    """What the words of a modification do: the first rule that fits the kind of product."""
    text = without("no modification", row.modification)
    for rule in rules() if text.strip() else ():
        fitting = [name for name in rule.product if products[name].kind == kind]
        possible = (fitting or not rule.product) and (rule.route is None or rule.route in ROUTES[kind])
        named = mentioned("cargo", text) if rule.without == NAMED else None
        if not (possible and rule.pattern.search(text)) or (rule.without == NAMED and named is None):
            continue
        if rule.note:
            said.append(rule.note)
        return Modification(
            fitting[0] if fitting else None,
            rule.route,
            (named.means,) if named else (rule.without,) if rule.without else (),
            rule.sets if kind == "cells" else (),
            rule.strength,
        )
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
