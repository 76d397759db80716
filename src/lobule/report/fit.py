"""A patient's labs, the courses that fit them, and what each plan is forecast to do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lobule.report.look import BLACK, COLOURS, GREY, LINE, TEXT, UNTREATED, heading, legend, panels, show_change
from lobule.report.scale import time_unit
from lobule.report.style import entry, picture

COLUMNS = 3
Values = NDArray[np.float64]


@picture
def fit_picture(
    days: Values,
    measured: Mapping[str, Values],
    past: Mapping[str, Values],
    ahead: Values,
    plans: Mapping[str, Mapping[str, Values]],
    units: Mapping[str, str],
    labels: Mapping[str, str],
) -> Figure:
    """A panel a lab and one of survival.

    Parameters
    ----------
    days, measured : (n,) times of measurement; {lab: (n,)}
    past : {lab: (n_particles, n_past)} courses over the time of the measurements
    ahead : (n_times,) days after the last measurement
    plans : {plan: {output: (n_particles, n_times)}}, no treatment first
    units, labels : {lab: its unit}, {lab: how it is called}
    """
    names = [*measured, "survival"]
    figure, axes = panels(len(names), COLUMNS, width=4.2, foot=0.55)
    end = float(days[-1])
    length, unit_of_time = time_unit(end + float(ahead[-1]))
    for k, (axis, name) in enumerate(zip(axes, names, strict=True)):
        shown = []
        if name in measured:
            low, middle, high = np.nanpercentile(past[name], (5, 50, 95), axis=0)
            before = np.linspace(0, end, low.size) / length
            axis.fill_between(before, low, high, color=GREY, alpha=0.25, linewidth=0)
            axis.plot(before, middle, color=LINE, linewidth=1, label="fitted")
            axis.plot(days / length, measured[name], "o", color=BLACK, markersize=4, label="measured")
            shown += [low, high, measured[name]]
        for colour, (plan, values) in zip((UNTREATED, *COLOURS), plans.items(), strict=False):
            if name in values:
                shown += _forecast(axis, (end + ahead) / length, values[name], colour, entry(plan))
        axis.axvline(end / length, color=GREY, linewidth=0.6, linestyle=":")
        heading(axis, labels.get(name, name), units.get(name, ""), k)
        axis.set_xlim(0, (end + float(ahead[-1])) / length)
        show_change(axis, *shown)
        if k >= len(axes) - COLUMNS:
            axis.set_xlabel(f"{unit_of_time}; lines: medians, shades: 90 %", fontsize=TEXT)
    legend(figure, axes, columns=4)
    return figure


def _forecast(axis: Axes, time: Values, courses: Values, colour: str, name: str) -> list[Values]:
    low, middle, high = np.nanpercentile(courses, (5, 50, 95), axis=0)
    axis.fill_between(time, low, high, color=colour, alpha=0.15, linewidth=0)
    axis.plot(time, middle, color=colour, linewidth=1.6, label=name)
    return [low, high]
