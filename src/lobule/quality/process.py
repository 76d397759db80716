"""From donor to vial: what a run yields, what it costs, how many patients it treats, and where variation comes from.

Every step multiplies: particles = concentration x volume x harvests x recoveries. Variation is
lognormal, so that the variance of the logarithm is the sum of the steps' variances, and each share is exact.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.arguments import checking, count
from lobule.errors import InputError
from lobule.files.process import ProcessFile, check_process, read_process
from lobule.quality.delivery import spread
from lobule.quality.made_of import NINETY, isolations, known, media, spread_of, vessels
from lobule.quality.storage import condition, kept
from lobule.quantities import amount
from lobule.therapy.product import products

if TYPE_CHECKING:
    import matplotlib.figure
Values = NDArray[np.float64]
LOST_PER_PASSAGE, YOUNG = 0.08, 5  # potency lost with every passage beyond the fifth (assumed)
QUANTITIES = {  # what varies, and whose steps make it
    "particles": ("particles",),
    "counted particles": ("particles", "count"),
    "potency": ("potency",),
    "measured potency": ("potency", "measured potency"),
    "kept until use": ("kept until use",),
}
BEGIN = datetime.date(2026, 1, 5)  # of the first synthetic run
BETWEEN_RUNS = 7  # days


@dataclass(frozen=True)
class Step:
    """One factor: what it multiplies by, and the standard deviation of its logarithm between runs."""

    name: str
    of: str  # particles, potency, purity or count
    value: float
    spread: float
    source: str
    grade: str


@dataclass(frozen=True)
class ProcessResult:
    """What a process does.

    Attributes
    ----------
    steps : one row a quantity and factor, with the factor's share of the variance of the logarithm
    runs : one row a simulated run: donor, bioreactor, particles, counted particles, doses, patients, particles_per_ug,
        potency, cost_per_dose
    cargo : one row a component: copies on a particle with 90 % of runs, copies in a dose
    scale_up : the same process in every vessel: particles, litres, doses, patients, cost of a dose (medians)
    """

    file: ProcessFile
    steps: pd.DataFrame
    runs: pd.DataFrame
    cargo: pd.DataFrame
    scale_up: pd.DataFrame

    def plot(self) -> matplotlib.figure.Figure:
        """Yield and cost step by step, and the same process in other vessels."""
        from lobule.report.process import process_picture

        return process_picture(
            self.file.title, self.steps, self.scale_up, self.file.vessel.kind, self.file.costs.currency
        )

    def said(self) -> list[str]:
        """The result in sentences."""
        low, middle, high = self.runs["particles"].quantile([0.05, 0.5, 0.95])
        quantiles = (
            self.runs[["doses", "patients", "cost_per_dose"]].replace(math.inf, math.nan).quantile([0.05, 0.5, 0.95])
        )
        doses, patients, cost = (quantiles[name] for name in ("doses", "patients", "cost_per_dose"))
        ratio = self.runs["particles_per_ug"].median()
        between = f"{patients[0.05]:.0f} to {patients[0.95]:.0f}"
        money = self.file.costs.currency
        lines = [
            f"a run gives {middle:.2g} particles ({low:.2g} to {high:.2g}) at filling: {doses[0.5]:.0f} doses "
            f"({doses[0.05]:.0f} to {doses[0.95]:.0f}), {patients[0.5]:.0f} patients ({between})",
            f"a dose costs {cost[0.5]:.3g} {money} ({cost[0.05]:.3g} to {cost[0.95]:.3g}); {ratio:.2g} particles in "
            "a ug of protein",
        ]
        kept_share = float(self.steps.loc[self.steps["step"] == "storage", "factor"].iloc[0])
        lines.append(f"{kept_share:.0%} of a vial's particles are there at use")
        leading = self.cargo[self.cargo["component"].isin(["mir_125b", "mir_223", "tsg_6", "hgf"])]
        if len(leading):
            copies = [
                f"{r['component']} {r['copies_per_particle']:.2g} ({r['low']:.2g} to {r['high']:.2g})"
                for r in leading.to_dict("records")
            ]
            lines.append("copies on a particle: " + ", ".join(copies))
        for quantity in QUANTITIES:
            own = self.steps[(self.steps["quantity"] == quantity) & (self.steps["share"] > 0.005)]
            if len(own):
                ranked = own.sort_values("share", ascending=False).to_dict("records")
                parts = ", ".join(f"{r['step']} {r['share']:.0%}" for r in ranked)
                lines.append(f"where the variance of {quantity} comes from: {parts}")
        v = self.file.variation
        if self.file.same_laboratory and v.laboratory > 0:
            lines.append(
                f"counts between laboratories differ by a CV of {v.laboratory:.0%} (pk-K089); here one counts all"
            )
        return lines


@dataclass(frozen=True)
class _Plan:
    """A process with its numbers."""

    steps: tuple[Step, ...]
    particles_per_ug: float
    background: float
    fixed_cost: float
    litres: float
    isolation_cost: float

    @classmethod
    def of(cls, file: ProcessFile, kind: str | None = None) -> _Plan:
        """Of a file, in its own vessel or in another kind with that kind's usual volume and days."""
        other = kind is not None and kind != file.vessel.kind
        vessel = known(vessels(), kind or file.vessel.kind, "vessel")
        medium = known(media(), file.medium, "medium")
        v = file.variation
        volume = amount(file.vessel.volume, "volume") if file.vessel.volume and not other else vessel.volume_mL
        days = amount(file.vessel.days, "time") if file.vessel.days and not other else vessel.run_days
        harvests = max(1, int(days / vessel.harvest_days + 1e-9))
        steps = [
            Step("vessel", "particles", vessel.particles_per_mL * volume * harvests,
                 spread_of(vessel), vessel.source, vessel.grade),
            Step("donor", "particles", 1.0, spread(v.donor_yield), "", "assumed"),
        ]  # fmt: skip
        ratio, money = medium.particles_per_ug, 0.0
        for name in file.isolation:
            row = known(isolations(), name, "isolation")
            steps.append(
                Step(
                    name,
                    "particles",
                    row.recovery,
                    spread_of(row),
                    row.source,
                    row.grade,
                )
            )
            ratio *= row.recovery / row.protein_kept
            money += row.cost_a_litre
        s = file.storage
        stored = condition(s.temperature, s.buffer)
        left = kept(s.temperature, amount(s.time, "time"), s.buffer, s.thaws)
        steps.append(Step("storage", "kept until use", left, 0.0, stored.source, stored.grade))
        old = math.exp(-LOST_PER_PASSAGE * max(0, file.cells.passage - YOUNG))
        steps += [
            Step("count", "count", 1.0, spread(v.count), "", "assumed"),
            Step(
                "laboratory", "count", 1.0, 0.0 if file.same_laboratory else spread(v.laboratory), "pk-K089", "measured"
            ),
            Step("passage", "potency", old, 0.0, "", "assumed"),
            Step("donor", "potency", 1.0, spread(v.donor_potency), "pk-K261", "assumed"),
            Step("run (latent)", "potency", 1.0, spread(v.run_potency), "pk-K261", "assumed"),
            Step("potency assay", "measured potency", 1.0, spread(v.potency_assay), "", "assumed"),
        ]
        litres = volume / 1000 * harvests
        c = file.costs
        fixed = c.cells + c.labour * days + c.release + vessel.cost_a_run
        return cls(tuple(steps), ratio, medium.background, fixed + litres * medium.cost_a_litre,
                   litres, money * litres)  # fmt: skip

    def value(self, of: str) -> float:
        """Product of the factors of one quantity."""
        return math.prod(s.value for s in self.steps if s.of == of)


