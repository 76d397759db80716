"""A tissue on one page that needs no other file: sections that play, treated beside untreated, and their numbers.

Under the pointer, or where the arrow keys have moved, every section tells its cell: kind, state, zone, lobule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from lobule.report.page import render, table_html

BAR = 200  # um, which the page says
SCRIPT = Path(__file__).parent / "static" / "tissue.js"
PAGE = """<!doctype html><html lang="en"><head>{{ head }}<title>{{ title }}</title>
<style>{{ style }}
body { max-width: 1500px; } h1 { font-size: 22px; margin: 0 0 6px; } .lead { font-size: 15px; }
.sheet { display: flex; gap: 20px; flex-wrap: wrap; align-items: flex-start; }
.arms { flex: 10 1 580px; display: flex; gap: 12px; flex-wrap: wrap; min-width: 0; }
.arm { flex: 1 1 300px; margin: 0; min-width: 0; } .cells { flex: 1 1 230px; } .cells table { margin: 0; }
.seen { position: relative; cursor: crosshair; } .seen img { width: 100%; height: auto; display: block;
  background: #eee; }
.ring { position: absolute; width: 18px; height: 18px; margin: -10px 0 0 -10px; border: 2px solid #000;
  outline: 2px solid #fff; border-radius: 50%; pointer-events: none; }
.told { min-height: 2.6em; margin: 4px 0 0; font-size: 14px; } .cells th[scope=row] { font-weight: 400; }
.bar { position: absolute; left: 12px; bottom: 10px; border-bottom: 3px solid #000; text-align: center; color: #000;
  font-size: 12px; line-height: 1.3; background: rgba(255, 255, 255, 0.75); pointer-events: none; }
.arm h2 { font-size: 15px; margin: 0 0 4px; }
.play { display: flex; gap: 14px; align-items: center; margin: 0.8em 0; flex-wrap: wrap; }
.play input[type=range] { flex: 1 1 240px; } button, select { font: inherit; padding: 4px 12px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media print { .play, .told, .ring { display: none; } }
</style></head><body><main><h1>{{ title }}</h1><p class="lead">{{ said }}</p>
<div class="play"><button id="go" type="button" aria-pressed="false">Play</button>
<label>Stain <select id="stain">{% for key, name in stains %}<option value="{{ key }}">{{ name }}</option>{% endfor %}
</select></label>
<label for="at">Time</label><input id="at" type="range" min="0" max="{{ last }}" step="1" value="{{ last }}">
<output id="day" for="at" aria-live="polite"></output></div>
<div class="sheet"><div class="arms">{% for arm in arms %}<figure class="arm" data-name="{{ arm }}"><h2>{{ arm }}</h2>
<div class="seen" tabindex="0" role="group" aria-label="{{ arm }}: arrow keys move from cell to cell, space plays">
<img alt=""><span class="bar" style="width: {{ bar }}%">200 µm</span><span class="ring" hidden></span></div>
<figcaption><p class="told" role="status"></p><p class="note words"></p></figcaption></figure>{% endfor %}</div>
<div class="cells"><table id="cells"><caption>Cells in these sections at this time</caption><thead><tr>
<th scope="col">cell</th>{% for arm in arms %}<th scope="col" class="n">{{ arm }}</th>{% endfor %}</tr></thead><tbody>
</tbody></table></div></div>
<p class="note">{{ legend }}</p>
<h2>What a pathologist would count</h2><div class="wide" tabindex="0" role="region"
aria-label="What a pathologist would count">{{ pathology }}</div>
<h2>By zone, on the last day</h2><div class="wide" tabindex="0" role="region" aria-label="By zone, on the last day">
{{ zones }}</div>
<h2>What this is</h2>{% for line in limits %}<p class="note">{{ line }}</p>{% endfor %}
</main><script type="application/json" id="sheet">{{ sheet }}</script><script>{{ script }}</script></body></html>
"""


@dataclass(frozen=True)
class Played:
    """What plays.

    Attributes
    ----------
    arms, days : names and times, the columns and rows of `frames`
    stains : {key: name}
    size : width and height of the window, um
    places : of the window, the same at all times: x, y, where, lobule, vein (`lobule.tissue.window.places_in`)
    states, kinds, where : words of their digits
    frames : of each arm and day {"pictures": {stain: data URL}, "words": what it shows, "states", "others"}
    """

    arms: Sequence[str]
    days: Sequence[float]
    stains: Mapping[str, str]
    size: tuple[float, float]
    places: Mapping[str, Any]
    states: Sequence[str]
    kinds: Sequence[str]
    where: Sequence[str]
    frames: Sequence[Sequence[Mapping[str, Any]]]


def tissue_page(
    title: str,
    said: str,
    played: Played,
    tables: tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]],
    legend: str,
    limits: Sequence[str],
) -> str:
    """The page.

    Parameters
    ----------
    tables : rows of the pathologist's numbers, and of the zones
    legend, limits : what the stains show, and what the pictures are
    """
    sheet = {name: getattr(played, name) for name in ("days", "size", "places", "states", "kinds", "where", "frames")}
    plain = json.dumps(sheet, separators=(",", ":")).replace("<", "\\u003c")
    return render(
        PAGE,
        title=title,
        said=said,
        arms=played.arms,
        last=len(played.days) - 1,
        bar=round(100 * BAR / played.size[0], 2),
        stains=list(played.stains.items()),
        sheet=Markup(plain),
        script=Markup(SCRIPT.read_text(encoding="utf-8")),
        pathology=table_html(tables[0]),
        zones=table_html(tables[1]),
        legend=legend,
        limits=limits,
    )
