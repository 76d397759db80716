"""Ask the model: what matters, how much to give, what adds up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lobule.cli import progress
from lobule.cli.app import THERAPY, Json, Out, Seed, app, within
from lobule.cli.places import results
from lobule.cli.printing import print_json
from lobule.errors import InputError
from lobule.progress import say
from lobule.report.records import records

if TYPE_CHECKING:
    from lobule.simulation.run import Run
    from lobule.therapy import Part, Plan


@app.command(rich_help_panel=THERAPY)
def sensitivity(
    scenario: Annotated[Path, typer.Argument(help="Scenario file; its subject is ranked untreated, at its end.")],
    out: Out = None,
    trajectories: Annotated[
        int, typer.Option(callback=within(2, 10_000), help="Morris trajectories; each costs a run a parameter.")
    ] = 10,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Rank the parameters by their influence on six clinical outputs (Morris screening, SALib)."""
    from lobule.explore import global_sensitivity
    from lobule.files.scenario import read_scenario
    from lobule.quantities import amount

    read = read_scenario(scenario)
    with results(out, "sensitivity", scenario) as folder:
        found = global_sensitivity(read.who(), amount(read.until, "time"), trajectories=trajectories, seed=seed)
        found.save(folder)
    if json:
        print_json({"ranking": records(found.table), "runs": found.runs, "failed": found.failed})
        return
    print(found.table.head(20).to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    print(f"{found.runs} runs, {found.failed} of them failed; table and picture: {folder}/")


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
    out: Out = None,
    json: Json = False,
) -> None:
    """Say which component of the cargo does it: exact Shapley shares, what is lost without it, ranges, and a chart."""
    from dataclasses import replace

    from lobule.explore import attribute
    from lobule.files.scenario import read_scenario
    from lobule.quantities import amount
    from lobule.therapy import Plan
    from lobule.therapy import products as library

    if len(files) > 2:
        raise InputError(f"cargo takes a scenario, or a product and a scenario, not {len(files)} files")
    read = read_scenario(files[-1])
    parts = read.therapy()
    if len(files) == 2:
        swapped = library[files[0]]
        parts = [replace(p, product=swapped) if isinstance(p, Plan) else p for p in parts]
    end = amount(read.until, "time")
    if day is not None and day > end:
        raise InputError(f"--day {day:g} lies after the end of the scenario, which runs until {read.until}")
    with results(out, "cargo", *files) as folder:
        found = attribute(read.who(), parts, end if day is None else day, draws=draws, seed=seed)
        found.save(folder)
    if json:
        print_json({"shares": records(found.table), "total": found.total, "runs": found.runs})
        return
    for output, rows in found.table.groupby("output", sort=False):
        print(f"{output}: {found.total[str(output)]:+.1%} over untreated")
        for row in rows.to_dict("records"):
            spread = (
                f"{row['share_low']:+.1%} to {row['share_high']:+.1%}" if row["share_low"] == row["share_low"] else ""
            )
            note = "negligible" if row["negligible"] else f"without it {row['lost_without']:.0%} of the effect is lost"
            print(f"  {row['component']:<22} {row['share']:>+7.1%} {spread:<18} {note}")
    print(f"{found.runs} runs; table and chart: {folder}/")


