"""Adds clinical scores to a table of laboratory values: what can be computed, and why the rest cannot."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from lobule.errors import InputError
from lobule.files.labs import Labs, Problem, read_labs
from lobule.patient import scores

if TYPE_CHECKING:
    import pandas as pd

AST_UPPER_LIMIT = 40.0  # U/L, where the table has none
Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Score:
    """needs : columns without which it cannot be computed; assumes : columns with the value taken where missing"""

    needs: tuple[str, ...]
    compute: Callable[[Values], Mapping[str, np.ndarray]]
    assumes: Mapping[str, float]


def _child_pugh(v: Values) -> Mapping[str, np.ndarray]:
    found = scores.child_pugh_points(v["bilirubin"], v["albumin"], v["inr"], v["ascites"], v["encephalopathy"],
                                     v["cholestatic"] == 1)  # fmt: skip
    parts = {f"child_pugh_{k}": found[k] for k in ("bilirubin", "albumin", "inr", "ascites", "encephalopathy")}
    return {"child_pugh_points": found["points"], "child_pugh_class": scores.child_pugh_class(found["points"]), **parts}


def _albi(v: Values) -> Mapping[str, np.ndarray]:
    value = scores.albi(v["bilirubin"], v["albumin"])
    return {"albi": value, "albi_grade": scores.albi_grade(value)}


def _abic(v: Values) -> Mapping[str, np.ndarray]:
    value = scores.abic(v["age"], v["bilirubin"], v["inr"], v["creatinine"])
    return {"abic": value, "abic_class": scores.abic_class(value)}


def _aclf(v: Values) -> Mapping[str, np.ndarray]:
    organs = scores.clif_organ_failure(
        v["bilirubin"], v["creatinine"], v["encephalopathy"], v["inr"], v["arterial_pressure"],
        renal_replacement=v["renal_replacement"] == 1, vasopressor=v["vasopressor"] == 1, pf_ratio=v["pf_ratio"],
        sf_ratio=v["sf_ratio"],
    )  # fmt: skip
    value = scores.clif_aclf(organs["points"], v["age"], v["white_cells"])
    return {"clif_c_of": organs["points"], "aclf_grade": organs["grade"], "clif_c_aclf": value}


BASIC = ("bilirubin", "inr", "creatinine")
WITH_SODIUM = (*BASIC, "sodium")
WITH_SEX = (*WITH_SODIUM, "albumin", "female")
FIB_4 = ("age", "ast", "alt", "platelets")
NFS = ("age", "bmi", "diabetes", "ast", "alt", "platelets", "albumin")
MADDREY = ("prothrombin_time", "prothrombin_control", "bilirubin")
LILLE = ("age", "albumin", "bilirubin", "bilirubin_day_7", "creatinine", "prothrombin_time")


def _of(function: Callable[..., np.ndarray], name: str, *inputs: str) -> Callable[[Values], Mapping[str, np.ndarray]]:
    """A score of one result from inputs in order."""
    return lambda v: {name: function(*(v[column] for column in inputs))}


SCORES: dict[str, Score] = {
    "meld": Score(BASIC, _of(scores.meld, "meld", *BASIC, "dialysis"), {"dialysis": 0}),
    "meld_na": Score(WITH_SODIUM, _of(scores.meld_na, "meld_na", *WITH_SODIUM, "dialysis"), {"dialysis": 0}),
    "meld_3": Score(WITH_SEX, _of(scores.meld_3, "meld_3", *WITH_SEX, "dialysis"), {"dialysis": 0}),
    "child_pugh": Score(("bilirubin", "albumin", "inr", "ascites", "encephalopathy"), _child_pugh, {"cholestatic": 0}),
    "albi": Score(("bilirubin", "albumin"), _albi, {}),
    "fib_4": Score(FIB_4, _of(scores.fib_4, "fib_4", *FIB_4), {}),
    "apri": Score(
        ("ast", "platelets"),
        _of(scores.apri, "apri", "ast", "ast_upper_limit", "platelets"),
        {"ast_upper_limit": AST_UPPER_LIMIT},
    ),
    "nafld_fibrosis_score": Score(NFS, _of(scores.nafld_fibrosis_score, "nafld_fibrosis_score", *NFS), {}),
    "maddrey": Score(MADDREY, _of(scores.maddrey, "maddrey", *MADDREY), {}),
    "lille": Score(LILLE, _of(scores.lille, "lille", *LILLE), {}),
    "abic": Score(("age", "bilirubin", "inr", "creatinine"), _abic, {}),
    "clif_c_aclf": Score(
        ("bilirubin", "creatinine", "encephalopathy", "inr", "arterial_pressure", "age", "white_cells"),
        _aclf,
        {"renal_replacement": 0, "vasopressor": 0, "pf_ratio": float("nan"), "sf_ratio": float("nan")},
    ),
    "west_haven": Score(("encephalopathy",), _of(scores.west_haven_band, "west_haven_band", "encephalopathy"), {}),
}
WHOLE = ("meld", "meld_na", "meld_3", "child_pugh_points", "albi_grade", "clif_c_of", "aclf_grade")


@dataclass
class Scored:
    """What was done: rows read, how many have each score, why others have not, and the cells left out."""

    rows: int
    computed: dict[str, int]
    never: dict[str, str]
    problems: list[Problem]


def score_block(labs: Labs) -> pd.DataFrame:
    """Scores of one block, a column a result, and `not_computed`: for each row what is missing for which score."""
    import pandas as pd

    n = len(labs.table)
    columns: dict[str, np.ndarray] = {}
    missing: dict[str, np.ndarray] = {}
    for name, score in SCORES.items():
        lacking = [c for c in score.needs if c not in labs.values]
        if lacking:
            continue
        values = {c: labs.values[c] for c in score.needs}
        for column, otherwise in score.assumes.items():
            given = labs.values.get(column, np.full(n, np.nan))
            values[column] = np.where(np.isnan(given), otherwise, given)
        columns |= dict(score.compute(values))
        for column in score.needs:
            gone = np.isnan(values[column])
            if gone.any():
                missing[f"{name}: {column}"] = gone
    frame = pd.DataFrame({k: _whole(k, v) for k, v in columns.items()}, index=labs.table.index)
    notes = np.full(n, "", dtype=object)
    for note, gone in missing.items():
        notes[gone] = [f"{old}; {note} missing" if old else f"{note} missing" for old in notes[gone]]
    frame["not_computed"] = notes
    return frame


def _whole(name: str, values: np.ndarray) -> np.ndarray:
    """Whole scores are written as whole numbers, missing ones as nothing."""
    import pandas as pd

    return pd.array(values, dtype="Int64") if name in WHOLE else values  # type: ignore[return-value]


def score_file(path: str | Path, out: str | Path) -> Scored:
    """Read a table, write it again with the scores added, in bounded memory.

    Raises
    ------
    InputError : the table cannot be read, allows no score or has a column named like one; nothing can be written.
    """
    path, out = Path(path), Path(out)
    if out.exists() and path.exists() and out.samefile(path):
        raise InputError(f"{out} is the table itself; write the result elsewhere")
    done = Scored(0, {}, {}, [])
    temporary = out.with_name(out.name + ".part")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            for labs in read_labs(path):
                _add(done, labs, file, path)
        temporary.replace(out)
    except OSError as error:
        raise InputError(f'cannot write "{out}": {error.strerror}') from error
    finally:
        temporary.unlink(missing_ok=True)
    return done


def _text(column: pd.Series) -> list[str]:
    """Cells as written: whole scores without a point, others to six digits, missing ones as nothing."""
    if column.dtype.kind == "O" or str(column.dtype) in ("str", "string"):
        return [str(value) for value in column]
    values = column.to_numpy(float, na_value=np.nan)
    return ["" if x != x else f"{x:.6g}" for x in values.tolist()]


def _add(done: Scored, labs: Labs, file: TextIO, path: Path) -> None:
    found = score_block(labs)
    if done.rows == 0:
        known = set(labs.values)
        for name, score in SCORES.items():
            lacking = [c for c in score.needs if c not in known]
            if lacking:
                done.never[name] = f"no column {', '.join(lacking)}"
        if len(done.never) == len(SCORES):
            reasons = "; ".join(f"{name}: {why}" for name, why in done.never.items())
            raise InputError(f"{path.name}: no score can be computed; {reasons}")
        twice = sorted(set(found.columns) & set(map(str, labs.table.columns)))
        if twice:
            raise InputError(f'{path.name}: a column is already called "{twice[0]}"; rename it')
    writer = csv.writer(file, lineterminator="\n")  # a third of the time that pandas takes
    if done.rows == 0:
        writer.writerow([*labs.table.columns, *found.columns])
    writer.writerows(zip(*(labs.table[c] for c in labs.table), *(_text(found[c]) for c in found), strict=True))
    for column in found.columns.drop("not_computed"):
        there = found[column].notna() & (found[column].astype(str) != "")
        done.computed[str(column)] = done.computed.get(str(column), 0) + int(there.sum())
    done.rows += len(found)
    done.problems += labs.problems
