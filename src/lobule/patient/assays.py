"""What a laboratory or an assessor measures: name, CDISC code, unit, error, limit of detection, which way is better."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "assays.csv"
SCORES = {  # computed from what was measured at a visit: code, label, unit, which way is better
    "meld": ("MELD", "MELD", "points", "down"),
    "meld_na": ("MELDNA", "MELD-Na", "points", "down"),
    "child_pugh": ("CPUGH", "Child-Pugh", "points", "down"),
    "quality_of_life": ("QOL", "Utility of the state of health", "utility", "up"),
}


@dataclass(frozen=True)
class Assay:
    """error_cv : standard deviation of the logarithm between a measurement and the model's value; lower_limit : of
    detection, in the unit; better : up or down"""

    name: str
    code: str
    label: str
    unit: str
    error_cv: float
    lower_limit: float
    better: str
    grade: str
    note: str


@cache
def assays() -> Mapping[str, Assay]:
    """All assays by name, from assays.csv."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["assay"]: Assay(
            row["assay"], row["code"], row["label"], row["unit"], float(row["error_cv"]), float(row["lower_limit"]),
            row["better"], row["grade"], row["note"],
        )
        for row in rows
    }  # fmt: skip


def better(output: str) -> str:
    """Whether more ("up") or less ("down") of an assay or score is better."""
    return SCORES[output][3] if output in SCORES else assays()[output].better
