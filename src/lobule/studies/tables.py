"""Tables of what was observed: arms of studies, contrasts between arms, trials. A bad row never loses the good ones.

The columns are those of the evidence tables (docs/credibility.md), in CSV, Excel or Parquet. A row that cannot be read
is kept as a problem with its line; a cell that holds no finite number where one belongs is a problem of its row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from lobule.evidence import table_paths
from lobule.evidence.vocabulary import mentioned
from lobule.files.cells import decimal_mark
from lobule.files.columns import text_columns
from lobule.files.grid import letters
from lobule.files.table import read_table
from lobule.files.vocabulary import Vocabulary
from lobule.studies.cells import Cells, count_in, loose_number_in, number_in, one_of_in, p_value_in, positive_in
from lobule.studies.observation import Contrast, Observation, TrialRow, UnreadRow

DIRECTIONS = ("down", "up", "none")
WINNERS = ("a", "b", "equal")
DEFAULT_ANIMALS = 8  # of a group whose size is not reported; assumed
WIDEST = 10.0  # standard error of the logarithm of a ratio: a factor of 20,000 either way
Row = TypeVar("Row")

STUDY_COLUMNS = ("row_id", "study_id", "species", "injury_model", "product", "endpoint", "direction")
CONTRAST_COLUMNS = ("contrast_id", "study_id", "species_or_cells", "injury_model", "arm_a", "arm_b", "product_a",
                    "product_b", "endpoint", "which_better")  # fmt: skip
TRIAL_COLUMNS = ("row_id", "source_id", "etiology", "stage", "product", "arm", "endpoint")


def packaged_studies() -> tuple[list[Observation], list[UnreadRow]]:
    """All arms of the evidence."""
    return _several(read_studies, "studies")


def packaged_trials() -> tuple[list[TrialRow], list[UnreadRow]]:
    """All rows of trials of the evidence."""
    return _several(read_trials, "trials")


def _several(
    read: Callable[[str | Path], tuple[list[Row], list[UnreadRow]]], kind: str
) -> tuple[list[Row], list[UnreadRow]]:
    found = [read(path) for path in table_paths(kind)]
    return [row for rows, _ in found for row in rows], [problem for _, problems in found for problem in problems]


def read_studies(path: str | Path) -> tuple[list[Observation], list[UnreadRow]]:
    """Read a table of arms; raises InputError for a file that is no such table."""
    return _read(path, "studies", STUDY_COLUMNS, _observation)


def read_contrasts(path: str | Path) -> tuple[list[Contrast], list[UnreadRow]]:
    """Read a table of contrasts; raises InputError for a file that is no such table."""
    return _read(path, "contrasts", CONTRAST_COLUMNS, _contrast)


def read_trials(path: str | Path) -> tuple[list[TrialRow], list[UnreadRow]]:
    """Read a table of trials; raises InputError for a file that is no such table."""
    return _read(path, "trials", TRIAL_COLUMNS, _trial)


@cache
def _vocabulary(kind: str) -> Vocabulary:
    """The columns of the evidence's own tables of this kind."""
    columns: dict[str, None] = {}
    for path in table_paths(kind):
        with path.open(encoding="utf-8") as file:
            columns |= dict.fromkeys(file.readline().strip().split(","))
    return Vocabulary({}, texts=tuple(columns))


def _read(
    path: str | Path, kind: str, needed: tuple[str, ...], make: Callable[[Cells, int], Row]
) -> tuple[list[Row], list[UnreadRow]]:
    vocabulary = _vocabulary(kind)
    table = read_table(path, vocabulary)
    columns, unread = text_columns(table, vocabulary, needed)
    problems = [UnreadRow(table.header_line, "", note) for note in (*table.notes, *unread)]
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
            problems.append(UnreadRow(line, cells[needed[0]], str(error), cells.get("source_id", "")))
    return rows, problems


def _observation(cells: Cells, line: int) -> Observation:
    for name in ("species", "injury_model", "product", "endpoint"):
        if not cells[name]:
            raise cells.wrong(name, f"{name} is empty")
    after = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) d after dose", cells.get("readout_day", ""))
    if after:
        cells["readout_day"] = ""
    size = count_in(cells, "n_per_arm") or DEFAULT_ANIMALS
    ratio, low, high = _ratio(cells, size)
    direction = one_of_in(cells, "direction", DIRECTIONS)
    about = f"{cells.get('modification', '')} {cells.get('note', '')}"
    lost = mentioned("loss of function", about) is not None
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
        dose_value=loose_number_in(cells, "dose_value"),
        dose_unit=cells.get("dose_unit", ""),
        n_doses=count_in(cells, "n_doses"),
        interval_d=loose_number_in(cells, "interval_d"),
        route=cells.get("route", ""),
        first_dose_day=loose_number_in(cells, "first_dose_day", -math.inf),
        readout_day=loose_number_in(cells, "readout_day"),
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
        positive_in(cells, n) for n in ("ratio_treated_over_injury", "ratio_low", "ratio_high")
    )  # as reported
    treated, untreated = positive_in(cells, "treated_mean"), positive_in(cells, "injury_mean")
    if ratio is None and treated and untreated:
        ratio = treated / untreated
    sd_treated, sd_untreated = positive_in(cells, "treated_sd"), positive_in(cells, "injury_sd")
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
        which_better=one_of_in(cells, "which_better", WINNERS),
        note=cells.get("note", ""),
    )


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
        n_doses=count_in(cells, "n_doses"),
        interval_d=loose_number_in(cells, "interval_d"),
        route=cells.get("route", ""),
        arm=one_of_in(cells, "arm", ("treated", "control")),
        n=count_in(cells, "n"),
        endpoint=cells["endpoint"],
        unit=cells.get("unit", ""),
        timepoint_d=_time_in(cells),
        baseline=number_in(cells, "baseline_mean"),
        baseline_sd=positive_in(cells, "baseline_sd"),
        value=number_in(cells, "value_mean"),
        value_sd=positive_in(cells, "value_sd"),
        effect=effect,
        effect_low=number_in(cells, "effect_ci_low"),
        effect_high=number_in(cells, "effect_ci_high"),
        p_value=p_value_in(cells),
        note=cells.get("note", ""),
    )


def _time_in(cells: Cells) -> float | None:
    """Days to a measurement; None where words tell that they are not told ("last visit")."""
    untold = mentioned("time that is not told", cells.get("timepoint_d", "")) is not None
    return None if untold else loose_number_in(cells, "timepoint_d")
