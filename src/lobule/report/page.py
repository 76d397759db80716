"""What all HTML pages share: colours, style, tables, pictures that stand in the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jinja2
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from lobule.report.style import NotDrawn, picture_bytes

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; font-size: 13px; margin: 1em 0; }
th, td { border-bottom: 1px solid #ddd; padding: 3px 9px; text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; } pre { font-size: 12px; margin: 0; }
.note { color: #555; font-size: 13px; } .lead { font-size: 17px; margin: 0.4em 0; } .wide { overflow-x: auto; }
.wrong { color: #D55E00; } .right { color: #0072B2; }
"""


def render(template: str, **values: Any) -> str:
    """A page from its template; every text is escaped, `{{ style }}` is the style of all pages."""
    return jinja2.Environment(autoescape=True).from_string(template).render(style=Markup(STYLE), **values)


def table_html(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as an HTML table, escaped; columns without any value are left out."""
    columns = [c for c in rows[0] if any(r[c] not in (None, "") for r in rows)]
    head = "".join(f"<th{_numeric(rows[0][c])}>{escape(str(c).replace('_', ' '))}</th>" for c in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{_numeric(r[c])}>{escape(_text(r[c]))}</td>" for c in columns) + "</tr>" for r in rows
    )
    return Markup(f"<table><tr>{head}</tr>{body}</table>")


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
