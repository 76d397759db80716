"""`lobule process`: from donor to vial: particles, purity, cost, and where variation comes from."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.errors import InputError
from lobule.quality.made_of import everything
from lobule.quality.process import process as simulated
from lobule.quality.process import synthetic_batches
from lobule.report.records import records

TABLES = {
    "steps": "one row a step: what goes in, what comes out",
    "runs": "one row a simulated run of the process",
    "cargo": "the cargo of its vesicles",
    "scale_up": "the same process in other vessels",
}


def process(file: Path | None, *, batches: int | None = None) -> Answer:
    """Simulate a process file, and with `batches` a table of so many invented batches, as `lobule batch` reads them.

    Raises
    ------
    InputError : no file, or anything in it.
    """
    if file is None:
        raise InputError("name a process file, or list what it can be made of: lobule process --vessels")
    found = simulated(file)
    tables = {name: Table(getattr(found, name), about, None) for name, about in TABLES.items()}
    if batches:
        about = "invented batches; every row says that it is synthetic"
        tables["synthetic_batches"] = Table(synthetic_batches(found.file, batches), about, None)
    title = found.file.title
    lines = [
        title,
        *(f"  {line}" for line in found.said()),
        "  the same process in other vessels, each with its usual volume of medium over a run:",
    ]
    lines += [
        f"    {row['vessel']:<16} {row['litres_a_run']:>6.3g} L and {row['particles']:>8.2g} particles a run "
        f"({row['particles_per_litre']:.2g} a litre), {row['patients']:>7.1f} patients, {row['cost_per_dose']:>7.3g} "
        f"{found.file.costs.currency} a dose  [{row['source']}]"
        for row in found.scale_up.to_dict("records")
    ]
    shown = {name: records(getattr(found, name)) for name in ("steps", "cargo", "scale_up")}
    return Answer(
        title=title,
        said=". ".join(found.said()) + ".",
        text="\n".join([*lines, "Costs are assumed where the file gives none."]),
        data={"title": title, "said": found.said(), **shown},
        record=record_of("process", title, [file], {"batches": batches}),
        tables=tables,
        pictures={"process": Picture(found.plot, "yield and cost step by step, and other vessels")},
    )


def vessels() -> Answer:
    """Vessels, media and isolations that a process can be made of."""
    known = everything()
    lines = []
    for name, entries in known.items():
        lines.append(f"{name}:")
        lines += [
            f"  {key:<20} {one.title}; {one.source or 'no source'} ({one.grade}): {one.note}"
            for key, one in entries.items()
        ]
    data = {name: {key: one.model_dump(mode="json") for key, one in entries.items()} for name, entries in known.items()}
    said = "; ".join(f"{len(entries)} {name}" for name, entries in known.items())
    return Answer("What a process is made of", said, "\n".join(lines), data, record_of("process"))
