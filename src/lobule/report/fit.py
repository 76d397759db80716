"""A patient's labs, the courses that fit them, and what each plan is forecast to do."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lobule.report.style import entry, picture

COLOURS = ("#777777", "#1b6ca8", "#3d9a6d", "#c58a1b", "#b03a2e", "#7a3b8f")
Values = NDArray[np.float64]


@picture
def fit_picture(
    days: Values,
    measured: Mapping[str, Values],
    past: Mapping[str, Values],
    ahead: Values,
    plans: Mapping[str, Mapping[str, Values]],
    units: Mapping[str, str],
) -> Figure:
    """A panel a lab and one of survival.

    Parameters
    ----------
    days, measured : (n,) times of measurement; {lab: (n,)}
    past : {lab: (n_particles, n_past)} courses over the time of the measurements
    ahead : (n_times,) days after the last measurement
    plans : {plan: {output: (n_particles, n_times)}}, no treatment first
    units : {lab: unit}
    """
    names = [*measured, "survival"]
    columns = 3
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4.2 * columns, 2.5 * rows + 0.6), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    end = float(days[-1])
    for axis, name in zip(axes, names, strict=False):
        if name in measured:
            low, middle, high = np.nanpercentile(past[name], (5, 50, 95), axis=0)
            before = np.linspace(0, end, low.size)
            axis.fill_between(before, low, high, color="#333333", alpha=0.15, linewidth=0)
            axis.plot(before, middle, color="#333333", linewidth=1)
            axis.plot(days, measured[name], "o", color="black", markersize=4, label="measured")
        for colour, (plan, values) in zip(cycle(COLOURS), plans.items(), strict=False):
            if name not in values:
                continue
            low, middle, high = np.nanpercentile(values[name], (5, 50, 95), axis=0)
            axis.fill_between(end + ahead, low, high, color=colour, alpha=0.12, linewidth=0)
            axis.plot(end + ahead, middle, color=colour, linewidth=1.6, label=entry(plan))
        axis.axvline(end, color="#999999", linewidth=0.6, linestyle=":")
        axis.set_title(f"{name}, {units[name]}" if units.get(name) else name, loc="left", fontsize=9)
        axis.set_ylim(bottom=0)
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    return figure
