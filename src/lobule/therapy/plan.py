"""A plan: one product, its dose, route and schedule; expanded into what enters which part of the body, and when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lobule.arguments import whole
from lobule.engine.events import Event, infusion
from lobule.errors import InputError, Mistakes, nearest, shown
from lobule.evidence.vocabulary import meaning
from lobule.quantities import amount, measured
from lobule.report.card import card
from lobule.therapy.condition import condition
from lobule.therapy.product import Estimate, Product, a_product

DOSE_KINDS = {
    "vesicles": ("particles", "particles_per_weight", "protein", "protein_per_weight", "cells", "cells_per_weight"),
    "cells": ("cells", "cells_per_weight"),
    "medium": ("volume", "volume_per_weight", "cells", "cells_per_weight"),
}
ALL_DOSE_KINDS = tuple(dict.fromkeys(kind for kinds in DOSE_KINDS.values() for kind in kinds))
# route: share of the dose that enters each state of the model; shares of first passage pk-K154 pk-K155, kinetics.md 2
ROUTES: dict[str, dict[str, dict[str, float]]] = {
    "vesicles": {
        "iv": {"ev_in_plasma": 1.0},
        "portal vein": {"ev_in_portal_blood": 1.0},
        "hepatic artery": {"ev_in_liver_artery": 1.0},
        "intrahepatic": {"ev_in_liver_tissue": 0.7, "ev_in_plasma": 0.3},
        "intrasplenic": {"ev_in_spleen": 0.4, "ev_in_portal_blood": 0.6},
        "intraperitoneal": {"ev_in_peritoneum": 1.0},
        "subcutaneous": {"ev_under_skin": 1.0},
        "hydrogel": {"ev_in_hydrogel": 1.0},
    },
    "cells": {
        "iv": {"msc_in_blood": 1.0},
        "portal vein": {"msc_in_portal_blood": 1.0},
        "hepatic artery": {"msc_in_liver": 0.7, "msc_in_blood": 0.3},
        "intrahepatic": {"msc_in_liver": 0.8, "msc_in_blood": 0.2},
        "intrasplenic": {"msc_in_spleen": 0.5, "msc_in_liver": 0.5},
        "intraperitoneal": {"msc_in_depot": 1.0},
        "subcutaneous": {"msc_in_depot": 1.0},
        "hydrogel": {"msc_in_depot": 1.0},
    },
    "medium": {
        "iv": {"secreted_ev_in_plasma": 1.0},
        "portal vein": {"secreted_ev_in_sinusoids": 0.1, "secreted_ev_in_plasma": 0.9},
        "hepatic artery": {"secreted_ev_in_sinusoids": 0.1, "secreted_ev_in_plasma": 0.9},
        "intrahepatic": {"secreted_ev_in_sinusoids": 0.7, "secreted_ev_in_plasma": 0.3},
        "intraperitoneal": {"secreted_ev_in_plasma": 0.6},  # the rest is cleared there
    },
}
ALL_ROUTES = tuple(dict.fromkeys(route for routes in ROUTES.values() for route in routes))
DEBRIS = {"msc_in_blood": "msc_debris_in_lung", "msc_in_portal_blood": "msc_debris_in_liver",
          "msc_in_liver": "msc_debris_in_liver", "msc_in_spleen": "msc_debris_in_spleen",
          "msc_in_depot": "msc_cleared"}  # fmt: skip
PARTICLE_VOLUME_ML = math.pi / 6 * (110e-7) ** 3  # a sphere of 110 nm, the usual mode of small vesicles (kinetics.md 3)
CELL_VOLUME_ML = math.pi / 6 * (18e-4) ** 3  # a sphere of 18 um (kinetics.md 9: 15-20 um)
PLASMA_ML_PER_G = 0.04  # pk-K025 over pk-K001
LARGEST_PLASMA_SHARE = 0.1  # assumed: more volume than this share of the plasma cannot be infused
MOST_DOSES = 1000
SHORTEST_GAP = 1 / 24 / 60  # days between two doses
# Constants of whom a medium is given to, on which its soluble part depends
OF_MEDIUM = ("kupffer_cell_density", "liver_mass_fraction", "body_weight", "msc_factor_clearance",
             "msc_growth_factor_clearance")  # fmt: skip
MULTIPLIER = Estimate(1.0, 1.0, 1.0, "", "derived")


@dataclass(frozen=True)
class Dose:
    """One dose as a number and its range: particles, or cells (cells that made it, for a medium)."""

    value: float
    low: float
    high: float
    unit: str

    @property
    def certain(self) -> bool:
        """There is one number, not a range."""
        return self.low == self.high


@dataclass(frozen=True)
class Plan:
    """What a subject is given: one product. Several plans make a plan of several parts.

    Parameters
    ----------
    product : a Product, its name in the library, or the path of a file
    dose : vesicles: "1e10 particle", "1e11 particle/kg", "250 ug" or "8 mg/kg" of vesicle protein, "1e6 cell" for what
        that many cells give off; cells: "1e6 cell", "1e6 cell/kg"; medium: "0.5 mL", "1 mL/kg", "1e6 cell"
    route : a key of ROUTES for the kind of product
    start : time of the first dose
    every : time between doses, needed when n > 1
    n : number of doses
    over : length of each infusion; None for a bolus
    when : a condition such as "alt > 80 U/L": a dose is given only when it holds at its time

    Raises
    ------
    InputError : unknown product or route, a dose in another unit, a schedule that contradicts itself.

    >>> Plan("uc-msc-ev", dose="1e10 particle", route="iv", every="7 d", n=3).times()
    [0.0, 7.0, 14.0]
    """

    product: Product | str
    dose: str
    route: str = "iv"
    start: str = "0 d"
    every: str | None = None
    n: int = 1
    over: str | None = None
    when: str | None = None

    def __post_init__(self) -> None:
        found = Mistakes()
        with found.at():
            object.__setattr__(self, "product", a_product(self.product))
        with found.at():
            object.__setattr__(self, "route", _route(self.route, self.product))
        with found.at("dose"):
            self._check_dose()
        self._check_schedule(found)
        with found.at("when"):
            if self.when is not None:
                condition(self.when)
        found.tell()

    def _check_dose(self) -> None:
        product = self.product if isinstance(self.product, Product) else None
        kind = measured(self.dose, DOSE_KINDS[product.kind] if product else ALL_DOSE_KINDS)[1]
        if product and product.kind == "vesicles" and kind.startswith("cells") and product.particles_per_cell is None:
            raise InputError(f"{product.name} does not say how many particles a cell gives; dose it in particles")

    def _check_schedule(self, found: Mistakes) -> None:
        start = gap = n = None
        with found.at():
            n = whole(self.n, "n", 1, MOST_DOSES)
            object.__setattr__(self, "n", n)
            if self.every is None and self.n > 1:
                raise InputError(f'{self.n} doses need the time between them: every="7 d"', ["every"])
        with found.at():
            start = amount(self.start, "time", "start")
        with found.at("every"):
            if self.every is not None:
                gap = amount(self.every, "time")
                if gap < SHORTEST_GAP:
                    raise InputError(f'the time between doses must be at least a minute, not "{self.every}"')
        with found.at("over"):
            length = amount(self.over, "time") if self.over is not None else None
            if length is not None and (length <= 0 or (gap is not None and length > gap)):
                raise InputError(f'over "{self.over}" must be above 0 and no longer than the time between doses')
        if start is not None and n is not None and not math.isfinite(start + (gap or 0.0) * (n - 1)):
            found.note(InputError("the last dose comes after any time", ["every"]))

    @property
    def _product(self) -> Product:
        assert isinstance(self.product, Product)  # made so in __post_init__
        return self.product

    @property
    def name(self) -> str:
        """Name of the product."""
        return self._product.name

    @property
    def kind(self) -> str:
        """Kind of the product: vesicles, cells or medium."""
        return self._product.kind

    def times(self) -> list[float]:
        """Times of the doses, in days."""
        gap = amount(self.every, "time") if self.every else 0.0
        return [amount(self.start, "time") + gap * i for i in range(self.n)]

    def parameters(self) -> dict[str, float]:
        """The model constants that this plan's product sets."""
        return self._product.parameters()

    def amount(self, body_weight_g: float) -> Dose:
        """One dose in particles (vesicles) or cells (cells, medium); a range where the unit leaves it open.

        Raises
        ------
        InputError : more than a body can take in.
        """
        product = self._product
        value, kind = measured(self.dose, DOSE_KINDS[product.kind])
        if kind.endswith("per_weight"):
            value *= body_weight_g / 1000
        per, unit = MULTIPLIER, "particles" if product.kind == "vesicles" else "cells"
        if kind.startswith("protein"):
            assert product.particles_per_ug is not None
            per = product.particles_per_ug
        elif kind.startswith("cells") and product.kind == "vesicles":
            assert product.particles_per_cell is not None
            per = product.particles_per_cell
        elif kind.startswith("volume"):
            assert product.cells_per_mL is not None
            per = product.cells_per_mL
        dose = Dose(value * per.value, value * per.low, value * per.high, unit)
        self._refuse_impossible(dose, kind, value, body_weight_g)
        return dose

    def scaled(self, factor: float, body_weight_g: float, digits: int = 9) -> Plan:
        """The same plan with so many times its dose, written in particles or cells.

        Parameters
        ----------
        factor : above 0
        body_weight_g : of whom it is given to, for a dose by weight
        digits : of the number as it is written

        Raises
        ------
        InputError : more than a body can take in.

        >>> Plan("uc-msc-ev", "4e8 particle/kg").scaled(3, body_weight_g=25).dose
        '30000000 particle'
        """
        own = self.amount(body_weight_g)
        unit = "particle" if own.unit == "particles" else "cell"
        found = replace(self, dose=f"{factor * own.value:.{digits}g} {unit}")
        found.amount(body_weight_g)
        return found

    def _refuse_impossible(self, dose: Dose, kind: str, value: float, body_weight_g: float) -> None:
        plasma = PLASMA_ML_PER_G * body_weight_g
        if kind.startswith("volume"):
            if value > plasma:
                raise InputError(
                    f'a dose of "{self.dose}" is {value:.2g} mL, more than the plasma of a subject of '
                    f"{body_weight_g:g} g; at most {plasma:.2g} mL can be given at once",
                    ["dose"],
                )
            return
        if self._product.kind == "medium":
            return
        limit = LARGEST_PLASMA_SHARE * plasma / (PARTICLE_VOLUME_ML if dose.unit == "particles" else CELL_VOLUME_ML)
        if dose.value > limit:
            raise InputError(
                f'a dose of "{self.dose}" is {dose.value:.2g} {dose.unit}, whose volume would be over a tenth of the '
                f"plasma of a subject of {body_weight_g:g} g; at most {limit:.2g} {dose.unit} can be given at once",
                ["dose"],
            )

    def events(self, amount_given: float, times: list[float], values: Mapping[str, float], patient: int) -> list[Event]:
        """What the doses do to the model.

        Parameters
        ----------
        amount_given : particles or cells in one dose; times : when, in days of the model
        values : constants of the subject, which the soluble part of a medium needs
        patient : row of the event table
        """
        entries = {state: share * amount_given / 1e9 for state, share in ROUTES[self._product.kind][self.route].items()}
        if self._product.kind == "cells":
            assert self._product.viability is not None
            alive = self._product.viability.value
            dead = {DEBRIS[state]: (1 - alive) * value for state, value in entries.items()}
            entries = {state: alive * value for state, value in entries.items()} | dead
        elif self._product.kind == "medium":
            entries = self._medium(entries, amount_given, values)
        rows: list[Event] = []
        for when in times:
            for state, value in entries.items():
                if self.over is None:
                    rows.append(Event(patient, when, state, "add", value))
                else:
                    rows += infusion(state, value, when, amount(self.over, "time"), patient)
        return rows

    def _medium(self, entries: dict[str, float], cells: float, values: Mapping[str, float]) -> dict[str, float]:
        """Vesicles of the cells, and their soluble output of the days of collection, given at once."""
        product = self._product
        assert product.particles_per_cell is not None and product.collection_days is not None
        density, share, weight, of_factor, of_growth_factor = (values[name] for name in OF_MEDIUM)
        output = cells / 1e9 / (density * share * weight) * product.collection_days.value
        vesicles = {state: value * product.particles_per_cell.value for state, value in entries.items()}
        return vesicles | {
            "msc_factor": of_factor * output,
            "msc_growth_factor": of_growth_factor * output,
        }

    def explain(self, body_weight_g: float) -> str:
        """The plan as a table: every dose with its time and its number of particles or cells; a dose with a condition
        is called planned."""
        dose = self.amount(body_weight_g)
        spread = "" if dose.certain else f" ({dose.low:.2g} to {dose.high:.2g})"
        head = f"{self.name}: {self._product.title}\n{self.dose} {self.route}, "
        head += f"{self.n} planned" if self.when else "once" if self.n == 1 else f"{self.n} times"
        head += f", over {self.over}" if self.over else ""
        head += f", each given only when {self.when}" if self.when else ""
        word = "planned" if self.when else "dose"
        rows = [
            f"  {word} {i + 1:<4} day {t:<8g} {dose.value:.3g} {dose.unit}{spread}" for i, t in enumerate(self.times())
        ]
        return "\n".join([head, *rows])

    def to_dict(self) -> dict:
        """The plan as plain data; `Plan(**plan.to_dict())` is the same plan for a product of the library."""
        return {"product": self.name} | {
            name: getattr(self, name) for name in ("dose", "route", "start", "every", "n", "over", "when")
        }

    def _repr_html_(self) -> str:
        return card(f"{self.name}: {self._product.title}", facts=self.to_dict())


def a_plan(value: Any, name: str) -> Plan:
    """A check of arguments: one plan of a product."""
    if not isinstance(value, Plan):
        raise InputError(f"{name} must be a Plan, not {type(value).__name__}", [name])
    return value


def _route(given: Any, product: Any) -> str:
    """The route of this name, or that a word for one means ("tail vein"); raises InputError with the nearest.

    Of a product that is not known, any route will do.
    """
    known = isinstance(product, Product)
    routes = ROUTES[product.kind] if known else ALL_ROUTES
    name = meaning("route", given) if isinstance(given, str) else None
    if name is None or name not in routes:
        whose = f" for {product.name} ({product.kind})" if known else ""
        raise InputError(f"no route {shown(given)}{whose}. {nearest(given, routes)}", ["route"])
    return name
