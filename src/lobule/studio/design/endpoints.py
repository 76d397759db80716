"""Endpoints and their estimands, one at a time."""

from __future__ import annotations

from nicegui import ui

from lobule.files.design import METHODS
from lobule.files.estimand import ENDS, EVENTS, PRINCIPAL_STRATUM, USUAL
from lobule.studio.design import words
from lobule.studio.design.arms import options
from lobule.studio.design.rows import entries, named, unused
from lobule.studio.form import Form
from lobule.studio.state import Field

ENDPOINTS: Field = ("endpoints",)
IMPUTE = ("multiple_imputation", "imputed_risk_difference")


class Endpoints:
    """All endpoints, one at a time."""

    def __init__(self, form: Form) -> None:
        self.form, self.shown = form, 0

    @property
    def at(self) -> Field:
        """The field of the endpoint that is shown."""
        return (*ENDPOINTS, self.shown)

    def shape(self) -> object:
        """What decides which fields there are."""
        state = self.form.state
        own = [state.get(*self.at, name) for name in ("kind", "method")]
        more = state.get(*self.at, "historical") is not None, str(state.get(*self.at, "events"))
        return len(entries(state, *ENDPOINTS)), self.shown, str(own), more

    def build(self) -> None:
        """The fields of the endpoint that is shown."""
        form, n = self.form, len(entries(self.form.state, *ENDPOINTS))
        self.shown = min(self.shown, max(n - 1, 0))
        form.pick("Endpoint", lambda: options(form.state, "endpoints", "an endpoint"), self.shown, self._show)
        form.text((*self.at, "name"), "Name of the endpoint")
        form.choice((*self.at, "kind"), "Kind", words.KINDS)
        kind = str(form.state.get(*self.at, "kind"))
        self._what(kind)
        self._how(kind)
        if kind in USUAL and kind != "ranked":
            self._estimand(kind)
        with ui.element("div").classes("studio-bar"):
            ui.button("Add an endpoint", on_click=self._add).props("flat dense no-caps")
            if n > 1:
                ui.button("Take this endpoint out", on_click=self._take).props("flat dense no-caps")

    def _what(self, kind: str) -> None:
        form, at = self.form, self.at
        if kind in ("change", "responder"):
            form.choice((*at, "output"), "Of which lab or score", words.outputs())
            form.choice((*at, "at"), "At which visit", lambda: _visits(form))
        if kind == "responder":
            form.text((*at, "response"), "Who responds", "change <= -3")
        if kind == "time_to_event":
            form.choice((*at, "events"), "Events", words.events(), several=True)
        if kind == "ranked":
            form.choice((*at, "order"), "Endpoints, the gravest first", lambda: named(form.state, *ENDPOINTS), True)

    def _how(self, kind: str) -> None:
        form, at = self.form, self.at
        known = {name: words.METHODS[name] for name in METHODS.get(kind, ())}
        method = form.state.get(*at, "method")
        form.choice((*at, "method"), "Analysis", known, usual=next(iter(known), ""))
        if kind == "change" or method in IMPUTE:
            form.choice(
                (*at, "imputation", "missing"), "Missing values are taken", words.MISSING, usual="missing_at_random"
            )
            form.number((*at, "imputation", "number"), "Imputations", 2, 1000, usual="20")
            form.number((*at, "imputation", "delta"), "Added to what is imputed", -1e6, 1e6, whole=False, usual="0")
        if method == "map_prior" or form.state.get(*at, "historical") is not None:
            form.yaml((*at, "historical"), "Historical controls (YAML: studies, robust, heterogeneity)")

    def _estimand(self, kind: str) -> None:
        """Population and intercurrent events; an event that is part of the endpoint has no strategy."""
        form, at = self.form, self.at
        own = form.state.get(*at, "events")
        with form.group("Estimand"):
            form.text((*at, "among"), "Asked of those who at baseline meet", "meld_na >= 15")
            for event in EVENTS:
                if isinstance(own, list) and event in own and form.state.get(*at, "intercurrent", event) is None:
                    continue
                usual = USUAL[kind].get(event, "treatment_policy")
                left = "as the analysis says of rescue" if event == "rescue" and kind != "time_to_event" else (
                    f"usual: {usual.replace('_', ' ')}"
                )  # fmt: skip
                strategies = {name: word for name, word in words.STRATEGIES.items()
                              if name != PRINCIPAL_STRATUM or (kind == "change" and event in ENDS)}  # fmt: skip
                form.choice(
                    (*at, "intercurrent", event), f"After {words.events().get(event, event).lower()}",
                    words.or_none(strategies, left),
                )  # fmt: skip
            if kind == "change":
                form.number(
                    (*at, "failure"), "Value that stands for a composite event", -1e9, 1e9, whole=False,
                    usual="the worst of a score",
                )  # fmt: skip

    def show(self, i: int) -> None:
        """Show another endpoint."""
        self._show(i)

    def _show(self, i: int) -> None:
        self.shown = i
        self.form.reshape()

    def _add(self) -> None:
        """One more: the albumin at the last visit, which is then changed."""
        state = self.form.state
        here = entries(state, *ENDPOINTS)
        new = {"name": unused(named(state, *ENDPOINTS), "endpoint"), "kind": "change", "output": "albumin"}
        visits = list(_visits(self.form))
        self.shown = len(here)
        self.form.change((ENDPOINTS, [*here, new | ({"at": visits[-1]} if visits else {})]))

    def _take(self) -> None:
        left = [one for i, one in enumerate(entries(self.form.state, *ENDPOINTS)) if i != self.shown]
        self.shown = 0
        self.form.change((ENDPOINTS, left))


def _visits(form: Form) -> dict[str, str]:
    """Visits after baseline."""
    return {str(one): str(one) for one in entries(form.state, "visits")[1:]}
