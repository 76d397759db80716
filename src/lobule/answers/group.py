"""`lobule group`: a group of different animals, treated, beside an untreated one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.errors import InputError
from lobule.explore import compare_groups
from lobule.files.scenario import read_scenario
from lobule.model.labels import label
from lobule.patient import Animal
from lobule.report.records import records

if TYPE_CHECKING:
    import pandas as pd

CLEAR = 0.05  # p-value below which a difference is told as one


def group(scenario: Path, *, animals: int = 8, seed: int = 1) -> Answer:
    """Treat a group of different animals.

    Parameters
    ----------
    animals : of each group

    Raises
    ------
    InputError : the file, a patient's scenario, or what `lobule.explore.compare_groups` refuses.
    """
    read = read_scenario(scenario)
    who = read.who()
    if not isinstance(who, Animal):
        raise InputError(f"{Path(scenario).name}: a group is of animals; for people draw a cohort (lobule cohort)")
    found = compare_groups(who, read.therapy(), read.until, animals, seed)
    clear = found.table[found.table["p_value"] < CLEAR]
    told = ", ".join(f"{label(row['output'])} ({row['ratio']:.2f} times)" for row in clear.to_dict("records"))
    title = f"{animals} animals a group: {read.title or Path(scenario).stem}"
    return Answer(
        title=title,
        said=f"Treated and untreated animals differ (p below {CLEAR:g}) in {told or 'no output'}.",
        text=f"{plain(_read_aloud(found.table))}\n"
        "Animals differ by patient/animal_variation.csv (assumed); error of measurement is not added.",
        data=records(found.table),
        record=record_of("group", title, [scenario], {"animals": animals}, seed),
        tables={"group": Table(found.animals, "one row an animal: group, and each output on the last day"),
                "group_summary": Table(found.table, "one row an output: means, standard deviations, ratio, p-value "
                                       "(Welch, logarithms)")},
        pictures={"group": Picture(found.plot, "a dot an animal, a line the mean")},
    )  # fmt: skip


def _read_aloud(table: pd.DataFrame) -> pd.DataFrame:
    """Outputs as the field writes them; a number without unit has an empty one."""
    return table.assign(output=[label(name) for name in table["output"]], unit=table["unit"].replace("1", ""))
