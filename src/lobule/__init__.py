"""lobule: an in-silico liver for mesenchymal stem cell and exosome therapy. Research software.

import lobule as lb

mouse = lb.Animal("mouse", injury="ccl4", weeks=6)
plan = lb.Plan("uc-msc-ev", dose="1e10 particle", route="iv", start="21 d", every="7 d", n=3)
run = lb.simulate(mouse, plan, until="63 d")
run["collagen_proportionate_area"], run.summary(), run.plot()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lobule.errors import InputError, LobuleError, ModelError, ResultsError
    from lobule.patient import Animal, Cohort, Patient
    from lobule.simulation.run import Run
    from lobule.simulation.simulate import SimulationError, simulate
    from lobule.therapy import Care, Plan, Product
    from lobule.therapy.product import products, read_product
    from lobule.tissue import Tissue
    from lobule.trial.trial import Trial

    studio: Any  # the top room, which this module, imported by all rooms, does not import

__version__ = "0.1.0"

__all__ = [
    "Animal",
    "Care",
    "Cohort",
    "InputError",
    "LobuleError",
    "ModelError",
    "Patient",
    "Plan",
    "Product",
    "ResultsError",
    "Run",
    "SimulationError",
    "Tissue",
    "Trial",
    "products",
    "read_product",
    "simulate",
    "studio",
]

_HOMES = {
    "Animal": "lobule.patient",
    "Care": "lobule.therapy",
    "Cohort": "lobule.patient",
    "InputError": "lobule.errors",
    "LobuleError": "lobule.errors",
    "ModelError": "lobule.errors",
    "Patient": "lobule.patient",
    "Plan": "lobule.therapy",
    "Product": "lobule.therapy",
    "ResultsError": "lobule.errors",
    "Run": "lobule.simulation.run",
    "SimulationError": "lobule.simulation.simulate",
    "Tissue": "lobule.tissue",
    "Trial": "lobule.trial.trial",
    "products": "lobule.therapy",
    "read_product": "lobule.therapy",
    "simulate": "lobule.simulation.simulate",
    "studio": "lobule.studio",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `import lobule` stays instant."""
    if name not in _HOMES:
        raise AttributeError(f'lobule has no "{name}"; it has {", ".join(__all__)}')
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
