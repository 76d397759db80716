"""`lobule dose`: how much, how often, by which route."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.one_product import one_product
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.explore import explore_doses
from lobule.explore.dosing import NEAR, Dosing
from lobule.files.scenario import read_scenario
from lobule.labs import better
from lobule.model.labels import label
from lobule.quantities import amount
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.simulation.effect import meaning, sentence
from lobule.simulation.reading import share_in_words
from lobule.simulation.told import when
from lobule.statistics.saturation import Saturation
from lobule.therapy import Plan
from lobule.therapy.product import Product

SHOWN = 8  # designs of the front that the terminal lists, about
MISFIT = 0.1  # of the plateau: where a point lies farther from the curve, it is said
PLURAL = {"mouse": "mice", "rat": "rats", "human": "people"}
HARDLY = 0.05  # of the plateau: a dose with less is told to do nearly nothing


def dose(
    scenario: Path,
    *,
    output: str = "collagen_proportionate_area",
    route: Sequence[str] | None = None,
    reading: str | None = None,
) -> Answer:
    """Vary dose, interval and route around the plan of a scenario.

    Parameters
    ----------
    output : what should improve
    route : routes to compare; the usual ones of the product when None or empty
    reading : "published" or "counted", in place of the scenario's own

    Raises
    ------
    InputError : the file, a plan of several parts, or what `lobule.explore.explore_doses` refuses.
    """
    read = read_scenario(scenario).in_reading(reading)
    plan, who = one_product(read.therapy()), read.who()
    routes = list(route or []) or None
    members = min(ensemble.THIN, ensemble.size())
    found = explore_doses(
        who, plan, amount(read.until, "time"), output=output, routes=routes, members=members, reading=read.reading
    )
    own = plan.amount(who.body_weight_g).value
    title = f"Dose, interval and route: {read.title or Path(scenario).stem}"
    said = [*_of_the_reading(found), *_said(found, plan)]
    curves = {name: None if curve is None else asdict(curve) for name, curve in found.curves.items()}
    data = {
        "reading": found.reading, "designs": records(found.table), "curves": curves, "half_dose": found.half,
        "near_plateau": found.near, "own_dose": own, "published": records(found.published),
        "usual_published_dose": found.usual,
    }  # fmt: skip
    return Answer(
        title=title,
        said=" ".join(said),
        text="\n".join(_lines(found, plan, said)),
        data=data,
        record=record_of("dose", title, [scenario], {"output": output, "route": routes, "reading": read.reading}, 1),
        tables={"dosing": Table(found.table, "one row a design: dose, interval, number of doses, route, improvement "
                                "over untreated in the reading that is named, plugged lung vessels, whether it lies on "
                                "the front; of the curves the improvement as counted and the unexplained share"),
                "published_doses": Table(found.published, "doses that studies of such products gave, for this body "
                                         "weight, and where they lie on the curve")},
        pictures={"dosing": Picture(found.plot, "improvement by dose and route with published doses, by dose and "
                                    "interval, and the front of benefit against material")},
    )  # fmt: skip


def _of_the_reading(found: Dosing) -> list[str]:
    """What the plan's own dose does, in both readings where they stand beside each other."""
    own = found.own
    if own is None:
        return []
    share = own.get("unexplained_share", math.nan)
    sign = 1 if better(found.output) == "up" else -1
    counted = own.get("benefit_counted")
    return [
        sentence(
            label(found.output), f"{when(found.day)} with the plan's own dose", 1 + sign * own["benefit"],
            found.reading, counted=None if counted is None else 1 + sign * counted,
            share=None if share != share else share,
        ),
        *meaning(share),
    ]  # fmt: skip


def _said(found: Dosing, plan: Plan) -> list[str]:
    """Sentences: the half dose, the plateau, and where the plan's own and the usual published dose lie."""
    name, curve = label(found.output), found.curve
    most = found.table.loc[found.table["part"] == "curve", "benefit"].max()
    if curve is None or found.half is None or found.near is None:
        return [
            f"No dose looked at improves {name} {when(found.day)} by {found.route} (most: {most:.1%}): there is no "
            "half dose and no plateau.",
            *_beside(found, plan),
        ]
    sentences = [
        f"Half of the largest effect on {name} {when(found.day)} ({curve.top:.0%}) is reached with "
        f"{_dose(found, found.half, plan)}."
    ]
    if found.near[0] > curve.largest:
        sentences.append(
            f"The curve comes within 10 % of its plateau only above {curve.largest:.2g} {found.unit}, the largest dose "
            "that can be given."
        )
    else:
        sentences.append(f"It is within 10 % of its plateau from {_dose(found, found.near, plan)}.")
    if curve.misfit > MISFIT:
        sentences.append(
            f"The points do not lie on one saturating curve (largest distance {curve.misfit:.0%} of the plateau), so "
            "that more than one process saturates; half dose and plateau are rough."
        )
    return [*sentences, *_beside(found, plan)]


