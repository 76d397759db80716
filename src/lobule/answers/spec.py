"""`lobule spec`: a release limit that keeps the share of weak batches among those that pass below a risk."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import Record, record_of
from lobule.progress import say
from lobule.quality.batch import report
from lobule.quality.limits import Release, release_limit


def spec(
    table: Path,
    *,
    attribute: str = "potency",
    risk: float = 0.05,
    loss: float = 0.3,
    scenario: Path | None = None,
    outcome: str | None = None,
    members: int = 32,
    per_vial: bool = False,
    sheet: str | None = None,
    reading: str | None = None,
    gain: float | None = None,
) -> Answer:
    """Choose a limit; options and errors are those of `lobule.quality.limits.release_limit` and `report`."""
    found = report(table, scenario=scenario, outcome=outcome, members=members, per_vial=per_vial, loss=loss,
                   sheet=sheet, reading=reading, progress=partial(say, "batches"))  # fmt: skip
    say("release limit")
    limit = release_limit(found, attribute, risk, per_vial=per_vial, gain=gain)
    options = {"attribute": attribute, "risk": risk, "loss": loss, "scenario": scenario, "outcome": outcome,
               "members": members, "per_vial": per_vial, "sheet": sheet, "reading": reading, "gain": gain}  # fmt: skip
    return of_limit(limit, record_of("spec", f"Release limit of {attribute}", [table], options))


def of_limit(limit: Release, record: Record) -> Answer:
    """The answer that is a release limit."""
    upper = {} if limit.upper is None else {
        "upper_limit": Table(limit.upper.curve, "the share of far too strong batches among those that pass", None)
    }  # fmt: skip
    return Answer(
        title=record.title,
        said=". ".join(limit.said()) + ".",
        text="\n".join(limit.said()),
        data=limit.summary(),
        record=record,
        tables={
            "limit": Table(limit.curve, "the share of weak batches among those that pass, by limit", None),
            "operating": Table(limit.operating, "the share of batches that pass, by their true value", None),
            "critical_attributes": Table(limit.ranking, "each attribute's share of the effect that is lost", None),
            **upper,
        },
        pictures={"limits": Picture(limit.plot, "risk by limit, operating curve, and critical attributes")},
    )
