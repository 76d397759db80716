"""All patients of a table on one page: who was read, a table to search and sort, a picture, what the numbers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from lobule.report.page import render
from lobule.report.patient_page import PEOPLE_STYLE
from lobule.report.style import shown

SCRIPT = """
const body = document.querySelector('#people tbody'), rows = [...body.rows], found = document.querySelector('#found');
document.querySelector('#search').addEventListener('input', event => {
  const wanted = event.target.value.toLowerCase();
  let n = 0;
  for (const row of rows) { row.hidden = !row.textContent.toLowerCase().includes(wanted); n += !row.hidden; }
  found.textContent = n + ' of ' + rows.length;
});
document.querySelectorAll('#people th .sort').forEach((button, k) => {
  const sort = () => {
    const head = button.parentElement, up = head.getAttribute('aria-sort') !== 'ascending';
    document.querySelectorAll('#people th').forEach(other => other.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const value = row => row.cells[k].dataset.value ?? row.cells[k].textContent;
    const compare = (a, b) => {
      const x = value(a), y = value(b);
      if (x === '' || y === '') return (x === '') - (y === '');
      return (up ? 1 : -1) * (isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y);
    };
    body.append(...rows.sort(compare));
  };
  button.addEventListener('click', sort);
  button.addEventListener('keydown', event => {
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); sort(); }
  });
});
"""
STYLE = """
#people td:last-child { min-width: 22em; } #people td:first-child { max-width: 14em; }
.sort { cursor: pointer;
  color: var(--link); text-align: inherit; text-decoration: underline; }
th[aria-sort=ascending] .sort::after { content: ' \\25b2'; }
th[aria-sort=descending] .sort::after { content: ' \\25bc'; } input { font: inherit; padding: 2px 6px; }
@page { size: A4 landscape; }
@media print { .sort { color: inherit; text-decoration: none; } figure { max-width: 190mm; }
  #people { font-size: 7pt; } #people th, #people td { padding: 1px 3px; } }
"""
PAGE = """<!doctype html><html lang="en"><head>{{ head }}<title>{{ title }}</title>
<style>{{ style }}{{ more_style }}</style></head><body><main>
<h1>{{ title }}</h1><p class="lead">{{ said }}</p><p class="use">{{ use }}</p>
<h2>Who was read</h2><ul>{% for one in read %}<li>{{ one }}</li>{% endfor %}</ul>
{% for head, sentences in lists %}{% if sentences %}<details{{ ' open' if sentences|length < 6 else '' }}>
<summary>{{ head }} ({{ sentences|length }})</summary>
<ul>{% for one in sentences %}<li>{{ one }}</li>{% endfor %}</ul></details>{% endif %}{% endfor %}
{% if picture %}<h2>The forecasts at a glance</h2><figure role="img" aria-label="{{ picture_said }}">{{ picture }}
<figcaption>{{ picture_said }}</figcaption></figure>{% endif %}
{% if plans %}<h2>Plans: standard care first</h2>{{ plans }}{% endif %}
<h2>Every patient</h2><p class="note">{{ pages_said }}</p>
<p class="screen"><label>Search <input id="search" type="search"></label> <span id="found" role="status"></span>
Press a heading to sort.</p>{{ people }}
<h2>What the numbers mean</h2><ul>{% for one in meaning %}<li>{{ one }}</li>{% endfor %}</ul>
<h2>Where this was checked</h2>{% for one in checked %}<p>{{ one }}</p>{% endfor %}
<p class="note">{{ made }}</p></main><script>{{ script }}</script></body></html>
"""


@dataclass(frozen=True)
class Cell:
    """text : shown; value : by which it is sorted, the text when None; link : to a page; alarming : stands out"""

    text: str
    value: float | None = None
    link: str = ""
    alarming: bool = False

    def html(self) -> Markup:
        """The cell, escaped."""
        inner = Markup("{}").format(shown(self.text))
        if self.link:
            inner = Markup('<a href="{}">{}</a>').format(self.link, inner)
        if self.alarming:
            inner = Markup('<b class="poor">{}</b>').format(inner)
        if self.value is None:
            return Markup("<td>{}</td>").format(inner)
        sorted_by = "" if self.value != self.value else f"{self.value:.6g}"
        return Markup('<td class="n" data-value="{}">{}</td>').format(sorted_by, inner)


def people_table(head: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str) -> Markup:
    """The table that the page's few lines of script search and sort; it is whole without them."""
    # No <button>: a browser repeats no heading with one on each printed page
    sort = Markup('<th scope="col"><span class="sort" role="button" tabindex="0">{}</span></th>')
    heads = Markup("").join(sort.format(h) for h in head)
    body = Markup("\n").join(Markup("<tr>{}</tr>").format(Markup("").join(c.html() for c in row)) for row in rows)
    return Markup('<div class="wide"><table id="people"><caption>{}</caption><thead><tr>{}</tr></thead>'
                  "<tbody>{}</tbody></table></div>").format(caption, heads, body)  # fmt: skip


def cohort_page(texts: Mapping[str, Any]) -> str:
    """The page.

    Parameters
    ----------
    texts : title, said, use, picture_said, pages_said, made: sentences; read, meaning, checked: lists of them; lists:
        pairs of a heading and sentences; plans: a table, or ""; picture: as `lobule.report.page.svg` gives it, or "";
        people: a table as `people_table` gives it
    """
    style = Markup(PEOPLE_STYLE + STYLE)
    return render(PAGE, more_style=style, script=Markup(SCRIPT), **texts)
