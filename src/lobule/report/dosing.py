"""Dose-response curves, a surface and a front, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lobule.report.look import COLOURS, FAINT, SMALL, TEXT, heading, panels, written
from lobule.report.style import entry, picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def dosing(table: pd.DataFrame, output: str, unit: str) -> Figure:
    """Three panels from a table with the columns of `lobule.explore.Dosing`."""
    figure, (curve, surface, front) = panels(3, 3, width=4.4, height=3.2, wide=True)
    colours = dict(zip(dict.fromkeys(table["route"]), COLOURS, strict=False))
    for route, rows in table[table["part"] == "curve"].groupby("route", sort=False):
        curve.plot(rows["per_dose"], 100 * rows["benefit"], "o-", color=colours[route], markersize=3,
                   label=entry(written(str(route))))  # fmt: skip
    heading(curve, "dose and route", letter=0)
    curve.set_xlabel(f"{unit} in each dose", fontsize=TEXT)
    curve.set_ylabel(f"improvement of {output} (%)", fontsize=TEXT)
    curve.set_ylim(bottom=min(0.0, 100 * float(np.nanmin(table["benefit"]))))
    _surface(figure, surface, table[table["part"] == "surface"], unit)
    search = table[table["part"] == "search"]
    front.plot(search["total"], 100 * search["benefit"], "o", color=FAINT, markersize=3, label="other plans searched")
    for route, rows in search[search["front"]].groupby("route", sort=False):
        front.plot(rows["total"], 100 * rows["benefit"], "o", color=colours[route], markersize=4,
                   label=f"best of its cost, {written(str(route))}")  # fmt: skip
    heading(front, "benefit against material", letter=2)
    front.set_xlabel(f"{unit} in all", fontsize=TEXT)
    front.set_ylabel("improvement (%)", fontsize=TEXT)
    for axis in (curve, front):
        axis.set_xscale("log")
        axis.legend(fontsize=SMALL, frameon=False)
    return figure


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
