"""A tissue on one page that needs no other file: sections that play, treated beside untreated, and their numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from lobule.report.page import render, table_html

PAGE = """<!doctype html><html lang="en"><head>{{ head }}<title>{{ title }}</title>
<style>{{ style }}
.arms { display: flex; gap: 12px; flex-wrap: wrap; } .arms figure { flex: 1 1 420px; margin: 0; }
.arms img { width: 100%; height: auto; display: block; background: #eee; }
.play { display: flex; gap: 14px; align-items: center; margin: 0.8em 0; flex-wrap: wrap; }
.play input[type=range] { flex: 1 1 240px; } button, select { font: inherit; padding: 4px 12px; }
@media print { .play { display: none; } }
</style></head><body><main><h1>{{ title }}</h1><p class="lead">{{ said }}</p>
<div class="play"><button id="go" type="button" aria-pressed="false">Play</button>
<label>Stain <select id="stain">{% for key, name in stains %}<option value="{{ key }}">{{ name }}</option>{% endfor %}
</select></label>
<label for="at">Time</label><input id="at" type="range" min="0" max="{{ last }}" step="1" value="{{ last }}">
<output id="day" for="at" aria-live="polite"></output></div>
<div class="arms">{% for arm in arms %}<figure><img id="p{{ loop.index0 }}" alt="">
<figcaption class="note"><strong>{{ arm }}</strong> <span id="c{{ loop.index0 }}"></span></figcaption></figure>
{% endfor %}</div>
<p class="note">{{ legend }}</p>
<h2>What a pathologist would count</h2><div class="wide">{{ pathology }}</div>
<h2>By zone, on the last day</h2><div class="wide">{{ zones }}</div>
<h2>What this is</h2>{% for line in limits %}<p class="note">{{ line }}</p>{% endfor %}
</main><script>
const F={{ frames }}, A={{ arm_count }}, D={{ days }};
const at=document.getElementById('at'), st=document.getElementById('stain'), go=document.getElementById('go');
function show(){const i=+at.value;document.getElementById('day').textContent='day '+D[i];
 for(let a=0;a<A;a++){const f=F[a][i];const p=document.getElementById('p'+a);p.src=f.pictures[st.value];p.alt=f.words;
 document.getElementById('c'+a).textContent=f.words;}}
let timer=null;
function stop(){clearInterval(timer);timer=null;go.textContent='Play';go.setAttribute('aria-pressed','false');}
go.onclick=()=>{if(timer){stop();return;}go.textContent='Pause';go.setAttribute('aria-pressed','true');
 timer=setInterval(()=>{at.value=(+at.value+1)%D.length;show();},900);};
at.oninput=()=>{stop();show();};st.onchange=show;show();
</script></body></html>
"""


def tissue_page(
    title: str,
    said: str,
    arms: Sequence[str],
    days: Sequence[float],
    stains: Mapping[str, str],
    frames: Sequence[Sequence[Mapping[str, Any]]],
    tables: tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]],
    legend: str,
    limits: Sequence[str],
) -> str:
    """The page.

    Parameters
    ----------
    arms, days : names and times, the columns and rows of `frames`
    stains : {key: name}
    frames : of each arm and day {"pictures": {stain: data URL}, "words": what it shows}
    tables : rows of the pathologist's numbers, and of the zones
    """
    plain = json.dumps(frames).replace("</", "<\\/")
    return render(
        PAGE,
        title=title,
        said=said,
        arms=arms,
        arm_count=len(arms),
        days=Markup(json.dumps(list(days))),
        last=len(days) - 1,
        stains=list(stains.items()),
        frames=Markup(plain),
        pathology=table_html(tables[0]),
        zones=table_html(tables[1]),
        legend=legend,
        limits=limits,
    )
