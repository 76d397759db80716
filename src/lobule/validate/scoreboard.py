"""The scoreboard: every row of every study beside what lobule predicts, and two naive rivals on the same rows.

Sizes, directions, negatives and orders are scored apart. A row that cannot be simulated is listed with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.studies.direction import detectable
from lobule.studies.observation import Contrast, Observation, UnreadRow
from lobule.studies.predict import Predicted, predict
from lobule.studies.rows import BETWEEN_LABORATORIES, StudyPair, StudyRow, benefit, error_of, pairs_of, rows_of
from lobule.studies.split import CALIBRATION, HELD_OUT, UNSEEN, set_of
from lobule.validate.case import Case, scored
from lobule.validate.summary import summarise

Values = NDArray[np.float64]
# Arms whose benefits differ by less (logarithm of a ratio) are predicted equal; calibrated on the calibration set
TIE = 0.005
SETS = (HELD_OUT, CALIBRATION, UNSEEN)
LEFT = ["row", "study", "set", "reason"]


@dataclass(frozen=True)
class Scoreboard:
    """rows : one row of a study or trial each; orders : one contrast each; not_simulated : row, set, reason"""

    rows: pd.DataFrame
    orders: pd.DataFrame
    not_simulated: pd.DataFrame

    def with_more(self, rows: list[dict[str, Any]], left: list[dict[str, Any]]) -> Scoreboard:
        """The same with rows of trials."""
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
    rows, left = rows_of(observations)
    pairs, unpaired = pairs_of(contrasts, [*observations, *like])
    arms = [(r.arm, r.observation.source_id) for r in rows]
    arms += [(arm, p.contrast.source_id) for p in pairs for arm in p.arms]
    outputs = sorted({r.endpoint.output for r in rows} | {p.endpoint.output for p in pairs})
    found = predict(arms, factors, outputs, seed) if arms else []
    simulated, refused = [], []
    for row, predicted in zip(rows, found, strict=False):
        if row.endpoint.between_arms:
            reason = "an amount of the product in a tissue has no untreated value; it is compared between arms"
            refused.append(_left(row.observation, reason))
        elif row.observation.lost_function:
            refused.append(_left(row.observation, "an arm whose product lost a function is scored through contrasts"))
        else:
            simulated.append(_row(row, predicted, seed))
    rest = found[len(rows) :]
    ordered = [_order(pair, rest[2 * k], rest[2 * k + 1]) for k, pair in enumerate(pairs)]
    refused += [_left(n.observation, n.reason) for n in [*left, *unpaired]]
    refused += [_unread(p) for p in problems]
    return Scoreboard(pd.DataFrame(simulated), pd.DataFrame(ordered), pd.DataFrame(refused, columns=LEFT))


def _unread(problem: UnreadRow) -> dict[str, Any]:
    where = f"line {problem.line}"
    return {"row": problem.row or where, "study": "", "set": UNSEEN, "reason": f"{where}: {problem.reason}"}


def _left(row: Observation | Contrast, reason: str) -> dict[str, Any]:
    name = row.row_id if isinstance(row, Observation) else row.contrast_id
    return {"row": name, "study": row.study_id, "set": set_of(row.source_id), "reason": reason}


def _row(row: StudyRow, predicted: Predicted, seed: int) -> dict[str, Any]:
    o = row.observation
    case = Case(
        row=o.row_id,
        study=o.study_id,
        source=o.source_id,
        injury=o.injury_model,
        product=o.product,
        endpoint=row.endpoint,
        direction=o.direction,
        ratio=o.ratio,
        ratio_low=o.ratio_low,
        ratio_high=o.ratio_high,
        log_ratio=predicted.log_ratio(row.endpoint.output),
        error=math.hypot(error_of(row), BETWEEN_LABORATORIES),
        detectable=detectable(row.endpoint.spread, o.animals),
        mechanism=row.arm.mechanism,
        assumptions=row.arm.assumptions,
        line=o.line,
    )
    return scored(case, seed)


def _order(pair: StudyPair, a: Predicted, b: Predicted) -> dict[str, Any]:
    c = pair.contrast
    gain = benefit(a, pair.endpoint) - benefit(b, pair.endpoint)
    gain = gain[np.isfinite(gain)]
    middle = float(np.median(gain)) if gain.size else math.nan
    word = "failed" if not gain.size else "equal" if abs(middle) < TIE else "a" if middle > 0 else "b"
    first, second = pair.arms
    return {
        "row": c.contrast_id,
        "study": c.study_id,
        "source": c.source_id,
        "set": set_of(c.source_id),
        "injury": c.injury_model,
        "kind": c.kind,
        "endpoint": c.endpoint,
        "arm_a": c.arm_a,
        "arm_b": c.arm_b,
        "observed": c.which_better,
        "predicted": word,
        "advantage_of_a": middle,
        "right": word == c.which_better,
        "basis": "mechanism" if first.mechanism and second.mechanism else "class prior",
    }
