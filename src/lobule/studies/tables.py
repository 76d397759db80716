"""Tables of what was observed: arms of studies, contrasts between arms, trials. A bad row never loses the good ones.

The columns are those of the evidence tables (docs/credibility.md), in CSV, Excel or Parquet. A row that cannot be read
is kept as a problem with its line; a cell that holds no finite number where one belongs is a problem of its row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from lobule.evidence import table_path
from lobule.files.cells import NotANumber, decimal_mark, read_number, shown
from lobule.files.columns import text_columns
from lobule.files.grid import letters
from lobule.files.table import read_table
from lobule.files.vocabulary import Vocabulary

DIRECTIONS = ("down", "up", "none")
WINNERS = ("a", "b", "equal")
DEFAULT_ANIMALS = 8  # of a group whose size is not reported; assumed
WIDEST = 10.0  # standard error of the logarithm of a ratio: a factor of 20,000 either way
MOST_ANIMALS = 1_000_000  # of a group, and doses of a course
FREE_NUMBER = re.compile(r"(?<![\w./])[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![/.]?[0-9])", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """A row that could not be read; `row` is "" where it is a column."""

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
    return _read(path, "studies", STUDY_COLUMNS, _observation)


def read_contrasts(path: str | Path) -> tuple[list[Contrast], list[Problem]]:
    """Read a table of contrasts; raises InputError for a file that is no such table."""
    return _read(path, "contrasts", CONTRAST_COLUMNS, _contrast)


def read_trials(path: str | Path) -> tuple[list[TrialRow], list[Problem]]:
    """Read a table of trials; raises InputError for a file that is no such table."""
    return _read(path, "trials", TRIAL_COLUMNS, _trial)


class Cells(dict[str, str]):
    """The cells of a row, {column: text}, with their places and the decimal mark of the table."""

    def __init__(self, cells: dict[str, str], places: dict[str, str], mark: str) -> None:
        super().__init__(cells)
        self.places = places
        self.mark = mark

    def wrong(self, name: str, reason: str) -> ValueError:
        """What is wrong with a cell, with its place."""
        return ValueError(f"{name} (cell {self.places[name]}): {reason}")


@cache
def _vocabulary(kind: str) -> Vocabulary:
    """The columns of the evidence's own table of this kind."""
    with table_path(kind).open(encoding="utf-8") as file:
        return Vocabulary({}, texts=tuple(file.readline().strip().split(",")))


def _read(
    path: str | Path, kind: str, needed: tuple[str, ...], make: Callable[[Cells, int], Row]
) -> tuple[list[Row], list[Problem]]:
    vocabulary = _vocabulary(kind)
    table = read_table(path, vocabulary)
    columns, unread = text_columns(table, vocabulary, needed)
    problems = [Problem(table.header_line, "", note) for note in (*table.notes, *unread)]
    mark = decimal_mark((cell for row in table.rows for cell in row), table.separator) or "."
    bad = {row: reason for (row, _), reason in reversed(table.unusable.items())}
    rows = []
    for k, (line, texts) in enumerate(zip(table.lines, table.rows, strict=True)):
        places = {name: f"{letters(c)}{line}" for name, c in columns.items()}
        cells = Cells({name: texts[c] for name, c in columns.items()}, places, mark)
        try:
            if k in bad:
                raise ValueError(bad[k])
            rows.append(make(cells, line))
        except ValueError as error:
            problems.append(Problem(line, cells[needed[0]], str(error)))
    return rows, problems


def _number(cells: Cells, name: str) -> float | None:
    text = cells.get(name, "")
    if not text:
        return None
    try:
        written = read_number(text, cells.mark)
    except NotANumber as error:
        raise cells.wrong(name, f"{shown(text)} {error}") from error
    if written.side or written.unit:
        raise cells.wrong(name, f"{shown(text)} is not a number alone")
    return written.value


def _positive(cells: Cells, name: str) -> float | None:
    value = _number(cells, name)
    if value is not None and not value >= 0:
        raise cells.wrong(name, f"{value:g} is below 0")
    return value


def _loose(cells: Cells, name: str, least: float = 0) -> float | None:
    """A number of a design, which tables write freely: of "1e5-1e6" the first; words without a number are a problem."""
    text = cells.get(name, "")
    if not text:
        return None
    match = FREE_NUMBER.search(text.replace(",", ".") if cells.mark == "," else text)
    if not match:
        raise cells.wrong(name, f"{shown(text)} is not a number")
    value = float(match[0])
    if not (math.isfinite(value) and value >= least):
        raise cells.wrong(
            name, f"{shown(text)} is beyond the range of numbers" if value > 0 else f"{value:g} is below 0"
        )
    return value


def _one_of(cells: Cells, name: str, allowed: tuple[str, ...]) -> str:
    text = cells[name].lower()
    if text not in allowed:
        raise cells.wrong(name, f"{shown(cells[name])} is none of {', '.join(allowed)}")
    return text


def _count(cells: Cells, name: str) -> int | None:
    """A whole number; of "5 planned (mean 2.9)" or "1-2" the first."""
    value = _loose(cells, name)
    if value is not None and (value != int(value) or value > MOST_ANIMALS):
        raise cells.wrong(name, f"{shown(cells[name])} is not a whole number up to {MOST_ANIMALS}")
    return None if value is None else int(value)


def _observation(cells: Cells, line: int) -> Observation:
    for name in ("species", "injury_model", "product", "endpoint"):
        if not cells[name]:
            raise cells.wrong(name, f"{name} is empty")
    after = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) d after dose", cells.get("readout_day", ""))
    if after:
        cells["readout_day"] = ""
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
        first_dose_day=_loose(cells, "first_dose_day", -math.inf),
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


def _ratio(cells: Cells, animals: int) -> tuple[float | None, float | None, float | None]:
    """Treated over untreated with its 95 % interval: as reported, else from means and standard deviations."""
    ratio, low, high = (
        _positive(cells, n) for n in ("ratio_treated_over_injury", "ratio_low", "ratio_high")
    )  # as reported
    treated, untreated = _positive(cells, "treated_mean"), _positive(cells, "injury_mean")
    if ratio is None and treated and untreated:
        ratio = treated / untreated
    sd_treated, sd_untreated = _positive(cells, "treated_sd"), _positive(cells, "injury_sd")
    if ratio and low is None and treated and untreated and sd_treated and sd_untreated:
        error = math.hypot(sd_treated / treated, sd_untreated / untreated) / math.sqrt(animals)
        if not error < WIDEST:
            raise cells.wrong("treated_sd", "the standard deviations are too large beside their means")
        low, high = ratio * math.exp(-1.96 * error), ratio * math.exp(1.96 * error)
    if ratio is not None and not math.isfinite(ratio):
        raise cells.wrong("injury_mean", "the ratio of the means is not finite")
    if low is not None and high is not None and low > high:
        raise cells.wrong("ratio_low", f"{low:g} is above ratio_high {high:g}")
    return (ratio, low, high) if ratio else (None, None, None)


def _contrast(cells: Cells, line: int) -> Contrast:
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


def _p_value(cells: Cells) -> float | None:
    """A p-value, of "<0.05" the limit; None where words stand ("ns")."""
    match = re.search(r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?", cells.get("p_value", ""))
    if match and not float(match[0]) <= 1:
        raise cells.wrong("p_value", f"{shown(cells['p_value'])} is above 1")
    return float(match[0]) if match else None


def _trial(cells: Cells, line: int) -> TrialRow:
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
        p_value=_p_value(cells),
        note=cells.get("note", ""),
    )
