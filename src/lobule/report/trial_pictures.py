"""Pictures of a trial: flow, curves, survival, subgroups, replicates, sample sizes, own effects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lobule.report.look import COLOURS, GREY, LINE, SMALL, TEXT, dress, heading
from lobule.report.scale import time_unit
from lobule.report.style import entry, picture

LETTERS = 22  # of the name of an arm beside who is at risk


@picture
def flow_picture(flow: Mapping[str, Any], colours: Mapping[str, str]) -> Figure:
    """CONSORT flow: eligible, randomised, and of each arm how it ended."""
    arms = flow["arms"]
    width = max(6.5, 2.1 * len(arms))
    figure = Figure(figsize=(width, 4.6), layout="constrained")
    axis = figure.subplots()
    axis.set_axis_off()
    axis.set_xlim(0, len(arms))
    axis.set_ylim(0, 4.3)
    middle = len(arms) / 2

    def box(x: float, y: float, text: str, colour: str = LINE) -> None:
        axis.text(x, y, text, ha="center", va="center", fontsize=TEXT,
                  bbox={"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": colour})  # fmt: skip

    def arrow(x0: float, y0: float, x1: float, y1: float) -> None:
        axis.annotate("", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "->", "color": GREY})

    box(middle, 4.0, f"{flow['eligible_virtual_patients']} eligible virtual patients")
    box(middle, 3.2, f"{flow['randomised']} randomised (drawn with replacement)")
    arrow(middle, 3.8, middle, 3.42)
    for a, arm in enumerate(arms):
        x, colour = a + 0.5, colours[arm["arm"]]
        arrow(middle, 2.98, x, 2.42)
        box(x, 2.2, f"{arm['arm']}: {arm['randomised']}", colour)
        ends = [f"{arm[k]} {k}" for k in ("died", "transplanted", "lost to follow-up") if arm[k]]
        ends += [f"{arm['rescued']} rescued"] if arm["rescued"] else []
        box(x, 1.3, "\n".join(ends) or "nobody left early", colour)
        arrow(x, 1.98, x, 1.72)
        box(x, 0.3, f"{arm['completed']} completed\n{arm['analysed']} in the primary analysis", colour)
        arrow(x, 0.88, x, 0.62)
    return figure


@picture
def curves_picture(curves: Mapping[str, Any], colours: Mapping[str, str]) -> Figure | None:
    """Labs and scores over the visits by arm: mean and 95 % interval."""
    if not curves:
        return None
    n = len(curves)
    columns = min(n, 2)
    rows = math.ceil(n / columns)
    figure = Figure(figsize=(4.2 * columns, 3.1 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axis in axes[n:]:
        axis.set_axis_off()
    for k, (axis, found) in enumerate(zip(axes, curves.values(), strict=False)):
        for arm, (days, middle, low, high) in found["arms"].items():
            length, unit_of_time = time_unit(float(days[-1]))
            axis.errorbar(days / length, middle, [middle - low, high - middle], color=colours[arm],
                          marker="o", capsize=3, linewidth=1.4, markersize=4, label=entry(arm))  # fmt: skip
        heading(axis, found["label"], found["unit"], k)
        axis.set_xlabel(f"{unit_of_time}; bars: 95 % interval", fontsize=SMALL)
        dress(axis)
    axes[0].legend(fontsize=SMALL)
    return figure


@picture
def survival_picture(survival: Mapping[str, Any], colours: Mapping[str, str]) -> Figure | None:
    """Shares without event by arm with 95 % bands; under the ticks who is at risk, a line an arm."""
    if not survival:
        return None
    most = max(len(found["arms"]) for found in survival.values())
    columns = min(2, len(survival))  # letters stay readable
    rows = math.ceil(len(survival) / columns)
    figure = Figure(figsize=(5.6 * columns, (3.6 + 0.2 * most) * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[len(survival) :]:
        axis.set_axis_off()
    for k, (axis, (name, found)) in enumerate(zip(axes, survival.items(), strict=False)):
        length, unit_of_time = time_unit(float(found["ticks"][-1]))
        for arm, curve in found["arms"].items():
            days, colour = curve["days"] / length, colours[arm]
            axis.step(days, curve["share"], where="post", color=colour, label=entry(arm), linewidth=1.6)
            axis.fill_between(days, curve["low"], curve["high"], step="post", color=colour, alpha=0.12, linewidth=0)
        axis.set_ylim(0, 1.02)
        axis.set_xticks(found["ticks"] / length, [f"{t / length:.3g}" for t in found["ticks"]])
        beside = f"\n({', '.join(found['competes'])} competes)" if found.get("competes") else ""
        axis.set_ylabel(f"share without {found['events']}{beside}", fontsize=SMALL)
        axis.set_xlabel(unit_of_time + "\n" * (len(found["arms"]) + 1), fontsize=SMALL)  # room for who is at risk
        _at_risk(axis, found["ticks"] / length, found["arms"], colours)
        heading(axis, name, letter=k if len(survival) > 1 else None)
        dress(axis)
        axis.legend(fontsize=SMALL, loc="lower left", frameon=False)
    return figure


def _at_risk(axis: Axes, ticks: np.ndarray, arms: Mapping[str, Any], colours: Mapping[str, str]) -> None:
    """Numbers at risk below the labels of the ticks, each arm in its colour with its name at the left."""

    def write(x: float, line: int, text: str, colour: str, where: str, side: str) -> None:
        axis.annotate(text, (x, 0), (-6 if side == "right" else 0, -24 - 11 * line), xycoords=(where, "axes fraction"),
                      textcoords="offset points", ha=side, va="top", fontsize=SMALL, color=colour,
                      annotation_clip=False)  # fmt: skip

    write(0.0, 0, "at risk", LINE, "axes fraction", "right")
    for line, (arm, curve) in enumerate(arms.items(), start=1):
        write(0.0, line, entry(arm)[:LETTERS], colours[arm], "axes fraction", "right")
        for tick, n in zip(ticks, curve["at_risk"], strict=True):
            write(float(tick), line, str(n), LINE, "data", "center")


@picture
def forest_picture(rows: list[Mapping[str, Any]], better: str, arms: tuple[str, str]) -> Figure | None:
    """Estimates of subgroups with their intervals; ratios on a logarithmic axis.

    Parameters
    ----------
    better : "up" or "down", the side of the line on which the treated arm does better
    arms : the treated one, or what stands for several, and the reference
    """
    shown = [r for r in rows if r["estimate"] is not None and r["low"] is not None]
    if len(shown) < 2:
        return None
    ratio = "ratio" in shown[0]["measure"]
    figure = Figure(figsize=(8, 1.1 + 0.34 * len(shown)), layout="constrained")
    axis = figure.subplots()
    for k, r in enumerate(reversed(shown)):
        axis.plot([r["low"], r["high"]], [k, k], color=COLOURS[0], linewidth=1.5)
        axis.plot(r["estimate"], k, "s", color=COLOURS[0], markersize=5)
        p = r.get("interaction_p")
        if p is not None and math.isfinite(p):
            axis.annotate(f"interaction p = {p:.2g}", (1.01, k), xycoords=("axes fraction", "data"), va="center",
                          fontsize=SMALL, annotation_clip=False)  # fmt: skip
    neutral = 1.0 if ratio else 0.0
    axis.axvline(neutral, color=GREY, linewidth=0.8)
    if ratio:
        axis.set_xscale("log")
    axis.set_yticks(
        range(len(shown)), [f"{r['subgroup']} ({r['arm']}, n = {r['n']})" for r in reversed(shown)], fontsize=SMALL
    )
    left, right = reversed(arms) if better == "up" else arms
    axis.set_xlabel(f"← favours {entry(left)}     {shown[0]['measure']}     favours {entry(right)} →", fontsize=SMALL)
    dress(axis)
    return figure


@picture
def spread_picture(story: Mapping[str, Any], colours: Mapping[str, str]) -> Figure | None:
    """Estimates of the primary endpoint over the replicates."""
    values = {arm: v[np.isfinite(v)] for arm, v in story["spread"].items()}
    values = {arm: v for arm, v in values.items() if len(v) >= 2}
    if not values:
        return None
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axis = figure.subplots()
    ratio = "ratio" in story["measure"]
    for arm, v in values.items():
        axis.hist(
            np.log(v) if ratio else v,
            bins=min(40, max(8, len(v) // 5)),
            color=colours[arm],
            alpha=0.5,
            label=entry(arm),
        )
    axis.axvline(0, color=GREY, linewidth=0.8)
    heading(axis, f"{story['primary']}: estimates of {story['replicates']} replicates")
    axis.set_xlabel(("logarithm of the " if ratio else "") + story["measure"] + story["unit"], fontsize=SMALL)
    axis.set_ylabel("replicates", fontsize=SMALL)
    dress(axis)
    axis.legend(fontsize=SMALL)
    return figure


@picture
def size_picture(sizes: list[Mapping[str, Any]], wanted: float | None = None) -> Figure:
    """Power against the number of patients, with Wilson's intervals."""
    figure = Figure(figsize=(6, 2.8), layout="constrained")
    axis = figure.subplots()
    ordered = sorted(sizes, key=lambda s: s["patients"])
    n = [s["patients"] for s in ordered]
    p = np.array([s["share"] for s in ordered])
    low, high = (np.array([s[k] for s in ordered]) for k in ("low", "high"))
    axis.errorbar(n, p, np.maximum([p - low, high - p], 0.0), marker="o", capsize=3, color=COLOURS[0])
    if wanted is not None:
        axis.axhline(wanted, color=GREY, linewidth=0.8, linestyle="--")
    axis.set_ylim(0, 1.02)
    axis.set_xlabel("patients randomised; bars: 95 % Monte Carlo interval", fontsize=SMALL)
    axis.set_ylabel("power", fontsize=SMALL)
    dress(axis)
    return figure


