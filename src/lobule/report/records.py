"""Tables as plain data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data; a value that is missing becomes null, which JSON knows, instead of NaN."""
    return json.loads(table.to_json(orient="records", double_precision=15))
