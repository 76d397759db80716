"""Release limits that hold the clinical effect: operating characteristic, patient's and sponsor's risk, critical
attributes.

A limit is asked of a measured value: true value times the error of the assay. What is true of each batch and what it
does in the clinic come from `lobule.quality.batch.report`, by every member of the ensemble.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.arguments import a_seed, a_share, a_text, between, checking, optional, truth
from lobule.errors import InputError
from lobule.files.batches import attribute_label, unit_of
from lobule.model.cargo import components
from lobule.progress import say
from lobule.quality.batch import BatchReport
from lobule.quality.clinical import Delivery, effects
from lobule.quality.delivery import ASSAY_CV, COUNT_CV, assumed, deliver, spread
from lobule.quality.upper_limit import Upper, upper_limit
from lobule.quantities import measured
from lobule.simulation import ensemble
from lobule.statistics.shapley import shapley
from lobule.therapy.plan import DOSE_KINDS
from lobule.therapy.product import is_potency

if TYPE_CHECKING:
    import matplotlib.figure
Values = NDArray[np.float64]
RISK = 0.05
STEPS = 200
DRAWN = 64  # draws of what is open of a batch, for its usual value
POOR = 0.1  # quantile of an attribute that stands for its poor end
DOSE = ("particles", "particles_per_ug")
DRAWS = 400  # bootstrap samples of the batches, for the interval of the limit


@dataclass(frozen=True)
class Release:
    """A lower limit of one attribute.

    Attributes
    ----------
    attribute, unit, risk, loss : what was asked: at most `risk` of passing batches lose more than `loss` of the effect
    limit, low, high : the loosest limit that does it, with the 90 % interval over other batches of the same process;
        NaN where no limit does it, 0 where none is needed
    curve : one row a limit: limit, passing (share), patients_risk (of passing batches, those that lose too much),
        sponsors_risk (of good batches, those that are refused)
    operating : probability to pass at the limit by true share of the effect: share_of_effect, passing
    ranking : one row an attribute: effect lost when it alone is poor, Shapley share of what is lost when all are
    upper : the upper end, where one was asked for
    notes : what is assumed of the batches, cells and columns that were not used
    """

    attribute: str
    unit: str
    risk: float
    loss: float
    limit: float
    low: float
    high: float
    curve: pd.DataFrame
    operating: pd.DataFrame
    ranking: pd.DataFrame
    upper: Upper | None
    notes: list[str]

    def said(self) -> list[str]:
        """The result in sentences."""
        asked = f"at most {self.risk:.0%} of passing batches lose more than {self.loss:.0%} of the effect"
        name = self.attribute.replace("_", " ")
        now = self.curve.iloc[0]
        lines = [f"without a limit {now['patients_risk']:.1%} of batches lose more than {self.loss:.0%} of the effect"]
        if math.isnan(self.limit):
            best = self.curve["patients_risk"].min()
            lines.append(f"no limit of {name} holds {asked}: the assay tells too little (best {best:.1%})")
        elif self.limit == 0:
            lines.append(f"{asked} without any limit of {name}")
        else:
            at = self.curve.iloc[int(np.argmin(np.abs(self.curve["limit"] - self.limit)))]
            between = f"({self.low:.3g} to {self.high:.3g})"
            lines.append(
                f"{name} at least {self.limit:.3g} {self.unit} {between}: {asked}; {at['passing']:.0%} pass, "
                f"{at['sponsors_risk']:.1%} of good batches are refused"
            )
        if self.upper is not None:
            lines.append(self.upper.said(name, self.unit))
        parts = ", ".join(f"{r['attribute']} {r['shapley']:.0%}" for r in self.ranking.to_dict("records"))
        lines.append(f"critical attributes, by their share of what is lost when all are poor: {parts}")
        return [*lines, *self.notes]

    def plot(self) -> matplotlib.figure.Figure:
        """Risks by limit, operating characteristic, ranking."""
        from lobule.report.limits import limits_picture

        ranking = self.ranking.assign(attribute=[attribute_label(name) for name in self.ranking["attribute"]])
        name = attribute_label(self.attribute)
        return limits_picture(name, self.unit, self.limit, self.risk, self.loss, self.curve, self.operating, ranking)

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        from lobule.report.records import records

        limit = {"value": self.limit, "low": self.low, "high": self.high}
        return {
            "attribute": self.attribute, "unit": self.unit, "risk": self.risk, "loss": self.loss,
            "limit": {k: v if math.isfinite(v) else None for k, v in limit.items()}, "said": self.said(),
            "upper": None if self.upper is None else {
                "value": self.upper.limit if math.isfinite(self.upper.limit) else None, "gain": self.upper.gain,
                "curve": records(self.upper.curve),
            },
            "curve": records(self.curve), "operating": records(self.operating), "ranking": records(self.ranking),
        }  # fmt: skip


@checking(attribute=a_text, risk=a_share, per_vial=truth, seed=a_seed, gain=optional(between(0.0, 100.0)))
def release_limit(
    found: BatchReport, attribute: str = "potency", risk: float = RISK, *, per_vial: bool = False, seed: int = 1,
    gain: float | None = None,
) -> Release:  # fmt: skip
    """The loosest lower limit of an attribute that keeps the patient's risk.

    Parameters
    ----------
    found : batches of the process, followed to the patient
    attribute : potency, a component of the cargo, or what sets the dose (particles, particles_per_ug)
    risk : largest share of passing batches that lose more than `found.loss` of the effect
    per_vial, seed : as they were for `found`
    gain : largest gain over the reference's effect, as a share of it, for an upper limit too; none when None

    Raises
    ------
    InputError : an attribute that the model knows no path from, batches without it, a risk outside 0 to 1.
    """
    if found.effects is None or found.use is None:
        raise InputError("a release limit needs batches that were followed to the patient")
    share, lost = found.effects.share, found.effects.share < 1 - found.loss
    truth, error = _truth(found, attribute, share.shape[1], per_vial, seed)
    known = np.isfinite(truth) & np.isfinite(share)
    if known.any(axis=1).sum() < 3:
        raise InputError(f"fewer than three batches with {attribute}: no limit follows from them")
    low, high = np.nanquantile(truth[known], [0.001, 0.999])
    grid = np.r_[0.0, np.geomspace(max(low, 1e-12) / 2, high * 1.5, STEPS)]
    passing = np.array([_passes(truth, limit, error) for limit in grid])  # (n_limits, n_batches, n_members)
    passing = np.where(known, passing, 0.0)
    good, bad = known & ~lost, known & lost
    let = passing.sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        patients = np.where(let > 1e-9 * known.sum(), (passing * bad).sum(axis=(1, 2)) / let, np.nan)
        sponsors = 1 - (passing * good).sum(axis=(1, 2)) / good.sum()
    curve = pd.DataFrame(
        {"limit": grid, "passing": let / known.sum(), "patients_risk": patients, "sponsors_risk": sponsors}
    )
    limit = _loosest(grid, patients, risk)
    random = np.random.Generator(np.random.Philox(key=[seed, 11]))
    again = []
    passed, harmed = passing.sum(axis=2), (passing * bad).sum(axis=2)
    for _ in range(DRAWS):
        some = random.integers(0, len(truth), len(truth))
        with np.errstate(divide="ignore", invalid="ignore"):
            again.append(_loosest(grid, harmed[:, some].sum(axis=1) / passed[:, some].sum(axis=1), risk))
    finite = [v for v in again if math.isfinite(v)]
    bounds = np.quantile(finite, [0.05, 0.95]) if len(finite) > DRAWS / 2 else (math.nan, math.nan)
    at = np.where(known, _passes(truth, limit, error), np.nan) if limit > 0 else np.where(known, 1.0, np.nan)
    upper = None if gain is None else upper_limit(truth, share, error, max(limit, 0.0), gain, risk, seed)
    return Release(
        attribute, unit_of(attribute), risk, found.loss, limit, float(bounds[0]), float(bounds[1]), curve,
        _operating(share, at), ranking(found, per_vial=per_vial, seed=seed), upper,
        [*found.of_the_reading(), *assumed(found.batches), *found.batches.notes,
         *(f"left out: {fault}" for fault in found.batches.faults), *ensemble.notes()],
    )  # fmt: skip


def _loosest(grid: Values, patients: Values, risk: float) -> float:
    """The smallest limit from which on the risk is kept; NaN where none does."""
    kept = np.isfinite(patients) & (patients <= risk)
    if not kept.any():
        return math.nan
    broken = np.flatnonzero(np.isfinite(patients) & ~kept)
    after = kept & (np.arange(len(grid)) > (broken[-1] if broken.size else -1))
    return float(grid[np.flatnonzero(after if after.any() else kept)[0]])


def _passes(truth: Values, limit: float, error: float) -> Values:
    """Probability that the measured value reaches the limit."""
    from scipy import stats

    if not limit > 0:
        return np.ones(truth.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        return stats.norm.sf((math.log(limit) - np.log(truth)) / error)


def _truth(found: BatchReport, attribute: str, members: int, per_vial: bool, seed: int) -> tuple[Values, float]:
    """True values of an attribute (n, members) in its unit, and the error of measuring it (log)."""
    assert found.use is not None
    _, kind = measured(found.use.part.dose, DOSE_KINDS["vesicles"])
    sets_dose = ["particles"] if per_vial else ["particles_per_ug"] if kind.startswith("protein") else []
    if attribute not in ["potency", *components(), *sets_dose]:
        raise InputError(
            f"the model knows no path from {attribute} to the effect in this use: its limit is one of safety or "
            "identity; there are potency, the components of the cargo, particles for doses in vials (--per-vial), and "
            "particles_per_ug for doses in protein"
        )
    if attribute == "potency":
        batched = deliver(found.batches, found.use, members, per_vial=per_vial, seed=seed)
        panel = np.where(np.isfinite(batched.panel_potency), batched.panel_potency, 1.0)
        return 100 * batched.latent * panel[:, None], spread(ASSAY_CV)
    values = found.batches.value(attribute)
    return np.repeat(values[:, None], members, axis=1), spread(COUNT_CV if attribute in DOSE else ASSAY_CV)


def _operating(share: Values, passing: Values) -> pd.DataFrame:
    """Probability to pass by true share of the effect."""
    known = np.isfinite(share) & np.isfinite(passing)
    edges = np.arange(0, 2.01, 0.1)
    rows = []
    for low, high in pairwise(edges):
        inside = known & (share >= low) & (share < high)
        if inside.sum() >= 5:
            rows.append((0.5 * (low + high), float(passing[inside].mean()), int(inside.sum())))
    return pd.DataFrame(rows, columns=["share_of_effect", "passing", "draws"])


def ranking(found: BatchReport, *, per_vial: bool = False, seed: int = 1) -> pd.DataFrame:
    """Which attributes matter: each at its poor end (10 % quantile of the batches), alone and in every combination.

    Shapley shares (`lobule.statistics.shapley`) of the effect that is lost when all are poor; what a potency
    assay tells beyond the cargo panel is the latent potency.
    """
    use = found.use
    assert use is not None
    batched = deliver(found.batches, use, DRAWN, per_vial=per_vial, seed=seed)
    members = 8
    usual = use.product.parameters()
    latent = float(np.quantile(np.median(batched.latent, axis=1), POOR))
    poor: dict[str, tuple[float, tuple[str, ...]]] = {}
    if batched.measured.any():
        poor["latent potency"] = (latent, tuple(k for k in usual if is_potency(k)))
    for name in components():
        values = found.batches.value(name)
        constant = f"{name}_copies_per_particle"
        if np.isfinite(values).sum() >= 3 and usual.get(constant, 0) > 0:
            poor[name] = (float(np.nanquantile(values, POOR)) / usual[constant], (constant,))
    particles = np.median(batched.delivery.particles, axis=1) / use.particles
    poor["particles that arrive"] = (float(np.quantile(particles, POOR)), ())
    names = list(poor)
    rows = np.arange(2 ** len(names))
    constants = {k: np.full((len(rows), members), v) for k, v in usual.items()}
    dose = np.full((len(rows), members), use.particles)
    for i, name in enumerate(names):
        factor, affected = poor[name]
        factors = np.where((rows >> i) & 1, factor, 1.0)[:, None]
        if not affected:
            dose = dose * factors
        for constant in affected:
            constants[constant] = constants[constant] * factors
    effect = effects(use, Delivery(dose, constants), seed, partial(say, "critical attributes"))
    share = np.nanmedian(effect.share, axis=1)
    parts = shapley(share)
    total = share[-1] - share[0]
    table = pd.DataFrame(
        {
            "attribute": names, "poor_over_usual": [poor[n][0] for n in names],
            "lost_alone": [float(share[0] - share[1 << i]) for i in range(len(names))],
            "shapley": parts / total if total else np.zeros(len(names)),
        }
    )  # fmt: skip
    return table.sort_values("shapley", ascending=False, ignore_index=True)