def process(path: str | Path) -> ProcessResult:
    """Simulate a process file.

    Raises
    ------
    InputError : a mistake in the file, an unknown vessel, medium or isolation.
    """
    file = read_process(path)
    try:
        return simulate(file)
    except InputError as error:
        raise InputError(f"{Path(path).name}: {error}") from error


def simulate(file: ProcessFile) -> ProcessResult:
    """Simulate a process; raises InputError."""
    check_process(file)
    plan = _Plan.of(file)
    runs = _runs(file, plan, file.runs, drifting=False)
    rows = []
    for quantity, of in QUANTITIES.items():
        own = [s for s in plan.steps if s.of in of]
        total = sum(s.spread**2 for s in own)
        rows += [
            {"quantity": quantity, "step": s.name, "factor": s.value, "cv": math.sqrt(math.expm1(s.spread**2)),
             "share": s.spread**2 / total if total else 0.0, "source": s.source, "grade": s.grade}
            for s in own
        ]  # fmt: skip
    return ProcessResult(file, pd.DataFrame(rows), runs, _cargo(file), _scale_up(file))


def _runs(file: ProcessFile, plan: _Plan, n: int, *, drifting: bool) -> pd.DataFrame:
    """Runs, in the order of their making; donors and bioreactors take turns, and a drift follows its bioreactor."""
    random = np.random.Generator(np.random.Philox(key=file.seed))
    v, count = file.variation, file.vessel.count
    donor, reactor = np.arange(n) % file.cells.donors, np.arange(n) % count
    each = np.arange(n) // count  # how often this bioreactor was used before
    of_donor = random.standard_normal((2, file.cells.donors))
    noise = random.standard_normal((5, n))
    made = sum(s.spread**2 for s in plan.steps if s.of == "particles" and s.name != "donor")
    particles = plan.value("particles") * np.exp(
        math.sqrt(made) * noise[0] + spread(v.donor_yield) * of_donor[0][donor]
    )
    potency = plan.value("potency") * np.exp(
        spread(v.run_potency) * noise[1] + spread(v.donor_potency) * of_donor[1][donor]
    )
    if drifting and file.drift is not None:
        since = np.where(reactor == file.drift.bioreactor - 1, np.maximum(0, each - file.drift.after + 1), 0)
        potency *= (1 + file.drift.potency_per_run) ** since
        particles *= (1 + file.drift.yield_per_run) ** since
    counting = [s.spread for s in plan.steps if s.of == "count"]
    counted = particles / (1 - plan.background) * np.exp(math.hypot(*counting) * noise[2])
    dose = amount(file.dose, "particles")
    doses = np.floor(counted / dose)
    cost = plan.fixed_cost + plan.isolation_cost + file.costs.fill * doses
    with np.errstate(divide="ignore"):
        per_dose = np.where(doses > 0, cost / np.maximum(doses, 1), np.inf)
    ratio = plan.particles_per_ug * np.exp(spread(v.purity) * noise[3]) / (1 - plan.background)
    return pd.DataFrame(
        {
            "run": np.arange(1, n + 1), "donor": donor + 1, "bioreactor": reactor + 1, "particles": particles,
            "counted_particles": counted, "doses": doses, "patients": np.floor(doses / file.doses_a_patient),
            "particles_per_ug": ratio, "potency": potency,
            "measured_potency": potency * np.exp(spread(v.potency_assay) * noise[4]), "cost_per_dose": per_dose,
        }
    )  # fmt: skip


