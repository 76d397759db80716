"""Two treatments side by side: how far they differ over the members of the ensemble, and what that stands on.

A difference is that of treated over untreated, member by member, so that what all treatments share cancels. The numbers
of a product are drawn over their own ranges beside: one that two products share is one draw, one in which they differ
is a draw of each. Each difference gets one of these words (`VERDICTS`).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule.explore.over_time import common_day, ratio_on
from lobule.model.cargo import PREFIXES
from lobule.model.parameters import parameter_table, values_for
from lobule.model.slots import in_slot
from lobule.patient.measured import measured
from lobule.patient.recorded import subject_from
from lobule.quantities import measured as quantity
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import PUBLISHED
from lobule.simulation.treatment import Treatment
from lobule.statistics.ranges import range_with
from lobule.studies.direction import SMALLEST_CHANGE
from lobule.therapy import Part, Plan, Regimen, part_from
from lobule.therapy.plan import DOSE_KINDS, Dose
from lobule.therapy.product import Estimate, Product
from lobule.therapy.sameness import POTENCIES, WANT, YIELDS, Difference, differences, same, sources_of

if TYPE_CHECKING:
    import pandas as pd

    from lobule.simulation.run import Run

Values = NDArray[np.float64]
CARRIED, SAME, OPEN = "carried by evidence", "same for want of data", "within what the calibration leaves open"
APART = "not the same question"  # others are treated, or there is no day on which both can be read
VERDICTS = (CARRIED, SAME, OPEN, APART)
WHO = "who is treated"
NO_DAY = "there is no day that both reach after their first dose"
DIRECTION = "in direction, sizes assumed"  # every source gives a direction, and no size; those are drawn over ranges
USUAL_SPREAD = 0.3  # between animals, of what the table of measurements has no figure for; assumed
RTOL = 1e-3
LOADS = ("loaded_functional_share",)  # of the counted reading alone
NINETY = 1.645  # standard deviations from the middle to the 5th or the 95th percentile
TENTH = 0.1  # of a value stands for a range that begins at 0
OF_RUN = ("reading", "hypotheses", "without", "clamp", "scale")  # settings that change what a run is of
ABOUT = {"dose": "dose", "route": "route", "start": "timing", "every": "timing", "n": "number of doses",
         "over": "length of infusion", "when": "condition"}  # fmt: skip


@dataclass(frozen=True)
class Unlike:
    """What tells two treatments apart.

    Attributes
    ----------
    numbers : of their products
    plans : words for what else differs: dose, route, timing, standard care, who is treated
    alike : sentences on products that are the same for want of data
    """

    numbers: tuple[Difference, ...] = ()
    plans: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()

    @property
    def sourced(self) -> bool:
        """Something of it has a source, or was chosen by who wrote the plans."""
        return bool(self.plans) or bool(sources_of(self.numbers))

    @property
    def sized(self) -> bool:
        """The sizes of its numbers stand on figures."""
        return all(d.sized for d in self.numbers)

    def said(self) -> str:
        """In words."""
        parts = [f"the plans differ in {', '.join(self.plans)}"] if self.plans else []
        parts += [f"the products differ in {'; '.join(d.short() for d in self.numbers)}"] if self.numbers else []
        return "; ".join([*parts, *self.alike]) or "nothing tells them apart"


def smallest(output: str, ratio: float) -> float:
    """The smallest difference that is one, beside a ratio: the meaning of "none" of `lobule.studies.direction`.

    >>> smallest("no such output", 1.0)
    0.045
    """
    row = measured().get(output)
    spread = USUAL_SPREAD if row is None else row.published_high or math.hypot(row.own_level, row.error_cv)
    return SMALLEST_CHANGE * spread * ratio


def verdict(value: float, low: float, high: float, unlike: Unlike, least: float) -> tuple[str, str]:
    """One of `VERDICTS` on a difference, and why.

    Parameters
    ----------
    value, low, high : the difference with the usual parameters, and its range over the members
    unlike : what tells the two apart
    least : a smaller difference is none

    >>> verdict(0.0, 0.0, 0.0, Unlike(), 0.02)[0], verdict(-0.1, -0.2, -0.05, Unlike(plans=("dose",)), 0.02)[0]
    ('same for want of data', 'carried by evidence')
    """
    if value == low == high == 0:
        if unlike.plans or unlike.numbers:
            return OPEN, "nothing in which they differ acts here"
        return SAME, "; ".join(unlike.alike) or unlike.said()
    if not unlike.sourced:
        return OPEN, "it stands on assumed numbers alone"
    if low <= 0 <= high:
        return OPEN, "the range holds no difference"
    if abs(value) < least:
        return OPEN, f"below {100 * least:.2g} points, {SMALLEST_CHANGE:g} of the spread between animals"
    sources = ", ".join(sources_of(unlike.numbers))
    told = [*unlike.plans, *([sources] if sources else [])]
    return CARRIED, f"it stands on {' and '.join(told)}{'' if unlike.sized else f'; {DIRECTION}'}"


def pairs(runs: Mapping[str, Run], outputs: Sequence[str], members: int) -> pd.DataFrame:
    """Every pair of runs and output.

    Parameters
    ----------
    runs : each with a plan, by name
    members : of the ensemble

    Returns
    -------
    DataFrame: first, second, output, day (the last that both reach after their first dose; missing where there is
    none, and all numbers with it), first_ratio, second_ratio (treated over untreated), difference (second less first, a
    share of untreated), low, high (5 and 95 % of the members), members, verdict, why, differ_in.
    """
    import pandas as pd

    drawn: dict[tuple[str, float], Values] = {}

    def ratios(name: str, day: float) -> tuple[Values, Values]:
        """With the usual parameters (outputs,), and of the members (members, outputs)."""
        if math.isnan(day):
            return np.full(len(outputs), math.nan), np.full((members, len(outputs)), math.nan)
        if (name, day) not in drawn:
            drawn[name, day] = member_ratios(runs[name], outputs, members, day)
        return np.array([ratio_on(runs[name], output, day) for output in outputs]), drawn[name, day]

    rows: list[dict[str, Any]] = []
    for first, second in combinations(runs, 2):
        unlike, common = unlike_in(runs[first], runs[second]), common_day({n: runs[n] for n in (first, second)})
        day = math.nan if common is None else common
        (usual, of_first), (others, of_second) = ratios(first, day), ratios(second, day)
        for k, output in enumerate(outputs):
            value = float(others[k] - usual[k])
            low, high = range_with(value, of_second[:, k] - of_first[:, k])
            word, why = (
                (APART, NO_DAY)
                if common is None
                else verdict(value, low, high, unlike, smallest(output, float(usual[k])))
            )
            word, why = (APART, WHO) if WHO in unlike.plans else (word, why)
            rows.append(
                {
                    "first": first,
                    "second": second,
                    "output": output,
                    "day": day,
                    "first_ratio": float(usual[k]),
                    "second_ratio": float(others[k]),
                    "difference": value,
                    "low": low,
                    "high": high,
                    "members": int(np.isfinite(of_first[:, k] + of_second[:, k]).sum()),
                    "verdict": word,
                    "why": why,
                    "differ_in": unlike.said(),
                }
            )
    return pd.DataFrame(rows)


def unlike_in(first: Run, second: Run) -> Unlike:
    """What tells the treatments of two runs apart."""
    one, other = ([part_from(part) for part in run.record["plan"]] for run in (first, second))
    found = _unlike_parts(one, other, first.reading)
    more = [] if _who(first) == _who(second) else [WHO]
    settings = [{name: run.record["settings"].get(name) for name in OF_RUN} for run in (first, second)]
    more += ["assumptions of the run"] if settings[0] != settings[1] else []
    return Unlike(found.numbers, (*found.plans, *more), found.alike)


def _who(run: Run) -> tuple[Any, ...]:
    """All that a subject is to the model, however it was written."""
    subject = subject_from(run.record["subject"])
    return subject.species, subject.parameters(), subject.history_days, list(subject.events())


def _unlike_parts(first: Sequence[Part], second: Sequence[Part], reading: str) -> Unlike:
    numbers: list[Difference] = []
    plans: list[str] = []
    alike: list[str] = []
    for one, other in zip_longest(first, second):
        if not (isinstance(one, Plan) and isinstance(other, Plan)):
            if one != other:
                plans.append("parts of the plan" if one is None or other is None else "kind of treatment")
            continue
        a, b = _product(one), _product(other)
        if a.kind != b.kind:
            plans.append("kind of product")
            continue
        acting = [*_dosed_by(one), *_dosed_by(other), *(POTENCIES if reading == PUBLISHED else LOADS)]
        own = [d for d in differences(a, b) if d.name not in (*YIELDS, *POTENCIES, *LOADS) or d.name in acting]
        numbers += own
        plans += [word for name, word in ABOUT.items() if getattr(one, name) != getattr(other, name)]
        if a.name != b.name and same(a, b):
            alike.append(f"{a.name} and {b.name} have the same numbers {WANT}")
        elif a.name != b.name and not own:
            alike.append(f"no number in which {a.name} and {b.name} differ acts in this reading at this dose")
    return Unlike(tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys(plans)), tuple(dict.fromkeys(alike)))


def _dosed_by(plan: Plan) -> tuple[str, ...]:
    """Numbers of the product that say how many particles or cells its dose is."""
    kind = quantity(plan.dose, DOSE_KINDS[plan.kind])[1].removesuffix("_per_weight")
    vesicles = ("particles_per_cell",) if plan.kind == "medium" else ()
    return vesicles + {"protein": ("particles_per_ug",), "cells": ("particles_per_cell",),
                       "volume": ("cells_per_mL",)}.get(kind, ())  # fmt: skip


def _product(plan: Plan) -> Product:
    assert isinstance(plan.product, Product)  # made so by the plan
    return plan.product


def member_ratios(run: Run, outputs: Sequence[str], members: int, day: float) -> Values:
    """Treated over untreated on a day of a run, (members, outputs); NaN of a member who could not be solved."""
    record, settings = run.record, run.record["settings"]
    subject = subject_from(record["subject"])
    regimen = Regimen.of([part_from(part) for part in record["plan"]], subject)
    chosen = {
        name: settings[name] for name in ("without", "clamp", "scale", "hypotheses", "reading") if name in settings
    }
    experiment = Experiment.of(**chosen)
    crowd = Crowd(experiment.model(subject.species, regimen.slots), experiment, regimen.slots)
    alike = [subject, *subject.others()][:members]
    kept = experiment.parameters(values_for(subject.species) | subject.parameters() | regimen.parameters())
    every = ensemble.factors(members, species=subject.species) | product_factors(regimen, members)
    drawn = {name: factor for name, factor in every.items() if name not in kept}
    amounts = _amounts(regimen, members)
    groups = []
    for k, one in enumerate(alike):
        some = np.arange(k, members, len(alike))
        factors = [{name: factor[some] for name, factor in drawn.items()}]
        times = one.history_days + np.array([0.0, day])
        treatments = (
            None
            if regimen.certain
            else [Treatment.of(regimen, one.history_days, amounts=amounts[i].tolist()) for i in some]
        )
        treated = crowd.add(one, times, regimen, n=len(some), factors=factors, treatments=treatments)
        groups.append((some, treated, crowd.add(one, times, regimen, n=len(some), factors=factors, twin=True)))
    solved = crowd.solve(list(outputs), RTOL)
    ratios = np.full((members, len(outputs)), math.nan)
    for some, treated, untreated in groups:
        whole = np.array(
            [not (a or b) for a, b in zip(solved.reasons(treated), solved.reasons(untreated), strict=True)]
        )
        found = np.stack([solved.values(treated, o)[:, -1] / solved.values(untreated, o)[:, -1] for o in outputs], 1)
        ratios[some] = np.where(whole[:, None], found, math.nan)
    return ratios


def product_factors(regimen: Regimen, members: int) -> dict[str, Values]:
    """Factors on the numbers of the products, over their ranges, {constant: (members,)}."""
    found = {}
    for i, part in enumerate(regimen.parts):
        if isinstance(part, Plan):
            product = _product(part)
            for name, estimate in product.estimates().items():
                constant = _constant(product, name)
                if constant is not None and estimate.value > 0 and estimate.low < estimate.high:
                    limits = parameter_table()[constant]
                    values = np.clip(estimate.value * _draws(name, estimate, members), limits.low, limits.high)
                    found[in_slot(constant, regimen.slot(i))] = values / estimate.value
    return found


def _constant(product: Product, name: str) -> str | None:
    """The constant of the model that a number of a product is; None for one that is none."""
    if name in product.sets:
        return name
    if not name.startswith("cargo."):
        return None
    return f"{PREFIXES[product.kind != 'vesicles']}{name.removeprefix('cargo.')}_copies_per_particle"


def _draws(name: str, estimate: Estimate | Dose, members: int) -> Values:
    """Draws over a value: 1 in the middle, its range as 5 and 95 %; the same ones for the same number anywhere."""
    low = (estimate.low or TENTH * estimate.value) / estimate.value
    high = estimate.high / estimate.value
    key = f"{name} {low:.9g} {high:.9g}" + ("" if isinstance(estimate, Dose) else f" {estimate.value:.9g}")
    z = np.random.default_rng(zlib.crc32(key.encode())).standard_normal(members) / NINETY
    return np.where(z < 0, low ** np.abs(z), high ** np.abs(z))


def _amounts(regimen: Regimen, members: int) -> Values:
    """What each member gets of each part, (members, parts): a dose over what its unit leaves open."""
    amounts = np.zeros((members, len(regimen.parts)))
    for i, dose in enumerate(regimen.doses):
        if dose is not None:
            amounts[:, i] = dose.value * (1.0 if dose.certain else _draws(f"dose {i}", dose, members))
    return amounts
