"""`lobule stability`: shelf life from storage data."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import Record, record_of
from lobule.quality.stability import Stability, shelf_life


def stability(
    table: Path,
    *,
    attribute: str | None = None,
    spec: Path | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    temperature: float | None = None,
    sheet: str | None = None,
    product: str = "biological",
) -> Answer:
    """Estimate a shelf life (ICH Q5C, Q1E); options and errors are those of `lobule.quality.stability.shelf_life`."""
    found = shelf_life(table, attribute=attribute, spec=spec, at_least=at_least, at_most=at_most,
                       temperature=temperature, sheet=sheet, product=product)  # fmt: skip
    options = {"attribute": attribute, "spec": spec, "at_least": at_least, "at_most": at_most,
               "temperature": temperature, "sheet": sheet, "product": product}  # fmt: skip
    inputs = [table, *filter(None, [spec])]
    return of_shelf_life(found, record_of("stability", f"Shelf life: {Path(table).name}", inputs, options))


def of_shelf_life(found: Stability, record: Record) -> Answer:
    """The answer that is a shelf life."""
    lines = [*found.said(), *found.notes, *(f"left out: {fault}" for fault in found.data.faults)]
    return Answer(
        title=record.title,
        said=". ".join(found.said()) + ".",
        text="\n".join(lines),
        data=found.summary(),
        record=record,
        tables={
            "lines": Table(found.lines, "the line of each batch: start, slope, when it crosses the limit", None),
            "unexpected": Table(found.unexpected, "values out of specification, and out of trend by all others", None),
        },
        pictures={"stability": Picture(found.plot, "storage data with the lines, their bound, and the limit")},
    )
