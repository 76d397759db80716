"""Batches against their specification, and against what a publication must report."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from lobule.files.batches import Batches, unit_of
from lobule.files.cells import Cell, State, shown
from lobule.files.specification import Limit, Specification, read_specification
from lobule.rows import Row, read_rows

FOLDER = Path(__file__).parent
RELEASE = FOLDER / "release.yaml"
PASS, FAIL, OPEN = "pass", "fail", "not complete"
ROUNDING = 4 * np.finfo(float).eps  # what turning a unit into another may cost
ABSENT, UNUSABLE, UNDECIDED = "not tested", "not usable", "not decided"


def specification(path: str | Path | None = None) -> Specification:
    """A specification file, or the one that comes with lobule; raises InputError."""
    return read_specification(path or RELEASE)


def judged(batches: Batches, spec: Specification) -> pd.DataFrame:
    """Every limit of every batch.

    Returns
    -------
    One row a batch and limit: batch, attribute, value (NaN for a limit such as "<5"), unit, limit, result, required,
    cell (as it is written; a value that follows from other columns as a number), why. Result: pass (only a value, or
    an interval wholly inside the limits), fail (wholly beyond one), not tested (an empty cell), not usable, not decided
    (an interval across a limit).
    """
    rows = []
    for limit in spec.limits:
        cells = batches.cell(limit.attribute)
        unit = unit_of(limit.attribute)
        for row, name in enumerate(batches.names):
            cell = cells.cell(row)
            result = _result(cell, limit)
            text = cell.text or (_ends(cell) if result != ABSENT else "")
            value = cell.low if cell.state == State.VALUE else math.nan
            why = _why(limit, cell, text, result, unit)
            rows.append((name, limit.attribute, value, unit, limit.text(), result, limit.required, text, why))
    columns = ["batch", "attribute", "value", "unit", "limit", "result", "required", "cell", "why"]
    return pd.DataFrame(rows, columns=columns)


def _result(cell: Cell, limit: Limit) -> str:
    if cell.state == State.ABSENT:
        return ABSENT
    if cell.state == State.UNUSABLE:
        return UNUSABLE
    if limit.flag:
        return PASS if cell.low == 1 else FAIL
    low, high = (_at(end, limit) for end in (cell.low, cell.high))
    if low >= limit.low and high <= limit.high:
        return PASS
    if high < limit.low or low > limit.high:
        return FAIL
    # ">0.5" where at most 0.5 passes, "<50" where at least 50 does: the end itself is not meant
    if cell.strict and (high == limit.low or low == limit.high):
        return FAIL
    return UNDECIDED


def _at(end: float, limit: Limit) -> float:
    """An end of a cell, or the limit that it is but for the rounding of its unit: 700 EU/L is 0.7 EU/mL."""
    return next((bound for bound in (limit.low, limit.high) if math.isclose(end, bound, rel_tol=ROUNDING)), end)


def _ends(cell: Cell) -> str:
    """A value or an interval that follows from other columns, in the attribute's unit."""
    if cell.state != State.INTERVAL:
        return f"{cell.low:.4g}"
    return f">={cell.low:.4g}" if math.isinf(cell.high) else f"<={cell.high:.4g}"


def _why(limit: Limit, cell: Cell, text: str, result: str, unit: str) -> str:
    written = shown(text) if cell.text else f"{text} {unit}".rstrip()
    if result == UNUSABLE:
        return (
            f"{limit.attribute} {cell.reason}" if cell.reason.startswith('"') else f"{limit.attribute}: {cell.reason}"
        )
    if result == UNDECIDED:
        return f"{limit.attribute} {written} can lie on either side of {limit.text()}"
    if result == FAIL:
        return f"{limit.attribute} {written} is not {limit.text()}"
    return f"{limit.attribute} is not tested" if result == ABSENT and limit.required else ""


def verdicts(results: pd.DataFrame) -> pd.DataFrame:
    """One row a batch: batch, verdict (pass, fail, not complete), failed, missing and open attributes, why by cell.

    A batch fails with any limit that it does not hold. It is not complete when a required test is missing, and when
    any cell with a limit cannot be used or does not decide: only what is known to hold passes.
    """
    rows = []
    for name, own in results.groupby("batch", sort=False):
        failed = own.loc[own["result"] == FAIL, "attribute"].tolist()
        missing = own.loc[(own["result"] == ABSENT) & own["required"], "attribute"].tolist()
        undecided = own.loc[own["result"].isin([UNUSABLE, UNDECIDED]), "attribute"].tolist()
        verdict = FAIL if failed else OPEN if missing or undecided else PASS
        why = "; ".join(text for text in own["why"] if text)
        rows.append((name, verdict, ", ".join(failed), ", ".join(missing), ", ".join(undecided), why))
    return pd.DataFrame(rows, columns=["batch", "verdict", "failed", "missing", "open", "why"])


class _Reporting(Row):
    field: str
    standard: str
    one_of: str
    what: str


def reporting(batches: Batches) -> pd.DataFrame:
    """What a publication of these batches would miss.

    Returns
    -------
    One row a field: field, standard, what, columns (any of which will do), reported (share of the batches).
    """
    rows = []
    for row in read_rows(FOLDER / "reporting.csv", _Reporting):
        has = np.zeros(len(batches), bool)
        for column in row.one_of.split():
            has |= np.isfinite(batches.cell(column).limits())
            has |= np.array([bool(text) for text in batches.texts.get(column, [""] * len(batches))])
        rows.append((row.field, row.standard, row.what, row.one_of.replace(" ", " or "), float(has.mean())))
    return pd.DataFrame(rows, columns=["field", "standard", "what", "columns", "reported"])
