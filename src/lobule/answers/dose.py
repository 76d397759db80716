"""`lobule dose`: how much, how often, by which route."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.one_product import one_product
from lobule.answers.record import record_of
from lobule.explore import explore_doses
from lobule.explore.dosing import Dosing
from lobule.files.scenario import read_scenario
from lobule.model.labels import label
from lobule.quantities import amount
from lobule.report.records import records
from lobule.therapy import Plan

SHOWN = 8  # designs of the front that the terminal lists, about


def dose(scenario: Path, *, output: str = "collagen_proportionate_area", route: Sequence[str] | None = None) -> Answer:
    """Vary dose, interval and route around the plan of a scenario.

    Parameters
    ----------
    output : what should improve
    route : routes to compare; the usual ones of the product when None or empty

    Raises
    ------
    InputError : the file, a plan of several parts, or what `lobule.explore.explore_doses` refuses.
    """
    read = read_scenario(scenario)
    plan, who = one_product(read.therapy()), read.who()
    routes = list(route or []) or None
    found = explore_doses(who, plan, amount(read.until, "time"), output=output, routes=routes)
    own = plan.amount(who.body_weight_g).value
    title = f"Dose, interval and route: {read.title or Path(scenario).stem}"
    halves = "; ".join(f"{name}: {_half(found, name, own)}" for name in found.smallest)
    return Answer(
        title=title,
        said=f"Half of the largest improvement of {label(output)} on day {found.day:g} is reached with, "
        f"by route, {halves}.",
        text="\n".join(_lines(found, plan, own)),
        data={"designs": records(found.table), "smallest_effective_multiple": found.smallest},
        record=record_of("dose", title, [scenario], {"output": output, "route": routes}, 1),
        tables={"dosing": Table(found.table, "one row a design: dose, interval, number of doses, route, improvement "
                                "over untreated, plugged lung vessels, and whether it lies on the front")},
        pictures={"dosing": Picture(found.plot, "improvement by dose and route, by dose and interval, and the front "
                                    "of benefit against material")},
    )  # fmt: skip


def _half(found: Dosing, route: str, own: float) -> str:
    """The smallest dose with half of the largest benefit of a route, in words; `own` is the plan's dose."""
    least = found.smallest[route]
    return f"{least * own:.3g} {found.unit}" if least else "outside the doses looked at"


def _lines(found: Dosing, plan: Plan, own: float) -> list[str]:
    lines = [
        f"{label(found.output)}: improvement over untreated on day {found.day:g}, "
        f"by {found.unit} in each of {plan.n} doses"
    ]
    for name, rows in found.table[found.table["part"] == "curve"].groupby("route", sort=False):
        lines.append(f"  {name}")
        lines += [
            f"    {row['per_dose']:>9.3g} {found.unit}   {row['benefit']:>7.1%}" for row in rows.to_dict("records")
        ]
        lines.append(f"    half of the largest improvement: {_half(found, str(name), own)}")
    front = found.table[found.table["front"]].sort_values("total")
    lines.append(f"  front of benefit against material ({len(front)} designs):")
    lines += [
        f"    {row['benefit']:>7.1%} from {row['total']:>9.3g} {found.unit} in all: {row['doses']} x "
        f"{row['per_dose']:.3g} every {row['interval_d']:.3g} d, {row['route']}"
        for row in front.to_dict("records")[:: max(1, len(front) // SHOWN)]
    ]
    risk = "in the table" if plan.kind == "cells" else f"no estimate for {plan.kind}"
    return [*lines, f"Risk of plugged lung vessels: {risk}."]
