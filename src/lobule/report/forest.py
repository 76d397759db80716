"""Differences with their ranges, a panel a measure, a line a pair, coloured by what can be said of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from lobule.report.look import BLUE, GREY, LINE, ORANGE, TEXT, dress, heading, panels
from lobule.report.style import picture

LETTER = 0.06  # inches of a letter of a label
WIDE = 46  # letters of a line of a label
SHAPES = ((BLUE, "o"), (GREY, "s"), (ORANGE, "D"), (LINE, "x"))  # colour and mark of each word
Line = tuple[str, float, float, float, str]


@picture
def forest(measures: Mapping[str, Sequence[Line]], words: Sequence[str], axis_label: str) -> Figure:
    """Draw differences as shares, on axes in per cent.

    Parameters
    ----------
    measures : {title: (label, value, low, high, word) of each line}
    words : that a line may have, at most four; each has a colour and a mark of its own
    """
    told = {row[0]: fill(row[0], WIDE) for rows in measures.values() for row in rows}
    lines = max(sum(told[row[0]].count("\n") + 1.3 for row in rows) for rows in measures.values())
    left = 0.3 + LETTER * max(len(line) for label in told.values() for line in label.split("\n"))
    figure, axes = panels(len(measures), 2, width=left + 3.2, height=0.18 * lines + 0.25, left=left, foot=0.65)
    look = dict(zip(words, SHAPES, strict=False))
    for k, (axis, (name, rows)) in enumerate(zip(axes, measures.items(), strict=True)):
        for place, (_, value, low, high, word) in enumerate(rows):
            colour, mark = look[word]
            axis.plot([low, high], [place, place], color=colour, linewidth=1.6)
            axis.plot([value], [place], mark, color=colour, markersize=4.5)
        axis.axvline(0, color=LINE, linewidth=0.8, zorder=1)
        hidden = bool(k % 2)  # the first column says it for all
        axis.set_yticks(range(len(rows)), [""] * len(rows) if hidden else [told[row[0]] for row in rows])
        axis.set_ylim(len(rows) - 0.5, -0.5)
        widest = max(0.01, *(abs(bound) for row in rows for bound in row[2:4]))
        axis.set_xlim(-1.15 * widest, 1.15 * widest)
        axis.locator_params(axis="x", nbins=5)
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0 if widest > 0.06 else 1))
        heading(axis, name, letter=k if len(measures) > 1 else None)
        dress(axis, bare=True)
    shown = {row[4] for rows in measures.values() for row in rows}
    entries = [Line2D([], [], color=colour, marker=mark, linewidth=1.6, markersize=4.5, label=word)
               for word, (colour, mark) in look.items() if word in shown]  # fmt: skip
    figure.legend(handles=entries, loc="lower center", ncols=3, fontsize=TEXT, frameon=False)
    figure.text(0.5, 0.4 / figure.get_figheight(), axis_label, ha="center", fontsize=TEXT)
    return figure
