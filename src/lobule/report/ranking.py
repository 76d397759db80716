"""A ranking: a row a thing, a dot a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from lobule.report.look import COLOURS, FAINT, TEXT, dress, panels
from lobule.report.style import entry, picture


@picture
def ranking(labels: Sequence[str], values: Mapping[str, Sequence[float]], axis_label: str) -> Figure:
    """Draw labels from top to bottom and, in each row, a dot for every measure."""
    figure, (axis,) = panels(1, 1, width=8.5, height=0.32 * len(labels) + 0.6, wide=True)
    rows = range(len(labels))
    for row in rows:
        axis.axhline(row, color=FAINT, linewidth=0.8, zorder=1)
    for colour, (name, numbers) in zip(COLOURS, values.items(), strict=False):
        axis.plot(numbers, rows, "o", markersize=5, color=colour, label=entry(name), alpha=0.85, zorder=2)
    axis.set_yticks(list(rows), list(labels))
    axis.invert_yaxis()
    axis.set_xlim(left=0)
    axis.set_xlabel(axis_label, fontsize=TEXT)
    dress(axis, bare=True)
    figure.legend(loc="outside lower center", ncols=4, fontsize=TEXT, frameon=False)
    return figure
