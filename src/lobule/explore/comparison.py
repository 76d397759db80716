"""Scenarios side by side: what each plan does, over its own untreated twin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lobule import model
from lobule.errors import InputError
from lobule.explore.attribution import OUTPUTS
from lobule.simulation.reading import unexplained_share
from lobule.simulation.run import Run

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """table : one row a scenario and output: scenario, reading, output, day, treated, untreated, ratio, low, high (over
    what the unit of the dose leaves open), counted_ratio, unexplained_share (see `lobule.simulation.reading`; both
    missing where there is no counted reading beside a scenario, the share also where there is no effect); runs :
    {scenario: Run}"""

    table: pd.DataFrame
    runs: Mapping[str, Run]

    def plot(self) -> matplotlib.figure.Figure:
        """A panel an output, a bar a scenario: change over untreated."""
        from lobule.report.bars import bars
        from lobule.report.look import written

        panels, counted = {}, {}
        for output, rows in self.table.groupby("output", sort=False):
            ranges = list(zip(rows["low"] - 1, rows["high"] - 1, strict=True))
            name = written(model.label(str(output)))
            panels[name] = (rows["scenario"].tolist(), (rows["ratio"] - 1).tolist(), ranges)
            counted[name] = (rows["counted_ratio"] - 1).tolist()
        open_ = "what the unit of the dose leaves open"
        return bars(panels, "change of treated over untreated", open_, marks=counted, marked="as counted")


def compare(runs: Mapping[str, Run], outputs: tuple[str, ...] = OUTPUTS) -> Comparison:
    """Put runs side by side on the last day of each.

    Raises
    ------
    InputError : a run without a plan, or fewer than two runs.
    """
    import pandas as pd

    if not isinstance(runs, Mapping) or not all(isinstance(run, Run) for run in runs.values()):
        raise InputError("runs must be a dict of names and Runs", ["runs"])
    if len(runs) < 2:
        raise InputError("a comparison needs at least two scenarios", ["runs"])
    rows = []
    for name, run in runs.items():
        if run.control is None:
            raise InputError(f"{name} has no plan, so that it has nothing to compare", ["runs", name])
        for output in outputs:
            treated, untreated = float(run[output][-1]), float(run.control[output][-1])
            counted = math.nan if run.counted is None else float(run.counted[output][-1])
            share = None if run.counted is None else unexplained_share(treated, untreated, counted)
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
                }
            )
    return Comparison(pd.DataFrame(rows), dict(runs))
