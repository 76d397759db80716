"""The report of a trial as one HTML file: headline, design, flow, baseline, results, power, safety."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from lobule.report.look import COLOURS, GREY, LINE, SMALL, TEXT, UNTREATED, dress, heading
from lobule.report.page import render, svg
from lobule.report.scale import time_unit
from lobule.report.style import entry, picture
from lobule.report.whole.tables import table_of

PAGE = """<!doctype html>
<html lang="en"><head>{{ head }}<title>lobule trial: {{ s.title }}</title>
<style>{{ style }}</style></head><body><main>
<h1>{{ s.title }}</h1>
<p class="note">Simulated data. {{ s.intended_use }}</p>
{% for line in s.headline %}<p class="lead">{{ line }}</p>{% endfor %}
{{ body }}
</main></body></html>
"""
BODY = """{% if s.published %}<h2>Beside what was published</h2>{{ table(s.published, "Published beside predicted") }}
<p class="note">Predicted: median and 90 % of replicates of this size. "significant" is the share of replicates with a
significant gain; a published direction has no size.</p>{% endif %}
<h2>Design</h2>
<table>{% for item, text in s.design %}<tr><th scope="row">{{ item }}</th><td>{{ text }}</td></tr>{% endfor %}</table>
<h3>Estimands</h3>
{% for e in s.estimands %}<h4>{{ e.endpoint }}{{ ", primary" if e.endpoint == s.primary else "" }}</h4>
<table>{% for item, text in e.attributes %}<tr><th scope="row">{{ item }}</th><td>{{ text }}</td></tr>
{% endfor %}</table>
{% endfor %}
<h3>What is given, and planned on a condition (to 70 kg)</h3>
<table>{% for d in s.doses %}<tr><th scope="row">{{ d.arm }}</th><td><pre>{{ d.given }}</pre></td></tr>
{% endfor %}</table>
<h3>Schedule of measurements</h3>
<div class="wide" role="group" tabindex="0" aria-label="Schedule of measurements">
<table><tr><th>assay</th><th>unit</th><th class="n">error (CV)</th>
{% for v in s.schedule.visits %}<th>{{ v }}</th>{% endfor %}</tr>
{% for r in s.schedule.rows %}<tr><td>{{ r.assay }}</td><td>{{ r.unit }}</td>
<td class="n">{{ "%.0f %%"|format(100*r.error) }}</td>
{% for d in r.done %}<td>{{ "x" if d else "" }}</td>{% endfor %}</tr>{% endfor %}</table></div>
<h2>One replicate: how the trial might turn out</h2>
{{ figure(flow, "Flow of patients: eligible, randomised, and how each arm ended") }}
{{ table(s.table_1, "Table 1: baseline") }}
{{ table(s.estimates, "Endpoints of one replicate") }}
{% if s.sensitivity %}{{ table(s.sensitivity, "Sensitivity to what is missing") }}
<p class="note">Multiple imputation by the mixed model. Jump to reference: who leaves is taken for a subject of the
reference arm from then on; copy reference: from the start. Tipping point: the smallest shift (delta) of what is imputed
in the arm, against it, that takes its significance away.</p>{% endif %}
{{ figure(curves, "Labs and scores over the visits by arm, mean and 95 % interval") }}
{{ figure(survival, "Time to the first event by arm, with 95 % bands") }}
<h3>Subgroups, primary endpoint</h3>
{{ figure(forest, "The primary endpoint in subgroups, with intervals") }}
{{ table(s.subgroups, "Subgroups") }}
<h3>Safety</h3>{% if s.safety %}{{ table(s.safety, "Safety") }}{% else %}<p>No event.</p>{% endif %}
<h2>All {{ s.replicates }} replicates</h2>
{{ figure(spread, "Estimates of the primary endpoint over all replicates") }}
{{ table(s.endpoints, "Endpoints over all replicates") }}
{% if s.characteristics.stopping %}{{ table(s.characteristics.stopping, "Interim looks") }}{% endif %}
{% if s.sizes %}<h3>Sample size</h3>{{ figure(sizes, "Power by number of patients") }}
{{ table(s.sizes, "Sample size") }}{% endif %}
<h2>True individual effects</h2>
<p class="note">Every virtual patient was also run in the reference arm. No trial sees this; it stays out of the
analysis.</p>
{{ figure(effects, "What each virtual patient gains over its twin in the reference arm") }}
<h2>What is assumed</h2><ul>{% for a in s.assumptions %}<li>{{ a }}</li>{% endfor %}</ul>
"""


def page(story: Mapping[str, Any]) -> str:
    """The page; every text is escaped. `story` is that of lobule.trial.story."""
    return render(PAGE, s=story, body=body(story))


def body(story: Mapping[str, Any]) -> Markup:
    """What the page tells below its headline, to stand in another page too."""
    colours = of_arms(story)
    pictures = {
        "flow": svg(flow_picture, story["flow"], colours), "curves": svg(curves_picture, story["curves"], colours),
        "survival": svg(survival_picture, story["survival"], colours),
        "forest": svg(forest_picture, story["subgroups"]), "spread": svg(spread_picture, story, colours),
        "effects": svg(effects_picture, story["effects"], colours),
        "sizes": svg(size_picture, story["sizes"]) if story["sizes"] else "",
    }  # fmt: skip
    return Markup(render(BODY, s=story, table=_table, **pictures))


def _table(rows: Sequence[Mapping[str, Any]], name: str) -> Markup:
    return table_of(pd.DataFrame(list(rows)), name, "") if rows else Markup("")


def of_arms(story: Mapping[str, Any]) -> dict[str, str]:
    """A colour for each arm of a story, the same in all pictures."""
    return _colours([arm["arm"] for arm in story["flow"]["arms"]], story["effects"])


def _colours(arms: Sequence[str], compared: Collection[str]) -> dict[str, str]:
    """A colour an arm, the same in all pictures; the arm that the others are compared with is grey."""
    others = iter(COLOURS * len(arms))
    return {arm: next(others) if arm in compared else UNTREATED for arm in arms}


@picture
def flow_picture(flow: Mapping[str, Any], colours: Mapping[str, str]) -> Figure:
    """CONSORT flow: eligible, randomised, and of each arm how it ended."""
    arms = flow["arms"]
    width = max(6.5, 2.9 * len(arms))
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
    columns = min(n, 3)
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
    """Kaplan-Meier curves by arm with 95 % bands; below each, who is at risk."""
    if not survival:
        return None
    most = max(len(found["arms"]) for found in survival.values())
    figure = Figure(figsize=(5.6 * len(survival), 3.6 + 0.2 * most), layout="constrained")
    axes = figure.subplots(1, len(survival), squeeze=False)[0]
    for k, (axis, (name, found)) in enumerate(zip(axes, survival.items(), strict=True)):
        length, unit_of_time = time_unit(float(found["ticks"][-1]))
        for arm, curve in found["arms"].items():
            days, colour = curve["days"] / length, colours[arm]
            axis.step(days, curve["share"], where="post", color=colour, label=entry(arm), linewidth=1.6)
            axis.fill_between(days, curve["low"], curve["high"], step="post", color=colour, alpha=0.12, linewidth=0)
        axis.set_ylim(0, 1.02)
        ticks = [f"{t / length:.3g}" for t in found["ticks"]]
        at_risk = zip(*(curve["at_risk"] for curve in found["arms"].values()), strict=True)
        axis.set_xticks(
            found["ticks"] / length, ["\n".join([t, *map(str, n)]) for t, n in zip(ticks, at_risk, strict=True)]
        )
        heading(axis, f"{name}: without {found['events']}", letter=k if len(survival) > 1 else None)
        axis.set_xlabel(f"{unit_of_time}; below: at risk in {', '.join(found['arms'])}; shades: 95 %", fontsize=SMALL)
        dress(axis)
        axis.legend(fontsize=SMALL, loc="lower left", frameon=False)
    return figure


@picture
def forest_picture(rows: list[Mapping[str, Any]]) -> Figure | None:
    """Estimates of subgroups with their intervals; ratios on a logarithmic axis."""
    shown = [r for r in rows if r["estimate"] is not None and r["low"] is not None]
    if len(shown) < 2:
        return None
    ratio = "ratio" in shown[0]["measure"]
    figure = Figure(figsize=(7.5, 0.6 + 0.34 * len(shown)), layout="constrained")
    axis = figure.subplots()
    for k, r in enumerate(reversed(shown)):
        axis.plot([r["low"], r["high"]], [k, k], color=COLOURS[0], linewidth=1.5)
        axis.plot(r["estimate"], k, "s", color=COLOURS[0], markersize=5)
    axis.axvline(1 if ratio else 0, color=GREY, linewidth=0.8)
    if ratio:
        axis.set_xscale("log")
    axis.set_yticks(
        range(len(shown)), [f"{r['subgroup']} ({r['arm']}, n={r['n']})" for r in reversed(shown)], fontsize=SMALL
    )
    axis.set_xlabel(shown[0]["measure"], fontsize=SMALL)
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
    axis.set_xlabel(("logarithm of the " if ratio else "") + story["measure"], fontsize=SMALL)
    dress(axis)
    axis.legend(fontsize=SMALL)
    return figure


@picture
def size_picture(sizes: list[Mapping[str, Any]]) -> Figure:
    """Power against the number of patients, with Wilson's intervals."""
    figure = Figure(figsize=(6, 2.8), layout="constrained")
    axis = figure.subplots()
    ordered = sorted(sizes, key=lambda s: s["patients"])
    n = [s["patients"] for s in ordered]
    p = np.array([s["share"] for s in ordered])
    low, high = (np.array([s[k] for s in ordered]) for k in ("low", "high"))
    axis.errorbar(n, p, [p - low, high - p], marker="o", capsize=3, color=COLOURS[0])
    axis.set_ylim(0, 1.02)
    axis.set_xlabel("patients", fontsize=SMALL)
    axis.set_ylabel("power", fontsize=SMALL)
    dress(axis)
    return figure


@picture
def effects_picture(effects: Mapping[str, Mapping[str, np.ndarray]], colours: Mapping[str, str]) -> Figure | None:
    """How much each virtual patient gains over its twin in the reference arm."""
    names = list(dict.fromkeys(name for of_arm in effects.values() for name in of_arm))
    if not names:
        return None
    columns = min(len(names), 3)
    rows = math.ceil(len(names) / columns)
    figure = Figure(figsize=(4.2 * columns, 2.6 * rows), layout="constrained")
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
        dress(axis)
    axes[0].legend(fontsize=SMALL)
    return figure
