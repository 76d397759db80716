"""Forecasts of people beside others' and beside what came: order, level, bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lobule.report.look import BLUE, FAINT, GREY, LINE, ORANGE, SMALL, TEXT, VERMILLION, dress, heading, legend, panels
from lobule.report.style import picture

LETTER = 0.065  # inches of a letter of a label
OURS, FIRST_RIVAL, OTHERS = BLUE, VERMILLION, GREY
LEVEL_COLUMNS = 3
MARKS = ("o", "s", "D", "^", "v", "P")


class Point(NamedTuple):
    """A value with its interval, NaN where it has none."""

    value: float
    low: float
    high: float


class Level(NamedTuple):
    """A forecast share, and what was seen of it with its interval."""

    forecast: float
    seen: Point


@picture
def ordered(groups: Mapping[str, Mapping[str, Point]], ours: str, axis_label: str) -> Figure:
    """Models from best to worst, a panel a group of people; ours in colour.

    Parameters
    ----------
    groups : {title: {model: its score}}
    """
    longest = max(len(name) for models in groups.values() for name in models)
    lines = max(len(models) for models in groups.values())
    left = 0.3 + LETTER * longest
    figure, axes = panels(len(groups), 2, width=left + 2.6, height=0.24 * lines + 0.3, left=left, foot=0.3)
    for k, (axis, (title, models)) in enumerate(zip(axes, groups.items(), strict=True)):
        best_first = sorted(models.items(), key=lambda item: -item[1].value)
        for place, (name, point) in enumerate(best_first):
            colour = OURS if name == ours else OTHERS
            axis.plot([point.low, point.high], [place, place], color=colour, linewidth=1.8 if name == ours else 1.3)
            axis.plot([point.value], [place], "o", color=colour, markersize=5 if name == ours else 4)
        if ours in models:
            axis.axvline(models[ours].value, color=OURS, linewidth=0.8, linestyle=":", zorder=1)
        axis.set_yticks(range(len(best_first)), [name for name, _ in best_first])
        axis.set_ylim(len(best_first) - 0.5, -0.5)
        axis.set_xlabel(axis_label, fontsize=TEXT)
        heading(axis, title, letter=k if len(groups) > 1 else None)
        dress(axis, bare=True)
    return figure


@picture
def levels(groups: Mapping[str, Mapping[str, Sequence[Level]]]) -> Figure:
    """Forecast shares (across) beside seen ones (up) with their intervals, a panel a group; on the line both agree.

    Parameters
    ----------
    groups : {title: {model: a level of each part of the people}}
    """
    figure, axes = panels(len(groups), LEVEL_COLUMNS, width=3.6, height=3.0, left=0.7, foot=0.45)
    for k, (axis, (title, models)) in enumerate(zip(axes, groups.items(), strict=True)):
        axis.plot([0, 1], [0, 1], color=LINE, linewidth=0.8, zorder=1)
        for colour, mark, (name, parts) in zip((OURS, FIRST_RIVAL, OTHERS), MARKS, models.items(), strict=False):
            for part in parts:
                axis.plot([part.forecast] * 2, [part.seen.low, part.seen.high], color=colour, linewidth=1.3, alpha=0.7)
            axis.plot([part.forecast for part in parts], [part.seen.value for part in parts], mark, color=colour,
                      markersize=5, label=name)  # fmt: skip
        axis.set_xlim(-0.02, 1.02)
        axis.set_ylim(-0.02, 1.02)
        if k >= len(groups) - LEVEL_COLUMNS:
            axis.set_xlabel("forecast", fontsize=TEXT)
        axis.set_ylabel("seen (Kaplan-Meier)", fontsize=TEXT)
        heading(axis, title, letter=k if len(groups) > 1 else None)
    legend(figure, axes, 3)
    return figure


@picture
def held(
    panels_of: Mapping[str, Mapping[str, Mapping[str, Point]]], wanted: Mapping[str, tuple[float, float]],
    one: Mapping[str, float],
) -> Figure:  # fmt: skip
    """Values of several models by what is measured, a panel a question.

    Parameters
    ----------
    panels_of : {title: {model: {what is measured: its value}}}
    wanted : {title: limits within which values should lie}, shaded
    one : {title: a line}
    """
    things = max((list(models[next(iter(models))]) for models in panels_of.values()), key=len)
    names = list(dict.fromkeys(name for models in panels_of.values() for name in models))
    look = dict(zip(names, zip((OURS, GREY, ORANGE, VERMILLION), MARKS, strict=False), strict=False))
    figure, axes = panels(len(panels_of), 2, width=4.6, height=0.42 * len(things) + 0.4, left=1.0, foot=0.5)
    for k, (axis, (title, models)) in enumerate(zip(axes, panels_of.items(), strict=True)):
        if title in wanted:
            axis.axvspan(*wanted[title], color=FAINT, zorder=0)
        if title in one:
            axis.axvline(one[title], color=LINE, linewidth=0.8, zorder=1)
        shift = np.linspace(-0.25, 0.25, len(models)) if len(models) > 1 else np.zeros(1)
        for move, (name, values) in zip(shift, models.items(), strict=True):
            colour, mark = look[name]
            for place, thing in enumerate(things):
                if thing in values:
                    point = values[thing]
                    axis.plot([point.low, point.high], [place + move] * 2, color=colour, linewidth=1.4)
                    axis.plot([point.value], [place + move], mark, color=colour, markersize=4.5, label=name)
        axis.set_yticks(range(len(things)), things)
        axis.set_ylim(len(things) - 0.5, -0.5)
        if title in wanted:
            axis.xaxis.set_major_formatter(PercentFormatter(1.0))
        heading(axis, title, letter=k if len(panels_of) > 1 else None)
        dress(axis, bare=True)
    legend(figure, axes, 4)
    return figure


@picture
def by_group(panels_of: Mapping[str, Mapping[str, Level]], axis_label: str) -> Figure:
    """Forecast and seen shares of groups of people side by side, a panel a time.

    Parameters
    ----------
    panels_of : {title: {group: its level}}
    """
    figure, axes = panels(len(panels_of), 2, width=4.6, height=2.4, left=0.7, foot=0.45)
    for k, (axis, (title, groups)) in enumerate(zip(axes, panels_of.items(), strict=True)):
        for place, level in enumerate(groups.values()):
            axis.plot([place] * 2, [level.seen.low, level.seen.high], color=OTHERS, linewidth=5, alpha=0.5,
                      solid_capstyle="butt")  # fmt: skip
            axis.plot([place - 0.12, place + 0.12], [level.seen.value] * 2, color=LINE, linewidth=1.6,
                      label="seen (Kaplan-Meier, 95 %)")  # fmt: skip
            axis.plot([place], [level.forecast], "o", color=OURS, markersize=5.5, label="forecast")
        axis.set_xticks(range(len(groups)), list(groups))
        axis.tick_params(axis="x", labelsize=SMALL)
        axis.set_ylim(0, 1.03)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set_ylabel(axis_label, fontsize=TEXT)
        heading(axis, title, letter=k if len(panels_of) > 1 else None)
    legend(figure, axes, 2)
    return figure
