"""Release limits as a picture: risks by limit, operating characteristic, critical attributes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from lobule.report.look import BLACK, COLOURS, GREY, SMALL, dress, heading
from lobule.report.scale import written
from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def limits_picture(
    attribute: str, unit: str, limit: float, risk: float, loss: float, curve: pd.DataFrame, operating: pd.DataFrame,
    ranking: pd.DataFrame,
) -> Figure:  # fmt: skip
    """Draw the three panels; tables as in `lobule.quality.limits.Release`."""
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    shown = curve[curve["limit"] > 0]
    left.plot(
        shown["limit"], shown["patients_risk"], color=COLOURS[1], label=f"passing batches that lose over {loss:.0%}"
    )
    left.plot(shown["limit"], shown["sponsors_risk"], color=COLOURS[0], label="good batches that are refused")
    left.plot(shown["limit"], shown["passing"], color=GREY, label="batches that pass", linewidth=1)
    left.axhline(risk, color=COLOURS[1], linewidth=0.8, linestyle=":")
    if math.isfinite(limit) and limit > 0:
        left.axvline(limit, color=BLACK, linewidth=1, linestyle="--", label=f"limit {limit:.3g} {unit}")
    left.set_xscale("log")
    left.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    left.xaxis.set_minor_formatter(NullFormatter())
    left.set_ylim(0, 1.02)
    left.set_xlabel(f"lower limit of {written(attribute)} ({unit})", fontsize=SMALL)
    left.legend(fontsize=SMALL)
    heading(left, "patient's and sponsor's risk", letter=0)
    middle.plot(operating["share_of_effect"], operating["passing"], "o-", color=COLOURS[2], markersize=4)
    middle.axvline(1 - loss, color=COLOURS[1], linewidth=0.8, linestyle="--")
    middle.set_ylim(0, 1.02)
    middle.set_xlabel("true share of the reference's effect", fontsize=SMALL)
    heading(middle, "probability to pass at the limit", letter=1)
    rows = ranking.iloc[::-1]
    right.barh(np.arange(len(rows)), rows["shapley"], color=COLOURS[3])
    right.set_yticks(range(len(rows)), [written(str(n)) for n in rows["attribute"]], fontsize=SMALL)
    heading(right, "share of what is lost when all are poor", letter=2)
    for axis in (left, middle, right):
        dress(axis)
    return figure
