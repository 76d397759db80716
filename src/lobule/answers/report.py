"""`lobule report`: the report and further formats of results that are saved, without simulating again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Table
from lobule.answers.record import Record, record_of
from lobule.answers.run import of_run
from lobule.answers.saving import PAGE, WHAT, chosen, drawn, page, parquet
from lobule.errors import InputError, ResultsError
from lobule.keeping import as_path, own_files, own_text, shown, write_text
from lobule.keeping.record import checked_files, checksums, read_record
from lobule.keeping.results import README, RECORD, add_files, readme
from lobule.report.whole.inside import pictures_in
from lobule.report.whole.page import Shown
from lobule.simulation.folder import OF_A_RUN
from lobule.simulation.run import Run
from lobule.trial.folder import RECORD as OF_A_TRIAL

OF_THE_RECORD = ("format", "files", "datasets", "trail")


def report(folder: Path, *, formats: str | None = None, out: Path | None = None) -> Answer:
    """Add formats to a folder of results: the report (html) when none is named; or write the report as a file.

    Pictures of a run are drawn again from its courses; those of other commands are drawn with their numbers alone.

    Parameters
    ----------
    formats : "svg", "pdf", "parquet", "html", with commas
    out : file of the report, anywhere; the folder stays as it is

    Raises
    ------
    ResultsError : no results there, or they are damaged. InputError : a format that cannot be made from them.
    """
    if out is not None:
        if formats is not None:
            raise InputError("-o names the file of the report; leave --formats out, or -o", ["formats"])
        return _in_file(as_path(folder), as_path(out))
    folder = as_path(folder)
    wanted = chosen(formats) or ("html",)
    if (folder / OF_A_TRIAL).is_file():
        raise ResultsError(
            f"{shown(folder)} holds a trial: its page is {PAGE}, and lobule biomarkers reads it; "
            "-o FILE writes its report"
        )
    record, listed = _checked(folder)
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


def _checked(folder: Path) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The record of a folder, and its files with their checksums; raises ResultsError where one is not as it was."""
    record = read_record(folder / RECORD)
    if record.get("format") == 1:  # the first edition listed its datasets alone
        own = sorted(name for name in own_files(folder) - {RECORD} if (folder / name).is_file())
        return record, checksums(folder, own)
    listed = record.get("files", {})
    for _ in checked_files(folder, listed, RECORD):
        pass
    return record, listed


def _in_file(folder: Path, out: Path) -> Answer:
    """The report as the content of a file."""
    if (folder / OF_A_TRIAL).is_file():
        from lobule.answers.whole.of_trial import trial_report

        content = trial_report(folder)
    else:
        record, _ = _checked(folder)
        of_a_run = record.get("command", "run") in OF_A_RUN
        made = _of_run(folder, ("html",)) if of_a_run else _of_tables(folder, record, ("html",))
        content = made[PAGE].decode()
    said = f"The report of {folder}/: answer, figures, tables, methods, sources, and how it is made again."
    written = {out.name: Beside(lambda path: write_text(path, content), WHAT["html"])}
    return Answer("Report", said, said, {"file": str(out)}, record_of("report"), files=written, main=out.name)


def _of_run(folder: Path, wanted: tuple[str, ...]) -> dict[str, bytes]:
    run = Run.open(folder)
    answer = of_run(run, Record.model_validate({"command": "run"} | run.record), "", None)
    found = dict(drawn(answer, wanted, folder))
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
    listed = [name for name in (*contents, *record["files"]) if name.endswith(".csv") and name in record["files"]]
    names = [name.removesuffix(".csv") for name in dict.fromkeys(listed)]
    tables = {name: Table(_table(folder / f"{name}.csv"), contents.get(f"{name}.csv", "")) for name in names}
    answer = Answer(record["title"], record.get("said", ""), "", None, Record.model_validate(record), tables=tables)
    found: dict[str, bytes] = {}
    if "html" in wanted:
        found[PAGE] = page(answer, _pictures(folder, record, contents), folder).encode()
    return found | (parquet(answer) if "parquet" in wanted else {})


def _pictures(folder: Path, record: Mapping[str, Any], contents: Mapping[str, str]) -> list[Shown]:
    """The pictures of a folder, as SVG where there is one, and those that stand in a page of its own."""
    wanted = {name: one for name, one in record["files"].items() if name.endswith((".svg", ".png", ".html"))}
    files = dict(checked_files(folder, wanted, RECORD))
    said = record.get("said", "")
    found = []
    for name in files:
        stem, _, kind = name.rpartition(".")
        if kind == "svg" or (kind == "png" and f"{stem}.svg" not in files):
            about = contents.get(f"{stem}.png", contents.get(name, stem.replace("_", " ")))
            found.append(Shown(about, f"{about}. {said}", files[name], kind))
    pages = [content.decode() for name, content in files.items() if name.endswith(".html") and "/" not in name]
    return found + [one for text in pages if "<h1>" in text for one in pictures_in(text)] * (not found)


def _table(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path)
    except (ValueError, pd.errors.ParserError) as error:
        raise ResultsError(f"{shown(path)} is no table: {error}; {README} says what is what") from error
    words = table.select_dtypes(exclude="number").columns
    table[words] = table[words].map(lambda cell: own_text(cell) if isinstance(cell, str) else cell)
    return table
