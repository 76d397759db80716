"""From a batch's numbers to what a patient gets: particles in a dose, copies on a particle, latent potency.

Batches made alike differ in potency, and no marker tells (pk-K261): potency has its own latent number. Where the
potency was measured, the latent number is what the measurement says beyond the cargo panel, drawn towards 0 by the
error of the assay; where it was not, it is open. What whole vesicles do as published goes with both, panel and latent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lobule.dish import Dish, Well, read_wells
from lobule.files.batches import Batches
from lobule.model.cargo import components
from lobule.quality.clinical import Delivery, Use
from lobule.quality.storage import PROTECTING, kept_of
from lobule.quantities import measured
from lobule.simulation.reading import COUNTED
from lobule.therapy.plan import DOSE_KINDS
from lobule.therapy.product import Estimate, Product, is_potency

Values = NDArray[np.float64]
BETWEEN_BATCHES_CV = 0.5  # of the latent potency (assumed; pk-K261 says that it differs, not by how much)
ASSAY_CV = 0.2  # of a measured potency (assumed)
COUNT_CV = 0.1  # of a count repeated in one laboratory (assumed)
PANEL = Dish({"macrophages": "1e6 cell"}, {"lps": "100 ng/mL", "ifn_gamma": "20 ng/mL"})
LEAST = 0.01  # a potency below it is taken as it
READOUT, MIDDLE = "tnf_alpha", 1e9  # particles in a mL at which batches are compared
STORAGE = ("storage_temperature", "storage_time", "freeze_thaw_cycles")
FELT = ("potency", "particles", "particles_per_ug", *STORAGE)  # besides the cargo: what an effect is predicted from
LADDER = np.geomspace(1e5, 1e13, 65)


def spread(cv: float) -> float:
    """Standard deviation of the logarithm of a lognormal with this coefficient of variation."""
    return math.sqrt(math.log(1 + cv**2))


@dataclass(frozen=True)
class Batched:
    """Deliveries of a table of batches.

    Attributes
    ----------
    delivery : by batch and member
    panel_potency : (n,) potency that the cargo panel predicts, 1 for the reference; NaN where nothing was measured
    latent : (n, n_members) factor on all cargo, and on what whole vesicles do as published
    kept : (n,) share that storage leaves
    measured : (n,) True where the potency was measured
    """

    delivery: Delivery
    panel_potency: Values
    latent: Values
    kept: Values
    measured: NDArray[np.bool_]


def deliver(batches: Batches, use: Use, members: int, *, per_vial: bool = False, seed: int = 1) -> Batched:
    """What every batch brings.

    Parameters
    ----------
    batches, use : the table, and the clinical use; the use's product is the reference
    members : of the ensemble; each draws what is open of a batch
    per_vial : a dose is a vial, with the batch's own number of particles; else the dose of the plan
    seed : of the draws
    """
    n = len(batches)
    random = np.random.Generator(np.random.Philox(key=[seed, 7]))
    noise = random.standard_normal((3, n, members))
    repeat = np.exp(spread(COUNT_CV) * noise[0])
    stored = kept_of(
        batches.value("storage_temperature"), batches.value("storage_time"),
        batches.texts.get("storage_buffer", [""] * n), batches.value("freeze_thaw_cycles"),
    )  # fmt: skip
    panels, counted = _panels(batches, use.product)
    predicted = np.full(n, np.nan)
    if counted.any():
        predicted[counted] = panel_potency([p for p, c in zip(panels, counted, strict=True) if c], use.product)
    told = np.isfinite(batches.value("potency"))
    potency = np.clip(np.where(told, batches.value("potency") / 100, 1.0), LEAST, None)
    between, error = spread(BETWEEN_BATCHES_CV) ** 2, spread(ASSAY_CV) ** 2
    trust = between / (between + error)
    beyond = np.log(potency / np.clip(np.where(np.isfinite(predicted), predicted, 1.0), LEAST, 1 / LEAST))
    middle = np.where(told, trust * beyond, 0.0)
    open_ = np.where(told, math.sqrt(trust * error), math.sqrt(between))
    latent = np.exp(middle[:, None] + open_[:, None] * noise[1])
    sets, constants = [panel.parameters() for panel in panels], {}
    told_by_panel = np.where(np.isfinite(predicted), predicted, 1.0)[:, None]
    for name in use.product.parameters():
        factor = latent if is_potency(name) else np.ones((n, members))
        factor = factor * told_by_panel if name == "vesicle_potency" else factor  # copies have it already
        constants[name] = np.array([values[name] for values in sets])[:, None] * factor
    particles = _particles(batches, use, per_vial, noise[2]) * repeat * stored[:, None]
    return Batched(Delivery(particles, constants), predicted, latent, stored, told)


def assumed(batches: Batches) -> list[str]:
    """What is assumed of batches whose storage, potency or cargo is not told, or not as a value, in sentences."""
    n = len(batches)
    stored, timed, thawed = (np.isfinite(batches.value(name)) for name in STORAGE)
    lines = unprotected(batches)
    for missing, why in (
        ((timed | thawed) & ~stored, "storage_temperature is not given: no loss in storage is counted"),
        (stored & ~timed, "storage_time is not given: no time in storage is counted"),
        (stored & ~thawed, "freeze_thaw_cycles is not given: no thawing is counted"),
    ):
        if missing.any():
            lines.append(f"{why} ({int(missing.sum())} of {n} batches)")
    for name in (*FELT, *components()):
        limits = int((batches.cell(name).beyond() != 0).sum())
        if limits:
            lines.append(f'{name}: {limits} values are limits (such as "<5") and count as not measured for the effect')
    return lines


def unprotected(batches: Batches) -> list[str]:
    """What batches that are stored in nobody knows what are taken to lose, in a sentence; none where all are told."""
    stored = np.isfinite(batches.value("storage_temperature"))
    bare = stored & np.array([not text for text in batches.texts.get("storage_buffer", [""] * len(batches))])
    if not bare.any():
        return []
    temperature, days, cycles = (batches.value(name)[bare] for name in STORAGE)
    plain, better = (
        np.median(kept_of(temperature, days, [buffer] * len(days), cycles)) for buffer in ("", PROTECTING[0])
    )
    return [
        f"storage_buffer is not given for {len(days)} of {len(batches)} batches: one without protection is assumed, "
        f"which keeps {plain:.0%} of the vesicles; with trehalose or albumin it would be {better:.0%}: add a column "
        "storage_buffer"
    ]


def _panels(batches: Batches, reference: Product) -> tuple[list[Product], NDArray[np.bool_]]:
    """The reference with each batch's measured copies; whether any was measured."""
    carried = [name for name in batches.numbers if name in components()]
    panels = []
    for row in range(len(batches)):
        cargo = dict(reference.cargo)
        for name in carried:
            value = float(batches.numbers[name][row])
            if np.isfinite(value):
                cargo[name] = Estimate(value, value, value, "", "measured")
        panels.append(replace(reference, cargo=cargo))
    counted = np.zeros(len(batches), bool)
    for name in carried:
        counted |= np.isfinite(batches.numbers[name])
    return panels, counted


