"""What is chosen at the left of a page: who, what harms, what is given, how much of it, when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from lobule.errors import LobuleError
from lobule.model.causes import causes
from lobule.studio import dose
from lobule.studio.frame import sentence
from lobule.studio.linked import Linked
from lobule.studio.ready import DOSES, READY, causes_of, ready, with_cause
from lobule.studio.session import Session
from lobule.studio.state import Field, State
from lobule.therapy import cares, products

SPECIES = {"mouse": "Mouse", "rat": "Rat", "human": "Patient"}
HEALTHY = "healthy"
KINDS = {"vesicles": "Vesicles", "cells": "Cells", "medium": "Conditioned medium"}
PART: Field = ("plan", 0)
NOT_TYPED = 0.25  # seconds without a key until what was typed counts
THROTTLE = 0.12  # seconds between two places of a slider that is dragged
OFTEN = "dense outlined hide-bottom-space"


class Controls:
    """The fields of a state; a mistake stands at its field.

    Parameters
    ----------
    session : whose state they show and change
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.fields: dict[Field, Any] = {}
        self._filling = False
        with (
            ui.element("form")
            .classes("studio-controls")
            .props('aria-label="What is simulated" onsubmit="return false"')
        ):
            self.groups = ui.element("div").classes("studio-controls")
            self.left = ui.element("p").classes("studio-wrong").props('role="alert"')
        self._build()
        session.on_change(self._follow)

    def told(self, error: LobuleError | None) -> None:
        """Show all that is wrong, each at its field; what belongs to no field stands below."""
        for field, one in self.fields.items():
            _mark(one, self._about(field, error))
        rest = [] if error is None else [one for one in error.mistakes if self._field_of(one.field) is None]
        self.left.clear()
        if rest:
            with self.left:
                ui.label(" ".join(map(sentence, rest)))

    def _about(self, field: Field, error: LobuleError | None) -> str:
        found = [] if error is None else [one for one in error.mistakes if self._field_of(one.field) == field]
        return " ".join(map(sentence, found))

    def _field_of(self, at: Field) -> Field | None:
        """The control that an error belongs to: the nearest one at or above its field."""
        at = tuple(at)
        if at[:1] == ("plan",) and len(at) > 1 and not isinstance(at[1], int):
            at = (*PART, *at[1:])
        for n in range(len(at), 0, -1):
            if at[:n] in self.fields:
                return at[:n]
        return None

    def _follow(self, state: State) -> None:
        """The state was changed: where its fields are others now, they are built anew, else they show it."""
        if self._shape(state) != self._built:
            self._build()
        else:
            self._fill(state)

    @staticmethod
    def _shape(state: State) -> tuple[Any, ...]:
        part = state.get(*PART, default={})
        kind = dose.kind_of(part.get("product")) if "care" not in part else "care"
        many = bool(state.get("subject", "injury", "duration"))
        return state.get("subject", "species"), bool(state.parts), kind, len(state.parts), many

    def _build(self) -> None:
        state = self.session.state
        self._built, self._harm_told = self._shape(state), None
        self.fields = {}
        self.groups.clear()
        with self.groups:
            with _group("Who"):
                self._who(state)
            with _group("What is given"):
                self._given(state)
            with _group("How long"):
                self._text(("until",), "Until (63 d, 6 month)")
        self._fill(state)

    def _who(self, state: State) -> None:
        species = state.get("subject", "species")
        self.fields["subject", "species"] = _select("Subject", SPECIES, self._species)
        harm = "etiology" if species == "human" else "injury"
        options = {HEALTHY: "none, a healthy liver"} | causes_of(species)
        self.fields["subject", harm] = _select("Disease" if species == "human" else "Injury", options, self._harm)
        self.of_harm = ui.element("p").classes("studio-note")
        if species == "human":
            self._number(("subject", "years"), "Years of disease", 0, 80)
            self.fields["subject", "treated_with"] = _select(
                "Standard care", {name: one.title for name, one in cares().items()}, self._care, several=True
            )
            with ui.element("a").props('href="/patients"').classes("studio-note"):
                ui.label("With labs of your own: the Patients page").style("display: inline")
        elif state.get("subject", "injury", "duration") is not None:
            self._text(("subject", "injury", "duration"), "Injury lasts (6 wk)")

    def _given(self, state: State) -> None:
        part = state.get(*PART)
        options = {"": "nothing"} | {name: f"{one.title}" for name, one in _by_kind()}
        self.fields[*PART, "product"] = _select("Product", options, self._product)
        if part is None or part.get("product") is None:
            return
        kind = dose.kind_of(part["product"])
        self._dose(kind)
        self.fields[*PART, "route"] = _select(
            "Route", {one: one for one in dose.routes(kind)}, self._set((*PART, "route"))
        )
        self._number((*PART, "n"), "Doses", 1, 1000, whole=True)
        self._text((*PART, "every"), "Time between doses (7 d)")
        self._text((*PART, "start"), "First dose at (21 d)")
        if len(state.parts) > 1:
            ui.label(f"and {len(state.parts) - 1} further part(s) of the plan, from the scenario").classes(
                "studio-note"
            )

    def _dose(self, kind: str) -> None:
        state = self.session.state
        found = dose.split(state.get(*PART, "dose")) or (1.0, dose.units(kind)[0])
        with ui.element("div").classes("studio-dose"):
            number = ui.input("Dose").props(f'{OFTEN} debounce="{int(1000 * NOT_TYPED)}" inputmode="decimal"')
            number.on_value_change(lambda event: self._typed(event.value))
            units = list(dict.fromkeys([found[1], *dose.units(kind)]))
            self.unit = ui.select(units, value=found[1], label="Unit").props(OFTEN)
            self.unit.on_value_change(lambda event: self._unit(event.value))
        self.slider = ui.element("input").classes("studio-slide")
        self.slider._props |= {"type": "range", "step": 0.05, "aria-label": "Dose, on a logarithmic scale"}
        self.slider.on("input", lambda event: self._slid(event.args), throttle=THROTTLE, leading_events=True,
                       js_handler="(event) => emit(event.target.value)")  # fmt: skip
        self.fields[*PART, "dose"] = number

    def _fill(self, state: State) -> None:
        """Every field shows the state; that changes nothing."""
        self._filling = True
        try:
            for field, one in self.fields.items():
                value = state.get(*field)
                if field[-1] == "dose":
                    self._fill_dose(state)
                elif field == ("subject", "injury"):
                    one.set_value(state.get(*field, "cause") or HEALTHY)
                elif field == ("subject", "etiology"):
                    one.set_value(value or HEALTHY)
                elif field[-1] in ("product", "route", "treated_with", "species"):
                    one.set_value(
                        _offered(
                            one,
                            {"product": "", "route": "iv", "treated_with": []}.get(field[-1])
                            if value is None
                            else value,
                        )
                    )
                else:
                    one.set_value("" if value is None else _typed(value))
            self._about_harm(state)
        finally:
            self._filling = False

    def _about_harm(self, state: State) -> None:
        """A line that leads to what the harm does in the model, and what that rests on."""
        name = state.get("subject", "injury", "cause") or state.get("subject", "etiology")
        if name == self._harm_told:
            return
        self._harm_told = name
        self.of_harm.clear()
        if name in causes():
            with self.of_harm:
                Linked([("What it does, and its sources", self.session.row(name))])

    def _fill_dose(self, state: State) -> None:
        found = dose.split(state.get(*PART, "dose"))
        if found is None:
            text = str(state.get(*PART, "dose") or "")
            self.fields[*PART, "dose"].set_value(text.removesuffix(self.unit.value).rstrip())
            return
        number, unit = found
        if dose.split(f"{self.fields[*PART, 'dose'].value} {unit}") != found:
            self.fields[*PART, "dose"].set_value(dose.written(number))
        self.unit.set_value(_offered(self.unit, unit))
        low, high = dose.decades(unit, state.get("subject", "species"))
        place = dose.place(number, unit, state.get("subject", "species"))
        said = f"{dose.written(number)} {unit}"
        self.slider._props |= {"min": low, "max": high, "value": round(place, 2), "aria-valuetext": said}
        self.slider.update()

    # What a user does

    def _set(self, field: Field) -> Callable[[Any], None]:
        return lambda value: self._change((field, value))

    def _change(self, *changes: tuple[Field, Any]) -> None:
        if not self._filling:
            self.session.change(*changes)

    def _species(self, value: str) -> None:
        if not self._filling and value in READY:
            self.session.replace(ready(value))

    def _harm(self, value: str) -> None:
        if not self._filling:
            self.session.replace(with_cause(self.session.state, None if value == HEALTHY else value))

    def _care(self, value: list[str]) -> None:
        self._change((("subject", "treated_with"), list(value) or None))

    def _product(self, value: str) -> None:
        if self._filling:
            return
        state = self.session.state
        if not value:
            self.session.change((("plan",), None))
            return
        kind, species = dose.kind_of(value), state.get("subject", "species")
        part = dict(state.get(*PART) or ready(species).get(*PART))
        if kind != dose.kind_of(part.get("product")) or dose.split(part.get("dose")) is None:
            part["dose"] = DOSES[kind, species]
        part["product"] = value
        if part.get("route", "iv") not in dose.routes(kind):
            part["route"] = "iv"
        self.session.change((PART, part) if state.parts else (("plan",), [part]))

    def _typed(self, text: str) -> None:
        self._change(((*PART, "dose"), f"{str(text).strip()} {self.unit.value}"))

    def _unit(self, unit: str) -> None:
        if self._filling:
            return
        species = self.session.state.get("subject", "species")
        usual = dose.split(DOSES[dose.kind_of(self.session.state.get(*PART, "product")), species])
        low, high = dose.decades(unit, species)
        number = usual[0] if usual and usual[1] == unit else 10 ** round((low + high) / 2)
        self._change(((*PART, "dose"), dose.joined(number, unit)))

    def _slid(self, place: Any) -> None:
        self._change(((*PART, "dose"), dose.joined(float(f"{10.0 ** float(place):.3g}"), self.unit.value)))

    def _text(self, field: Field, label: str) -> None:
        one = ui.input(label).props(f'{OFTEN} debounce="{int(1000 * NOT_TYPED)}"')
        one.on_value_change(lambda event: self._change((field, str(event.value).strip() or None)))
        self.fields[field] = one

    def _number(self, field: Field, label: str, low: float, high: float, whole: bool = False) -> None:
        one = ui.input(label).props(
            f'{OFTEN} debounce="{int(1000 * NOT_TYPED)}" type="number" min="{low}" max="{high}"'
        )
        one.on_value_change(lambda event: self._change((field, _number(event.value, whole))))
        self.fields[field] = one


