"""Rows of tables that are not scored, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lobule.studies.observation import UnreadRow
from lobule.studies.split import set_of

COLUMNS = ["row", "study", "set", "reason", "outcome", "sized"]


@dataclass(frozen=True)
class Left:
    """outcome : the row tells what a treatment did; False of a control arm and of a value before the first dose
    sized : it tells how large that was"""

    row: str
    study: str
    source: str
    reason: str
    outcome: bool = True
    sized: bool = False


def unread(problem: UnreadRow) -> Left:
    """A row that could not be read."""
    where = f"line {problem.line}"
    return Left(problem.row or where, problem.source, problem.source, f"{where}: {problem.reason}")


def table_of(left: Sequence[Left]) -> pd.DataFrame:
    """One row each, with its set."""
    rows = [(one.row, one.study, set_of(one.source), one.reason, one.outcome, one.sized) for one in left]
    return pd.DataFrame(rows, columns=COLUMNS)
