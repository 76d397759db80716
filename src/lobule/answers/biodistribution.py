"""`lobule biodistribution`: the share of a dose in each organ, as a tracer study would find it, or has found it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lobule.answers.answer import Answer
from lobule.answers.one_product import one_product
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.errors import InputError
from lobule.files.scenario import read_scenario
from lobule.report.records import records
from lobule.simulation.biodistribution import LABELS
from lobule.simulation.biodistribution import biodistribution as trace

if TYPE_CHECKING:
    import pandas as pd

HEAD = "| row | set | of | what | published | predicted | fold | inside |"


def biodistribution(scenario: Path | None = None, *, label: str = "intact", published: bool = False) -> Answer:
    """Trace one dose of the one product of a scenario; or put every published figure beside the prediction.

    Raises
    ------
    InputError : the file, a plan of several parts, an unknown label, neither a scenario nor `published`, or both.
    """
    if published == (scenario is not None):
        raise InputError("name a scenario file, or ask for --published; one of them")
    if scenario is None:
        return _beside()
    read = read_scenario(scenario)
    table = trace(read.who(), one_product(read.therapy()), label)
    known = LABELS[label]
    title = f"Share of the dose, label: {known.title} ({known.grade} {known.source})"
    text = f"{title}\n{plain(table, '.1%')}"
    return Answer(title, title, text, records(table), record_of("biodistribution", title, [scenario], {"label": label}))


def _beside() -> Answer:
    from lobule.validate.tracers import beside_tracers

    table = beside_tracers()
    title = "Where vesicles and cells go: published figures beside the model's tracer study"
    said = counted(table)
    left = table[table["inside"] == ""]
    text = "\n".join([
        said, "", HEAD, "|---" * HEAD.count(" | ") + "|---|", *(f"| {' | '.join(row)} |" for row in lines(table)), "",
        "Not predicted, and why:", *(f"  {row['row']}: {row['reason']}" for row in left.to_dict("records")),
    ])  # fmt: skip
    return Answer(title, said, text, records(table), record_of("biodistribution", title, options={"published": True}))


def counted(table: pd.DataFrame) -> str:
    """How many of the figures lie in their ranges, by set; of those that were read before they were drawn too."""
    shown = table[table["inside"] != ""]
    parts = []
    for name, rows in shown.groupby("set"):
        right, seen = int((rows["inside"] == "yes").sum()), int(rows["seen"].sum())
        parts.append(f"{name} {right} of {len(rows)} inside ({seen} of them read before they were drawn)")
    folds = shown["fold"].dropna()
    near = int(((folds >= 0.5) & (folds <= 2)).sum())
    return (f"{len(table)} published figures, {len(shown)} predicted: {'; '.join(parts)}. Of {len(folds)} with a fold "
            f"{near} lie within twofold.")  # fmt: skip


def lines(table: pd.DataFrame) -> list[list[str]]:
    """The predicted ones as cells of a table in Markdown; what lies outside is bold."""
    found = []
    for row in table[table["inside"] != ""].to_dict("records"):
        low, high = row["low"], row["high"]
        ranged = f" ({low:.3g} to {high:.3g}{', ' + row['range'] if 'assumed' in row['range'] else ''})"
        unit = f" {row['unit']}" if row["unit"] and row["unit"] != "of the dose" else ""
        predicted = f"{row['predicted']}{unit}"
        found.append(
            [
                row["row"],
                row["set"],
                row["of"],
                row["quantity"],
                f"{row['published']}{unit}{ranged if low == low else ''}",
                predicted if row["inside"] == "yes" else f"**{predicted}**",
                f"{row['fold']:.2f}" if row["fold"] == row["fold"] else "",
                row["inside"],
            ]
        )
    return found
