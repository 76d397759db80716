"""A plan: one product, its dose, route and schedule; expanded into doses of particles."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lobule.errors import InputError, nearest
from lobule.quantities import amount, measured
from lobule.therapy.products import Product, products

# route: the state of the model that receives the particles
ROUTES = {"iv": "ev_in_plasma", "intrahepatic": "ev_in_sinusoids", "intraperitoneal": "ev_in_peritoneum"}

DOSE_KINDS = ("particles", "particles_per_weight", "protein", "protein_per_weight")
PARTICLE_VOLUME_ML = math.pi / 6 * (110e-7) ** 3  # a sphere of 110 nm, the usual mode of small vesicles (kinetics.md 3)
PLASMA_ML_PER_G = 0.04  # pk-K025 over pk-K001
LARGEST_PLASMA_SHARE = 0.1  # assumed: more vesicle volume than this share of the plasma cannot be infused
MOST_DOSES = 1000


@dataclass(frozen=True)
class Plan:
    """What a subject is given.

    Parameters
    ----------
    product : a Product, or its name in the library
    dose : "1e10 particle", "1e11 particle/kg", "250 ug" or "8 mg/kg" (ug and mg of vesicle protein)
    route : a key of ROUTES
    start : time of the first dose
    every : time between doses, needed when n > 1
    n : number of doses

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

    def __post_init__(self) -> None:
        if isinstance(self.product, str):
            object.__setattr__(self, "product", products[self.product])
        if self.route not in ROUTES:
            raise InputError(f'no route "{self.route}". {nearest(self.route, ROUTES)}')
        if isinstance(self.n, bool) or not isinstance(self.n, int) or not 1 <= self.n <= MOST_DOSES:
            raise InputError(f"the number of doses n must be a whole number from 1 to {MOST_DOSES}, not {self.n}")
        measured(self.dose, DOSE_KINDS)
        amount(self.start, "time")
        if self.every is None and self.n > 1:
            raise InputError(f'{self.n} doses need the time between them: every="7 d"')
        if self.every is not None and amount(self.every, "time") <= 0:
            raise InputError(f'the time between doses must be above 0, not "{self.every}"')

    @property
    def _product(self) -> Product:
        assert isinstance(self.product, Product)  # made so in __post_init__
        return self.product

    def times(self) -> list[float]:
        """Times of the doses, in days."""
        gap = amount(self.every, "time") if self.every else 0.0
        return [amount(self.start, "time") + gap * i for i in range(self.n)]

    def parameters(self) -> dict[str, float]:
        """The model constants that this plan's product sets."""
        return self._product.parameters()

    def by_protein(self) -> bool:
        """The dose is given as protein, so that its number of particles is a range."""
        return measured(self.dose, DOSE_KINDS)[1].startswith("protein")

    def particles(self, body_weight_g: float) -> tuple[float, float, float]:
        """Particles in one dose: (value, low, high); the three agree unless the dose is given as protein.

        Raises
        ------
        InputError : more vesicles than a body can take in.
        """
        value, kind = measured(self.dose, DOSE_KINDS)
        if kind.endswith("per_weight"):
            value *= body_weight_g / 1000
        if kind.startswith("protein"):
            per_ug = self._product.particles_per_ug
            doses = (value * per_ug.value, value * per_ug.low, value * per_ug.high)
        else:
            doses = (value, value, value)
        limit = LARGEST_PLASMA_SHARE * PLASMA_ML_PER_G * body_weight_g / PARTICLE_VOLUME_ML
        if doses[0] > limit:
            raise InputError(
                f'a dose of "{self.dose}" is {doses[0]:.2g} particles, whose volume would be over a tenth of the '
                f"plasma of a subject of {body_weight_g:g} g; at most {limit:.2g} particles can be given at once"
            )
        return doses

    def explain(self, body_weight_g: float) -> str:
        """The plan as a table: every dose with its time and its number of particles."""
        value, low, high = self.particles(body_weight_g)
        spread = f" ({low:.2g} to {high:.2g}, from protein)" if self.by_protein() else ""
        head = f"{self._product.name}: {self._product.title}\n{self.dose} {self.route}, {self.n} times"
        rows = [f"  dose {i + 1:<4} day {t:<8g} {value:.3g} particles{spread}" for i, t in enumerate(self.times())]
        return "\n".join([head, *rows])

    def to_dict(self) -> dict:
        """The plan as plain data; `Plan(**plan.to_dict())` is the same plan for a product of the library."""
        return {
            "product": self._product.name,
            "dose": self.dose,
            "route": self.route,
            "start": self.start,
            "every": self.every,
            "n": self.n,
        }
