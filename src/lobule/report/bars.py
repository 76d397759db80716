"""Bars with ranges, a panel a measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from lobule.report.look import FALL, LINE, RISE, TEXT, dress, heading, panels
from lobule.report.style import picture

DASHES = (0, (2, 1))
LETTER = 0.06  # inches of a letter of a label
Panel = tuple[Sequence[str], Sequence[float], Sequence[tuple[float, float]]]


@picture
def bars(
    measures: Mapping[str, Panel],
    axis_label: str,
    ranges: str = "",
    ways: tuple[str, str] = ("rise", "fall"),
    marks: Mapping[str, Sequence[float]] | None = None,
    marked: str = "",
) -> Figure:
    """Draw horizontal bars of shares, on axes in per cent.

    Parameters
    ----------
    measures : {title: (labels, values, (low, high) a bar, NaN for none)}
    ranges : what the thin lines are
    ways : what a bar to the right means, and one to the left
    marks : {title: a value a bar, NaN for none} that are marked on the bars; marked : what they are
    """
    longest = max(len(labels) for labels, _, _ in measures.values())
    widest = max(len(label) for labels, _, _ in measures.values() for label in labels)
    left = min(0.3 + LETTER * widest, 4.5)
    figure, axes = panels(len(measures), 2, width=left + 3.4, height=0.24 * longest + 0.15, left=left, foot=0.6)
    everywhere = (
        len({tuple(labels) for labels, _, _ in measures.values()}) == 1
    )  # then the first column says it for all
    for k, (axis, (name, (labels, values, bounds))) in enumerate(zip(axes, measures.items(), strict=True)):
        places = range(len(labels))
        axis.barh(places, values, color=[RISE if v >= 0 else FALL for v in values], height=0.65, zorder=2)
        for place, (low, high) in zip(places, bounds, strict=True):
            if low == low:
                axis.plot([low, high], [place, place], color=LINE, linewidth=1.2, zorder=3)
        for place, value in enumerate((marks or {}).get(name, ())):
            axis.plot([value, value], [place - 0.38, place + 0.38], color=LINE, linewidth=1.6, linestyle=DASHES,
                      zorder=4)  # fmt: skip
        axis.axvline(0, color=LINE, linewidth=0.8, zorder=1)
        hidden = everywhere and k % 2
        axis.set_yticks(list(places), [""] * len(labels) if hidden else list(labels))
        axis.invert_yaxis()
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=_decimals(axis.get_xlim())))
        heading(axis, name, letter=k if len(measures) > 1 else None)
        dress(axis, bare=True)
    entries: list = [Patch(color=colour, label=way) for colour, way in zip((RISE, FALL), ways, strict=True)]
    if ranges and any(low == low for _, _, bounds in measures.values() for low, _ in bounds):
        entries.append(Line2D([], [], color=LINE, linewidth=1.2, label=ranges))
    if marked and any(value == value for values in (marks or {}).values() for value in values):
        entries.append(Line2D([], [], color=LINE, linewidth=1.6, linestyle=DASHES, label=marked))
    figure.legend(handles=entries, loc="lower center", ncols=4, fontsize=TEXT, frameon=False)
    figure.text(0.5, 0.4 / figure.get_figheight(), axis_label, ha="center", fontsize=TEXT)
    return figure


def _decimals(limits: tuple[float, float]) -> int:
    """So many that neighbouring ticks differ."""
    span = 100 * abs(limits[1] - limits[0])
    return max(0, 1 - math.floor(math.log10(span))) if 0 < span < 10 else 0