def panel_potency(panels: list[Product], reference: Product) -> Values:
    """Potency in the dish that the copies on the vesicles predict, as counted, relative to the reference, (n,).

    The dose of the reference that lowers TNF-alpha of macrophages as 1e9 of the batch's particles in a mL do, over
    1e9; at most 10,000 fold either way.
    """
    ladder = [Well(reference, f"{dose:.6g} particle/mL") for dose in LADDER]
    own = [Well(panel, f"{MIDDLE:g} particle/mL") for panel in panels]
    values = read_wells(PANEL, [*ladder, *own], [READOUT], reading=COUNTED)[:, 0, 0, 0]
    curve, found = values[: len(LADDER)], values[len(LADDER) :]
    falling = np.minimum.accumulate(curve)
    return np.exp(np.interp(-found, -falling, np.log(LADDER))) / MIDDLE


def _particles(batches: Batches, use: Use, per_vial: bool, noise: Values) -> Values:
    """Particles in a dose, as counted, (n, n_members)."""
    n, members = noise.shape
    usual = np.full((n, members), use.particles)
    if per_vial:
        own = batches.value("particles")
        open_ = np.exp(spread(BETWEEN_BATCHES_CV) * noise)
        return np.where(np.isfinite(own)[:, None], np.nan_to_num(own)[:, None], usual * open_)
    _, kind = measured(use.part.dose, DOSE_KINDS["vesicles"])
    if not kind.startswith("protein"):
        return usual
    ratio = use.product.particles_per_ug
    assert ratio is not None
    own = batches.value("particles_per_ug") / ratio.value
    width = math.log(ratio.high / ratio.low) / 3.29
    return np.where(np.isfinite(own)[:, None], np.nan_to_num(own)[:, None] * usual, usual * np.exp(width * noise))
