"""The whole form of a design: what a newcomer is asked, then folds; names that are changed are changed where they are
used."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui

from lobule.studio.design import analysis, arms, course, people
from lobule.studio.design.endpoints import Endpoints
from lobule.studio.design.rows import entries
from lobule.studio.form import Form
from lobule.studio.state import Field, State

NAMED = {"endpoints": "Endpoint", "arms": "Arm"}


class DesignForm:
    """The form.

    Parameters
    ----------
    form : that it builds its fields in
    size : builds what is asked of the size of the trial
    """

    def __init__(self, form: Form, size: Callable[[Form], Any]) -> None:
        self.form, self.size = form, size
        self.arms, self.endpoints = arms.Arms(form), Endpoints(form)
        form.adjusts, form.named = renamed, self._about
        self._build()

    def show(self, state: State) -> None:
        """Show another design."""
        self.arms.shown = self.endpoints.shown = 0
        self.form.fill(state)

    def _build(self) -> None:
        form = self.form
        with form:
            form.text(("title",), "Title")
            form.section(partial(people.who, form), lambda: form.state.get(*people.FIRST) is not None)
            form.section(partial(arms.given, form), partial(arms.given_shape, form))
            self.size(form)
            course.when(form)
            ui.label("More of the design").classes("studio-note")
            self._fold("People: run-in, screening, groups", people.people, people.shape)
            with form.fold("Arms and what each is given"):
                form.section(self.arms.build, self.arms.shape)
            self._fold("Randomisation and blinding", course.allocation)
            self._fold("Measurements, and care on the way", course.on_the_way, course.shape)
            with form.fold("Endpoints and their estimands"):
                form.section(self.endpoints.build, self.endpoints.shape)
            self._fold("Analysis and claims", analysis.analysis, analysis.analysis_shape)
            self._fold("Looks before the end, size estimated again", analysis.looks, analysis.looks_shape)
            self._fold("Seeds, tables of submission, what was published", analysis.kept)

    def _fold(
        self, title: str, build: Callable[[Form], Any], shape: Callable[[Form], object] = lambda form: None
    ) -> None:
        with self.form.fold(title):
            self.form.section(partial(build, self.form), partial(shape, self.form))

    def _about(self, field: Field) -> str:
        """Which arm or endpoint a mistake is of that the form does not show now."""
        if len(field) > 1 and field[0] in NAMED and isinstance(field[1], int):
            name = self.form.state.get(field[0], field[1], "name") or field[1] + 1
            return f"{NAMED[field[0]]} {name}: "
        return ""


def renamed(before: State, after: State, field: Field) -> State:
    """The state in which a new name of an endpoint or an arm stands wherever the old one was used."""
    if len(field) != 3 or field[0] not in NAMED or field[2] != "name":
        return after
    old, new = before.get(*field), after.get(*field)
    here = enumerate(entries(before, field[0]))
    others = [one.get("name") for i, one in here if i != field[1] and isinstance(one, dict)]
    if not (isinstance(old, str) and isinstance(new, str)) or {old, new} & set(others):
        return after
    of = "endpoint" if field[0] == "endpoints" else "arm"
    return after.having(*((at, new) for at in _uses(after, of) if after.get(*at) == old))


def _uses(state: State, of: str) -> list[Field]:
    """Every place where the name of an endpoint, or of an arm, stands."""
    plan: Field = ("analysis", "multiplicity")
    found: list[Field] = [("analysis", "primary" if of == "endpoint" else "reference")]
    found += [("published", i, of) for i in range(len(entries(state, "published")))]
    found += [(*plan, "hypotheses", i, of) for i in range(len(entries(state, *plan, "hypotheses")))]
    if of == "endpoint":
        for i in range(len(entries(state, "endpoints"))):
            found += [("endpoints", i, "order", j) for j in range(len(entries(state, "endpoints", i, "order")))]
        for i in range(len(entries(state, *plan, "families"))):
            found += [(*plan, "families", i, j) for j in range(len(entries(state, *plan, "families", i)))]
    return found
