"""The largest seed, count and time that anything takes, and what a number must be: one place for all who ask.

Python, files, the command line and pages say it in the same words.
"""

from __future__ import annotations

import math

LARGEST_SEED = 2**63 - 1  # every generator in use takes it
MOST = 1_000_000  # of what is counted, where nothing smaller is said
LATEST = 100_000.0  # days of a run


def outside(
    value: float, low: float = -math.inf, high: float = math.inf, *, above: bool = False, below: bool = False
) -> str:
    """What a number must be where it is not finite, from `low` (or above it) to `high` (or below it); "" where it is.

    >>> outside(2.0, 0, 1, above=True, below=True), outside(0.5, 0, 1), outside(7, 8)
    ('a number above 0 and below 1, not 2', '', 'a whole number at least 8, not 7')
    """
    fits = (low < value if above else low <= value) and (value < high if below else value <= high)
    if fits and (isinstance(value, int) or math.isfinite(value)):
        return ""
    return f"{_range(low, high, above, below, value)}, not {_plain(value)}"


def _range(low: float, high: float, above: bool, below: bool, value: float) -> str:
    """What would be right, in words."""
    kind = "a whole number" if isinstance(value, int) else "a number"
    if math.isinf(low) and math.isinf(high):
        return kind
    if math.isfinite(low) and math.isfinite(high) and not above and not below:
        return f"{kind} from {_plain(low)} to {_plain(high)}"
    ends = [f"{'above' if above else 'at least'} {_plain(low)}"] if math.isfinite(low) else []
    ends += [f"{'below' if below else 'at most'} {_plain(high)}"] if math.isfinite(high) else []
    return f"{kind} {' and '.join(ends)}"


def _plain(value: float) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:,}" if abs(value) < 10**30 else "a number of more than 30 digits"
