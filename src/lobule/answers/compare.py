"""`lobule compare`: scenarios side by side."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.errors import InputError
from lobule.explore import compare as side_by_side
from lobule.explore.comparison import Comparison
from lobule.files.scenario import read_scenario, run_scenario
from lobule.model.labels import label
from lobule.progress import say
from lobule.report.records import records
from lobule.simulation.run import Run
from lobule.simulation.told import not_given


def compare(*scenarios: Path) -> Answer:
    """Simulate two scenario files or more, each over its own untreated twin.

    Raises
    ------
    InputError : the files, fewer than two, one that is named twice, or one without a plan.
    """
    read = [(path, read_scenario(path)) for path in scenarios]
    runs: dict[str, Run] = {}
    names = _named([(path, scenario.title) for path, scenario in read])
    for name, (_, scenario) in zip(names, read, strict=True):
        say("scenarios", len(runs), len(read))
        runs[name] = run_scenario(scenario)
    found = side_by_side(runs)
    title = "Scenarios side by side"
    missed = [f"{name}: {sentence}" for name, run in runs.items() for sentence in not_given(run.record)]
    return Answer(
        title=title,
        said=" ".join([_said(found), *missed]),
        text="\n".join([*_lines(found), *missed]),
        data=records(found.table),
        record=record_of("compare", title, scenarios),
        tables={"comparison": Table(found.table, "one row a scenario and output: treated, untreated, their ratio, and "
                                    "its range over what the unit of the dose leaves open")},
        pictures={"comparison": Picture(found.plot, "change of treated over untreated, a bar a scenario")},
    )  # fmt: skip


def _said(found: Comparison) -> str:
    """The ratio of the first output in each scenario."""
    first = found.table[found.table["output"] == found.table["output"].iloc[0]]
    ratios = "; ".join(f"{row['scenario']}: {row['ratio']:.2f}" for row in first.to_dict("records"))
    name = label(first["output"].iloc[0])
    return f"{name[0].upper()}{name[1:]}, treated over untreated: {ratios}."


def _lines(found: Comparison) -> list[str]:
    lines = []
    days = sorted(set(found.table["day"]))
    if len(days) > 1:
        listed = ", ".join(f"{day:g}" for day in days)
        lines.append(f"The scenarios end on different days ({listed}); each is read at its own end.")
    table = found.table.pivot(index="scenario", columns="output", values="ratio")
    ordered = table[list(dict.fromkeys(found.table["output"]))]
    return [
        *lines,
        "Treated over untreated at the end of each scenario:",
        ordered.rename(columns=label)
        .rename_axis(index=None, columns=None)
        .to_string(float_format=lambda v: f"{v:.3f}"),
    ]


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
