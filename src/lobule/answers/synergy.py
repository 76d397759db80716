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


def synergy(scenario: Path, *, output: str = "collagen_proportionate_area") -> Answer:
    """Bliss independence and Loewe additivity of the two parts of a scenario's plan.

    Raises
    ------
    InputError : the file, a plan that has not two parts, or an unknown output.
    """
    read = read_scenario(scenario)
    parts = read.therapy()
    if len(parts) != 2:
        raise InputError(f"{Path(scenario).name}: synergy is of two parts; this plan has {len(parts)}")
    found = together(read.who(), parts[0], parts[1], amount(read.until, "time"), output)
    title = f"{parts[0].name} and {parts[1].name}"
    said = " ".join(str(found).split())
    record = record_of("synergy", title, [scenario], {"output": output})
    return Answer(title, said, f"{title}\n{found}", asdict(found), record)
