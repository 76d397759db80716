"""Compare: up to four plans that were pinned, beside each other, with their differences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from nicegui import ui

from lobule.files.scenario import run_scenario
from lobule.model.labels import label
from lobule.simulation.ensemble import THIN
from lobule.studio.chart import Curves, Grid
from lobule.studio.frame import heading, paragraph, sentence
from lobule.studio.numbers import beside, pairs
from lobule.studio.panels import asked, overlaid
from lobule.studio.session import MOST_PINS, Session
from lobule.studio.state import State
from lobule.studio.worker import Found, Told

if TYPE_CHECKING:
    from lobule.explore.comparison import Comparison
    from lobule.simulation.run import Run

PATH, TITLE, ORDER = "/compare", "Compare", 40
EMPTY = "Nothing is pinned yet. Pin this plan, change it, and pin it again: up to four stand beside each other here."
OF_LIKE = "Curves of a virtual patient like {patient}; dots are what was measured, day 0 is the last visit."
FULL = "Four plans are pinned, which is as many as fit; take one out first."
SHOWN = ("collagen_proportionate_area", "alt", "albumin", "tnf_alpha", "il_10", "m2_m1_ratio")
OF_PEOPLE = (
    "collagen_proportionate_area",
    "hepatic_venous_pressure_gradient",
    "albumin",
    "bilirubin",
    "alt",
    "tnf_alpha",
)


def build(session: Session) -> None:
    """The page."""
    Beside(session)


class Beside:
    """The pinned plans, their curves in one picture an output, their differences."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.runs: dict[str, Run] = {}
        with ui.element("div").classes("studio-bar"):
            ui.button("Pin this plan", on_click=self._pin).props("unelevated no-caps")
            ui.button("Change it on Therapy", on_click=lambda: session.open("/")).props("outline no-caps")
            self.status = ui.label("").classes("studio-status").props('role="status"')
        self.pins = ui.element("div").classes("studio-pins")
        self.which = ui.label("").classes("studio-said").props('aria-live="polite"')
        self.table = Grid()
        self.whose = ui.label("").classes("studio-note")
        self.curves = Curves()
        heading("Differences", 2)
        paragraph("Each member of the ensemble is treated with both plans; the range is that of its differences.")
        self.pairs = Grid()
        self._show()

    def _pin(self) -> None:
        pins = self.session.pins
        if len(pins) >= MOST_PINS:
            self.status.set_text(FULL)
        elif any(pin.data == self.session.state.data for pin in pins):
            self.status.set_text("This plan is pinned already.")
        else:
            self.session.pin([*pins, self.session.state])
            self._show()

    def _take(self, k: int) -> None:
        self.session.pin([pin for i, pin in enumerate(self.session.pins) if i != k])
        self._show()

    def _show(self) -> None:
        self.pins.clear()
        self.runs = {}
        self.status.set_text("")
        self.which.set_text("" if self.session.pins else EMPTY)
        for shown in (self.table, self.curves, self.pairs):
            shown.set_visibility(bool(self.session.pins))
        names = named(self.session.pins)
        with self.pins:
            for k, (name, pin) in enumerate(zip(names, self.session.pins, strict=True)):
                with ui.element("section").classes("studio-pin"):
                    heading(name, 2)
                    paragraph(described(pin))
                    with ui.element("div").classes("studio-bar"):
                        ui.button("Open", on_click=partial(self.session.open, "/", pin)).props("flat dense no-caps")
                        ui.button("Take out", on_click=partial(self._take, k)).props("flat dense no-caps")
        for name, pin in zip(names, self.session.pins, strict=True):
            self._ask(name, pin)

    def _ask(self, name: str, pin: State) -> None:
        try:
            species = pin.scenario.subject.species
        except Exception as error:  # of a link that somebody wrote
            self.status.set_text(f"{name}: {error}")
            return
        self.session.ask(asked(species), partial(self._come, name), pin, slot=name)

    def _come(self, name: str, told: Told) -> None:
        if told.error is not None:
            self.status.set_text(f"{name}: {sentence(told.error)}")
            return
        assert told.run is not None
        self.runs[name] = told.run
        names = named(self.session.pins)
        if set(self.runs) != set(names):
            return
        runs = {name: self.runs[name] for name in names}
        people = {run.record["subject"]["species"] for run in runs.values()} == {"human"}
        outputs = OF_PEOPLE if people else SHOWN
        like = self.session.like
        if like is None or not all(like.is_of(pin) for pin in self.session.pins):
            like = None  # dots of nobody, or of the subject of some plans alone, would mislead
        self.curves.push([{"title": "", "panels": [overlaid(runs, output, like) for output in outputs]}])
        self.whose.set_text("" if like is None else OF_LIKE.format(patient=like.patient))
        self.table.push(beside(runs, outputs))
        if told.whole and len(runs) > 1:
            pins = dict(zip(names, self.session.pins, strict=True))
            key = ("compare", *(pin.digest for pin in pins.values()))
            self.session.do(key, lambda: _compared(pins), self._differ, slot="pairs")

    def _differ(self, found: Found) -> None:
        if found.error is not None:
            self.which.set_text(sentence(found.error))
            return
        self.which.set_text(found.value.which())
        self.pairs.push(pairs(found.value, label))


def named(pins: list[State]) -> list[str]:
    """A name for each plan: what differs between them, and of one alone what it gives; no two are the same."""
    fields = list(dict.fromkeys(field for pin in pins for field in _flat(pin)))
    differ = [field for field in fields if len({str(_flat(pin).get(field)) for pin in pins}) > 1]
    names = [", ".join(_said(field, _flat(pin).get(field)) for field in differ) or described(pin) for pin in pins]
    return [name if names.count(name) == 1 else f"{name} ({k + 1})" for k, name in enumerate(names)]


def _flat(pin: State) -> dict[str, Any]:
    return dict(parse_qsl(pin.query()))


def _said(field: str, value: Any) -> str:
    """A field of a plan and its value, as one says it.

    >>> _said("plan.0.dose", "1e10 particle"), _said("plan.0.n", "3"), _said("plan.0.every", None)
    ('1e10 particle', 'n 3', 'every: none')
    """
    name = field.rpartition(".")[2].replace("_", " ")
    if value is None:
        return f"{name}: none"
    return (
        str(value)
        if name in ("dose", "product", "care", "cause", "species", "etiology", "route")
        else f"{name} {value}"
    )


def described(pin: State) -> str:
    """What a plan gives, in a few words."""
    told: list[str] = []
    for part in pin.parts:
        if part.get("care"):
            told.append(str(part["care"]))
            continue
        n = part.get("n") or 1
        often = f"{n} times every {part.get('every')}" if isinstance(n, int) and n > 1 else "once"
        told.append(f"{part.get('product')} {part.get('dose')} {part.get('route') or 'iv'}, {often} from "
                    f"{part.get('start') or '0 d'}")  # fmt: skip
    return " and ".join(told) or "untreated"


def _compared(pins: dict[str, State]) -> Comparison:
    from lobule.explore import compare  # with all that explores, which no page needs to open

    return compare({name: run_scenario(pin.scenario) for name, pin in pins.items()}, members=THIN)
