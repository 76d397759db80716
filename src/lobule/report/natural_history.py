"""What was published beside what a model shows, row by row: the page, and its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lobule.report.look import BLACK, COLOURS, LINE, NO, YES, heading, legend, panels, show_change
from lobule.report.page import render, svg
from lobule.report.style import picture

COLUMNS = 3
LEAST = 1e-3  # smaller values stand at the edge of a logarithmic axis

PAGE = """<!doctype html>
<html lang="en"><head>{{ head }}<title>lobule: natural history</title>
<style>{{ style }} .aside { color: #7F7F7F; } .no { color: #555; }</style></head><body><main>
<h1>{{ title }}</h1>
<p class="note">{{ intended_use }}</p>
{% for line in said %}<p class="lead">{{ line }}</p>{% endfor %}
<table><tr>{% for c in columns %}<th{{ " class=n" if c != "kind" }}>{{ c }}</th>{% endfor %}</tr>
{% for t in totals %}<tr>{% for c in columns %}<td{{ " class=n" if c != "kind" }}>{{ t[c] }}</td>{% endfor %}</tr>
{% endfor %}</table>
<p>{{ how }}</p>
{% for drawn, caption in pictures %}<figure>{{ drawn }}<figcaption class="note">{{ caption }}</figcaption></figure>
{% endfor %}
{% for kind, rows in kinds.items() %}<h2>{{ kind }}</h2>
<div class="wide"><table><tr><th>row</th><th>of whom</th><th>what</th><th class="n">published</th>
<th class="n">no miss</th><th class="n">model</th><th></th><th>asked of the model</th><th>source</th></tr>
{% for r in rows %}<tr><td>{{ r.row }}</td><td>{{ r.of }}</td><td>{{ r.what }}</td><td class="n">{{ r.published }}</td>
<td class="n">{{ r.interval }}</td><td class="n">{{ r.found }}</td><td class="{{ r.colour }}">{{ r.outcome }}</td>
<td>{{ r.asked }}</td><td>{{ r.source }}</td></tr>
{% endfor %}</table></div>{% endfor %}
<h2>What the model cannot say</h2>
<table><tr><th>reason</th><th class="n">rows</th><th>which</th></tr>
{% for r in reasons %}<tr><td>{{ r.reason }}</td><td class="n">{{ r.count }}</td><td>{{ r.rows }}</td></tr>{% endfor %}
</table>
</main></body></html>
"""


def natural_history_page(
    *, title: str, intended_use: str, said: Sequence[str], how: str, totals: Sequence[Mapping[str, Any]],
    pictures: Sequence[tuple[Any, Sequence[Any], str]], kinds: Mapping[str, Sequence[Mapping[str, Any]]],
    reasons: Sequence[Mapping[str, Any]],
) -> str:  # fmt: skip
    """The page; every text is escaped.

    Parameters
    ----------
    said, how : sentences above the pictures
    totals : one row a kind
    pictures : what draws each, its arguments, its caption
    kinds : {kind: rows with row, of, what, published, interval, found, outcome, colour, asked, source}
    reasons : reason, count, rows
    """
    drawn = [(svg(draw, *given), caption) for draw, given, caption in pictures]
    return render(
        PAGE, title=title, intended_use=intended_use, said=said, how=how, totals=totals, columns=list(totals[0]),
        pictures=drawn, kinds=kinds, reasons=reasons,
    )  # fmt: skip


@picture
def beside(groups: Mapping[str, Sequence[tuple[float, float, bool]]]) -> Figure:
    """Published (across) and found (up), a panel a kind, on logarithmic axes; on the line both are the same.

    Parameters
    ----------
    groups : {title: (published, found, met)}; a fall is drawn as a rise; what then is not above 0 stands at the edge
    """
    head = "published (across) and model (up)"
    figure, axes = panels(len(groups), COLUMNS, width=3.6, height=2.8, head=head, foot=0.35)
    for k, (axis, (title, points)) in enumerate(zip(axes, groups.items(), strict=True)):
        signs = np.array([-1.0 if p[0] < 0 else 1.0 for p in points])
        seen, found = (np.maximum(signs * np.array([p[i] for p in points], float), LEAST) for i in (0, 1))
        met = np.array([p[2] for p in points], bool)
        finite = np.isfinite(seen) & np.isfinite(found)
        for colour, which, name in ((YES, met, "met"), (NO, ~met, "missed")):
            axis.plot(seen[which & finite], found[which & finite], "o", color=colour, markersize=3.5, alpha=0.7,
                      label=name)  # fmt: skip
        ends = [float(v) for v in (min(*seen[finite], *found[finite]), max(*seen[finite], *found[finite]))]
        axis.plot(ends, ends, color=LINE, linewidth=0.8)
        axis.set_xscale("log")
        axis.set_yscale("log")
        heading(axis, title, letter=k)
    legend(figure, axes)
    return figure


@picture
def shares(
    courses: Mapping[str, Mapping[str, ArrayLike]], years: ArrayLike, published: Mapping[str, Mapping[str, ArrayLike]],
) -> Figure:  # fmt: skip
    """Shares of a group in each class over the years, a panel a group; dashed where they were published.

    Parameters
    ----------
    courses : {group: {class: (n_years,)}}
    years : (n_years,)
    published : {group: {class: (n_years,)}}
    """
    figure, axes = panels(len(courses), COLUMNS, width=3.6, head="shares, over years of disease", foot=0.4)
    for k, (axis, (name, classes)) in enumerate(zip(axes, courses.items(), strict=True)):
        for colour, (label, values) in zip(COLOURS, classes.items(), strict=False):
            axis.plot(years, values, color=colour, linewidth=1.6, label=label)
            if name in published:
                axis.plot(years, published[name][label], "--", color=colour, linewidth=1)
        axis.set_ylim(0, 1)
        heading(axis, name, letter=k)
    legend(figure, axes)
    return figure


@picture
def by_class(
    measures: Mapping[str, Mapping[str, Sequence[float]]], classes: Sequence[str], units: Sequence[str],
    published: Mapping[str, Sequence[tuple[float, float]]],
) -> Figure:  # fmt: skip
    """Values by class, a panel a measure and a line a group; black diamonds where something was published.

    Parameters
    ----------
    measures : {title: {group: a value a class}}
    classes : names of the classes; units : of the measures
    published : {title: (place of the class, value)}
    """
    width = 3.6 if len(measures) > 1 else 2 * 3.6  # the legend needs it
    figure, axes = panels(len(measures), COLUMNS, width=width, foot=0.5)
    for k, (axis, (title, groups)) in enumerate(zip(axes, measures.items(), strict=True)):
        for colour, (name, values) in zip(COLOURS, groups.items(), strict=False):
            axis.plot(range(len(classes)), values, "o-", color=colour, markersize=3, linewidth=1.3, label=name)
        points = published.get(title, ())
        if points:
            axis.plot(*zip(*points, strict=True), "D", color=BLACK, markersize=4, markerfacecolor="none",
                      label="published")  # fmt: skip
        axis.set_xticks(range(len(classes)), classes)
        show_change(axis, *groups.values(), [value for _, value in points])
        heading(axis, title, units[k], k)
    legend(figure, axes, 8 if len(measures) > 1 else 4)
    return figure
