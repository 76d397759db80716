"""Sizes of effects, scored apart for animals, controlled trials and single arms.

A size is treated over control (of a single arm after over before) of one endpoint of one arm of a study at one time:
rows that tell the same output of the model at the same time, such as collagen by stain and by hydroxyproline, are one
size, by the mean of their logarithms. From fewer than 20 sizes nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lobule.statistics.clusters import mean_by_clusters
from lobule.validate.case import GROUPS
from lobule.validate.scoring import size_scores

FEWEST = 20  # sizes from which something is claimed
ONE = ["set", "group", "source", "study", "output", "days"]
RATIOS = ["observed_ratio", "predicted_ratio", "printed_ratio", "band_low", "band_high"]
SHARES = ("within_twofold", "within_twofold_printed", "covered")
OF_RIVALS = ("pooled_within_twofold", "nothing_within_twofold")


def sizes_of(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a size of rows of a scoreboard, with its scores."""
    sized = rows[rows["observed_ratio"].notna()] if len(rows) else rows
    if not len(sized):
        return pd.DataFrame(columns=[*ONE, *RATIOS, *SHARES, "better", "rows"])
    found = []
    for key, mine in sized.groupby(ONE, sort=False):
        logs = np.log(mine[RATIOS].to_numpy(float)).mean(axis=0)
        scores = size_scores(logs[0], logs[1], logs[2], (logs[3], logs[4]), float(mine["pooled_gain"].mean()))
        ratios = dict(zip(RATIOS, np.exp(logs).tolist(), strict=True))
        about = {"better": mine["better"].iloc[0], "rows": ", ".join(mine["row"])}
        about |= {"seen": bool(mine["seen"].iloc[0])} if "seen" in mine else {}
        if "counted_ratio" in mine:
            about["counted_ratio"] = float(np.exp(np.log(mine["counted_ratio"].to_numpy(float)).mean()))
        found.append(dict(zip(ONE, key, strict=True)) | ratios | scores | about)
    return pd.DataFrame(found)


def by_group(sizes: pd.DataFrame) -> list[dict[str, Any]]:
    """Scores of each group that has sizes: number, studies, shares with 95 % intervals by study, errors.

    `claim` is False where there are too few to say anything. Errors are means of the amount of a logarithm of a ratio;
    `benefit_not_predicted` is its mean towards a benefit, above 0 where studies find more than is predicted.
    """
    found = []
    for group in GROUPS:
        mine = sizes[sizes["group"] == group] if len(sizes) else sizes
        if len(mine):
            rivals = {name: float(mine[name].astype(float).mean()) for name in OF_RIVALS}
            told = {**shares(mine, SHARES), **rivals, **_errors(mine)}
            found.append({"group": group, "n": len(mine), "fewest": FEWEST, **told})
    return found


def shares(table: pd.DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    """Of each column of truth values its share with a 95 % interval by study, {column: share, column_low, column_high};
    the number of studies, and whether there are enough rows for a claim."""
    found: dict[str, Any] = {"claim": len(table) >= FEWEST, "studies": 0}
    for column in columns:
        mean, interval, studies = mean_by_clusters(table[column].astype(float), list(table["source"]))
        found |= {column: mean, f"{column}_low": interval.low, f"{column}_high": interval.high, "studies": studies}
    return found


def _errors(sizes: pd.DataFrame) -> dict[str, float]:
    more = np.log(sizes["observed_ratio"]) - np.log(sizes["predicted_ratio"])
    towards = np.where(sizes["better"] == "up", 1.0, -1.0)
    return {
        "log_error": float(sizes["log_error"].mean()),
        "pooled_error": float(sizes["pooled_error"].mean()),
        "nothing_error": float(sizes["nothing_error"].mean()),
        "benefit_not_predicted": float((towards * more).mean()),
        "band_width_fold": float((sizes["band_high"] / sizes["band_low"]).median()),
        "interval_score": float(sizes["interval_score"].mean()),
    }
