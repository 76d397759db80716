"""Bars with ranges, a panel a measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from lobule.report.style import picture

UP, DOWN = "#1b6ca8", "#b03a2e"
Panel = tuple[Sequence[str], Sequence[float], Sequence[tuple[float, float]]]


@picture
def bars(panels: Mapping[str, Panel], axis_label: str) -> Figure:
    """Draw horizontal bars: panels {title: (labels, values, (low, high) a bar, NaN for none)}."""
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    longest = max(len(labels) for labels, _, _ in panels.values())
    figure = Figure(figsize=(5.2 * columns, rows * (0.26 * longest + 1.1)), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    everywhere = len({tuple(labels) for labels, _, _ in panels.values()}) == 1  # then the first column says it for all
    for k, (axis, (title, (labels, values, ranges))) in enumerate(zip(axes, panels.items(), strict=False)):
        places = range(len(labels))
        axis.barh(places, values, color=[UP if v >= 0 else DOWN for v in values], height=0.65, zorder=2)
        for place, (low, high) in zip(places, ranges, strict=True):
            if low == low:
                axis.plot([low, high], [place, place], color="#333333", linewidth=1.2, zorder=3)
        axis.axvline(0, color="#333333", linewidth=0.8, zorder=1)
        axis.set_yticks(list(places), [""] * len(labels) if everywhere and k % columns else labels, fontsize=8)
        axis.invert_yaxis()
        axis.set_title(title, loc="left", fontsize=10)
        axis.tick_params(axis="x", labelsize=8)
        axis.spines[["top", "right", "left"]].set_visible(False)
    figure.supxlabel(axis_label, fontsize=8)
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    return figure
