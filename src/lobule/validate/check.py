"""One line of a table of wanted and found."""

from __future__ import annotations

from dataclasses import asdict, dataclass

COLLAGEN = "collagen_proportionate_area"
DEATH = "cumulative_death_hazard"
REMOVED_BY = {  # what ends or eases each cause of chronic disease
    "hbv": "antiviral",
    "hcv": "antiviral",
    "mash": "weight loss",
    "alcohol": "abstinence",
    "autoimmune": "immunosuppression",
}


@dataclass(frozen=True)
class Check:
    """One line of the table; `passed` is found inside [low, high]."""

    id: str
    what: str
    wanted: str
    found: float
    passed: bool
    source: str

    def to_dict(self) -> dict:
        """Plain data."""
        return asdict(self)


def check(identifier: str, what: str, low: float, high: float, found: float, source: str) -> Check:
    """A check that a figure lies in a window."""
    return Check(identifier, what, f"{low:g} to {high:g}", float(found), bool(low <= found <= high), source)
