"""The injury of a study: what harms its animals, how hard, when, and on which days they are dosed and looked at.

A row of `injury_models.csv` says what one word of the tables means; what a study says itself goes before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from lobule.errors import InputError, nearest
from lobule.model.causes import causes
from lobule.rows import Row, rows_by
from lobule.studies.observation import Observation
from lobule.studies.reasons import reason

TABLE = Path(__file__).parent / "injury_models.csv"
CHRONIC = 10.0  # days: an injury watched for longer is chronic
FEWEST_WATCHED = 21.0  # days between a dose and a readout that a study does not tell; assumed
GAPS = {"ccl4": 7 / 2}  # days between doses of a cause that is given for weeks; of others a third of a week
OTHER_GAP = 7 / 3
WEEKS = re.compile(r"(\d+(?:\.\d+)?)\s*-?(?:wk|weeks?)\b(?!\s*of age)")
RESECTED = re.compile(r"(\d\d)\s*%\s*(?:PH|hepatectomy)")


@dataclass(frozen=True)
class Injury:
    """A cause with its dose, the times at which it strikes, and its end."""

    cause: str
    dose: str | None
    times: tuple[float, ...]
    end: float | None


class InjuryModel(Row):
    """What one word of the tables means.

    in_text : finds it in other words than its own; the first row that fits is meant
    causes : they strike together; {species}_dose : the usual one, lethal_{species}_dose : one that kills a share; None
        where the cause's own stands
    weeks : of a chronic injury that lasts; None of an acute or standing one
    first_dose_day, readout_day : where a study says nothing
    """

    injury_model: str
    causes: Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(text.split("+")))]
    in_text: re.Pattern[str] | None = None
    mouse_dose: str | None = None
    rat_dose: str | None = None
    lethal_mouse_dose: str | None = None
    lethal_rat_dose: str | None = None
    weeks: float | None = None
    first_dose_day: float
    readout_day: float
    note: str = ""

    def dose(self, species: str) -> str | None:
        """The usual dose."""
        return {"mouse": self.mouse_dose, "rat": self.rat_dose}[species]

    def lethal_dose(self, species: str) -> str | None:
        """A dose that kills a share; None where the model's animals do not die of this injury."""
        return {"mouse": self.lethal_mouse_dose, "rat": self.lethal_rat_dose}[species]


@cache
def injury_models() -> dict[str, InjuryModel]:
    """All injuries that tables name."""
    return rows_by("injury_model", TABLE, InjuryModel)


def injury_model(name: str, detail: str = "") -> InjuryModel:
    """What a word of the tables means, or other words with what stands beside them.

    Raises
    ------
    InputError : an injury that the model lacks, with the nearest word or what else to write.
    """
    known = injury_models().get(name)
    if known is not None:
        return known
    for text in (name, f"{name} {detail}"):
        spaced = text.lower().replace("_", " ")
        for model in injury_models().values():
            if model.in_text is not None and model.in_text.search(spaced):
                return model
        if lacking := reason("injury", text):
            raise InputError(lacking)
    raise InputError(f'no injury model "{name}". {nearest(name, injury_models(), 8)}')


@dataclass(frozen=True)
class StudyDays:
    """Days of a study from the beginning of its injury: weeks of injury (None of an acute or standing one), first dose
    (below 0 where it comes before the injury), readout."""

    model: InjuryModel
    weeks: float | None
    first: float
    readout: float

    @property
    def chronic(self) -> bool:
        """The injury lasts, or is watched for long."""
        return self.weeks is not None or self.model.readout_day > CHRONIC

    @property
    def delay(self) -> float:
        """Days from the beginning of the run to the injury: it comes later where a dose comes first."""
        return max(0.0, -self.first)


def days_of(row: Observation, said: list[str]) -> StudyDays:
    """Days of a study; what it does not tell is assumed, and said.

    Raises
    ------
    InputError : an injury that the model does not have.
    """
    known = injury_model(row.injury_model, row.injury_detail)
    if known.injury_model != row.injury_model:
        said.append(f"{row.injury_model} as {known.injury_model}")
    if known.note:
        said.append(known.note)
    weeks = _weeks(row, known, said)
    first = _first_dose(row, known, weeks, said)
    readout = _readout(row, known, weeks, first, said)
    if weeks is not None:
        weeks = max(weeks, min(first, readout) / 7)
    return StudyDays(known, weeks, first, readout)


def _weeks(row: Observation, known: InjuryModel, said: list[str]) -> float | None:
    if known.weeks is None:
        return None
    match = WEEKS.search(row.injury_detail)
    if match:
        return float(match[1])
    said.append(f"{known.weeks:g} weeks of injury")
    return known.weeks


def _first_dose(row: Observation, known: InjuryModel, weeks: float | None, said: list[str]) -> float:
    if row.first_dose_day is not None:
        return row.first_dose_day
    if row.product != "none":
        said.append("day of the first dose")
    return 3.5 * weeks if weeks is not None else known.first_dose_day


def _readout(row: Observation, known: InjuryModel, weeks: float | None, first: float, said: list[str]) -> float:
    if row.days_after_dose is not None:
        return first + row.days_after_dose
    if row.readout_day is not None and row.readout_day > first:
        return row.readout_day
    said.append("day of the readout")
    if weeks is not None:
        return max(7 * weeks, first + FEWEST_WATCHED)
    return max(known.readout_day, first + min(known.readout_day, FEWEST_WATCHED))


def injuries_of(row: Observation, days: StudyDays, *, lethal: bool) -> tuple[Injury, ...]:
    """Every cause of an injury with dose and times.

    Parameters
    ----------
    days : days of the study, as `days_of` gives them
    lethal : the study reports survival, so that the injury is one that kills
    """
    known, weeks, delay = days.model, days.weeks, days.delay
    found = []
    for name in known.causes:
        cause = causes()[name]
        times: tuple[float, ...] = (delay,)
        if cause.kind == "dose" and weeks is not None and cause.every is not None:
            gap = GAPS.get(name, OTHER_GAP)
            times = tuple(delay + gap * i for i in range(max(1, round(7 * weeks / gap))))
        end = delay + 7 * weeks if weeks is not None and cause.kind == "switch" else None
        found.append(Injury(name, _dose(name, row, known, lethal=lethal), times, end))
    return tuple(found)


def _dose(cause: str, row: Observation, known: InjuryModel, *, lethal: bool) -> str | None:
    dose = (known.lethal_dose(row.species) if lethal else None) or known.dose(row.species)
    if cause == "partial_hepatectomy":
        match = RESECTED.search(row.injury_detail)
        return f"{match[1]} %" if match else dose
    return dose if len(known.causes) == 1 else None
