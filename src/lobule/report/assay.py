"""A potency assay as a picture: wells with fitted curves, relative potency by plate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
from matplotlib.figure import Figure

from lobule.report.look import COLOURS, GREY, SMALL, TEXT, dress, heading
from lobule.report.style import entry, picture

if TYPE_CHECKING:
    import pandas as pd


class FittedCurve(Protocol):
    """Four parameters."""

    @property
    def low(self) -> float:
        """At dose 0."""

    @property
    def high(self) -> float:
        """At an infinite dose."""

    @property
    def ec50(self) -> float:
        """Dose of half of the effect."""

    @property
    def slope(self) -> float:
        """Steepness."""


@picture
def assay_picture(
    title: str, readout: str, unit: str, wells: pd.DataFrame, curves: Mapping[str, FittedCurve],
    potencies: pd.DataFrame, controls: Mapping[str, float],
) -> Figure:  # fmt: skip
    """Draw it: wells (sample, plate, dose, response), curves by sample, potencies (sample, plate, model, potency, low,
    high), controls {name: response without product}."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    given = wells[wells["dose"] > 0]
    for colour, (sample, own) in zip(COLOURS * 10, given.groupby("sample", sort=False), strict=False):
        left.plot(own["dose"], own["response"], "o", color=colour, markersize=3.5, alpha=0.55)
        if str(sample) in curves:
            c = curves[str(sample)]
            x = np.geomspace(own["dose"].min(), own["dose"].max(), 200)
            left.plot(x, c.low + (c.high - c.low) / (1 + (x / c.ec50) ** -c.slope), color=colour, label=entry(sample))
        else:
            means = own.groupby("dose")["response"].mean()
            left.plot(means.index, means, color=colour, label=entry(sample))
    for style, (name, level) in zip(("--", ":", "-."), controls.items(), strict=False):
        left.axhline(level, color=GREY, linewidth=0.9, linestyle=style, label=entry(f"{name}, no product"))
    left.set_xscale("log")
    left.set_xlabel(entry(f"dose ({unit})"), fontsize=TEXT)
    left.set_ylabel(readout, fontsize=TEXT)
    left.set_ylim(bottom=min(0.0, float(given["response"].min())))
    heading(left, title, letter=0)
    left.legend(fontsize=SMALL)
    shown = potencies[np.isfinite(potencies["low"]) & np.isfinite(potencies["high"])].iloc[::-1]
    names = [f"{r.sample}, {'all plates' if r.plate == 'all' else 'plate ' + str(r.plate)}" for r in shown.itertuples()]
    for place, row in enumerate(shown.itertuples()):
        colour = COLOURS[0] if row.model == "parallel lines" else COLOURS[3]
        right.plot([row.low, row.high], [place, place], color=colour, linewidth=1.5)
        right.plot(row.potency, place, "o" if row.valid else "x", color=colour, markersize=5)
    right.axvline(1, color=GREY, linewidth=0.8)
    right.set_yticks(range(len(shown)), names, fontsize=SMALL)
    right.set_xscale("log")
    ticks = [
        t for t in (0.01, 0.03, 0.1, 0.25, 0.5, 1, 2, 4, 10, 30) if right.get_xlim()[0] <= t <= right.get_xlim()[1]
    ]
    right.set_xticks(ticks, [f"{t:.0%}" for t in ticks])
    right.minorticks_off()
    right.set_xlabel("potency, 95 % interval\nblue: parallel lines, orange: curves; cross: not valid", fontsize=SMALL)
    heading(right, "against the reference", letter=1)
    for axis in (left, right):
        dress(axis)
    return figure
