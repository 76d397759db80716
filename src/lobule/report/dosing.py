"""Dose-response curves, a surface and a front, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lobule.report.look import COLOURS, FAINT, LINE, SMALL, TEXT, UNTREATED, heading, panels
from lobule.report.scale import written
from lobule.report.style import entry, picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def dosing(
    table: pd.DataFrame,
    output: str,
    unit: str,
    lines: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    marks: Mapping[str, Sequence[float]],
    half: tuple[float, float, float] | None,
) -> Figure:
    """Three panels from a table with the columns of `lobule.explore.Dosing`.

    Parameters
    ----------
    lines : {route: benefit by dose}, drawn through its points
    marks : {what they are: doses}, told at the foot of the curves
    half : dose of half the plateau, with its range
    """
    figure, (curve, surface, front) = panels(3, 3, width=4.4, height=3.6, wide=True)
    colours = dict(zip(dict.fromkeys(table["route"]), COLOURS, strict=False))
    for route, rows in table[table["part"] == "curve"].groupby("route", sort=False):
        curve.plot(rows["per_dose"], 100 * rows["benefit"], "o", color=colours[route], markersize=3,
                   label=entry(written(str(route))))  # fmt: skip
        if "benefit_counted" in rows:
            counted = rows.dropna(subset=["benefit_counted"]).sort_values("per_dose")
            name = "as counted" if route == table["route"].iloc[0] else None
            curve.plot(counted["per_dose"], 100 * counted["benefit_counted"], linestyle=(0, (4, 1.5)), linewidth=1,
                       color=colours[route], label=name)  # fmt: skip
        if route in lines:
            doses = np.geomspace(rows["per_dose"].min(), rows["per_dose"].max(), 200)
            curve.plot(doses, 100 * lines[str(route)](doses), color=colours[route], linewidth=1)
    _published(curve, marks, half)
    heading(curve, "dose and route", letter=0)
    curve.set_xlabel(f"{unit} in each dose", fontsize=TEXT)
    curve.set_ylabel(f"improvement of {output} (%)", fontsize=TEXT)
    _surface(figure, surface, table[table["part"] == "surface"], unit)
    search = table[table["part"] == "search"]
    front.plot(search["total"], 100 * search["benefit"], "o", color=FAINT, markersize=3, label="other plans searched")
    for route, rows in search[search["front"]].groupby("route", sort=False):
        front.plot(rows["total"], 100 * rows["benefit"], "o", color=colours[route], markersize=4,
                   label=f"best of its cost, {written(str(route))}")  # fmt: skip
    heading(front, "benefit against material", letter=2)
    front.set_xlabel(f"{unit} in all", fontsize=TEXT)
    front.set_ylabel("improvement (%)", fontsize=TEXT)
    low, high = curve.get_ylim()
    curve.set_ylim(low - 0.12 * (high - low), high)  # room for the strokes of published doses
    curve.set_xscale("log")
    curve.legend(fontsize=SMALL, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2)
    front.set_xscale("log")
    front.legend(fontsize=SMALL, frameon=False)
    return figure


def _published(axis: Axes, marks: Mapping[str, Sequence[float]], half: tuple[float, float, float] | None) -> None:
    """The half dose with its range, and published doses as strokes at the foot."""
    if half is not None:
        axis.axvspan(half[1], half[2], color=FAINT, alpha=0.4, linewidth=0, label=entry("half dose, its range"))
        axis.axvline(half[0], color=UNTREATED, linewidth=1, linestyle="--")
    for (name, doses), height, inside in zip(marks.items(), (0.02, 0.06), (LINE, "none"), strict=False):
        axis.plot(doses, [height] * len(doses), "^", transform=axis.get_xaxis_transform(), color=LINE, markersize=5,
                  markerfacecolor=inside, label=entry(name), clip_on=False)  # fmt: skip


def _surface(figure: Figure, axis: Axes, rows: pd.DataFrame, unit: str) -> None:
    found = rows.pivot_table(index="interval_d", columns="per_dose", values="benefit")
    x, y = found.columns.to_numpy(float), found.index.to_numpy(float)
    filled = axis.contourf(x, y, 100 * found.to_numpy(), levels=12, cmap="viridis")
    axis.set_xscale("log")
    axis.set_xlabel(f"{unit} in each dose", fontsize=TEXT)
    axis.set_ylabel("days between doses", fontsize=TEXT)
    heading(axis, "dose and interval, same span", letter=1)
    bar = figure.colorbar(filled, ax=axis)
    bar.set_label("improvement (%)", fontsize=TEXT)
    bar.ax.tick_params(labelsize=SMALL)
