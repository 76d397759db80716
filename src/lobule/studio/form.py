"""A form over plain data: each field shows and changes one place of it; a mistake stands at its field."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from lobule.errors import LobuleError
from lobule.studio.entered import number, numbered, parts, piece, read_piece
from lobule.studio.frame import sentence
from lobule.studio.state import Field, State

__all__ = ["NOT_TYPED", "OFTEN", "Form", "number"]

OFTEN = "dense outlined hide-bottom-space"
NOT_TYPED = 250  # milliseconds without a key until what was typed counts
Options = Mapping[Any, str] | Callable[[], Mapping[Any, str]]
Changes = Sequence[tuple[Field, Any]]


@dataclass
class Section:
    """Fields that are built anew together, whenever their shape is another."""

    place: ui.element
    build: Callable[[], Any]
    shape: Callable[[], Any]
    folds: tuple[ui.element, ...]
    built: Any = None


class Form:
    """The fields.

    Parameters
    ----------
    label : of the form, for who does not see it; "" for fields that stand in another form
    data : what it begins with
    changed : is called with what it holds now, whenever a user changed a field

    Attributes
    ----------
    state : what it holds
    fields : {place in the data: its element, and what makes the element's value of the data's}
    adjusts : makes of the state before, the state after and the field that a user changed the state that holds; it may
        carry a new name to where it is used
    named : says what a mistake is about that belongs to no field, "" where that is plain
    """

    def __init__(self, label: str, data: Mapping[str, Any], changed: Callable[[State], Any] | None = None) -> None:
        self.state = State(dict(data))
        self.changed = changed
        self.fields: dict[Field, tuple[Any, Callable[[Any], Any]]] = {}
        self.adjusts: Callable[[State, State, Field], State] = lambda _, state, field: state
        self.named: Callable[[Field], str] = lambda field: ""
        self._around: dict[Field, tuple[Section | None, tuple[ui.element, ...]]] = {}
        self._sections: list[Section] = []
        self._section: Section | None = None  # that is being built
        self._folds: tuple[ui.element, ...] = ()  # around what is being built
        self._offers: list[tuple[Section | None, Callable[[], None]]] = []  # choices whose options follow the state
        self._unread: dict[Field, str] = {}  # why a piece of YAML cannot be read
        self._filling = False
        self._element = ui.element("form").classes("studio-controls") if label else ui.context.slot.parent
        if label:
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

    @contextmanager
    def fold(self, title: str) -> Iterator[None]:
        """Fields that are not seen until somebody asks for them; it opens by itself where one of them is wrong."""
        fold = ui.element("details").classes("studio-fold")
        fold.on("toggle", lambda event: fold._props.update(open=bool(event.args)),
                js_handler="(event) => emit(event.target.open)")  # fmt: skip
        before, self._folds = self._folds, (*self._folds, fold)
        with fold:
            with ui.element("summary"):
                ui.label(title).style("display: inline")
            with ui.element("div").classes("studio-controls"):
                yield
        self._folds = before

    def section(self, build: Callable[[], Any], shape: Callable[[], Any]) -> None:
        """Fields that are built anew whenever their shape is another.

        Parameters
        ----------
        build : builds them where one is; no section stands in a section
        shape : of what the form holds, what decides which fields there are
        """
        section = Section(ui.element("div").classes("studio-controls"), build, shape, self._folds)
        self._sections.append(section)
        self._rebuild(section)

    def text(self, field: Field, label: str, hint: str = "", usual: str = "") -> ui.input:
        """A text; `usual` is what counts where there is none."""
        one = self._input(label, hint)
        one.on_value_change(lambda event: self._change(field, str(event.value or "").strip() or None))
        return self._add(field, one, lambda value: usual if value is None else str(value))

    def listed(self, field: Field, label: str, hint: str = "", numbers: bool = False) -> ui.input:
        """A list of texts, or of numbers, with commas between them."""
        one = self._input(label, hint)
        read = numbered if numbers else parts
        one.on_value_change(lambda event: self._change(field, read(event.value)))
        return self._add(
            field, one, lambda value: ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
        )

    def number(
        self, field: Field, label: str, low: float, high: float, whole: bool = True, usual: str = "", hint: str = ""
    ) -> ui.input:
        """A number; what is none stays as it was typed, and the reader says so.

        Parameters
        ----------
        usual : what counts where there is none, shown in its place
        """
        one = self._input(label, f"usual: {usual}" if usual else hint)
        one.props(f'type="number" min="{low:g}" max="{high:g}" step="{1 if whole else "any"}"')
        if usual:
            one.props("stack-label")
        one.on_value_change(lambda event: self._change(field, number(event.value)))
        return self._add(field, one, lambda value: "" if value is None else f"{value}")

    def yaml(self, field: Field, label: str) -> ui.textarea:
        """A piece of the data for which there is no other field, as text; what cannot be read stays as it was typed."""
        one = ui.textarea(label).props(f'{OFTEN} autogrow debounce="{2 * NOT_TYPED}"').classes("studio-yaml")
        one.on_value_change(lambda event: self._change(field, self._read(field, str(event.value or ""))))
        return self._add(field, one, piece)

    def choice(
        self, field: Field, label: str, options: Options, several: bool = False, usual: Any = "",
        writes: Callable[[Any], Changes] | None = None,
    ) -> ui.select:  # fmt: skip
        """One of some, or several of them; a value that is not among them is offered too.

        Parameters
        ----------
        options : {value: what is read}, or what gives that for what the form holds now
        usual : what counts where there is none, or what gives it
        writes : what a choice changes, of the value or None; left out, its field
        """
        offers = options if callable(options) else lambda: options
        many = len(offers()) > 20
        one = ui.select(dict(offers()), label=label, multiple=several, with_input=many).props(f"{OFTEN} options-dense")
        change = writes or (lambda value: [(field, value)])
        one.on_value_change(
            lambda event: self._changes(field, change(None if event.value in ("", []) else event.value))
        )

        def offered(value: Any) -> Any:
            empty: Any = [] if several else usual() if callable(usual) else usual
            wanted = empty if value is None else value
            listed = [each if isinstance(each, Hashable) else str(each)
                      for each in (wanted if isinstance(wanted, list) and several else [wanted])]  # fmt: skip
            full = {**offers(), **{each: str(each) for each in listed if each not in offers()}}
            if full != one.options:
                one.set_options(full)
            return listed if several else listed[0]

        self._add(field, one, offered)
        if callable(options) or callable(usual):

            def offer() -> None:
                one.set_value(offered(self.state.get(*field)))

            self._offers.append((self._section, offer))
        return one

    def pick(
        self, label: str, options: Callable[[], Mapping[int, str]], value: int, chosen: Callable[[int], Any]
    ) -> None:
        """Which of several things the fields below are of; no field of the data."""
        one = ui.select(dict(options()), value=value, label=label).props(OFTEN)
        one.on_value_change(lambda event: None if event.value is None or self._filling else chosen(event.value))

        def offer() -> None:
            if dict(options()) != one.options:
                one.set_options(dict(options()))

        self._offers.append((self._section, offer))

    def fill(self, state: State) -> None:
        """Show other data; nobody is called."""
        self.state = state
        self.reshape()
        with self._quietly():
            for field, (one, shown) in self.fields.items():
                one.set_value(shown(state.get(*field)))
                if not isinstance(state.get(*field), str):
                    self._unread.pop(field, None)

    def change(self, *changes: tuple[Field, Any]) -> None:
        """Change some places of the data, as a button does."""
        self._changes((), changes)
        self.fill(self.state)

    def reshape(self, field: Field = ()) -> None:
        """Build anew what has another shape now; `field` gets the focus back."""
        for section in list(self._sections):
            if section.shape() != section.built:
                again = self._around.get(field, (None,))[0] is section
                self._rebuild(section)
                if again and field in self.fields:
                    self.fields[field][0].run_method("focus")
        with self._quietly():
            for _, offer in list(self._offers):
                offer()

    def clear(self) -> None:
        """Take all fields out, as they are built anew."""
        self.fields, self._around, self._sections, self._offers = {}, {}, [], []
        self._element.clear()

    def told(self, error: LobuleError | None) -> str:
        """Show all that is wrong, each at its field, in an open fold; gives what belongs to none."""
        mistakes = [] if error is None else list(error.mistakes)
        for field, (one, _) in self.fields.items():
            own = " ".join(sentence(each) for each in mistakes if self.field_of(tuple(each.field)) == field)
            own = self._unread.get(field, "") if own and field in self._unread else own
            if (one.error or "") != own:
                one.error = own or None
                for fold in self._around[field][1] if own else ():
                    if not fold._props.get("open"):
                        fold._props["open"] = True
                        fold.update()
        left = [each for each in mistakes if self.field_of(tuple(each.field)) is None]
        return " ".join(f"{self.named(tuple(each.field))}{sentence(each)}" for each in left)

    def look(self) -> None:
        """Lead to the first field that is wrong."""
        wrong = next((one for one, _ in self.fields.values() if one.error), None)
        if wrong is not None:
            wrong.run_method("focus")

    def field_of(self, at: Field) -> Field | None:
        """The field that an error belongs to: the nearest one at or above it, else the first one of the group that the
        error is about; a single part of a plan has no number."""
        for place in (at, tuple(one for k, one in enumerate(at) if not (one == 0 and at[k - 1 : k] == ("plan",)))):
            for n in range(len(place), 0, -1):
                if place[:n] in self.fields:
                    return place[:n]
        if not at or not isinstance(self.state.get(*at), Mapping):
            return None
        return next((field for field in self.fields if field[: len(at)] == at), None)

    @staticmethod
    def _input(label: str, hint: str) -> ui.input:
        return ui.input(label, placeholder=hint or None).props(f'{OFTEN} debounce="{NOT_TYPED}"')

    def _add(self, field: Field, one: Any, shown: Callable[[Any], Any]) -> Any:
        one.without_auto_validation()  # which would take a mistake away that the reader has found
        self.fields[field] = (one, shown)
        self._around[field] = (self._section, self._folds)
        with self._quietly():
            one.set_value(shown(self.state.get(*field)))
        return one

    def _rebuild(self, section: Section) -> None:
        for field in [field for field, (of, _) in self._around.items() if of is section]:
            del self.fields[field], self._around[field]
        self._offers = [one for one in self._offers if one[0] is not section]
        section.place.clear()
        section.built = section.shape()
        before, self._section, self._folds = self._folds, section, section.folds
        with section.place:
            section.build()
        self._section, self._folds = None, before

    def _change(self, field: Field, value: Any) -> None:
        self._changes(field, [(field, value)])

    def _written(self, field: Field, write: Callable[[Any], Changes], value: Any) -> None:
        if not self._filling:
            self._changes(field, write(None if value in ("", []) else value))

    def _changes(self, field: Field, changes: Changes) -> None:
        if self._filling or all(self.state.get(*at) == value for at, value in changes):
            return
        self.state = self.adjusts(self.state, self.state.having(*changes), field)
        self.reshape(field)
        if self.changed is not None:
            self.changed(self.state)

    def _read(self, field: Field, text: str) -> Any:
        if self._filling:
            return None
        try:
            self._unread.pop(field, None)
            return read_piece(text)
        except LobuleError as error:
            self._unread[field] = sentence(error)
            return text

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Values that are set are no change of a user."""
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before
