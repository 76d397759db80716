"""What of the natural history is compared with what was published: three tables, and the evidence they name.

natural_history.csv: a row of evidence beside what of the model answers it, or why the model cannot.
natural_history_subjects.csv: who that is: people of some causes, with or without what takes them away; animals.
natural_history_tolerance.csv: how far off is a miss where the evidence gives no interval; assumed.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from lobule.errors import InputError, nearest
from lobule.evidence import fact
from lobule.labs import labs
from lobule.rows import Row, read_rows, rows_by

FOLDER = Path(__file__).parent
MAP, SUBJECTS, TOLERANCE = (
    FOLDER / f"natural_history{end}.csv" for end in ("", "_subjects", "_tolerance")
)  # fmt: skip
SET_ASIDE = FOLDER / "set_aside.csv"
MIDDLE_HALF = 0.6745  # standard deviations from the middle to the quartiles of a normal distribution
# How a row is answered, and what it is then about.
STATISTICS = {
    "level": "median of an output over the visits in a state",
    "share": "share of the visits in a state that are in another one too",
    "within": "cumulative chance of an event, or of reaching a state, from the visits in a state on",
    "without": "1 less that",
    "then": "share of those still alive after some time who are in a state then",
    "rate": "the same chance as events a year",
    "change": "mean change of an output after some time",
    "change a year": "the same over the years it took",
    "years": "median years from the onset to a state, of those who are ever in another one",
    "hazard ratio": "hazard with the cause taken away over that of the same people without",
    "correlation": "rank correlation of two outputs over the visits in a state",
    "slope": "of the first of two outputs on the second",
    "chain": "share of all in a stage, by the published transition rates",
    "value": "an output of an animal at a time",
    "fold": "the same over its start, beside the published value over the published control",
    "peak": "time of the highest value of an output",
    "dead": "% of animals dead by a time",
    "alive": "% of animals alive at a time",
}


def _words(text: Any) -> list[str]:
    return str(text).split()


def _numbers(text: Any) -> list[float]:
    return [float(word) for word in str(text).split()]


class Subject(Row):
    """Who is followed.

    Attributes
    ----------
    name : as natural_history.csv calls it
    species : human, mouse or rat
    causes : causes of disease, one group of people each; one injury of an animal; none in health
    shares : how much each cause counts
    care, years : what takes the cause away (of each cause, separated by ";", or of all), and the years of disease after
        which it begins
    seen : first and last year of care in which the people are seen; blank where a question begins with the care
    struck : by a precipitant some days before, for acute-on-chronic failure
    dose, every, weeks : of an animal's injury; the cause's own where blank
    age, sex : of a healthy person
    """

    name: str
    species: str
    causes: Annotated[list[str], BeforeValidator(_words)] = Field(default_factory=list)
    shares: Annotated[list[float], BeforeValidator(_numbers)] = Field(default_factory=list)
    care: str = ""
    years: Annotated[list[float], BeforeValidator(_numbers)] = Field(default_factory=list)
    seen: Annotated[list[float], BeforeValidator(_numbers)] = Field(default_factory=list)
    struck: bool = False
    dose: str = ""
    every: str = ""
    weeks: float | None = None
    age: float | None = None
    sex: str = ""
    note: str = ""

    @property
    def cares(self) -> list[str]:
        """The care of each cause; "" where there is none."""
        found = [care.strip() for care in self.care.split(";")]
        return found * len(self.causes) if len(found) == 1 else found

    @property
    def single(self) -> bool:
        """One animal or donor with an injury, in place of a cohort of patients."""
        return self.species != "human" or bool(self.dose)


class Question(Row):
    """What of the model answers a row of evidence.

    Attributes
    ----------
    row : id of the evidence; of `chain` all transition rates
    kind : under which it is counted
    subject : of natural_history_subjects.csv
    at : a state of people, with how far ahead ("F3, for 2 year"); a time of animals
    output : of the model, an event or a state
    statistic : of STATISTICS
    factor : what one of the published unit is in the unit of the answer
    over : another row; both sides are divided by theirs of it
    tolerance : share of the figure that is no miss, in place of that of its statistic
    reason : why the model cannot say it; all but row and kind are blank then
    """

    row: str
    kind: str
    subject: str = ""
    at: str = ""
    output: str = ""
    statistic: str = ""
    factor: float = 1.0
    over: str = ""
    tolerance: float = math.nan
    reason: str = ""


class _Tolerance(Row):
    statistic: str
    share: float
    least: float
    note: str


class _Aside(Row):
    row: str
    table: str
    source_id: str
    reason: str


@dataclass(frozen=True)
class Published:
    """A published figure in the unit of the answer, with what is no miss; `assumed` where no source gives that."""

    value: float
    low: float
    high: float
    assumed: bool

    def over(self, other: float) -> Published:
        """The same divided by another figure."""
        low, high = sorted((self.low / other, self.high / other))
        return Published(self.value / other, low, high, self.assumed)


@cache
def questions(path: Path = MAP) -> tuple[Question, ...]:
    """Every row of natural_history.csv.

    Raises
    ------
    InputError : a row with a statistic or subject that is not known, or neither an answer nor a reason.
    """
    rows = read_rows(path, Question)
    for row in rows:
        if row.reason:
            continue
        for word, known in ((row.statistic, STATISTICS), (row.subject, subjects())):
            if word not in known:
                raise InputError(f'{path.name}, {row.row}: there is no "{word}". {nearest(word, known)}')
    return rows


@cache
def subjects(path: Path = SUBJECTS) -> dict[str, Subject]:
    """Every row of natural_history_subjects.csv by name."""
    return rows_by("name", path, Subject)


@cache
def set_aside(path: Path = SET_ASIDE) -> dict[str, str]:
    """Facts that nobody fits to, {row of evidence: why it was chosen}."""
    return {name: row.reason for name, row in rows_by("row", path, _Aside).items()}


@cache
def _tolerances(path: Path = TOLERANCE) -> dict[str, _Tolerance]:
    return rows_by("statistic", path, _Tolerance)


def evidence_rows(folder: Path | None = None) -> Iterator[tuple[str, str]]:
    """Table and id of every row of evidence that tells of the disease without the new therapy."""
    from lobule.evidence.tables import FOLDER as DATA
    from lobule.evidence.tables import ID_COLUMNS

    for table in ("natural_history", "natural_history_2", "physiology", "physiology_2", "cohorts", "cohorts_2",
                  "animal_courses"):  # fmt: skip
        with ((folder or DATA) / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield table, row[ID_COLUMNS[table]]


def published(question: Question) -> Published:
    """The figure of a question's row, in the unit of the answer.

    Raises
    ------
    InputError : a row without a number.
    """
    row = fact(question.row)
    number = {key: _number(text) for key, text in row.items()}
    factor = question.factor * _unit_factor(question, row)
    if question.statistic == "fold" and not math.isnan(number.get("control_mean", math.nan)):
        factor /= number["control_mean"]
    ends = [number.get(end, math.nan) for end in ("low", "high")]
    named = ("median", "value", "mean") if question.statistic == "level" else ("value", "mean", "median")
    value = _first(number | {"middle": sum(ends) / 2}, *named, "middle", "range_high")
    if math.isnan(value):
        raise InputError(f"{question.row} has no number")
    low, high = _interval(number, value)
    if math.isnan(low) or math.isnan(high):
        off = _allowed(question, value * factor)
        return Published(value * factor, value * factor - off, value * factor + off, True)
    low, high = sorted((low * factor, high * factor))
    return Published(value * factor, low, high, False)


def _allowed(question: Question, value: float) -> float:
    """How far off is no miss; of a share that is without an event, by the share that is with it."""
    if not math.isnan(question.tolerance):
        return question.tolerance * abs(value)
    allowed = _tolerances()[question.statistic]
    return max(allowed.share * abs(1 - value if question.statistic == "without" else value), allowed.least)


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _first(number: dict[str, float], *names: str) -> float:
    return next((number[name] for name in names if not math.isnan(number.get(name, math.nan))), math.nan)


def _interval(number: dict[str, float], value: float) -> tuple[float, float]:
    """What the source gives: limits, a usual range, or the middle half of its people or animals."""
    for low, high in (("low", "high"), ("q1", "q3"), ("range_low", "range_high")):
        if number.get(low, math.nan) <= value <= number.get(high, math.nan) and number[low] < number[high]:
            return number[low], number[high]
    sd = number.get("sd", math.nan)
    if "control_mean" in number or not sd > 0:  # an SD of 0 was rounded or misprinted
        return math.nan, math.nan
    return value - MIDDLE_HALF * sd, value + MIDDLE_HALF * sd


def _unit_factor(question: Question, row: dict[str, str]) -> float:
    """What one of the published unit is in the unit of the model's output."""
    lab, unit = labs().get(question.output), row.get("unit", "").replace("10^9", "1e9")
    if lab is None or question.statistic not in ("level", "value", "change"):
        return 1.0
    if unit == "xULN" and question.factor == 1 and not math.isnan(lab.upper_normal):
        return lab.upper_normal * lab.factor(lab.clinic)
    return lab.factor(unit) if lab.has_unit(unit) else 1.0
