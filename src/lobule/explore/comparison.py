"""Scenarios side by side: what each plan does, over its own untreated twin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lobule import model
from lobule.errors import InputError
from lobule.explore.attribution import OUTPUTS
from lobule.explore.over_time import common_day, over_time, ratio_on
from lobule.explore.pairs import APART, CARRIED, DIRECTION, OPEN, SAME, VERDICTS, pairs
from lobule.labs import better
from lobule.simulation import ensemble
from lobule.simulation.effect import CLEAR
from lobule.simulation.run import Run

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """Scenarios beside each other.

    Attributes
    ----------
    table : one row a scenario and output: scenario, reading, output, day, treated, untreated, ratio, low, high (over
        what the unit of the dose leaves open), counted_ratio, unexplained_share (see `lobule.simulation.reading`; both
        missing where there is no counted reading beside a scenario, the share also where there is no effect),
        common_day and common_ratio (where scenarios end on different days: the last day that all reach after their
        first dose, and the ratio then; else of the last day; missing where there is no such day)
    over_time : peak and area under the curve of ALT and AST, as `explore.over_time.over_time` tells
    runs : {scenario: Run}
    pairs : one row a pair and output, as `explore.pairs.pairs` tells
    """

    table: pd.DataFrame
    runs: Mapping[str, Run]
    pairs: pd.DataFrame
    over_time: pd.DataFrame

    def which(self) -> str:
        """Which one: what the evidence can carry, and what it cannot, for the first output that any clearly changes."""
        return which(self.pairs, self.leading)

    @property
    def leading(self) -> str:
        """The first output that any scenario clearly changes; the first one where none does."""
        clear = self.table[(self.table["ratio"] - 1).abs() >= CLEAR]
        return str((clear if len(clear) else self.table)["output"].iloc[0])

    def plot_pairs(self) -> matplotlib.figure.Figure:
        """A panel an output, a line a pair: the difference with its range, coloured by what can be said of it."""
        from lobule.report.forest import forest
        from lobule.report.scale import written

        panels = {}
        for output, rows in self.pairs.groupby("output", sort=False):
            rows = rows[rows["difference"].notna()]
            panels[written(model.label(str(output)))] = [
                (f"{row['second']} less {row['first']}", row["difference"], row["low"], row["high"], row["verdict"])
                for row in rows.to_dict("records")
            ]
        return forest(panels, VERDICTS, "difference of treated over untreated; line: 5 to 95 % of the ensemble")

    def plot(self) -> matplotlib.figure.Figure:
        """A panel an output, a bar a scenario: change over untreated."""
        from lobule.report.bars import bars
        from lobule.report.scale import written

        panels, counted = {}, {}
        for output, rows in self.table.groupby("output", sort=False):
            ranges = list(zip(rows["low"] - 1, rows["high"] - 1, strict=True))
            name = written(model.label(str(output)))
            panels[name] = (rows["scenario"].tolist(), (rows["ratio"] - 1).tolist(), ranges)
            counted[name] = (rows["counted_ratio"] - 1).tolist()
        open_ = "what the unit of the dose leaves open"
        return bars(panels, "change of treated over untreated", open_, marks=counted, marked="as counted")


def compare(runs: Mapping[str, Run], outputs: tuple[str, ...] = OUTPUTS, members: int = ensemble.THIN) -> Comparison:
    """Put runs side by side on the last day of each.

    Parameters
    ----------
    members : of the ensemble, over which differences of pairs are told

    Raises
    ------
    InputError : a run without a plan, or fewer than two runs.
    """
    import pandas as pd

    if not isinstance(runs, Mapping) or not all(isinstance(run, Run) for run in runs.values()):
        raise InputError("runs must be a dict of names and Runs", ["runs"])
    if len(runs) < 2:
        raise InputError("a comparison needs at least two scenarios", ["runs"])
    for name, run in runs.items():
        if run.control is None:
            raise InputError(f"{name} has no plan, so that it has nothing to compare", ["runs", name])
    rows, day = [], common_day(runs)
    for name, run in runs.items():
        assert run.control is not None
        for output in outputs:
            treated, untreated = float(run[output][-1]), float(run.control[output][-1])
            counted = math.nan if run.counted is None else float(run.counted[output][-1])
            share = run.shares_of([output]).get(output)
            bounds = [float(v) / untreated for v in run.band[output][:, -1]] if run.band is not None else []
            rows.append(
                {
                    "scenario": name,
                    "reading": run.reading,
                    "output": output,
                    "day": float(run.data.time[-1]),
                    "treated": treated,
                    "untreated": untreated,
                    "ratio": treated / untreated,
                    "low": min(bounds, default=float("nan")),
                    "high": max(bounds, default=float("nan")),
                    "counted_ratio": counted / untreated,
                    "unexplained_share": math.nan if share is None else share,
                    "common_day": math.nan if day is None else day,
                    "common_ratio": math.nan if day is None else ratio_on(run, output, day),
                }
            )
    return Comparison(pd.DataFrame(rows), dict(runs), pairs(runs, outputs, members), over_time(runs))


def which(table: pd.DataFrame, output: str) -> str:
    """Which of the treatments does most for an output, and against which others the evidence can carry that.

    Parameters
    ----------
    table : of `explore.pairs.pairs`
    """
    every = table[table["output"] == output].to_dict("records")
    rows = [row for row in every if row["verdict"] != APART]
    if not rows:
        reasons = "; ".join(dict.fromkeys(row["why"] for row in every))
        told = f"Which one? {APART[0].upper()}{APART[1:]} ({reasons})"
        return f"{told}: that a number is lower says nothing of which is better."
    ratios = {row[which]: row[f"{which}_ratio"] for row in rows for which in ("first", "second")}
    down = better(output) != "up"
    best = min(ratios, key=lambda name: ratios[name] if down else -ratios[name])
    against: dict[str, list[str]] = {word: [] for word in VERDICTS}
    for row in every:
        if best in (row["first"], row["second"]):
            other, sign = (row["second"], -1) if row["first"] == best else (row["first"], 1)
            low, high = sorted((sign * row["low"], sign * row["high"]))
            by = f" by {100 * sign * row['difference']:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})"
            by += f" {DIRECTION}" if row["why"].endswith(DIRECTION) else ""
            against[row["verdict"]].append(other + (by if row["verdict"] == CARRIED else ""))
    name = model.label(output)
    rest = [f"{', '.join(against[word])} ({word})" for word in (SAME, OPEN, APART) if against[word]]
    if not against[CARRIED]:
        return f"Which one? For {name} nothing here tells {best} apart from {'; from '.join(rest)}."
    told = f"Which one? For {name} {best}: better, carried by evidence, than {'; than '.join(against[CARRIED])}"
    return f"{told}; not told apart from {'; from '.join(rest)}." if rest else f"{told}."
