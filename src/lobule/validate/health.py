"""Health must be a true, stable steady state at the reference values, in every species."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lobule import engine, model
from lobule.engine.solve.problem import pose
from lobule.model.parameters import SPECIES, values_for
from lobule.validate.check import COLLAGEN, Check, check

REFERENCE = {  # healthy values: output -> parameter that holds it
    "albumin": "albumin_healthy",
    "bilirubin": "bilirubin_healthy",
    "ammonia": "ammonia_healthy",
    "glucose": "glucose_healthy",
    "alt": "alt_healthy",
    "platelets": "platelets_healthy",
    COLLAGEN: "collagen_area_healthy",
}


def start_of(species: str) -> tuple[engine.CompiledModel, np.ndarray, np.ndarray]:
    """The compiled model, constants and start values of a healthy subject."""
    compiled = model.compiled(species)
    problem = pose(compiled, {}, {}, engine.EventTable(), [0.0], 1e-6, None, None)
    constants, states = compiled.at_start(problem)
    return compiled, constants[0], states[0]


def counters(compiled: engine.CompiledModel) -> list[int]:
    """States that only count: nothing depends on them, and they have no way back."""
    names = (
        *[s for s in compiled.states if s.startswith("cumulative_")],
        "ev_cleared",
        "secreted_ev_gone",
        "msc_cleared",
    )
    return [compiled.states.index(name) for name in names]


def health_checks() -> Iterator[Check]:
    """All of them."""
    for species in SPECIES:
        compiled, constants, states = start_of(species)
        keep = [i for i in range(len(states)) if i not in counters(compiled)]
        slopes = compiled.rates(0.0, states, constants)
        drift = np.max(np.abs(slopes[keep]) / np.where(states[keep] > 0, states[keep], 1.0))
        yield check(f"health.{species}.drift", f"{species}: largest relative change a day", 0, 1e-6, drift, "issue 5")
        jacobian = compiled.jacobian(0.0, states, constants)[np.ix_(keep, keep)]
        slowest = float(np.max(np.linalg.eigvals(jacobian).real))
        yield check(
            f"health.{species}.stable", f"{species}: largest real eigenvalue, 1/d", -1e9, -1e-6, slowest, "issue 5"
        )
        year = compiled.solve(times=[0, 365], outputs=[*REFERENCE, "inr"])
        for output, parameter in REFERENCE.items():
            ratio = year[output][0, 1] / values_for(species)[parameter]
            yield check(
                f"health.{species}.{output}",
                f"{species}: {output} after a year over its reference",
                1 - 1e-6,
                1 + 1e-6,
                ratio,
                "parameters.csv",
            )
        yield check(f"health.{species}.inr", f"{species}: INR after a year", 0.999, 1.001, year["inr"][0, 1], "P027")
