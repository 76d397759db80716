"""`lobule biodistribution`: the share of a dose in each organ, as a tracer study would find it."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.one_product import one_product
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.files.scenario import read_scenario
from lobule.report.records import records
from lobule.simulation.biodistribution import LABELS
from lobule.simulation.biodistribution import biodistribution as trace


def biodistribution(scenario: Path, *, label: str = "intact") -> Answer:
    """Trace one dose of the one product of a scenario.

    Raises
    ------
    InputError : the file, a plan of several parts, or an unknown label.
    """
    read = read_scenario(scenario)
    table = trace(read.who(), one_product(read.therapy()), label)
    known = LABELS[label]
    title = f"Share of the dose, label: {known.title} ({known.grade} {known.source})"
    text = f"{title}\n{plain(table, '.1%')}"
    return Answer(title, title, text, records(table), record_of("biodistribution", title, [scenario], {"label": label}))
