"""`lobule group`: a group of different animals, treated, beside an untreated one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.errors import InputError
from lobule.explore import GroupComparison, compare_groups
from lobule.files.scenario import read_scenario
from lobule.model.labels import label
from lobule.patient import Animal
from lobule.report.records import records
from lobule.simulation.effect import CLEAR as SEEN
from lobule.simulation.effect import meaning, sentence
from lobule.simulation.reading import share_in_words
from lobule.statistics.power import MOST

CLEAR = 0.05  # p-value below which a difference is told as one
MEANS = ("untreated_mean", "untreated_sd", "treated_mean", "treated_sd", "ratio", "p_value")
SURE = 0.8  # power from which groups are said to show a difference


def group(scenario: Path, *, animals: int = 8, seed: int = 1, reading: str | None = None) -> Answer:
    """Treat a group of different animals.

    Parameters
    ----------
    animals : of each group
    reading : "published" or "counted", in place of the scenario's own

    Raises
    ------
    InputError : the file, a patient's scenario, or what `lobule.explore.compare_groups` refuses.
    """
    read = read_scenario(scenario).in_reading(reading)
    who = read.who()
    if not isinstance(who, Animal):
        raise InputError(f"{Path(scenario).name}: a group is of animals; for people draw a cohort (lobule cohort)")
    found = compare_groups(who, read.therapy(), read.until, animals, seed, reading=read.reading)
    title = f"{animals} animals a group: {read.title or Path(scenario).stem}"
    first = _of_the_reading(found, read.until)
    said = " ".join([*first, _said(found)])
    return Answer(
        title=title,
        said=said,
        text="\n".join([*first, _said(found), "", *_lines(found)]),
        data=records(found.table),
        record=record_of("group", title, [scenario], {"animals": animals, "reading": read.reading}, seed),
        tables={"group": Table(found.animals, "one row an animal: group, and each output as measured on the last day"),
                "group_summary": Table(found.table, "one row an output: means, standard deviations, ratio, p-value "
                                       "(Welch, logarithms); spread between animals and of measurement, power, size; "
                                       "reading, and the expected effect as counted with its unexplained share")},
        pictures={"group": Picture(found.plot, "a dot an animal, a line the mean")},
    )  # fmt: skip


def _of_the_reading(found: GroupComparison, until: str) -> list[str]:
    """The expected effect on the first output that is changed clearly, in both readings where they are there."""
    rows = found.table.to_dict("records")
    clear = [row for row in rows if abs(row["expected_ratio"] - 1) >= SEEN]
    if not clear:
        return [f"No effect is expected, as {rows[0]['reading']} (no output differs by {100 * SEEN:.0f} %)."]
    row, share = clear[0], clear[0].get("unexplained_share", float("nan"))
    said = sentence(
        label(row["output"]), f"expected after {until}", row["expected_ratio"], row["reading"],
        counted=row.get("counted_ratio"), share=share if share == share else None,
    )  # fmt: skip
    return [said, *meaning(share)]


def _said(found: GroupComparison) -> str:
    """What these groups show, and what groups of this size may be expected to show."""
    clear = found.table[found.table["p_value"] < CLEAR]
    told = ", ".join(f"{label(row['output'])} ({row['ratio']:.2f} times)" for row in clear.to_dict("records"))
    sure = ", ".join(label(name) for name in found.table.loc[found.table["power"] >= SURE, "output"])
    n = int(found.table["animals"].iloc[0])
    return (
        f"Treated and untreated animals differ (p below {CLEAR:g}) in {told or 'no output'}. Groups of {n} show with a "
        f"chance of {SURE:.0%} or more: {sure or 'nothing'}."
    )


def _lines(found: GroupComparison) -> list[str]:
    """Means of these groups; then spread, power and size of an experiment."""
    table = found.table.assign(
        output=[label(name) for name in found.table["output"]], unit=found.table["unit"].replace("1", "")
    )
    means = table[
        ["output", "unit", "untreated_mean", "untreated_sd", "treated_mean", "treated_sd", "ratio", "p_value"]
    ]
    between, error, both = (
        [f"{share:.0%}" for share in table[name]] for name in ("between_cv", "measurement_cv", "group_cv")
    )
    expected = pd.DataFrame(
        {
            "output": table["output"], "ratio": table["expected_ratio"], "between animals": between,
            "measurement": error, "together": both, "published": [_range(row) for row in table.to_dict("records")],
            "power": [f"{share:.0%}" for share in table["power"]],
            **_shares(found.table),
            "animals needed": [_needed(number) for number in table["animals_needed"]],
        }
    )  # fmt: skip
    return [
        f"These groups of {int(table['animals'].iloc[0])}, as measured (p of each output by itself):",
        plain(means),
        "",
        f"What to expect, from {found.behind} other animals (SD over mean; animals a group for 80 % power):",
        plain(expected),
        "Between animals: patient/animal_variation.csv and own levels; these, error of measurement and published "
        "ranges, with their rows of evidence: patient/animal_measured.csv.",
    ]


def _shares(table: pd.DataFrame) -> dict[str, list[str]]:
    """Columns of the counted reading, where it stands beside the published one."""
    if "counted_ratio" not in table:
        return {}
    return {
        "counted": [f"{ratio:.3g}" for ratio in table["counted_ratio"]],
        "unexplained": [share_in_words(share) for share in table["unexplained_share"]],
    }


def _range(row: dict[Any, Any]) -> str:
    known = row["published_low"] == row["published_low"] and row["published_low"] is not None
    return f"{row['published_low']:.0%} to {row['published_high']:.0%}" if known else "no table met"


def _needed(number: float | None) -> str:
    return f"{number:.0f}" if number is not None and number == number else f"over {MOST}"
