"""What was wanted of the forecasts before anybody looked, beside what was found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lobule.validate.real_people.next_visit import LAST
from lobule.validate.real_people.rivals import COX, MAYO
from lobule.validate.real_people.survival import FIRST, LOBULE
from lobule.validate.real_people.visits import POOLED

ORDER, DISTANCE = 0.02, 0.005  # that lobule may be behind the Cox model
CELLS = 16 / 18
POOLED_BAND, EACH_BAND = (0.85, 0.95), (0.80, 0.97)
BETTER = {"albumin": 0.9, "platelets": 0.9, "bilirubin": 1.0, "inr": 1.0, "ast": 1.0}
DECADES = 4  # of five
OWN_POOR, OTHER_POOR = 0.10, 0.60
CALIBRATION = "calibration"  # tables that made the model: reported, no goal


def survival_goals(scores: pd.DataFrame, cells: pd.DataFrame, table: str) -> Iterator[dict[str, object]]:
    """Goals of a baseline table of primary biliary cholangitis."""
    mine = scores[(scores["table"] == table) & (scores["event"] == FIRST)]
    for rival in (COX, MAYO):
        less = mine[(mine["model"] == rival) & (mine["measure"] == "concordance")]
        for row in less.to_dict("records"):
            wanted = f"at least -{ORDER}" if rival == COX else "told"
            yield _goal(table, f"concordance, lobule less {rival}", wanted, row["lobule_less"],
                        row["lobule_less_low"], row["lobule_less_high"], row["n"],
                        row["lobule_less"] >= -ORDER if rival == COX else None)  # fmt: skip
    for row in mine[(mine["model"] == COX) & (mine["measure"] == "Brier")].to_dict("records"):
        yield _goal(table, f"Brier after {row['at_d'] / 365.25:.2g} y, lobule less {COX}", f"at most {DISTANCE}",
                    row["lobule_less"], row["lobule_less_low"], row["lobule_less_high"], row["n"],
                    row["lobule_less"] <= DISTANCE)  # fmt: skip
    those = cells[(cells["table"] == table) & (cells["event"] == FIRST) & (cells["model"] == LOBULE)]
    those = those[those["seen"].notna()]
    if len(those):
        share = float(those["inside"].mean())
        yield _goal(table, "cells whose forecast lies in the Kaplan-Meier interval", f"at least {CELLS:.1%}", share,
                    np.nan, np.nan, len(those), share >= CELLS - 1e-9)  # fmt: skip


def visit_goals(scores: pd.DataFrame, table: str) -> Iterator[dict[str, object]]:
    """Goals of a table of visits; after one and after three visits together."""
    mine = scores[(scores["table"] == table) & (scores["after"] == POOLED) & (scores["model"] == LOBULE)]
    for row in mine.sort_values("lab", key=lambda lab: lab != POOLED).to_dict("records"):
        low, high = POOLED_BAND if row["lab"] == POOLED else EACH_BAND
        what = "all labs" if row["lab"] == POOLED else row["lab"]
        yield _goal(table, f"next visits in the band of nine tenths, {what}", f"{low:.0%} to {high:.0%}",
                    row["in_band"], row["in_band_low"], row["in_band_high"], row["n"],
                    low <= row["in_band"] <= high)  # fmt: skip
    for row in mine[mine["lab"].isin(BETTER)].to_dict("records"):
        most = BETTER[row["lab"]]
        yield _goal(table, f"error of the next {row['lab']} over that of the {LAST}", f"at most {most}",
                    row["of_last_value"], row["of_last_value_low"], row["of_last_value_high"], row["n"],
                    row["of_last_value"] <= most)  # fmt: skip


def cohort_goals(cells: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Goals of the cohort of fatty liver."""
    decades = cells[cells["group"].str.match(r"\d+ (to|and)") & cells["seen"].notna()]
    for day, some in decades.groupby("at_d"):
        inside = int(some["inside"].sum())
        yield _goal("cohort", f"decades of age whose survival after {float(day) / 365.25:.3g} y lies in the interval",  # type: ignore[arg-type]
                    f"at least {DECADES} of {len(some)}", inside, np.nan, np.nan, int(some["n"].sum()),
                    inside >= min(DECADES, len(some)))  # fmt: skip


def check_goals(checks: pd.DataFrame, fitted: str) -> Iterator[dict[str, object]]:
    """Goals of the fits of one disease: rarely poor in its own people, mostly in others."""
    own = checks[(checks["people_of"] == fitted) & (checks["fitted_as"] != fitted)]
    other = checks[(checks["people_of"] != fitted) & (checks["fitted_as"] == fitted)]
    for what, some, limit in ((f"people of {fitted}", own, OWN_POOR), ("people of another cause", other, OTHER_POOR)):
        if len(some):
            share = float(some["poor"].sum() / some["n"].sum())
            met = share <= limit if some is own else share >= limit
            yield _goal(", ".join(some["table"].unique()), f"fits as {fitted} said to be poor, {what}",
                        f"at {'most' if some is own else 'least'} {limit:.0%}", share, np.nan, np.nan,
                        int(some["n"].sum()), met)  # fmt: skip


def _goal(
    table: str, goal: str, wanted: str, found: float, low: float, high: float, n: int, met: bool | None
) -> dict[str, object]:
    word = "" if met is None else "yes" if met else "no"
    return {"table": table, "goal": goal, "wanted": wanted, "found": found, "low": low, "high": high, "n": n,
            "met": word}  # fmt: skip
