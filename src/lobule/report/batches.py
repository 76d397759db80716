"""The report of batches as one HTML page: verdicts, control charts, what variation costs patients, limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from lobule.report.look import COLOURS, GREY, NO, SMALL, TEXT, dress, heading
from lobule.report.page import render, svg, table_html
from lobule.report.scale import plain_number
from lobule.report.style import entry, picture

WIDE = 6  # charts in two columns; more are in three
PAGE = """<!doctype html>
<html lang="en"><head>{{ head }}<title>lobule batches: {{ title }}</title>
<style>{{ style }}</style></head><body><main>
<h1>Batches: {{ title }}</h1>
<p class="note">{{ intended_use }}{% if use %} Clinical use: {{ use }}.{% endif %}</p>
{% for line in said %}<p class="lead">{{ line }}</p>{% endfor %}
{% for line in notes %}<p class="note">{{ line }}</p>{% endfor %}
{% if effect %}<h2>What a patient would feel</h2>
{{ figure(effect, "Predicted share of the effect of the reference product, batch by batch, with 90 % band") }}
<p class="note">Predicted share of the reference product's effect with 90 % band: the calibrated ensemble, the bias of
counts between laboratories, and what count and potency assay leave open. Simulated, not observed.</p>{% endif %}
<h2>Control charts</h2>
{% if charts %}{{ figure(charts, "Control charts: each attribute by batch, its centre and limits; alarms are marked") }}
{% else %}Too few batches for charts.{% endif %}
{% if alarms_table %}<h3>Out of trend</h3>{{ alarms_table }}{% endif %}
{% if capability_table %}<h2>Capability</h2>{{ capability_table }}
<p class="note">Cp and Cpk by the variation within (moving range), Pp and Ppk by that of all values, on logarithms where
an attribute varies as a ratio; below {{ capable }} a process is usually called not capable. 95 % interval:
Bissell.</p>
{% endif %}
<h2>Verdicts</h2><div class="wide">{{ verdict_table }}</div>
{% if felt_table %}<h2>What each batch does to a patient</h2><div class="wide">{{ felt_table }}</div>{% endif %}
<h2>Limits</h2>{{ limit_table }}
{% if reporting_table %}<h2>What a publication would miss</h2>{{ reporting_table }}{% endif %}
{% if left_out %}<h2>Cells that were left out</h2>
<ul>{% for f in left_out %}<li>{{ f }}</li>{% endfor %}</ul>{% endif %}
</main></body></html>
"""


class DrawnChart(Protocol):
    """What is drawn of a control chart."""

    centre: float
    sigma: float
    values: NDArray[np.float64]
    alarms: list[str]
    baseline: int
    logarithmic: bool


def batches_page(
    *, title: str, use: str, intended_use: str, said: list[str], notes: list[str], names: list[str], streams: list[str],
    verdicts: list[str], charts: Mapping[str, Any], units: Mapping[str, str], effect: NDArray[np.float64] | None,
    loss: float, table: list[dict], felt: list[dict],
    alarms: list[dict], capabilities: list[dict], capable: float,
    limits: list[dict], reporting: list[dict], left_out: list[str],
    bounds: Mapping[str, tuple[float, float]], labels: Mapping[str, str],
) -> str:  # fmt: skip
    """The page; every text is escaped."""
    return render(
        PAGE, title=title, use=use, intended_use=intended_use, said=said, notes=notes, left_out=left_out,
        effect=None if effect is None else svg(effect_picture, effect, names, streams, verdicts, loss),
        charts=svg(charts_picture, charts, streams, units, bounds, labels) if charts else None,
        alarms_table=table_html(alarms) if alarms else None, verdict_table=table_html(table),
        felt_table=table_html(felt) if felt else None,
        limit_table=table_html(limits), capable=capable,
        capability_table=table_html(capabilities) if capabilities else None,
        reporting_table=table_html(reporting) if reporting else None,
    )  # fmt: skip


def _colour_of(streams: Sequence[str]) -> dict[str, str]:
    return {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(dict.fromkeys(streams))}


@picture
def effect_picture(
    effect: NDArray[np.float64], names: list[str], streams: list[str], verdicts: list[str], loss: float
) -> Figure:
    """Share of the reference's effect of every batch in order, (n, 3) low, median, high; crosses did not pass."""
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    axis = figure.subplots()
    colours = _colour_of(streams)
    for stream, colour in colours.items():
        own = np.array([k for k, s in enumerate(streams) if s == stream])
        axis.vlines(own, effect[own, 0], effect[own, 2], color=colour, linewidth=1.2, alpha=0.5)
        good = np.array([verdicts[k] == "pass" for k in own])
        axis.plot(own[good], effect[own[good], 1], "o", color=colour, markersize=4, label=entry(stream or "batches"))
        axis.plot(own[~good], effect[own[~good], 1], "x", color=colour, markersize=5)
    axis.axhline(1, color=GREY, linewidth=0.8)
    axis.axhline(1 - loss, color=NO, linewidth=1, linestyle="--", label=f"{loss:.0%} of the effect lost")
    axis.set_ylim(0, max(1.6, float(np.nanquantile(effect[:, 2], 0.98)) * 1.05))
    axis.set_ylabel("share of the reference's effect", fontsize=TEXT)
    _name(axis, names)
    axis.legend(fontsize=SMALL, ncols=6, loc="upper left")
    return figure


