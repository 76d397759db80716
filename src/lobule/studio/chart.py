"""Elements of a page that draw: they are pushed columns of numbers, never whole figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from lobule.simulation.run import Run
from lobule.studio.like import Like
from lobule.studio.panels import Group, panel, plane

UPLOT = "/static/uplot/uPlot.iife.min.js"


class Curves(ui.element, component="static/curves.js"):
    """Panels of curves, in groups, drawn by uPlot; each says its result in words and shows as a table."""

    def show(
        self, run: Run, groups: Sequence[Group], *first: dict[str, Any], row: Callable[[str], str],
        like: Like | None = None,
    ) -> None:  # fmt: skip
        """Draw a run.

        Parameters
        ----------
        first : further panels, which stand first in the first group
        row : gives the address where the evidence tells of an output: its equation
        like : somebody like the subject, whose measured values are drawn
        """
        told: list[dict[str, Any]] = [
            {"title": group.title, "panels": [panel(run, name, like) for name in group.outputs if name in run.data]}
            for group in groups
        ]
        told[0]["panels"] = [*first, *told[0]["panels"]]
        for group in told:
            for one in group["panels"]:
                one["link"] = row(one.get("row", one["name"]))
        self.push(told)

    def push(self, groups: Sequence[dict[str, Any]]) -> None:
        """Draw groups, each with title and panels as `panels.panel` gives them."""
        self.run_method("push", list(groups))

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


class Body(ui.element, component="static/body.js"):
    """A body whose organs are as dark as their share of a dose."""

    def show(self, found: dict[str, Any] | None, wrong: str = "") -> None:
        """Draw what `body.where` found, or say why there is nothing to draw."""
        self.run_method("push", found, wrong)


class Grid(ui.element, component="static/grid.js"):
    """A table of rows of text."""

    def push(self, table: dict[str, Any]) -> None:
        """Show a table: told (its caption), head, rows, numbers (columns of numbers)."""
        self.run_method("push", table)
