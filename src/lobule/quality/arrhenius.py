"""First-order loss by temperature: rates of every temperature on 1/T, after Arrhenius."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lobule.files.stability import StabilityData
from lobule.statistics.lines import covariance, fitted

CONFIDENCE = 0.95
ROUNDING = 1e-9  # a smaller loss than this share is none, but how numbers are kept
GAS_CONSTANT = 8.314462618e-3  # kJ/(mol K)


@dataclass(frozen=True)
class Arrhenius:
    """First-order loss by temperature: activation energy in kJ/mol with its 95 % interval, rate a month at the storage
    temperature with its interval, months until the limit with theirs."""

    energy: float
    energy_low: float
    energy_high: float
    temperature: float
    rate: float
    rate_low: float
    rate_high: float
    months: float
    months_low: float
    months_high: float


def arrhenius(data: StabilityData, temperature: float, low: float, notes: list[str]) -> Arrhenius | None:
    """First-order rates of every temperature on 1/T; None with fewer than three temperatures or no lower limit."""
    from scipy import stats

    known = np.isfinite(data.temperature) & (data.value > 0)
    levels = np.unique(data.temperature[known])
    if len(levels) < 3:
        return None
    if not (math.isfinite(low) and low > 0):
        notes.append("no Arrhenius: it needs a lower limit above 0")
        return None
    nothing = int((data.value <= 0).sum())
    if nothing:
        notes.append(f"Arrhenius leaves out {nothing} values of 0, which have no logarithm")
    rates, starts = [], []
    for level in levels:
        own = known & (data.temperature == level)
        if len(np.unique(data.months[own])) < 2:
            notes.append(f"no Arrhenius: one time only at {level:g} degC")
            return None
        slope, start = np.polyfit(data.months[own], np.log(data.value[own]), 1)
        rates.append(-float(slope) if -float(slope) * np.ptp(data.months[own]) > ROUNDING else 0.0)
        starts.append(float(start))
    if min(rates) <= 0:
        notes.append("no Arrhenius: nothing is lost at one of the temperatures")
        return None
    room = float(np.mean(starts)) - math.log(low)
    if room <= 0:
        notes.append("no Arrhenius: the values begin at the limit or below it")
        return None
    x = 1 / (levels + 273.15)
    design = np.stack([np.ones_like(x), x], axis=1)
    solved, error, df = fitted(design, np.log(rates))
    spread = covariance(design, error, df)
    t = float(stats.t.ppf((1 + CONFIDENCE) / 2, df))
    row = np.array([1.0, 1 / (temperature + 273.15)])
    middle, half = float(row @ solved), t * math.sqrt(float(row @ spread @ row))
    energy, wide = -float(solved[1]) * GAS_CONSTANT, t * math.sqrt(float(spread[1, 1])) * GAS_CONSTANT
    k, k_low, k_high = (math.exp(min(v, 700.0)) for v in (middle, middle - half, middle + half))
    return Arrhenius(energy, energy - wide, energy + wide, temperature, k, k_low, k_high,
                     room / k, room / k_high, room / k_low)  # fmt: skip
