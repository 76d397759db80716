"""What is chosen at the left of a page: who, what harms, what is given, how much of it, when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from lobule.answers.given import CARE
from lobule.errors import LobuleError
from lobule.model.causes import causes
from lobule.studio import dose
from lobule.studio.frame import sentence
from lobule.studio.linked import Leads
from lobule.studio.ready import DOSES, READY, causes_of, precipitants, ready, with_cause
from lobule.studio.session import Session
from lobule.studio.state import MOST_PARTS, Field, State, library
from lobule.therapy import cares, products

SPECIES = {"mouse": "Mouse", "rat": "Rat", "human": "Patient"}
HEALTHY = "healthy"
KINDS = {"vesicles": "Vesicles", "cells": "Cells", "medium": "Conditioned medium"}
BEHIND = "What it does, and its sources"
# what a choice shows where the state says nothing
EMPTY: dict[str | int, Any] = {"product": "", "route": "iv", "treated_with": [], "species": None, "precipitant": ""}
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
        self.chosen = 0  # which part of the plan the fields show
        self._filling = False
        self._wrong: LobuleError | None = None
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
        self._wrong = error
        for field, one in self.fields.items():
            _mark(one, self._about(field, error))
        rest = [] if error is None else [one for one in error.mistakes if self._field_of(one.field) is None]
        self.left.clear()
        if rest:
            with self.left:
                ui.label(" ".join(map(self._of_part, rest)))

    def _about(self, field: Field, error: LobuleError | None) -> str:
        found = [] if error is None else [one for one in error.mistakes if self._field_of(one.field) == field]
        return " ".join(map(sentence, found))

    def _field_of(self, at: Field) -> Field | None:
        """The control that an error belongs to: the nearest one at or above its field."""
        at = tuple(at)
        if at[:1] == ("plan",) and len(at) > 1 and not isinstance(at[1], int):
            at = ("plan", 0, *at[1:])
        for n in range(len(at), 0, -1):
            if at[:n] in self.fields:
                return at[:n]
        return None

    def _of_part(self, error: LobuleError) -> str:
        """What is wrong beside the fields, with the part of the plan that it is of."""
        at = tuple(error.field)
        of = at[1] if at[:1] == ("plan",) and len(at) > 1 else self.chosen
        other = isinstance(of, int) and of != self.chosen
        return f"Part {int(of) + 1} of the plan: {sentence(error)}" if other else sentence(error)

    @property
    def part(self) -> Field:
        """The field of the part of the plan that is shown."""
        return ("plan", self.chosen)

    def _follow(self, state: State) -> None:
        """The state was changed: where its fields are others now, they are built anew, else they show it."""
        if self._shape(state) != self._built:
            self._build()
        else:
            self._fill(state)

    def _shape(self, state: State) -> tuple[Any, ...]:
        part = state.get(*self.part, default={})
        kind = dose.kind_of(part.get("product")) if "care" not in part else "care"
        many = bool(state.get("subject", "injury", "duration"))
        struck = bool(state.get("subject", "precipitant"))
        parts = tuple(map(named, state.parts)) if len(state.parts) > 1 else bool(state.parts)
        return state.get("subject", "species"), kind, parts, self.chosen, many, struck

    def _build(self) -> None:
        state = self.session.state
        self.chosen = max(0, min(self.chosen, len(state.parts) - 1))
        self._built = self._shape(state)
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
        self.of_harm = Leads(self.session)
        self.of_care: Leads | None = None
        if species == "human":
            self._number(("subject", "years"), "Years of disease", 0, 80)
            self.fields["subject", "treated_with"] = _select(
                "Standard care", {name: one.title for name, one in cares().items()}, self._care, several=True
            )
            self.of_care = Leads(self.session)
            self._struck(state)
        elif state.get("subject", "injury", "duration") is not None:
            self._text(("subject", "injury", "duration"), "Injury lasts (6 wk)")

    def _struck(self, state: State) -> None:
        """What strikes beside the disease, and when."""
        options = {"": "nothing"} | precipitants()
        self.fields["subject", "precipitant"] = _select("Struck by, beside the disease", options, self._strikes)
        if state.get("subject", "precipitant"):
            self._text(("subject", "precipitant_dose"), "How much (its usual dose)")
            self._number(("subject", "precipitant_days"), "Days before the run", 0, 36500)

    def _given(self, state: State) -> None:
        part = state.get(*self.part)
        if len(state.parts) > 1:
            parts = {str(k): f"{k + 1}. {named(one)}" for k, one in enumerate(state.parts)}
            _select("Part of the plan", parts, self._choose).set_value(str(self.chosen))
        options = {"": "nothing"} | {name: one.title for name, one in _by_kind()}
        if state.get("subject", "species") == "human":
            options |= {f"{CARE}{name}": f"standard care: {one.title}" for name, one in cares().items()}
        self.fields[*self.part, "product"] = _select("Product", options, self._product)
        self.of_product = Leads(self.session)
        if part is not None and part.get("care"):
            self._text((*self.part, "start"), "From (0 d)")
            self._text((*self.part, "until"), "Until (90 d)")
        elif part is not None and part.get("product") is not None:
            self._doses(part)
        if part is not None:
            with ui.element("div").classes("studio-bar"):
                ui.button("Add a part", on_click=self._add).props("flat dense no-caps")
                if len(state.parts) > 1:
                    ui.button("Take this part out", on_click=self._take).props("flat dense no-caps")

    def _doses(self, part: Mapping[str, Any]) -> None:
        kind = dose.kind_of(part["product"])
        self._dose(kind)
        self.fields[*self.part, "route"] = _select(
            "Route", {one: one for one in dose.routes(kind)}, self._set((*self.part, "route"))
        )
        self._number((*self.part, "n"), "Doses", 1, 1000, whole=True)
        self._text((*self.part, "every"), "Time between doses (7 d)")
        self._text((*self.part, "start"), "First dose at (21 d)")

    def _dose(self, kind: str) -> None:
        state = self.session.state
        found = dose.split(state.get(*self.part, "dose")) or (1.0, dose.units(kind)[0])
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
        self.fields[*self.part, "dose"] = number

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
                elif field[-1] == "product" and state.get(*self.part, "care"):
                    one.set_value(_offered(one, f"{CARE}{state.get(*self.part, 'care')}"))
                elif field[-1] in EMPTY:
                    one.set_value(_offered(one, EMPTY[field[-1]] if value is None else value))
                else:
                    one.set_value("" if value is None else _typed(value))
            self._lead(state)
        finally:
            self._filling = False

    def _lead(self, state: State) -> None:
        """Lines that lead to what is chosen: what a harm does, the numbers of a product, of standard care."""
        harm = state.get("subject", "injury", "cause") or state.get("subject", "etiology")
        self.of_harm.show({BEHIND: harm} if harm in causes() else {})
        product, care = state.get(*self.part, "product"), state.get(*self.part, "care")
        behind = product if library(product) else f"{CARE}{care}" if _a_care(care) else None
        self.of_product.show({"Its numbers, and their sources": behind} if behind else {})
        if self.of_care is not None:
            had = state.get("subject", "treated_with") or []
            self.of_care.show({name: f"{CARE}{name}" for name in had if _a_care(name)}, "What it does: ")

    def _fill_dose(self, state: State) -> None:
        found = dose.split(state.get(*self.part, "dose"))
        if found is None:
            text = str(state.get(*self.part, "dose") or "")
            self.fields[*self.part, "dose"].set_value(text.removesuffix(self.unit.value).rstrip())
            return
        number, unit = found
        if dose.split(f"{self.fields[*self.part, 'dose'].value} {unit}") != found:
            self.fields[*self.part, "dose"].set_value(dose.written(number))
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

    def _strikes(self, value: str) -> None:
        gone = [(("subject", field), None) for field in ("precipitant_dose", "precipitant_days")]
        self._change((("subject", "precipitant"), value or None), *([] if value else gone))

    def _choose(self, k: str) -> None:
        if not self._filling and int(k) != self.chosen:
            self.chosen = int(k)
            self._build()
            self.told(self._wrong)

    def _add(self) -> None:
        """One more part: the same once more, which is then changed."""
        parts = self.session.state.parts
        if len(parts) < MOST_PARTS:
            self.chosen = len(parts)
            self.session.change((("plan",), [*map(dict, parts), dict(parts[-1])]))

    def _take(self) -> None:
        parts = [dict(part) for k, part in enumerate(self.session.state.parts) if k != self.chosen]
        self.chosen = max(0, self.chosen - 1)
        self.session.change((("plan",), parts))

    def _product(self, value: str) -> None:
        if self._filling:
            return
        state = self.session.state
        if not value:
            self._take() if len(state.parts) > 1 else self.session.change((("plan",), None))
            return
        if value.startswith(CARE):
            care = {"care": value.removeprefix(CARE), "start": state.get(*self.part, "start", default="0 d")}
            self.session.change((self.part, care) if state.parts else (("plan",), [care]))
            return
        kind, species = dose.kind_of(value), state.get("subject", "species")
        part = dict(state.get(*self.part) or ready(species).get("plan", 0))
        if part.pop("care", None):
            part = {"start": part.get("start", "0 d")}
        if kind != dose.kind_of(part.get("product")) or dose.split(part.get("dose")) is None:
            part["dose"] = DOSES[kind, species]
        part["product"] = value
        if part.get("route", "iv") not in dose.routes(kind):
            part["route"] = "iv"
        self.session.change((self.part, part) if state.parts else (("plan",), [part]))

    def _typed(self, text: str) -> None:
        self._change(((*self.part, "dose"), f"{str(text).strip()} {self.unit.value}"))

    def _unit(self, unit: str) -> None:
        if self._filling:
            return
        species = self.session.state.get("subject", "species")
        usual = dose.split(DOSES[dose.kind_of(self.session.state.get(*self.part, "product")), species])
        low, high = dose.decades(unit, species)
        number = usual[0] if usual and usual[1] == unit else 10 ** round((low + high) / 2)
        self._change(((*self.part, "dose"), dose.joined(number, unit)))

    def _slid(self, place: Any) -> None:
        self._change(((*self.part, "dose"), dose.joined(float(f"{10.0 ** float(place):.3g}"), self.unit.value)))

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


def named(part: Mapping[str, Any]) -> str:
    """What a part of a plan gives."""
    return str(part.get("care") or part.get("product") or "nothing")


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


def _a_care(name: Any) -> bool:
    return isinstance(name, str) and name in cares()


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
