"""Time courses: what was simulated, its band, its untreated twin, and when something was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lobule.report.look import DOSE, GREY, INJURY, SMALL, TEXT, TREATED, UNTREATED, heading, legend, panels, show_change
from lobule.report.scale import time_unit, written
from lobule.report.style import picture

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = 2
OF_UNTREATED = "_untreated"  # the end of the name of what a band holds of the untreated twins
SEEN = 0.004  # a band narrower than this share of its panel is hidden by the line: it gets no place in the legend


@picture
def time_courses(
    data: xr.Dataset,
    band: xr.Dataset | None,
    control: xr.Dataset | None,
    names: list[str],
    title: str,
    given: dict[str, list[float]],
    notes: dict[str, str],
    counted: xr.Dataset | None = None,
    shares: Mapping[str, str] | None = None,
    reading: str = "",
) -> Figure:
    """Draw a panel for each output.

    Parameters
    ----------
    data, band, control : as in a Run: dims (time,), (bound or quantile, time), (time,); a band may hold that of an
        untreated output too (`alt_untreated`)
    names : outputs to draw
    title : heading
    given : {"injury": times, "dose": times}, marked below and above the curves
    notes : {output: a line of text under its panel's title}
    counted : dims (time,), the treated as counted, drawn dashed
    shares : {output: what the distance between the two leaves open, in a few words}, at the right of a panel's title
    reading : of the treated, for the legend, such as "as published"
    """
    banded = band is not None and any(f"{name}{OF_UNTREATED}" in band for name in names)
    rows = 1 if counted is None and not banded else 2  # of the legend
    figure, axes = panels(len(names), COLUMNS, head=title, foot=0.3 * rows)
    days = data["time"].values
    length, unit_of_time = time_unit(float(days[-1]))
    time = days / length
    given = {what: [t / length for t in times] for what, times in given.items()}
    for place, (axis, name) in enumerate(zip(axes, names, strict=True)):
        shown = [data[name].values]
        of = f"treated, {reading}" if reading else "treated"
        axis.plot(time, data[name], color=TREATED, linewidth=1.6, label=of if given["dose"] else "subject")
        if control is not None:
            axis.plot(time, control[name], color=UNTREATED, linewidth=1.3, label="untreated", zorder=1.9)
            shown.append(control[name].values)
            if band is not None and f"{name}{OF_UNTREATED}" in band:
                shown.append(band[f"{name}{OF_UNTREATED}"].values)
                _band_of_untreated(axis, time, band[f"{name}{OF_UNTREATED}"].values)
        if counted is not None:
            axis.plot(time, counted[name], color=TREATED, linewidth=1.3, linestyle=(0, (4, 1.5)), zorder=1.95,
                      label="treated, as counted")  # fmt: skip
            shown.append(counted[name].values)
        if band is not None and name in band:
            shown.append(band[name].values)
            _band(axis, time, band[name].values, "quantile" in band.dims)
        _mark(axis, given)
        unit = data[name].attrs["units"]
        scale = data[name].attrs.get("scale", "") if unit == "1" else unit
        heading(axis, written(data[name].attrs["long_name"]), written(scale), place)
        if shares and name in shares:
            axis.set_title(shares[name], fontsize=SMALL, color=GREY, loc="right", y=1.0)
        axis.set_xlim(time[0], time[-1])
        show_change(axis, *shown)
        if name in notes:
            axis.text(0.99, 0.06, notes[name], transform=axis.transAxes, ha="right", va="bottom", fontsize=SMALL)
        if place < len(axes) - COLUMNS:
            axis.tick_params(labelbottom=False)
        else:
            axis.set_xlabel(unit_of_time, fontsize=TEXT)
    legend(figure, axes, 6 if rows == 1 else 4)
    return figure


def _band(axis: Axes, time: np.ndarray, values: np.ndarray, quantiles: bool) -> None:
    """Shades from the lowest to the highest row, and between the second rows where rows are quantiles."""
    width = float(np.nanmax(values[-1] - values[0]))
    seen = width > SEEN * float(np.nanmax(np.abs(values)))
    outer = "90 % of the ensemble" if quantiles else "range of the dose"
    axis.fill_between(time, values[0], values[-1], color=TREATED, alpha=0.2, linewidth=0, label=outer if seen else None)
    if quantiles:
        inner = "50 % of the ensemble" if seen else None
        axis.fill_between(time, values[1], values[-2], color=TREATED, alpha=0.25, linewidth=0, label=inner)


def _band_of_untreated(axis: Axes, time: np.ndarray, values: np.ndarray) -> None:
    """Shades from the lowest to the highest row of the untreated twins, behind everything else."""
    seen = float(np.nanmax(values[-1] - values[0])) > SEEN * float(np.nanmax(np.abs(values)))
    axis.fill_between(time, values[0], values[-1], color=UNTREATED, alpha=0.18, linewidth=0, zorder=0.9,
                      label="90 % of the ensemble, untreated" if seen else None)  # fmt: skip


def _mark(axis: Axes, given: dict[str, list[float]]) -> None:
    """Ticks at the foot for the injury, lines for the doses."""
    if given["injury"]:
        axis.plot(given["injury"], [0.02] * len(given["injury"]), "|", color=INJURY, markersize=7, markeredgewidth=1.5,
                  transform=axis.get_xaxis_transform(), label="injury given", clip_on=False)  # fmt: skip
    for i, when in enumerate(given["dose"]):
        axis.axvline(when, color=DOSE, linewidth=0.8, linestyle=":", label="dose given" if i == 0 else None)
