"""The table of docs/labs.md, written from labs.csv."""

from __future__ import annotations

import math
from collections.abc import Callable

from lobule.labs.table import Lab, labs

HEAD = ("lab", "name in files", "units", "plausible", "better", "error (CV)", "LOINC", "read by", "sources")
READERS: dict[str, Callable[[Lab], object]] = {  # what stands in the column "read by", and when
    "fit": lambda lab: lab.level,
    "trial": lambda lab: not math.isnan(lab.error_cv),
    "cohort": lambda lab: lab.table_1,
    "wish": lambda lab: lab.near,
}


def markdown() -> str:
    """Every lab that is read from tables, a row each."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(_cells(lab)) + " |" for lab in labs().values() if not math.isnan(lab.low)]
    return "\n".join(lines) + "\n"


def _cells(lab: Lab) -> tuple[str, ...]:
    units = list(dict.fromkeys(unit for unit in (lab.clinic, lab.suffix, *lab.others) if unit)) or ["pure number"]
    better = {"up": "more", "down": "less"}.get(lab.better, "")
    error = "" if math.isnan(lab.error_cv) else f"{lab.error_cv:g}"
    used = ", ".join(name for name, reads in READERS.items() if reads(lab))
    plausible = f"{lab.low:g} to {lab.high:g} {lab.clinic}".rstrip()
    return (lab.label, f"`{lab.name}`", ", ".join(units), plausible, better, error, lab.loinc, used, lab.source)
