"""Pictures of a tissue for print: sections with a scale bar, numbers by zone over time."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lobule.report.style import picture

BAR = 200.0  # um
SHOWN = {
    "necrotic_percent": "necrotic hepatocytes, %",
    "m1_per_mm2": "M1 macrophages per mm²",
    "m2_per_mm2": "M2 macrophages per mm²",
    "activated_stellate_per_mm2": "activated stellate cells per mm²",
}
COLOURS = {"portal": "#0072B2", "middle": "#009E73", "central": "#D55E00"}


@picture
def sections(pictures: Sequence[tuple[str, np.ndarray]], scale: float) -> Figure:
    """Sections side by side, each with its name and a bar of 200 um.

    Parameters
    ----------
    scale : um a pixel
    """
    rows, columns = pictures[0][1].shape[:2]
    width = 6.2 * len(pictures)
    figure, axes = plt.subplots(
        1, len(pictures), figsize=(width, 6.2 * rows / columns + 0.4), squeeze=False, layout="constrained"
    )  # fmt: skip
    for axis, (name, section) in zip(axes[0], pictures, strict=True):
        axis.imshow(section, interpolation="none")
        axis.set_title(name, fontsize=11)
        axis.set_axis_off()
        long = BAR / scale
        axis.plot([20, 20 + long], [rows - 20, rows - 20], color="black", linewidth=3, solid_capstyle="butt")
        axis.text(20 + long / 2, rows - 28, f"{BAR:g} µm", ha="center", va="bottom", fontsize=9)
    return figure


@picture
def zones_over_time(zones: pd.DataFrame) -> Figure:
    """Each third of the tissue over time, treated full and untreated dashed."""
    figure, axes = plt.subplots(2, 2, figsize=(9, 6), layout="constrained", sharex=True)
    of_seed = zones[zones["seed"] == zones["seed"].iloc[0]]
    for axis, (name, label) in zip(axes.ravel(), SHOWN.items(), strict=True):
        for (arm, zone), rows in of_seed.groupby(["arm", "zone"], sort=False):
            line = "-" if arm == "treated" or of_seed["arm"].nunique() == 1 else "--"
            axis.plot(
                rows["day"], rows[name], line, color=COLOURS[zone], marker="o", markersize=3, label=f"{zone}, {arm}"
            )
        axis.set_ylabel(label)
        axis.set_ylim(bottom=0)
    for axis in axes[1]:
        axis.set_xlabel("day")
    axes[0, 0].legend(fontsize=8)
    return figure
