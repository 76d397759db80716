"""All clinical scores of a table of patients: what can be computed, and why the rest cannot.

An input may be a value, a limit ("<0.5", "overt": between two ends), missing or unusable. A score is given where every
value between the ends gives the same; a cell that is left blank has its reason, always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lobule import scores
from lobule.labs import labs

MOST_LIMITS = 6  # among the inputs of a score in one row: each doubles the work
Values = Mapping[str, np.ndarray]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Given:
    """One input of n patients.

    Attributes
    ----------
    low, high : (n,) between which the truth lies, equal for a value; NaN where it is missing or unusable
    reasons : {row: why the cell is unusable}; a missing one has none
    written : text of every cell
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reasons: Mapping[int, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Score:
    """Results computed together.

    Attributes
    ----------
    outputs : {column: inputs without which it is blank}
    assumes : {input: value taken where nothing is written}
    """

    outputs: Mapping[str, tuple[str, ...]]
    compute: Callable[[Values], Mapping[str, np.ndarray]]
    assumes: Mapping[str, float] = field(default_factory=dict)

    @property
    def needs(self) -> tuple[str, ...]:
        """Inputs of any output, in order."""
        return tuple(dict.fromkeys(name for needs in self.outputs.values() for name in needs))


def _child_pugh(v: Values) -> Mapping[str, np.ndarray]:
    found = scores.child_pugh_points(v["bilirubin"], v["albumin"], v["inr"], v["ascites"], v["encephalopathy"],
                                     v["cholestatic"])  # fmt: skip
    parts = {f"child_pugh_{part}": found[part] for part in CHILD_PUGH}
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
        renal_replacement=v["renal_replacement"], vasopressor=v["vasopressor"], pf_ratio=v["pf_ratio"],
        sf_ratio=v["sf_ratio"], ventilated=v["ventilated"],
    )  # fmt: skip
    value = scores.clif_aclf(organs["points"], v["age"], v["white_cells"])
    return {"clif_c_of": organs["points"], "aclf_grade": organs["grade"], "clif_c_aclf": value}


BASIC = ("bilirubin", "inr", "creatinine")
WITH_SODIUM = (*BASIC, "sodium")
WITH_SEX = (*WITH_SODIUM, "albumin", "sex")
CHILD_PUGH = ("bilirubin", "albumin", "inr", "ascites", "encephalopathy")
FIB_4 = ("age", "ast", "alt", "platelets")
NFS = ("age", "bmi", "diabetes", "ast", "alt", "platelets", "albumin")
MADDREY = ("prothrombin_time", "prothrombin_control", "bilirubin")
LILLE = ("age", "albumin", "bilirubin", "bilirubin_day_7", "creatinine", "prothrombin_time")
ABIC = ("age", "bilirubin", "inr", "creatinine")
ORGANS = ("bilirubin", "creatinine", "encephalopathy", "inr", "arterial_pressure", "lung")
NO_DIALYSIS = {"dialysis": 0.0}
UNKNOWN = float("nan")


def _of(
    function: Callable[..., np.ndarray], name: str, needs: tuple[str, ...], more: Mapping[str, float] | None = None
) -> Score:
    """A score of one result from inputs in order."""
    assumes = more or {}
    return Score({name: needs}, lambda v: {name: function(*(v[c] for c in (*needs, *assumes)))}, assumes)


