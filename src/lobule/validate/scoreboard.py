"""The scoreboard: every row of every study beside what lobule predicts, and two naive rivals on the same rows.

Sizes, directions, negatives and orders are scored apart. A row that cannot be simulated is listed with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule.evidence import table_path
from lobule.studies.direction import agrees, detectable, direction
from lobule.studies.endpoints import StudyEndpoint
from lobule.studies.observation import Contrast, Observation, UnreadRow
from lobule.studies.predict import Predicted, predict
from lobule.studies.rows import BETWEEN_LABORATORIES, StudyPair, StudyRow, benefit, error_of, pairs_of, rows_of
from lobule.studies.split import CALIBRATION, HELD_OUT, UNSEEN, set_of
from lobule.studies.tables import read_studies

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
TIE = (
    0.005  # arms whose benefits differ by less (logarithm of a ratio) are predicted equal; calibrated: calibration set
)
BAND = (5.0, 95.0)  # percent
REPEATS = 20  # draws of the noise of groups for each member
SETS = (HELD_OUT, CALIBRATION, UNSEEN)
RIVALS = ("pooled mean", "nothing helps")


@dataclass(frozen=True)
class Scoreboard:
    """rows : one row of a study or trial each; orders : one contrast each; not_simulated : row, set, reason"""

    rows: pd.DataFrame
    orders: pd.DataFrame
    not_simulated: pd.DataFrame

    def with_more(self, rows: list[dict[str, Any]], left: list[dict[str, Any]]) -> Scoreboard:
        """The same with rows of trials."""
        import pandas as pd

        return Scoreboard(
            pd.concat([self.rows, pd.DataFrame(rows)], ignore_index=True) if rows else self.rows,
            self.orders,
            pd.concat([self.not_simulated, pd.DataFrame(left, columns=LEFT)], ignore_index=True)
            if left
            else self.not_simulated,
        )

    def summary(self, which: str | None = None) -> dict[str, Any]:
        """Scores of one set (calibration, held-out, unseen), or of all: see docs/credibility.md."""
        rows, orders, left = (
            t if which is None or t.empty else t[t["set"] == which]
            for t in (self.rows, self.orders, self.not_simulated)
        )
        return summarise(rows, orders, left)

    def summaries(self) -> dict[str, dict[str, Any]]:
        """Of each set that has rows: held-out studies first, then calibration, then those that lobule never met."""
        found = {name: self.summary(name) for name in SETS}
        return {name: summary for name, summary in found.items() if summary["n_rows"]}


def score(
    observations: Sequence[Observation],
    contrasts: Sequence[Contrast],
    problems: Sequence[UnreadRow],
    factors: Mapping[str, Values],
    like: Sequence[Observation] = (),
    seed: int = 1,
) -> Scoreboard:
    """Simulate and score rows of studies and contrasts.

    Parameters
    ----------
    observations, contrasts : as read; problems : rows that could not be read
    factors : {parameter: (n_members,)}, the ensemble
    like : further rows of studies from which contrasts may take what they do not say
    seed : of what studies leave open
    """
    import pandas as pd

    rows, left = rows_of(observations)
    pairs, unpaired = pairs_of(contrasts, [*observations, *like])
    arms = [(r.arm, r.observation.source_id) for r in rows]
    arms += [(arm, p.contrast.source_id) for p in pairs for arm in p.arms]
    outputs = sorted({r.endpoint.output for r in rows} | {p.endpoint.output for p in pairs})
    found = predict(arms, factors, outputs, seed) if arms else []
    scored, refused = [], []
    for row, predicted in zip(rows, found, strict=False):
        if row.endpoint.between_arms:
            reason = "an amount of the product in a tissue has no untreated value; it is compared between arms"
            refused.append(_left(row.observation, reason))
        elif row.observation.lost_function:
            refused.append(_left(row.observation, "an arm whose product lost a function is scored through contrasts"))
        else:
            scored.append(_row(row, predicted, seed))
    rest = found[len(rows) :]
    ordered = [_order(pair, rest[2 * k], rest[2 * k + 1]) for k, pair in enumerate(pairs)]
    refused += [_left(n.observation, n.reason) for n in [*left, *unpaired]]
    refused += [{"row": p.row or f"line {p.line}", "study": "", "set": UNSEEN, "reason": f"line {p.line}: {p.reason}"}
                for p in problems]  # fmt: skip
    return Scoreboard(pd.DataFrame(scored), pd.DataFrame(ordered), pd.DataFrame(refused, columns=LEFT))


LEFT = ["row", "study", "set", "reason"]


def _left(row: Observation | Contrast, reason: str) -> dict[str, Any]:
    name = row.row_id if isinstance(row, Observation) else row.contrast_id
    return {"row": name, "study": row.study_id, "set": set_of(row.source_id), "reason": reason}


@cache
def pooled_effect() -> float:
    """Mean gain (logarithm of a ratio, positive where better) of all calibration rows that report a size: what the
    first rival predicts for every treated arm."""
    rows, _ = rows_of([o for o in read_studies(table_path("studies"))[0] if set_of(o.source_id) == CALIBRATION])
    gains = [
        math.log(r.observation.ratio) * (1 if r.endpoint.good == "up" else -1) for r in rows if r.observation.ratio
    ]
    return float(np.mean(gains))


@dataclass(frozen=True)
class Case:
    """What is scored in one row, of animals or people.

    log_ratio : (n_members,) predicted treated over untreated
    error : standard deviation of what such a study would observe about it: its groups, and between laboratories
    detectable : the smallest logarithm of a ratio that the study could have shown
    """

    row: str
    study: str
    source: str
    injury: str
    product: str
    endpoint: StudyEndpoint
    direction: str
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    log_ratio: Values
    error: float
    detectable: float
    mechanism: bool
    assumptions: tuple[str, ...]
    line: int


def _row(row: StudyRow, predicted: Predicted, seed: int) -> dict[str, Any]:
    o = row.observation
    error = error_of(row)
    case = Case(
        o.row_id, o.study_id, o.source_id, o.injury_model, o.product, row.endpoint, o.direction, o.ratio, o.ratio_low,
        o.ratio_high, predicted.log_ratio(row.endpoint.output),
        math.hypot(error, BETWEEN_LABORATORIES), detectable(row.endpoint.spread, o.animals),
        row.arm.mechanism, row.arm.assumptions, o.line,
    )  # fmt: skip
    return scored(case, seed)


def scored(case: Case, seed: int) -> dict[str, Any]:
    """One row with its scores; the band holds the noise of groups of that size."""
    x = case.log_ratio[np.isfinite(case.log_ratio)]
    middle = float(np.median(x)) if x.size else math.nan
    rng = np.random.default_rng([seed, case.line])
    noise = case.error * rng.standard_normal((REPEATS, max(x.size, 1)))
    low, high = np.percentile((x if x.size else np.array([math.nan])) + noise, BAND)
    negative = case.direction == "none"
    observed = math.log(case.ratio) if case.ratio else math.nan
    sized = math.isfinite(observed) and not case.endpoint.ordinal
    better = case.endpoint.good
    pooled = pooled_effect() * (1 if better == "up" else -1)
    return {
        "row": case.row, "study": case.study, "source": case.source, "set": set_of(case.source),
        "injury": case.injury, "product": case.product, "endpoint": case.endpoint.name,
        "observed": case.direction, "observed_ratio": case.ratio if sized else math.nan,
        "observed_low": (case.ratio_low or math.nan) if sized else math.nan,
        "observed_high": (case.ratio_high or math.nan) if sized else math.nan,
        "predicted": direction(middle, case.endpoint.spread), "predicted_ratio": math.exp(middle),
        "band_low": math.exp(low), "band_high": math.exp(high),
        "right": agrees(case.direction, middle, case.endpoint.spread, case.detectable),
        "negative": negative,
        "within_twofold": bool(abs(middle - observed) <= math.log(2)) if sized else None,
        "covered": bool(low <= observed <= high) if sized else None,
        "interval_score": _interval_score(low, high, observed) if sized else math.nan,
        "log_error": abs(middle - observed) if sized else math.nan,
        "pooled_error": abs(pooled - observed) if sized else math.nan,
        "nothing_error": abs(observed) if sized else math.nan,
        "pooled_right": bool(abs(pooled) < case.detectable) if negative else case.direction == better,
        "basis": "mechanism" if case.mechanism else "class prior",
        "assumed": "; ".join(a for a in (*case.assumptions, case.endpoint.note) if a),
    }  # fmt: skip


def _interval_score(low: float, high: float, observed: float, level: float = 0.1) -> float:
    """Width of the 90 % band and a penalty for what it misses (Gneiting and Raftery, JASA 102 (2007) 359), in logs."""
    missed = max(low - observed, 0.0) + max(observed - high, 0.0)
    return high - low + 2 / level * missed


def _order(pair: StudyPair, a: Predicted, b: Predicted) -> dict[str, Any]:
    c = pair.contrast
    gain = benefit(a, pair.endpoint) - benefit(b, pair.endpoint)
    gain = gain[np.isfinite(gain)]
    middle = float(np.median(gain)) if gain.size else math.nan
    word = "failed" if not gain.size else "equal" if abs(middle) < TIE else "a" if middle > 0 else "b"
    first, second = pair.arms
    plain = first.mechanism and second.mechanism
    return {
        "row": c.contrast_id, "study": c.study_id, "source": c.source_id, "set": set_of(c.source_id),
        "injury": c.injury_model, "kind": c.kind, "endpoint": c.endpoint, "arm_a": c.arm_a, "arm_b": c.arm_b,
        "observed": c.which_better, "predicted": word, "advantage_of_a": middle, "right": word == c.which_better,
        "basis": "mechanism" if plain else "class prior",
    }  # fmt: skip


def summarise(rows: pd.DataFrame, orders: pd.DataFrame, left: pd.DataFrame) -> dict[str, Any]:
    """The numbers of a scoreboard; a share is None where nothing of its kind was there.

    Returns
    -------
    dict with n_rows (all rows given), n_not_simulated, direction_right, within_twofold, band_coverage, order_right,
    negatives_right, skill_against_naive, and their counts, errors, widths and scores of the rivals.
    """
    positive = rows[~rows["negative"].astype(bool)] if len(rows) else rows
    negative = rows[rows["negative"].astype(bool)] if len(rows) else rows
    sized = rows[rows["observed_ratio"].notna()] if len(rows) else rows
    mechanism = orders[orders["basis"] == "mechanism"] if len(orders) else orders
    found: dict[str, Any] = {
        "n_rows": len(rows) + len(orders) + len(left),
        "n_simulated": len(rows) + len(orders),
        "n_not_simulated": len(left),
        "n_directions": len(positive), "n_sizes": len(sized), "n_orders": len(orders), "n_negatives": len(negative),
        "direction_right": _share(positive, "right"),
        "within_twofold": _share(sized, "within_twofold"),
        "band_coverage": _share(sized, "covered"),
        "band_width_fold": float((sized["band_high"] / sized["band_low"]).median()) if len(sized) else None,
        "interval_score": float(sized["interval_score"].mean()) if len(sized) else None,
        "order_right": _share(orders, "right"),
        "order_right_by_mechanism": _share(mechanism, "right"),
        "negatives_right": _share(negative, "right"),
    }  # fmt: skip
    size = {name: float(sized[f"{key}_error"].mean()) if len(sized) else None
            for name, key in (("lobule", "log"), ("pooled mean", "pooled"), ("nothing helps", "nothing"))}  # fmt: skip
    ties = float((orders["observed"] == "equal").mean()) if len(orders) else None
    everything = {
        "lobule": {"size_error": size["lobule"], "orders": found["order_right"],
                   "negatives": found["negatives_right"], "directions": found["direction_right"]},
        "pooled mean": {"size_error": size["pooled mean"], "orders": ties,
                        "negatives": _share(negative, "pooled_right"), "directions": _share(positive, "pooled_right")},
        "nothing helps": {"size_error": size["nothing helps"], "orders": ties,
                          "negatives": 1.0 if len(negative) else None, "directions": 0.0 if len(positive) else None},
    }  # fmt: skip
    found["rivals"] = everything
    found["skill"] = _skill(everything)
    parts = [value for value in found["skill"].values() if value is not None]
    found["skill_against_naive"] = float(np.mean(parts)) if parts else None
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
