"""Runs of an assay combined: which count, precision between and within them, one reportable value (USP <1034>)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lobule.errors import InputError
from lobule.files.criteria import CombinationSection
from lobule.quality.suitability import IN_RANGE, SAMPLE, SYSTEM, Check, failed
from lobule.quality.wells import ALL, Analysis
from lobule.statistics.assay_means import UNWEIGHTED, WEIGHTED, Combined, combine
from lobule.statistics.potency import LINES, Potency
from lobule.statistics.precision import Precision, precision

FORMATS = ((1, 1), (2, 1), (3, 1), (2, 2), (3, 2), (6, 1))  # runs and plates a run


@dataclass(frozen=True)
class Reportable:
    """One result of a sample.

    Attributes
    ----------
    sample, model : whose, and by which model
    value, low, high : relative potency with its 95 % interval; NaN where there is none
    method : how it came about
    runs, left_out : how many count; {run: why it does not}
    combined : the means, None with one run
    precision : between and within runs, None with one run
    problem : why there is no reportable value, or ""
    """

    sample: str
    model: str
    value: float
    low: float
    high: float
    method: str
    runs: int
    left_out: dict[str, str]
    combined: Combined | None
    precision: Precision | None
    problem: str

    def said(self) -> list[str]:
        """In sentences."""
        if self.problem:
            lines = [f"{self.sample}: NO reportable value: {self.problem}"]
        else:
            lines = [
                f"{self.sample}: reportable value {self.value:.1%} ({self.low:.1%} to {self.high:.1%}), {self.method}"
            ]
        if self.left_out:
            reasons: dict[str, list[str]] = {}
            for name, why in self.left_out.items():
                reasons.setdefault(why, []).append(name)
            told = "; ".join(f"run {', '.join(names)}: {why}" for why, names in reasons.items())
            lines.append(f"{self.sample}: not counted: {told}")
        if self.precision is not None:
            p = self.precision
            formats = f"2 runs {p.of_a_format(2, 1):.1%}, 3 runs {p.of_a_format(3, 1):.1%}"
            lines.append(
                f"{self.sample}: %GCV of a potency {p.intermediate:.1%} (at most {p.intermediate_high:.1%}, 95 %) over "
                f"{p.runs} runs; of a mean of {formats}"
            )
        return lines

    def rows(self) -> list[dict[str, Any]]:
        """The means of all methods, the reportable one marked."""
        if self.combined is None:
            if self.problem:
                return []
            return [{"sample": self.sample, "model": self.model, "method": self.method, "potency": self.value,
                     "low": self.low, "high": self.high, "runs": self.runs, "reportable": True}]  # fmt: skip
        return [
            {"sample": self.sample, "model": self.model, "method": m.method, "potency": m.value, "low": m.low,
             "high": m.high, "runs": m.assays, "p_homogeneity": self.combined.p_homogeneity,
             "reportable": m is self.combined.chosen and not self.problem}
            for m in self.combined.means
        ]  # fmt: skip


def reportable(
    found: Analysis, checks: list[Check], model: str = LINES, how: CombinationSection | None = None
) -> list[Reportable]:
    """The reportable value of every sample by one model.

    A run counts when its plates are suitable and its potency is valid. Runs are the `run` of the wells; without it each
    plate is a run. Where no run alone tells its shape, suitable plates that do so together are one run. `how` says how
    runs are combined; as criteria do usually when None.
    """
    return [_of(found, checks, sample, model, how or CombinationSection()) for sample in found.samples]


def _of(found: Analysis, checks: list[Check], sample: str, model: str, how: CombinationSection) -> Reportable:
    plates = found.wells.groupby("run", sort=False)["plate"].unique()
    single = len(plates) == 1 and len(plates.iloc[0]) == 1
    counted: list[Potency] = []
    left_out: dict[str, str] = {}
    values: list[tuple[str, float]] = []
    for run, names in plates.items():
        name = ALL if single or len(plates) == 1 else str(names[0]) if len(names) == 1 else f"run {run}"
        potency = found.of(sample, name, model)
        where = {plate: f" (plate {plate})" if len(names) > 1 else "" for plate in names}
        wrong = [what + where[plate] for plate in names for what in failed(checks, SYSTEM, str(plate))]
        if potency is None:
            wrong.append("no potency")
        elif not potency.valid:
            wrong += [f"{what} not within its margins" for what in failed(checks, SAMPLE, name, sample, model)] or [
                "no slope or no bounded interval"
            ]
        if wrong or potency is None:
            left_out[str(run)] = "; ".join(dict.fromkeys(wrong))
            continue
        counted.append(potency)
        own = [found.of(sample, str(plate), model) for plate in names] if not single else [potency]
        values += [(str(run), p.potency) for p in own if p is not None and math.isfinite(p.potency) and p.potency > 0]
    wrong = failed(checks, SAMPLE, ALL, sample, model)
    together, plate_wrong = found.of(sample, ALL, model), any(c.kind == SYSTEM and c.passes is False for c in checks)
    if not counted and together is not None and together.valid and not plate_wrong:
        method = (
            f"of all {len(plates)} runs analysed as one, because none alone tells its shape: its interval holds "
            "no variation between runs"
        )
        return Reportable(sample, model, together.potency, together.low, together.high, method, len(plates), {}, None,
                          None, _outside(wrong))  # fmt: skip
    return _combined(sample, model, counted, left_out, values, wrong, how)


def _combined(
    sample: str, model: str, counted: list[Potency], left_out: dict[str, str], values: list[tuple[str, float]],
    wrong: list[str], how: CombinationSection,
) -> Reportable:  # fmt: skip
    if not counted:
        return Reportable(sample, model, math.nan, math.nan, math.nan, "", 0, left_out, None, None, "no run is valid")
    if len(counted) == 1:
        one = counted[0]
        method = "of one run: its interval holds no variation between runs"
        return Reportable(
            sample, model, one.potency, one.low, one.high, method, 1, left_out, None, None, _outside(wrong)
        )
    of_runs = ([p.potency for p in counted], [p.error for p in counted], [p.df for p in counted])
    together = combine(*of_runs, how.method, how.homogeneity)
    mean, plain = together.chosen, together.of(UNWEIGHTED)
    method = f"{mean.method} mean of {len(counted)} runs (homogeneity p {together.p_homogeneity:.2g})"
    if mean.method == WEIGHTED:
        method += "; its interval holds no variation between runs"
    if mean is not plain:
        holds = ", which holds it" if mean.method == WEIGHTED else ""
        method += f"; geometric mean {plain.value:.1%} ({plain.low:.1%} to {plain.high:.1%}){holds}"
    try:
        spread = precision(np.log([v for _, v in values]), [run for run, _ in values])
    except InputError:
        spread = None
    return Reportable(sample, model, mean.value, mean.low, mean.high, method, len(counted), left_out, together, spread,
                      _outside(wrong))  # fmt: skip


def _outside(wrong: list[str]) -> str:
    """What is wrong with the sample, beside its shape, which each run has been asked for."""
    return "its potency lies outside the validated range" if IN_RANGE in wrong else ""


def tables(found: list[Reportable]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(means of all methods, precision and what it makes of other formats) of all samples."""
    means = [row for one in found for row in one.rows()]
    spread = []
    for one in found:
        if one.precision is None:
            continue
        formats = {f"gcv_of_{n}_runs_of_{m}": one.precision.of_a_format(n, m) for n, m in FORMATS}
        spread.append({"sample": one.sample, "model": one.model, **one.precision.to_dict(), **formats})
    return pd.DataFrame(means), pd.DataFrame(spread)
