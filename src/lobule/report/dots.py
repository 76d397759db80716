"""Single values of groups beside each other, a panel a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lobule.report.look import COLOURS, SMALL, TEXT, UNTREATED, heading, panels, show_change
from lobule.report.style import picture

COLUMNS = 4


@picture
def dots(
    measures: Mapping[str, Mapping[str, Sequence[float]]], units: Sequence[str], told: Sequence[str], foot: str
) -> Figure:
    """Draw a dot a value and a line at each mean.

    Parameters
    ----------
    measures : {title: {group: values}}, the group that all are compared with first
    units, told : of each measure: its unit, and a text in its panel, such as a p value
    foot : what dots, lines and texts are
    """
    figure, axes = panels(len(measures), COLUMNS, width=3.6, foot=0.1)
    for k, (axis, (name, groups)) in enumerate(zip(axes, measures.items(), strict=True)):
        for place, (colour, values) in enumerate(zip((UNTREATED, *COLOURS), groups.values(), strict=False)):
            spread = np.linspace(-0.18, 0.18, len(values)) if len(values) > 1 else np.zeros(1)
            axis.plot(place + spread, values, "o", color=colour, markersize=4, alpha=0.8, clip_on=False)
            axis.plot([place - 0.28, place + 0.28], [np.mean(values)] * 2, color=colour, linewidth=2)
        axis.set_xticks(range(len(groups)), list(groups))
        axis.set_xlim(-0.6, len(groups) - 0.4)
        show_change(axis, *groups.values())
        low, high = axis.get_ylim()
        axis.set_ylim(low, high + 0.12 * (high - low))  # room for what is told
        heading(axis, name, units[k], k)
        if told[k]:
            axis.text(0.98, 0.98, told[k], transform=axis.transAxes, ha="right", va="top", fontsize=SMALL)
    figure.text(0.5, 0.08 / figure.get_figheight(), foot, ha="center", fontsize=TEXT)
    return figure
