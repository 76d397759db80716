"""One patient as pictures: what was measured, what fits, and what is forecast; the chances of an event over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter
from numpy.typing import NDArray

from lobule.report.look import (
    BLACK,
    BLUE,
    FAINT,
    GREEN,
    GREY,
    LINE,
    SMALL,
    TEXT,
    VERMILLION,
    heading,
    legend,
    panels,
    show_change,
)
from lobule.report.scale import plain_number, time_unit
from lobule.report.style import picture

Values = NDArray[np.float64]
COLUMNS = 3
WIDE = 6.0  # largest over smallest value, beyond which an axis is logarithmic


@dataclass(frozen=True)
class Panel:
    """One thing that is measured.

    Attributes
    ----------
    title, unit : of the panel
    days, values : (n,) measured; sides (n,) -1 where the true value is lower than what was written, 1 where higher
    doubtful : (n,) counted little
    fitted : (3, n) low, median, high at these days
    ahead_days, ahead : (m,), (3, m) of the next measured value
    usual : low and high in health
    """

    title: str
    unit: str
    days: Values
    values: Values
    sides: NDArray[np.int64]
    doubtful: NDArray[np.bool_]
    fitted: Values
    ahead_days: Values
    ahead: Values
    usual: tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A chance over time with its range: days (n,), band (3, n) low, chance, high."""

    title: str
    days: Values
    band: Values


@picture
def labs_picture(shown: Sequence[Panel], last: float) -> Figure:
    """A panel a lab; `last` is the day of the last visit."""
    figure, axes = panels(
        len(shown), COLUMNS, width=3.5, height=1.5, left=0.6, foot=0.6 if len(shown) >= COLUMNS else 1.0
    )
    end = max((float(one.ahead_days[-1]) for one in shown), default=1.0)
    length, unit = time_unit(end)
    for k, (axis, one) in enumerate(zip(axes, shown, strict=True)):
        _lab(axis, one, last / length, length)
        axis.set_xlim(-0.02 * end / length, end / length)
        every = np.concatenate([one.values, one.fitted.ravel(), one.ahead.ravel()])
        logarithmic = float(every.max()) > WIDE * float(every.min())
        heading(axis, one.title, f"{one.unit}, log scale".removeprefix(", ") if logarithmic else one.unit, k)
        if logarithmic:
            _logarithmic(axis, float(every.min()), float(every.max()))
        else:
            show_change(axis, every)
        if k >= len(shown) - COLUMNS:
            axis.set_xlabel(f"{unit} since the first visit", fontsize=TEXT)
    legend(figure, axes, 2 * min(len(shown), COLUMNS))
    return figure


def _lab(axis: Axes, one: Panel, last: float, length: float) -> None:
    days, ahead = one.days / length, one.ahead_days / length
    if np.isfinite(one.usual).all():
        axis.axhspan(*one.usual, color=GREEN, alpha=0.13, linewidth=0, zorder=0, label="usual in health")
    axis.axvline(last, color=GREY, linewidth=0.9, linestyle=":", label="last visit")
    if len(days) > 1:
        axis.fill_between(days, one.fitted[0], one.fitted[2], color=GREY, alpha=0.3, linewidth=0, label="fitted, 90 %")
        axis.plot(days, one.fitted[1], color=LINE, linewidth=1.1, label="fitted")
    else:
        axis.vlines(days, one.fitted[0], one.fitted[2], color=GREY, alpha=0.6, linewidth=4, label="fitted, 90 %")
    axis.fill_between(ahead, one.ahead[0], one.ahead[2], color=BLUE, alpha=0.18, linewidth=0,
                      label="next measured value, 90 %")  # fmt: skip
    axis.plot(ahead, one.ahead[1], color=BLUE, linewidth=1.6, label="its median")
    for side, mark, what in ((0, "o", "measured"), (-1, "v", "below this limit"), (1, "^", "above this limit")):
        here = one.sides == side
        if here.any():
            axis.plot(days[here], one.values[here], mark, color=BLACK, markersize=3.6, label=what)
    if one.doubtful.any():
        axis.plot(days[one.doubtful], one.values[one.doubtful], "o", color=VERMILLION, markersize=9, fillstyle="none",
                  markeredgewidth=1.4, label="doubtful, counts little")  # fmt: skip


def _logarithmic(axis: Axes, low: float, high: float) -> None:
    axis.set_yscale("log")
    axis.set_ylim(low / 1.15, high * 1.15)
    axis.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(FuncFormatter(plain_number))
    axis.yaxis.set_minor_formatter(NullFormatter())


@picture
def chances_picture(curves: Sequence[Curve], asked: Sequence[float]) -> Figure:
    """A panel a curve from the last visit on, with the days that were asked for as dots."""
    figure, axes = panels(len(curves), 2, width=4.9, height=1.9, left=0.65, foot=0.5)
    for k, (axis, one) in enumerate(zip(axes, curves, strict=True)):
        length, unit = time_unit(float(one.days[-1]))
        axis.fill_between(one.days / length, one.band[0], one.band[2], color=BLUE, alpha=0.18, linewidth=0,
                          label="nine of ten virtual people like this one")  # fmt: skip
        axis.plot(one.days / length, one.band[1], color=BLUE, linewidth=1.8, label="chance, their mean")
        axis.plot(np.asarray(asked) / length, np.interp(asked, one.days, one.band[1]), "o", color=BLUE, markersize=4.5)
        axis.set_xlim(0, float(one.days[-1]) / length * 1.01)
        axis.set_ylim(0, 1.02)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set_xlabel(f"{unit} after the last visit", fontsize=TEXT)
        axis.grid(axis="y", color=FAINT, linewidth=0.6)
        axis.tick_params(labelsize=SMALL)
        heading(axis, one.title, letter=k)
    legend(figure, axes, 2)
    return figure
