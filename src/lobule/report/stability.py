"""Stability as a picture: values over time, fitted lines, limits, the end of the shelf life."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from lobule.report.look import BLACK, COLOURS, GREY, NO, SMALL, TEXT, dress
from lobule.report.scale import written
from lobule.report.style import entry, picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def stability_picture(
    attribute: str, unit: str, points: pd.DataFrame, lines: pd.DataFrame, limit: tuple[float, float], end: float,
    bound: pd.DataFrame,
) -> Figure:  # fmt: skip
    """Draw values (batch, months, temperature, value), lines (batch, intercept, slope_per_month), limits, the end, and
    the bound of the batch that decides (month, low, high)."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axis = figure.subplots()
    last = float(bound["month"].max())
    temperatures = points["temperature"].dropna().unique()
    for colour, row in zip(COLOURS * 20, lines.to_dict("records"), strict=False):
        own = points[points["batch"] == row["batch"]]
        lowest = own[own["temperature"] == min(temperatures)] if len(temperatures) else own
        axis.plot(lowest["months"], lowest["value"], "o", color=colour, markersize=4, label=entry(row["batch"]))
        x = np.array([0, last])
        axis.plot(x, row["intercept"] + row["slope_per_month"] * x, color=colour, linewidth=1)
    warmer = points[points["temperature"] > min(temperatures)] if len(temperatures) > 1 else points.iloc[:0]
    axis.plot(
        warmer["months"],
        warmer["value"],
        "x",
        color=GREY,
        alpha=0.6,
        markersize=4,
        label="warmer" if len(warmer) else None,
    )
    told = False
    for name, spec in zip(("low", "high"), limit, strict=True):
        if not math.isfinite(spec):
            continue
        axis.axhline(spec, color=NO, linewidth=1, label=None if told else "specification")
        label = None if told else "confidence limit"
        axis.plot(bound["month"], bound[name], color=BLACK, linewidth=1, linestyle=":", label=label)
        told = True
    axis.axvline(end, color=BLACK, linestyle="--", linewidth=1, label=f"shelf life {end:.1f} months")
    axis.set_xlabel("months", fontsize=TEXT)
    axis.set_ylabel(f"{written(attribute)} ({unit})", fontsize=TEXT)
    axis.legend(fontsize=SMALL, ncols=2)
    dress(axis)
    return figure
