"""Published cohorts that virtual ones are to look like: a file of `cohorts/` each, with rows of the evidence.

A published table holds labs as they were measured. What a model is matched to is what lies under the error of
measurement: the variance of the error (`labs.csv`) is taken off, and correlations are raised accordingly. Where
quartiles are published of a skewed lab, the shares of people below them are matched, each with the error that the
measurement of a virtual person would have: no shape is taken for granted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lobule.arguments import one_of
from lobule.errors import InputError, about, nearest, shown
from lobule.evidence import cohort_rows
from lobule.labs import labs
from lobule.model.causes import cause
from lobule.patient.lives import Usual
from lobule.therapy.care import Care
from lobule.yaml_files import Grade, LongText, Section, Text, reading

FOLDER = Path(__file__).parent / "cohorts"
# chronic: cirrhosis or not; aclf: struck by a precipitant, by `patient.precipitants`, whatever the stage before
STAGES = {"chronic": (0.0, 1.0, 2.0), "any": (1.0, 2.0), "compensated": (1.0,), "decompensated": (2.0,),
          "aclf": (1.0, 2.0)}  # fmt: skip
ACLF = "aclf"
MATCHED = [name for name, lab in labs().items() if lab.table_1]
BALANCED = [name for name in MATCHED if labs()[name].table_1 == "balanced"]
SHARP = 0.01  # of a lab without a known error, on the logarithm: a quartile is a step
QUARTILES_APART = 1.349  # of a normal distribution, in standard deviations
LARGEST_ERROR = 0.7  # of a published variance: what is left must be the people's


class CareSection(Section):
    """Care that people of the cohort have had since their disease was found, in place of none."""

    name: Text
    share: Annotated[float, Field(ge=0, le=1)]
    found_early: Annotated[float, Field(ge=0)] = 0.0
    found: Annotated[float, Field(ge=0)]
    found_decompensated: Annotated[float, Field(gt=0)]
    seen: Annotated[float, Field(gt=0)]
    earliest: Annotated[float, Field(ge=0)] = 0.0
    grade: Grade
    source: Text


class EvidenceSection(Section):
    """Which rows of the evidence."""

    etiology: Text
    stage: Text


class TargetFile(Section):
    """A file of `cohorts/`."""

    title: Text
    etiologies: list[Text]
    stage: Literal["chronic", "any", "compensated", "decompensated", "aclf"]
    evidence: EvidenceSection | None = None
    female: Annotated[float, Field(ge=0, le=1)] | None = None
    care: CareSection | None = None
    laboratory: dict[Text, Annotated[float, Field(gt=0)]] = Field(default={})
    note: LongText


@dataclass(frozen=True)
class Target:
    """A published cohort: spread of each variable as mean and standard deviation (of the logarithm when skewed)."""

    name: str
    title: str
    etiologies: tuple[str, ...]
    stage: str
    moments: dict[str, tuple[float, float]]
    female: float
    usual: Usual | None = None
    laboratory: dict[str, float] = field(default_factory=dict)  # {lab: what this laboratory read of it, over the usual}
    quartiles: dict[str, tuple[float, float, float]] = field(default_factory=dict)  # of skewed labs, as published

    def unmeasured(self, name: str) -> tuple[float, float]:
        """Mean of a variable on the usual scale, and standard deviation without the error of measurement."""
        mean, sd = self.moments[name]
        scale = self.laboratory.get(name, 1.0)
        mean, sd = (mean - math.log(scale), sd) if labs()[name].skewed else (mean / scale, sd / scale)
        error = labs()[name].error_cv * (1 if labs()[name].skewed else abs(mean))
        return mean, sd * math.sqrt(1 - self._of_error(sd, error))

    def below_quartiles(self, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chance that virtual people with such values of a lab would be measured below each published quartile here,
        (n, 3)."""
        from scipy.special import ndtr

        error = labs()[name].error_cv
        read = np.log(values * self.laboratory.get(name, 1.0))
        return np.asarray(ndtr((np.log(self.quartiles[name]) - read[:, None]) / (error if error > 0 else SHARP)))

    def unmeasured_correlation(self, a: str, b: str, published: float) -> float:
        """A published correlation without the errors of measurement, which weaken it; at most 0.95."""
        for name in (a, b):
            scale = 1 if labs()[name].skewed else self.laboratory.get(name, 1.0)
            published *= self.moments[name][1] / scale / self.unmeasured(name)[1]
        return max(-0.95, min(0.95, published))

    @staticmethod
    def _of_error(sd: float, error: float) -> float:
        return min((error / sd) ** 2, LARGEST_ERROR) if math.isfinite(error) else 0.0


