"""What an endpoint of a table is in the model: `endpoints.csv`, a row an endpoint that studies name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo

from lobule.errors import InputError
from lobule.evidence.vocabulary import meanings
from lobule.labs import better
from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "endpoints.csv"


def _good(written: str, row: ValidationInfo) -> str:
    return written or better(row.data["output"])


class StudyEndpoint(Row):
    """What an endpoint of a table is in the model.

    output : of the model, empty where it has nothing like it
    good : the better direction; that of the lab where the cell is blank (`labs.csv`)
    spread : between animals of a group (standard deviation over mean; assumed)
    """

    endpoint: str
    output: str = ""
    good: Annotated[Literal["up", "down"], BeforeValidator(_good)] = Field(default="", validate_default=True)
    spread: float
    note: str = ""

    @property
    def name(self) -> str:
        """As tables write it."""
        return self.endpoint

    @property
    def sign(self) -> float:
        """1 where up is better, -1 where down is."""
        return 1.0 if self.good == "up" else -1.0

    @property
    def between_arms(self) -> bool:
        """An amount of the product, which has no untreated value."""
        return self.note.startswith("compared")

    @property
    def ordinal(self) -> bool:
        """Only its direction can be scored."""
        return "only its direction" in self.note


@cache
def endpoints() -> dict[str, StudyEndpoint]:
    """All endpoints that tables name."""
    return rows_by("endpoint", TABLE, StudyEndpoint)


def usual_name(name: str) -> tuple[str, bool]:
    """What an endpoint is called here, and whether it rises as that falls: the dead in place of the living.

    >>> usual_name("alt"), usual_name("Mortality")
    (('alt', False), ('survival', True))
    """
    words = () if name in endpoints() else meanings("endpoint", name)
    return (words[0].means, words[0].amount == "-1") if words else (name, False)


def endpoint(name: str) -> StudyEndpoint:
    """One endpoint; raises InputError where the model has nothing like it."""
    found = endpoints().get(name)
    if found is None:
        makes = "a row of studies/endpoints.csv that names an output of the model makes it one"
        raise InputError(f'the model has no endpoint "{name}"; {makes}')
    if not found.output:
        raise InputError(found.note)
    return found
