"""Arms: their names, shares and what each is given; what the first treated arm gets stands open."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from nicegui import ui

from lobule.studio import designs
from lobule.studio.design.rows import entries, more, named, rows, unused
from lobule.studio.form import Form
from lobule.studio.state import Field, State
from lobule.therapy import cares, products

ARMS: Field = ("arms",)
NEW_PRODUCT = {"product": "uc-msc-ev", "dose": "1e12 particle"}
NEW_CARE = {"care": "antiviral", "start": "0 d"}


def given(form: Form) -> None:
    """What a newcomer is asked of the doses."""
    part = designs.treated(form.state)
    if part is None:
        return
    with form.group(f"What {form.state.get(*part[:2], 'name')} gets"):
        _product(form, part)
        ui.label(f"Arms: {designs.arms(form.state)}").classes("studio-note")


def given_shape(form: Form) -> object:
    """What decides which fields there are."""
    part = designs.treated(form.state)
    return part, part and form.state.get(*part[:2], "name"), designs.arms(form.state)


class Arms:
    """All arms, one at a time."""

    def __init__(self, form: Form) -> None:
        self.form, self.shown = form, 0

    def shape(self) -> object:
        """What decides which fields there are."""
        here = entries(self.form.state, *ARMS)
        plan = entries(self.form.state, *ARMS, self.shown, "plan")
        return len(here), self.shown, designs.treated(self.form.state), tuple(map(_kind, plan))

    def build(self) -> None:
        """The fields of the arm that is shown."""
        form, n = self.form, len(entries(self.form.state, *ARMS))
        self.shown = min(self.shown, max(n - 1, 0))
        at = (*ARMS, self.shown)
        form.pick("Arm", lambda: options(form.state, "arms", "arm"), self.shown, self._show)
        form.text((*at, "name"), "Name of the arm")
        form.number((*at, "share"), "Share of the patients (all alike where none has one)", 0, 1, whole=False)
        rows(form, (*at, "plan"), "a product", self._part, lambda: dict(NEW_PRODUCT))
        with ui.element("div").classes("studio-bar"):
            _button("Add standard care of this arm", lambda: form.change(more(form.state, (*at, "plan"), NEW_CARE)))
            _button("Add an arm", self._add)
            if n > 2:
                _button("Take this arm out", self._take)

    def _part(self, at: Field) -> None:
        """A part of a plan; of the one whose doses stand above, the rest."""
        form = self.form
        above = at == designs.treated(form.state)
        if above:
            ui.label("Product, dose, route and doses stand above.").classes("studio-note")
        if _kind(form.state.get(*at)) == "care":
            form.choice((*at, "care"), "Standard care", {name: one.title for name, one in cares().items()})
            form.text((*at, "start"), "From", "0 d")
            form.text((*at, "until"), "Until", "90 d")
            return
        if not above:
            _product(form, at)
        form.text((*at, "start"), "First dose at", "0 d")
        form.text((*at, "over"), "Infused over", "1 h")
        form.text((*at, "when"), "Given only when", "alt > 80 U/L")

    def _show(self, i: int) -> None:
        self.shown = i
        self.form.reshape()

    def _add(self) -> None:
        """Another arm with the plan of the first that has one; all have the same share then."""
        state = self.form.state
        plans = [arm["plan"] for arm in entries(state, *ARMS) if isinstance(arm, dict) and arm.get("plan")]
        plan: list[Any] = plans[0] if plans else []
        arms = [*_alike(state), {"name": unused(named(state, *ARMS), "arm"), "plan": deepcopy(plan)}]
        self.shown = len(arms) - 1
        self.form.change((ARMS, arms))

    def _take(self) -> None:
        arms = [arm for i, arm in enumerate(_alike(self.form.state)) if i != self.shown]
        self.shown = 0
        self.form.change((ARMS, arms))


def options(state: State, field: str, noun: str) -> dict[int, str]:
    """{number: name} of the entries of a list, to choose which one is shown."""
    names = [one.get("name") if isinstance(one, dict) else None for one in entries(state, field)]
    return {i: f"{i + 1}. {name or noun}" for i, name in enumerate(names)}


def _alike(state: State) -> list[Any]:
    """All arms without a share of their own."""
    return [{key: value for key, value in arm.items() if key != "share"} if isinstance(arm, dict) else arm
            for arm in entries(state, *ARMS)]  # fmt: skip


def _product(form: Form, at: Field) -> None:
    form.choice((*at, "product"), "Product", {name: one.title for name, one in products.items()})
    form.text((*at, "dose"), "Dose with its unit", "1e6 cell/kg")
    form.text((*at, "route"), "Route", usual="iv")
    form.text((*at, "every"), "Time between doses", "28 d")
    form.number((*at, "n"), "Doses", 1, 1000)


def _kind(part: Any) -> str:
    return "care" if isinstance(part, dict) and "care" in part else "product"


def _button(text: str, do: Any) -> None:
    ui.button(text, on_click=do).props("flat dense no-caps")
