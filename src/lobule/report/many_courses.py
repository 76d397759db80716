"""Many small courses of one subject on a sheet, so that an expert sees at a glance what is odd."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lobule.report.look import COLOURS, heading, legend, panels, show_change
from lobule.report.scale import time_unit, written
from lobule.report.style import picture

COLUMNS = 5


@picture
def many_courses(
    days: ArrayLike, values: Mapping[str, Mapping[str, ArrayLike]], units: Sequence[str], head: str,
    dashed: Collection[str] = (), bands: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
) -> Figure:  # fmt: skip
    """A panel a measure, a colour a line; a line that is dashed has the colour of the one before it.

    Parameters
    ----------
    days : (n_times,)
    values : {measure: {line: (n_times,)}}; units : of the measures
    head : the heading of the sheet
    dashed : names of lines
    bands : {measure: low and high}, shaded
    """
    figure, axes = panels(len(values), COLUMNS, width=2.35, height=1.25, left=0.45, head=head, foot=0.3)
    length, name_of_time = time_unit(float(np.asarray(days)[-1]))
    time = np.asarray(days) / length
    for k, (axis, (measure, lines)) in enumerate(zip(axes, values.items(), strict=True)):
        solid = [name for name in lines if name not in dashed]
        for name, course in lines.items():
            place = solid.index(name) if name in solid else list(lines).index(name) - len(solid)
            axis.plot(time, course, "--" if name in dashed else "-", color=COLOURS[place], linewidth=1.2, label=name)
        ends = (bands or {}).get(measure)
        if ends is not None:
            axis.fill_between(time, *ends, color=COLOURS[0], alpha=0.2, linewidth=0, label="middle half of people")
        show_change(axis, *lines.values(), *(ends or ()))
        heading(axis, written(measure), written(units[k]))
    figure.text(0.99, 0.08 / figure.get_figheight(), name_of_time, ha="right", fontsize=9)
    legend(figure, axes)
    return figure
