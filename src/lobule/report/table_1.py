"""Baseline characteristics of cohorts beside published ones: difference of means in published standard deviations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lobule.report.look import FAINT, GREY, LINE, NO, SMALL, YES, dress, heading
from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def table_1(tables: Mapping[str, pd.DataFrame], labels: Mapping[str, str]) -> Figure:
    """A panel a cohort, a dot a variable, called as `labels` says; a hollow dot was not matched."""
    height = max(len(table) for table in tables.values())
    figure = Figure(figsize=(4.6 * len(tables), 0.32 * height + 1.4), layout="constrained")
    axes = figure.subplots(1, len(tables), squeeze=False)[0]
    for axis, (name, table) in zip(axes, tables.items(), strict=True):
        rows = range(len(table))
        axis.axvspan(-0.2, 0.2, color=FAINT, zorder=0)
        axis.axvline(0, color=LINE, linewidth=0.8, zorder=1)
        for row, (gap, matched) in enumerate(zip(table["difference"], table["matched"], strict=True)):
            if gap != gap:
                axis.text(0, row, "not published", fontsize=SMALL, color=GREY, va="center", ha="center")
                continue
            colour = YES if abs(gap) <= 0.2 else NO
            axis.plot(
                gap, row, "o", color=colour, markerfacecolor=colour if matched else "white", markersize=6, zorder=3
            )
        called = [
            f"{labels.get(v, v)}{' (log)' if s == 'log' else ''}"
            for v, s in zip(table["variable"], table["scale"], strict=True)
        ]
        axis.set_yticks(list(rows), called, fontsize=SMALL)
        axis.set_ylim(len(table) - 0.5, -0.5)
        reach = max(0.6, float(table["difference"].abs().max(skipna=True)) * 1.15)
        axis.set_xlim(-reach, reach)
        heading(axis, name)
        axis.set_xlabel(
            "mean less published mean, in published SD\ngrey: within 0.2; hollow: not matched to the publication",
            fontsize=SMALL,
        )
        dress(axis, bare=True)
    return figure
