"""A process as a picture: where variance comes from, and what other vessels would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lobule.report.look import COLOURS, SMALL, TITLE, dress, heading
from lobule.report.style import entry, picture

if TYPE_CHECKING:
    import pandas as pd


@picture
def process_picture(title: str, steps: pd.DataFrame, scale_up: pd.DataFrame, own: str, currency: str) -> Figure:
    """Shares of variance (quantity, step, share) and vessels (vessel, patients, cost_per_dose), `own` in
    orange; costs in a currency."""
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    figure.suptitle(title, fontsize=TITLE + 1)
    left, right = figure.subplots(1, 2)
    varying = steps[steps["share"] > 0]
    quantities = list(dict.fromkeys(varying["quantity"]))[::-1]
    colours = {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(dict.fromkeys(varying["step"]))}
    named: set[str] = set()
    for place, quantity in enumerate(quantities):
        start = 0.0
        for row in varying[varying["quantity"] == quantity].to_dict("records"):
            name, share = str(row["step"]), float(row["share"])
            left.barh(place, share, left=start, color=colours[name], label=None if name in named else entry(name))
            named.add(name)
            start += share
    left.set_yticks(range(len(quantities)), quantities, fontsize=SMALL)
    left.set_xlim(0, 1)
    left.set_xlabel("share of the variance of the logarithm", fontsize=SMALL)
    heading(left, "where variance comes from", letter=0)
    left.legend(fontsize=SMALL, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
    for row in scale_up.to_dict("records"):
        colour = COLOURS[1] if row["vessel"] == own else COLOURS[0]
        right.plot(row["patients"], row["cost_per_dose"], "o", color=colour)
        right.annotate(str(row["vessel"]), (row["patients"], row["cost_per_dose"]), textcoords="offset points",
                       xytext=(5, 5), fontsize=SMALL, color=colour)  # fmt: skip
    right.set_xscale("log")
    right.set_yscale("log")
    right.margins(x=0.2, y=0.15)
    right.set_xlabel("patients a run", fontsize=SMALL)
    right.set_ylabel(entry(f"cost of a dose ({currency})"), fontsize=SMALL)
    heading(right, "the same process in other vessels", letter=1)
    for axis in (left, right):
        dress(axis)
    return figure
