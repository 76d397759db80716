"""The library of products: each is one file in `products/`; every number in it has a source or says assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from lobule.arguments import a_text, number, one_of
from lobule.errors import AlreadyTold, InputError, Mistakes, nearest, shown, together
from lobule.evidence import vocabulary
from lobule.model.cargo import components
from lobule.model.parameters import GRADES, parameter_table
from lobule.model.slots import constants_of_kind
from lobule.report.card import card
from lobule.yaml_files import Grade, LongText, Name, Section, Text, Tree, checking_fields, load, schema_of

FOLDER = Path(__file__).parent / "products"
KINDS = {"vesicles": "infused vesicles", "cells": "living cells", "medium": "conditioned medium"}
LARGEST = 1e18  # of any number of a product
Number = Annotated[float, Field(ge=0, le=LARGEST)]
TEXTS = ("name", "title", "kind", "cell_source", "note")
# Of a product: what it was made from, which a record does not make it from again, and whose control it is
ORIGINS = ("like", "same_as", "control_of")
GROUPS = ("cargo", "sets")
ESTIMATES = ("particles_per_ug", "particles_per_cell", "viability", "cells_per_mL", "collection_days")
NEEDED = {  # what a kind of product cannot do without
    "vesicles": ("particles_per_ug",),
    "cells": ("viability",),
    "medium": ("particles_per_cell", "cells_per_mL", "collection_days"),
}


@dataclass(frozen=True)
class Estimate:
    """A number with its plausible range, the evidence it stands on, and how good that is.

    Raises
    ------
    InputError : a number outside its range, a negative one, an unknown grade.
    """

    value: float
    low: float
    high: float
    source: str
    grade: str
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            object.__setattr__(self, name, number(getattr(self, name), name, 0, LARGEST))
        for name in ("source", "note"):
            a_text(getattr(self, name), name, 5000)
        one_of(self.grade, "grade", GRADES)
        if not self.low <= self.value <= self.high:
            raise InputError(
                f"the value {self.value:g} is outside its own range, {self.low:g} to {self.high:g}", ["value"]
            )


class EstimateSection(Section):
    """A number with its range, source and grade; or `times` that of the product it is like."""

    value: Number | None = Field(default=None, description="the number")
    low: Number | None = Field(default=None, description="lower end of its plausible range")
    high: Number | None = Field(default=None, description="upper end of it")
    source: Text | None = Field(default=None, description="evidence ids, or where it comes from")
    grade: Grade | None = Field(default=None, description="measured, derived, calibrated or assumed")
    note: LongText = Field(default="", description="anything else")
    times: Number | None = Field(default=None, description="factor on the number of the product that this one is like")

    def estimate(self, old: Estimate | None) -> Estimate:
        """The number; `old` is that of the product it is like. Raises InputError."""
        wanted = ("value", "low", "high", "source", "grade")
        given = [name for name in wanted if getattr(self, name) is not None]
        if self.times is not None:
            if given:
                raise InputError(f'"times" stands alone; leave {given[0]} out', given[:1])
            if old is None:
                raise InputError('"times" needs a product that this one is like, with that number', ["times"])
            k = self.times
            return Estimate(old.value * k, old.low * k, old.high * k, old.source, "assumed", f"{k:g} times the native")
        if len(given) < len(wanted):
            missing = next(name for name in wanted if name not in given)
            raise InputError(f"wanted {{value, low, high, source, grade}}, and {missing} is missing", [missing])
        return Estimate(**{name: getattr(self, name) for name in (*wanted, "note")})


class ProductFile(Section):
    """A product file."""

    name: Name | None = Field(default=None, description="of the product")
    like: Text | None = Field(default=None, description="the product that this one is, but for what is said here")
    same_as: Text | None = Field(
        default=None, description="the product whose every number this one has, because no source tells them apart"
    )
    control_of: Text | None = Field(
        default=None, description="the product whose negative control this is: what a study gives to show that it acts"
    )
    title: Text | None = Field(default=None, description="heading")
    kind: Text | None = Field(default=None, description="vesicles, cells or medium")
    cell_source: Text | None = Field(default=None, description="tissue of the cells", examples=["uc"])
    cargo: dict[Text, EstimateSection] = Field(default={}, description="components: copies on one particle")
    sets: dict[Text, EstimateSection] = Field(default={}, description="constants of the model that it sets")
    particles_per_ug: EstimateSection | None = Field(default=None, description="particles in a ug of protein")
    particles_per_cell: EstimateSection | None = Field(default=None, description="vesicles of one cell")
    viability: EstimateSection | None = Field(default=None, description="living share of the cells")
    cells_per_mL: EstimateSection | None = Field(default=None, description="how a medium was made")
    collection_days: EstimateSection | None = Field(default=None, description="how a medium was made")
    note: LongText | None = Field(default=None, description="anything else")


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
    like, same_as : the product that it differs from in some numbers, or in none for want of data; "" for one of its own
    control_of : the product whose negative control it is; "" for one that is meant to act
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
    like: str = ""
    same_as: str = ""
    control_of: str = ""

    def _repr_html_(self) -> str:
        import pandas as pd

        rows = [{"number": label, "value": e.value, "low": e.low, "high": e.high, "grade": e.grade, "source": e.source}
                for label, e in self.estimates().items()]  # fmt: skip
        kind = f"{KINDS[self.kind]}, cells: {self.cell_source}"
        return card(f"{self.name}: {self.title}", kind, pd.DataFrame(rows), {"note": self.note, "as": self.same_as})

    def __post_init__(self) -> None:
        found = Mistakes()
        for name in ("name", "title", "cell_source", "note", *ORIGINS):
            with found.at():
                a_text(getattr(self, name), name, 5000)
        with found.at():
            one_of(self.kind, "kind", KINDS, "kind of product")
            for name in NEEDED[self.kind]:
                if getattr(self, name) is None:
                    raise InputError(f"{name} is missing; {KINDS[self.kind]} need it", [name])
        self._check_estimates(found)
        found.tell()

    def _check_estimates(self, found: Mistakes) -> None:
        settable = [p.id for p in parameter_table().values() if p.scaling == "product"]
        settable = [name for name in settable if not name.endswith("_copies_per_particle")]
        for group, known, what in (("cargo", components(), "component"), ("sets", settable, "constant of a product")):
            if not isinstance(getattr(self, group), dict):
                found.note(InputError(f"{group} is a dict of names and estimates", [group]))
                continue
            for name in getattr(self, group):
                with found.at(group, name):
                    one_of(name, group, known, what)
                    _estimate(getattr(self, group)[name])
                    if group == "sets" and name not in constants_of_kind(self.kind):
                        raise InputError(f"{name} is none of {KINDS[self.kind]}; only another kind of product sets it")
        for name in ESTIMATES:
            if getattr(self, name) is not None:
                with found.at(name):
                    _estimate(getattr(self, name))

    def estimates(self) -> dict[str, Estimate]:
        """Every number of the product with its range."""
        own = {name: getattr(self, name) for name in ESTIMATES if getattr(self, name) is not None}
        return {**{f"cargo.{k}": v for k, v in self.cargo.items()}, **self.sets, **own}

    def parameters(self) -> dict[str, float]:
        """The model constants that this product sets; a component that it does not carry is 0."""
        prefix = "" if self.kind == "vesicles" else "secreted_"
        copies = {f"{prefix}vesicle_potency": 1.0}
        copies |= {f"{prefix}{name}_copies_per_particle": 0.0 for name in components()}
        copies |= {f"{prefix}{name}_copies_per_particle": estimate.value for name, estimate in self.cargo.items()}
        return copies | {name: estimate.value for name, estimate in self.sets.items()}


def is_potency(constant: str) -> bool:
    """A constant of a product that rises and falls with the potency of a batch: what a vesicle carries and does."""
    return constant.endswith(("_copies_per_particle", "vesicle_potency"))


def read_product(path: str | Path) -> Product:
    """Read one product file.

    A product may say `like: uc-msc-ev`: it is then that product, with what the file gives changed.

    Raises
    ------
    InputError : names the file, the line and the field that is missing, unknown or out of range.
    """
    return _build(load(path, "a product", "name, kind and cargo"))


def product_from(data: dict[str, Any]) -> Product:
    """A product from the plain data of a record; raises InputError as `read_product` does."""
    given = _without_nothing(data)
    origins = {name: a_text(given.pop(name), name, 1000) for name in ORIGINS if name in given}
    product = _build(Tree("the product", given))
    like, same_as, control_of = (origins.get(name, "") for name in ORIGINS)
    return replace(product, like=like, same_as=same_as, control_of=control_of)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a product file, for editors."""
    return schema_of(ProductFile)


