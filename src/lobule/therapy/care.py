"""Standard care beside a therapy: each is one small file in `care/` that adds to constants or multiplies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from lobule.arguments import one_of
from lobule.engine.events import Event
from lobule.errors import InputError, Mistakes
from lobule.evidence.vocabulary import meaning
from lobule.model.parameters import parameter_table
from lobule.quantities import amount
from lobule.report.card import card
from lobule.yaml_files import Grade, LongText, Section, Text, reading

FOLDER = Path(__file__).parent / "care"


class CareFile(Section):
    """One file: what the care does to constants of the model, and where that is written."""

    title: Text
    adds: dict[Text, float]
    times: dict[Text, Annotated[float, Field(ge=0)]]
    source: Text
    grade: Grade
    note: LongText


@cache
def _library() -> dict[str, CareFile]:
    return {path.stem: read_care(path) for path in sorted(FOLDER.glob("*.yaml"))}


def read_care(path: Path) -> CareFile:
    """One file of standard care; raises InputError with file, line and field."""
    with reading(path, CareFile, "standard care", "title, adds and times") as (care, found):
        for section in ("adds", "times"):
            for name in care.readable()[section] or ():
                with found.at(section, name):
                    one_of(name, section, parameter_table(), "parameter")
    return care


def cares() -> Mapping[str, CareFile]:
    """The library of standard care by name."""
    return _library()


def several(names: str) -> list[str]:
    """Cares of a text that joins them by a comma; none of "".

    >>> several("antiviral, diuretic")
    ['antiviral', 'diuretic']
    """
    return [name.strip() for name in names.split(",") if name.strip()]


def begun(names: str, day: float, patient: int) -> list[Event]:
    """What each of some cares, joined by a comma, does to the model from a day on."""
    return [event for name in several(names) for event in Care(name).events(day, patient)]


@dataclass(frozen=True)
class Care:
    """Standard care from `start` on, until `until` or for good.

    Raises
    ------
    InputError : unknown name, an end before the start, an end of what cannot be taken back.

    >>> Care("beta-blocker", start="30 d").times()
    [30.0]
    """

    care: str
    start: str = "0 d"
    until: str | None = None

    def _repr_html_(self) -> str:
        about = _library()[self.care]
        facts = {"from": self.start, "until": self.until, "source": about.source, "grade": about.grade}
        return card(f"{self.care}: {about.title}", about.note, facts=facts)

    def __post_init__(self) -> None:
        if isinstance(self.care, str) and self.care not in _library():
            object.__setattr__(self, "care", meaning("care", self.care) or self.care)
        found = Mistakes()
        with found.at():
            one_of(self.care, "care", _library(), "treatment")
        with found.at():
            begin = amount(self.start, "time", "start")
            if self.until is not None and amount(self.until, "time", "until") <= begin:
                text = f'{self.care} ends at "{self.until}", not after its start at "{self.start}"'
                raise InputError(text, ["until"])
        found.tell()
        for_good = [name for name, factor in _library()[self.care].times.items() if factor == 0]
        if self.until is not None and for_good:
            raise InputError(f"{self.care} takes {for_good[0]} away for good; leave its end out", ["until"])

    @property
    def name(self) -> str:
        """Name of the care."""
        return self.care

    def times(self) -> list[float]:
        """Time at which it begins, in days."""
        return [amount(self.start, "time")]

    def events(self, history: float, patient: int) -> list[Event]:
        """What it does to the model; `history` days of disease come before."""
        care = _library()[self.care]
        begin = history + amount(self.start, "time")
        rows = [Event(patient, begin, name, "add", value) for name, value in care.adds.items()]
        rows += [Event(patient, begin, name, "multiply", value) for name, value in care.times.items()]
        if self.until is not None:
            end = history + amount(self.until, "time")
            rows += [Event(patient, end, name, "add", -value) for name, value in care.adds.items()]
            rows += [Event(patient, end, name, "multiply", 1 / value) for name, value in care.times.items()]
        return rows

    def to_dict(self) -> dict:
        """As plain data; `Care(**care.to_dict())` is the same."""
        return {"care": self.care, "start": self.start, "until": self.until}
