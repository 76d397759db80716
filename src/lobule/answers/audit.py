"""`lobule audit`: who wrote a results folder, when, from what, with which version, and whether it is as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Table
from lobule.answers.record import record_of
from lobule.arguments import a_path
from lobule.errors import ResultsError
from lobule.keeping import as_path, shown
from lobule.keeping.record import checked_files, read_record
from lobule.keeping.results import RECORD
from lobule.keeping.trail import check_trail
from lobule.simulation.folder import others_in
from lobule.trial.folder import RECORD as OF_A_TRIAL

TITLE = "Trail of a folder"
COLUMNS = ("step", "when_utc", "who", "command", "version", "inputs", "files_sha256", "previous", "checksum")
MEANS = (
    "Each step carries the checksum of the step before it; the last tells the files as they are. Who: the account that "
    "ran the command, or what LOBULE_USER said; lobule does not prove who somebody is, and signs nothing."
)


def audit(folder: str | Path) -> Answer:
    """Check record, files and trail of a results folder.

    Parameters
    ----------
    folder : of any command that writes one

    Raises
    ------
    ResultsError : no results there; record, a file or the trail was changed, and which.
    """
    place = as_path(a_path(folder, "folder"))
    name = OF_A_TRIAL if (place / OF_A_TRIAL).is_file() else RECORD
    record = read_record(place / name)
    if "files" not in record:
        raise ResultsError(f"{shown(place / name)} lists no files: the results are not finished")
    files = [file for file, _ in checked_files(place, record["files"], name)]
    steps = check_trail(place / name, record)
    others = [] if name == OF_A_TRIAL else others_in(place)  # a trial also keeps its blocks and replicates there
    table = pd.DataFrame([_row(k, one) for k, one in enumerate(steps, start=1)], columns=list(COLUMNS))
    said = [f"{shown(place)}: record and {len(files)} files are as they were written."]
    said.append(
        f"{len(steps)} steps, none changed or taken out." if steps else "No trail: an earlier version wrote it."
    )
    said += [f"Also there, not written by lobule: {', '.join(map(shown, others))}."] if others else []
    lines = [
        f"  {row['step']}. {row['when_utc']}  {row['who'] or '(nobody told)'}  lobule {row['version']} "
        f"{row['command']}{'  from ' + row['inputs'] if row['inputs'] else ''}"
        for row in table.to_dict("records")
    ]
    return Answer(
        title=TITLE, said=" ".join([*said, MEANS]), text="\n".join([*said, *lines, MEANS]),
        data={"folder": place.name, "files": len(files), "whole": True, "steps": table.to_dict("records")},
        record=record_of("audit", TITLE, [place.name]), tables={"trail": Table(table, "one row a step")},
    )  # fmt: skip


def _row(number: int, step: dict[str, Any]) -> dict[str, Any]:
    inputs = "; ".join(f"{one['file']} ({(one['sha256'] or 'of the package')[:12]})" for one in step["inputs"])
    return {"step": number, "when_utc": step["when"], "who": step["who"], "command": step["command"],
            "version": step["version"], "inputs": inputs, "files_sha256": step["files"], "previous": step["previous"],
            "checksum": step["checksum"]}  # fmt: skip
