"""The report of a trial: what its page tells, with methods, sources and how it is made again."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.content import Content
from lobule.answers.record import Record
from lobule.answers.whole.story import report_page
from lobule.keeping.record import read_record
from lobule.report.trial import body
from lobule.simulation.program import INTENDED_USE
from lobule.trial.folder import RECORD
from lobule.trial.story import story
from lobule.trial.trial import Trial


def trial_report(folder: Path) -> str:
    """The report of a finished trial; raises ResultsError where it is none, is not finished or was edited."""
    found = Trial.open(folder)
    kept = read_record(folder / RECORD)
    told = story(found, found.search, kept)
    design = found.design
    record = Record.model_validate({
        "command": "trial",
        "title": told["title"],
        "intended_use": f"Simulated data. {INTENDED_USE}",
        "options": {"replicates": design.replicates, "members": design.members, "reading": design.reading},
        "versions": kept["versions"],
        "inputs": [{"file": f"{found.name}.yaml", "sha256": None}],
        "design": design.model_dump(mode="json", exclude_defaults=True),
    })  # fmt: skip
    answer = Content(told["title"], " ".join(told["headline"]), "", None, record)
    outputs = [one.output for one in design.endpoints if one.output]
    return report_page(answer, [], folder, body(told), outputs)
