"""Elements of a page that draw: they are pushed columns of numbers, never whole figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from lobule.simulation.run import Run
from lobule.studio.panels import Group, panel, plane

UPLOT = "/static/uplot/uPlot.iife.min.js"


class Curves(ui.element, component="static/curves.js"):
    """Panels of curves, in groups, drawn by uPlot; each says its result in words and shows as a table."""

    def show(self, run: Run, groups: Sequence[Group]) -> None:
        """Draw a run."""
        told: list[dict[str, Any]] = [
            {"title": group.title, "panels": [panel(run, name) for name in group.outputs if name in run.data]}
            for group in groups
        ]
        self.run_method("push", told)

    def as_tables(self, tables: bool) -> None:
        """Show tables in place of curves, or curves again."""
        self._props["tables"] = tables
        self.update()


class Plane(ui.element, component="static/plane.js"):
    """Two outputs against each other, as a trace over time."""

    def __init__(self, title: str, across: str, up: str) -> None:
        super().__init__()
        self._props |= {"title": title, "across": across, "up": up}

    def show(self, run: Run) -> None:
        """Draw a run."""
        self.run_method("push", plane(run))