SCORES: dict[str, Score] = {
    "meld": _of(scores.meld, "meld", BASIC, NO_DIALYSIS),
    "meld_na": _of(scores.meld_na, "meld_na", WITH_SODIUM, NO_DIALYSIS),
    "meld_3": _of(scores.meld_3, "meld_3", WITH_SEX, NO_DIALYSIS),
    "child_pugh": Score(
        {
            "child_pugh_points": CHILD_PUGH,
            "child_pugh_class": CHILD_PUGH,
            **{f"child_pugh_{part}": (part,) for part in CHILD_PUGH},
        },
        _child_pugh,
        {"cholestatic": 0.0},
    ),
    "albi": Score(dict.fromkeys(("albi", "albi_grade"), ("bilirubin", "albumin")), _albi),
    "fib_4": _of(scores.fib_4, "fib_4", FIB_4),
    "apri": Score(
        {"apri": ("ast", "platelets")},
        lambda v: {"apri": scores.apri(v["ast"], v["ast_upper_limit"], v["platelets"])},
        {"ast_upper_limit": labs()["ast"].upper_normal},
    ),
    "nafld_fibrosis_score": _of(scores.nafld_fibrosis_score, "nafld_fibrosis_score", NFS),
    "maddrey": _of(scores.maddrey, "maddrey", MADDREY),
    "lille": _of(scores.lille, "lille", LILLE),
    "abic": Score(dict.fromkeys(("abic", "abic_class"), ABIC), _abic),
    "clif_c_aclf": Score(
        {"clif_c_of": ORGANS, "aclf_grade": ORGANS, "clif_c_aclf": (*ORGANS, "age", "white_cells")},
        _aclf,
        {"renal_replacement": 0.0, "vasopressor": 0.0, "ventilated": 0.0, "pf_ratio": UNKNOWN, "sf_ratio": UNKNOWN},
    ),
    "west_haven": _of(scores.west_haven_band, "west_haven_band", ("encephalopathy",)),
}
LABELS = {"lung": "pf_ratio, sf_ratio or ventilated"}  # what an input is called where it is no column of its own
WHOLE = ("meld", "meld_na", "meld_3", "child_pugh_points", *(f"child_pugh_{part}" for part in CHILD_PUGH),
         "albi_grade", "clif_c_of", "aclf_grade")  # fmt: skip


@dataclass(frozen=True)
class Card:
    """Scores of n patients.

    Attributes
    ----------
    columns : {result: (n,)}: numbers, NaN where blank, or names of classes, "" where blank
    notes : (n,) why results are blank: "meld, meld_na: bilirubin missing; ..."; "" where none is
    never : {score: columns without which it cannot be computed for any patient}
    assumed : {input: rows for which the usual value was taken, because nothing is written}
    """

    columns: dict[str, np.ndarray]
    notes: list[str]
    never: dict[str, str]
    assumed: dict[str, int]


def score_patients(given: Mapping[str, Given], n: int) -> Card:
    """Every score that the inputs allow.

    Parameters
    ----------
    given : {input: of n patients}, in the units of the scores; flags and sex (female) are 1 and 0
    """
    given = _derived(given, n)
    columns: dict[str, np.ndarray] = {}
    notes: dict[int, list[str]] = {}
    never: dict[str, str] = {}
    assumed: dict[str, int] = {}
    for name, score in SCORES.items():
        lacking = [LABELS.get(c, c) for c in score.needs if c not in given and c != "lung"]
        if lacking:
            never[name] = f"no column {', '.join(lacking)}"
            continue
        inputs = {
            c: given.get(c, Given(np.full(n, np.nan), np.full(n, np.nan))) for c in (*score.needs, *score.assumes)
        }
        for c, usual in score.assumes.items():
            silent = _missing(inputs[c])
            inputs[c] = _filled(inputs[c], silent, usual)
            if silent.any() and usual == usual:
                assumed[c] = max(assumed.get(c, 0), int(silent.sum()))
        found = _between(score, inputs)
        columns |= found
        for where, why in _reasons(score, inputs, found):
            for row in np.flatnonzero(where).tolist():
                notes.setdefault(row, []).append(why(row))
    return Card(columns, ["; ".join(notes.get(row, ())) for row in range(n)], never, assumed)


def _missing(given: Given) -> Mask:
    """Where nothing is written."""
    missing = np.isnan(given.low)
    missing[list(given.reasons)] = False
    return missing


def _filled(given: Given, where: Mask, value: float) -> Given:
    return Given(np.where(where, value, given.low), np.where(where, value, given.high), given.reasons, given.written)


def _derived(given: Mapping[str, Given], n: int) -> dict[str, Given]:
    """What one column says of another: dialysis and renal replacement, and whether the lung can be judged."""
    found = dict(given)
    nothing = Given(np.full(n, np.nan), np.full(n, np.nan))
    dialysis, renal = given.get("dialysis", nothing), given.get("renal_replacement", nothing)
    if "renal_replacement" in given:
        unsaid = _missing(dialysis) & (renal.low == 1)
        why = "missing, but renal_replacement is yes: say in a column dialysis whether it was twice in the week"
        found["dialysis"] = _doubted(dialysis, unsaid, why)
    if "dialysis" in given:
        contradicts = (dialysis.low == 1) & (renal.high == 0)
        renal = _filled(renal, _missing(renal) & (dialysis.low == 1), 1.0)
        found["renal_replacement"] = _doubted(renal, contradicts, "is no, although dialysis is yes")
    pf, sf, machine = (given.get(c, nothing) for c in ("pf_ratio", "sf_ratio", "ventilated"))
    judged = ~np.isnan(pf.low) | ~np.isnan(sf.low) | (machine.low == 1)
    known = np.where(judged, 1.0, np.nan)
    found["lung"] = Given(known, known)
    return found


