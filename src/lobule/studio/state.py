"""The state of a page is a scenario, and nothing else: as plain data, as the text of a file, as the query of a link."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lobule.errors import InputError, shown
from lobule.files.scenario import Scenario, scenario_from
from lobule.therapy import products
from lobule.yaml_files import parse, yaml_text

Field = tuple[str | int, ...]
NAME = "the page"
MOST_QUERY = 8000  # characters of a link
MOST_PARTS = 20  # of a plan
MOST_ENTRIES = 1000  # of a list that a page changes


@dataclass(frozen=True)
class State:
    """What a page shows.

    Attributes
    ----------
    data : what a scenario file holds, as plain data: text, numbers, truth values, lists, groups by name
    """

    data: Mapping[str, Any]

    @classmethod
    def of_yaml(cls, text: str | bytes) -> State:
        """The content of a scenario file; raises InputError where it is no YAML."""
        return cls(parse(text, NAME, "a scenario", "subject, plan and until").data)

    @classmethod
    def of_query(cls, query: str) -> State:
        """The query of a link; raises InputError where it names no state."""
        if len(query) > MOST_QUERY:
            raise InputError(f"a link of more than {MOST_QUERY} characters holds no state")
        data: dict[str, Any] = {}
        for name, text in parse_qsl(query, keep_blank_values=True):
            _put(data, _keys(name), _value(text))
        return cls(data)

    def yaml(self) -> str:
        """The text of a scenario file, which `lobule run` reads."""
        return yaml_text(self.data)

    def query(self) -> str:
        """The query of a link that holds all of it."""
        return urlencode([(".".join(map(str, field)), _text(value)) for field, value in _leaves(self.data, ())])

    @cached_property
    def digest(self) -> str:
        """The same for the same state."""
        return hashlib.sha256(json.dumps(self.data, sort_keys=True).encode()).hexdigest()

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario, checked.

        Raises
        ------
        InputError : all that is wrong, each with its field.
        """
        for i, part in enumerate(self.parts):
            product = part.get("product")
            if isinstance(product, str) and ("/" in product or "\\" in product or product.endswith((".yaml", ".yml"))):
                text = f"a page opens no files of this machine; {shown(product)} is no product of the library"
                raise InputError(text, ["plan", i, "product"])
        return scenario_from(self.yaml(), NAME)

    @property
    def parts(self) -> list[Mapping[str, Any]]:
        """The parts of the plan."""
        plan = self.data.get("plan") or []
        return [part for part in ([plan] if isinstance(plan, Mapping) else plan) if isinstance(part, Mapping)]

    def get(self, *field: str | int, default: Any = None) -> Any:
        """What stands in a field; `default` where nothing does."""
        node: Any = self.data
        for key in field:
            if isinstance(key, int):
                node = [node] if isinstance(node, Mapping) else node
                if not isinstance(node, list) or not 0 <= key < len(node):
                    return default
            elif not isinstance(node, Mapping) or key not in node:
                return default
            node = node[key]
        return node

    def having(self, *changes: tuple[Field, Any]) -> State:
        """The same with other values in some fields; None takes a field out."""
        data = deepcopy(dict(self.data))
        if isinstance(data.get("plan"), dict):
            data["plan"] = [data["plan"]]
        for field, value in changes:
            _put(data, field, value, MOST_ENTRIES)
        return State(data)


def library(name: Any) -> bool:
    """Whether a product is one of the library."""
    return isinstance(name, str) and name in products


def _put(data: dict[str, Any], field: Field, value: Any, most: int = MOST_PARTS) -> None:
    """Put a value into a field, or take it out where it is None; groups and lists on the way are made, of at most so
    many entries."""
    node: Any = data
    told = shown(".".join(map(str, field)))
    for key, following in pairwise(field):
        _check(node, key, told, most)
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(key, int) and key == len(node):
            node.append(empty)
        elif isinstance(key, str):
            node.setdefault(key, empty)
        node = node[key]
    last = field[-1]
    _check(node, last, told, most)
    if value is None:
        if isinstance(node, list):
            del node[int(last) : int(last) + 1]
        else:
            node.pop(last, None)
    elif isinstance(last, int) and last == len(node):
        node.append(value)
    else:
        node[last] = value


def _check(node: Any, key: str | int, told: str, most: int) -> None:
    """A list has numbered entries, a group has names."""
    if not isinstance(node, list if isinstance(key, int) else dict):
        raise InputError(f"{told} is no field of a scenario")
    if isinstance(key, int) and (key > len(node) or key >= most):
        raise InputError(f"{told}: the list has {len(node)} entries")


def _leaves(value: Any, at: Field) -> Iterator[tuple[Field, Any]]:
    """Every single value with its field; what a dotted name cannot say is a value as a whole."""
    if isinstance(value, Mapping) and value and all(re.fullmatch(r"[A-Za-z_]\w*", key) for key in value):
        for key, one in value.items():
            yield from _leaves(one, (*at, key))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value) and len(value) <= MOST_PARTS:
        for i, one in enumerate(value):
            yield from _leaves(one, (*at, i))
    else:
        yield at, value


def _keys(name: str) -> Field:
    return tuple(int(key) if re.fullmatch(r"[0-9]{1,4}", key) else key for key in name.split("."))


def _text(value: Any) -> str:
    """A value in a link: a text as it is where that reads as itself, anything else as JSON."""
    return value if isinstance(value, str) and _value(value) == value else json.dumps(value, ensure_ascii=False)


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, float) and not math.isfinite(value) else value