@app.command(rich_help_panel=THERAPY)
def dose(
    scenario: Annotated[Path, typer.Argument(help="Scenario file with one product.")],
    output: Annotated[str, typer.Option(help="What should improve.")] = "collagen_proportionate_area",
    route: Annotated[list[str] | None, typer.Option(help="A route to compare; again for more.")] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Vary dose, interval and route: curves, a surface, the smallest effective dose, and benefit against material."""
    from lobule.explore import explore_doses
    from lobule.files.scenario import read_scenario
    from lobule.quantities import amount

    read = read_scenario(scenario)
    plan = _only_plan(read.therapy())
    with results(out, "dose", scenario) as folder:
        found = explore_doses(read.who(), plan, amount(read.until, "time"), output=output, routes=route or None)
        found.save(folder)
    if json:
        print_json({"designs": records(found.table), "smallest_effective_multiple": found.smallest})
        return
    own = plan.amount(read.who().body_weight_g)
    print(f"{output}: improvement over untreated on day {found.day:g}, by {found.unit} in each of {plan.n} doses")
    for name, rows in found.table[found.table["part"] == "curve"].groupby("route", sort=False):
        print(f"  {name}")
        for row in rows.to_dict("records"):
            print(f"    {row['per_dose']:>9.3g} {found.unit}   {row['benefit']:>7.1%}")
        least = found.smallest[str(name)]
        half = f"{least * own.value:.3g} {found.unit}" if least else "outside the doses looked at"
        print(f"    half of the largest improvement: {half}")
    front = found.table[found.table["front"]].sort_values("total")
    print(f"  front of benefit against material ({len(front)} designs):")
    for row in front.to_dict("records")[:: max(1, len(front) // 8)]:
        print(f"    {row['benefit']:>7.1%} from {row['total']:>9.3g} {found.unit} in all: {row['doses']} x "
              f"{row['per_dose']:.3g} every {row['interval_d']:.3g} d, {row['route']}")  # fmt: skip
    print(
        f"Risk of plugged lung vessels: {'in the table' if plan.kind == 'cells' else 'no estimate for ' + plan.kind}."
    )
    print(f"Table and picture: {folder}/")


@app.command(rich_help_panel=THERAPY)
def compare(
    scenarios: Annotated[list[Path], typer.Argument(help="Two or more scenario files.")],
    out: Out = None,
    json: Json = False,
) -> None:
    """Put scenarios side by side: cells, vesicles, medium, engineered, targeted, combined, standard care."""
    from lobule.explore import compare as side_by_side
    from lobule.files.scenario import read_scenario, run_scenario

    read = [(path, read_scenario(path)) for path in scenarios]
    names = _named([(path, scenario.title) for path, scenario in read])
    runs: dict[str, Run] = {}
    with results(out, "compare", *scenarios) as folder:
        for name, (_, scenario) in zip(names, read, strict=True):
            say("scenarios", len(runs), len(read))
            runs[name] = run_scenario(scenario)
        found = side_by_side(runs)
        found.save(folder)
    if json:
        print_json(records(found.table))
        return
    days = sorted(set(found.table["day"]))
    if len(days) > 1:
        print(
            f"The scenarios end on different days ({', '.join(f'{d:g}' for d in days)}); each is read at its own end."
        )
    table = found.table.pivot(index="scenario", columns="output", values="ratio")
    print("Treated over untreated at the end of each scenario:")
    print(table[list(dict.fromkeys(found.table["output"]))].to_string(float_format=lambda v: f"{v:.3f}"))
    print(f"Table and picture: {folder}/")


@app.command(rich_help_panel=THERAPY)
def synergy(
    scenario: Annotated[Path, typer.Argument(help="Scenario file whose plan has two parts.")],
    output: Annotated[str, typer.Option(help="What should improve.")] = "collagen_proportionate_area",
    json: Json = False,
) -> None:
    """Say whether two parts of a plan add up: Bliss independence and Loewe additivity."""
    from dataclasses import asdict

    from lobule.explore import synergy as together
    from lobule.files.scenario import read_scenario
    from lobule.quantities import amount

    read = read_scenario(scenario)
    parts = read.therapy()
    if len(parts) != 2:
        raise InputError(f"{scenario.name}: synergy is of two parts; this plan has {len(parts)}")
    with progress.shown():
        found = together(read.who(), parts[0], parts[1], amount(read.until, "time"), output)
    if json:
        print_json(asdict(found))
        return
    print(f"{parts[0].name} and {parts[1].name}")
    print(found)


@app.command(rich_help_panel=THERAPY)
def group(
    scenario: Annotated[Path, typer.Argument(help="Scenario file of an animal with a plan.")],
    animals: Annotated[
        int, typer.Option("--animals", "-n", callback=within(2, 1000), help="Animals of each group.")
    ] = 8,
    seed: Seed = 1,
    out: Out = None,
    json: Json = False,
) -> None:
    """Treat a group of different animals beside an untreated group: means, spread and p-values on the last day."""
    from lobule.explore import compare_groups
    from lobule.files.scenario import read_scenario
    from lobule.patient import Animal

    read = read_scenario(scenario)
    who = read.who()
    if not isinstance(who, Animal):
        raise InputError(f"{scenario.name}: a group is of animals; for people draw a cohort (lobule cohort)")
    with results(out, "group", scenario) as folder:
        found = compare_groups(who, read.therapy(), read.until, animals, seed)
        found.save(folder)
    if json:
        print_json(records(found.table))
        return
    print(found.table.to_string(index=False, float_format=lambda v: f"{v:.3g}"))
    print("Animals differ by patient/animal_variation.csv (assumed); error of measurement is not added.")
    print(f"Animals, summary and picture: {folder}/")


@app.command(rich_help_panel=THERAPY)
def biodistribution(
    scenario: Annotated[Path, typer.Argument(help="Scenario file with one dose of one product.")],
    label: Annotated[
        str, typer.Option(help="intact, luciferase, dye, iodine, cargo RNA, indium, viable cells")
    ] = "intact",
    json: Json = False,
) -> None:
    """Print the share of a dose in each organ, as a tracer study with that label would find it."""
    from lobule.files.scenario import read_scenario
    from lobule.simulation.biodistribution import LABELS
    from lobule.simulation.biodistribution import biodistribution as trace

    read = read_scenario(scenario)
    with progress.shown():
        table = trace(read.who(), _only_plan(read.therapy()), label)
    if json:
        print_json(records(table))
        return
    print(f"Share of the dose, label: {LABELS[label].title} ({LABELS[label].grade} {LABELS[label].source})")
    print(table.to_string(index=False, float_format=lambda v: f"{v:.1%}"))


def _named(scenarios: list[tuple[Path, str]]) -> list[str]:
    """A name for each scenario: its title, with the file's name where two have the same title."""
    if len(scenarios) < 2:
        raise InputError("a comparison needs two scenario files or more")
    paths = [path.resolve() for path, _ in scenarios]
    twice = next((path for path, one in zip(scenarios, paths, strict=True) if paths.count(one) > 1), None)
    if twice is not None:
        raise InputError(f"{twice[0]} is named twice; a comparison needs different scenarios")
    titles = [title or path.stem for path, title in scenarios]
    files = [path.name for path, _ in scenarios]
    return [
        title if titles.count(title) == 1 else f"{title} ({path.name if files.count(path.name) == 1 else path})"
        for title, (path, _) in zip(titles, scenarios, strict=True)
    ]


def _only_plan(parts: list[Part]) -> Plan:
    """The one product of a plan."""
    from lobule.therapy import Plan

    if len(parts) != 1 or not isinstance(parts[0], Plan):
        raise InputError("the plan must be one product; leave other parts out")
    return parts[0]
