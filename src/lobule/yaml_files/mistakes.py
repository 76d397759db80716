"""What pydantic finds wrong with a file, in the words of the file."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from lobule.errors import InputError, nearest, shown
from lobule.yaml_files.tree import Field, Tree

EXPECTED = {
    "string_type": "text", "bool_type": "true or false", "list_type": "a list", "dict_type": "a group of fields",
    "model_type": "a group of fields", "model_attributes_type": "a group of fields", "int_type": "a whole number",
    "int_from_float": "a whole number", "float_type": "a number", "finite_number": "a finite number",
    "is_instance_of": "a group of fields",
}  # fmt: skip
BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
GIVEN = {bool: "a truth value", str: "text", int: "a number", float: "a number", list: "a list",
         dict: "a group of fields", datetime.date: "a date"}  # fmt: skip
SYNONYMS = {"freq": "every", "frequency": "every", "interval": "every", "doses": "n", "number": "n", "repeats": "n",
            "weight": "body_weight", "disease": "etiology"}  # fmt: skip
MOST = 200  # mistakes of one file that are looked at


def all_mistakes(error: ValidationError, model: type[BaseModel], tree: Tree) -> list[InputError]:
    """Every mistake of a file, one a field, each with its field and without its place."""
    rows = [(tuple(row["loc"]), row) for row in error.errors()[:MOST]]
    unknown = [loc for loc, row in rows if row["type"] == "extra_forbidden"]
    found: dict[tuple[Field, bool], InputError] = {}
    for loc, row in rows:
        missing = row["type"] == "missing"
        if missing and any(loc[:-1] == other[:-1] and _misspelt(str(other[-1]), str(loc[-1])) for other in unknown):
            continue  # a misspelt field says more than the one that is missing for it
        # what is not in the file is pydantic's name for one alternative of a union
        field = loc if missing else tree.known(loc)
        found.setdefault((field, missing), _mistake(row, field, model, tree))
    return list(found.values())


def _misspelt(given: str, wanted: str) -> bool:
    return SYNONYMS.get(given.lower()) == wanted or bool(difflib.get_close_matches(given, [wanted], cutoff=0.5))


def _mistake(row: Mapping[str, Any], field: Field, model: type[BaseModel], tree: Tree) -> InputError:
    kind, section = str(row["type"]), section_of(model, field[:-1])
    meaning = _meaning(field, section)
    if kind == "missing":
        text = f'the field "{field[-1]}" is missing{meaning}'
    elif kind == "extra_forbidden":
        text = _unknown(str(field[-1]), section)
    elif kind == "value_error":
        text = str(row["msg"]).removeprefix("Value error, ")
    else:
        text = f"{_wrong(kind, row, tree.written.get(tree.place(field)))}{meaning}"
    return InputError(text, field)


def section_of(model: type[BaseModel], field: Field) -> type[BaseModel]:
    """The model of the section that a field names, found along the annotations."""
    for key in field:
        info = model.model_fields.get(str(key))
        inside = _model_in(info.annotation) if info is not None else None
        model = inside or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)


def _unknown(name: str, section: type[BaseModel]) -> str:
    allowed = sorted(section.model_fields)
    meant = SYNONYMS.get(name.lower())
    if meant in allowed:
        return f'there is no field {shown(name)}. Did you mean "{meant}"? Known: {", ".join(allowed)}'
    return f"there is no field {shown(name)}. {nearest(name, allowed, 30)}"


def _wrong(kind: str, error: Mapping[str, Any], written: str | None) -> str:
    """What stands there and why it cannot."""
    value, context = error.get("input"), error.get("ctx", {})
    here = shown(value if written is None else written)
    if not isinstance(value, str):
        here = here.strip('"')
    if kind in EXPECTED:
        if value is None:
            return f"the field is empty, not {EXPECTED[kind]}"
        given = next((name for type_, name in GIVEN.items() if isinstance(value, type_)), "something else")
        return f"{here} is not finite" if kind == "finite_number" else _of_kind(here, given, EXPECTED[kind])
    bound = next((f"{words} {context[key]:g}" for key, words in BOUNDS.items() if key in context), None)
    if bound is not None:
        return f"{here} must be {bound}"
    if kind == "literal_error":
        return f"{here} is not one of {context['expected'].replace(chr(39), '')}"
    if kind == "string_too_long":
        return f"a text of {len(str(value))} characters; at most {context['max_length']}"
    if kind in ("too_short", "too_long"):
        end = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        return f"{context['actual_length']} entries; {end}"
    return f"{here}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _of_kind(here: str, given: str, wanted: str) -> str:
    if here.strip('"') == given:
        return f"{given}, not {wanted}"
    quoted = " in quotes" if given == "text" and wanted.endswith("number") and _numeric(here.strip('"')) else ""
    return f"{here} is {given}{quoted}, not {wanted}"


def _numeric(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _meaning(field: Field, section: type[BaseModel]) -> str:
    """What belongs into a field, from its description, where it has one."""
    name = next((str(key) for key in reversed(field) if not isinstance(key, int)), "")
    info = section.model_fields.get(name)
    if info is None or not info.description:
        return ""
    example = f", such as {_plain(info.examples[0])}" if info.examples else ""
    return f"; wanted: {info.description}{example}"


def _plain(example: Any) -> str:
    """An example as YAML writes it."""
    if isinstance(example, list):
        return f"[{', '.join(map(_plain, example))}]"
    if isinstance(example, dict):
        return f"{{{', '.join(f'{key}: {_plain(value)}' for key, value in example.items())}}}"
    return str(example).lower() if isinstance(example, bool) else str(example)
