"""Ask the model: what matters, how much to give, what adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.bounds import MOST
from lobule.cli.applications import THERAPY, Formats, Json, Out, Reading, Seed, app, within
from lobule.cli.show import answered, ask, told


@app.command(rich_help_panel=THERAPY)
def sensitivity(
    scenario: Annotated[Path, typer.Argument(help="Scenario file; its subject is ranked untreated, at its end.")],
    effect: Annotated[
        bool, typer.Option("--effect", help="Rank what the effect of its plan depends on, not the untreated subject.")
    ] = False,
    out: Out = None,
    trajectories: Annotated[
        int, typer.Option(callback=within(2, 10_000), help="Morris trajectories; each costs a run a parameter.")
    ] = 10,
    seed: Seed = 1,
    reading: Reading = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    """Rank the parameters by their influence on six outputs, or on the plan's effect on them (Morris, SALib)."""
    work = ask("sensitivity", scenario, effect=effect, trajectories=trajectories, seed=seed, reading=reading)
    answered(work, "sensitivity", scenario, out=out, formats=formats, json=json)


@app.command(rich_help_panel=THERAPY)
def cargo(
    files: Annotated[
        list[str],
        typer.Argument(
            help="[PRODUCT] SCENARIO: a scenario file; before it, a product (name or file) in place of its own."
        ),
    ],
    day: Annotated[
        float | None,
        typer.Option(callback=within(0, above=True), help="Day of the run that is read; its last when left out."),
    ] = None,
    draws: Annotated[
        int, typer.Option(callback=within(0, 10_000), help="Draws of the cargo's parameters for the ranges; 0: none.")
    ] = 8,
    seed: Seed = 1,
    reading: Reading = None,
    out: Out = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    """Say which component of the cargo does it: exact Shapley shares, what is lost without it, ranges, and a chart."""
    work = ask("cargo", *files, day=day, draws=draws, seed=seed, reading=reading)
    answered(work, "cargo", *files, out=out, formats=formats, json=json)


@app.command(rich_help_panel=THERAPY)
def dose(
    scenario: Annotated[Path, typer.Argument(help="Scenario file with one product.")],
    output: Annotated[str, typer.Option(help="What should improve.")] = "collagen_proportionate_area",
    route: Annotated[list[str] | None, typer.Option(help="A route to compare; again for more.")] = None,
    reading: Reading = None,
    out: Out = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    """Vary dose, interval and route: curves, a surface, the smallest effective dose, and benefit against material."""
    work = ask("dose", scenario, output=output, route=route, reading=reading)
    answered(work, "dose", scenario, out=out, formats=formats, json=json)


@app.command(rich_help_panel=THERAPY)
def compare(
    scenarios: Annotated[list[Path], typer.Argument(help="Two or more scenario files.")],
    reading: Reading = None,
    members: Annotated[
        int, typer.Option(callback=within(1, MOST), help="Members of the ensemble, over whom differences are told.")
    ] = 32,
    out: Out = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    """Put scenarios side by side, and say of each difference whether the evidence can carry it.

    The first line answers which one. A difference is of treated over untreated, member by member, and gets one of three
    words: carried by evidence, same for want of data, within what the calibration leaves open.
    """
    work = ask("compare", *scenarios, reading=reading, members=members)
    answered(work, "compare", *scenarios, out=out, formats=formats, json=json)


@app.command(rich_help_panel=THERAPY)
def synergy(
    scenario: Annotated[Path, typer.Argument(help="Scenario file whose plan has two parts.")],
    output: Annotated[str, typer.Option(help="What should improve.")] = "collagen_proportionate_area",
    reading: Reading = None,
    json: Json = False,
) -> None:
    """Say whether two parts of a plan add up: Bliss independence and Loewe additivity."""
    told(ask("synergy", scenario, output=output, reading=reading), json)


@app.command(rich_help_panel=THERAPY)
def group(
    scenario: Annotated[Path, typer.Argument(help="Scenario file of an animal with a plan.")],
    animals: Annotated[
        int, typer.Option("--animals", "-n", callback=within(2, 1000), help="Animals of each group.")
    ] = 8,
    seed: Seed = 1,
    reading: Reading = None,
    out: Out = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    """Treat a group of different animals beside an untreated group: means, spread and p-values on the last day."""
    work = ask("group", scenario, animals=animals, seed=seed, reading=reading)
    answered(work, "group", scenario, out=out, formats=formats, json=json)


@app.command(rich_help_panel=THERAPY)
def biodistribution(
    scenario: Annotated[Path | None, typer.Argument(help="Scenario file with one dose of one product.")] = None,
    label: Annotated[
        str, typer.Option(help="intact, luciferase, dye, iodine, cargo RNA, indium, viable cells")
    ] = "intact",
    published: Annotated[
        bool, typer.Option("--published", help="Every published figure beside the prediction, instead.")
    ] = False,
    json: Json = False,
) -> None:
    """Print the share of a dose in each organ, as a tracer study with that label would find it.

    With --published: every figure of the evidence on where vesicles and cells go, by label, species, route and time,
    beside what the model says, as fold and whether it lies in the published range.
    """
    told(ask("biodistribution", scenario, label=label, published=published), json)