def _cargo(file: ProcessFile) -> pd.DataFrame:
    """What a particle carries, run by run; the product's own copies are those of its file."""
    wide, dose = math.exp(NINETY / 2 * spread(file.variation.cargo)), amount(file.dose, "particles")
    rows = [
        {"component": name, "copies_per_particle": e.value, "low": e.value / wide, "high": e.value * wide,
         "copies_in_a_dose": e.value * dose, "source": e.source, "grade": e.grade}
        for name, e in products[file.product].cargo.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _scale_up(file: ProcessFile) -> pd.DataFrame:
    """The same process in every vessel."""
    rows = []
    for kind, vessel in vessels().items():
        plan = _Plan.of(file, kind)
        particles = plan.value("particles")
        doses = particles / (1 - plan.background) / amount(file.dose, "particles")
        cost = plan.fixed_cost + plan.isolation_cost + file.costs.fill * doses
        rows.append(
            {"vessel": kind, "title": vessel.title, "litres_a_run": plan.litres, "particles": particles,
             "particles_per_litre": particles / plan.litres,
             "doses": doses, "patients": doses / file.doses_a_patient, "cost_per_dose": cost / doses,
             "source": vessel.source}
        )  # fmt: skip
    return pd.DataFrame(rows)


@checking(n=count(1, 100_000))
def synthetic_batches(file: ProcessFile, n: int) -> pd.DataFrame:
    """A table of batches as `lobule batch` reads it, invented from the process; every row says that it is synthetic.

    Size, markers and endotoxin are invented around usual values; they have no part in the effect.
    """
    runs = _runs(file, _Plan.of(file), n, drifting=True)
    random = np.random.Generator(np.random.Philox(key=[file.seed, 3]))
    product, v = products[file.product], file.variation
    dose, s = amount(file.dose, "particles"), file.storage
    fill = 1.0  # mL in a vial
    concentration = np.full(n, dose / fill) * np.exp(spread(v.count) * random.standard_normal(n))
    found: dict[str, Any] = {
        "batch": [f"S{k:03d}" for k in runs["run"]],
        "synthetic": ["yes"] * n,
        "made_on": [(BEGIN + datetime.timedelta(days=BETWEEN_RUNS * k)).isoformat() for k in range(n)],
        "donor": [f"D{k}" for k in runs["donor"]],
        "cell_source": [file.cells.source] * n,
        "passage": [file.cells.passage] * n,
        "vessel": [file.vessel.kind] * n,
        "bioreactor": [f"B{k}" for k in runs["bioreactor"]],
        "medium": [file.medium] * n,
        "isolation": [" + ".join(file.isolation)] * n,
        "concentration_particle_per_mL": concentration,
        "fill_volume_mL": [fill] * n,
        "particles_per_ug_particle_per_ug": runs["particles_per_ug"],
        "diameter_nm": 110 * np.exp(0.06 * random.standard_normal(n)),
        "cd9_percent": np.clip(60 + 8 * random.standard_normal(n), 0, 100),
        "cd63_percent": np.clip(50 + 8 * random.standard_normal(n), 0, 100),
        "cd81_percent": np.clip(70 + 8 * random.standard_normal(n), 0, 100),
        "gm130_percent": np.clip(0.5 + 0.3 * random.standard_normal(n), 0, 100),
    }
    for name in ("mir_125b", "mir_223", "tsg_6"):
        if name in product.cargo:
            copies = product.cargo[name].value * np.exp(spread(v.cargo) * random.standard_normal(n))
            found[f"{name}_copy_per_particle"] = copies
    found |= {
        "endotoxin_EU_per_mL": 0.08 * np.exp(0.4 * random.standard_normal(n)),
        "sterility": ["pass"] * n,
        "mycoplasma": ["pass"] * n,
        "potency_percent": 100 * runs["measured_potency"],
        "storage_temperature_degC": [s.temperature] * n,
        "storage_time_d": [amount(s.time, "time")] * n,
        "storage_buffer": [s.buffer] * n,
        "freeze_thaw_cycles": [s.thaws] * n,
    }
    table = pd.DataFrame(found)
    numbers = table.select_dtypes("number").columns
    table[numbers] = table[numbers].map(lambda value: float(f"{value:.4g}"))
    return table
