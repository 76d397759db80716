"""What a notebook shows of an object: a heading, a paragraph, a picture, the head of a table; no script, no address."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ROWS = 12  # of a table, that a card shows


def card(
    title: str,
    said: str = "",
    table: pd.DataFrame | None = None,
    facts: Mapping[str, Any] | None = None,
    draw: Callable[[], Figure | None] | None = None,
) -> str:
    """A short piece of HTML; every text is escaped.

    Parameters
    ----------
    title, said : heading and paragraph
    table : whose first rows are shown
    draw : a picture; what is said stands for it where nobody sees it, and one that cannot be drawn is left out
    facts : names and values, listed one below the other; those that are None, False or empty are left out

    >>> card("A mouse", facts={"weight": "25 g", "sex": None})
    '<div><b>A mouse</b><table><tr><th style="text-align:left">weight</th><td>25 g</td></tr></table></div>'
    """
    parts = [f"<b>{html.escape(title)}</b>"]
    if said:
        parts.append(f"<p>{html.escape(said)}</p>")
    rows = [
        f'<tr><th style="text-align:left">{html.escape(name)}</th><td>{html.escape(_text(value))}</td></tr>'
        for name, value in (facts or {}).items()
        if value is not None and value is not False and value not in ("", [], (), {})
    ]
    if rows:
        parts.append(f"<table>{''.join(rows)}</table>")
    if draw is not None:
        parts.append(_picture(draw, said or title))
    if table is not None and not table.empty:
        shown = table.head(ROWS)
        parts.append(shown.to_html(index=False, border=0, float_format=lambda v: f"{v:.4g}", na_rep=""))
        if len(table) > ROWS:
            parts.append(f"<p>and {len(table) - ROWS} more rows</p>")
    return f"<div>{''.join(parts)}</div>"


def _picture(draw: Callable[[], Figure | None], said: str) -> str:
    from lobule.report.style import NotDrawn, picture_bytes

    try:
        content = picture_bytes(draw, "png")
    except NotDrawn:
        return ""
    coded = base64.b64encode(content).decode()
    shown = f'<img alt="{html.escape(said)}" style="max-width:100%" src="data:image/png;base64,{coded}">'
    return shown if content else ""


def _text(value: Any) -> str:
    """A value as it is read, not as Python writes it.

    >>> _text(["antiviral", "diuretic"]), _text(25.0), _text({"albumin": 30.0})
    ('antiviral, diuretic', '25', 'albumin 30')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
