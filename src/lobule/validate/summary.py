"""The numbers of a scoreboard, beside two naive rivals on the same rows.

Single arms, which tell a course and an effect in one, are scored apart: shares of directions, negatives and sizes are
of rows with a control.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.statistics.clusters import drawn_sums
from lobule.validate.sizes import OF_RIVALS, by_group, shares, sizes_of

Values = NDArray[np.float64]
RIVALS = ("pooled mean", "nothing helps")
WORDS = "words alone"  # a third one of orders: which arm has more in it
ERRORS = {"lobule": "log_error", "pooled mean": "pooled_error", "nothing helps": "nothing_error"}


def summarise(rows: pd.DataFrame, orders: pd.DataFrame, left: pd.DataFrame) -> dict[str, Any]:
    """The numbers of a scoreboard; a share is None where nothing of its kind was there.

    Returns
    -------
    dict with n_rows (all rows given), n_not_simulated, n_not_outcomes (control arms, values before the first dose),
    direction_right, within_twofold, band_coverage, order_right, negatives_right, skill_against_naive, and their counts,
    errors, widths and scores of the rivals; `intervals` ({share: low, high, studies}, 95 % by study), `sizes` (one dict
    a group: animals, controlled trials, single arms), `single_arms` (directions and negatives of them); skill with
    `skill_intervals` ({what: low, high}, 95 % by study), `over_words` (skill in orders over a guess from words, with
    its interval); `n_sizes_left`, rows with a size that could not be simulated.
    """
    controlled, single = _parted(rows)
    positive, negative = _by_sign(controlled)
    sizes = sizes_of(rows)
    sized = sizes[sizes["group"] != "single arms"] if len(sizes) else sizes
    mechanism = orders[orders["basis"] == "mechanism"] if len(orders) else orders
    outcomes = left[left["outcome"].astype(bool)] if "outcome" in left else left
    found: dict[str, Any] = {
        "n_rows": len(rows) + len(orders) + len(left),
        "n_simulated": len(rows) + len(orders),
        "n_not_simulated": len(outcomes),
        "n_not_outcomes": len(left) - len(outcomes),
        "n_sizes_left": int(outcomes["sized"].sum()) if "sized" in outcomes else 0,
        "n_directions": len(positive),
        "n_sizes": len(sized),
        "n_orders": len(orders),
        "n_orders_by_mechanism": len(mechanism),
        "n_negatives": len(negative),
        "direction_right": _share(positive, "right"),
        "within_twofold": _share(sized, "within_twofold"),
        "rivals_within_twofold": {who: _share(sized, column) for who, column in zip(RIVALS, OF_RIVALS, strict=True)},
        "band_coverage": _share(sized, "covered"),
        "band_width_fold": float((sized["band_high"] / sized["band_low"]).median()) if len(sized) else None,
        "interval_score": float(sized["interval_score"].mean()) if len(sized) else None,
        "order_right": _share(orders, "right"),
        "order_right_by_mechanism": _share(mechanism, "right"),
        "negatives_right": _share(negative, "right"),
        "sizes": by_group(sizes),
        "intervals": _intervals({
            "direction_right": (positive, "right"), "negatives_right": (negative, "right"),
            "order_right": (orders, "right"), "order_right_by_mechanism": (mechanism, "right"),
            "within_twofold": (sized, "within_twofold"), "band_coverage": (sized, "covered"),
        }),
        "single_arms": _single(single),
    }  # fmt: skip
    everything = _with_rivals(positive, negative, sized, orders)
    skill = _skill(everything)
    parts = [value for value in skill.values() if value is not None]
    naive = float(np.mean(parts)) if parts else None
    intervals = _skill_intervals(negative, sized, orders)
    more = {"rivals": everything, "skill": skill, "skill_intervals": intervals, "skill_against_naive": naive}
    return found | more | {"over_words": _over_words(orders)}


def _parted(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with a control, and single arms."""
    if not len(rows):
        return rows, rows
    alone = rows["group"] == "single arms"
    return rows[~alone], rows[alone]


