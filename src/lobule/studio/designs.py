"""Designs of trials as a page has them: those that come with lobule as plain data, checked without opening a file."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from lobule.errors import InputError, nearest
from lobule.files.design import Design
from lobule.files.design_file import FIELDS, WHAT, design_from
from lobule.studio.state import Field, State
from lobule.trial.asked import check_sizes, numbers_of, one_question, wanted_power
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
    """With plans as lists of their parts, so that a part has one place, and days of the calendar as text."""
    data = _written(data)
    arms = [
        {**arm, "plan": [arm["plan"]]} if isinstance(arm, dict) and isinstance(arm.get("plan"), dict) else arm
        for arm in data.get("arms") or []
        if isinstance(data.get("arms"), list)
    ]
    return State({**data, "arms": arms} if arms else data)


def _written(value: Any) -> Any:
    """Plain data as `yaml_text` writes it: YAML reads a day as a date."""
    if isinstance(value, dict):
        return {key: _written(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_written(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def checked(state: State) -> Design:
    """The design; raises InputError with all that is wrong, each with its field."""
    return design_from(state.yaml(), NAME)


def asked_of_size(design: Design | None, power: Any, sizes: Any) -> list[str]:
    """Options of the command for a wanted power, or for the power of some sizes; of no design both are read alone.

    Raises
    ------
    InputError : as the command line says it.
    """
    wanted, numbers = (float(power) if power else None), numbers_of(sizes)
    one_question(wanted, numbers)
    if design is not None and wanted is not None:
        wanted_power(design, wanted)
    if design is not None and numbers:
        check_sizes(design, numbers)
    if wanted is not None:
        return ["--power", str(power)]
    return ["--sizes", ", ".join(map(str, numbers))] if numbers else []


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
