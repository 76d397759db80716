"""`lobule batch`: every batch of a table judged: specification, control charts, and what it does to a patient."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Table
from lobule.answers.record import Record, record_of
from lobule.files.batches import read_batches
from lobule.keeping import write_text
from lobule.progress import say
from lobule.quality.batch import BatchReport, report
from lobule.quality.specification import reporting as reported_fields
from lobule.report.records import records

SHOWN = 20  # batches and alarms that the terminal lists
PAGE = "batches.html"
LABELS = {"failed": "failed", "missing": "not tested", "open": "cannot be judged"}


def batch(
    table: Path,
    *,
    spec: Path | None = None,
    scenario: Path | None = None,
    outcome: str | None = None,
    members: int = 32,
    per_vial: bool = False,
    stream: str = "bioreactor",
    baseline: int | None = None,
    loss: float = 0.3,
    clinical: bool = True,
    sheet: str | None = None,
    reading: str | None = None,
    dates: str | None = None,
) -> Answer:
    """Judge the batches of a table; options and errors are those of `lobule.quality.batch.report`."""
    found = report(table, spec=spec, scenario=scenario, outcome=outcome, members=members, per_vial=per_vial,
                   stream=stream, baseline=baseline, loss=loss, clinical=clinical, sheet=sheet,
                   reading=reading, dates=dates, progress=partial(say, "batches"))  # fmt: skip
    options = {"spec": spec, "scenario": scenario, "outcome": outcome, "members": members, "per_vial": per_vial,
               "stream": stream, "baseline": baseline, "loss": loss, "clinical": clinical, "sheet": sheet,
               "reading": reading, "dates": dates}  # fmt: skip
    inputs = [table, *filter(None, [spec, scenario])]
    return of_report(found, record_of("batch", found.specification.title, inputs, options))


def of_report(found: BatchReport, record: Record) -> Answer:
    """The answer that is a report of batches."""
    tables = {
        "limits": Table(found.results, "each batch beside each limit of the specification", None),
        "verdicts": Table(found.verdicts, "one row a batch: pass or fail, and why", None),
        "alarms": Table(found.alarms, "what the control charts found", None),
        "capability": Table(
            found.capabilities, "Cp, Cpk, Pp, Ppk of each attribute with a limit, with 95 % interval", None
        ),
        "reporting": Table(found.reporting, "fields that a publication needs (MISEV2023, EV-TRACK)", None),
    }
    if found.clinical is not None:
        tables["clinical"] = Table(found.clinical, "what each batch does to a patient: predicted, with band", None)
    return Answer(
        title=found.specification.title,
        said=". ".join(found.said()) + ".",
        text="\n".join(_lines(found)),
        data=found.summary(),
        record=record,
        tables=tables,
        files={PAGE: Beside(lambda path: write_text(path, found.page()), "the report: verdicts, charts, patients")},
    )


def _lines(found: BatchReport) -> list[str]:
    lines = [found.specification.title, *(f"  {line}" for line in (*found.said(), *found.notes))]
    held_back = found.verdicts[found.verdicts["verdict"] != "pass"]
    for row in held_back.head(SHOWN).to_dict("records"):
        why = [f"{label} {row[name]}" for name, label in LABELS.items() if row[name]]
        lines.append(f"    {row['batch']:<12} {row['verdict']:<13} {'; '.join(why)} ({row['why']})")
    if len(held_back) > SHOWN:
        lines.append(f"    and {len(held_back) - SHOWN} more, in verdicts.csv")
    for row in found.alarms.head(SHOWN).to_dict("records"):
        value = f"{row['attribute']} {row['value']:.4g} {row['unit']} {row['stream']}"
        lines.append(f"    {row['batch']:<12} {value}: {row['alarm']}")
    return [*lines, *(f"  left out: {fault}" for fault in found.batches.faults)]


def reporting(table: Path, *, sheet: str | None = None) -> Answer:
    """What a publication on these batches would miss; raises InputError for the table."""
    batches = read_batches(table, sheet)
    found = reported_fields(batches)
    missing = found[found["reported"] < 1]
    said = f"{len(found) - len(missing)} of {len(found)} fields are reported for every batch"
    lines = [f"{said}; missing:"]
    for row in missing.to_dict("records"):
        share = "in no batch" if row["reported"] == 0 else f"in {row['reported']:.0%} of the batches"
        lines.append(f"  {row['field']:<22} {row['standard']:<12} {share:<24} column {row['columns']}: {row['what']}")
    lines += [*batches.notes, *(f"left out: {fault}" for fault in batches.faults)]
    return Answer("Reporting", f"{said}.", "\n".join(lines), records(found), record_of("batch", "Reporting", [table]))