def _group(title: str) -> Any:
    found = ui.element("fieldset")
    with found, ui.element("legend"):
        ui.label(title)
    return found


def _select(label: str, options: dict[str, str], chosen: Callable[[Any], None], several: bool = False) -> ui.select:
    found = ui.select(options, label=label, multiple=several, with_input=len(options) > 20).props(
        f"{OFTEN} options-dense"
    )
    found.on_value_change(lambda event: None if event.value is None else chosen(event.value))
    return found


def _offered(one: ui.select, value: Any) -> Any:
    """A value of a select, which offers it from now on where it did not: a scenario may hold what no page offers."""
    known = one.options if isinstance(one.options, dict) else dict.fromkeys(one.options)
    wanted = value if isinstance(value, list) else [value]
    new = [name for name in wanted if name is not None and name not in known]
    if new:
        one.set_options(known | {name: str(name) for name in new} if isinstance(one.options, dict) else [*known, *new])
    return value


def _by_kind() -> list[tuple[str, Any]]:
    order = list(KINDS)
    return sorted(products.items(), key=lambda one: (order.index(one[1].kind), one[1].title))


def _number(text: Any, whole: bool) -> Any:
    """A number as it was typed; a text that is none stays, so that it is told at its field."""
    text = str(text).strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value == int(value) and (whole or "." not in text) else value


def _typed(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _mark(one: Any, wrong: str) -> None:
    """Show what is wrong at a field; the framework asks again whenever its value changes, and hears the same."""
    one.validation = lambda _: wrong or None
    one.error = wrong or None
