"""YAML files of users: read with their lines, and what is wrong with them said in one sentence."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from lobule.errors import InputError

LARGEST_FILE = 1_000_000  # bytes
Field = tuple[Any, ...]
ModelOf = Callable[[Field], type[BaseModel]]


def load_mapping(path: Path, what: str, fields: str) -> CommentedMap:
    """Read a YAML mapping.

    Parameters
    ----------
    what, fields : for the message when it is none, such as "a scenario" and "subject, plan and until"

    Raises
    ------
    InputError : no file, not YAML, no mapping.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(f"{path.name} is larger than {LARGEST_FILE} bytes; {what} has a page or two")
    try:
        tree = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path.name}{line}: not valid YAML: {_said(error)}") from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: not a readable YAML file: {str(error).splitlines()[0]}") from error
    if not isinstance(tree, CommentedMap):
        raise InputError(f"{path.name}: {what} is a list of fields such as {fields}")
    return tree


def _said(error: YAMLError) -> str:
    """What the parser says, on one line."""
    return " ".join(str(getattr(error, "problem", None) or error).split())


def plain(node: Any) -> Any:
    """YAML node as plain Python data; pydantic then refuses what has the wrong type."""
    if isinstance(node, CommentedMap):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [plain(value) for value in node]
    return node


def line_of(tree: Any, field: Field) -> int:
    """Line of a field, or of the deepest of its parents that is in the file."""
    line, node = 1, tree
    for key in field:
        if isinstance(node, CommentedMap) and key in node:
            line, node = node.lc.key(key)[0] + 1, node[key]
        elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
            line, node = node.lc.item(key)[0] + 1, node[key]
        else:
            break
    return line


def sentence(
    path: Path,
    tree: CommentedMap,
    error: ValidationError,
    model_of: ModelOf,
    in_file: Callable[[CommentedMap, Field], Field] = lambda tree, field: field,
) -> str:
    """The first mistake of a file in one sentence.

    Parameters
    ----------
    model_of : gives the pydantic model of a section, by its field without numbers of lists
    in_file : gives a field as it stands in the file
    """
    first = error.errors()[0]
    if first["type"] == "missing":  # a misspelt field says more than the one that is missing for it
        here = [e for e in error.errors() if e["type"] == "extra_forbidden" and e["loc"][:-1] == first["loc"][:-1]]
        first = here[0] if here else first
    field = tuple(first["loc"])
    value = first.get("input")

    def section(of: Field) -> type[BaseModel]:
        return model_of(tuple(key for key in of if not isinstance(key, int)))

    kind, allowed = first["type"], sorted(section(field[:-1]).model_fields)
    meaning = _meaning(field, section(field[:-1]))
    if kind == "missing":
        text = f'the field "{field[-1]}" is missing; {meaning}'
    elif kind == "extra_forbidden":
        close = difflib.get_close_matches(str(field[-1]), allowed, n=1, cutoff=0.5)
        hint = f'Did you mean "{close[0]}"? ' if close else ""
        text = f'there is no field "{field[-1]}". {hint}Allowed: {", ".join(allowed)}'
    elif kind == "value_error":
        text = first["msg"].removeprefix("Value error, ")
    elif isinstance(value, (datetime.date, datetime.datetime)):
        text = f'"{value}" is a date; {meaning}'
    else:
        shown = f'"{value}"' if isinstance(value, (str, int, float, bool)) or value is None else "this"
        text = f"{shown}: {first['msg'][0].lower() + first['msg'][1:]}; {meaning}"
    field = in_file(tree, field)
    return f"{path.name}, line {line_of(tree, field)}, {'.'.join(map(str, field))}: {text}"


def _meaning(field: Field, model: type[BaseModel]) -> str:
    """What belongs into a field, from its description."""
    info = model.model_fields.get(str(field[-1]))
    if info is None:
        return "see the command's --help"
    example = f', such as "{info.examples[0]}"' if info.examples else ""
    return f"wanted: {info.description or 'a group of fields'}{example}"