def _beside(found: Dosing, plan: Plan) -> list[str]:
    """The plan's own dose, and the usual published one."""
    curve, weight = found.curve, found.weight_kg * 1000
    own = plan.amount(weight).value
    sentences = [f"The plan's own dose, {own:.3g} {found.unit}, {_place(found, own)}."] if curve else []
    if found.usual is None:
        return [*sentences, f"No study in the evidence tells a dose of {plan.kind}."]
    species = list(dict.fromkeys(found.published["species"]))
    n = found.published["source"].nunique()
    place = f"{_place(found, found.usual)}" if curve else "does nothing here either"
    low, high = found.published["per_dose"].min(), found.published["per_dose"].max()
    whose = " and ".join(PLURAL[one] for one in species)
    whose += "" if species == [found.species] else f" (none is told for {PLURAL[found.species]}; by body weight)"
    spread = f"median of {n} sources, {low:.2g} to {high:.2g}" if n > 1 else "one source"
    if found.half is not None and found.half[2] < low:
        sentences.append(
            "No study in the evidence gave as little as the half dose: nobody has seen whether it does so much."
        )
    return [
        *sentences,
        f"The usual published dose of {plan.kind} in {whose}, {found.usual:.2g} {found.unit} ({spread}), {place}.",
    ]


def _place(found: Dosing, dose: float) -> str:
    """Where a dose lies on the curve of the plan's route."""
    curve = found.curve
    assert curve is not None
    share = curve.share(dose)
    if share >= NEAR:
        return f"lies on the plateau ({share:.0%} of the largest effect)"
    if share < HARDLY:
        return f"does hardly anything ({share:.1%} of the largest effect)"
    return f"lies where the effect still rises with the dose ({share:.0%} of the largest effect)"


def _dose(found: Dosing, dose: tuple[float, float, float], plan: Plan) -> str:
    """A dose with its range, and the same in the other units in which such a product is dosed."""
    value, low, high = dose
    product = plan.product
    assert isinstance(product, Product)
    same = [f"{value / found.weight_kg:.2g} {found.unit}/kg"]
    if product.kind == "vesicles" and product.particles_per_ug is not None:
        same.append(f"{plain_number(value / product.particles_per_ug.value)} ug of vesicle protein")
    if product.kind == "vesicles" and product.particles_per_cell is not None:
        same.append(f"what {value / product.particles_per_cell.value:.2g} cells give off")
    if product.kind == "medium" and product.cells_per_mL is not None:
        same.append(f"{plain_number(value / product.cells_per_mL.value)} mL")
    spread = f" ({low:.2g} to {high:.2g} over {found.members} members of the ensemble)" if found.members else ""
    return f"{value:.2g} {found.unit}{spread}: {', '.join(same)}"


def plain_number(value: float) -> str:
    """Two digits or three, without an exponent where there is no need of one.

    >>> plain_number(0.0621), plain_number(254.2), plain_number(3.2e6)
    ('0.062', '254', '3.2e+06')
    """
    return f"{value:.0f}" if 10 <= value < 1e4 else f"{value:.2g}"


def _lines(found: Dosing, plan: Plan, said: Sequence[str]) -> list[str]:
    lines = [
        *said,
        "",
        f"{label(found.output)}: improvement over untreated {when(found.day)}, by {found.unit} "
        f"{'in one dose' if plan.n == 1 else f'in each of {plan.n} doses'}, as {found.reading}",
        _by_dose(found),
        "",
        f"By route, the saturating curve (a dose is in {found.unit}):",
        *(_of_route(name, one) for name, one in found.curves.items()),
        "",
    ]  # fmt: skip
    if len(found.published):
        of_plateau = [f"{share:.0%}" if share == share else "" for share in found.published["share_of_plateau"]]
        shown = found.published.drop(columns=["rows", "source"]).assign(share_of_plateau=of_plateau)
        lines += [
            f"Doses of {plan.kind} that studies gave, for this body weight (published_doses.csv names the rows):",
            plain(shown),
            "",
        ]
    front = found.table[found.table["front"]].sort_values("total")
    lines.append(f"Front of benefit against material ({len(front)} designs):")
    lines += [
        f"  {row['benefit']:>7.1%} from {row['total']:>9.3g} {found.unit} in all: {row['doses']} x "
        f"{row['per_dose']:.3g} every {row['interval_d']:.3g} d, {row['route']}"
        for row in front.to_dict("records")[:: max(1, len(front) // SHOWN)]
    ]
    risk = "in the table" if plan.kind == "cells" else f"no estimate for {plan.kind}"
    return [*lines, f"Risk of plugged lung vessels: {risk}.", *ensemble.notes()]


def _by_dose(found: Dosing) -> str:
    """Improvement by dose and route; of the plan's own route also as counted, with the share that it does not reach."""
    curve = found.table[found.table["part"] == "curve"]
    wide = curve.pivot_table(index="per_dose", columns="route", values="benefit", sort=False)
    shown = wide.map("{:.1%}".format)
    if "benefit_counted" in curve:
        own = curve[curve["route"] == found.route].set_index("per_dose")
        shown[f"{found.route}, counted"] = own["benefit_counted"].map("{:.1%}".format)
        shown["unexplained share"] = own["unexplained_share"].map(share_in_words)
    return shown.sort_index().rename_axis(index=None, columns=None).rename(index="{:.3g}".format).to_string()


def _of_route(name: str, curve: Saturation | None) -> str:
    if curve is None:
        return f"  {name:<16} no effect"
    near = curve.dose(NEAR)
    reached = f"{near:.2g}" if near <= curve.largest else f"above {curve.largest:.2g}, the largest dose looked at"
    return f"  {name:<16} plateau {curve.top:.1%}; half of it at {curve.half:.2g}; within 10 % of it from {reached}"
