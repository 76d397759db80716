"""Why a row of a table is not scored, in a sentence that its owner accepts, with the one line that would change it.

A row of `reasons.csv` says what the model has nothing like, and what to write to have it scored as something near.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from lobule.errors import InputError
from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "reasons.csv"


class NotAnOutcome(InputError):
    """A row that tells something else than what a treatment did: a control arm, a value before the first dose."""


class Reason(Row):
    """What the model lacks.

    of : the kind of thing; in_text : finds it in the words of the row; instead : the cell to write to have it scored
    """

    of: Literal["animal", "injury", "product", "stage", "endpoint"]
    in_text: re.Pattern[str]
    reason: str
    instead: str


@cache
def reasons() -> tuple[Reason, ...]:
    """All of the table, in the order in which they are tried."""
    return read_rows(TABLE, Reason)


def reason(of: str, text: str) -> str | None:
    """Why what these words say is not scored, and what to write instead; None where the table does not know it."""
    spaced = text.lower().replace("_", " ")
    for row in reasons():
        if row.of == of and row.in_text.search(spaced):
            return f"{row.reason}; to score the row all the same, write {row.instead}"
    return None


def refuse(of: str, text: str, otherwise: str) -> InputError:
    """The error to raise for what the model lacks; `otherwise` where the table does not know it."""
    return InputError(reason(of, text) or otherwise)
