"""Tables of what was observed: arms of studies, contrasts between arms, trials. A bad row never loses the good ones.

The columns are those of the evidence tables (docs/credibility.md). A row that cannot be read is kept as a problem with
its line; a cell that holds no number where one belongs is a problem of its row.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lobule.errors import InputError, nearest

DIRECTIONS = ("down", "up", "none")
WINNERS = ("a", "b", "equal")
DEFAULT_ANIMALS = 8  # of a group whose size is not reported; assumed
NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class Problem:
    """A row that could not be read."""

    line: int
    row: str
    reason: str


@dataclass(frozen=True)
class Observation:
    """One endpoint of one arm of a study; numbers are None where the table says nothing.

    ratio : treated over untreated, as reported or from the means; ratio_low, ratio_high : its 95 % interval, reported,
        from the standard deviations, or None
    """

    line: int
    row_id: str
    study_id: str
    source_id: str
    species: str
    strain: str
    sex: str
    injury_model: str
    injury_detail: str
    product: str
    cell_source: str
    modification: str
    dose_value: float | None
    dose_unit: str
    n_doses: int | None
    interval_d: float | None
    route: str
    first_dose_day: float | None
    readout_day: float | None
    days_after_dose: float | None
    endpoint: str
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    direction: str
    animals: int
    lost_function: bool
    note: str


@dataclass(frozen=True)
class Contrast:
    """Two arms of one study, and which did better."""

    line: int
    contrast_id: str
    study_id: str
    source_id: str
    species: str
    injury_model: str
    kind: str
    arm_a: str
    arm_b: str
    product_a: str
    product_b: str
    dose_a: str
    dose_b: str
    endpoint: str
    which_better: str
    note: str


@dataclass(frozen=True)
class TrialRow:
    """One endpoint of one arm of a trial at one time."""

    line: int
    row_id: str
    trial_id: str
    source_id: str
    design: str
    etiology: str
    stage: str
    product: str
    cell_source: str
    autologous: bool
    dose: str
    dose_unit: str
    n_doses: int | None
    interval_d: float | None
    route: str
    arm: str
    n: int | None
    endpoint: str
    unit: str
    timepoint_d: float | None
    baseline: float | None
    value: float | None
    value_sd: float | None
    effect: str
    effect_low: float | None
    effect_high: float | None
    p_value: float | None
    note: str


Row = TypeVar("Row")

STUDY_COLUMNS = ("row_id", "study_id", "species", "injury_model", "product", "endpoint", "direction")
CONTRAST_COLUMNS = ("contrast_id", "study_id", "species_or_cells", "injury_model", "arm_a", "arm_b", "product_a",
                    "product_b", "endpoint", "which_better")  # fmt: skip
TRIAL_COLUMNS = ("row_id", "source_id", "etiology", "stage", "product", "arm", "endpoint")


def read_studies(path: str | Path) -> tuple[list[Observation], list[Problem]]:
    """Read a table of arms; raises InputError for a file that is no such table."""
    return _read(path, STUDY_COLUMNS, _observation, "row_id")


def read_contrasts(path: str | Path) -> tuple[list[Contrast], list[Problem]]:
    """Read a table of contrasts; raises InputError for a file that is no such table."""
    return _read(path, CONTRAST_COLUMNS, _contrast, "contrast_id")


def read_trials(path: str | Path) -> tuple[list[TrialRow], list[Problem]]:
    """Read a table of trials; raises InputError for a file that is no such table."""
    return _read(path, TRIAL_COLUMNS, _trial, "row_id")


def _read(
    path: str | Path, needed: tuple[str, ...], make: Callable[[dict[str, str], int], Row], key: str
) -> tuple[list[Row], list[Problem]]:
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = [name.strip() for name in reader.fieldnames or ()]
            missing = [name for name in needed if name not in columns]
            if missing:
                near = f" {nearest(missing[0], columns)}" if columns else " The file is empty."
                raise InputError(f'{path.name}, line 1: no column "{missing[0]}".{near}')
            reader.fieldnames = columns
            rows, problems = [], []
            for raw in reader:
                line = reader.line_num
                cells = {name: (value or "").strip() for name, value in raw.items() if isinstance(name, str)}
                if not any(cells.values()):
                    continue
                if None in raw:
                    problems.append(Problem(line, cells.get(key, ""), "more cells than there are columns"))
                    continue
                try:
                    rows.append(make(cells, line))
                except ValueError as error:
                    problems.append(Problem(line, cells.get(key, ""), str(error)))
    except OSError as error:
        raise InputError(f'cannot read "{path}": {error.strerror}') from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f'"{path.name}" is no CSV table in UTF-8: {error}') from error
    return rows, problems


def _number(cells: dict[str, str], name: str) -> float | None:
    text = cells.get(name, "")
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise ValueError(f'{name}: "{text}" is not a number')
    return float(text)


def _positive(cells: dict[str, str], name: str) -> float | None:
    value = _number(cells, name)
    if value is not None and not value >= 0:
        raise ValueError(f"{name}: {value:g} is below 0")
    return value


def _loose(cells: dict[str, str], name: str) -> float | None:
    """A number of a design, which tables write freely: of "1e5-1e6" the first; words without a number are a problem."""
    text = cells.get(name, "")
    if not text:
        return None
    match = NUMBER.match(text) or re.search(r"(?<![\w.])[+-]?\d+\.?\d*(?:[eE][+-]?\d+)?", text)
    if not match:
        raise ValueError(f'{name}: "{text}" is not a number')
    return float(match[0])


def _one_of(cells: dict[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = cells[name].lower()
    if text not in allowed:
        raise ValueError(f'{name}: "{cells[name]}" is none of {", ".join(allowed)}')
    return text


def _count(cells: dict[str, str], name: str) -> int | None:
    """A whole number; of "5 planned (mean 2.9)" or "1-2" the first."""
    value = _loose(cells, name)
    if value is not None and (value < 0 or value != int(value)):
        raise ValueError(f'{name}: "{cells[name]}" is not a whole number')
    return None if value is None else int(value)


def _observation(cells: dict[str, str], line: int) -> Observation:
    for name in ("species", "injury_model", "product", "endpoint"):
        if not cells[name]:
            raise ValueError(f"{name} is empty")
    after = re.fullmatch(r"([\d.]+) d after dose", cells.get("readout_day", ""))
    if after:
        cells = cells | {"readout_day": ""}
    size = _count(cells, "n_per_arm") or DEFAULT_ANIMALS
    ratio, low, high = _ratio(cells, size)
    direction = _one_of(cells, "direction", DIRECTIONS)
    about = f"{cells.get('modification', '')} {cells.get('note', '')}".lower()
    lost = bool(re.search(r"knock|silenc|inhibitor|antagomir|deplet|loss of function", about))
    return Observation(
        line=line,
        row_id=cells["row_id"],
        study_id=cells["study_id"],
        source_id=cells.get("source_id") or cells["study_id"],
        species=cells["species"].lower(),
        strain=cells.get("strain", ""),
        sex=cells.get("sex", "").lower(),
        injury_model=cells["injury_model"],
        injury_detail=cells.get("injury_detail", ""),
        product=cells["product"],
        cell_source=cells.get("cell_source", ""),
        modification=cells.get("modification", ""),
        dose_value=_loose(cells, "dose_value"),
        dose_unit=cells.get("dose_unit", ""),
        n_doses=_count(cells, "n_doses"),
        interval_d=_loose(cells, "interval_d"),
        route=cells.get("route", ""),
        first_dose_day=_loose(cells, "first_dose_day"),
        readout_day=_loose(cells, "readout_day"),
        days_after_dose=float(after[1]) if after else None,
        endpoint=cells["endpoint"],
        ratio=ratio,
        ratio_low=low,
        ratio_high=high,
        direction=direction,
        animals=size,
        lost_function=direction == "none" and lost,
        note=cells.get("note", ""),
    )


def _ratio(cells: dict[str, str], animals: int) -> tuple[float | None, float | None, float | None]:
    """Treated over untreated with its 95 % interval: as reported, else from means and standard deviations."""
    ratio, low, high = (
        _positive(cells, n) for n in ("ratio_treated_over_injury", "ratio_low", "ratio_high")
    )  # as reported
    treated, untreated = _positive(cells, "treated_mean"), _positive(cells, "injury_mean")
    if ratio is None and treated and untreated:
        ratio = treated / untreated
    sd_treated, sd_untreated = _positive(cells, "treated_sd"), _positive(cells, "injury_sd")
    if ratio and low is None and treated and untreated and sd_treated and sd_untreated:
        error = math.sqrt(((sd_treated / treated) ** 2 + (sd_untreated / untreated) ** 2) / animals)
        low, high = ratio * math.exp(-1.96 * error), ratio * math.exp(1.96 * error)
    if low is not None and high is not None and low > high:
        raise ValueError(f"ratio_low {low:g} is above ratio_high {high:g}")
    return (ratio, low, high) if ratio else (None, None, None)


def _contrast(cells: dict[str, str], line: int) -> Contrast:
    return Contrast(
        line=line,
        contrast_id=cells["contrast_id"],
        study_id=cells["study_id"],
        source_id=cells.get("source_id") or cells["study_id"],
        species=cells["species_or_cells"].lower(),
        injury_model=cells["injury_model"],
        kind=cells.get("kind", ""),
        arm_a=cells["arm_a"],
        arm_b=cells["arm_b"],
        product_a=cells["product_a"],
        product_b=cells["product_b"],
        dose_a=cells.get("dose_a", ""),
        dose_b=cells.get("dose_b", ""),
        endpoint=cells["endpoint"],
        which_better=_one_of(cells, "which_better", WINNERS),
        note=cells.get("note", ""),
    )


def _p_value(text: str) -> float | None:
    match = re.search(r"\d*\.?\d+(?:[eE][+-]?\d+)?", text)
    return float(match[0]) if match else None


def _trial(cells: dict[str, str], line: int) -> TrialRow:
    effect = cells.get("effect", "")
    return TrialRow(
        line=line,
        row_id=cells["row_id"],
        trial_id=cells.get("trial_id") or cells["source_id"],
        source_id=cells["source_id"],
        design=cells.get("design", ""),
        etiology=cells["etiology"],
        stage=cells["stage"],
        product=cells["product"],
        cell_source=cells.get("cell_source", ""),
        autologous=cells.get("autologous", "").lower() == "y",
        dose=cells.get("dose_per_kg_or_total", ""),
        dose_unit=cells.get("dose_unit", ""),
        n_doses=_count(cells, "n_doses"),
        interval_d=_loose(cells, "interval_d"),
        route=cells.get("route", ""),
        arm=_one_of(cells, "arm", ("treated", "control")),
        n=_count(cells, "n"),
        endpoint=cells["endpoint"],
        unit=cells.get("unit", ""),
        timepoint_d=_loose(cells, "timepoint_d"),
        baseline=_number(cells, "baseline_mean"),
        value=_number(cells, "value_mean"),
        value_sd=_positive(cells, "value_sd"),
        effect=effect,
        effect_low=_number(cells, "effect_ci_low"),
        effect_high=_number(cells, "effect_ci_high"),
        p_value=_p_value(cells.get("p_value", "")),
        note=cells.get("note", ""),
    )
