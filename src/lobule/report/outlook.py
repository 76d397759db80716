"""Untreated survival and decompensation of cohorts as curves, with published shares as dots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lobule.report.look import COLOURS, SMALL, dress, heading
from lobule.report.scale import YEAR
from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PANELS = (  # title, risk, beginning of the names of its classes, years shown
    ("alive, by Child-Pugh class", "death", "Child-Pugh", 2.0),
    ("alive, by MELD", "death", "MELD", 1.0),
    ("decompensated", "decompensation", "compensated", 5.0),
)


@picture
def outlook_picture(cohorts: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> Figure:
    """A row a cohort: survival by class, decompensation; a dot is a published share, its bar the published interval.

    Parameters
    ----------
    cohorts : {name: (outlook, outlook_curves)} of lobule.patient.outlook
    """
    figure = Figure(figsize=(12, 3.3 * len(cohorts)), layout="constrained")
    axes = figure.subplots(len(cohorts), len(PANELS), squeeze=False)
    for line, (row, (name, (shares, curves))) in enumerate(zip(axes, cohorts.items(), strict=True)):
        for k, (axis, (what, risk, prefix, years)) in enumerate(zip(row, PANELS, strict=True)):
            chosen = [t[(t["risk"] == risk) & t["who"].str.startswith(prefix)] for t in (shares, curves)]
            _panel(axis, *chosen, alive=risk == "death")
            axis.set_xlim(0, years * 1.02)
            heading(axis, f"{name}: {what}", letter=len(PANELS) * line + k)
    return figure


def _panel(axis: Axes, shares: pd.DataFrame, curves: pd.DataFrame, *, alive: bool) -> None:
    def shown(share: pd.Series) -> pd.Series:
        return 1 - share if alive else share

    for colour, (who, curve) in zip(COLOURS, curves.groupby("who", sort=False), strict=False):
        label = f"{str(who).removeprefix('Child-Pugh ').removeprefix('MELD ')} (n={int(curve['patients'].iloc[0])})"
        axis.plot(curve["days"] / YEAR, shown(curve["share"]), color=colour, label=label, linewidth=1.6)
        dots = shares[shares["who"] == who]
        axis.plot(
            dots["days"] / YEAR, shown(dots["published"]), "o", color=colour, markersize=5, markeredgecolor="white"
        )
        axis.vlines(
            dots["days"] / YEAR, shown(dots["low"].astype(float)), shown(dots["high"].astype(float)), color=colour
        )
    axis.set_ylim(0, 1.02)
    axis.set_xlabel("years; lines: simulated, dots: published with 95 % interval", fontsize=SMALL)
    dress(axis)
    if len(curves):
        axis.legend(fontsize=SMALL, frameon=False, loc="best")
    else:
        axis.text(0.5, 0.5, "fewer than ten such patients", transform=axis.transAxes, ha="center", fontsize=SMALL)
