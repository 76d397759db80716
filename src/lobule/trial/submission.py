"""Tables of submission of a trial: folders sdtm and adam, with transport files, Dataset-JSON and define.xml each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from lobule.cdisc.dataset_json import dataset_json
from lobule.cdisc.define import Level, define_xml
from lobule.cdisc.metadata import Standard
from lobule.cdisc.tables import Table
from lobule.cdisc.transport import transport_bytes
from lobule.files.design import Design
from lobule.keeping import write_bytes, write_text, writing_into
from lobule.report.definitions import page
from lobule.trial.findings import SCORE
from lobule.trial.tabulation import Tabulated

FOLDERS: dict[str, Standard] = {"sdtm": "SDTM", "adam": "ADaM"}
DEFINE, PAGE = "define.xml", "define.html"
MOST_SUBJECTS = 10_000  # of whom tables are written: some 45 kB a subject
UNKNOWN_TIME = datetime(1960, 1, 1, tzinfo=UTC)  # of data of which nobody knows when they were made: day 0 of SAS


def said_of_submission(study: str, design: Design, subjects: int) -> str:
    """Which replicate the tables are of, and what in them the model does not know."""
    if subjects > MOST_SUBJECTS:
        return f"No tables of submission: {subjects:,} subjects, they are written of at most {MOST_SUBJECTS:,}."
    return (
        f"Tables of submission of one replicate, the first of {design.replicates} ({study}, {subjects} subjects): "
        "sdtm/ and adam/ with transport files, Dataset-JSON and define.xml; dates count from "
        f"{design.submission.start}, a virtual calendar (submission.start of the design)."
    )


def levels(sdtm: Tabulated, adam: dict[str, Table]) -> list[Level]:
    """What AVAL holds of each parameter, and the numbers of each lab."""
    found = []
    for one in sdtm.parameters:
        if one.category == SCORE:
            how = f"{one.title}, by lobule.scores from the labs of the same visit"
            found.append(Level("ADLB", "AVAL", "PARAMCD", one.code, "Derived", how))
        elif one.test is not None:
            source = f"{one.test.domain}.{one.test.domain}STRESN"
            found.append(Level("ADLB", "AVAL", "PARAMCD", one.code, "Predecessor", source))
    times = adam["ADTTE"].frame
    for code, title in dict(zip(times["PARAMCD"], times["PARAM"], strict=True)).items():
        how = (
            f"{title}: days from randomisation to the first of these events, or to the end of observation where none "
            "came before; exact, as it is analysed (ADT is the date on which it falls)"
        )
        found.append(Level("ADTTE", "AVAL", "PARAMCD", code, "Derived", how))
    return found


def write_submission(
    folder: Path, sdtm: Tabulated, adam: dict[str, Table], title: str, written: datetime | None
) -> list[str]:
    """Write the tables that have records; the names of the files, from the folder on, none of a very large trial.

    Parameters
    ----------
    title : of the trial
    written : when the data were made, None where nobody knows

    Raises
    ------
    ResultsError : the system refuses. NotInstalled : pyreadstat is not there.
    """
    if len(sdtm.subjects) > MOST_SUBJECTS:
        return []
    when, study = written or UNKNOWN_TIME, sdtm.subjects.study
    every = {"sdtm": list(sdtm.tables.values()), "adam": list(adam.values())}
    meant = levels(sdtm, adam)
    names: list[str] = []
    for name, standard in FOLDERS.items():
        tables = [table for table in every[name] if len(table)]
        with writing_into(folder / name) as place:
            for table in tables:
                names += _write(place, name, table, study, when)
            text = define_xml(standard, tables, study, title, when, meant)
            write_text(place / DEFINE, text)
            write_text(place / PAGE, page(text))
        names += [f"{name}/{DEFINE}", f"{name}/{PAGE}"]
    return names


def _write(place: Path, folder: str, table: Table, study: str, when: datetime) -> Sequence[str]:
    name = table.dataset.name.lower()
    write_bytes(place / f"{name}.xpt", transport_bytes(table, when))
    write_text(place / f"{name}.json", dataset_json(table, study, when))
    return [f"{folder}/{name}.xpt", f"{folder}/{name}.json"]
