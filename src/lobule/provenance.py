"""Where a number comes from: a parameter with its evidence and the equations it enters, or one row of evidence."""

from __future__ import annotations

import re
from typing import Any

from lobule.errors import InputError, nearest
from lobule.evidence import citation, fact, known_ids
from lobule.model.assemble import FOLDER, FRAGMENTS
from lobule.model.parameters import Parameter, parameter_table


def explain(identifier: str) -> dict[str, Any]:
    """Everything known about a parameter or a row of evidence.

    Raises
    ------
    InputError : neither a parameter nor an id of evidence; names the nearest.
    """
    table = parameter_table()
    if identifier in table:
        return _parameter(table[identifier])
    if identifier in known_ids():
        return _with_citation(fact(identifier)) | {"used_by": _users(identifier)}
    raise InputError(f'no parameter or evidence "{identifier}". {nearest(identifier, [*table, *known_ids()])}')


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "parameter": parameter.id,
        **{f"value_{species}": value for species, value in parameter.values.items()},
        "unit": parameter.unit,
        "range": f"{parameter.low:g} to {parameter.high:g}",
        "grade": parameter.grade,
        "note": parameter.note,
        "evidence": [_with_citation(fact(source)) for source in parameter.source],
        "equations": equations_with(parameter.id),
    }


def _with_citation(row: dict[str, str]) -> dict[str, str]:
    source = row.get("source_id", "")
    kept = {k: v for k, v in row.items() if v and k != "source_id"}
    return kept | ({"citation": citation(source)} if source else {})


def _users(identifier: str) -> list[str]:
    return [p.id for p in parameter_table().values() if identifier in p.source]


def equations_with(name: str) -> list[str]:
    """Every line of the fragments that uses a name, as "file, line: equation"."""
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    found = []
    for fragment in FRAGMENTS:
        text = (FOLDER / "fragments" / f"{fragment}.ant").read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), start=1):
            code = line.split("//")[0]
            if pattern.search(code):
                found.append(f"{fragment}.ant, line {number}: {code.strip()}")
    return found
