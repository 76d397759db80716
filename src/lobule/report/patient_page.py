"""One patient on one page that needs no other file and prints on A4: warnings first, numbers, then their source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from lobule.report.page import render
from lobule.report.style import shown

PEOPLE_STYLE = """
h1 { margin-bottom: 0.1em; overflow-wrap: anywhere; } h2 { margin-top: 1.4em; } td.n { white-space: nowrap; }
caption { text-align: left; font-size: 13px; color: var(--soft); padding-bottom: 3px; }
.use { border: 2px solid currentColor; padding: 0.4em 0.8em; font-weight: 600; }
.box { border-left: 6px solid var(--good); background: var(--box); padding: 0.5em 1em; margin: 1em 0; }
.box.poor { border-color: var(--bad); background: var(--badbox); } .poor strong, b.poor { color: var(--bad); }
figure { margin: 1em 0; } figcaption { color: var(--soft); font-size: 13px; } ul { margin-top: 0.3em; }
@media print { .box, .use { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""

PAGE = """<!doctype html><html lang="en"><head>{{ head }}<title>{{ name }}: forecast</title>
<style>{{ style }}{{ more_style }}</style></head><body>
<p class="screen"><a href="../index.html">All patients</a></p>
<main><h1>{{ name }}</h1><p class="lead">{{ who }}</p>
<p class="use">{{ use }}</p>
<div class="box{{ ' poor' if poor else '' }}" role="note"><strong>{{ verdict }}</strong>
{% if warnings %}<ul>{% for said in warnings %}<li>{{ said }}</li>{% endfor %}</ul>{% endif %}</div>
<h2>What is forecast from the last visit on</h2>
{{ tables.outlook }}
{% if chances %}<figure role="img" aria-label="{{ chances_said }}">{{ chances }}
<figcaption>Shade: nine of ten virtual people like this one. Dots: the times asked for.</figcaption></figure>{% endif %}
<p class="note">{{ level }}</p>
<h2>Labs</h2>
{% if labs %}{{ tables.labs }}<figure role="img" aria-label="{{ labs_said }}">{{ labs }}
<figcaption>{{ labs_said }}</figcaption></figure>
{% else %}<p>No lab of this patient is known that a fit reads.</p>{% endif %}
{% if tables.signs %}{{ tables.signs }}{% endif %}
<h2>What the labs say about the liver</h2>{{ tables.states }}
<h2>How well it fits</h2><p>{{ fit_said }}</p>{{ tables.fit }}
<h2>Care: standard first</h2>{{ tables.care }}{{ tables.plans }}
<h2>Unproven, apart</h2>{{ tables.studied }}{% for said in unproven %}<p>{{ said }}</p>{% endfor %}
<h2>Where the numbers come from</h2>{{ tables.sources }}
<p class="note">{{ made }}</p></main></body></html>
"""


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()) -> Markup:
    """A table of texts, escaped, with a caption; columns in `right` are numbers."""
    if not rows:
        return Markup("")
    side = [Markup(' class="n"') if k in right else Markup("") for k in range(len(head))]
    heads = Markup("").join(Markup('<th scope="col"{}>{}</th>').format(a, h) for a, h in zip(side, head, strict=True))
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td{}>{}</td>").format(
            a, cell if isinstance(cell, Markup) else shown(str(cell))) for a, cell in zip(side, row, strict=True)))
        for row in rows
    )  # fmt: skip
    return Markup('<div class="wide"><table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
                  "</div>").format(caption, heads, body)  # fmt: skip


def patient_page(texts: Mapping[str, Any]) -> str:
    """The page.

    Parameters
    ----------
    texts : name, who, use, verdict, fit_said, level, made, chances_said, labs_said: sentences; warnings, unproven:
        lists of them; poor: whether the fit is; chances, labs: pictures as `lobule.report.page.svg` gives them; tables:
        outlook, labs, signs, states, fit, care, plans, studied, sources, each as `table` gives it
    """
    return render(PAGE, more_style=Markup(PEOPLE_STYLE), **texts)
