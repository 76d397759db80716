"""A form over plain data: each field shows and changes one place of it; a mistake stands at its field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nicegui import ui

from lobule.errors import LobuleError
from lobule.studio.frame import sentence
from lobule.studio.state import Field, State

OFTEN = "dense outlined hide-bottom-space"
NOT_TYPED = 250  # milliseconds without a key until what was typed counts


class Form:
    """The fields.

    Parameters
    ----------
    label : of the form, for who does not see it
    data : what it begins with
    changed : is called with what it holds now, whenever a user changed a field

    Attributes
    ----------
    state : what it holds
    fields : {place in the data: its element, and what makes the element's value of the data's}
    """

    def __init__(self, label: str, data: Mapping[str, Any], changed: Callable[[State], Any] | None = None) -> None:
        self.state = State(dict(data))
        self.changed = changed
        self.fields: dict[Field, tuple[Any, Callable[[Any], Any]]] = {}
        self._filling = False
        self._element = ui.element("form").classes("studio-controls")
        self._element._props |= {"aria-label": label, "onsubmit": "return false"}

    def __enter__(self) -> Form:
        self._element.__enter__()
        return self

    def __exit__(self, *what: Any) -> None:
        self._element.__exit__(*what)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Fields that belong together."""
        with ui.element("fieldset"):
            with ui.element("legend"):
                ui.label(title).style("display: inline")
            yield

    def text(self, field: Field, label: str, hint: str = "", usual: str = "") -> ui.input:
        """A text; `usual` is what counts where there is none."""
        one = ui.input(label, placeholder=hint or None).props(f'{OFTEN} debounce="{NOT_TYPED}"')
        one.on_value_change(lambda event: self._change(field, str(event.value or "").strip() or None))
        return self._add(field, one, lambda value: usual if value is None else str(value))

    def listed(self, field: Field, label: str, hint: str = "") -> ui.input:
        """A list of texts, with commas between them."""
        one = ui.input(label, placeholder=hint or None).props(f'{OFTEN} debounce="{NOT_TYPED}"')
        one.on_value_change(lambda event: self._change(field, _parts(event.value)))
        return self._add(
            field, one, lambda value: value if isinstance(value, str) else ", ".join(map(str, value or []))
        )

    def number(self, field: Field, label: str, low: float, high: float, whole: bool = True) -> ui.input:
        """A number; what is none stays as it was typed, and the reader says so."""
        one = ui.input(label).props(
            f'{OFTEN} debounce="{NOT_TYPED}" type="number" min="{low:g}" max="{high:g}" step="{1 if whole else "any"}"'
        )
        one.on_value_change(lambda event: self._change(field, number(event.value)))
        return self._add(field, one, lambda value: "" if value is None else f"{value}")

    def choice(
        self, field: Field, label: str, options: Mapping[Any, str], several: bool = False, usual: str = ""
    ) -> ui.select:
        """One of some, or several of them; a value that is not among them is offered too.

        Parameters
        ----------
        usual : what counts where there is none
        """
        one = ui.select(dict(options), label=label, multiple=several).props(OFTEN)
        one.on_value_change(lambda event: self._change(field, event.value if event.value not in ("", []) else None))

        def offered(value: Any) -> Any:
            empty: Any = [] if several else usual
            wanted = empty if value is None else value
            for each in wanted if several else [wanted]:
                if each not in one.options:
                    one.set_options({**dict(one.options), each: str(each)})
            return list(wanted) if several else wanted

        return self._add(field, one, offered)

    def fill(self, state: State) -> None:
        """Show other data; nobody is called."""
        self.state, self._filling = state, True
        try:
            for field, (one, shown) in self.fields.items():
                one.set_value(shown(state.get(*field)))
        finally:
            self._filling = False

    def clear(self) -> None:
        """Take all fields out, as they are built anew."""
        self.fields = {}
        self._element.clear()

    def told(self, error: LobuleError | None) -> str:
        """Show all that is wrong, each at its field; gives what belongs to none."""
        mistakes = [] if error is None else list(error.mistakes)
        for field, (one, _) in self.fields.items():
            own = " ".join(sentence(each) for each in mistakes if self._field_of(tuple(each.field)) == field)
            if (one.error or "") != own:
                one.error = own or None
        return " ".join(sentence(each) for each in mistakes if self._field_of(tuple(each.field)) is None)

    def _field_of(self, at: Field) -> Field | None:
        """The field that an error belongs to: the nearest one at or above it; a single part of a plan has no number."""
        for place in (at, tuple(one for k, one in enumerate(at) if not (one == 0 and at[k - 1 : k] == ("plan",)))):
            for n in range(len(place), 0, -1):
                if place[:n] in self.fields:
                    return place[:n]
        return None

    def _add(self, field: Field, one: Any, shown: Callable[[Any], Any]) -> Any:
        one.without_auto_validation()  # which would take a mistake away that the reader has found
        self.fields[field] = (one, shown)
        self._filling = True
        one.set_value(shown(self.state.get(*field)))
        self._filling = False
        return one

    def _change(self, field: Field, value: Any) -> None:
        if self._filling or self.state.get(*field) == value:
            return
        self.state = self.state.having((field, value))
        if self.changed is not None:
            self.changed(self.state)


def number(text: Any) -> float | int | str | None:
    """What was typed into a field of numbers.

    >>> number("45"), number("0.5"), number("many"), number("")
    (45, 0.5, 'many', None)
    """
    written = str("" if text is None else text).strip()
    if not written:
        return None
    for kind in (int, float):
        try:
            return kind(written)
        except ValueError:
            continue
    return written


def _parts(text: Any) -> list[str] | None:
    return [part.strip() for part in str(text or "").split(",") if part.strip()] or None
