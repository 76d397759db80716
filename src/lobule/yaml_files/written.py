"""Plain data as the text of a YAML file, in the form in which people write scenarios and designs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# texts that YAML needs no quotes for: words, and a number with its unit
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/%.+-]*( [A-Za-z0-9_/%.+-]+)*|[0-9.]+(e[0-9]+)? [A-Za-z][A-Za-z0-9/%]*")
WORDS = {"true", "false", "null", "yes", "no", "on", "off"}  # that some reader of YAML takes for something else


def yaml_text(data: Mapping[str, Any]) -> str:
    """Text, numbers, truth values, lists and groups by name, as `parse` reads them back.

    >>> print(yaml_text({"plan": [{"product": "uc-msc-ev", "start": "21 d"}], "until": "63 d"}), end="")
    plan:
    - product: uc-msc-ev
      start: 21 d
    until: 63 d
    """
    return "".join(_lines(data, 0))


def _lines(data: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(f"{'  ' * depth}{_scalar(key)}:", value, depth)


def _entry(head: str, value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield f"{head}\n"
        yield from _lines(value, depth + 1)
    elif isinstance(value, list) and any(isinstance(one, Mapping) and one for one in value):
        yield f"{head}\n"
        for one in value:
            if not (isinstance(one, Mapping) and one):
                yield from _entry(f"{'  ' * depth}-", one, depth)
                continue
            first, *rest = _lines(one, depth + 1)
            yield f"{'  ' * depth}- {first.lstrip()}"
            yield from rest
    else:
        yield f"{head} {_flow(value)}\n"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """A value as YAML reads it back.

    >>> _scalar("21 d"), _scalar("a: b"), _scalar("no"), _scalar(25.0), _scalar(True)
    ('21 d', '"a: b"', '"no"', '25.0', 'true')
    """
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
