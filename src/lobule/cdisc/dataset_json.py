"""Dataset-JSON 1.1: a table as a text that any language reads, dates in ISO 8601."""

from __future__ import annotations

import json
import math
from datetime import datetime
from importlib.metadata import version
from typing import Any

from lobule.cdisc.metadata import Variable
from lobule.cdisc.tables import Table

VERSION = "1.1.0"
TYPES = {"text": "string", "integer": "integer", "float": "double", "date": "date", "iso": "string"}


def dataset_json(table: Table, study: str, written: datetime) -> str:
    """A table as the text of a Dataset-JSON file, beside the define.xml that says what its names mean."""
    name, keys = table.dataset.name, table.dataset.key_variables
    columns = [_column(one, table, keys) for one in table.variables]
    kinds = [one.type for one in table.variables]
    rows = [[_cell(value, kind) for value, kind in zip(row, kinds, strict=True)]
            for row in table.frame.itertuples(index=False, name=None)]  # fmt: skip
    head = {
        "datasetJSONCreationDateTime": written.isoformat(timespec="seconds"), "datasetJSONVersion": VERSION,
        "fileOID": f"{study}.{name}", "originator": "lobule",
        "sourceSystem": {"name": "lobule", "version": version("lobule")}, "studyOID": f"STUDY.{study}",
        "metaDataVersionOID": f"MDV.{study}.{table.dataset.standard}", "metaDataRef": "define.xml",
        "itemGroupOID": f"IG.{name}", "records": len(table), "name": name, "label": table.dataset.label,
        "columns": columns, "rows": rows,
    }  # fmt: skip
    return json.dumps(head, allow_nan=False, separators=(",", ":")) + "\n"


def _column(one: Variable, table: Table, keys: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "itemOID": f"IT.{table.dataset.name}.{one.name}",
        "name": one.name,
        "label": one.label,
        "dataType": TYPES[one.type],
    }
    if one.type == "date":
        found |= {"targetDataType": "integer", "displayFormat": "DATE9."}
    elif not one.numeric:
        found["length"] = table.length(one.name)
    if one.name in keys:
        found["keySequence"] = keys.index(one.name) + 1
    return found


def _cell(value: Any, kind: str) -> Any:
    if kind in ("text", "iso"):
        return value
    if kind == "date":
        return None if value != value else value.strftime("%Y-%m-%d")
    if math.isnan(value):
        return None
    return int(value) if kind == "integer" else float(value)