def _without_nothing(data: Any) -> Any:
    if not isinstance(data, dict):
        raise InputError("the product is no group of fields")
    return {key: value for key, value in data.items() if value is not None}


def _build(tree: Tree) -> Product:
    with checking_fields(tree, ProductFile) as (file, found):
        product = _product(file, found)
    return product


def _product(file: ProductFile, found: Mistakes) -> Product:
    """The product of a file, with what it is like; notes what is wrong. Raises InputError with the rest."""
    base: dict[str, Any] | None = None
    origin = "like" if file.same_as is None else "same_as"
    with found.at(origin):
        named = getattr(file, origin)
        base = _as_fields(products[named]) if named is not None else {}
    old = base or {}
    if file.same_as is not None:
        _refuse_numbers(file, found)
    if file.control_of is not None:
        with found.at("control_of"):
            products[file.control_of]
    texts = {name: value for name, value in file.readable().items() if name in TEXTS and value is not None}
    merged = (
        old
        | dict.fromkeys(ORIGINS, "")
        | {origin: getattr(file, origin) or "", "control_of": file.control_of or ""}
        | texts
        | {group: dict(old.get(group, {})) for group in GROUPS}
    )
    for place, section in _sections(file):
        group = merged[place[0]] if place[0] in GROUPS else merged
        name = vocabulary.meaning("cargo", place[-1]) or place[-1] if place[0] == "cargo" else place[-1]
        if base is not None or not section.has("times") or section.times is None:
            with found.at(*place):
                group[name] = section.estimate(group.get(name))
    made_up = {name for name in TEXTS if not file.has(name)}
    for name in ("name", "title", "kind", "cell_source"):
        if name not in merged:
            if base is not None and file.has(name):
                found.note(InputError(f'the field "{name}" is missing', [name]))
            made_up.add(name)
            merged[name] = "vesicles" if name == "kind" else ""
    try:
        return Product(**merged)
    except InputError as error:  # of what was wrong, or had to be made up here, nothing more is said
        told = made_up | {str(one.field[0]) for one in found.noted if one.field}
        told |= {name for name in ESTIMATES if base is None or "kind" in made_up or not file.has(name)}
        rest = [one for one in error.mistakes if str(one.field[0]) not in told or one.field[0] in GROUPS]
        raise together(rest) if rest else AlreadyTold(str(error)) from error


