"""What tells two products apart: numbers with a source, numbers without, or nothing at all for want of data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lobule.model.parameters import parameter_table
from lobule.therapy.product import Estimate, Product, products

WANT = "for want of data"
LIGAND = "A ligand without a load"  # how the sentence on it begins
YIELDS = ("particles_per_cell", "particles_per_ug", "cells_per_mL")  # how many particles a dose in other units holds
TARGETING = "_targeting"
LOADED = 10.0  # fold of the native count from which a component is a load
POTENCIES = ("product_strength", "secreted_product_strength")  # of the published reading alone
CELLS = {"macrophage": "macrophages", "endothelium": "endothelium", "hepatocyte": "hepatocytes",
         "stellate": "stellate cells"}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A number in which two products differ.

    Attributes
    ----------
    name : as `Product.estimates` calls it
    first, second : the number of each; None where it gives none
    """

    name: str
    first: Estimate | None
    second: Estimate | None

    @property
    def sources(self) -> tuple[str, ...]:
        """Evidence that either of the two numbers stands on."""
        return tuple(dict.fromkeys(s for e in (self.first, self.second) if e is not None for s in e.source.split()))

    @property
    def sized(self) -> bool:
        """The size of both stands on a figure, not on an assumption."""
        return all(e is None or e.grade != "assumed" for e in (self.first, self.second))

    def short(self) -> str:
        """The number and its sources."""
        words = self.name.removeprefix("cargo.").replace("_", " ")
        return f"{words} ({', '.join(self.sources) or 'no source'})"

    def said(self) -> str:
        """The number, what it is, and its sources."""
        words = self.name.removeprefix("cargo.").replace("_", " ")
        what = f"{words} {' and '.join(_told(self.name, e) for e in (self.first, self.second))}"
        source = ", ".join(self.sources) or "no source"
        return f"{what} ({source}{'' if self.sized else '; size assumed'})"


def _value(name: str, estimate: Estimate | None) -> float | None:
    """The number; of a product that does not give it no cargo, or the model's constant; None where there is none."""
    if estimate is not None:
        return estimate.value
    if name.startswith("cargo."):
        return 0.0
    row = parameter_table().get(name)
    return None if row is None else row.values["mouse"]


def _told(name: str, estimate: Estimate | None) -> str:
    value = _value(name, estimate)
    return "not given" if value is None else f"{value:g}"


def differences(first: Product, second: Product) -> list[Difference]:
    """Numbers in which two products differ, those with a source first; a range alone is no difference."""
    one, other = first.estimates(), second.estimates()
    names = dict.fromkeys((*one, *other))
    unlike = [name for name in names if _value(name, one.get(name)) != _value(name, other.get(name))]
    found = [Difference(name, one.get(name), other.get(name)) for name in unlike]
    return sorted(found, key=lambda d: not d.sources)


def original(product: Product) -> Product:
    """The product whose every number this one has; itself where it has its own."""
    return original(products[product.same_as]) if product.same_as else product


def same(first: Product, second: Product) -> bool:
    """No source tells them apart, and one of them says so, or both are the same as a third."""
    return first.kind == second.kind and original(first).name == original(second).name


def loads(product: Product) -> list[str]:
    """Components of which it carries far more than the product that it is like."""
    native = products[product.like].cargo if product.like in products else {}
    found = []
    for name, estimate in product.cargo.items():
        usual = native[name].value if name in native else 0.0
        if estimate.value > LOADED * usual and (name == "payload" or usual):
            found.append(name)
    return found


def ligands(product: Product) -> list[str]:
    """Cells that it is steered to."""
    steered = {name: e.value for name, e in product.sets.items() if name.endswith(TARGETING)}
    return [name.removesuffix(TARGETING) for name, fold in steered.items() if fold > 1]


def said_of(product: Product) -> list[str]:
    """Sentences on what of a product stands on data, and what is as of another for want of it."""
    if product.same_as:
        return [f"The same as {product.same_as} {WANT}: no source gives a number in which the two differ."]
    sentences = _from_like(product)
    cells = ligands(product)
    if cells and not loads(product):
        aims = " and ".join(CELLS[cell] for cell in cells)
        sentences.append(
            f"{LIGAND}: it moves vesicles to {aims} and brings nothing that acts there more than native "
            "vesicles do; what macrophages do not get is lost."
        )
    return sentences


def in_short(product: Product) -> str:
    """What a product is the same as or differs in, in a line; "" for one that is like no other."""
    if product.same_as:
        return f"same as {product.same_as} {WANT}"
    if product.like not in products:
        return ""
    base = products[product.like]
    found = differences(product, base)
    told = [d.short() for d in found if d.sources]
    return f"differs from {original(base).name} in {', '.join(told)}; else the same {WANT}" if told else ""


def _from_like(product: Product) -> list[str]:
    if product.like not in products:
        return []
    base = products[product.like]
    found = differences(product, base)
    base = original(base)
    told = [d for d in found if d.sources]
    rest = [d for d in found if not d.sources]
    numbers = "; ".join(d.said() for d in told)
    sentences = [f"Differs from {base.name} in {numbers}; in all else the same {WANT}."] if told else []
    if rest:
        sentences.append(f"Also, without any source: {'; '.join(d.said() for d in rest)}.")
    if told and all(d.name in (*POTENCIES, *YIELDS) for d in found):
        sentences.append(f"As counted, a particle is the same as one of {base.name} {WANT}.")
    return sentences


def sources_of(found: Iterable[Difference]) -> tuple[str, ...]:
    """Evidence behind differences, each once."""
    return tuple(dict.fromkeys(source for d in found for source in d.sources))
