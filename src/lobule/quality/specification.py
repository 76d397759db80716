"""Batches against their specification, and against what a publication must report."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lobule.files.batches import Batches, unit_of
from lobule.files.specification import Specification, read_specification

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parent
RELEASE = FOLDER / "release.yaml"
PASS, FAIL, OPEN = "pass", "fail", "not complete"


def specification(path: str | Path | None = None) -> Specification:
    """A specification file, or the one that comes with lobule; raises InputError."""
    return read_specification(path or RELEASE)


def judged(batches: Batches, spec: Specification) -> pd.DataFrame:
    """Every limit of every batch.

    Returns
    -------
    One row a batch and limit: batch, attribute, value, unit, limit, result (pass, fail, not tested), required.
    """
    import pandas as pd

    rows = []
    for limit in spec.limits:
        values = batches.value(limit.attribute)
        good = values == 1 if limit.flag else (values >= limit.low) & (values <= limit.high)
        for name, value, fine in zip(batches.names, values, good, strict=True):
            result = "not tested" if np.isnan(value) else PASS if fine else FAIL
            rows.append((name, limit.attribute, value, unit_of(limit.attribute), limit.text(), result, limit.required))
    return pd.DataFrame(rows, columns=["batch", "attribute", "value", "unit", "limit", "result", "required"])


def verdicts(results: pd.DataFrame) -> pd.DataFrame:
    """One row a batch: batch, verdict (pass, fail, not complete), failed and missing attributes.

    A batch fails with any limit it does not hold; it is not complete when a required test is missing.
    """
    import pandas as pd

    rows = []
    for name, own in results.groupby("batch", sort=False):
        failed = own.loc[own["result"] == FAIL, "attribute"].tolist()
        missing = own.loc[(own["result"] == "not tested") & own["required"], "attribute"].tolist()
        verdict = FAIL if failed else OPEN if missing else PASS
        rows.append((name, verdict, ", ".join(failed), ", ".join(missing)))
    return pd.DataFrame(rows, columns=["batch", "verdict", "failed", "missing"])


def reporting(batches: Batches) -> pd.DataFrame:
    """What a publication of these batches would miss.

    Returns
    -------
    One row a field: field, standard, what, columns (any of which will do), reported (share of the batches).
    """
    import pandas as pd

    with (FOLDER / "reporting.csv").open(encoding="utf-8", newline="") as file:
        fields = list(csv.DictReader(file))
    rows = []
    for row in fields:
        has = np.zeros(len(batches), bool)
        for column in row["one_of"].split():
            has |= np.isfinite(batches.value(column))
            has |= np.array([bool(text) for text in batches.texts.get(column, [""] * len(batches))])
        rows.append((row["field"], row["standard"], row["what"], row["one_of"].replace(" ", " or "), float(has.mean())))
    return pd.DataFrame(rows, columns=["field", "standard", "what", "columns", "reported"])
