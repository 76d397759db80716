"""Runs a results folder again and says whether the numbers are the same."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lobule.errors import ResultsError
from lobule.patient import Animal, Patient
from lobule.run import Run
from lobule.simulation import simulate, versions
from lobule.therapy import Care, Part, Plan, product_from
from lobule.trial.trial import RECORD, Trial


@dataclass(frozen=True)
class Replay:
    """What came out: `same` is true only when every number agrees bit for bit."""

    same: bool
    largest_difference: float
    where: str
    changed: tuple[str, ...]

    def __str__(self) -> str:
        if self.same:
            return "the numbers are the same, bit for bit"
        why = f"; changed since: {', '.join(self.changed)}" if self.changed else ""
        return f"the numbers differ: at most {self.largest_difference:.3g} of its own size, in {self.where}{why}"


def replay(folder: str | Path) -> Replay:
    """Run a results folder, of a run or of a trial, again from its record and compare every number.

    Raises
    ------
    ResultsError : the folder is no results folder, is damaged, or lacks what is needed to run it again.
    """
    if (Path(folder) / RECORD).is_file():
        return _replay_trial(Path(folder))
    old = Run.open(folder)
    record = old.record
    try:
        who = dict(record["subject"])
        subject = {"animal": Animal, "patient": Patient}[who.pop("kind")](**who)
        plan = [_part(part) for part in record["plan"] or ()]
        settings = dict(record["settings"])
        new = simulate(subject, plan, settings.pop("until"), title=record["title"], **settings)
        before = record["versions"] | {"model": record["model_hash"], "parameters": record["parameter_hash"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultsError(f"{folder}: run.json lacks what is needed to run it again: {error}") from error
    now = new.record["versions"] | {"model": new.record["model_hash"], "parameters": new.record["parameter_hash"]}
    changed = tuple(f"{k} {_short(before.get(k))} to {_short(v)}" for k, v in now.items() if before.get(k) != v)
    same, worst, where = True, 0.0, ""
    for a, b in ((old.data, new.data), (old.band, new.band), (old.control, new.control)):
        if (a is None) != (b is None):
            return Replay(False, float("inf"), "the set of arms", changed)
        if a is None or b is None:
            continue
        for name in sorted({str(n) for n in a.data_vars} | {str(n) for n in b.data_vars}):
            if name not in a or name not in b or a[name].shape != b[name].shape:
                return Replay(False, float("inf"), name, changed)
            x, y = a[name].values, b[name].values
            if not np.array_equal(x, y):
                same = False
                gap = float(np.max(np.abs(x - y) / (np.abs(x).max() + 1e-300)))
                worst, where = max((worst, where), (gap, name))
    return Replay(same, worst, where, changed)


def _replay_trial(folder: Path) -> Replay:
    """Solve, conduct and analyse a trial again for the same virtual patients, in a folder of its own."""
    old = Trial.open(folder)
    before = json.loads((folder / RECORD).read_text(encoding="utf-8"))["versions"]
    now = versions()
    changed = tuple(f"{k} {_short(before.get(k))} to {_short(v)}" for k, v in now.items() if before.get(k) != v)
    with tempfile.TemporaryDirectory() as other:
        new = old.trial.run(old.population, Path(other) / "trial")
    for a, b in zip(old.courses, new.courses, strict=True):
        for name in a.values:
            if not np.array_equal(a.values[name], b.values[name], equal_nan=True):
                gap = np.nanmax(np.abs(a.values[name] - b.values[name]) / (np.nanmax(np.abs(a.values[name])) + 1e-300))
                return Replay(False, float(gap), name, changed)
    found = [{(r.kind, r.number, r.member): r for r in result.replicates} for result in (old, new)]
    for key, one in found[1].items():
        if repr(found[0].get(key)) != repr(one):
            return Replay(False, float("inf"), f"{key[0]} replicate {key[1]}", changed)
    return Replay(True, 0.0, "", changed)


def _part(row: dict[str, Any]) -> Part:
    """A part of the plan; its product as it was, even when the file it came from has changed or gone."""
    if "care" in row:
        return Care(**row)
    given = {key: value for key, value in row.items() if key not in ("given", "given_at_d", "contents")}
    return Plan(**given | {"product": product_from(row["contents"])})


def _short(text: str | None) -> str:
    return "nothing" if text is None else text if len(text) < 20 else text[:8]
