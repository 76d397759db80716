"""`lobule run`: a scenario file, simulated; beside its study, its distance from what was calibrated, and its risks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.answers import words
from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Picture, Table
from lobule.answers.record import SCHEMA, Record, sources
from lobule.evidence import citation, study_rows
from lobule.files.scenario import read_scenario, run_scenario
from lobule.keeping.netcdf import netcdf
from lobule.optional import needs
from lobule.report.records import records
from lobule.simulation.told import FILES, subject_of
from lobule.validate import Domain, beside_study, domain
from lobule.validate.applicability import told

if TYPE_CHECKING:
    import pandas as pd

    from lobule.simulation.run import Run


def run(scenario: Path, *, engine: str = "lobule", members: int = 200, reading: str | None = None) -> Answer:
    """Simulate a scenario file.

    Parameters
    ----------
    engine : "lobule", or "roadrunner" for the reference simulator
    members : of the ensemble behind the band; 0 for none
    reading : "published" or "counted", in place of the scenario's own

    Raises
    ------
    InputError : the file, or anything in it. NotInstalled : the reference simulator is not there.
    """
    if engine == "roadrunner":
        needs("roadrunner", extra="peers")
    read = read_scenario(scenario).in_reading(reading)
    rows = study_rows(read.study) if read.study else []  # an unknown study is told before the work
    result = run_scenario(read, engine, members)
    compared = beside_study(result, read.study) if read.study else None
    near = domain(read.who(), read.therapy())
    treated = result.record["plan"] is not None
    data = {
        "essential": result.essential(),
        "reading": result.reading,
        "summary": records(result.summary()),
        "notes": result.notes(),
        "comparison": None if compared is None else records(compared),
        "domain": [asdict(one) for one in near],
        "copy_budget": records(result.copy_budget()) if treated else None,
        "safety": records(result.safety()) if treated else None,
    }
    source = citation(rows[0]["source_id"]) if rows else ""
    record = recorded(result, "run", [scenario], {"engine": engine, "members": members, "reading": read.reading})
    return of_run(result, record, _text(result, source, compared, near), data)


def recorded(result: Run, command: str, inputs: list[Path], options: Mapping[str, Any]) -> Record:
    """The record of a run, as that of a command."""
    asked = {"command": command, "inputs": sources(inputs), "options": dict(options), "schema_version": SCHEMA}
    return Record.model_validate(asked | result.record)


def of_run(result: Run, record: Record, text: str, data: Any, notes: Mapping[str, str] | None = None) -> Answer:
    """The answer that is a run, with all its files.

    Parameters
    ----------
    notes : {output: a line of text in its panel of the picture}
    """
    return Answer(
        title=result.record["title"],
        said=result.said(),
        text=text,
        data=data,
        record=record,
        tables={name: Table(table, FILES[f"{name}.csv"], None) for name, table in result.tables().items()},
        pictures={"figure": Picture(lambda: result.plot(observed=dict(notes or {})), FILES["figure.png"])},
        files={
            f"{name}.nc": Beside(netcdf(dataset), FILES[f"{name}.nc"]) for name, dataset in result.datasets().items()
        },
        run=result,
    )


def _text(result: Run, source: str, compared: pd.DataFrame | None, near: list[Domain]) -> str:
    """What a terminal shows of a run."""
    first = [*filter(None, [result.record["title"]]), subject_of(result.record), *result.essential()]
    parts = ["\n".join(first) + "\n"]
    about = {str(name): values.attrs for name, values in result.data.items()}
    labels = {name: attributes["long_name"] for name, attributes in about.items()}
    folds = {name for name, attributes in about.items() if "scale" in attributes}
    parts += [words.given(result.record), words.summary(result.summary(), labels, folds), *result.notes()]
    if compared is not None:
        parts += [f"Beside {source}, as {result.reading}", words.comparison(compared)]
    parts.append(told(near))
    if result.record["plan"] is not None:
        parts += [words.budget(result.copy_budget(), result.unexplained_share.values()), words.safety(result.safety())]
    return "\n".join(part for part in parts if part)
