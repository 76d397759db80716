"""Rows of tables that are not scored, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lobule.studies.observation import UnreadRow
from lobule.studies.split import set_of

COLUMNS = ["row", "study", "set", "reason", "outcome"]


@dataclass(frozen=True)
class Left:
    """outcome : the row tells what a treatment did; False of a control arm and of a value before the first dose"""

    row: str
    study: str
    source: str
    reason: str
    outcome: bool = True


def unread(problem: UnreadRow) -> Left:
    """A row that could not be read."""
    where = f"line {problem.line}"
    return Left(problem.row or where, problem.source, problem.source, f"{where}: {problem.reason}")


def table_of(left: Sequence[Left]) -> pd.DataFrame:
    """One row each, with its set."""
    rows = [(one.row, one.study, set_of(one.source), one.reason, one.outcome) for one in left]
    return pd.DataFrame(rows, columns=COLUMNS)
