"""How much of the model is measured, and how far each parameter moves the clinical outputs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import lobule
from lobule.model.parameters import GRADES, parameter_table
from lobule.rows import Row, read_rows

INFLUENCE = Path(lobule.__file__).parent / "validate" / "influence.csv"
MOST_INFLUENTIAL = 20


class Influence(Row):
    """How much a parameter moves each clinical output, and the one that it moves most."""

    parameter: str
    grade: str
    albumin: float
    inr: float
    bilirubin: float
    platelets: float
    collagen_proportionate_area: float
    alt: float
    influence: float
    output: str


@cache
def influence() -> tuple[Influence, ...]:
    """Every parameter that moves a clinical output, the most influential first."""
    return read_rows(INFLUENCE, Influence)


def evidence_summary() -> dict[str, Any]:
    """How many parameters are measured, derived, calibrated, assumed, and of which kind the most influential are."""
    table = parameter_table()
    counts = {grade: sum(p.grade == grade for p in table.values()) for grade in reversed(GRADES)}
    top: list[dict[str, Any]] = [
        {"parameter": row.parameter, "grade": table[row.parameter].grade, "influence": row.influence,
         "output": row.output}
        for row in influence()[:MOST_INFLUENTIAL]
    ]  # fmt: skip
    weak = [row for row in top if row["grade"] in ("assumed", "calibrated")]
    top = sorted(top, key=lambda row: (row["grade"] not in ("assumed", "calibrated"), -row["influence"]))
    listed = ", ".join(f"{count} {grade}" for grade, count in counts.items())
    sentence = (
        f"Of {len(table)} parameters {listed} (recalled evidence counts as assumed). Of the {len(top)} most "
        f"influential on the clinical outputs, {len(weak)} are assumed or calibrated:"
    )
    return {"parameters": len(table), **counts, "most_influential": top, "sentence": sentence}