def _name(axis: Axes, names: list[str]) -> None:
    step = max(1, math.ceil(len(names) / 24))
    axis.set_xticks(range(0, len(names), step), names[::step], rotation=60, fontsize=SMALL, ha="right")
    axis.set_xlim(-1, len(names))
    axis.tick_params(axis="y", labelsize=8)
    dress(axis)


@picture
def charts_picture(
    charts: Mapping[str, DrawnChart], streams: list[str], units: Mapping[str, str],
    bounds: Mapping[str, tuple[float, float]], labels: Mapping[str, str],
) -> Figure:  # fmt: skip
    """A chart an attribute, those with most alarms first: values by stream, centre, three sigmas, limits of the
    specification, alarms ringed."""
    charts = dict(sorted(charts.items(), key=lambda item: -sum(map(bool, item[1].alarms))))
    columns = 1 if len(charts) == 1 else 2 if len(charts) <= WIDE else 3  # a page of paper holds six rows
    rows = math.ceil(len(charts) / columns)
    figure = Figure(figsize=(11.2 if columns > 1 else 5.6, 2.5 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    colours = _colour_of(streams)
    for k, (axis, (name, drawn)) in enumerate(zip(axes, charts.items(), strict=False)):
        places = np.arange(len(drawn.values))
        real = np.exp if drawn.logarithmic else np.asarray
        for stream, colour in colours.items():
            own = np.array([s == stream for s in streams])
            axis.plot(places[own], real(drawn.values[own]), "o-", color=colour, markersize=3, linewidth=0.6,
                      label=entry(stream) if stream else None)  # fmt: skip
        wrong = np.array([bool(a) for a in drawn.alarms])
        axis.plot(
            places[wrong],
            real(drawn.values[wrong]),
            "o",
            markerfacecolor="none",
            markeredgecolor=NO,
            markersize=7,
        )
        for sigmas, style in ((0, "-"), (-3, "--"), (3, "--")):
            axis.axhline(float(real(drawn.centre + sigmas * drawn.sigma)), color=GREY, linewidth=0.8, linestyle=style)
        for bound in bounds.get(name, ()):
            if math.isfinite(bound) and (bound > 0 or not drawn.logarithmic):
                axis.axhline(bound, color=NO, linewidth=1)
        axis.axvspan(-1, drawn.baseline - 0.5, color="#F2F2F2", zorder=0)
        if drawn.logarithmic:
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter(FuncFormatter(plain_number))
            axis.yaxis.set_minor_formatter(NullFormatter())
        unit = units.get(name, "")
        heading(axis, labels.get(name, name), unit, k)
        dress(axis)
        axis.set_xlim(-1, len(places))
        dress(axis)
    for axis in axes[len(charts) :]:
        axis.set_axis_off()
    handles, labels = axes[0].get_legend_handles_labels()
    if any(labels):
        figure.legend(handles, labels, loc="outside lower center", ncols=8, fontsize=SMALL, frameon=False)
    return figure