@picture
def effects_picture(
    effects: Mapping[str, Mapping[str, np.ndarray]], colours: Mapping[str, str], units: Mapping[str, str]
) -> Figure | None:
    """How much each virtual patient gains over its twin in the reference arm; units {name: " (g/L)"} of the effects."""
    names = list(dict.fromkeys(name for of_arm in effects.values() for name in of_arm))
    if not names:
        return None
    columns = min(len(names), 2)
    rows = math.ceil(len(names) / columns)
    figure = Figure(figsize=(4.2 * columns, 2.9 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axis in axes[len(names) :]:
        axis.set_axis_off()
    for k, (axis, name) in enumerate(zip(axes, names, strict=False)):
        for arm, of_arm in effects.items():
            v = of_arm[name][np.isfinite(of_arm[name])]
            if len(v):
                axis.hist(v, bins=30, color=colours[arm], alpha=0.5, label=entry(arm))
        axis.axvline(0, color=GREY, linewidth=0.8)
        heading(axis, f"{name}: own effect", letter=k if len(names) > 1 else None)
        axis.set_xlabel(f"treated less untreated{units.get(name, '')}", fontsize=SMALL)
        axis.set_ylabel("virtual patients", fontsize=SMALL)
        dress(axis)
    axes[0].legend(fontsize=SMALL)
    return figure
