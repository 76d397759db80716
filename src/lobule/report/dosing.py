"""Dose-response curves, a surface and a front, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from lobule.report.ranking import COLOURS
from lobule.report.style import entry, picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def dosing(table: pd.DataFrame, output: str, unit: str) -> Figure:
    """Three panels from a table with the columns of `lobule.explore.Dosing`."""
    figure = Figure(figsize=(13, 4), layout="constrained")
    curve_axis, surface_axis, front_axis = figure.subplots(1, 3)
    name = output.replace("_", " ")
    colours = {route: COLOURS[i % len(COLOURS)] for i, route in enumerate(dict.fromkeys(table["route"]))}
    for route, rows in table[table["part"] == "curve"].groupby("route", sort=False):
        curve_axis.plot(rows["per_dose"], 100 * rows["benefit"], "o-", color=colours[route], markersize=3,
                        label=entry(route))  # fmt: skip
    curve_axis.set_xscale("log")
    curve_axis.set_xlabel(f"{unit} in each dose")
    curve_axis.set_ylabel(f"improvement of {name}, %")
    curve_axis.legend(fontsize=8, frameon=False)
    curve_axis.set_title("dose and route", loc="left", fontsize=10)
    surface = table[table["part"] == "surface"].pivot_table(index="interval_d", columns="per_dose", values="benefit")
    x, y = surface.columns.to_numpy(float), surface.index.to_numpy(float)
    filled = surface_axis.contourf(x, y, 100 * surface.to_numpy(), levels=12, cmap="viridis")
    surface_axis.set_xscale("log")
    surface_axis.set_xlabel(f"{unit} in each dose")
    surface_axis.set_ylabel("days between doses")
    surface_axis.set_title("dose and interval, same span", loc="left", fontsize=10)
    figure.colorbar(filled, ax=surface_axis, label="improvement, %")
    search = table[table["part"] == "search"]
    front = search[search["front"]]
    front_axis.plot(search["total"], 100 * search["benefit"], "o", color="#cccccc", markersize=3, label="searched")
    for route, rows in front.groupby("route", sort=False):
        front_axis.plot(rows["total"], 100 * rows["benefit"], "o", color=colours[route], markersize=4,
                        label=f"front, {route}")  # fmt: skip
    front_axis.set_xscale("log")
    front_axis.set_xlabel(f"{unit} in all")
    front_axis.set_ylabel("improvement, %")
    front_axis.set_title("benefit against material", loc="left", fontsize=10)
    front_axis.legend(fontsize=8, frameon=False)
    for axis in (curve_axis, surface_axis, front_axis):
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    bottom = min(0.0, 100 * float(np.nanmin(table["benefit"])))
    curve_axis.set_ylim(bottom=bottom)
    return figure
