"""`lobule cargo`: which component of the cargo does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.errors import InputError
from lobule.explore import attribute
from lobule.explore.attribution import NEGLIGIBLE, VESICLES, Attribution
from lobule.files.scenario import read_scenario
from lobule.model.labels import label
from lobule.model.parameters import parameter_table
from lobule.quantities import amount
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.simulation.reading import MEANING, PUBLISHED
from lobule.therapy import Plan
from lobule.therapy import products as library


def cargo(
    *files: str | Path, day: float | None = None, draws: int = 8, seed: int = 1, reading: str | None = None
) -> Answer:
    """Share the effect of a plan out over what its product carries.

    Parameters
    ----------
    files : a scenario file; before it, a product (name or file) in place of the scenario's own
    day : of the run, that is read; its last when None
    draws : of the cargo's parameters, for the ranges; 0 for none
    reading : "published" or "counted", in place of the scenario's own

    Raises
    ------
    InputError : the files, a day after the end, or what `lobule.explore.attribute` refuses.
    """
    if not 1 <= len(files) <= 2:
        raise InputError(f"cargo takes a scenario, or a product and a scenario, not {len(files)} files")
    read = read_scenario(files[-1]).in_reading(reading)
    parts = read.therapy()
    if len(files) == 2:
        swapped = library[str(files[0])]
        parts = [replace(part, product=swapped) if isinstance(part, Plan) else part for part in parts]
    end = amount(read.until, "time")
    if day is not None and day > end:
        raise InputError(f"--day {day:g} lies after the end of the scenario, which runs until {read.until}")
    found = attribute(read.who(), parts, end if day is None else day, draws=draws, seed=seed, reading=read.reading)
    title = f"Which component does it: {read.title or Path(files[-1]).stem}"
    return Answer(
        title=title,
        said=f"{_said(found)[:-1]}, as {read.reading}.",
        text="\n".join([f"As {read.reading}: {MEANING[read.reading]}.", *_alike(found, read.reading), *_lines(found)]),
        data={"reading": read.reading, "shares": records(found.table), "total": found.total, "runs": found.runs},
        record=record_of("cargo", title, files, {"day": day, "draws": draws, "reading": read.reading}, seed),
        tables={"attribution": Table(found.table.assign(reading=read.reading), "one row a component and output: its "
                                     "share of the change over untreated (Shapley value), range, and what is lost "
                                     "without it, in the reading that is named")},
        pictures={"attribution": Picture(found.plot, "share of each component in the change of each output")},
    )  # fmt: skip


def _alike(found: Attribution, reading: str) -> list[str]:
    """What the shares of native components stand on, in the published reading."""
    if reading != PUBLISHED or VESICLES not in set(found.table["component"]):
        return []
    one = parameter_table()["named_component_share"]
    return [
        f"In it any native component that is taken away takes {one.values['mouse']:.0%} of the published effect with "
        f"it, whichever it is ({one.grade}: studies that take one away report it of each): alike shares do not tell "
        "components apart."
    ]


def _said(found: Attribution) -> str:
    """The component with the largest share of each output that changes."""
    parts = []
    for output, rows in found.table.groupby("output", sort=False):
        if abs(found.total[str(output)]) >= NEGLIGIBLE:
            top = max(rows.to_dict("records"), key=lambda row: abs(row["share"]))
            parts.append(f"{label(str(output))}: {_change(found, output)}, most of it by {label(top['component'])}")
    return "; ".join(parts) + "." if parts else "There is no effect to share out: no output changes by 1 %."


def _lines(found: Attribution) -> list[str]:
    lines = []
    for output, rows in found.table.groupby("output", sort=False):
        if abs(found.total[str(output)]) < NEGLIGIBLE:
            lines.append(f"{label(str(output))}: {_change(found, output)}, no effect to share")
            continue
        lines.append(f"{label(str(output))}: {_change(found, output)}")
        for row in rows.to_dict("records"):
            known = row["share_low"] == row["share_low"]
            spread = f"{row['share_low']:+.1%} to {row['share_high']:+.1%}" if known else ""
            note = "negligible" if row["negligible"] else _lost(row["lost_without"])
            lines.append(f"  {label(row['component']):<36} {row['share']:>+7.1%} {spread:<18} {note}")
    if found.draws:
        lines.append(
            f"Ranges: 5 to 95 % of {found.draws} draws of the cargo's parameters together with the usual ones "
            "(calibrated ones as members of the ensemble have them, copies tenfold either way, others from their "
            "ranges); leading components only."
        )
    return [*lines, *(ensemble.notes() if found.draws else []), f"{found.runs} runs"]


def _change(found: Attribution, output: object) -> str:
    """What the whole product does to an output."""
    total = found.total[str(output)]
    return f"{abs(total):.1%} {'above' if total > 0 else 'below'} untreated"


def _lost(share: float) -> str:
    """What is lost without a component.

    >>> _lost(0.25), _lost(-0.13), _lost(1.24)
    ('without it 25% of the effect is lost', 'without it the effect is 13% larger', 'without it the effect turns round')
    """
    if share > 1:
        return "without it the effect turns round"
    return (
        f"without it {share:.0%} of the effect is lost"
        if share >= 0
        else f"without it the effect is {-share:.0%} larger"
    )
