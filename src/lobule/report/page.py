"""What all HTML pages share: colours for light and dark, style on screen and paper, tables, pictures in the page.

A page needs no other file and asks no other computer for anything. Its colours are variables, so that it follows the
reader's light or dark; on paper it is always light.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jinja2
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from lobule.report.style import NotDrawn, picture_bytes, shown

LIGHT = """color-scheme: light; --paper: #fff; --ink: #222; --soft: #555; --faint: #ddd; --link: #00558a;
  --good: #00629b; --bad: #a33f00; --box: #f2f7fb; --badbox: #fdf1ea;"""
DARK = """color-scheme: dark; --paper: #14181c; --ink: #e6e8ea; --soft: #b3bac0; --faint: #3d444b; --link: #8ac8f5;
  --good: #8ac8f5; --bad: #ffab73; --box: #1c2730; --badbox: #33241a;"""
STYLE = f"""
:root {{ {LIGHT} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2em auto; padding: 0 1em;
  color: var(--ink); background: var(--paper); }}
a {{ color: var(--link); }} h1, h2, h3, p, li, td, th {{ overflow-wrap: break-word; }}
table {{ border-collapse: collapse; font-size: 13px; margin: 1em 0; }}
th, td {{ border-bottom: 1px solid var(--faint); padding: 3px 9px; text-align: left; vertical-align: top; }}
td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
svg {{ max-width: 100%; height: auto; background: #fff; }} figure {{ margin: 1em 0; }}
caption {{ text-align: left; color: var(--soft); padding-bottom: 3px; }}
caption strong {{ color: var(--ink); }} pre {{ font-size: 12px; margin: 0; white-space: pre-wrap; }}
.note {{ color: var(--soft); font-size: 13px; }} .lead {{ font-size: 17px; margin: 0.4em 0; }}
.wide {{ overflow-x: auto; }} .wrong {{ color: var(--bad); }} .right {{ color: var(--good); }}
@page {{ size: A4; margin: 14mm; }}
@media print {{
  body {{ font-size: 9.5pt; line-height: 1.35; max-width: none; margin: 0; padding: 0; color: #000; }}
  h1 {{ font-size: 16pt; }} h2 {{ font-size: 12pt; margin: 1em 0 0.3em; }} .lead {{ font-size: 11pt; }}
  table {{ font-size: 8.5pt; margin: 0.4em 0; }} th, td {{ padding: 1px 6px; }}
  caption, figcaption, .note {{ font-size: 8.5pt; }}
  .screen {{ display: none; }} .wide {{ overflow: visible; }} a {{ color: inherit; text-decoration: none; }}
  figure, tr, .box, .use {{ break-inside: avoid; }} h2, h3, caption {{ break-after: avoid; }}
  thead {{ display: table-header-group; }}
}}
"""
HEAD = """<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
script-src {scripts}">
<meta name="viewport" content="width=device-width, initial-scale=1">"""


def render(template: str, *, scripts: str = "'unsafe-inline'", **values: Any) -> str:
    """A page from its template; every text is escaped, without what cannot be shown.

    A template finds `{{ style }}`, the style of all pages, `{{ head }}`, what stands first in each head, and
    `figure(drawn, caption)`.

    Parameters
    ----------
    scripts : those that may run, as a Content-Security-Policy names them
    """
    page = jinja2.Environment(autoescape=True, finalize=_showable).from_string(template)
    return page.render(style=Markup(STYLE), head=Markup(HEAD.format(scripts=scripts)), figure=figure, **values)


def _showable(value: Any) -> Any:
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def table_html(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as an HTML table, escaped; columns without any value are left out."""
    columns = [c for c in rows[0] if any(r[c] not in (None, "") for r in rows)]
    head = "".join(f'<th scope="col"{_numeric(rows[0][c])}>{escape(str(c).replace("_", " "))}</th>' for c in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{_numeric(r[c])}>{escape(_text(r[c]))}</td>" for c in columns) + "</tr>" for r in rows
    )
    return Markup(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def _numeric(value: Any) -> str:
    return ' class="n"' if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "-" if not math.isfinite(value) else f"{value:.3g}"
    return str(value)


def svg(draw: Callable[..., Figure | None], *arguments: Any) -> Any:
    """What `draw(*arguments)` gives, to stand in a page; where it cannot be drawn, a sentence that says so."""
    try:
        text = picture_bytes(lambda: draw(*arguments), "svg").decode()
    except NotDrawn as error:
        return Markup('<p class="wrong">{}</p>').format(str(error))
    return Markup(text[text.find("<svg") :] if text else "")


def figure(drawn: Any, caption: str) -> Any:
    """A picture as `svg` gives it, with what it shows below it and for who does not see it; nothing without one."""
    if not drawn:
        return Markup("")
    return Markup('<figure><div role="img" aria-label="{}">{}</div><figcaption class="note">{}</figcaption>'
                  "</figure>").format(caption, drawn, caption)  # fmt: skip
