"""Margins of comparability: how far an attribute may move before a patient would feel it, or the assay could tell.

A margin made of the old batches' own variation rewards a noisy process (ICH Q5E asks what matters to safety and
efficacy). Where the model knows a path from an attribute to the effect, the margin is the change at which the effect
moves by as much as is allowed, and never narrower than the error of a single measurement.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lobule.model.cargo import components
from lobule.quality.clinical import Delivery, Use, effects
from lobule.quality.delivery import ASSAY_CV, COUNT_CV, spread
from lobule.quantities import measured
from lobule.therapy.plan import DOSE_KINDS
from lobule.therapy.product import Estimate, is_potency

Values = NDArray[np.float64]
FACTORS = (0.5, 0.7, 0.85, 1.2, 1.45, 2.0)  # at which the effect is computed; the margin ends at the outermost
USUAL = 0.2  # of the old mean, where nothing leads from an attribute to the effect (a usual figure, assumed)
OF_EFFECT, OF_ASSAY, OF_USE, GIVEN, IS_USUAL = "effect", "error of the assay", "allowed effect", "given", "usual 20 %"
ERRORS = {"potency": ASSAY_CV, "particles": COUNT_CV, "concentration": COUNT_CV, "particles_per_ug": COUNT_CV}


@dataclass(frozen=True)
class Margin:
    """Lowest and highest ratio of new over old, and where they come from."""

    low: float
    high: float
    source: str


def margins_of(
    use: Use, attributes: Iterable[str], effect_margin: float, members: int, *, per_vial: bool, seed: int
) -> dict[str, Margin]:
    """{attribute: margin} of those from which the model knows a path to the effect.

    Parameters
    ----------
    effect_margin : largest change of the effect, as a share of the reference's
    members, per_vial, seed : as of the batches

    Raises
    ------
    As `lobule.quality.clinical.effects`.
    """
    paths = list(_paths(use, attributes, per_vial))
    if not paths:
        return {}
    n = len(FACTORS) * len(paths)
    particles = np.full((n, members), use.particles)
    usual = use.product.parameters()
    constants = {name: np.full((n, members), value) for name, value in usual.items()}
    for k, (_, changed) in enumerate(paths):
        for j, factor in enumerate(FACTORS):
            row = k * len(FACTORS) + j
            if changed == "particles":
                particles[row] *= factor
                continue
            for name, value in _constants(use, changed, factor).items():
                constants[name][row] = value
    share = np.nanmedian(effects(use, Delivery(particles, constants), seed).share, axis=1).reshape(len(paths), -1)
    return {name: _margin(name, share[k], effect_margin) for k, (name, _) in enumerate(paths)}


def acting(use: Use, attributes: Iterable[str], *, per_vial: bool) -> set[str]:
    """Attributes from which the model knows a path to the effect."""
    return {name for name, _ in _paths(use, attributes, per_vial)}


def _paths(use: Use, attributes: Iterable[str], per_vial: bool) -> Iterator[tuple[str, str]]:
    """Attributes with what they change: potency, a component, or the particles of a dose."""
    by_protein = measured(use.part.dose, DOSE_KINDS["vesicles"])[1].startswith("protein")
    dose = ("particles", "concentration") if per_vial else ("particles_per_ug",) if by_protein else ()
    for name in attributes:
        if name in dose:
            yield name, "particles"
        elif name == "potency" or (name in use.product.cargo and name in components()):
            yield name, name


def _constants(use: Use, changed: str, factor: float) -> dict[str, float]:
    """Constants of the product when one of its attributes is so many times the usual."""
    if changed == "potency":
        return {name: value * factor for name, value in use.product.parameters().items() if is_potency(name)}
    value = use.product.cargo[changed].value * factor
    cargo = use.product.cargo | {changed: Estimate(value, value, value, "", "assumed")}
    return replace(use.product, cargo=cargo).parameters()


def _margin(name: str, share: Values, allowed: float) -> Margin:
    """Where the effect has moved by `allowed`, between the factors at which it is known."""
    known = sorted({1.0: 1.0, **dict(zip(FACTORS, map(float, share), strict=True))}.items())
    logs = np.log([f for f, _ in known])
    moved = np.abs(np.array([s for _, s in known]) - 1)
    middle = int(np.searchsorted(logs, 0.0))
    ends = [_end(logs[middle::-1], moved[middle::-1], allowed), _end(logs[middle:], moved[middle:], allowed)]
    error = spread(ERRORS[name]) if name in ERRORS else 0.0
    floored = [max(abs(end), error) for end in ends]
    source = OF_ASSAY if any(abs(end) < error for end in ends) else OF_EFFECT
    return Margin(math.exp(-floored[0]), math.exp(floored[1]), source)


def _end(logs: Values, moved: Values, allowed: float) -> float:
    for k in range(1, len(logs)):
        if moved[k] >= allowed:
            share = (allowed - moved[k - 1]) / (moved[k] - moved[k - 1])
            return float(logs[k - 1] + share * (logs[k] - logs[k - 1]))
    return float(logs[-1])
