"""Lists of a design on a page: each entry with its fields, one more, one less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from lobule.studio.form import Form
from lobule.studio.state import Field, State


def entries(state: State, *field: str | int) -> list[Any]:
    """What stands in a list; nothing where it is none."""
    found = state.get(*field)
    return found if isinstance(found, list) else []


def named(state: State, *field: str | int) -> dict[str, str]:
    """{name: name} of the entries of a list that have one."""
    names = [one.get("name") for one in entries(state, *field) if isinstance(one, dict)]
    return {str(name): str(name) for name in names if name}


def rows(form: Form, field: Field, noun: str, each: Callable[[Field], Any], new: Callable[[], Any]) -> None:
    """Every entry of a list with its fields, a button to take it out, and one for another.

    Parameters
    ----------
    noun : what an entry is
    each : builds the fields of an entry
    new : gives another entry
    """
    here = entries(form.state, *field)
    for i in range(len(here)):
        with ui.element("div").classes("studio-row").props(f'role="group" aria-label="{noun} {i + 1}"'):
            each((*field, i))
            taken = ui.button("Take out", on_click=lambda i=i: form.change(*less(form.state, field, i)))
            taken.props(f'flat dense no-caps aria-label="Take out {noun} {i + 1}"')
    ui.button(f"Add {noun}", on_click=lambda: form.change(more(form.state, field, new()))).props("flat dense no-caps")


def more(state: State, field: Field, entry: Any) -> tuple[Field, Any]:
    """The change that puts another entry at the end of a list."""
    return field, [*entries(state, *field), entry]


def less(state: State, field: Field, i: int) -> list[tuple[Field, Any]]:
    """The changes that take an entry out of a list; the last one takes the list out."""
    left = [one for k, one in enumerate(entries(state, *field)) if k != i]
    return [(field, left or None)]


def unused(names: dict[str, str], name: str) -> str:
    """A name that nothing has yet.

    >>> unused({"arm 2": "arm 2"}, "arm"), unused({}, "arm")
    ('arm 1', 'arm 1')
    """
    return next(found for k in range(1, len(names) + 2) if (found := f"{name} {k}") not in names)
