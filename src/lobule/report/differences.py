"""Differences between two arms, published beside predicted, a panel a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from lobule.report.look import BLACK, BLUE, LINE, UNTREATED, dress, heading, legend, panels
from lobule.report.style import picture

APART = 0.18  # between the marks of one row


@picture
def differences(measures: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Draw a row a trial: what it found with its interval, what is predicted with its band, what can be counted.

    Parameters
    ----------
    measures : {title: rows with label, published_difference, published_low, published_high, model_difference,
        model_low, model_high, counted_difference}; NaN where there is none
    """
    longest = max(len(rows) for rows in measures.values())
    widest = max(len(row["label"]) for rows in measures.values() for row in rows)
    left = min(0.3 + 0.06 * widest, 3.0)
    figure, axes = panels(len(measures), 2, width=left + 3.4, height=0.45 * longest + 0.4, left=left, foot=0.35)
    for k, (axis, (title, rows)) in enumerate(zip(axes, measures.items(), strict=True)):
        for place, row in enumerate(rows):
            for whose, colour, mark, shift in (("published", BLACK, "D", -APART), ("model", BLUE, "o", APART)):
                ends = [row[f"{whose}_low"], row[f"{whose}_high"]]
                axis.plot(ends, [place + shift] * 2, color=colour, linewidth=1.2)
                axis.plot(row[f"{whose}_difference"], place + shift, mark, color=colour, markersize=4.5,
                          label="trial" if whose == "published" else "model, as published")  # fmt: skip
            axis.plot(row["counted_difference"], place + APART, "o", color=UNTREATED, markersize=3.5,
                      markerfacecolor="none", label="model, as counted")  # fmt: skip
        axis.axvline(0, color=LINE, linewidth=0.8)
        axis.set_yticks(range(len(rows)), [row["label"] for row in rows])
        axis.set_ylim(len(rows) - 0.5, -0.5)
        heading(axis, title, letter=k if len(measures) > 1 else None)
        dress(axis, bare=True)
    legend(figure, axes)
    return figure
