"""The library of products: each is one file in `products/`; every number in it has a source or says assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lobule.errors import InputError, nearest
from lobule.model.cargo import components
from lobule.model.parameters import parameter_table

FOLDER = Path(__file__).parent / "products"
KINDS = {"vesicles": "infused vesicles", "cells": "living cells", "medium": "conditioned medium"}
LARGEST_FILE = 1_000_000  # bytes
ESTIMATES = ("particles_per_ug", "particles_per_cell", "viability", "cells_per_mL", "collection_days")
NEEDED = {  # what a kind of product cannot do without
    "vesicles": ("particles_per_ug",),
    "cells": ("viability",),
    "medium": ("particles_per_cell", "cells_per_mL", "collection_days"),
}


@dataclass(frozen=True)
class Estimate:
    """A number with its plausible range, the evidence it stands on, and how good that is."""

    value: float
    low: float
    high: float
    source: str
    grade: str
    note: str = ""


@dataclass(frozen=True)
class Product:
    """A product: what is given, and what it carries.

    Attributes
    ----------
    kind : vesicles, cells or medium
    cargo : copies on one particle; of cells and medium on the vesicles that the cells give off
    sets : constants of the model that belong to the product (targeting, priming, donor, payload)
    particles_per_ug : particles in a microgram of vesicle protein
    particles_per_cell : vesicles of one cell collected, for doses in cell equivalents and for medium
    viability : living share of the cells at the time of infusion
    cells_per_mL, collection_days : how a medium was made
    """

    name: str
    title: str
    kind: str
    cell_source: str
    cargo: dict[str, Estimate] = field(default_factory=dict)
    sets: dict[str, Estimate] = field(default_factory=dict)
    particles_per_ug: Estimate | None = None
    particles_per_cell: Estimate | None = None
    viability: Estimate | None = None
    cells_per_mL: Estimate | None = None
    collection_days: Estimate | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f'no kind of product "{self.kind}". {nearest(self.kind, KINDS)}')
        for name in self.cargo:
            if name not in components():
                raise InputError(f'cargo: no component "{name}". {nearest(name, components())}')
        settable = [p.id for p in parameter_table().values() if p.scaling == "product"]
        settable = [name for name in settable if not name.endswith("_copies_per_particle")]
        for name in self.sets:
            if name not in settable:
                raise InputError(f'sets: "{name}" does not belong to a product. {nearest(name, settable)}')
        for name in NEEDED[self.kind]:
            if getattr(self, name) is None:
                raise InputError(f"{name} is missing; {KINDS[self.kind]} need it")
        for name, estimate in self.estimates().items():
            if not 0 <= estimate.low <= estimate.value <= estimate.high:
                raise InputError(
                    f"{name}: the value {estimate.value:g} is outside its own range, {estimate.low:g} to "
                    f"{estimate.high:g}, or that is below 0"
                )

    def estimates(self) -> dict[str, Estimate]:
        """Every number of the product with its range."""
        own = {name: getattr(self, name) for name in ESTIMATES if getattr(self, name) is not None}
        return {**{f"cargo.{k}": v for k, v in self.cargo.items()}, **self.sets, **own}

    def parameters(self) -> dict[str, float]:
        """The model constants that this product sets; a component that it does not carry is 0."""
        prefix = "" if self.kind == "vesicles" else "secreted_"
        copies = {f"{prefix}{name}_copies_per_particle": 0.0 for name in components()}
        copies |= {f"{prefix}{name}_copies_per_particle": estimate.value for name, estimate in self.cargo.items()}
        return copies | {name: estimate.value for name, estimate in self.sets.items()}


def read_product(path: str | Path) -> Product:
    """Read one product file.

    A product may say `like: uc-msc-ev`: it is then that product, with what the file gives changed.

    Raises
    ------
    InputError : names the file and the field that is missing, unknown or out of range.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(f"{path.name} is larger than {LARGEST_FILE} bytes; a product has a page")
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{path.name}: not valid YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(data, dict):
        raise InputError(f"{path.name}: a product is a list of fields such as name, kind and cargo")
    try:
        return _build(data)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from error


def _build(data: dict[str, Any]) -> Product:
    given = dict(data)
    base = {} if "like" not in given else _as_fields(products[str(given.pop("like"))])
    allowed = [f.name for f in fields(Product)]
    for name in given:
        if name not in allowed:
            raise InputError(f'there is no field "{name}". {nearest(str(name), [*allowed, "like"])}')
    for name in ESTIMATES:
        if name in given:
            given[name] = _estimate(name, given[name])
    for group in ("cargo", "sets"):
        rows = given.get(group, {})
        if not isinstance(rows, dict):
            raise InputError(f"{group}: a list of names, each with value, low, high, source and grade")
        given[group] = base.get(group, {}) | {
            name: _estimate(f"{group}.{name}", row, base.get(group, {}).get(name)) for name, row in rows.items()
        }
    merged = base | given
    for name in ("name", "title", "kind", "cell_source"):
        if not isinstance(merged.get(name), str):
            raise InputError(f'the field "{name}" is missing or not a text')
    return Product(**merged)


def product_from(data: dict[str, Any]) -> Product:
    """A product from the plain data of a record; raises InputError as `read_product` does."""
    plain = {key: value for key, value in data.items() if value is not None}
    return _build(plain)


def _as_fields(product: Product) -> dict[str, Any]:
    return {f.name: getattr(product, f.name) for f in fields(Product)}


def _estimate(where: str, row: Any, old: Estimate | None = None) -> Estimate:
    """A number as a user writes it: {value, low, high, source, grade}, or {times: 100} of the product it is like."""
    if isinstance(row, dict) and set(row) == {"times"} and isinstance(row["times"], (int, float)):
        if old is None:
            raise InputError(f'{where}: "times" needs a product that this one is like, with that number')
        k = float(row["times"])
        return Estimate(old.value * k, old.low * k, old.high * k, old.source, "assumed", f"{k:g} times the native")
    wanted = ("value", "low", "high", "source", "grade")
    if not isinstance(row, dict) or any(key not in row for key in wanted):
        raise InputError(f"{where}: wanted {{value, low, high, source, grade}}, found {row!r}")
    numbers = {}
    for key in ("value", "low", "high"):
        try:
            numbers[key] = float(row[key])
        except (TypeError, ValueError):
            raise InputError(f'{where}: {key} must be a number, not "{row[key]}"') from None
    if set(row) - {*wanted, "note"}:
        raise InputError(f'{where}: there is no field "{sorted(set(row) - set(wanted))[0]}"')
    return Estimate(**numbers, source=str(row["source"]), grade=str(row["grade"]), note=str(row.get("note", "")))


@cache
def _library() -> dict[str, Path]:
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


@cache
def _from_library(name: str) -> Product:
    return read_product(_library()[name])


class _Products(Mapping[str, Product]):
    """The library by name, or a user's own file by its path; an unknown name says which is nearest."""

    def __getitem__(self, name: str) -> Product:
        if name in _library():
            return _from_library(name)
        if name.endswith((".yaml", ".yml")):
            return read_product(name)
        raise InputError(f'no product "{name}". {nearest(name, _library())}')

    def __iter__(self) -> Iterator[str]:
        return iter(_library())

    def __len__(self) -> int:
        return len(_library())

    def __repr__(self) -> str:
        return "\n".join(f"{p.name:<28} {p.title}" for p in self.values())


products = _Products()
