"""The library of products: each is one file in `products/`; every number in it has a source or says assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from lobule.errors import InputError, nearest

FOLDER = Path(__file__).parent / "products"
CARGO = ("mir_125b", "mir_223", "tsg_6")


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
    """A vesicle product: cargo in copies per particle, and how many particles a microgram of its protein holds."""

    name: str
    title: str
    kind: str
    cell_source: str
    particles_per_ug: Estimate
    cargo: dict[str, Estimate]
    note: str = ""

    def parameters(self) -> dict[str, float]:
        """The model constants that this product sets."""
        return {f"{name}_copies_per_particle": estimate.value for name, estimate in self.cargo.items()}


def read_product(path: Path) -> Product:
    """Read one product file; raises InputError naming the file and the field that is missing or unknown."""
    try:
        data = YAML(typ="safe").load(path)
        data["particles_per_ug"] = Estimate(**data["particles_per_ug"])
        data["cargo"] = {name: Estimate(**row) for name, row in data["cargo"].items()}
        product = Product(**data)
    except (TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path.name}: {error}") from error
    unknown = [name for name in product.cargo if name not in CARGO]
    if unknown:
        raise InputError(f'{path.name}, cargo: no component "{unknown[0]}". {nearest(unknown[0], CARGO)}')
    return product


@cache
def _library() -> dict[str, Product]:
    found = [read_product(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return {product.name: product for product in found}


class _Products(Mapping[str, Product]):
    """The library by name; an unknown name says which is nearest."""

    def __getitem__(self, name: str) -> Product:
        if name not in _library():
            raise InputError(f'no product "{name}". {nearest(name, _library())}')
        return _library()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_library())

    def __len__(self) -> int:
        return len(_library())

    def __repr__(self) -> str:
        return "\n".join(f"{p.name:<16} {p.title}" for p in _library().values())


products = _Products()
