"""`lobule sensitivity`: which parameters move an untreated subject, or the effect of a plan, most."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.errors import InputError
from lobule.explore import global_sensitivity
from lobule.files.scenario import read_scenario
from lobule.model.labels import label
from lobule.quantities import amount
from lobule.report.records import records

SHOWN = 20  # parameters that the terminal lists


def sensitivity(
    scenario: Path, *, effect: bool = False, trajectories: int = 10, seed: int = 1, reading: str | None = None
) -> Answer:
    """Rank the parameters for the subject of a scenario at its end (Morris screening).

    Parameters
    ----------
    effect : rank what the effect of the scenario's plan depends on, in place of the untreated subject
    reading : of an effect, "published" or "counted", in place of the scenario's own

    Raises
    ------
    InputError : the file, an effect of a scenario without a plan, or what `lobule.explore.global_sensitivity` refuses.
    """
    if reading is not None and not effect:
        raise InputError("an untreated subject has no reading; ask for --effect, or leave --reading out", ["reading"])
    read = read_scenario(scenario).in_reading(reading)
    plan = read.therapy() if effect else None
    if effect and not plan:
        raise InputError(f"{Path(scenario).name} has no plan, so that there is no effect to rank")
    found = global_sensitivity(
        read.who(), amount(read.until, "time"), trajectories=trajectories, seed=seed, plan=plan, reading=read.reading
    )
    runs = f"{found.runs} runs, {found.failed} of them failed"
    top = found.table.head(5).to_dict("records")
    first = ", ".join(f"{row['parameter']} (on {label(row['output'])})" for row in top)
    of = "What the effect of the plan depends on" if effect else "What moves the outputs, untreated"
    title = f"{of}: {read.title or Path(scenario).stem}"
    ratios = ", ".join(f"{label(name)} {ratio:.2f}" for name, ratio in found.effects.items())
    lead = [
        f"Treated over untreated, as {read.reading}: {ratios}.",
        "Numbers are the change of an effect (logarithm of that ratio) as a share of it: 1 is as large as the effect.",
    ]
    table = found.table.rename(columns={name: label(name) for name in found.outputs})
    table = table.assign(output=[label(name) for name in table["output"]])
    kind = "change of the effect, as a share of it" if effect else "mean absolute elementary effect on the logarithm"
    return Answer(
        title=title,
        said=f"The most influential parameters are {first}. {runs}.",
        text="\n".join([*(lead if effect else []), plain(table.head(SHOWN), ".3f"), runs]),
        data={"ranking": records(found.table), "effects": found.effects, "runs": found.runs, "failed": found.failed},
        record=record_of("sensitivity", title, [scenario], {"effect": effect, "trajectories": trajectories,
                                                          "reading": read.reading if effect else None}, seed),
        tables={"influence": Table(found.table, f"one row a parameter: {kind} of each output; the most influential "
                                   "first", 5)},
        pictures={"influence": Picture(found.plot, "the most influential parameters, a dot an output")},
    )  # fmt: skip
