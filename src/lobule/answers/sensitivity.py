"""`lobule sensitivity`: which parameters move the clinical outputs of an untreated subject most."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.explore import global_sensitivity
from lobule.files.scenario import read_scenario
from lobule.quantities import amount
from lobule.report.records import records

SHOWN = 20  # parameters that the terminal lists


def sensitivity(scenario: Path, *, trajectories: int = 10, seed: int = 1) -> Answer:
    """Rank the parameters for the subject of a scenario, untreated, at its end (Morris screening).

    Raises
    ------
    InputError : the file, or what `lobule.explore.global_sensitivity` refuses.
    """
    read = read_scenario(scenario)
    found = global_sensitivity(read.who(), amount(read.until, "time"), trajectories=trajectories, seed=seed)
    runs = f"{found.runs} runs, {found.failed} of them failed"
    first = ", ".join(f"{row['parameter']} (on {row['output']})" for row in found.table.head(5).to_dict("records"))
    title = f"What moves the outputs: {read.title or Path(scenario).stem}, untreated"
    return Answer(
        title=title,
        said=f"The most influential parameters are {first}. {runs}.",
        text=f"{plain(found.table.head(SHOWN), '.3f')}\n{runs}",
        data={"ranking": records(found.table), "runs": found.runs, "failed": found.failed},
        record=record_of("sensitivity", title, [scenario], {"trajectories": trajectories}, seed),
        tables={"influence": Table(found.table, "one row a parameter: mean absolute elementary effect on the "
                                   "logarithm of each output; the most influential first", 5)},
        pictures={"influence": Picture(found.plot, "the most influential parameters, a dot an output")},
    )  # fmt: skip
