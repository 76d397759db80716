"""`lobule compare`: scenarios side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.errors import InputError
from lobule.explore import compare as side_by_side
from lobule.explore.comparison import Comparison
from lobule.explore.pairs import APART, CARRIED, DIRECTION, SAME, VERDICTS
from lobule.files.scenario import read_scenario, run_scenario
from lobule.model.labels import label
from lobule.progress import say
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.simulation.effect import NONE, meaning, sentence
from lobule.simulation.reading import UNEXPLAINED
from lobule.simulation.run import Run
from lobule.simulation.told import not_given, of_products


def compare(*scenarios: Path, reading: str | None = None, members: int = ensemble.THIN) -> Answer:
    """Simulate two scenario files or more, each over its own untreated twin.

    Parameters
    ----------
    reading : "published" or "counted", in place of the scenarios' own
    members : of the ensemble, over which the differences of pairs are told

    Raises
    ------
    InputError : the files, fewer than two, one that is named twice, or one without a plan.
    """
    read = [(path, read_scenario(path).in_reading(reading)) for path in scenarios]
    runs: dict[str, Run] = {}
    names = _named([(path, scenario.title) for path, scenario in read])
    for name, (_, scenario) in zip(names, read, strict=True):
        say("scenarios", len(runs), len(read))
        runs[name] = run_scenario(scenario)
    say(f"differences over {members} members")
    found = side_by_side(runs, members=members)
    title = "Scenarios side by side"
    missed = [f"{name}: {sentence}" for name, run in runs.items() for sentence in not_given(run.record)]
    return Answer(
        title=title,
        said=" ".join([_said(found), *missed]),
        text="\n".join([*_lines(found), *missed]),
        data={"which": found.which(), "scenarios": records(found.table), "pairs": records(found.pairs),
              "over_time": records(found.over_time)},
        record=record_of("compare", title, scenarios, {"reading": reading, "members": members}),
        tables={
            "comparison": Table(found.table, "one row a scenario and output: treated, untreated, their ratio, and its "
                                "range over what the unit of the dose leaves open; the ratio as counted, and the share "
                                "of the effect that it does not reach"),
            "over_time": Table(found.over_time, "one row a scenario and enzyme: peak and area under the curve from the "
                               "first dose to its end, treated over untreated"),
            "pairs": Table(found.pairs, "one row a pair and output: the difference of treated over untreated with its "
                           "range over the ensemble, and whether the evidence can carry it"),
        },
        pictures={
            "comparison": Picture(found.plot, "change of treated over untreated, a bar a scenario, with the same as "
                                  "counted"),
            **({"pairs": Picture(found.plot_pairs, "differences of pairs, coloured by what can be said of each")}
               if found.pairs["difference"].notna().any() else {}),
        },
    )  # fmt: skip


def _said(found: Comparison) -> str:
    """Which one; and the effect on the first output that any scenario changes clearly, scenario by scenario."""
    return " ".join([found.which(), *_first(found)])


def _first(found: Comparison) -> list[str]:
    output = found.leading
    rows = found.table[found.table["output"] == output].to_dict("records")
    said = []
    for row in rows:
        counted, share = row["counted_ratio"], row["unexplained_share"]
        bounds = (row["low"], row["high"]) if row["low"] == row["low"] else None
        said.append(
            sentence(
                f"{row['scenario']}: {label(output)}", f"on day {row['day']:g}", row["ratio"], row["reading"],
                bounds=bounds, counted=counted if counted == counted else None, share=share if share == share else None,
            )
        )  # fmt: skip
    return [*said, *meaning(*(row["unexplained_share"] for row in rows))]


def _lines(found: Comparison) -> list[str]:
    alike = [sentence for run in found.runs.values() for sentence in of_products(run.record)]
    lines = [found.which(), *dict.fromkeys(alike), *_first(found), ""]
    lines += _of_days(found)
    of = f", as {found.table['reading'].iloc[0]}" if found.table["reading"].nunique() == 1 else ""
    lines += [f"Treated over untreated at the end of each scenario{of}:", _wide(found, "ratio", ".3f")]
    if found.table["counted_ratio"].notna().any():
        lines += ["", "The same as counted:", _wide(found, "counted_ratio", ".3f")]
        shares = _wide(found, "unexplained_share", ".0%", NONE, "counted_ratio")
        lines += ["", f"Share of the effect with {UNEXPLAINED}:", shares]
    return [*lines, "", *_courses(found), "", *_of_pairs(found), *ensemble.notes()]


def _of_days(found: Comparison) -> list[str]:
    """That scenarios end on different days, and what they show on a day that all reach."""
    days = sorted(set(found.table["day"]))
    if len(days) == 1:
        return []
    told = f"The scenarios end on different days ({', '.join(f'{day:g}' for day in days)})"
    common = found.table["common_day"].iloc[0]
    if common != common:
        return [f"{told}, and there is no day that all reach after their first dose: they differ in time as well."]
    return [
        f"{told}. Treated over untreated on day {common:g}, the last that all reach after their first dose:",
        _wide(found, "common_ratio", ".3f"),
        "",
    ]


def _courses(found: Comparison) -> list[str]:
    """Peaks and areas, which a last day does not show."""
    rows = [
        {
            "": row["scenario"], "of": label(row["output"]), "days": f"{row['from_day']:.3g} to {row['to_day']:.4g}",
            "peak": f"{row['peak']:.3g} {row['unit']}", "untreated": f"{row['untreated_peak']:.3g} {row['unit']}",
            "peak, ratio": row["peak_ratio"], "area, ratio": row["area_ratio"], "last day, ratio": row["last_ratio"],
        }
        for row in found.over_time.to_dict("records")
    ]  # fmt: skip
    head = "From the first dose to the end of each scenario, treated over untreated (area: under the curve):"
    return [head, plain(pd.DataFrame(rows), ".3f")] if rows else []


def _wide(found: Comparison, column: str, form: str, nothing: str = "", needs: str = "") -> str:
    """A row a scenario, a column an output; a missing value is `nothing`, or empty where `needs` is missing too."""
    known = found.table[needs or column].notna()
    told = [format(value, form) if value == value else nothing if here else ""
            for value, here in zip(found.table[column], known, strict=True)]  # fmt: skip
    shown = found.table.assign(told=told).pivot(index="scenario", columns="output", values="told")
    shown = shown.loc[list(dict.fromkeys(found.table["scenario"])), list(dict.fromkeys(found.table["output"]))]
    return shown.rename(columns=label).rename_axis(index=None, columns=None).to_string()


def _of_pairs(found: Comparison) -> list[str]:
    """Each pair: what tells it apart, and its differences by what can be said of them."""
    members = int(found.pairs["members"].max())
    over = f", with 5 to 95 % of {members} members of the ensemble, in whom the numbers of the products vary too" * (
        members > 0
    )
    lines = [
        f"Differences on the last day that both reach, in points of untreated{over} ({DIRECTION}: sources tell which "
        "way, not how much):"
    ]
    for (first, second), rows in found.pairs.groupby(["first", "second"], sort=False):
        day = rows["day"].iloc[0]
        lines.append(f"{second} less {first}{f', on day {day:g}' if day == day else ''}; {rows['differ_in'].iloc[0]}")
        if set(rows["verdict"]) == {APART}:
            lines.append(f"  {APART}: {rows['why'].iloc[0]}")
            continue
        if set(rows["verdict"]) == {SAME}:
            why = rows["why"].iloc[0]
            lines.append(f"  {SAME} in every output" + ("" if why in rows["differ_in"].iloc[0] else f": {why}"))
            continue
        for word in VERDICTS:
            told = [_difference(row) for row in rows[rows["verdict"] == word].to_dict("records")]
            direction = f" {DIRECTION}" if word == CARRIED and rows["why"].str.endswith(DIRECTION).any() else ""
            lines += [f"  {word}{direction}: {', '.join(told)}"] if told else []
    return lines


def _difference(row: dict[Any, Any]) -> str:
    value, low, high = (f"{100 * row[name]:+.1f}" for name in ("difference", "low", "high"))
    return f"{label(row['output'])} {value} ({low} to {high})"


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
