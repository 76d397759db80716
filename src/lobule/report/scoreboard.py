"""The scoreboard as one HTML page: shares beside the rivals, a forest plot, every row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from lobule.report.look import GREY, LINE, NO, SMALL, YES, dress
from lobule.report.page import render, svg, table_html
from lobule.report.style import picture

if TYPE_CHECKING:
    import pandas as pd

LARGEST_FOREST = 120  # rows of a picture; the table below holds all

PAGE = """<!doctype html>
<html lang="en"><head>{{ head }}<title>lobule: scoreboard</title>
<style>{{ style }}</style></head><body><main>
<h1>Scoreboard</h1>
<p class="note">{{ intended_use }}</p>
<p>{{ lead }}</p>
{% for name, s in summaries.items() %}
<h2>{{ name }}</h2>
<table><tr><th></th>{% for column in columns %}<th class="n">{{ column }}</th>{% endfor %}</tr>
{% for who, values in s.rivals.items() %}<tr><td>{{ who }}</td>
{% for column in columns %}<td class="n">{{ values[column] }}</td>{% endfor %}</tr>{% endfor %}</table>
<p>{{ s.text }}</p>
<ul>{% for line in s.sizes %}<li>sizes, {{ line }}</li>{% endfor %}</ul>
{% endfor %}
{% if scores %}<h2>Both readings</h2><p>95 % intervals by study; a count where there are too few for a share.</p>
{{ scores }}{% endif %}
<h2>From a prediction to what a study prints</h2>
<ul>{% for line in terms %}<li>{{ line }}</li>{% endfor %}</ul>
<h2>Forest plot</h2>{{ figure(forest, "Predicted and published changes, study by study") }}
{% for title, rows in groups.items() %}<h2>{{ title }}</h2>
<table><tr><th></th><th class="n">rows</th><th class="n">direction right</th><th class="n">wrong</th></tr>
{% for r in rows %}<tr><td>{{ r.name }}</td><td class="n">{{ r.n }}</td><td class="n">{{ r.right }}</td>
<td class="n">{{ r.wrong }}</td></tr>{% endfor %}</table>{% endfor %}
<h2>Every row</h2>
<table><tr>{% for c in row_columns %}<th>{{ c }}</th>{% endfor %}</tr>
{% for r in rows %}<tr>{% for c in row_columns %}
<td{% if c in ("right", "counted_right") %} class="{{ colour[r[c]] }}"{% endif %}>{{ r[c] }}</td>{% endfor %}</tr>
{% endfor %}</table>
<h2>Orders of arms</h2>
<table><tr>{% for c in order_columns %}<th>{{ c }}</th>{% endfor %}</tr>
{% for r in orders %}<tr>{% for c in order_columns %}
<td{% if c in ("right", "counted_right") %} class="{{ colour[r[c]] }}"{% endif %}>{{ r[c] }}</td>{% endfor %}</tr>
{% endfor %}</table>
<h2>Not simulated</h2>
<table><tr><th>row</th><th>study</th><th>set</th><th>reason</th></tr>
{% for r in left %}<tr><td>{{ r.row }}</td><td>{{ r.study }}</td><td>{{ r.set }}</td><td>{{ r.reason }}</td></tr>
{% endfor %}</table>
</main></body></html>
"""
COLUMNS = ("size_error", "orders", "negatives", "directions")
ROW_COLUMNS = ("row", "study", "set", "group", "injury", "product", "endpoint", "observed", "observed_ratio",
               "predicted", "predicted_ratio", "printed_ratio", "band", "counted_ratio", "right", "counted_right",
               "seen", "basis",
               "assumed")  # fmt: skip
ORDER_COLUMNS = ("row", "study", "set", "seen", "kind", "endpoint", "arm_a", "arm_b", "observed", "predicted",
                 "advantage_of_a", "counted_predicted", "right", "counted_right", "basis")  # fmt: skip


def scoreboard_page(
    rows: pd.DataFrame, orders: pd.DataFrame, left: pd.DataFrame, summaries: Mapping[str, Mapping[str, Any]],
    intended_use: str, lead: str, terms: Sequence[str] = (), scores: pd.DataFrame | None = None,
) -> str:  # fmt: skip
    """The page; every text of a table is escaped.

    Parameters
    ----------
    rows, orders, left : of a scoreboard
    summaries : {set: summary}
    intended_use, lead : sentences at the top
    terms : sentences on what studies differ and overstate by
    scores : one line a set and a thing that is scored, in both readings
    """
    shown = {
        name: {
            "rivals": {who: {c: _text(v) for c, v in values.items()} for who, values in s["rivals"].items()},
            "text": sentence(s),
            "sizes": [size_sentence(group) for group in s["sizes"]],
        }
        for name, s in summaries.items()
    }
    groups = {f"By {key}": _by(rows, key) for key in ("endpoint", "injury", "product")} if len(rows) else {}
    return render(
        PAGE, intended_use=intended_use, lead=lead, summaries=shown, columns=COLUMNS,
        forest=svg(forest, rows), groups=groups,
        rows=[_plain(r, ROW_COLUMNS) for r in _records(rows)], row_columns=ROW_COLUMNS,
        orders=[_plain(r, ORDER_COLUMNS) for r in _records(orders)], order_columns=ORDER_COLUMNS,
        left=left.to_dict("records"), terms=terms, colour={"yes": "right", "no": "wrong"}, scores=_scores(scores),
    )  # fmt: skip


def _scores(scores: pd.DataFrame | None) -> Any:
    if scores is None or not len(scores):
        return ""
    words = [{"set": name} | line for name, mine in scores.groupby("set", sort=False) for line in score_words(mine)]
    return table_html(words)


def sentence(s: Mapping[str, Any]) -> str:
    """The scores of one set in words."""
    parts = [
        f"{s['n_rows']} rows, {s['n_not_outcomes']} no outcomes, {s['n_not_simulated']} not simulated",
        f"orders of arms right {_text(s['order_right'])} of {s['n_orders']}{_interval(s, 'order_right')}",
        f"negatives right {_text(s['negatives_right'])} of {s['n_negatives']}{_interval(s, 'negatives_right')}",
        f"directions right {_text(s['direction_right'])} of {s['n_directions']}{_interval(s, 'direction_right')}",
    ]
    single = s["single_arms"]
    if single["n_directions"]:
        parts.append(f"of single arms {_text(single['direction_right'])} of {single['n_directions']}")
    return "; ".join(parts) + "."


def size_sentence(group: Mapping[str, Any]) -> str:
    """The scores of the sizes of one group in words; no share of fewer than `fewest`."""
    n, studies, share = group["n"], group["studies"], group["within_twofold"]
    behind = f"{n} size{'s' * (n != 1)} of {studies} {'study' if studies == 1 else 'studies'}"
    if not group["claim"]:
        few = f"no claim from fewer than {group['fewest']}"
        return f"{group['group']}: {round(share * n)} of {behind} within twofold; {few}"
    return (
        f"{group['group']}: within twofold {share:.2f} ({group['within_twofold_low']:.2f} to "
        f"{group['within_twofold_high']:.2f} by study; as such studies print "
        f"{group['within_twofold_printed']:.2f}) of {behind}; the 90 % band covers {group['covered']:.2f} and is "
        f"{group['band_width_fold']:.1f} fold wide"
    )


def score_words(scores: pd.DataFrame) -> list[dict[str, str]]:
    """The lines of a table of scores in words: what, n of studies, both readings with their intervals by study, rivals,
    what was wanted. A share of fewer than what allows a claim is told as a count."""
    found = []
    for row in _records(scores):
        share, few = row["kind"] == "share", not row["claim"]
        studies = (
            "" if row["studies"] is None or row["studies"] != row["studies"] else f", {row['studies']:.0f} studies"
        )
        words = {"what": row["what"], "of": f"{row['n']:.0f}{studies}"}
        for name, low, high in (("published", "low", "high"), ("counted", "counted_low", "counted_high")):
            words[name] = _told(row[name], row[low], row[high], row["n"], share=share, few=few)
        for rival in ("pooled mean", "nothing helps", "words alone"):
            words[rival] = _told(row[rival], None, None, row["n"], share=True, few=few)
        words["wanted"] = _wanted(row["goal"], row["goal_high"], share=share)
        found.append(words)
    return found


def _told(value: Any, low: Any, high: Any, n: float, *, share: bool, few: bool) -> str:
    if not _there(value):
        return ""
    if few and share:
        return f"{round(value * n)} of {n:.0f}"
    known = _there(low)
    if share:
        return f"{100 * value:.0f} %" + (f" ({100 * low:.0f} to {100 * high:.0f})" if known else "")
    return f"{value:+.2f}" + (f" ({low:+.2f} to {high:+.2f})" if known else "")


def _wanted(goal: Any, highest: Any, *, share: bool) -> str:
    if not _there(goal):
        return ""
    if not share:
        return f"above {goal:g}"
    return f"{100 * goal:.0f} to {100 * highest:.0f} %" if _there(highest) else f"{100 * goal:.0f} %"


def _there(value: Any) -> bool:
    return value is not None and value == value


def score_lines(scores: pd.DataFrame) -> list[str]:
    """The same for a terminal, a block a set."""
    head = ("what", "of", "published", "counted", "pooled mean", "nothing helps", "words alone", "wanted")
    found = []
    for name, mine in scores.groupby("set", sort=False):
        words = score_words(mine)
        columns = [c for c in head if c in ("what", "of") or any(w[c] for w in words)]
        titles = {"what": str(name)} | {c: c for c in columns[1:]}
        widths = {c: max(len(w[c]) for w in [titles, *words]) for c in columns}
        found += ["  ".join(w[c].ljust(widths[c]) for c in columns).rstrip() for w in [titles, *words]] + [""]
    return found


def _interval(s: Mapping[str, Any], share: str) -> str:
    low, high, studies = s["intervals"].get(share, (math.nan, math.nan, 0))
    return "" if math.isnan(low) else f" ({low:.2f} to {high:.2f} by study, {studies})"


def _by(rows: pd.DataFrame, key: str) -> list[dict[str, Any]]:
    positive = rows[~rows["negative"].astype(bool)]
    return [
        {
            "name": name,
            "n": len(mine),
            "right": int(mine["right"].sum()),
            "wrong": int((~mine["right"].astype(bool)).sum()),
        }
        for name, mine in positive.groupby(key)
    ]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _plain(row: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, str]:
    values = dict(row)
    if "band_low" in values:
        values["band"] = f"{values['band_low']:.2f} to {values['band_high']:.2f}"
    return {name: _text(values.get(name)) for name in columns}


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


@picture
def forest(rows: pd.DataFrame) -> Figure:
    """Observed and predicted ratio of treated to untreated with their intervals, rows with a size first."""
    shown = rows
    if len(rows):
        shown = rows.assign(sized=rows["observed_ratio"].notna()).sort_values(
            ["sized", "study"], ascending=[False, True]
        )
        shown = shown.head(LARGEST_FOREST)
    figure = Figure(figsize=(8.5, 0.17 * max(len(shown), 4) + 1.0), layout="constrained")
    axis = figure.subplots()
    for place, row in enumerate(shown.to_dict("records")):
        colour = YES if row["right"] else NO
        axis.plot([row["band_low"], row["band_high"]], [place, place], color=colour, linewidth=1, alpha=0.5)
        axis.plot(row["predicted_ratio"], place, "o", color=colour, markersize=3)
        if row["observed_ratio"] == row["observed_ratio"]:
            axis.plot(row["observed_ratio"], place, "D", color="black", markersize=4, markerfacecolor="none")
            axis.plot([row["observed_low"], row["observed_high"]], [place, place], color="black", linewidth=0.8)
        else:
            arrow = {"down": "<", "up": ">", "none": "|"}[row["observed"]]
            axis.plot(0.06, place, arrow, color=GREY, markersize=4)
    axis.axvline(1, color=LINE, linewidth=0.8)
    axis.set_xscale("log")
    axis.set_xlim(0.05, 20)
    labels = [f"{r['study']}, {r['endpoint']}" for r in shown.to_dict("records")]
    axis.set_yticks(range(len(shown)), labels, fontsize=SMALL)
    axis.set_ylim(len(shown) - 0.5, -0.5)
    axis.set_xlabel(
        "treated over untreated; dot and line: predicted, 90 % band (blue: right); diamond or arrow: observed",
        fontsize=SMALL,
    )
    axis.tick_params(axis="x", labelsize=7)
    dress(axis)
    return figure
