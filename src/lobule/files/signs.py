"""Signs at the visits of patients, and the INR where clotting is told as a time or a share of normal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lobule.files.cells import Readings, Values
from lobule.files.columns import Columns
from lobule.files.table import Table
from lobule.files.words import read_grades
from lobule.labs import to_model

GRADED = {"ascites": "ascites", "encephalopathy": "encephalopathy_grade", "edema": "edema", "varices": "varices",
          "histology": "histology"}  # fmt: skip
# {column of yes and no: the sign, its grade where it is there, and where it is not}
PRESENT = {
    "ascites_present": ("ascites", 2.0, 0.0),
    "encephalopathy_present": ("encephalopathy_grade", 2.0, 0.0),
    "edema_present": ("edema", 0.5, 0.0),
    "cirrhosis": ("histology", 4.0, np.nan),
}
STEPS = {"edema": 0.5}  # between two grades; of the others 1
MANY = 20  # rows by which a column of 0 and 1 alone is told to mean no and yes
CONTROL = 10.5  # s; assumed where no column says it
INDEX_ZERO, INDEX_FULL = 0.5, 50.0  # INR is 0.5 + 50 % / index: 1 at 100 %, 1.5 at 50 %, 3 at 20 % (assumed)
DIALYSIS_CREATININE = 4.0  # mg/dL, which MELD counts at least under dialysis


def signs_of(table: Table, columns: Columns) -> dict[str, Values]:
    """{sign: (n_rows,) its grade, NaN where it was not looked at}. Of a range of grades the middle one counts."""
    found: dict[str, Values] = {}
    for name, sign in GRADED.items():
        if name not in columns.texts:
            continue
        k = columns.places[name]
        refused = {row: why for (row, column), why in table.unusable.items() if column == k}
        readings = read_grades(name, table.column(k), refused)
        for row, why in readings.reasons.items():
            if row not in refused:
                table.fault(row, k, why)
        step = STEPS.get(name, 1.0)
        middle = np.floor((readings.low + readings.high) / 2 / step) * step
        grades = np.where(np.isnan(readings.low), np.nan, np.maximum(middle, readings.low))
        written = {text for text in table.column(k) if text}
        if name == "ascites" and written <= {"0", "1", "0.0", "1.0"} and len(written) > 1 and len(table) >= MANY:
            grades = grades * PRESENT["ascites_present"][1]
            table.notes.append("ascites holds 0 and 1 alone: read as absent and present, not as grades")
        found[sign] = grades
    for name, (sign, yes, no) in PRESENT.items():
        if name in columns.flags:
            flags = columns.flags[name].values()
            grades = np.where(np.isnan(flags), np.nan, np.where(flags > 0, yes, no))
            before = found.get(sign, np.full(len(table), np.nan))
            found[sign] = np.where(np.isnan(before), grades, before)
            if name == "cirrhosis" and np.isfinite(grades).any():
                table.notes.append("cirrhosis without a stage of histology counts as stage 4")
    return found


Sides = NDArray[np.int64]
Lab = tuple[Values, Sides]  # limits in the model's unit, and -1, 0, 1 beyond them


def inr_of(table: Table, columns: Columns, measured: dict[str, Lab]) -> None:
    """Fill the INR from the prothrombin time, else from the prothrombin index, where it is not measured itself."""
    n = len(table)
    limits, beyond = measured.get("inr", (np.full(n, np.nan), np.zeros(n, np.int64)))
    for name, convert in (("prothrombin_time", _of_time), ("prothrombin_index", _of_index)):
        if name not in columns.numbers:
            continue
        values, side, how = convert(columns)
        use = np.isnan(limits) & np.isfinite(values)
        if use.any():
            limits, beyond = np.where(use, values, limits), np.where(use, side, beyond)
            table.notes.append(f"INR of {int(use.sum())} rows is made from {how}")
    if np.isfinite(limits).any():
        measured["inr"] = limits, beyond


def _of_time(columns: Columns) -> tuple[Values, Sides, str]:
    readings = columns.numbers["prothrombin_time"]
    n = len(readings)
    control, sensitivity = np.full(n, CONTROL), np.ones(n)
    said = f"control {CONTROL:g} s"
    if "prothrombin_control" in columns.numbers:
        own = columns.numbers["prothrombin_control"].values()
        control = np.where(np.isnan(own), CONTROL, own)
        said = "its own control"
    if "isi" in columns.numbers:
        own = columns.numbers["isi"].values()
        sensitivity = np.where(np.isnan(own), 1.0, own)
        said += " and sensitivity index"
    inr = (readings.limits() / control) ** sensitivity
    return inr, readings.beyond(), f"the prothrombin time ({said})"


def _of_index(columns: Columns) -> tuple[Values, Sides, str]:
    readings = columns.numbers["prothrombin_index"]
    inr = INDEX_ZERO + INDEX_FULL / readings.limits()
    return inr, -readings.beyond(), "the prothrombin index (0.5 + 50 % / index)"


def on_dialysis(table: Table, columns: Columns, measured: dict[str, Lab]) -> None:
    """Under dialysis creatinine does not tell the kidney: it counts as above what MELD counts."""
    if "dialysis" not in columns.flags or "creatinine" not in measured:
        return
    yes = (columns.flags["dialysis"].values() > 0) & np.isfinite(measured["creatinine"][0])
    if yes.any():
        limits, beyond = measured["creatinine"]
        least = to_model("creatinine", DIALYSIS_CREATININE)
        measured["creatinine"] = np.where(yes, least, limits), np.where(yes, np.int64(1), beyond)
        table.notes.append(f"creatinine of {int(yes.sum())} rows under dialysis counts as above {least:.0f} umol/L")


def limits_of(readings: Readings, name: str) -> Lab:
    """Values of a lab in the model's unit, of "<5" the limit, and the side on which the truth lies."""
    return np.asarray(to_model(name, readings.limits()), float), readings.beyond()
