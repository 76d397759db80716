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
    """Draw rows (attribute, scale, change and margin with low and high, equivalent); 1 is a margin."""
    figure = Figure(figsize=(8, 0.32 * len(table) + 1.2), layout="constrained")
    axis = figure.subplots()
    for place, row in enumerate(table.iloc[::-1].to_dict("records")):
        read = math.log if row["scale"] == "ratio" else float
        values = []
        for name in ("change_low", "change", "change_high"):
            value = read(row[name])
            values.append(value / abs(read(row["margin_high"] if value > 0 else row["margin_low"])))
        colour = COLOURS[0] if row["equivalent"] else COLOURS[1]
        axis.plot([values[0], values[2]], [place, place], color=colour, linewidth=1.6)
        axis.plot(values[1], place, "o", color=colour, markersize=5)
    axis.set_yticks(range(len(table)), [written(str(n)) for n in table["attribute"][::-1]], fontsize=SMALL)
    for x, style in ((-1, "--"), (0, "-"), (1, "--")):
        axis.axvline(x, color=GREY, linewidth=0.9, linestyle=style)
    axis.set_xlabel("new against old, in margins (90 % interval; orange: not shown to be equivalent)", fontsize=SMALL)
    dress(axis)
    return figure
