"""Designs of trials as a page has them: those that come with lobule as plain data, checked without opening a file."""

from __future__ import annotations

from functools import cache
from typing import Any

from lobule.errors import InputError, nearest
from lobule.files.design_file import FIELDS, WHAT, design_from
from lobule.studio.state import Field, State
from lobule.trial.shipped import shipped
from lobule.yaml_files import load, parse

NAME = "the page"


@cache
def titles() -> dict[str, str]:
    """{name: title} of the designs that come with lobule."""
    return {name: str(ready(name).get("title") or name) for name in shipped()}


def ready(name: str) -> State:
    """A design that comes with lobule; raises InputError where there is none of that name."""
    if name not in shipped():
        raise InputError(f"no design of that name comes with lobule. {nearest(name, shipped())}")
    return plain(load(shipped()[name], WHAT, FIELDS).data)


def of_text(text: str, name: str = NAME) -> State:
    """The text of a design; raises InputError where it is no YAML."""
    return plain(parse(text, name, WHAT, FIELDS).data)


def plain(data: Any) -> State:
    """With plans as lists of their parts, so that a part has one place."""
    arms = [
        {**arm, "plan": [arm["plan"]]} if isinstance(arm, dict) and isinstance(arm.get("plan"), dict) else arm
        for arm in data.get("arms") or []
        if isinstance(data.get("arms"), list)
    ]
    return State({**data, "arms": arms} if arms else data)


def checked(state: State) -> State:
    """The same; raises InputError with all that is wrong, each with its field."""
    design_from(state.yaml(), NAME)
    return state


def treated(state: State) -> Field | None:
    """The first part of the plan of the first arm that is given something; None where nobody is."""
    for i, arm in enumerate(state.get("arms") or []):
        for j, part in enumerate(arm.get("plan") or [] if isinstance(arm, dict) else []):
            if isinstance(part, dict) and "product" in part:
                return ("arms", i, "plan", j)
    return None


def arms(state: State) -> str:
    """The arms in words."""
    told = []
    for arm in state.get("arms") or []:
        if isinstance(arm, dict):
            share = f" ({arm['share']:.0%})" if isinstance(arm.get("share"), float) else ""
            told.append(f"{arm.get('name', 'an arm')}{share}")
    return " against ".join(told)


def endpoints(state: State) -> dict[str, str]:
    """{name: name} of the endpoints."""
    names = [one.get("name") for one in state.get("endpoints") or [] if isinstance(one, dict)]
    return {str(name): str(name) for name in names if name}
