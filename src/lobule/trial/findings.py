"""What was measured of the subjects of a replicate, a row a value, as domains of findings and ADLB have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lobule import cdisc
from lobule.files.design import Design
from lobule.labs import labs
from lobule.rows import Row, rows_by
from lobule.trial.conduct import Conducted
from lobule.trial.subjects import Subjects, numbered

if TYPE_CHECKING:
    import pandas as pd

TESTS = Path(cdisc.__file__).parent / "tests.csv"
DIGITS = 10  # of a result as text, which its number is read from
BELOW = "<"
SCORE = "SCORE"


class Test(Row):
    """How a lab, sign or score of lobule is called in SDTM: domain, code, name, what it is about, unit, usual range."""

    lab: str
    domain: str
    code: str
    test: str
    object: str = ""
    category: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    source: str = ""


@cache
def _tests() -> Mapping[str, Test]:
    return rows_by("lab", TESTS, Test)


def test_of(name: str) -> Test:
    """The test of something that is measured; what the table does not have is a finding about the liver."""
    known = _tests().get(name)
    if known is not None:
        return known
    lab = labs()[name]
    return Test(lab=name, domain="FA", code=(lab.code or name.upper().replace("_", ""))[:8], test=lab.title[:40],
                object="LIVER", category="OTHER", unit=lab.suffix)  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """What is analysed: code, name with its unit, category; test: what it is measured by, None of a score."""

    name: str
    number: int
    code: str
    title: str
    category: str
    unit: str
    test: Test | None


def parameters(design: Design, seen: Conducted) -> list[Parameter]:
    """Everything that was measured or scored, in the order of the design."""
    found = []
    for number, name in enumerate(seen.measured, start=1):
        lab = labs()[name]
        test = None if lab.kind == "score" and name != "quality_of_life" else test_of(name)
        unit = lab.unit if test is None or not test.unit else test.unit
        code = lab.code if test is None or test.domain != "LB" else test.code
        category = SCORE if test is None else test.category
        found.append(Parameter(name, number, code, f"{lab.title} ({unit})", category, unit, test))
    return found


def results(design: Design, seen: Conducted, subjects: Subjects, begun: np.ndarray) -> pd.DataFrame:
    """A row a subject, parameter and visit that was measured, in this order.

    Parameters
    ----------
    begun : (n,) day of the first dose of each subject, infinite where there is none

    Returns
    -------
    DataFrame: who, parameter (index of `parameters`), visit, day, date, value, text (as reported, with < below the
        limit of detection), below (is so), domain ("" of a score), seq (in its domain), last (before the first dose)
    """
    import pandas as pd

    known = parameters(design, seen)
    limits = {name: section.lower_limit if section.lower_limit is not None else labs()[name].lower_limit
              for name, section in design.measured().items()}  # fmt: skip
    parts = []
    for k, one in enumerate(known):
        values = seen.measured[one.name]
        who, visit = np.nonzero(np.isfinite(values))
        limit = limits.get(one.name) or 0.0
        value = values[who, visit]
        below = (value <= limit) & (limit > 0)
        parts.append(pd.DataFrame({"who": who, "parameter": k, "visit": visit, "value": value, "below": below}))
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values(["who", "parameter", "visit"], kind="stable", ignore_index=True)
    text = np.array([f"{value:.{DIGITS}g}" for value in table["value"]], object)
    table["value"] = text.astype(float)
    for k, one in enumerate(known):
        if not np.isnan(labs()[one.name].undetected):  # something else than the limit stands for what lies below it
            text[((table["parameter"] == k) & table["below"]).to_numpy()] = f"{limits[one.name]:.{DIGITS}g}"
    table["text"] = np.where(table["below"], BELOW, "") + text
    who, visit = table["who"].to_numpy(), table["visit"].to_numpy()
    table["day"] = seen.visits[visit]
    table["date"] = subjects.on(who, seen.visits[visit])
    table["domain"] = np.array(["" if one.test is None else one.test.domain for one in known], object)[
        table["parameter"]
    ]
    table["seq"] = 0
    for domain in set(table["domain"]) - {""}:
        here = (table["domain"] == domain).to_numpy()
        table.loc[here, "seq"] = numbered(who[here])
    table["last"] = _last_before(table, begun)
    return table


def _last_before(table: pd.DataFrame, begun: np.ndarray) -> np.ndarray:
    """Where a row is the last of its subject and parameter up to the first dose, which is given after its visit."""
    limit = begun[table["who"].to_numpy()]
    before = np.isfinite(limit) & (table["day"].to_numpy(float) <= limit)
    last = table[before].groupby(["who", "parameter"], sort=False).tail(1).index
    found = np.zeros(len(table), bool)
    found[last] = True
    return found
