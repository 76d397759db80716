"""Curves over time that tell their values under the pointer; on paper and without scripts the picture stands instead.

The page carries the numbers as JSON, uPlot (static/) draws them on screen, static/curves.js makes one pointer and one
slider of all panels. A table of a few times says the same to who sees no picture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from lobule.report.scale import span, time_unit, written
from lobule.report.style import shown

MOST = 600  # times of a curve that a page carries
TOLD = 8  # times of the table
DIGITS = ".5g"  # of a value that is drawn


@dataclass(frozen=True)
class Line:
    """One curve of a panel.

    label : what it is, the same in all panels; values : (n,); low, high : (n,) of its band, or None
    kind : "treated", "untreated" or "counted", which colour and dash follow
    """

    label: str
    values: NDArray[np.float64]
    kind: str = "treated"
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Panel:
    """One chart: title and unit as they are printed, its curves, and what it shows in words."""

    title: str
    unit: str
    lines: Sequence[Line]
    said: str


@dataclass(frozen=True)
class Curves:
    """Charts of one time axis.

    days : (n,); panels : charts; marks : {"dose" or "injury": days on which something was given}
    band : what a band holds, for the key
    """

    days: NDArray[np.float64]
    panels: Sequence[Panel]
    marks: Mapping[str, Sequence[float]] = field(default_factory=dict)
    band: str = ""


def curves_html(curves: Curves, number: int) -> Markup:
    """What stands in a figure before its picture: charts that wait for the script, their numbers, slider, key."""
    place = f"curves-{number}"
    panels = Markup("").join(_panel(panel) for panel in curves.panels)
    last = len(_kept(curves.days)) - 1
    return Markup(
        '<div class="live screen" hidden><ul class="key">{key}</ul><div class="panels">{panels}</div>'
        '<p><label for="{id}-time">Time</label> <input id="{id}-time" type="range" min="0" max="{last}" '
        'value="{last}"> <output for="{id}-time"></output></p></div>'
        '<script type="application/json">{data}</script>'
    ).format(key=_key(curves), panels=panels, id=place, last=last, data=Markup(_json(curves)))  # fmt: skip


def curves_table(curves: Curves) -> Markup:
    """The same at a few times, a table a panel, behind a heading that opens them."""
    at = np.unique(np.round(np.linspace(0, len(curves.days) - 1, TOLD)).astype(int))
    tables = Markup("").join(_table(curves, panel, at) for panel in curves.panels)
    return Markup('<details class="screen"><summary>The same as tables</summary>{}</details>').format(tables)


def _panel(panel: Panel) -> Markup:
    unit = f" ({panel.unit})" if panel.unit else ""
    return Markup('<div class="panel"><p class="head">{}{}</p><div class="plot" role="img" aria-label="{}"></div>'
                  '<p class="values"></p></div>').format(shown(panel.title), unit, shown(panel.said))  # fmt: skip


def _key(curves: Curves) -> Markup:
    """What each colour means, once for all panels."""
    lines = {line.kind: line.label for panel in curves.panels for line in panel.lines}
    entries = [(f"line {kind}", label) for kind, label in lines.items()]
    banded = dict.fromkeys(line.kind for panel in curves.panels for line in panel.lines if line.low is not None)
    entries += [(f"shade {kind}", f"{curves.band}, {kind}" if kind == "untreated" else curves.band) for kind in banded
                if curves.band]  # fmt: skip
    entries += [(f"mark {what}", f"{what} given") for what, days in curves.marks.items() if len(days)]
    return Markup("").join(Markup('<li><span class="{}"></span>{}</li>').format(a, shown(b)) for a, b in entries)


def _kept(days: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which times a page carries: all, or evenly spaced ones with the last."""
    return np.unique(np.round(np.linspace(0, len(days) - 1, min(MOST, len(days)))).astype(np.int64))


def _json(curves: Curves) -> str:
    kept = _kept(curves.days)
    length, unit = time_unit(float(curves.days[-1]))
    data: dict[str, Any] = {
        "times": _plain(curves.days[kept] / length),
        "unit": unit,
        "marks": {what: _plain(np.asarray(days) / length) for what, days in curves.marks.items()},
        "panels": [_of_panel(panel, kept) for panel in curves.panels],
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _of_panel(panel: Panel, kept: NDArray[np.int64]) -> dict[str, Any]:
    every = [v for line in panel.lines for v in (line.values, line.low, line.high) if v is not None]
    lines = [
        {"label": shown(line.label), "kind": line.kind, "values": _plain(line.values[kept])}
        | ({} if line.low is None or line.high is None
           else {"low": _plain(line.low[kept]), "high": _plain(line.high[kept])})
        for line in panel.lines
    ]  # fmt: skip
    return {"unit": panel.unit, "range": span(*every) or (0.0, 1.0), "lines": lines}


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [float(format(v, DIGITS)) if np.isfinite(v) else None for v in values]


def _table(curves: Curves, panel: Panel, at: NDArray[np.int64]) -> Markup:
    length, unit = time_unit(float(curves.days[-1]))
    head = Markup("").join(Markup('<th scope="col" class="n">{}</th>').format(x) for x in
                           (unit, *(shown(line.label) for line in panel.lines)))  # fmt: skip
    rows = Markup("").join(
        Markup("<tr><td class=\"n\">{}</td>{}</tr>").format(
            f"{curves.days[i] / length:.4g}",
            Markup("").join(Markup('<td class="n">{}</td>').format(_told(line, i)) for line in panel.lines))
        for i in at
    )  # fmt: skip
    caption = shown(panel.title) + (f" ({written(panel.unit)})" if panel.unit else "")
    return Markup("<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        caption, head, rows)  # fmt: skip


def _told(line: Line, i: int) -> str:
    text = f"{line.values[i]:.3g}"
    return text if line.low is None or line.high is None else f"{text} ({line.low[i]:.3g} to {line.high[i]:.3g})"
