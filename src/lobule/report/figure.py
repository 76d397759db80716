"""Time courses: what was simulated, its band, its untreated twin, and when something was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lobule.report.style import picture

if TYPE_CHECKING:
    import xarray as xr

TREATED, UNTREATED, INJURY, DOSE = "#1b6ca8", "#8a8a8a", "#c9b458", "#b03a2e"
COLUMNS = 2
YEAR = 365.25  # days
LONG = 2 * YEAR  # beyond which the axis is in years


@picture
def time_courses(
    data: xr.Dataset,
    band: xr.Dataset | None,
    control: xr.Dataset | None,
    names: list[str],
    title: str,
    given: dict[str, list[float]],
    notes: dict[str, str],
) -> Figure:
    """Draw a panel for each output.

    Parameters
    ----------
    data, band, control : as in a Run: dims (time,), (bound or quantile, time), (time,)
    names : outputs to draw
    title : heading
    given : {"injury": times, "dose": times}, marked below and above the curves
    notes : {output: a line of text under its panel's title}
    """
    rows = -(-len(names) // COLUMNS)
    figure = Figure(figsize=(5.2 * COLUMNS, 2.3 * rows + 1.1), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True).ravel()
    time, length, name_of_time = data["time"].values, 1.0, "day"
    if time[-1] > LONG:
        length, name_of_time = YEAR, "year"
    time = time / length
    given = {what: [t / length for t in times] for what, times in given.items()}
    for axis, name in zip(axes, names, strict=False):
        if band is not None and name in band:
            outer = "90 % band" if "quantile" in band.dims else "range of the dose"
            axis.fill_between(time, band[name][0], band[name][-1], color=TREATED, alpha=0.2, linewidth=0, label=outer)
            if "quantile" in band.dims:
                axis.fill_between(time, band[name][1], band[name][-2], color=TREATED, alpha=0.2, linewidth=0)
        if control is not None:
            axis.plot(time, control[name], color=UNTREATED, linewidth=1.3, label="untreated")
        axis.plot(time, data[name], color=TREATED, linewidth=1.6, label="treated" if given["dose"] else "subject")
        _mark(axis, given)
        unit = data[name].attrs["units"]
        axis.set_title(data[name].attrs["long_name"], fontsize=10, loc="left")
        axis.set_ylabel(data[name].attrs.get("scale", "") if unit == "1" else unit, fontsize=9)
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_ylim(bottom=0)
        if name in notes:
            axis.text(0.99, 0.06, notes[name], transform=axis.transAxes, ha="right", va="bottom", fontsize=8)
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    for axis in axes[max(0, len(names) - COLUMNS) : len(names)]:
        axis.set_xlabel(name_of_time, fontsize=9)
        axis.tick_params(labelbottom=True)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=9, frameon=False)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def _mark(axis: Axes, given: dict[str, list[float]]) -> None:
    """Ticks at the foot for the injury, lines for the doses."""
    if given["injury"]:
        axis.plot(given["injury"], [0.02] * len(given["injury"]), "|", color=INJURY, markersize=7, markeredgewidth=1.5,
                  transform=axis.get_xaxis_transform(), label="injury given", clip_on=False)  # fmt: skip
    for i, when in enumerate(given["dose"]):
        axis.axvline(when, color=DOSE, linewidth=0.8, linestyle=":", label="dose given" if i == 0 else None)