def _refuse_numbers(file: ProductFile, found: Mistakes) -> None:
    """A product that is the same as another for want of data has no number of its own."""
    if file.like is not None:
        found.note(InputError("a product is like another or the same as another, not both; leave one out", ["like"]))
    for place, _ in _sections(file):
        found.note(InputError(f"{file.name} is the same as {file.same_as}, and gives a number of its own", place))


def _sections(file: ProductFile) -> Iterator[tuple[tuple[str, ...], EstimateSection]]:
    """Every number of a file that could be read, with its field."""
    given = file.readable()
    yield from (((name,), given[name]) for name in ESTIMATES if given[name] is not None)
    for group in GROUPS:
        yield from (((group, name), section) for name, section in given[group].items())


def _as_fields(product: Product) -> dict[str, Any]:
    return {f.name: getattr(product, f.name) for f in fields(Product)}


def _estimate(given: Any) -> None:
    if not isinstance(given, Estimate):
        raise InputError(f"an Estimate is wanted, not {shown(given)}")


@cache
def _library() -> dict[str, Path]:
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


@cache
def _from_library(name: str) -> Product:
    return read_product(_library()[name])


class _Products(Mapping[str, Product]):
    """The library by name, or a user's own file by its path; an unknown name says which is nearest."""

    def __getitem__(self, name: str) -> Product:
        if a_text(name, "product", 1000) in _library():
            return _from_library(name)
        if name.endswith((".yaml", ".yml")):
            return read_product(name)
        meant = vocabulary.meaning("product", name)
        if meant is not None:
            return _from_library(meant)
        raise InputError(f"no product {shown(name)}. {nearest(name, _library())}")

    def __contains__(self, name: object) -> bool:
        return name in _library()

    def __iter__(self) -> Iterator[str]:
        return iter(_library())

    def __len__(self) -> int:
        return len(_library())

    def __repr__(self) -> str:
        return "\n".join(f"{p.name:<28} {p.title}" for p in self.values())


products = _Products()


def a_product(given: Any) -> Product:
    """A product by itself, by its name or by the path of its file; raises InputError about the field product."""
    if isinstance(given, str):
        try:
            return products[given]
        except InputError as error:  # what is wrong inside a product file is said with that file's lines
            raise error.moved(lambda _: ("product",)) from error.__cause__
    if not isinstance(given, Product):
        raise InputError(f"product is a name, a file or a Product, not {shown(given)}", ["product"])
    return given
