"""The report of a trial as one HTML file: headline, design, flow, baseline, results, power, safety."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from lobule.report.look import COLOURS, UNTREATED
from lobule.report.page import render, svg
from lobule.report.trial_pictures import (
    curves_picture,
    effects_picture,
    flow_picture,
    forest_picture,
    size_picture,
    spread_picture,
    survival_picture,
)
from lobule.report.whole.tables import rows_table

PAGE = """<!doctype html>
<html lang="en"><head>{{ head }}<title>lobule trial: {{ s.title }}</title>
<style>{{ style }}</style></head><body><main>
<h1>{{ s.title }}</h1>
<p class="note">Simulated data. {{ s.intended_use }}</p>
{% for line in s.headline %}<p class="lead">{{ line }}</p>{% endfor %}
{{ body }}
</main></body></html>
"""
BODY = """<nav aria-label="Contents"><h2>Contents</h2><ol>
{% for place, name in contents %}<li><a href="#{{ place }}">{{ name }}</a></li>{% endfor %}</ol></nav>
<h2 id="question">Question</h2><p>{{ s.question }}</p>
{% if s.published %}<h2 id="published">Beside what was published</h2>
{{ table(s.published, "Published beside predicted") }}
<p class="note">Predicted: median and 90 % of replicates of this size. "significant" is the share of replicates with a
significant gain; a published direction has no size.</p>{% endif %}
<h2 id="design">Design</h2>
<table>{% for item, text in s.design %}<tr><th scope="row">{{ item }}</th><td>{{ text }}</td></tr>{% endfor %}</table>
<h3>What is given, and planned on a condition (to 70 kg)</h3>
<table>{% for d in s.doses %}<tr><th scope="row">{{ d.arm }}</th><td><pre>{{ d.given }}</pre></td></tr>
{% endfor %}</table>
<h3>Schedule of measurements</h3>
<div class="wide" role="group" tabindex="0" aria-label="Schedule of measurements">
<table><thead><tr><th>assay</th><th>unit</th><th class="n">error (CV)</th>
{% for v in s.schedule.visits %}<th>{{ v }}</th>{% endfor %}</tr></thead>
<tbody>{% for r in s.schedule.rows %}<tr><td>{{ r.assay }}</td><td>{{ r.unit }}</td>
<td class="n">{{ "%.0f %%"|format(100*r.error) }}</td>
{% for d in r.done %}<td>{{ "x" if d else "" }}</td>{% endfor %}</tr>{% endfor %}</tbody></table></div>
<h2 id="estimands">Estimands</h2>
{% for e in s.estimands %}<h3>{{ e.endpoint }}{{ ", primary" if e.endpoint == s.primary else "" }}</h3>
<table>{% for item, text in e.attributes %}<tr><th scope="row">{{ item }}</th><td>{{ text }}</td></tr>
{% endfor %}</table>
{% endfor %}
<h2 id="methods">Analysis: methods, and what each is adjusted for</h2>
{{ table(s.methods, "Methods of analysis") }}<p class="note">{{ s.multiplicity }} {{ s.not_estimated }}</p>
<h2 id="power">Power, type I error, assurance</h2>
{{ table(s.chances, "Operating characteristics of the primary endpoint, with Monte Carlo errors") }}
<p class="note">{{ s.power_means }}</p>
<h3>Boundaries and stopping</h3>
{{ table(s.boundaries, "Boundaries of the normal score, and where trials stop") }}
<p class="note">Boundary: a trial ends for an arm above it, and for harm below its negative, shared by the arms;
crossed by chance: on either side when nothing works; share ending: of the simulated trials. A boundary of futility is
not binding: the type I error is that of trials which ignore it, the power that of trials which follow it.</p>
<h2 id="size">Sample size</h2>
{% if s.size_said %}<p>{{ s.size_said }}</p>{% endif %}
{{ figure(sizes, "Power by number of patients, simulated, with Monte Carlo intervals") }}
{{ table(s.sizes, "Sample sizes that were simulated") }}
{% if s.size_table %}{{ table(s.size_table, "Sample size by formula, from what the replicates have shown") }}
<p class="note">Effects are the model's (the median of the replicates), three quarters and half of it; the spread is
that of the analysis. Patients are those to randomise so that the evaluable ones are left when a share is lost: of both
arms that are compared, by Student's t, the normal approximation of shares, or events by Schoenfeld.</p>
{% else %}<p class="note">{{ s.no_size_table }}</p>{% endif %}
<h2 id="replicate">One replicate: how the trial might turn out</h2>
{{ figure(flow, "Flow of patients: eligible, randomised, and how each arm ended") }}
{{ table(s.table_1, "Table 1: baseline") }}
{{ table(s.estimates, "Endpoints of one replicate") }}
{% if s.sensitivity %}{{ table(s.sensitivity, "Sensitivity to what is missing") }}
<p class="note">Multiple imputation by the mixed model. Jump to reference: who leaves is taken for a subject of the
reference arm from then on; copy reference: from the start. Tipping point: the smallest shift (delta) of what is imputed
in the arm, against it, that takes its significance away.</p>{% endif %}
{{ figure(curves, "Labs and scores over the visits by arm, mean and 95 % interval") }}
{{ figure(survival, "Time to the first event by arm, with 95 % bands and patients at risk") }}
{% if s.survival %}<p class="note">Curves are Kaplan-Meier's; where another event competes, one less the cumulative
incidence (Aalen and Johansen).</p>{% endif %}
<h3>Subgroups, primary endpoint</h3>
{{ figure(forest, "The primary endpoint in subgroups, with 95 % intervals and tests of interaction") }}
{{ table(without(s.subgroups, "interaction"), "Subgroups") }}
{{ table(tests_of_interaction(s.subgroups), "Tests of interaction") }}
<p class="note">{{ s.subgroups_mean }}</p>
{% if s.monitoring %}<h2 id="monitoring">For the monitoring board: what each look would see</h2>
{{ table(s.monitoring, "The first replicate at each look, by arm (closed session)") }}{% endif %}
<h2 id="safety">Safety</h2>
{% if s.safety_overview %}{{ table(s.safety_overview, "Subjects with an event that began under treatment") }}{% endif %}
{% if s.safety %}{{ table(s.safety, "Subjects with an event, of all who were randomised to an arm") }}
{% else %}<p>No event.</p>{% endif %}
{% if s.not_events %}<p class="note">Events the model does not have, so that nobody has one here:
{{ s.not_events | join("; ") }}. Fewer events than in a trial of people say nothing about safety.</p>{% endif %}
<h2 id="replicates">All {{ s.replicates }} replicates</h2>
{{ figure(spread, "Estimates of the primary endpoint over all replicates") }}
{{ table(s.endpoints, "Endpoints over all replicates") }}
<p class="note">{{ s.columns_mean }}</p>
{% if s.claims %}{{ table(s.claims, "Claims at one familywise level") }}
<p class="note">A claim begins with a share of alpha and passes it on once it is shown; p and adjusted p are of
the first replicate.</p>{% endif %}
{% if s.principal %}{{ table(s.principal, "Principal strata: those who would be without the events in either arm") }}
<p class="note">Every virtual patient was run in every arm, so that the chance to be of the stratum, and the true effect
in it, are known here. Estimate: of those who are without the events (median of the replicates, and of the one shown),
right where they are alike in both arms given the adjustment. Bounds: of the one shown, without sampling error, where
the arm that survives better harms the survival of nobody (monotone; Zhang and Rubin 2003). Saved, harmed: without the
events in the arm alone, or in the reference alone.</p>{% endif %}
{% if s.borrowing %}{{ table(s.borrowing, "Borrowing from historical controls: error and power by the true control") }}
<p class="note">Worth: patients that the history counts as. False positive: chance that an arm which does nothing is
shown to be better, planned at half of alpha; it rises where the true control is better than the history, and falls
where it is worse.</p>{% endif %}
<h2 id="effects">True individual effects</h2>
<p class="note">Every virtual patient was also run in the reference arm. No trial sees this; it stays out of the
analysis.</p>
{{ figure(effects, "What each virtual patient gains over its twin in the reference arm") }}
<h2 id="assumed">What is assumed</h2><ul>{% for a in s.assumptions %}<li>{{ a }}</li>{% endfor %}</ul>
<h2 id="made">How this was made</h2>
<table>{% for item, text in s.made %}<tr><th scope="row">{{ item }}</th><td>{{ text }}</td></tr>{% endfor %}</table>
"""
CONTENTS = {
    "question": "Question", "published": "Beside what was published", "design": "Design", "estimands": "Estimands",
    "methods": "Analysis: methods, and what each is adjusted for", "power": "Power, type I error, assurance",
    "size": "Sample size", "replicate": "One replicate", "monitoring": "For the monitoring board",
    "safety": "Safety", "replicates": "All replicates",
    "effects": "True individual effects", "assumed": "What is assumed", "made": "How this was made",
}  # fmt: skip
MAY_LACK = ("published", "monitoring")


def page(story: Mapping[str, Any]) -> str:
    """The page; every text is escaped. `story` is that of lobule.trial.story."""
    return render(PAGE, s=story, body=body(story))


def body(story: Mapping[str, Any]) -> Markup:
    """What the page tells below its headline, to stand in another page too."""
    colours = of_arms(story)
    pictures = {
        "flow": svg(flow_picture, story["flow"], colours), "curves": svg(curves_picture, story["curves"], colours),
        "survival": svg(survival_picture, story["survival"], colours),
        "forest": svg(forest_picture, story["subgroups"], story["better"], story["sides"]),
        "spread": svg(spread_picture, story, colours),
        "effects": svg(effects_picture, story["effects"], colours, story["units"]),
        "sizes": svg(size_picture, story["sizes"], story["wanted"]) if story["sizes"] else "",
    }  # fmt: skip
    contents = [(place, name) for place, name in CONTENTS.items() if place not in MAY_LACK or story.get(place)]
    return Markup(render(BODY, s=story, contents=contents, table=rows_table, without=_without,
                         tests_of_interaction=_interactions, **pictures))  # fmt: skip


def _without(rows: Sequence[Mapping[str, Any]], start: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if not name.startswith(start)} for row in rows]


def _interactions(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A group against its opposite, which is the row of that arm behind it."""
    return [
        {"groups": f"{row['subgroup']} and {other['subgroup']}", "arm": row["arm"],
         **{name: row[name] for name in row if name.startswith("interaction")}}
        for k, row in enumerate(rows) if row.get("interaction") is not None
        for other in rows[k + 1 : k + 2]
    ]  # fmt: skip


def of_arms(story: Mapping[str, Any]) -> dict[str, str]:
    """A colour for each arm of a story, the same in all pictures."""
    return _colours([arm["arm"] for arm in story["flow"]["arms"]], story["effects"])


def _colours(arms: Sequence[str], compared: Collection[str]) -> dict[str, str]:
    """A colour an arm, the same in all pictures; the arm that the others are compared with is grey."""
    others = iter(COLOURS * len(arms))
    return {arm: next(others) if arm in compared else UNTREATED for arm in arms}
