"""One well of a dish: its product, its dose, and what both bring into the medium."""

from __future__ import annotations

from dataclasses import dataclass

from lobule.arguments import number, one_of, some_names, truth
from lobule.bounds import MOST
from lobule.dish.assemble import values
from lobule.dish.plate import Dish
from lobule.engine.events import Event
from lobule.errors import InputError, about, shown
from lobule.evidence.vocabulary import meaning
from lobule.model.cargo import components
from lobule.quantities import amount, measured
from lobule.therapy.product import Product, a_product, is_potency

DOSE_KINDS = {
    "vesicles": ("particles_per_volume", "protein_per_volume", "cells_per_volume"),
    "medium": ("share",),
}
MOST_PARTICLES = 1e16  # in a mL: more than that is no liquid


@dataclass(frozen=True)
class Well:
    """One well.

    Parameters
    ----------
    product : vesicles or medium; None for a well without
    dose : vesicles: "1e9 particle/mL", "10 ug/mL" of vesicle protein, "1e6 cell/mL" for what so many cells give off;
        medium: "50 %" of the well's medium
    without : components of the cargo that are taken out or blocked (an antagomir)
    stimulated : the dish's stimulus is added
    potency : factor on all cargo and on what whole vesicles do as published: what markers of a batch do not tell

    Raises
    ------
    InputError : cells as a product, a dose in another unit, an unknown component.
    """

    product: Product | str | None = None
    dose: str | None = None
    without: tuple[str, ...] = ()
    stimulated: bool = True
    potency: float = 1.0

    def __post_init__(self) -> None:
        if self.product is not None:
            object.__setattr__(self, "product", a_product(self.product))
        if (self.product is None) != (self.dose is None):
            raise InputError("a well has a product with its dose, or neither", ["dose"])
        names = some_names(self.without, "without")
        object.__setattr__(self, "without", tuple(meaning("cargo", name) or name for name in names))
        truth(self.stimulated, "stimulated")
        object.__setattr__(self, "potency", number(self.potency, "potency", 0, MOST))
        if isinstance(self.product, Product):
            if self.product.kind == "cells":
                raise InputError(
                    f"{self.product.name} is cells; the dish takes vesicles or conditioned medium", ["product"]
                )
            with about("dose"):
                if self.particles(1.0) > MOST_PARTICLES:
                    raise InputError(f"{shown(self.dose)} is more than {MOST_PARTICLES:g} particles in a mL")
        for name in self.without:
            one_of(name, "without", components(), "component of cargo to take out")

    def particles(self, millilitres: float) -> float:
        """Vesicles in a well of so many mL."""
        if not isinstance(self.product, Product) or self.dose is None:
            return 0.0
        value, kind = measured(self.dose, DOSE_KINDS[self.product.kind])
        product = self.product
        if kind == "share":
            if value > 100:
                raise InputError(f'a dose of "{self.dose}" is more than the whole medium of the well')
            assert product.cells_per_mL is not None and product.particles_per_cell is not None
            value *= product.cells_per_mL.value / 100 * product.particles_per_cell.value
        elif kind == "protein_per_volume":
            assert product.particles_per_ug is not None
            value *= product.particles_per_ug.value
        elif kind == "cells_per_volume":
            if product.particles_per_cell is None:
                raise InputError(f"{product.name} does not say how many particles a cell gives; dose it in particles")
            value *= product.particles_per_cell.value
        return value * millilitres

    def constants(self) -> dict[str, float]:
        """Constants that the product sets in this well."""
        if not isinstance(self.product, Product):
            return {}
        known = values("mouse")
        found = {name: value for name, value in self.product.parameters().items() if name in known}
        copies = {name: value * self.potency for name, value in found.items() if is_potency(name)}
        taken = {f"{whose}{name}_copies_per_particle": 0.0 for whose in ("", "secreted_") for name in self.without}
        return found | copies | taken

    def events(self, plate: Dish, kupffer: float) -> list[Event]:
        """What is added to this well."""
        rows = plate.stimuli() if self.stimulated else []
        if not isinstance(self.product, Product):
            return rows
        when, given = amount(plate.product_at, "time"), self.particles(plate.millilitres) / 1e9
        if self.product.kind == "vesicles":
            return [*rows, Event(0, when, "ev_in_sinusoids", "add", given)]
        assert self.product.cells_per_mL is not None and self.product.collection_days is not None
        share = amount(self.dose, "share") / 100
        cells = self.product.cells_per_mL.value * share * plate.millilitres / 1e9
        soluble = cells / kupffer * self.product.collection_days.value * self.potency
        clearance = values("mouse")
        return [*rows, Event(0, when, "secreted_ev_in_sinusoids", "add", given)] + [
            Event(0, when, name, "add", clearance[f"{name}_clearance"] * soluble)
            for name in ("msc_factor", "msc_growth_factor")
        ]
