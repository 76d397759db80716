"""Cells that hold words: sex, and grades as people write them: of ascites, encephalopathy, edema, varices, histology.

`words.csv` lists the words, each with the grades it may mean: "overt" encephalopathy is grade 2 to 4, and a score is
given where all of them agree. A grade is a whole number or a Roman one, alone, behind "grade" or "HE", or a range;
nothing lies between two grades.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from lobule.errors import InputError
from lobule.files.cells import NOTHING, SHOWN, Readings, State
from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "words.csv"

BEFORE = re.compile(
    r"(?:(?:west[ -]?haven|wh|hepatic encephalopathy|encephalopathy|he|ascites|ludwig|scheuer|metavir|stage|grade|"
    r"grad|gr)(?![a-z])[ .:#-]*)+"
)
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
RANGE = re.compile(r"(.+?)\s*(?:-|–|/|\bto\b|\bbis\b|\bor\b)\s*(.+)")
PARTS = re.compile(r"[(),;:=]|\s-\s")
WOULD_DO = {
    "ascites": "none, mild (slight, controlled), moderate, severe (tense, refractory), or a grade from 0 to 3",
    "encephalopathy": "none, or a West Haven grade: 0, 1, 2, 3, 4 or I to IV",
    "edema": "none, 0.5 (without diuretics, or resolved by them) or 1 (in spite of them)",
    "varices": "yes or no, or a grade from 0 to 3",
    "histology": "a stage from 0 to 4, F0 to F4 or I to IV",
}
CODE = re.compile(r"[+-]?[0-9]+")
Ends = tuple[float, float]


class _Word(Row):
    lab: str
    written: str
    low: float
    high: float


@cache
def words(lab: str) -> dict[str, Ends]:
    """{word in small letters: lowest and highest grade that it may mean}."""
    return {row.written: (row.low, row.high) for row in read_rows(TABLE, _Word) if row.lab == lab}


def read_grades(lab: str, written: list[str], refused: Mapping[int, str]) -> Readings:
    """A column of grades.

    Parameters
    ----------
    lab : "ascites" (0 none, 1 mild, 2 moderate, 3 severe), "encephalopathy" (0 to 4), "edema" (0, 0.5, 1), "varices"
        (0, 1) or "histology" (0 to 4)
    refused : {row: why its cell cannot be used whatever its text}
    """
    found = Readings.empty(written)
    means = {text: _grade(lab, text) for text in set(written)}
    nothing = (np.nan, np.nan)
    found.low[:], found.high[:] = np.array([means[text] or nothing for text in written]).reshape(-1, 2).T
    found.state[found.low == found.high] = State.VALUE
    found.state[found.low < found.high] = State.INTERVAL
    for row in np.flatnonzero(np.isnan(found.low)).tolist():
        if _plain(written[row]) not in NOTHING:
            found.refuse(row, f'"{written[row][:SHOWN]}" is no grade of {lab}; write {WOULD_DO[lab]}')
    for row, reason in refused.items():
        found.refuse(row, reason)
    return found


@lru_cache(maxsize=4096)
def _grade(lab: str, text: str) -> Ends | None:
    """Lowest and highest grade that a cell may mean; None where it is none, or where its parts contradict."""
    if len(text) > 2 * SHOWN:
        return None
    plain = _plain(text)
    whole = _one(lab, plain)
    if whole:
        return whole
    parts = [_one(lab, part.strip()) for part in PARTS.split(plain) if part.strip()]
    if not parts or None in parts:
        return None
    low, high = max(p[0] for p in parts if p), min(p[1] for p in parts if p)
    return (low, high) if low <= high else None


def _one(lab: str, text: str) -> Ends | None:
    known = words(lab)
    bare = BEFORE.sub("", text, count=1).strip() if BEFORE.match(text) else text
    for candidate in (text, bare):
        candidate = ROMAN.get(candidate, re.sub(r"^([0-9])\.0*$", r"\1", candidate))
        if candidate in known:
            return known[candidate]
    between = RANGE.fullmatch(bare)
    if between:
        first, last = _one(lab, between[1]), _one(lab, between[2])
        if first and last and first[0] <= last[0]:
            return first[0], last[1]
    return None


def read_sex(written: list[str], refused: Mapping[int, str], codes: Mapping[str, bool] | None = None) -> Readings:
    """A column of sexes: 1 female, 0 male.

    Codes (1 and 2, 0 and 1, single letters beside them) mean one thing in one hospital and another in the next: they
    are read only where `codes` says what they mean.

    Parameters
    ----------
    codes : {code: whether it is female}
    """
    found = Readings.empty(written)
    known = {word: low for word, (low, _) in words("sex").items()}
    known |= {_code(code): float(female) for code, female in (codes or {}).items()}
    plain = [_code(text) for text in written]
    # M is a man beside F, but a woman (mujer) beside H
    foreign = sorted({text for text in plain if text in ("h", "v")} - set(known))
    for row, text in enumerate(plain):
        if row in refused:
            found.refuse(row, refused[row])
        elif text in known and not (foreign and text == "m" and not codes):
            found.put(row, known[text], known[text])
        elif text not in NOTHING:
            shown = f'"{written[row][:SHOWN]}"'
            means = "is a code of sex" if CODE.fullmatch(text) else "is no sex"
            found.refuse(row, f"{shown} {means}; write f or m, or say what is meant: --sex CODE=female,CODE=male")
    return found


def sex_codes(text: str) -> dict[str, bool]:
    """{code: whether it is female} of "1=male,2=female".

    Raises
    ------
    InputError : anything else; a code that stands twice.
    """
    known = words("sex")
    codes: dict[str, bool] = {}
    for part in text.split(","):
        code, equals, meaning = (piece.strip() for piece in part.partition("="))
        word = _plain(meaning)
        if not equals or not code or word not in known or _code(code) in codes:
            raise InputError(f'"{text[:SHOWN]}" does not say what codes of sex mean; write such as 1=male,2=female')
        codes[_code(code)] = known[word][0] == 1
    return codes


def _code(text: str) -> str:
    """A code in one spelling: a spreadsheet may have made 1.0 of 1."""
    return re.sub(r"^([0-9]+)\.0*$", r"\1", _plain(text))


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
