"""People on whom no product acts, by the share that a design assumes.

Who is one is drawn by person: the same in every arm, replicate and member, and in any larger share too. Under a product
such a person has the course of the arm without its products. Another arm may have that course; else it is solved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lobule.files.design import Design
from lobule.patient.draws import uniforms
from lobule.trial.population import Population
from lobule.trial.runs import Courses, Unit, given_in, units, with_products

Flags = NDArray[np.bool_]


def non_responders(design: Design, population: Population) -> Flags:
    """Who does not respond, (n,): the whole number next to the share, those with the lowest numbers of their own."""
    n, share = len(population), design.population.non_responders
    marked = np.zeros(n, bool)
    if share:
        drawn = uniforms(design.population.seed, "non-response", population.table["number"].tolist())[:, 0]
        marked[np.argsort(drawn, kind="stable")[: round(share * n)]] = True
    return marked


def stand_ins(design: Design) -> dict[int, int | None]:
    """{arm with a product: arm that is given the same without one}, None where no arm is."""
    if not design.population.non_responders:
        return {}
    whole = [given_in(design, a) for a in range(len(design.arms))]
    bare = {a: given_in(design, a, bare=True) for a in with_products(design)}
    return {a: next((b for b, given in enumerate(whole) if given == parts), None) for a, parts in bare.items()}


def bare_units(design: Design, population: Population, members: Sequence[int]) -> Iterator[Unit]:
    """The work of arms without their products, where no other arm stands in."""
    alone = [a for a, other in stand_ins(design).items() if other is None]
    for unit in units(design, population, members, bare=True) if alone else ():
        if unit.arm in alone:
            yield unit


def as_they_respond(
    design: Design, population: Population, arms: Sequence[Courses], bare: Mapping[int, Courses]
) -> list[Courses]:
    """Courses of each arm in which non-responders have that of the arm without its products.

    Parameters
    ----------
    arms : as everybody would respond
    bare : of arms without their products, where no other arm stands in
    """
    who = non_responders(design, population)
    others = {a: bare[a] if other is None else arms[other] for a, other in stand_ins(design).items()}
    return [exchanged(own, others[a], who) if a in others else own for a, own in enumerate(arms)]


def exchanged(own: Courses, other: Courses, who: Flags) -> Courses:
    """Courses of which some patients have another one; the doses that they were given stay their own."""
    values = {name: np.where(who[:, None], other.values[name], course) for name, course in own.values.items()}
    reasons = {k: why for k, why in own.reasons.items() if not who[k]}
    reasons |= {k: why for k, why in other.reasons.items() if who[k]}
    rescued = np.where(who[:, None], other.rescued, own.rescued)
    return replace(own, values=values, rescued=rescued, reasons=dict(sorted(reasons.items())))
