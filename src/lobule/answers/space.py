"""`lobule validate --tissue`: the lobule in space beside facts of space, and ten states as sections."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Table
from lobule.answers.record import record_of
from lobule.report.records import records
from lobule.validate.check import Check
from lobule.validate.space import State, states, tissue_checks

TITLE = "The lobule in space beside what is published"
QUALITY = 75  # of JPEG
HOW = (
    "Each row is a small sheet of lobules, read as a pathologist would. Where the column calibrated names a measure of "
    "the tissue, that measure was set to the row: it then holds the program together and validates nothing."
)


def space() -> Answer:
    """Grow small sheets, check them against facts of space, draw ten states."""
    checks = tissue_checks()
    table = pd.DataFrame([_row(check) for check in checks])
    shown = pd.DataFrame([vars(state) for state in states().values()])
    said = f"{sentence(checks)} {HOW}"
    lines = [f"  {'' if check.passed else 'missed':<6} {check.title}: {check.found:.3g} (wanted {check.window})"
             for check in checks]  # fmt: skip
    return Answer(
        title=TITLE,
        said=said,
        text="\n".join([said, "", *lines]),
        data={"checks": records(table), "states": records(shown)},
        record=record_of("tissue-facts", TITLE),
        tables={
            "checks": Table(table, "one row a fact of space: what is wanted, what was found, its source"),
            "states": Table(shown, "ten states of the liver: sheet, day, stain, and what an atlas or a paper says"),
        },
        files={f"{name}.jpg": Beside(partial(_draw, state=state), state.title) for name, state in states().items()},
    )  # fmt: skip


def sentence(checks: list[Check]) -> str:
    """How many hold; those that the tissue was set to apart."""
    free = [check for check in checks if not check.calibrated]
    held = f"{sum(check.passed for check in checks)} of {len(checks)} facts of space hold"
    return f"{held}; {sum(check.passed for check in free)} of the {len(free)} to which nothing of the tissue was set."


def _row(check: Check) -> dict[str, object]:
    return {
        "id": check.id, "what": check.title, "low": check.low, "high": check.high, "unit": check.unit,
        "found": check.found, "holds": "yes" if check.passed else "no", "source": check.source,
        "calibrated": check.calibrated,
    }  # fmt: skip


def _draw(path: Path, state: State) -> None:
    from PIL import Image

    Image.fromarray(state.picture()).save(path, format="JPEG", quality=QUALITY)
