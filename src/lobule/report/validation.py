"""The validation of an assay as a picture: bias and precision by level beside their limits, measured over nominal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from lobule.report.look import BLACK, GREY, NO, SMALL, TEXT, YES, dress, heading
from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def validation_picture(levels: pd.DataFrame, points: pd.DataFrame, bias: float, spread: float) -> Figure:
    """Draw levels (nominal, relative_bias with bias_low and bias_high, intermediate_precision with its upper limit,
    accurate, precise), points (nominal, measured), and the limits of bias and precision, all as shares."""
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    x = np.arange(len(levels))
    for place, row in zip(x, levels.to_dict("records"), strict=True):
        colour = YES if row["accurate"] else NO
        left.plot([place, place], [100 * row["bias_low"], 100 * row["bias_high"]], color=colour, linewidth=1.6)
        left.plot(place, 100 * row["relative_bias"], "o" if row["accurate"] else "x", color=colour, markersize=6)
        middle.bar(place, 100 * row["intermediate_precision"], color=YES if row["precise"] else NO, width=0.6)
        upper = [100 * row["intermediate_precision"], 100 * row["intermediate_precision_high"]]
        middle.plot([place, place], upper, color=BLACK, linewidth=1.2)
    for bound in (-bias, bias):
        left.axhline(100 * bound, color=NO, linewidth=1, linestyle="--")
    left.axhline(0, color=GREY, linewidth=0.8)
    middle.axhline(100 * spread, color=NO, linewidth=1, linestyle="--")
    for axis in (left, middle):
        axis.set_xticks(x, [f"{100 * v:.3g}" for v in levels["nominal"]], fontsize=SMALL)
        axis.set_xlabel("nominal potency, %", fontsize=TEXT)
    left.set_ylabel("relative bias, %, 90 % interval", fontsize=TEXT)
    middle.set_ylabel("intermediate precision, %GCV, 95 % upper limit", fontsize=TEXT)
    right.plot(100 * points["nominal"], 100 * points["measured"], "o", color=YES, markersize=3.5, alpha=0.6)
    ends = 100 * np.array([points["nominal"].min(), points["nominal"].max()])
    right.plot(ends, ends, color=GREY, linewidth=0.9)
    right.set_xscale("log")
    right.set_yscale("log")
    ticks = sorted({float(f"{100 * v:.3g}") for v in levels["nominal"]})
    for scale in (right.xaxis, right.yaxis):
        scale.set_ticks(ticks, [f"{v:g}" for v in ticks], fontsize=SMALL)
    right.minorticks_off()
    right.set_xlabel("nominal potency, %", fontsize=TEXT)
    right.set_ylabel("measured potency, %", fontsize=TEXT)
    for letter, (axis, title) in enumerate(((left, "accuracy"), (middle, "precision"), (right, "linearity"))):
        heading(axis, title, letter=letter)
        dress(axis)
    return figure
