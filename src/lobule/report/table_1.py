"""Baseline characteristics of cohorts beside published ones: difference of means in published standard deviations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd

CLOSE, FAR = "#1b6ca8", "#b03a2e"


@picture
def table_1(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """A panel a cohort, a dot a variable; the grey band is 0.2 standard deviations, a hollow dot was not matched."""
    height = max(len(table) for table in tables.values())
    figure = Figure(figsize=(4.6 * len(tables), 0.32 * height + 1.4), layout="constrained")
    axes = figure.subplots(1, len(tables), squeeze=False)[0]
    for axis, (name, table) in zip(axes, tables.items(), strict=True):
        rows = range(len(table))
        axis.axvspan(-0.2, 0.2, color="#eeeeee", zorder=0)
        axis.axvline(0, color="#333333", linewidth=0.8, zorder=1)
        for row, (gap, matched) in enumerate(zip(table["difference"], table["matched"], strict=True)):
            if gap != gap:
                axis.text(0, row, "not published", fontsize=7, color="#777777", va="center", ha="center")
                continue
            colour = CLOSE if abs(gap) <= 0.2 else FAR
            axis.plot(
                gap, row, "o", color=colour, markerfacecolor=colour if matched else "white", markersize=6, zorder=3
            )
        labels = [
            f"{v}{' (log)' if s == 'log' else ''}" for v, s in zip(table["variable"], table["scale"], strict=True)
        ]
        axis.set_yticks(list(rows), [label.replace("_", " ") for label in labels], fontsize=8)
        axis.invert_yaxis()
        reach = max(0.6, float(table["difference"].abs().max(skipna=True)) * 1.15)
        axis.set_xlim(-reach, reach)
        axis.set_title(name, loc="left", fontsize=10)
        axis.set_xlabel("mean less published mean, in published SD", fontsize=8)
        axis.tick_params(axis="x", labelsize=8)
        axis.spines[["top", "right", "left"]].set_visible(False)
    return figure