@cache
def targets() -> dict[str, Target]:
    """The published cohorts that can be imitated, by name."""
    return {path.stem: read_target(path) for path in sorted(FOLDER.glob("*.yaml"))}


def read_target(path: Path) -> Target:
    """One file of a published cohort; raises InputError with file, line and field."""
    with (
        reading(path, TargetFile, "a published cohort", "title, etiologies and stage") as (file, found),
        found.at(),
    ):
        rows = cohort_rows(file.evidence.etiology, file.evidence.stage) if file.evidence else []
        for name in file.laboratory:
            one_of(name, "laboratory", labs(), "lab")
    usual = _usual(file.care) if file.care else None
    moments, quartiles, female = {}, {}, 0.35 if file.female is None else file.female
    for row in rows:
        name = row["variable"]
        if name == "female" and row["mean"]:
            female = float(row["mean"])
        if name in MATCHED and labs()[name].has_unit(row["unit"]):
            number = _numbers(row, labs()[name].factor(row["unit"]))
            spread = _spread(number, labs()[name].skewed)
            if spread:
                moments[name] = spread
            if labs()[name].skewed and _has_quartiles(number):
                quartiles[name] = (number["q1"], number["median"], number["q3"])
    etiologies = tuple(file.etiologies)
    return Target(path.stem, file.title, etiologies, file.stage, moments, female, usual, file.laboratory, quartiles)


def _usual(given: CareSection) -> Usual:
    with about("care", "name"):
        name = Care(given.name).name
    chances = given.found_early, given.found, given.found_decompensated
    return Usual(name, given.share, *chances, given.seen, given.earliest)


def _numbers(row: dict[str, str], factor: float) -> dict[str, float]:
    return {key: float(row[key]) * factor for key in ("mean", "sd", "median", "q1", "q3") if row[key]}


def _has_quartiles(number: dict[str, float]) -> bool:
    return {"median", "q1", "q3"} <= set(number) and 0 < number["q1"] < number["q3"]


def _spread(number: dict[str, float], skewed: bool) -> tuple[float, float] | None:
    """Mean and standard deviation; for skewed labs of the logarithm, from quartiles where there are any."""
    if skewed and _has_quartiles(number):
        return by_quartiles(number["q1"], number["median"], number["q3"])
    if not {"mean", "sd"} <= set(number) or number["sd"] <= 0:
        return None
    if not skewed:
        return number["mean"], number["sd"]
    variance = math.log(1 + (number["sd"] / number["mean"]) ** 2)
    return math.log(number["mean"]) - variance / 2, math.sqrt(variance)


def by_quartiles(low: float, median: float, high: float) -> tuple[float, float]:
    """Logarithm of the median, and the standard deviation that a normal logarithm with such quartiles would have."""
    return math.log(median), math.log(high / low) / QUARTILES_APART


def target_of(etiology: str, stage: str, like: str | None) -> Target | None:
    """The published cohort to imitate, None for none; raises InputError for what no cohort can be drawn of."""
    with about("etiology"):
        etiology = cause(etiology, "human").name
    one_of(stage, "stage", STAGES)
    if like is None:
        return None
    if like != "auto":
        if like not in targets():
            raise InputError(f"no published cohort {shown(like)}. {nearest(like, targets())}", ["like"])
        if etiology not in targets()[like].etiologies:
            of = ", ".join(targets()[like].etiologies)
            raise InputError(f'the cohort "{like}" is of {of}, not of {etiology}', ["like"])
        return targets()[like]
    fitting = [t for t in targets().values() if etiology in t.etiologies and t.stage == stage]
    return fitting[0] if fitting else None
