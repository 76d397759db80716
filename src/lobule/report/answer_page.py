"""An answer as one HTML page that needs no other file: words, pictures, tables."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lobule.report.page import render, table_html
from lobule.report.records import records

if TYPE_CHECKING:
    import pandas as pd

ROWS = 200  # of a table, that the page shows
WIDE = 8  # columns of one row, beyond which they are listed

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>{{ style }} img { max-width: 100%; }</style></head><body>
<h1>{{ title }}</h1><p class="lead">{{ said }}</p>
{% for content, caption in pictures %}<figure><img alt="{{ caption }}" src="data:image/png;base64,{{ content }}">
<figcaption class="note">{{ caption }}</figcaption></figure>{% endfor %}
{% for table in tables %}<h2>{{ table.name }}</h2><p class="note">{{ table.about }}</p>
<div class="wide">{{ table.html }}</div>
{% if table.more %}<p class="note">and {{ table.more }} more rows, in {{ table.name }}.csv</p>{% endif %}{% endfor %}
<p class="note">{{ use }}</p></body></html>
"""


def answer_page(
    title: str,
    said: str,
    pictures: Sequence[tuple[bytes, str]],
    tables: Sequence[tuple[str, str, pd.DataFrame]],
    use: str,
) -> str:
    """The page.

    Parameters
    ----------
    pictures : content of a PNG, caption
    tables : name of the file, what it holds, the table; 200 rows of it are shown
    use : what the results are meant for
    """
    shown = [
        {
            "name": name,
            "about": about,
            "html": table_html(_rows(table)) if len(table) else "",
            "more": max(len(table) - ROWS, 0),
        }
        for name, about, table in tables
    ]
    coded = [(base64.b64encode(content).decode(), caption) for content, caption in pictures]
    return render(PAGE, title=title, said=said, pictures=coded, tables=shown, use=use)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The head of a table; one of a single row is read from top to bottom, as it may have fifty columns."""
    rows = records(table.head(ROWS))
    if len(rows) > 1 or len(table.columns) <= WIDE:
        return rows
    return [{"": name.replace("_", " "), "value": value} for name, value in rows[0].items()]