def _by_sign(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that saw a change, and those that saw none."""
    if not len(rows):
        return rows, rows
    none = rows["negative"].astype(bool)
    return rows[~none], rows[none]


def _intervals(of: Mapping[str, tuple[pd.DataFrame, str]]) -> dict[str, tuple[float, float, int]]:
    """{share: low, high, studies} of those that have rows with a source."""
    found = {}
    for name, (table, column) in of.items():
        if len(table) and "source" in table:
            told = shares(table, (column,))
            found[name] = (told[f"{column}_low"], told[f"{column}_high"], told["studies"])
    return found


def _single(rows: pd.DataFrame) -> dict[str, Any]:
    positive, negative = _by_sign(rows)
    return {
        "n_directions": len(positive),
        "n_negatives": len(negative),
        "studies": int(rows["source"].nunique()) if len(rows) else 0,
        "direction_right": _share(positive, "right"),
        "negatives_right": _share(negative, "right"),
    }


def _with_rivals(
    positive: pd.DataFrame, negative: pd.DataFrame, sized: pd.DataFrame, orders: pd.DataFrame
) -> dict[str, dict[str, float | None]]:
    """Error of sizes and shares that are right, of lobule and of two rivals: "every arm improves by the mean size of
    the calibration studies, every comparison is a tie", and "nothing helps"."""
    ties = float((orders["observed"] == "equal").mean()) if len(orders) else None
    errors = {name: float(sized[column].mean()) if len(sized) else None for name, column in ERRORS.items()}
    shares = {
        "lobule": (_share(orders, "right"), _share(negative, "right"), _share(positive, "right")),
        "pooled mean": (ties, _share(negative, "pooled_right"), _share(positive, "pooled_right")),
        "nothing helps": (ties, 1.0 if len(negative) else None, 0.0 if len(positive) else None),
    }
    found = {
        name: {"size_error": errors[name], "orders": right, "negatives": none, "directions": way}
        for name, (right, none, way) in shares.items()
    }
    if "guessed" in orders:
        words = float((orders["guessed"] == orders["observed"]).mean())
        found[WORDS] = {"size_error": None, "orders": words, "negatives": None, "directions": None}
    return found


def _share(table: pd.DataFrame, column: str) -> float | None:
    return float(table[column].astype(bool).mean()) if len(table) else None


def _skill(everything: Mapping[str, Mapping[str, float | None]]) -> dict[str, float | None]:
    """What lobule adds to the better rival: 1 - error/error of sizes; gain over what was left to gain of shares."""
    ours = everything["lobule"]
    rivals = [everything[name] for name in RIVALS]
    skill: dict[str, float | None] = {}
    errors = [e for r in rivals if (e := r["size_error"]) is not None]
    own = ours["size_error"]
    skill["sizes"] = 1 - own / min(errors) if own is not None and errors and min(errors) > 0 else None
    # "nothing helps" is right about every negative by its nature, so that negatives are held against the other rival
    for name, against in (("orders", rivals), ("negatives", rivals[:1])):
        best = max((v for r in against if (v := r[name]) is not None), default=None)
        share = ours[name]
        skill[name] = (share - best) / (1 - best) if share is not None and best is not None and best < 1 else None
    return skill


def _skill_intervals(
    negative: pd.DataFrame, sized: pd.DataFrame, orders: pd.DataFrame
) -> dict[str, tuple[float, float]]:
    """95 % of each skill when whole studies are drawn again; nothing where fewer than two studies tell."""
    found = {}
    if len(sized) and "source" in sized:
        found["sizes"] = (sized, sized[list(ERRORS.values())].to_numpy(float), _less_error)
    if len(orders) and "source" in orders:
        ties = orders["observed"] == "equal"
        found["orders"] = (orders, _columns(orders["right"], ties), _more_right)
    if len(negative) and "source" in negative:
        found["negatives"] = (negative, _columns(negative["right"], negative["pooled_right"]), _more_right)
    return {
        name: _middle_95(of(drawn_sums(np.asarray(values, float), list(table["source"]))))
        for name, (table, values, of) in found.items()
        if table["source"].nunique() > 1
    }


def _columns(right: pd.Series, rival: pd.Series) -> Values:
    """Right of lobule, right of the better rival, all."""
    return np.column_stack([right.to_numpy(float), rival.to_numpy(float), np.ones(len(right))])


def _over_words(orders: pd.DataFrame) -> tuple[float, float, float] | None:
    """Skill in orders over the guess from words alone, with 95 % by study; None without that rival."""
    if not len(orders) or "guessed" not in orders:
        return None
    columns = _columns(orders["right"], orders["guessed"] == orders["observed"])
    low, high = _middle_95(_more_right(drawn_sums(columns, list(orders["source"]))))
    return float(_more_right(columns.sum(axis=0, keepdims=True))[0]), low, high


def _less_error(sums: Values) -> Values:
    """Columns: errors of lobule and of its rivals."""
    best = sums[:, 1:].min(axis=1)
    return 1 - np.divide(sums[:, 0], best, out=np.full(len(sums), np.nan), where=best > 0)


def _more_right(sums: Values) -> Values:
    """Of what `_columns` gives."""
    left = sums[:, 2] - sums[:, 1]
    return np.divide(sums[:, 0] - sums[:, 1], left, out=np.full(len(sums), np.nan), where=left > 0)


def _middle_95(values: Values) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not known.size:
        return (float("nan"), float("nan"))
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
