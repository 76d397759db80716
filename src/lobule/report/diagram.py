"""A picture of parts and of what flows between them: boxes in columns, arrows whose width is the number of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lobule.report.look import COLOURS
from lobule.report.style import picture

BOX_WIDTH, BOX_HEIGHT, COLUMN, ROW = 2.3, 0.62, 3.6, 1.05


@picture
def module_diagram(
    columns: Mapping[str, Sequence[str]],
    notes: Mapping[str, str],
    arrows: Mapping[tuple[str, str], int],
    title: str,
) -> Figure:
    """Draw a box for each part and an arrow from every part to those that read it.

    Parameters
    ----------
    columns : {heading: parts from top to bottom}
    notes : {part: a line of small text in its box}
    arrows : {(from, to): number of names read}
    title : heading
    """
    tallest = max(len(parts) for parts in columns.values())
    figure = Figure(figsize=(COLUMN * len(columns) * 1.05, ROW * tallest * 1.25 + 0.8), layout="constrained")
    axis = figure.subplots()
    place: dict[str, tuple[float, float]] = {}
    colour: dict[str, str] = {}
    for column, (heading, parts) in enumerate(columns.items()):
        axis.text(column * COLUMN, 0.75, heading, ha="center", fontsize=12, weight="bold", color=COLOURS[column])
        shift = (tallest - len(parts)) / 2.0
        for row, part in enumerate(parts):
            place[part] = (column * COLUMN, -(row + shift) * ROW)
            colour[part] = COLOURS[column]
    for (source, target), count in sorted(arrows.items(), key=lambda item: item[1]):
        axis.add_patch(_arrow(place[source], place[target], colour[source], count))
    for part, (x, y) in place.items():
        axis.add_patch(
            FancyBboxPatch(
                (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2), BOX_WIDTH, BOX_HEIGHT, boxstyle="round,pad=0.04",
                facecolor="white", edgecolor=colour[part], linewidth=1.6, zorder=3,
            )
        )  # fmt: skip
        axis.text(x, y + 0.1, part.replace("_", " "), ha="center", va="center", fontsize=9, zorder=4)
        axis.text(x, y - 0.17, notes[part], ha="center", va="center", fontsize=7, color="#555555", zorder=4)
    axis.set_xlim(-COLUMN / 1.8, COLUMN * (len(columns) - 0.2))  # arrows within the last column bow out of it
    axis.set_ylim(-ROW * tallest + 0.2, 1.1)
    axis.axis("off")
    figure.suptitle(title, fontsize=12)
    return figure


def _arrow(begin: tuple[float, float], end: tuple[float, float], colour: str, count: int) -> FancyArrowPatch:
    """From the edge of one box to the edge of another, bowed where they share a column."""
    (x0, y0), (x1, y1) = begin, end
    if x0 == x1:
        side = BOX_WIDTH / 2 + 0.03
        begin, end, bow = (x0 + side, y0), (x1 + side, y1), -0.45 if y1 < y0 else 0.45
        begin, end = (x0 + side, y0 - 0.1), (x1 + side, y1 + 0.1)
    else:
        way = 1 if x1 > x0 else -1
        begin, end = (x0 + way * (BOX_WIDTH / 2 + 0.04), y0), (x1 - way * (BOX_WIDTH / 2 + 0.06), y1)
        bow = 0.08
    return FancyArrowPatch(
        begin, end, arrowstyle="-|>", mutation_scale=8, connectionstyle=f"arc3,rad={bow}", color=colour,
        linewidth=0.5 + 0.35 * count, alpha=0.45, zorder=2,
    )  # fmt: skip
