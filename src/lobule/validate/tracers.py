"""Published figures on where vesicles and cells go, each beside what the model's tracer study finds.

`tracers.csv` says for every such row of the evidence what it is of: product, label, subject, route, time and quantity;
or why the model cannot say it. Animals are healthy where a row is of an injured one; people have cirrhosis. Vesicles
are those of umbilical cord MSC unless the row sets something: those of a melanoma are held sevenfold by the lung.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.evidence import fact
from lobule.patient import Animal, Patient
from lobule.rows import Row, rows_by
from lobule.simulation.biodistribution import Traced, Tracer, trace
from lobule.simulation.subject import Subject
from lobule.studies.split import drawn_sources
from lobule.therapy import Plan
from lobule.therapy.plan import PLASMA_ML_PER_G

if TYPE_CHECKING:
    import pandas as pd

TABLE = Path(__file__).parent / "tracers.csv"
# Usual doses in particles and cells, of which shares do not depend: far from saturation
GIVEN = {"vesicles": ("uc-msc-ev", {"mouse": "1e10 particle", "rat": "4e10 particle"}),
         "cells": ("uc-msc", {"mouse": "1e6 cell", "rat": "2e6 cell", "cirrhosis": "3.25e8 cell"})}  # fmt: skip
MACROPHAGES = ("kupffer_cells", "recruited_monocytes", "inflammatory_macrophages", "restorative_macrophages")
DEPLETED = "phagocytes"  # of `sets`: the share of phagocytes that is left everywhere
LONGEST = 1440.0  # hours
TWOFOLD = "twofold, assumed"
UNITS = {"share": "of the dose", "elsewhere than": "of the dose", "half-life": "h", "late half-life": "h", "peak": "h",
         "residence": "h", "clearance": "mL/min", "volume": "mL"}  # fmt: skip
SIDES = {"calibration": "calibration", "held-out": "held out"}
OF_THE_MODEL = "calibration"  # facts that were never drawn: the model stands on them


class TracerRow(Row):
    """A row of the table: what a published figure is of.

    Attributes
    ----------
    kind : vesicles or cells
    label, subject, route, hours : of the tracer study; hours after the dose
    quantity : a share of the dose, a quantity of UNITS, seen, not seen (by a method that sees `limit` of the dose), or
        the order of organs that stands in `organ`; "" where the model cannot say it, for a `reason`
    low, high : the range where the row of the evidence gives none; range_is : whose it is
    scale : from the unit of the evidence to that of the quantity
    sets : constants of the product or the subject, as NAME=VALUE
    """

    row: str
    kind: str
    label: str = ""
    subject: str = ""
    route: str = ""
    hours: float | None = None
    quantity: str = ""
    organ: str = ""
    low: float | None = None
    high: float | None = None
    scale: float = 1.0
    range_is: str = ""
    limit: float | None = None
    sets: str = ""
    reason: str = ""

    @property
    def study(self) -> str:
        """A name that rows of one study share."""
        return ", ".join((self.kind, self.label, self.subject, self.route, self.sets))

    def tracer(self) -> Tracer:
        """The study."""
        product, doses = GIVEN[self.kind]
        given = {name: float(value) for name, value in (part.split("=") for part in self.sets.split())}
        left = given.pop(DEPLETED, None)
        events: tuple[Event, ...] = ()
        if left is not None:
            events = tuple(Event(EVERYONE, 0.0, name, "multiply", left) for name in MACROPHAGES)
            given["systemic_phagocytes"] = left
        plan = Plan(product, doses[self.subject], self.route)
        return Tracer(_subject(self.subject), plan, self.label, tuple(given.items()), events)

    def published(self) -> tuple[float, float, float, str]:
        """The figure with its range, in the unit of the quantity, and what the range is."""
        evidence = fact(self.row)
        value = _number(evidence["value"]) * self.scale
        if self.low is not None and self.high is not None:
            middle = (self.low + self.high) / 2  # of a row that tells the low end of its range
            return middle if value <= self.low else value, self.low, self.high, self.range_is
        low, high, sd = (_number(evidence.get(name, "")) * self.scale for name in ("low", "high", "sd"))
        if math.isfinite(low) and math.isfinite(high) and low < high:
            return value, low, high, "as published"
        if math.isfinite(sd):
            return value, max(0.0, value - 2 * sd), value + 2 * sd, "two standard deviations"
        return value, value / 2, value * 2, TWOFOLD


@cache
def tracer_rows() -> dict[str, TracerRow]:
    """Every row by the id of its evidence."""
    return rows_by("row", TABLE, TracerRow)


def beside_tracers() -> pd.DataFrame:
    """Every published figure beside the prediction.

    Returns
    -------
    DataFrame, one row a figure: row, source, set (calibration or held out), seen (its rows were read before it was
    drawn), of (product, label, subject, route, time), quantity, unit, published, low, high, range, predicted, fold
    (predicted over published), inside ("yes", "no", or "" where nothing is predicted), reason.
    """
    import pandas as pd

    asked = {name: row for name, row in tracer_rows().items() if row.quantity}
    studies = {row.study: row.tracer() for row in asked.values()}
    hours = sorted({row.hours for row in asked.values() if row.hours} | {LONGEST})
    traced = trace(studies, hours)
    found = [_told(row, traced[row.study] if row.quantity else None) for row in tracer_rows().values()]
    return pd.DataFrame(found)


def _told(row: TracerRow, traced: Traced | None) -> dict[str, Any]:
    source = fact(row.row)["source_id"]
    drawn = drawn_sources().get(source)
    told: dict[str, Any] = {
        "row": row.row,
        "source": source,
        "set": SIDES[drawn.set] if drawn else OF_THE_MODEL,
        "seen": drawn.seen if drawn else True,
        "of": _of(row),
        "quantity": _quantity(row),
        "unit": UNITS.get(row.quantity, ""),
        "published": "",
        "low": math.nan,
        "high": math.nan,
        "range": "",
        "predicted": "",
        "fold": math.nan,
        "inside": "",
        "reason": row.reason,
    }
    if traced is None:
        return told
    if row.quantity == "order":
        return told | _order(row, traced)
    if row.quantity in ("seen", "not seen"):
        return told | _seen(row, traced)
    value, low, high, kind = row.published()
    predicted = _predicted(row, traced)
    return told | {
        "published": _figure(value),
        "low": low,
        "high": high,
        "range": kind,
        "predicted": _figure(predicted),
        "fold": predicted / value if value else math.nan,
        "inside": "yes" if low <= predicted <= high else "no",
    }


def _order(row: TracerRow, traced: Traced) -> dict[str, Any]:
    hour = row.hours or 0.0
    wanted = row.organ.split(" > ")
    shares = [traced.at(organ, hour) for organ in wanted]
    ranked = [organ for _, organ in sorted(zip(shares, wanted, strict=True), reverse=True)]
    holds = ranked == wanted
    return {
        "published": row.organ,
        "predicted": " > ".join(ranked),
        "range": row.range_is,
        "inside": "yes" if holds else "no",
    }


def _seen(row: TracerRow, traced: Traced) -> dict[str, Any]:
    share, limit = traced.at(row.organ, row.hours or 0.0), row.limit or 0.0
    seen = share >= limit
    return {
        "published": row.quantity,
        "range": f"the method sees {limit:g} of the dose, assumed",
        "predicted": f"{'seen' if seen else 'not seen'}, {share:.2g}",
        "inside": "yes" if seen == (row.quantity == "seen") else "no",
    }


def _predicted(row: TracerRow, traced: Traced) -> float:
    """The quantity of a row."""
    if row.quantity == "share":
        return traced.at(row.organ, row.hours or 0.0)
    if row.quantity == "elsewhere than":
        return 1 - traced.at(row.organ, row.hours or 0.0)
    if row.quantity == "half-life":
        return traced.half_gone(row.organ)
    if row.quantity == "late half-life":  # from the slope of the hours that label is followed for
        early, late = (math.log(traced.at(row.organ, hour)) for hour in LATE)
        return math.log(2) * (LATE[1] - LATE[0]) / (early - late)
    if row.quantity == "peak":
        return float(traced.hours[int(np.argmax(traced.organs[row.organ]))])
    if row.quantity == "residence":
        return traced.residence()
    plasma = PLASMA_ML_PER_G * _subject(row.subject).body_weight_g
    clearance = plasma / traced.plasma_hours()  # mL an hour
    return clearance / 60 if row.quantity == "clearance" else clearance * traced.residence()


LATE = (4.0, 12.0)  # hours of the late half-life


@cache
def _subject(name: str) -> Subject:
    return Patient(etiology="alcohol", years=16) if name == "cirrhosis" else Animal(name)


def _of(row: TracerRow) -> str:
    """Product, label, subject and route in words."""
    if not row.quantity:
        return row.kind
    who = "person with cirrhosis" if row.subject == "cirrhosis" else row.subject
    more = ", few phagocytes" if DEPLETED in row.sets else ", of a melanoma" if "lung_arrest" in row.sets else ""
    return f"{row.kind}{more}, {row.label}, {who}, {row.route}"


def _quantity(row: TracerRow) -> str:
    """What of which organ and when, in words."""
    if not row.quantity:
        return str(fact(row.row).get("quantity") or fact(row.row).get("organ_or_quantity") or "")
    when = "" if row.hours is None else f" at {row.hours:g} h"
    organ = "organs" if row.quantity == "order" else row.organ
    return (
        f"{row.quantity} {organ}{when}"
        if row.quantity in ("elsewhere than", "not seen", "seen")
        else (f"{organ}: {row.quantity}{when}")
    )


def _figure(value: float) -> str:
    return f"{value:.3g}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
