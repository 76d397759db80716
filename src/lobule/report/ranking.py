"""A ranking: a row a thing, a dot a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from lobule.report.style import entry, picture

COLOURS = ("#1b6ca8", "#b03a2e", "#c9a227", "#8d5a97", "#5b8e7d", "#444444", "#d98880", "#7fb3d5")


@picture
def ranking(labels: Sequence[str], values: Mapping[str, Sequence[float]], axis_label: str) -> Figure:
    """Draw labels from top to bottom and, in each row, a dot for every measure."""
    figure = Figure(figsize=(8.5, 0.32 * len(labels) + 1.6), layout="constrained")
    axis = figure.subplots()
    rows = range(len(labels))
    for row in rows:
        axis.axhline(row, color="#e5e5e5", linewidth=0.8, zorder=1)
    for i, (name, numbers) in enumerate(values.items()):
        axis.plot(
            numbers, rows, "o", markersize=5, color=COLOURS[i % len(COLOURS)], label=entry(name), alpha=0.85, zorder=2
        )
    axis.set_yticks(list(rows), labels, fontsize=8)
    axis.invert_yaxis()
    axis.set_xlim(left=0)
    axis.set_xlabel(axis_label, fontsize=9)
    axis.tick_params(axis="x", labelsize=8)
    axis.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    return figure
