"""The operating characteristic of a sampling plan as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lobule.report.look import GREY, NO, TEXT, YES, dress
from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def operating_picture(curve: pd.DataFrame, marks: Sequence[tuple[float, float]]) -> Figure:
    """Draw curve (share_of_defects, passing), and marks of good and bad lots: (share of defects, probability)."""
    figure = Figure(figsize=(6, 3.8), layout="constrained")
    axis = figure.subplots()
    axis.plot(100 * curve["share_of_defects"], 100 * curve["passing"], color=YES)
    for share, wanted in marks:
        axis.plot(100 * share, 100 * wanted, "o", color=NO, markersize=5)
        axis.axvline(100 * share, color=GREY, linewidth=0.8, linestyle="--")
    axis.set_ylim(0, 102)
    axis.set_xlim(left=0)
    axis.set_xlabel("defects in the lot, %", fontsize=TEXT)
    axis.set_ylabel("lots that pass, %", fontsize=TEXT)
    dress(axis)
    return figure
