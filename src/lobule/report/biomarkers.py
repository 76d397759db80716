"""Biomarkers as one HTML page: who predicts, models beside chance, calibration, decision curve, uplift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from lobule.report.look import COLOURS, GREY, SMALL, dress, heading
from lobule.report.page import render, svg, table_html
from lobule.report.records import records
from lobule.report.scale import written
from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PAGE = """<!doctype html>
<html lang="en"><head>{{ head }}<title>lobule biomarkers: {{ title }}</title>
<style>{{ style }}</style></head><body><main>
<h1>Biomarkers: {{ title }}</h1>
<p class="note">Simulated data. {{ intended_use }}</p>
{% for line in said %}<p class="lead">{{ line }}</p>{% endfor %}
{{ figure(picture, "The strongest measurements, calibration, decision curve and gain by share treated") }}
<h2>Models</h2>{{ models }}
<p class="note">Predictions are for patients that a model has not seen, nor their twins. "shuffled": the same pipeline
on outcomes in random order, mean and range of several. Net benefit at the share of responders.</p>
<h2>Measurements, one by one</h2>{{ markers }}
<p class="note">prognostic: tells the outcome in either arm; predictive: tells the gain from treatment (interaction). p
after Holm over all measurements. AUC by the raw value: below 0.5 means that lower is better.</p>
</main></body></html>
"""


def biomarkers_page(
    title: str, intended_use: str, said: list[str], markers: pd.DataFrame, models: pd.DataFrame,
    curves: Mapping[str, pd.DataFrame],
) -> str:  # fmt: skip
    """The page; every text is escaped."""
    return render(
        PAGE, title=title, intended_use=intended_use, said=said, picture=svg(biomarkers_picture, markers, curves),
        models=table_html(records(models)), markers=table_html(records(markers)),
    )  # fmt: skip


@picture
def biomarkers_picture(markers: pd.DataFrame, curves: Mapping[str, pd.DataFrame]) -> Figure:
    """Rankings of the strongest measurements, calibration, decision curve, Qini; AUC over time where there is one."""
    panels: list[Any] = [_strongest, _calibration, _decision, _qini]
    if "auc_over_time" in curves:
        panels.append(_over_time)
    figure = Figure(figsize=(11, 3.4 * ((len(panels) + 1) // 2)), layout="constrained")
    axes = figure.subplots((len(panels) + 1) // 2, 2, squeeze=False).ravel()
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    for axis, panel in zip(axes, panels, strict=False):
        panel(axis, markers, curves)
        dress(axis)
    return figure


def _strongest(axis: Axes, markers: pd.DataFrame, curves: Mapping[str, pd.DataFrame]) -> None:
    shown = markers.head(12).iloc[::-1]
    axis.plot(shown["auc_treated"], range(len(shown)), "o", color=COLOURS[0], label="treated")
    axis.plot(shown["auc_reference"], range(len(shown)), "s", color=COLOURS[1], label="reference", markersize=4)
    axis.axvline(0.5, color=GREY, linewidth=0.8)
    axis.set_yticks(range(len(shown)), [written(str(m)) for m in shown["marker"]], fontsize=SMALL)
    heading(axis, "ranking (AUC) of single measurements")
    axis.legend(fontsize=SMALL)


def _calibration(axis: Axes, markers: pd.DataFrame, curves: Mapping[str, pd.DataFrame]) -> None:
    points = curves["calibration"]
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    axis.plot(points["predicted"], points["observed"], "o-", color=COLOURS[0])
    heading(axis, "calibration of the best model")
    axis.set_xlabel("predicted", fontsize=SMALL)
    axis.set_ylabel("observed", fontsize=SMALL)


def _decision(axis: Axes, markers: pd.DataFrame, curves: Mapping[str, pd.DataFrame]) -> None:
    points = curves["decision"]
    axis.plot(points["threshold"], points["model"], color=COLOURS[0], label="model")
    axis.plot(points["threshold"], points["everyone"], color=COLOURS[1], label="everyone")
    axis.axhline(0, color=GREY, linewidth=0.8, label="nobody")
    axis.set_ylim(-0.1, max(0.1, float(points["model"].max()) * 1.1))
    heading(axis, "decision curve (net benefit)")
    axis.set_xlabel("threshold", fontsize=SMALL)
    axis.legend(fontsize=SMALL)


def _qini(axis: Axes, markers: pd.DataFrame, curves: Mapping[str, pd.DataFrame]) -> None:
    points = curves["qini"]
    axis.plot(points["share_treated"], points["gain"], color=COLOURS[0], label="largest predicted gain first")
    axis.plot(points["share_treated"], points["random"], color=GREY, linewidth=0.8, label="random order")
    heading(axis, "Qini: extra responders")
    axis.set_xlabel("share treated", fontsize=SMALL)
    axis.legend(fontsize=SMALL)


def _over_time(axis: Axes, markers: pd.DataFrame, curves: Mapping[str, pd.DataFrame]) -> None:
    points = curves["auc_over_time"]
    axis.plot(points["day"], points["auc"], "o-", color=COLOURS[0])
    axis.axhline(0.5, color=GREY, linewidth=0.8)
    axis.set_ylim(0.3, 1)
    heading(axis, "AUC of the event by a day")
    axis.set_xlabel("day", fontsize=SMALL)
