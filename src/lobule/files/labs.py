"""A user's table of laboratory values, read in blocks: what every cell says, and why it says nothing.

A header is a name and its unit: `bilirubin_mg_per_dL`, `bilirubin (umol/L)` or `PLT 10^9/L`. Names, units and what is
plausible in a person stand in `labs/labs.csv`, words for grades and sex in `words.csv`. Other columns are kept as
they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lobule.errors import InputError
from lobule.files.cells import SHOWN, Readings, State, shown
from lobule.files.columns import Columns, understand
from lobule.files.table import Table, read_blocks
from lobule.files.vocabulary import Flag, Quantity, Vocabulary
from lobule.files.words import read_grades, read_sex
from lobule.labs import Lab, labs
from lobule.patient.scorecard import SCORES, Given

BLOCK = 100_000  # rows in memory at a time
YES = Flag(
    ("yes", "y", "true", "1", "1.0", "ja", "oui", "si", "sí", "given", "on"),
    ("no", "n", "false", "0", "0.0", "none", "never", "nein", "non", "not given", "off"),
)
DIALYSIS = Flag(
    (*YES.yes, "hd", "ihd", "hdf", "cvvh", "cvvhd", "cvvhdf", "crrt", "hemodialysis", "haemodialysis"), YES.no
)
FLAGS = {
    "female": YES,
    "male": YES,
    "dialysis": DIALYSIS,
    "renal_replacement": DIALYSIS,
    "ventilated": YES,
    "vasopressor": YES,
    "cholestatic": YES,
    "diabetes": YES,
}
WORST = 2.0  # grade of ascites in the scores
GRADES = ("ascites", "encephalopathy")
WHO = (
    "patient", "patient_id", "patient_no", "patient_number", "patient_name", "subject", "subject_id", "usubjid",
    "subjid", "participant", "participant_id", "person", "person_id", "study_id", "record_id", "mrn", "pid",
    "key", "case", "case_id", "hospital_number", "name", "initials", "id",
)  # fmt: skip
POINTS = {"1", "2", "3"}
NOT_KNOWN = ("unknown", "missing")  # of a flag: somebody looked and did not find out


def _quantity(lab: Lab) -> Quantity:
    """What a column of a lab may hold."""
    units = {lab.clinic: 1.0} if lab.clinic else {}
    units |= {unit: under / over for unit, (over, under) in lab.others.items()}
    return Quantity(units, lab.low, lab.high, lab.mistaken)


def vocabulary(known: Mapping[str, Lab]) -> Vocabulary:
    """The columns of a table of patients: every lab that has a plausible range, flags, words and names of patients."""
    scored = {name for score in SCORES.values() for name in (*score.needs, *score.assumes)}
    quantities = {name: _quantity(lab) for name, lab in known.items() if not math.isnan(lab.low)}
    return Vocabulary(quantities, FLAGS, WHO, (*GRADES, "sex"), quantities.keys() - scored)


VOCABULARY = vocabulary(labs())
QUANTITIES = VOCABULARY.quantities


@dataclass(frozen=True)
class Labs:
    """One block of rows.

    Attributes
    ----------
    table : the user's columns as text, with the faults of its cells
    given : {input of a score: what each row says of it}
    unread : a sentence for each column that was not read, or that no score uses
    """

    table: Table
    given: dict[str, Given]
    unread: list[str]


def read_labs(path: str | Path, codes: Mapping[str, bool] | None = None, sheet: str | None = None) -> Iterator[Labs]:
    """Read a table block by block: CSV of any length, workbooks and Parquet files.

    Parameters
    ----------
    codes : {code of sex: whether it is female}, see `lobule.files.words.sex_codes`
    sheet : of a workbook with several

    Raises
    ------
    InputError : no file, no header, a known quantity without unit or with an unknown one, a name that stands twice,
        codes for a table without a column of sex.
    """
    mark = None
    for table in read_blocks(path, VOCABULARY, sheet, BLOCK):
        columns = understand(table, VOCABULARY, mark)
        if columns.mark == ",":  # a later block may hold too few decimals to tell by
            mark = columns.mark
        if codes and "sex" not in columns.texts:
            raise InputError(f"{table.name} has no column of sex, whose codes were given")
        unused = [f"the column {shown(table.headers[columns.places[name]])} is {name}, which no score uses"
                  for name in columns.numbers if name in VOCABULARY.spare]  # fmt: skip
        yield Labs(table, _given(table, columns, codes), [*columns.unread, *unused])


def _given(table: Table, columns: Columns, codes: Mapping[str, bool] | None) -> dict[str, Given]:
    for name, readings in columns.numbers.items():
        doubt_unit(table, columns.places[name], readings)
    read = dict(columns.numbers)
    for name, readings in columns.flags.items():
        for row in np.flatnonzero(readings.state == State.ABSENT).tolist():
            if readings.written[row].lower() in NOT_KNOWN:
                _refuse(table, columns, readings, name, row, f'"{readings.written[row][:SHOWN]}" is neither yes nor no')
        read[name] = readings
    for name in (c for c in columns.texts if c in VOCABULARY.words):
        k = columns.places[name]
        refused = {row: why for (row, column), why in table.unusable.items() if column == k}
        found = read_sex(table.column(k), refused, codes) if name == "sex" else read_grades(
            name, table.column(k), refused)  # fmt: skip
        for row, reason in found.reasons.items():
            if row not in refused:
                table.fault(row, k, reason)
        if name == "ascites":  # Child-Pugh knows no grade above moderate to severe
            found = replace(found, low=np.minimum(found.low, WORST), high=np.minimum(found.high, WORST))
        read[name] = found
        if name in GRADES and {text for text in found.written if text} == POINTS:
            table.notes.append(f"{name} holds 1, 2 and 3 and never 0: read as grades, not as points of Child-Pugh")
    return _one_sex(table, {name: _of(readings, QUANTITIES.get(name)) for name, readings in read.items()})


def doubt_unit(table: Table, column: int, readings: Readings) -> None:
    """Leave out a whole column of which most cells look like another unit: the rest would pass by chance alone."""
    alike = Counter(reason.partition(" looks like ")[2] for reason in readings.reasons.values())
    alike.pop("", None)
    if not alike:
        return
    unit, cells = alike.most_common(1)[0]
    left = np.flatnonzero((readings.state == State.VALUE) | (readings.state == State.INTERVAL)).tolist()
    if cells > len(left):
        for row in left:
            reason = f"most of the column looks like {unit}"
            readings.refuse(row, reason)
            table.fault(row, column, reason)


def _refuse(table: Table, columns: Columns, readings: Readings, name: str, row: int, reason: str) -> None:
    readings.refuse(row, reason)
    table.fault(row, columns.places[name], reason)


def _of(readings: Readings, quantity: Quantity | None) -> Given:
    """Ends of what each cell says: an open end lies just inside it, and both within what is plausible."""
    low, high = readings.low.copy(), readings.high.copy()
    if quantity is not None and (readings.state == State.INTERVAL).any():
        below, above = readings.beyond() < 0, readings.beyond() > 0
        high[below & readings.strict] = np.nextafter(high[below & readings.strict], -np.inf)
        low[above & readings.strict] = np.nextafter(low[above & readings.strict], np.inf)
        low[below], high[above] = np.minimum(quantity.low, high[below]), np.maximum(quantity.high, low[above])
    return Given(low, high, readings.reasons, readings.written)


def _one_sex(table: Table, given: dict[str, Given]) -> dict[str, Given]:
    """Sex as one input, whether the column is called sex, female or male."""
    stand = [name for name in ("sex", "female", "male") if name in given]
    if len(stand) > 1:
        raise InputError(f"{table.name}: sex stands in more than one column: {', '.join(stand)}")
    for name in stand:
        sex = given.pop(name)
        ends = (1 - sex.high, 1 - sex.low) if name == "male" else (sex.low, sex.high)
        given["sex"] = Given(*ends, sex.reasons, sex.written)
    return given