def _doubted(given: Given, where: Mask, why: str) -> Given:
    reasons = {**given.reasons, **{int(row): why for row in np.flatnonzero(where)}}
    return Given(np.where(where, np.nan, given.low), np.where(where, np.nan, given.high), reasons, given.written)


def _between(score: Score, inputs: Mapping[str, Given]) -> dict[str, np.ndarray]:
    """Results where all values between the ends of the inputs agree; blank elsewhere.

    Each score rises or falls with each input (or is a product of such terms), so that it takes its extremes at the
    corners of what the inputs may be.
    """
    found = {k: np.array(v) for k, v in score.compute({c: g.low for c, g in inputs.items()}).items()}
    for rows, limits in _patterns(inputs):
        if len(limits) > MOST_LIMITS:
            for k in found:
                found[k][rows] = _blank(found[k])
            continue
        for ends in product((False, True), repeat=len(limits)):
            upper = {c for c, up in zip(limits, ends, strict=True) if up}
            corner = score.compute({c: (g.high if c in upper else g.low)[rows] for c, g in inputs.items()})
            for k, values in corner.items():
                found[k][rows] = np.where(found[k][rows] == values, found[k][rows], _blank(found[k]))
    return found


def _blank(values: np.ndarray) -> float | str:
    return np.nan if values.dtype.kind == "f" else ""


def _patterns(inputs: Mapping[str, Given]) -> Iterator[tuple[NDArray[np.intp], list[str]]]:
    """Rows whose limits stand in the same inputs, with these inputs."""
    open_ = np.array([given.low < given.high for given in inputs.values()])
    some = np.flatnonzero(open_.any(axis=0))
    if not len(some):
        return
    patterns, which = np.unique(open_[:, some].T, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        yield some[which.ravel() == k], [c for c, is_open in zip(inputs, pattern, strict=True) if is_open]


def _reasons(
    score: Score, inputs: Mapping[str, Given], found: Mapping[str, np.ndarray]
) -> Iterator[tuple[Mask, Callable[[int], str]]]:
    """For each cause of blank results, the rows that it concerns and what to say in a row."""
    blank = {k: np.isnan(found[k]) if found[k].dtype.kind == "f" else found[k] == "" for k in score.outputs}
    for causes in (_gone, _open):  # a limit is no cause where something is missing
        left = {k: mask.copy() for k, mask in blank.items()}
        for c, given in inputs.items():
            concerned = {k: mask for k, mask in blank.items() if c in score.outputs[k] or c in score.assumes}
            for cause, say in causes(c, given, c in score.needs):
                for names, where in _together({k: mask & cause for k, mask in concerned.items()}):
                    for k in names:
                        left[k] &= ~where
                    yield where, _saying(names, say)
        blank = left
    for names, where in _together(blank):
        yield where, _saying(names, lambda row: "not defined for these values")


Causes = Iterator[tuple[Mask, Callable[[int], str]]]


def _gone(name: str, given: Given, needed: bool) -> Causes:
    """Where an input is missing or unusable, and how to say it in few words."""
    label, nothing, missing = LABELS.get(name, name), np.isnan(given.low), _missing(given)
    if needed:
        yield nothing & missing, lambda row: f"{label} missing"
    yield nothing & ~missing, lambda row: f"{label} {given.reasons[row].partition('; write ')[0]}"


def _open(name: str, given: Given, needed: bool) -> Causes:
    """Where an input is a limit."""
    yield given.low < given.high, lambda row: f'{LABELS.get(name, name)} "{given.written[row]}" leaves it open'


def _saying(names: list[str], say: Callable[[int], str]) -> Callable[[int], str]:
    listed = ", ".join(names)
    return lambda row: f"{listed}: {say(row)}"


def _together(masks: Mapping[str, Mask]) -> Iterator[tuple[list[str], Mask]]:
    """Rows with the same blank results, and these results, so that what a row says does not depend on the others."""
    stack = np.array(list(masks.values()))
    if not stack.any():
        return
    for pattern in np.unique(stack[:, stack.any(axis=0)], axis=1).T:
        names = [name for name, blank in zip(masks, pattern, strict=True) if blank]
        yield names, (stack == pattern[:, None]).all(axis=0)
