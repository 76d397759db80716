"""`lobule synergy`: do two parts of a plan add up?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.errors import InputError
from lobule.explore import synergy as together
from lobule.files.scenario import read_scenario
from lobule.quantities import amount
from lobule.simulation import ensemble
from lobule.simulation.reading import MEANING


def synergy(scenario: Path, *, output: str = "collagen_proportionate_area", reading: str | None = None) -> Answer:
    """One verdict on the two parts of a scenario's plan, by the yardstick that fits them.

    Parameters
    ----------
    reading : "published" or "counted", in place of the scenario's own

    Raises
    ------
    InputError : the file, a plan that has not two parts, or an unknown output.
    """
    read = read_scenario(scenario).in_reading(reading)
    parts = read.therapy()
    if len(parts) != 2:
        raise InputError(f"{Path(scenario).name}: synergy is of two parts; this plan has {len(parts)}")
    members = min(ensemble.THIN, ensemble.size())
    found = together(
        read.who(), parts[0], parts[1], amount(read.until, "time"), output, members=members, reading=read.reading
    )
    title = f"{parts[0].name} and {parts[1].name}"
    of = f"As {read.reading}: {MEANING[read.reading]}."
    said = " ".join([*str(found).split(), of])
    record = record_of("synergy", title, [scenario], {"output": output, "reading": read.reading})
    text = "\n".join([title, of, str(found), *ensemble.notes()])
    return Answer(title, said, text, {"reading": read.reading, **asdict(found)}, record)
