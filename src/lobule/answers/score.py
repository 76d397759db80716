"""`lobule score`: adds clinical scores to a table of labs, says what can be computed, and why the rest cannot."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lobule.answers.answer import Answer
from lobule.answers.content import Beside
from lobule.answers.record import record_of
from lobule.answers.words import problem_lines
from lobule.arguments import a_path
from lobule.errors import InputError
from lobule.files.labs import Labs, read_labs
from lobule.files.table import Fault
from lobule.files.words import sex_codes
from lobule.keeping import CsvLines, check_place, spreadsheet_text, writing_text
from lobule.keeping.results import standing
from lobule.patient.scorecard import SCORES, WHOLE, Card, score_patients

MOST_PROBLEMS = 10_000
ASSUMED = {"ast_upper_limit": "40 U/L"}  # values that are taken where nothing is written; "no" for all others
FILE = "scores.csv"


@dataclass
class Scored:
    """What was done.

    Attributes
    ----------
    rows : read
    computed : {result: rows that have it}
    never : {score: why no row has it}
    problems : cells left out, at most 10,000; untold : how many more there are
    assumed : {input: rows for which the usual value was taken, because nothing is written}
    unread, notes : a sentence for each column that was not read, and for what was found out about the file
    """

    rows: int = 0
    computed: dict[str, int] = field(default_factory=dict)
    never: dict[str, str] = field(default_factory=dict)
    problems: list[Fault] = field(default_factory=list)
    untold: int = 0
    assumed: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def score(labs: Path, *, out: Path, sex: str | None = None, sheet: str | None = None) -> Answer:
    """Score a table; the scores are written while it is read, see `score_file`."""
    done = score_file(labs, out, sex, sheet)
    whole = [name for name, rows in done.computed.items() if rows == done.rows]
    said = (
        f"{done.rows} rows. For every row: {', '.join(whole) or 'nothing'}. "
        f"For no row: {', '.join(done.never) or 'nothing'}."
    )
    return Answer(
        title=f"Scores of {Path(labs).name}",
        said=said,
        text="\n".join(_lines(done)),
        data=asdict(done) | {"file": str(out)},
        record=record_of("score", f"Scores of {Path(labs).name}", [labs], {"sex": sex, "sheet": sheet}),
        files={FILE: Beside(standing(out), "the table with its scores, and why some are missing (not_computed)", out)},
        main=FILE,
    )


def _lines(done: Scored) -> list[str]:
    lines = [f"{done.rows} rows"]
    lines += [f"  {name:<28} {count} rows" for name, count in done.computed.items()]
    lines += [f"  {name:<28} not computed: {why}" for name, why in done.never.items()]
    if done.assumed:
        usual = ", ".join(f"{name} {ASSUMED.get(name, 'no')} in {rows}" for name, rows in done.assumed.items())
        lines.append(f"  assumed where nothing is written: {usual} rows")
    lines += [f"  {line}; left out" for line in problem_lines(done.problems, done.untold)]
    return [*lines, *(f"  {sentence}" for sentence in (*done.unread, *done.notes))]


def score_file(path: str | Path, out: str | Path, sex: str | None = None, sheet: str | None = None) -> Scored:
    """Read a table, write it again as CSV with the scores added, in bounded memory.

    Parameters
    ----------
    path : .csv, .xlsx or .parquet
    sex : what codes of sex mean, such as "1=male,2=female"
    sheet : of a workbook with several

    Raises
    ------
    InputError : the table cannot be read, allows no score or has a column named like one; codes that say nothing.
    ResultsError : nothing can be written there.
    """
    path, out = Path(a_path(path, "path")), Path(a_path(out, "out"))
    codes: Mapping[str, bool] | None = None if sex is None else sex_codes(sex)
    if os.path.exists(path) and os.path.exists(out) and out.samefile(path):
        raise InputError(f"{out} is the table itself; write the result elsewhere")
    check_place(out, "file")
    done = Scored()
    with writing_text(out) as file:
        writer = csv.writer(CsvLines(file))  # a third of the time that pandas takes
        for labs in read_labs(path, codes, sheet):
            card = score_patients(labs.given, len(labs.table))
            if done.rows == 0:
                _begin(done, labs, card)
                writer.writerow([*map(spreadsheet_text, labs.table.headers), *card.columns, "not_computed"])
            written = (_text(name, values) for name, values in card.columns.items())
            writer.writerows([*map(spreadsheet_text, row), *found, note] for row, *found, note in zip(
                labs.table.rows, *written, card.notes, strict=True))  # fmt: skip
            _count(done, labs, card)
    return done


def _begin(done: Scored, labs: Labs, card: Card) -> None:
    """What holds for every row, from the first block."""
    name, headers = labs.table.name, labs.table.headers
    done.never, done.unread, done.notes = card.never, labs.unread, list(labs.table.notes)
    if len(card.never) == len(SCORES):
        nearest = sorted(card.never.items(), key=lambda item: item[1].count(","))[:3]
        reasons = "; ".join(f"{score}: {why}" for score, why in nearest)
        unread = "".join(f"; {sentence}" for sentence in labs.unread[:3])
        raise InputError(f"{name}: no score can be computed; {reasons}{unread}")
    twice = sorted({*card.columns, "not_computed"} & set(headers))
    if twice:
        raise InputError(f'{name}: a column is already called "{twice[0]}"; rename it')


def _count(done: Scored, labs: Labs, card: Card) -> None:
    for name, values in card.columns.items():
        there = int((~np.isnan(values)).sum() if values.dtype.kind == "f" else (values != "").sum())
        done.computed[name] = done.computed.get(name, 0) + there
    for name, rows in card.assumed.items():
        done.assumed[name] = done.assumed.get(name, 0) + rows
    done.rows += len(labs.table)
    room = MOST_PROBLEMS - len(done.problems)
    done.problems += labs.table.faults[:room]
    done.untold += labs.table.untold + len(labs.table.faults[room:])


def _text(name: str, values: np.ndarray[Any, Any]) -> list[str]:
    """Cells as written: whole scores without a point, others to six digits, missing ones as nothing."""
    if values.dtype.kind != "f":
        return [str(value) for value in values]
    form = ".0f" if name in WHOLE else ".6g"
    return ["" if x != x else format(x, form) for x in values.tolist()]
