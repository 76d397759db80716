"""Tables of a report: numbers are rounded for the eye and stand whole behind it; wide ones are told in blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from lobule.report.scale import written
from lobule.report.style import shown

if TYPE_CHECKING:
    import pandas as pd

ROWS, FEWER, MANY, LARGE = 60, 30, 10, 300  # rows that a page shows all of; else so many; few of what is a record
WIDEST = 24  # columns of a table of many rows that is shown
KEY = 3  # columns at most that tell rows apart
BLOCK = 9  # columns beside each other; what is wider goes on below, each block with the first column again
LONG = 24  # letters of a word that is cut
SHORT = 12  # rows of a table that no page is to cut
ALONE = 8  # columns of one row, beyond which they are listed
DIGITS = ".4g"


def table_of(frame: pd.DataFrame, name: str, about: str, file: str = "") -> Markup:
    """A table with its caption, escaped; columns without any value are left out, and of a wide one those that say the
    same in every row stand in the caption.

    Parameters
    ----------
    name : heading of the table
    file : of the folder, that holds all rows and columns; "" where there is none
    """
    kept = frame.dropna(axis="columns", how="all")
    kept = kept[[c for c in kept if not (kept[c].astype(object) == "").all()]] if len(kept) else kept
    if not len(kept) or not len(kept.columns):
        return Markup('<p class="note">{}: no row.</p>').format(shown(name))
    if len(kept) == 1 and len(kept.columns) > ALONE:
        kept = _upright(kept)
    if is_raw(kept):
        size = f"{len(kept)} rows and {len(kept.columns)} columns{f', in {file}' if file else ''}"
        return Markup('<p class="note"><strong>{}</strong>. {}: {}</p>').format(shown(name), shown(about), size)
    if len(kept) > 1 and len(kept.columns) > ALONE:
        kept, same = _without_same(kept)
        about = f"{about}{'; ' if about and same else ''}{same}"
    head = kept if len(kept) <= ROWS else kept.head(MANY if len(kept) > LARGE else FEWER)
    more = len(kept) - len(head)
    told = f"{more} more rows, in {file}" if more and file else f"{more} more rows" if more else ""
    parts = [_block(block, name if not k else f"{name}, further columns", about if not k else "")
             for k, block in enumerate(_blocks(head))]  # fmt: skip
    return Markup("").join(parts) + (Markup('<p class="note">and {}</p>').format(told) if told else Markup(""))


def rows_table(rows: Sequence[Mapping[str, Any]], name: str) -> Markup:
    """Rows with a heading, as `table_of` shows them; nothing where there is none."""
    import pandas as pd

    return table_of(pd.DataFrame(list(rows)), name, "") if rows else Markup("")


def is_raw(frame: pd.DataFrame) -> bool:
    """Too many rows of too many columns to be read: a record, of which a page tells the size."""
    return len(frame) > MANY and len(frame.columns) > WIDEST


def _without_same(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Without the columns that hold one value, and what these are."""
    alike = [c for c in frame if not frame[c].isna().any() and frame[c].astype(str).nunique() == 1]
    alike = [c for c in alike if not isinstance(frame[c].iloc[0], Markup)]
    told = ", ".join(f"{written(str(c))} {_text(frame[c].iloc[0])}" for c in alike)
    return frame.drop(columns=alike), f"in every row: {told}" if told else ""


def _upright(frame: pd.DataFrame) -> pd.DataFrame:
    """A single row, read from top to bottom, as it may have fifty columns."""
    import pandas as pd

    return pd.DataFrame({"": [written(str(c)) for c in frame], "value": pd.Series(list(frame.iloc[0]), dtype=object)})


def _blocks(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Columns that fit beside each other; each block begins with what tells its rows apart."""
    columns = list(frame.columns)
    if len(columns) <= BLOCK:
        return [frame]
    key = next((k for k in range(1, KEY + 1) if not frame[columns[:k]].astype(str).duplicated().any()), 0)
    if not key:
        numbered = frame.copy()
        numbered.insert(0, "row", range(1, len(frame) + 1))
        frame, columns, key = numbered, ["row", *columns], 1
    first, rest = columns[:key], columns[key:]
    count = -(-len(rest) // (BLOCK - key))
    size = -(-len(rest) // count)
    return [frame[[*first, *rest[k : k + size]]] for k in range(0, len(rest), size)]


def _block(frame: pd.DataFrame, name: str, about: str) -> Markup:
    numeric = [all(_is_number(v) or _is_missing(v) for v in frame[c]) for c in frame]
    side = [Markup(' class="n"') if n else Markup("") for n in numeric]
    heads = Markup("").join(Markup('<th scope="col"{}>{}</th>').format(a, shown(written(str(c))))
                            for a, c in zip(side, frame, strict=True))  # fmt: skip
    rows = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(
            Markup("<td{}>{}</td>").format(_side(v), cell(v)) for v in row))
        for row in frame.astype(object).itertuples(index=False, name=None)
    )  # fmt: skip
    caption = Markup("<strong>{}</strong>").format(shown(name)) + (f". {shown(about)}" if about else "")
    size = " short" if len(frame) <= SHORT else ""  # stays on one page
    return Markup('<div class="wide{}" role="group" tabindex="0" aria-label="{}"><table><caption>{}</caption>'
                  "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>").format(
        size, shown(name), caption, heads, rows)  # fmt: skip


def _side(value: Any) -> Markup:
    """Numbers stand at the right; a word that is longer than a column may be cut anywhere, a name at its lines."""
    if _is_number(value):
        return Markup(' class="n"')
    long = not isinstance(value, Markup) and any(len(word) > LONG for word in re.split(r"[\s_]", str(value)))
    return Markup(' class="t"') if long else Markup("")


def cell(value: Any, digits: str = DIGITS) -> Markup | str:
    """What stands in a cell: a number rounded, with all its digits behind it; a text; nothing where there is none."""
    if isinstance(value, Markup):
        return value
    if _is_missing(value):
        return ""
    if isinstance(value, str) and len(value) > LONG and "_" in value:
        return Markup("_<wbr>").join(shown(value).split("_"))
    if _is_number(value):
        return Markup('<data value="{}">{}</data>').format(_whole(value), _text(value, digits))
    return _text(value)


def _whole(value: Any) -> str:
    """A number with all its digits."""
    return repr(value.item() if hasattr(value, "item") else value)


def _text(value: Any, digits: str = DIGITS) -> str:
    if type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "no"
    if not _is_number(value):
        return shown(str(value))
    whole = _whole(value)
    return format(float(value), digits) if "." in whole or "e" in whole or "inf" in whole else whole


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)


def _is_number(value: Any) -> bool:
    plain = value.item() if hasattr(value, "item") else value
    return isinstance(plain, (int, float)) and not isinstance(plain, bool)
