"""Health must be a true, stable steady state at the reference values, in every species."""

from __future__ import annotations

import numpy as np

from lobule import model
from lobule.model.health import counters, start_of
from lobule.model.parameters import SPECIES, values_for
from lobule.validate.check import COLLAGEN, Found

REFERENCE = {  # healthy values: output -> parameter that holds it
    "albumin": "albumin_healthy",
    "bilirubin": "bilirubin_healthy",
    "ammonia": "ammonia_healthy",
    "glucose": "glucose_healthy",
    "alt": "alt_healthy",
    "platelets": "platelets_healthy",
    COLLAGEN: "collagen_area_healthy",
}


def health_checks() -> Found:
    """All of them."""
    for species in SPECIES:
        compiled = model.compiled(species)
        constants, states = start_of(compiled)
        keep = [i for i in range(len(states)) if i not in counters(compiled)]
        slopes = compiled.rates(0.0, states, constants)
        yield f"health.{species}.drift", np.max(np.abs(slopes[keep]) / np.where(states[keep] > 0, states[keep], 1.0))
        jacobian = compiled.jacobian(0.0, states, constants)[np.ix_(keep, keep)]
        yield f"health.{species}.stable", float(np.max(np.linalg.eigvals(jacobian).real))
        year = compiled.solve(times=[0, 365], outputs=[*REFERENCE, "inr"])
        for output, parameter in REFERENCE.items():
            yield f"health.{species}.{output}", year[output][0, 1] / values_for(species)[parameter]
        yield f"health.{species}.inr", year["inr"][0, 1]
