"""`lobule comparability`: are batches after a change comparable to those before it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.quality.comparability import compare
from lobule.quality.sides import NOT_LESS, NOT_MORE


def comparability(
    old: Path,
    new: Path,
    *,
    margin: float | None = None,
    effect_margin: float = 0.2,
    scenario: Path | None = None,
    outcome: str | None = None,
    members: int = 32,
    per_vial: bool = False,
    clinical: bool = True,
    old_sheet: str | None = None,
    new_sheet: str | None = None,
    reading: str | None = None,
    spec: Path | None = None,
) -> Answer:
    """Test every attribute and the effect; options and errors are those of `lobule.quality.comparability.compare`."""
    found = compare(old, new, scenario=scenario, outcome=outcome, margin=margin, effect_margin=effect_margin,
                    members=members, per_vial=per_vial, clinical=clinical, old_sheet=old_sheet,
                    new_sheet=new_sheet, reading=reading, spec=spec)  # fmt: skip
    options = {"margin": margin, "effect_margin": effect_margin, "scenario": scenario, "outcome": outcome,
               "members": members, "per_vial": per_vial, "clinical": clinical, "old_sheet": old_sheet,
               "new_sheet": new_sheet, "reading": reading, "spec": spec}  # fmt: skip
    title = f"{Path(new).name} after {Path(old).name}"
    rows = [
        f"{'ok  ' if row['equivalent'] else 'FAIL'} {row['attribute']:<38} {row['scale']:<10} {row['change']:>8.3g} "
        f"({row['change_low']:.3g} to {row['change_high']:.3g}) {_margin(row)} ({row['margin_from']}): "
        f"p {row['p']:.2g}, after Holm {row['p_holm']:.2g}"
        for row in found.table.to_dict("records")
    ]
    return Answer(
        title=title,
        said=". ".join(found.said()) + ".",
        text="\n".join([*found.said(), *rows, *found.notes]),
        data=found.summary(),
        record=record_of("comparability", title, [old, new], options),
        tables={"comparability": Table(found.table, "one row an attribute: change, margin, two one-sided tests", None)},
        pictures={"comparability": Picture(found.plot, "change of every attribute beside its margin")},
    )


def _margin(row: dict[Any, Any]) -> str:
    if row["tested"] == NOT_MORE:
        return f"below {row['margin_high']:.3g}"
    if row["tested"] == NOT_LESS:
        return f"above {row['margin_low']:.3g}"
    return f"within {row['margin_low']:.3g} to {row['margin_high']:.3g}"
