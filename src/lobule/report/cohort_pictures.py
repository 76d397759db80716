"""Forecasts of a table of people as one picture: how chances are spread, and each person's with the range."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from lobule.report.look import BLUE, GREY, LINE, TEXT, VERMILLION, heading, legend, panels
from lobule.report.style import picture

Values = NDArray[np.float64]
BINS = 20


@picture
def cohort_picture(
    chances: Mapping[str, Values], when: str, band: Values, poor: NDArray[np.bool_], what: str
) -> Figure:  # fmt: skip
    """How many people have which chance at each time, and everybody's chance at one of them.

    Parameters
    ----------
    chances : {time in words: (n_people,)}
    when, band, poor : the one time; (3, n_people) low, chance and high; (n_people,) where the fit is poor
    what : the chance is of, as the heading of each panel begins
    """
    figure, axes = panels(len(chances) + 1, 2, width=4.9, height=1.9, left=0.7, foot=0.45)
    for k, (axis, (time, values)) in enumerate(zip(axes, chances.items(), strict=False)):
        axis.hist(values, np.linspace(0, 1, BINS + 1).tolist(), color=BLUE, alpha=0.75, edgecolor="white")
        axis.axvline(float(np.mean(values)), color=LINE, linewidth=1.2, linestyle="--", label="mean of all")
        axis.set_xlim(0, 1)
        axis.set_ylabel("patients", fontsize=TEXT)
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        heading(axis, f"{what} after {time}", letter=k)
    _everybody(axes[len(chances)], band, poor)
    heading(axes[len(chances)], f"{what} after {when}, each patient", letter=len(chances))
    legend(figure, axes, 4)
    return figure


def _everybody(axis: Axes, band: Values, poor: NDArray[np.bool_]) -> None:
    order = np.argsort(band[1], kind="stable")
    low, chance, high = band[:, order]
    place, bad = np.arange(1, len(order) + 1), poor[order]
    axis.vlines(place, low, high, color=GREY, alpha=0.45, linewidth=max(0.4, min(4.0, 200 / len(order))),
                label="nine of ten virtual people")  # fmt: skip
    size = 4.0 if len(order) < 100 else 1.8
    axis.plot(place[~bad], chance[~bad], "o", color=BLUE, markersize=size, label="fit is good")
    if bad.any():
        axis.plot(place[bad], chance[bad], "s", color=VERMILLION, markersize=size, label="fit is poor: not to be used")
    axis.set_ylim(0, 1.02)
    axis.set_xlim(0, len(order) + 1)
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.set_xlabel("patients, from the least to the greatest chance", fontsize=TEXT)
