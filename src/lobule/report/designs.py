"""Several designs of a trial on one page: what they ask, their chances, how these differ, their endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from lobule.report.look import COLOURS, SMALL, dress
from lobule.report.page import render, svg
from lobule.report.style import entry, picture
from lobule.report.whole.tables import rows_table

PAGE = """<!doctype html>
<html lang="en"><head>{{ head }}<title>lobule: {{ s.title }}</title><style>{{ style }}</style></head><body><main>
<h1>{{ s.title }}</h1><p class="note">Simulated data. {{ s.intended_use }}</p>
<ul>{% for name, file in s.pages.items() %}<li><a href="{{ file }}">{{ name }}</a></li>{% endfor %}</ul>
<h2 id="designs">Designs</h2>
{% for d in s.designs %}<h3>{{ d.design }}</h3><table>
{% for item, text in d.items() if item != "design" and text != "" %}
<tr><th scope="row">{{ item.replace("_", " ") }}</th><td>{{ text }}</td></tr>{% endfor %}</table>{% endfor %}
<h2 id="chances">Power, type I error, assurance</h2>
{{ figure(chances, "Power, type I error and assurance of each design, with 95 % Monte Carlo intervals") }}
{{ table(s.chances, "Operating characteristics") }}
{{ table(s.pairs, "Differences between designs") }}<p class="note">{{ s.pairs_mean }}</p>
<h2 id="endpoints">Endpoints over the replicates</h2>
{{ table(s.endpoints, "Endpoints: median, 5th to 95th percentile") }}
</main></body></html>
"""


def page(story: Mapping[str, Any]) -> str:
    """The page; every text is escaped. `story` is that of lobule.trial.compared."""
    return render(PAGE, s=story, table=rows_table, chances=svg(chances_picture, story["chances"]))


@picture
def chances_picture(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Shares with their Monte Carlo intervals, a line a design and kind."""
    figure = Figure(figsize=(7.5, 0.9 + 0.34 * len(rows)), layout="constrained")
    axis = figure.subplots()
    kinds = list(dict.fromkeys(row["what"] for row in rows))
    for k, row in enumerate(reversed(rows)):
        colour = COLOURS[kinds.index(row["what"]) % len(COLOURS)]
        axis.plot([row["low"], row["high"]], [k, k], color=colour, linewidth=1.6)
        axis.plot(row["share"], k, "o", color=colour, markersize=5)
    axis.set_yticks(range(len(rows)), [f"{entry(r['design'])}: {r['what']}" for r in reversed(rows)], fontsize=SMALL)
    axis.set_xlim(-0.02, 1.02)
    axis.set_xlabel("share of replicates; lines: 95 % Monte Carlo interval", fontsize=SMALL)
    dress(axis)
    return figure
