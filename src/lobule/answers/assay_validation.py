"""`lobule assay-validation`: accuracy, precision, linearity and range of a potency assay."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.quality.validation import validate


def assay_validation(table: Path, *, criteria: Path | None = None, sheet: str | None = None) -> Answer:
    """Validate a potency assay; options and errors are those of `lobule.quality.validation.validate`."""
    found = validate(table, criteria, sheet)
    title = f"Validation: {Path(table).name}"
    lines = [*found.said(), *found.data.notes, *(f"left out: {fault}" for fault in found.data.faults)]
    return Answer(
        title=title,
        said=". ".join(found.said()) + ".",
        text="\n".join(lines),
        data=found.summary(),
        record=record_of(
            "assay-validation", title, [table, *filter(None, [criteria])], {"criteria": criteria, "sheet": sheet}
        ),
        tables={
            "levels": Table(found.levels, "one row a level: bias, precision, what of its criteria it holds", None),
            "formats": Table(found.formats(), "%GCV of a reportable value by runs and values in a run", None),
        },
        pictures={"validation": Picture(found.plot, "bias and precision by level, measured over nominal potency")},
    )
