"""Dataset-JSON 1.1: a table as a text that any language reads, dates in ISO 8601."""

from __future__ import annotations

import json
import math
from datetime import datetime
from importlib.metadata import version
from typing import Any

from lobule.cdisc.calendar import iso
from lobule.cdisc.metadata import Variable
from lobule.cdisc.tables import Table

VERSION = "1.1.0"
TYPES = {"text": "string", "integer": "integer", "float": "double", "date": "date", "iso": "string"}


def dataset_json(table: Table, study: str, written: datetime) -> str:
    """A table as the text of a Dataset-JSON file, beside the define.xml that says what its names mean."""
    name, keys = table.dataset.name, table.dataset.key_variables
    columns = [_column(one, table, keys) for one in table.variables]
    rows = list(zip(*(_cells(table, one) for one in table.variables), strict=True))
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


def _cells(table: Table, one: Variable) -> list[Any]:
    """Values of a variable; None where there is none."""
    column = table.frame[one.name]
    if one.type in ("text", "iso"):
        return column.tolist()
    if one.type == "date":
        return [text or None for text in iso(column.to_numpy("datetime64[D]"))]
    number = int if one.type == "integer" else float
    return [None if math.isnan(value) else number(value) for value in column.tolist()]
