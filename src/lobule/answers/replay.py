"""`lobule replay`: runs a results folder again and says whether the numbers are the same."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.errors import ResultsError
from lobule.keeping import as_path, read_own, shown
from lobule.keeping.record import read_record
from lobule.patient.recorded import subject_from
from lobule.progress import say
from lobule.simulation.folder import others_in
from lobule.simulation.program import versions
from lobule.simulation.run import Run
from lobule.simulation.simulate import simulate
from lobule.therapy import part_from
from lobule.trial.folder import RECORD
from lobule.trial.trial import Trial

# Told apart, or of the day and the place
NOT_COMPARED = {
    "versions",
    "model",
    "model_hash",
    "parameter_hash",
    "wall_seconds",
    "intended_use",
    "made_from",
    "schema_version",
    "command",
    "inputs",
    "options",
    "said",
    "contents",
}
MISSING = object()


@dataclass(frozen=True)
class Replay:
    """What came out.

    Attributes
    ----------
    same : every number agrees bit for bit, and the record says what was run
    largest_difference : of a number, as a share of the largest of its course; 0 where only the record differs
    where : output, replicate or field of the record that differs (most), "" where none does
    changed : versions and hashes that are others now
    others : files in the folder that lobule did not write
    """

    same: bool
    largest_difference: float
    where: str
    changed: tuple[str, ...]
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        beside = (
            f"; the folder also holds {', '.join(map(shown, self.others))}, not written by lobule"
            if self.others
            else ""
        )
        if self.same:
            return "the numbers are the same, bit for bit" + beside
        why = (f"; changed since: {', '.join(self.changed)}" if self.changed else "") + beside
        if self.largest_difference == 0:
            return f"the courses are the same, but the record does not say what was run: {self.where}{why}"
        return f"the numbers differ: at most {self.largest_difference:.3g} of its own size, in {self.where}{why}"


def replay(folder: Path) -> Answer:
    """Whether a results folder gives the same numbers again; raises what `run_again` raises."""
    found = run_again(folder)
    data = {
        "same": found.same,
        "largest_difference": found.largest_difference,
        "where": found.where,
        "changed": list(found.changed),
    }
    said, record = str(found), record_of("replay", inputs=[folder])
    return Answer(f"{folder}", said, f"{folder}: {said}", data, record, agrees=found.same)


def run_again(folder: str | Path) -> Replay:
    """Run a results folder, of a run or of a trial, again from its record; compare every number and the record itself.

    Raises
    ------
    ResultsError : the folder is no results folder, is damaged, or lacks what is needed to run it again.
    """
    folder = as_path(folder)
    if read_own(folder / RECORD) is not None:
        return _replay_trial(folder)
    old = Run.open(folder)
    new = _again(folder, old.record)
    changed = _changed(_versions(old.record), _versions(new.record))
    worst, where = _largest_difference(old, new)
    if not where:
        found = next(_differences(old.record, json.loads(json.dumps(new.record))), None)
        where = "" if found is None else found
    return Replay(not where, worst, where, changed, tuple(others_in(folder)))


def _again(folder: Path, record: dict[str, Any]) -> Run:
    settings = dict(record["settings"])
    unknown = sorted(set(settings) - set(signature(simulate).parameters)) or ({"until"} - set(settings))
    if unknown:
        raise ResultsError(f"{folder}: run.json lacks what is needed to run it again: settings and {min(unknown)}")
    try:
        subject = subject_from(record["subject"])
        plan = [part_from(part) for part in record["plan"] or ()]
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultsError(f"{folder}: run.json lacks what is needed to run it again: {error}") from error
    return simulate(subject, plan, settings.pop("until"), title=record["title"], **settings)


def _versions(record: dict[str, Any]) -> dict[str, str]:
    return record["versions"] | {"model": record["model_hash"], "parameters": record["parameter_hash"]}


def _changed(before: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{k} {_short(before.get(k))} to {_short(v)}" for k, v in now.items() if before.get(k) != v)


def _largest_difference(old: Run, new: Run) -> tuple[float, str]:
    """Of all courses, as a share of its largest value in either run, and where; (0, "") when all bits are the same."""
    worst, where = 0.0, ""
    pairs = [(old.data, new.data), (old.band, new.band), (old.control, new.control)]
    if "reading" in old.record["settings"]:  # before, there was one
        pairs += [(old.counted, new.counted), (old.cared, new.cared)]
    for a, b in pairs:
        if a is None or b is None:
            if a is not b:
                return math.inf, "the set of arms"
            continue
        for name in sorted({str(n) for n in a.data_vars} | {str(n) for n in b.data_vars}):
            if name not in a or name not in b or a[name].shape != b[name].shape:
                return math.inf, name
            x, y = a[name].values, b[name].values
            if not np.array_equal(x, y, equal_nan=True):
                gap = np.abs(x - y) / (max(np.nanmax(np.abs(x)), np.nanmax(np.abs(y))) + 1e-300)
                gap[np.isnan(x) & np.isnan(y)] = 0.0
                gap = math.inf if np.isnan(gap).any() else float(gap.max())
                worst, where = max((worst, where), (gap, name))
    return worst, where


def _differences(old: Any, new: Any, at: str = "") -> Iterator[str]:
    """Fields of two records that are not the same; what tells of the machine and the day is left out."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [k for k in {**old, **new} if at or k not in NOT_COMPARED]:
            yield from _differences(old.get(key, MISSING), new.get(key, MISSING), f"{at}.{key}" if at else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, f"{at}[{k}]")
    elif old != new:
        yield f"{at} is {_told(old)} in the record and {_told(new)} when it is run again"


def _told(value: Any) -> str:
    return "nothing" if value is MISSING else str(value)[:60]


def _replay_trial(folder: Path) -> Replay:
    """Solve, conduct and analyse a trial again for the same virtual patients, in a folder of its own."""
    old = Trial.open(folder)
    changed = _changed(read_record(folder / RECORD)["versions"], versions())
    with tempfile.TemporaryDirectory() as other:
        new = old.trial.run(old.population, Path(other) / "trial", progress=say)
    for a, b in zip(old.courses, new.courses, strict=True):
        for name in a.values:
            if name not in a.lacking and not np.array_equal(a.values[name], b.values[name], equal_nan=True):
                gap = np.nanmax(np.abs(a.values[name] - b.values[name]) / (np.nanmax(np.abs(a.values[name])) + 1e-300))
                return Replay(False, float(gap), name, changed)
    found = [{(r.kind, r.number, r.member): r for r in result.replicates} for result in (old, new)]
    for key, one in found[1].items():
        if repr(found[0].get(key)) != repr(one):
            return Replay(False, float("inf"), f"{key[0]} replicate {key[1]}", changed)
    return Replay(True, 0.0, "", changed)


def _short(text: str | None) -> str:
    return "nothing" if text is None else text if len(text) < 20 else text[:8]
