"""The page: what was asked, the answer, pictures, tables, how it was computed, what it rests on, sources."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from markupsafe import Markup

from lobule.report.page import render
from lobule.report.style import shown
from lobule.report.whole.curves import Curves, curves_html, curves_table

STATIC = Path(__file__).parents[1] / "static"
KINDS = {"png": "image/png", "svg": "image/svg+xml"}
STYLE = """
:root { --treated: #0072B2; --counted: #0072B2; --untreated: #707070; --dose: #D55E00; --injury: #C77700;
  --shade: rgba(0, 114, 178, 0.2); --shade-untreated: rgba(90, 90, 90, 0.2); }
@media screen and (prefers-color-scheme: dark) { :root { --treated: #56B4E9; --counted: #56B4E9; --untreated: #a8a8a8;
  --dose: #ff9b5e; --injury: #E69F00; --shade: rgba(86, 180, 233, 0.28);
  --shade-untreated: rgba(180, 186, 192, 0.22); } }
h1 { line-height: 1.2; margin-bottom: 0.2em; } h2 { margin-top: 1.8em; border-bottom: 1px solid var(--faint); }
main { display: block; } nav ul { padding: 0; list-style: none; } nav li { display: inline-block; margin-right: 1.2em; }
.use { border: 2px solid currentColor; padding: 0.4em 0.8em; font-weight: 600; }
.answer { border-left: 6px solid var(--good); background: var(--box); padding: 0.5em 1em; margin: 1em 0; }
caption { text-align: left; font-size: 13px; color: var(--soft); padding-bottom: 3px; caption-side: top; }
caption strong { color: var(--ink); } .wide table { min-width: min(100%, 36em); }
figure { margin: 1.2em 0; } figcaption { color: var(--soft); font-size: 13px; }
.still img { max-width: 100%; height: auto; background: #fff; } .drawn .still { display: none; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 0.6em 1.4em; }
.panel { min-width: 0; } .panel .head { font-weight: 600; margin: 0.4em 0 0; }
.plot { min-height: 170px; overflow: hidden; }
.panel .values { font-size: 12px; color: var(--soft); margin: 0; min-height: 2.6em;
  font-variant-numeric: tabular-nums; }
.key { list-style: none; padding: 0; margin: 0.4em 0; font-size: 13px; } .key li { display: inline-block;
  margin-right: 1.4em; } .key span { display: inline-block; width: 24px; margin-right: 6px; vertical-align: middle; }
.key .line { border-top: 2px solid var(--treated); } .key .untreated { border-color: var(--untreated); }
.key .counted { border-top-style: dashed; } .key .shade { height: 10px; background: var(--shade); }
.key .shade.untreated { background: var(--shade-untreated); }
.key .mark { width: 0; height: 12px; border-left: 2px dotted var(--dose); } .key .mark.injury {
  border-left: 3px solid var(--injury); } input[type=range] { width: min(420px, 60vw); vertical-align: middle; }
td.t, code, pre, h3 { overflow-wrap: anywhere; } code { font-size: 12px; }
pre { background: var(--box); padding: 0.6em 0.9em; }
.refs li { margin-bottom: 0.3em; font-size: 13px; } .wide:focus-visible { outline: 2px solid var(--link); }
dt { font-weight: 600; } dd { margin: 0 0 0.5em 0; }
.result h2 { border: 0; margin-top: 1em; font-size: 1.15em; }
@media (max-width: 600px) { body { margin: 0.5em auto; } .lead { font-size: 16px; } h1 { font-size: 1.5em; } }
@media print { .drawn .still { display: block; } nav a { color: #000; text-decoration: none; } h2 { margin-top: 1.2em; }
  .still img { max-height: 235mm; max-width: 100%; break-inside: avoid; } figure.curves { break-inside: auto; }
  .wide { overflow: visible; } .short { break-inside: avoid; } table { max-width: 100%; }
  tbody tr:first-child { break-before: avoid; } .refs li { font-size: 8.5pt; } .glance { font-size: 8pt; }
  .answer, .use { print-color-adjust: exact; -webkit-print-color-adjust: exact; } code, pre { font-size: 7.5pt; }
  dt { break-after: avoid; } pre { border: 1px solid #ddd; background: none; } caption strong { color: #000; } }
"""
PAGE = """<!doctype html><html lang="en"><head>{{ head }}<title>{{ s.title }}</title>
<style>{{ style }}{{ more_style }}</style></head><body>
<header><h1>{{ s.title }}</h1><p class="use">{{ s.use }}</p></header>
<nav aria-label="Contents"><ul>{% for id, name in contents %}<li><a href="#{{ id }}">{{ name }}</a></li>{% endfor %}
</ul></nav>
<main>
<section id="answer" aria-label="Question and answer"><h2>Question and answer</h2>
<p class="lead"><strong>{{ s.question }}</strong></p>
<div class="answer">{% for one in s.answer %}<p class="lead">{{ one }}</p>{% endfor %}</div>
{% for one in s.more %}<p>{{ one }}</p>{% endfor %}{{ s.glance }}</section>
{% if figures %}<section id="figures" aria-label="Figures"><h2>Figures</h2>{{ figures }}</section>{% endif %}
{% if s.result %}<section id="result" class="result" aria-label="Result"><h2>Result</h2>{{ s.result }}</section>
{% endif %}
{% if s.tables %}<section id="tables" aria-label="Tables"><h2>Tables</h2>
<p class="note screen">Numbers are rounded; the files of the folder have all digits.</p>
{% for one in s.tables %}{{ one }}{% endfor %}</section>{% endif %}
<section id="methods" aria-label="Methods"><h2>Methods</h2>
{% for one in s.methods %}<p>{{ one }}</p>{% endfor %}
{% if s.equations %}<h3>Equations of what is shown</h3>{{ s.equations }}{% endif %}
{% if s.parameters %}<h3>Parameters that matter</h3>{{ s.parameters }}{% endif %}
{% if s.software %}<h3>Software</h3><p>{{ s.software }}</p>{% endif %}</section>
<section id="assumptions" aria-label="Assumptions"><h2>What is assumed</h2>
<ul>{% for one in s.assumptions %}<li>{{ one }}</li>{% endfor %}</ul></section>
<section id="limits" aria-label="Limits"><h2>Limits and intended use</h2>
<ul>{% for one in s.limits %}<li>{{ one }}</li>{% endfor %}<li>{{ s.use }}</li></ul></section>
<section id="references" aria-label="References"><h2>References</h2>
<ol class="refs">{% for one in s.references %}<li id="ref-{{ one.id }}">{{ one.text }}{% if one.doi %}
<a href="https://doi.org/{{ one.doi }}">doi:{{ one.doi }}</a>{% endif %}</li>{% endfor %}</ol>
<p class="screen"><a download="references.bib" href="data:application/x-bibtex;base64,{{ coded_bibtex }}">Download
them as BibTeX</a></p><details class="screen"><summary>The same to copy</summary>
<pre>{{ s.bibtex }}</pre></details></section>
<section id="again" aria-label="How to make it again"><h2>How to make it again</h2>
{% for one in s.again %}<p>{{ one }}</p>{% endfor %}{% for head, text in s.files %}
<h3>{{ head }}</h3><pre>{{ text }}</pre>{% endfor %}</section>
</main><footer><p class="note">{{ s.made }}</p></footer>
{% if script %}<script>{{ script }}</script>{% endif %}</body></html>
"""
NOTHING = Markup("")
SECTIONS = (
    ("answer", "Answer"), ("figures", "Figures"), ("result", "Result"), ("tables", "Tables"), ("methods", "Methods"),
    ("assumptions", "Assumptions"), ("limits", "Limits"), ("references", "References"), ("again", "Make it again"),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A picture: what stands below it, what it says in words, its content ("png" or "svg"), the curves in it, and its
    further parts of the same kind."""

    caption: str
    said: str
    content: bytes
    kind: str = "png"
    curves: Curves | None = None
    parts: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Reference:
    """A source: id within the page, how it is cited, DOI or ""."""

    id: str
    text: str
    doi: str = ""


@dataclass(frozen=True)
class Story:
    """All that a report tells; texts are plain, what is Markup stands as it is.

    answer : sentences; more : what else is said; glance : the table that belongs to the answer
    result : further markup of the command's own
    tables : as `tables.table_of` gives them; methods, assumptions, limits, again : sentences or paragraphs
    equations, parameters : markup, or ""; files : (heading, content) that make it again; made : the last line
    """

    title: str
    question: str
    answer: Sequence[str]
    use: str
    more: Sequence[str] = ()
    glance: Markup = NOTHING
    figures: Sequence[Shown] = ()
    result: Markup = NOTHING
    tables: Sequence[Markup] = ()
    methods: Sequence[str] = ()
    equations: Markup = NOTHING
    parameters: Markup = NOTHING
    software: str = ""
    assumptions: Sequence[str] = ()
    limits: Sequence[str] = ()
    references: Sequence[Reference] = ()
    bibtex: str = ""
    again: Sequence[str] = ()
    files: Sequence[tuple[str, str]] = field(default=())
    made: str = ""


def whole_page(story: Story) -> str:
    """The page; it asks no other computer for anything, and only its own script may run."""
    live = any(one.curves is not None for one in story.figures)
    scripts = _scripts() if live else ""
    figures = Markup("").join(_figure(one, k) for k, one in enumerate(story.figures, 1))
    there = {"figures": bool(figures), "result": bool(story.result), "tables": bool(story.tables)}
    style = STYLE + (_static("uPlot.min.css") if live else "")
    return render(
        PAGE, scripts=_allowed(scripts), s=story, more_style=Markup(style), figures=figures, script=Markup(scripts),
        contents=[one for one in SECTIONS if there.get(one[0], True)],
        coded_bibtex=base64.b64encode(story.bibtex.encode()).decode(),
    )  # fmt: skip


def _figure(one: Shown, number: int) -> Markup:
    images = Markup("").join(
        Markup('<img alt="{}" src="data:{};base64,{}">').format(
            shown(f"part {k}" if k else one.said), KINDS[one.kind], base64.b64encode(content).decode())
        for k, content in enumerate((one.content, *one.parts))
    )  # fmt: skip
    still = Markup('<div class="still">{}</div>').format(images)
    caption = Markup("<figcaption><strong>Figure {}.</strong> {}</figcaption>").format(number, shown(one.caption))
    if one.curves is None:
        return Markup("<figure>{}{}</figure>").format(still if one.content else "", caption)
    return Markup('<figure class="curves" id="figure-{}">{}{}{}{}</figure>').format(
        number, curves_html(one.curves, number), still, caption, curves_table(one.curves))  # fmt: skip


@cache
def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


@cache
def _scripts() -> str:
    return f"{_static('uPlot.iife.min.js')}\n{_static('curves.js')}"


def _allowed(scripts: str) -> str:
    """Of scripts the browser may run the one whose checksum stands here."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(scripts.encode()).digest()).decode()}'" if scripts else "'none'"
