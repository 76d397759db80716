"""Single values of groups beside each other, a panel a measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure

from lobule.report.style import picture

COLOURS = ("#777777", "#1b6ca8", "#3d9a6d", "#c58a1b")


@picture
def dots(panels: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Draw a dot a value and a line at each mean: panels {title: {group: values}}."""
    columns = min(4, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = Figure(figsize=(2.7 * columns, 2.6 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, (title, groups) in zip(axes, panels.items(), strict=False):
        for place, (colour, values) in enumerate(zip(cycle(COLOURS), groups.values(), strict=False)):
            spread = np.linspace(-0.18, 0.18, len(values)) if len(values) > 1 else np.zeros(1)
            axis.plot(place + spread, values, "o", color=colour, markersize=4, alpha=0.8, clip_on=False)
            axis.plot([place - 0.28, place + 0.28], [np.mean(values)] * 2, color=colour, linewidth=2)
        axis.set_xticks(range(len(groups)), list(groups), fontsize=8)
        axis.set_xlim(-0.6, len(groups) - 0.4)
        axis.set_ylim(bottom=0)
        axis.set_title(title, loc="left", fontsize=8)
        axis.tick_params(axis="y", labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    return figure
