"""A waiting list for a transplant: what came first, death, transplantation or withdrawal, where each competes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from lobule.statistics.survival import LEVEL, cumulative_incidence

AT = (90.0, 180.0, 365.0, 730.0)
EVENTS = {"death": "dead", "ltx": "transplanted", "withdraw": "withdrawn"}
WHY = (
    "the waiting list has neither labs nor a disease, so that nothing can be forecast of its people; what is seen "
    "stands alone"
)


def incidence(table: pd.DataFrame) -> pd.DataFrame:
    """Share of people (Aalen-Johansen) whom each event befalls first, by day, with its interval."""
    days, event = table["futime"].to_numpy(float), table["event"].astype(str).to_numpy()
    rows = []
    for at in AT:
        ended = np.minimum(days, at)
        for name, word in EVENTS.items():
            mine = (event == name) & (days <= at)
            other = np.isin(event, [n for n in EVENTS if n != name]) & (days <= at)
            share, error = cumulative_incidence(ended, mine, other)
            half = float(norm.ppf((1 + LEVEL) / 2)) * error
            rows.append({"event": word, "at_d": at, "n": len(days), "events": int(mine.sum()), "share": share,
                         "low": max(share - half, 0.0), "high": min(share + half, 1.0)})  # fmt: skip
    return pd.DataFrame(rows)
