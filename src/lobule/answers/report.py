"""`lobule report`: further formats of results that are saved, without simulating again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Table
from lobule.answers.record import Record, record_of
from lobule.answers.run import of_run
from lobule.answers.saving import PAGE, WHAT, chosen, drawn, page, parquet
from lobule.errors import InputError, ResultsError
from lobule.keeping import as_path, own_files, shown
from lobule.keeping.record import checked_files, checksums, read_record
from lobule.keeping.results import README, RECORD, add_files, readme
from lobule.simulation.folder import OF_A_RUN
from lobule.simulation.run import Run
from lobule.trial.folder import RECORD as OF_A_TRIAL

OF_THE_RECORD = ("format", "files", "datasets")


def report(folder: Path, *, formats: str | None = None) -> Answer:
    """Add formats to a folder of results: a page (html) when none is named.

    Pictures of a run are drawn again from its courses; those of other commands are drawn with their numbers alone.

    Parameters
    ----------
    formats : "svg", "pdf", "parquet", "html", with commas

    Raises
    ------
    ResultsError : no results there, or they are damaged. InputError : a format that cannot be made from them.
    """
    folder = as_path(folder)
    wanted = chosen(formats) or ("html",)
    if (folder / OF_A_TRIAL).is_file():
        raise ResultsError(f"{shown(folder)} holds a trial: its page is {PAGE}, and lobule biomarkers reads it")
    record = read_record(folder / RECORD)
    if record.get("format") == 1:  # the first edition listed its datasets alone
        listed = checksums(folder, sorted(own for own in own_files(folder) - {RECORD} if (folder / own).is_file()))
    else:
        listed = record.get("files", {})
        for _ in checked_files(folder, listed, RECORD):
            pass
    of_a_run = record.get("command", "run") in OF_A_RUN
    made = _of_run(folder, wanted) if of_a_run else _of_tables(folder, record, wanted)
    kept = {name: value for name, value in record.items() if name not in OF_THE_RECORD}
    told = ""
    if "contents" in kept:
        kept["contents"] |= {name: WHAT[name.rpartition(".")[2]] for name in made}
        text = readme(kept["title"], kept["command"], kept["said"], kept["contents"], kept["intended_use"])
        add_files(folder, kept, listed, {**made, README: text.encode()})
    else:
        add_files(folder, kept, listed, made)
        if record["format"] == 1:
            told = "; its run.json, of the first edition, now lists and signs all its files"
    said = f"{', '.join(made)} in {folder}/{told}"
    return Answer("Further formats", said, said, {"files": list(made), "folder": str(folder)}, record_of("report"))


def _of_run(folder: Path, wanted: tuple[str, ...]) -> dict[str, bytes]:
    run = Run.open(folder)
    answer = of_run(run, Record.model_validate({"command": "run"} | run.record), "", None)
    found = dict(drawn(answer, wanted))
    found.pop("figure.png", None)  # it stands, and may carry notes
    return found | (parquet(answer) if "parquet" in wanted else {})


def _of_tables(folder: Path, record: Mapping[str, Any], wanted: tuple[str, ...]) -> dict[str, bytes]:
    """From the tables and pictures as they were written."""
    again = [kind for kind in wanted if kind in ("svg", "pdf")]
    if again:
        raise InputError(
            f"pictures of lobule {record['command']} are drawn with its numbers; run it with --formats {again[0]}",
            ["formats"],
        )
    contents: Mapping[str, str] = record.get("contents", {})
    names = [name.removesuffix(".csv") for name in record["files"] if name.endswith(".csv")]
    tables = {name: Table(_table(folder / f"{name}.csv"), contents.get(f"{name}.csv", "")) for name in names}
    answer = Answer(record["title"], record.get("said", ""), "", None, Record.model_validate(record), tables=tables)
    found: dict[str, bytes] = {}
    if "html" in wanted:
        pictures = {
            name: (content, contents.get(name, name))
            for name, content in checked_files(folder, record["files"], RECORD)
            if name.endswith(".png")
        }
        found[PAGE] = page(answer, list(pictures.values())).encode()
    return found | (parquet(answer) if "parquet" in wanted else {})


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except (ValueError, pd.errors.ParserError) as error:
        raise ResultsError(f"{shown(path)} is no table: {error}; {README} says what is what") from error
