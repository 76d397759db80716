"""Causes of injury in animals: each is one small file in `injuries/`, so that a stranger can add one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from lobule.errors import InputError, nearest

FOLDER = Path(__file__).parent / "injuries"


@dataclass(frozen=True)
class Injury:
    """What is given, into which state of the model, and the usual schedule."""

    name: str
    title: str
    target: str
    unit_kind: str
    dose: str
    every: str
    source: str
    grade: str
    note: str


@cache
def injuries() -> dict[str, Injury]:
    """All injuries by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        injury = Injury(**YAML(typ="safe").load(path))
        found[injury.name] = injury
    return found


def injury(name: str) -> Injury:
    """One injury; raises InputError naming the nearest for an unknown one."""
    if name not in injuries():
        raise InputError(f'no injury "{name}". {nearest(name, injuries())}')
    return injuries()[name]
