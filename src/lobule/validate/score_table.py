"""The scoreboard as one table: a line a set and a thing that is scored, as published beside as counted.

Nothing is claimed from fewer than 20: such a line gives how many were right, and no share to be held against a goal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from lobule.validate.scoreboard import Scoreboard
from lobule.validate.sizes import FEWEST
from lobule.validate.summary import RIVALS, WORDS

SIZES_GOAL = 0.65
ALL_SIZES = "sizes within twofold, of all there are"
# What is scored: its share and number in a summary, what the rivals have of it, and what was wanted of held-out studies
SHARES = (
    ("orders", "order_right", "n_orders", "orders", 0.75),
    ("orders by mechanism", "order_right_by_mechanism", "n_orders_by_mechanism", "", 0.65),
    ("directions", "direction_right", "n_directions", "directions", 0.90),
    ("negatives", "negatives_right", "n_negatives", "negatives", 0.75),
    ("sizes within twofold", "within_twofold", "n_sizes", "sizes", SIZES_GOAL),
)
COVERED = (0.80, 0.97)  # of what was observed that the 90 % bands should hold
FRESH = ", not read before"
Summary = Mapping[str, Any]


def score_table(board: Scoreboard) -> pd.DataFrame:
    """One line a set and a thing that is scored.

    Returns
    -------
    DataFrame with set, what, kind (share or skill), n, studies, published with low and high (95 % by study), counted
        with counted_low and counted_high, one column a rival, goal and goal_high (the lowest and highest that is
        wanted; NaN where nothing is), claim (from 20 on).
    """
    lines = []
    for name, summary in board.summaries().items():
        counted = board.counted.summary(name) if board.counted else None
        lines += [{"set": name} | line for line in _lines(summary, counted)]
        fresh = board.summary(name, fresh=True)
        beside = board.counted.summary(name, fresh=True) if board.counted else None
        if fresh["n_simulated"]:
            own = _shares(fresh, beside)
            lines += [{"set": name} | line | {"what": line["what"] + FRESH, "goal": None} for line in own]
    columns = ["set", "what", "kind", "n", "studies", "published", "low", "high", "counted", "counted_low",
               "counted_high", *RIVALS, WORDS, "goal", "goal_high", "claim"]  # fmt: skip
    return pd.DataFrame(lines, columns=columns)


def _lines(summary: Summary, counted: Summary | None) -> Iterator[dict[str, Any]]:
    yield from _shares(summary, counted)
    yield from _sizes(summary, counted)
    if summary["sizes"]:
        yield _of_all_sizes(summary, counted)
    covered = _line("90 % bands cover", summary["n_sizes"], summary, counted, "band_coverage")
    if covered["n"]:
        yield covered | {"goal": COVERED[0], "goal_high": COVERED[1]}
    single = summary["single_arms"]
    if single["n_directions"]:
        yield _line("directions of single arms", single["n_directions"], single, counted and counted["single_arms"],
                    "direction_right") | {"studies": single["studies"]}  # fmt: skip
    for what, value in summary["skill"].items():
        if value is not None:
            low, high = summary["skill_intervals"].get(what, (None, None))
            theirs = counted["skill_intervals"].get(what, (None, None)) if counted else (None, None)
            n = summary[{"sizes": "n_sizes", "orders": "n_orders", "negatives": "n_negatives"}[what]]
            yield {"what": f"skill, {what}", "kind": "skill", "n": n, "studies": None, "published": value, "low": low,
                   "high": high, "counted": counted["skill"].get(what) if counted else None,
                   "counted_low": theirs[0], "counted_high": theirs[1], "goal": 0.0,
                   "claim": n >= FEWEST}  # fmt: skip
    yield from _over_words(summary, counted)


def _over_words(summary: Summary, counted: Summary | None) -> Iterator[dict[str, Any]]:
    """Skill in orders over the guess from words alone; no goal was set for it."""
    ours = summary["over_words"]
    if ours is not None:
        theirs = (counted and counted["over_words"]) or (None, None, None)
        yield {"what": "skill, orders over words alone", "kind": "skill", "n": summary["n_orders"], "studies": None,
               "published": ours[0], "low": ours[1], "high": ours[2], "counted": theirs[0], "counted_low": theirs[1],
               "counted_high": theirs[2], "claim": summary["n_orders"] >= FEWEST}  # fmt: skip


def _of_all_sizes(summary: Summary, counted: Summary | None) -> dict[str, Any]:
    """Of all sizes that are reported, single arms too; those that could not be simulated count as missed."""
    n = sum(group["n"] for group in summary["sizes"]) + summary["n_sizes_left"]

    def share(key: str, some: Summary) -> float:
        return sum(group[key] * group["n"] for group in some["sizes"]) / n

    return {
        "what": ALL_SIZES, "kind": "share", "n": n, "studies": None, "published": share("within_twofold", summary),
        "counted": share("within_twofold", counted) if counted else None,
        RIVALS[0]: share("pooled_within_twofold", summary), RIVALS[1]: share("nothing_within_twofold", summary),
        "goal": SIZES_GOAL, "claim": n >= FEWEST,
    }  # fmt: skip


def _shares(summary: Summary, counted: Summary | None) -> Iterator[dict[str, Any]]:
    for what, key, number, rivals, goal in SHARES:
        if summary[number]:
            line = _line(what, summary[number], summary, counted, key) | {"goal": goal}
            if rivals == "sizes":
                line |= summary["rivals_within_twofold"]
            elif rivals:
                line |= {who: scores[rivals] for who, scores in summary["rivals"].items() if who != "lobule"}
            yield line


def _line(what: str, n: int, summary: Summary, counted: Summary | None, key: str) -> dict[str, Any]:
    low, high, studies = summary.get("intervals", {}).get(key, (None, None, None))
    counted_low, counted_high, _ = (counted or {}).get("intervals", {}).get(key, (None, None, None))
    return {"what": what, "kind": "share", "n": n, "studies": studies, "published": summary[key], "low": low,
            "high": high, "counted": counted[key] if counted else None, "counted_low": counted_low,
            "counted_high": counted_high, "claim": n >= FEWEST}  # fmt: skip


def _sizes(summary: Summary, counted: Summary | None) -> Iterator[dict[str, Any]]:
    """Sizes within twofold of each group."""
    beside = {group["group"]: group for group in counted["sizes"]} if counted else {}
    for group in summary["sizes"]:
        other = beside.get(group["group"], {})
        yield {
            "what": f"sizes within twofold, {group['group']}", "kind": "share", "n": group["n"],
            "studies": group["studies"], "published": group["within_twofold"], "low": group["within_twofold_low"],
            "high": group["within_twofold_high"], "counted": other.get("within_twofold"),
            "counted_low": other.get("within_twofold_low"), "counted_high": other.get("within_twofold_high"),
            RIVALS[0]: group["pooled_within_twofold"], RIVALS[1]: group["nothing_within_twofold"],
            "claim": group["claim"],
        }  # fmt: skip


def where_wrong(rows: pd.DataFrame, fewest: int = 5) -> pd.DataFrame:
    """Where directions are wrong most often: by endpoint, injury and product, of rows that saw a change.

    Parameters
    ----------
    rows : of a scoreboard
    fewest : rows from which a group is told

    Returns
    -------
    DataFrame with set, by, name, n, studies, wrong, right (share), counted_right (NaN without the counted reading); of
    each set the most wrong first.
    """
    found = []
    seen = rows[~rows["negative"].astype(bool)] if len(rows) else rows
    for by in ("endpoint", "injury", "product"):
        for (name, which), mine in seen.groupby([by, "set"]) if len(seen) else ():
            if len(mine) >= fewest:
                right = mine["right"].astype(bool)
                counted = mine["counted_right"].astype(bool).mean() if "counted_right" in mine else float("nan")
                found.append({
                    "set": which, "by": by, "name": name, "n": len(mine), "studies": mine["source"].nunique(),
                    "wrong": int((~right).sum()), "right": float(right.mean()), "counted_right": float(counted),
                })  # fmt: skip
    columns = ["set", "by", "name", "n", "studies", "wrong", "right", "counted_right"]
    return pd.DataFrame(found, columns=columns).sort_values(["set", "wrong", "n"], ascending=[True, False, True])
