"""Names, units, numbers and ends of axes as they are printed, in pictures and on pages; draws nothing itself."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import ArrayLike

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
YEAR, WEEK = 365.25, 7.0  # days
# Lengths of a time axis in days up to which it is in hours, days and weeks; beyond, in years.
HOURS, DAYS, WEEKS = 3.0, 28.0, 400.0
FLAT = 0.1  # an axis spans at least this share of its largest value, so that a change too small to matter looks small

SIGNS = (
    (r"(?<=-)alpha\b", "α"), (r"(?<=[-0-9])beta\b", "β"), (r"(?<=-)gamma\b", "γ"), (r"\bu(?=g\b|m\b|mol\b|L\b)", "µ"),
    (r"\b1e([0-9]+)\b", lambda found: "10" + found[1].translate(RAISED)),
    (r"(?<=kg)/m2\b", "/m²"), ("_", " "),
)  # fmt: skip


def written(text: str) -> str:
    """A name or unit as it is printed: Greek letters, micro, powers of ten, no underscores.

    >>> written("TNF-alpha"), written("umol/L"), written("1e9/L"), written("portal_vein")
    ('TNF-α', 'µmol/L', '10⁹/L', 'portal vein')
    """
    for pattern, sign in SIGNS:
        text = re.sub(pattern, sign, text)
    return text


def span(*values: ArrayLike) -> tuple[float, float] | None:
    """Lowest and highest end of an axis: from 0 where values come near it, else about the values.

    Sodium does not change by a sixtieth of an axis from 0; and where it hardly changes, the axis still spans a tenth of
    the value, so that nothing looks like a change that is none. None where there is no number.

    >>> span([0.0, 20.0]), span([139.0, 141.0]), span([])
    ((0.0, 21.0), (132.95, 147.05), None)
    """
    found = np.concatenate([np.asarray(v, float).ravel() for v in values]) if values else np.empty(0)
    found = found[np.isfinite(found)]
    if not found.size:
        return None
    low, high = float(found.min()), float(found.max())
    if low < 0.5 * high or low <= 0:
        margin = 0.05 * (high - min(low, 0.0))
        return low - margin if low < 0 else 0.0, high + margin if high + margin > 0 else 1.0
    half = max(0.5 * (high - low) * 1.15, 0.5 * FLAT * high)
    return (low + high) / 2 - half, (low + high) / 2 + half


def plain_number(value: float, position: int | None = None) -> str:
    """The label of a tick, without an exponent of many letters.

    >>> plain_number(0.05), plain_number(2e10)
    ('0.05', '2×10¹⁰')
    """
    text = f"{value:.3g}"
    if "e" not in text:
        return text
    digits, _, power = text.partition("e")
    raised = str(int(power)).translate(RAISED)
    return f"10{raised}" if digits == "1" else f"{digits}×10{raised}"


def time_unit(days: float) -> tuple[float, str]:
    """Days of the unit in which a time axis of that length is drawn, and its name.

    >>> time_unit(63.0), time_unit(3652.5)[1]
    ((7.0, 'weeks'), 'years')
    """
    if days <= HOURS:
        return 1 / 24, "hours"
    if days <= DAYS:
        return 1.0, "days"
    return (WEEK, "weeks") if days <= WEEKS else (YEAR, "years")
