"""Control charts: individuals with moving range, run rules, and EWMA; whose drift, by stream (such as a bioreactor).

Shewhart's limits with the moving range of two (d2 = 1.128); run rules after L. S. Nelson, J. Qual. Technol. 16 (1984)
237; EWMA after S. W. Roberts, Technometrics 1 (1959) 239. The limits are worked in NIST/SEMATECH e-Handbook 6.3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError

Values = NDArray[np.float64]
D2 = 1.128  # mean range of two normal values, in standard deviations
SIGMAS = 3.0
WEIGHT, WIDTH = 0.2, 2.86  # of the EWMA: one false alarm in about 370 points, as three sigmas have
FEWEST = 8  # values for a chart
SAME_SIDE, TREND = 9, 6


@dataclass(frozen=True)
class Chart:
    """A control chart, in the scale in which it is drawn.

    Attributes
    ----------
    centre, sigma : from the baseline
    values, ewma : (n,), NaN where there is no value
    alarms : (n,) what each value says, "" for nothing
    baseline : how many of the first values set centre and sigma
    logarithmic : values are natural logarithms
    """

    centre: float
    sigma: float
    values: Values
    ewma: Values
    alarms: list[str]
    baseline: int
    logarithmic: bool

    @property
    def limits(self) -> tuple[float, float]:
        """Three sigmas below and above the centre."""
        return self.centre - SIGMAS * self.sigma, self.centre + SIGMAS * self.sigma


class Limits(NamedTuple):
    """centre of a chart, and its sigma"""

    centre: float
    sigma: float


def moving_range_limits(values: Values) -> Limits:
    """From the mean and the mean moving range.

    >>> centre, sigma = moving_range_limits(np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]))
    >>> round(float(centre), 2), round(float(centre + 3 * sigma), 4)
    (50.81, 55.8041)
    """
    return Limits(float(values.mean()), float(np.abs(np.diff(values)).mean() / D2))


def ewma(values: Values, start: float, weight: float = WEIGHT) -> Values:
    """Exponentially weighted moving average; a missing value keeps the last one."""
    found, level = np.empty(len(values)), start
    for i, value in enumerate(values):
        level = level if np.isnan(value) else weight * value + (1 - weight) * level
        found[i] = level
    return found


def ewma_width(count: Values, sigma: float, weight: float = WEIGHT, width: float = WIDTH) -> Values:
    """Half-width of the EWMA's limits after so many values."""
    return width * sigma * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * count)))


def chart(values: Values, streams: list[str], *, baseline: int | None = None, logarithmic: bool = False) -> Chart:
    """Chart values in the order they were made.

    Parameters
    ----------
    values : (n,), NaN where missing
    streams : (n,) whose value it is, such as a bioreactor; run rules and EWMA are followed in each stream
    baseline : number of first values that set the limits; a third of them, at least 8 and at most 30, when None
    logarithmic : chart the logarithm; values must then be above 0

    Raises
    ------
    InputError : fewer than 8 values, a baseline that is too short or does not vary.
    """
    shown = np.asarray(values, float)
    if logarithmic:
        with np.errstate(divide="ignore", invalid="ignore"):
            shown = np.where(shown > 0, np.log(shown), np.nan)
    known = np.flatnonzero(np.isfinite(shown))
    if known.size < FEWEST:
        raise InputError(f"a control chart needs at least {FEWEST} values, not {known.size}")
    first = baseline if baseline is not None else int(np.clip(known.size // 3, FEWEST, 30))
    if not FEWEST <= first <= known.size:
        raise InputError(f"the baseline must be {FEWEST} to {known.size} values, not {first}")
    centre, sigma = moving_range_limits(shown[known[:first]])
    if not sigma > 0:
        raise InputError("the values of the baseline do not vary; no limits follow from them")
    alarms, smooth = [""] * len(shown), np.full(len(shown), np.nan)
    for stream in dict.fromkeys(streams):
        own = np.array([k for k in known if streams[k] == stream])
        if own.size == 0:
            continue
        z = (shown[own] - centre) / sigma
        level = ewma(shown[own], centre)
        smooth[own] = level
        wide = np.abs(level - centre) > ewma_width(np.arange(1.0, own.size + 1), sigma)
        for i, k in enumerate(own):
            alarms[k] = "; ".join(_alarms(z[: i + 1]) + ["EWMA beyond its limits"] * bool(wide[i]))
    return Chart(centre, sigma, shown, smooth, alarms, first, logarithmic)


def _alarms(z: Values) -> list[str]:
    """What the last of these standardised values says."""
    found = []
    if abs(z[-1]) > SIGMAS:
        found.append("beyond 3 sigma")
    if len(z) >= SAME_SIDE and abs(np.sign(z[-SAME_SIDE:]).sum()) == SAME_SIDE:
        found.append(f"{SAME_SIDE} on one side")
    steps = np.sign(np.diff(z[-TREND:]))
    if len(z) >= TREND and abs(steps.sum()) == TREND - 1:
        found.append(f"{TREND} rising" if steps[0] > 0 else f"{TREND} falling")
    if len(z) >= 3 and abs(z[-1]) > 2 and (z[-3:] * np.sign(z[-1]) > 2).sum() >= 2:  # the last one and another
        found.append("2 of 3 beyond 2 sigma")
    return found
