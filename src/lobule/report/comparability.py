"""Comparability as a picture: the change of every attribute with its 90 % interval, in margins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lobule.report.look import COLOURS, GREY, SMALL, dress
from lobule.report.scale import written
from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def comparability_picture(table: pd.DataFrame) -> Figure:
    """Draw rows (attribute, scale, change and margin with low and high, equivalent); 1 is a margin.

    An attribute with one margin, NaN on the side that nobody minds, has that margin as its measure on both sides.
    """
    figure = Figure(figsize=(8, 0.32 * len(table) + 1.2), layout="constrained")
    axis = figure.subplots()
    for place, row in enumerate(table.iloc[::-1].to_dict("records")):
        read = math.log if row["scale"] == "ratio" else float
        values = []
        for name in ("change_low", "change", "change_high"):
            value = read(row[name])
            ends = (row["margin_high"], row["margin_low"])[:: 1 if value > 0 else -1]
            values.append(value / abs(read(next(end for end in ends if not math.isnan(end)))))
        colour = COLOURS[0] if row["equivalent"] else COLOURS[1]
        axis.plot([values[0], values[2]], [place, place], color=colour, linewidth=1.6)
        axis.plot(values[1], place, "o", color=colour, markersize=5)
        if any(math.isnan(row[name]) for name in ("margin_low", "margin_high")):
            worse = 1 if math.isnan(row["margin_low"]) else -1
            axis.plot(worse, place, "|", color=GREY, markersize=14, markeredgewidth=2)
    axis.set_yticks(range(len(table)), [written(_named(row)) for _, row in table[::-1].iterrows()], fontsize=SMALL)
    for x, style in ((-1, "--"), (0, "-"), (1, "--")):
        axis.axvline(x, color=GREY, linewidth=0.9, linestyle=style)
    axis.set_xlabel("new against old, in margins (90 % interval; orange: not shown to be equivalent)", fontsize=SMALL)
    dress(axis)
    return figure


def _named(row: pd.Series) -> str:
    """An attribute, with the side on which alone it is tested."""
    side = str(row.get("tested", "both"))
    return str(row["attribute"]) + ("" if side == "both" else f" ({side})")
