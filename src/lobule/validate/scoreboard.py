"""The scoreboard: every row of every study beside what lobule predicts, and two naive rivals on the same rows.

Sizes, directions, negatives and orders are scored apart. A row that cannot be simulated is listed with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.errors import ModelError
from lobule.studies.contrasts import guessed
from lobule.studies.direction import detectable
from lobule.studies.observation import Contrast, Observation, TrialRow, UnreadRow
from lobule.studies.predict import Predicted, predict
from lobule.studies.rows import NotSimulated, StudyPair, StudyRow, benefit, error_of_size, pairs_of, rows_of
from lobule.studies.split import CALIBRATION, HELD_OUT, UNSEEN, seen_before, set_of
from lobule.studies.tables import packaged_studies, packaged_trials
from lobule.validate.case import Case, Group
from lobule.validate.left import Left, table_of, unread
from lobule.validate.publishing import Publishing, publishing
from lobule.validate.scoring import pooled_effect, scored
from lobule.validate.sizes import sizes_of
from lobule.validate.summary import summarise

Values = NDArray[np.float64]
# Arms whose benefits differ by less (logarithm of a ratio) are predicted equal; calibrated on the calibration set
TIE = 0.005
SETS = (HELD_OUT, CALIBRATION, UNSEEN)


@dataclass(frozen=True)
class Scoreboard:
    """rows : one row of a study or trial each; orders : one contrast each; not_simulated : row, set, reason
    terms : what studies differ and overstate by, told by calibration rows
    counted : the same in the counted reading, where both were asked for"""

    rows: pd.DataFrame
    orders: pd.DataFrame
    not_simulated: pd.DataFrame
    terms: Mapping[Group, Publishing] = field(default_factory=dict)
    counted: Scoreboard | None = None

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """One row a size."""
        return sizes_of(self.rows)

    def summary(self, which: str | None = None, *, fresh: bool = False) -> dict[str, Any]:
        """Scores of one set (calibration, held-out, unseen), or of all: see docs/credibility.md.

        Parameters
        ----------
        fresh : of sources alone that nobody had read before they were drawn
        """
        rows, orders, left = (
            t if which is None or t.empty else t[t["set"] == which]
            for t in (self.rows, self.orders, self.not_simulated)
        )
        if fresh:
            rows, orders = (t if t.empty else t[~t["seen"].astype(bool)] for t in (rows, orders))
        return summarise(rows, orders, left)

    def summaries(self) -> dict[str, dict[str, Any]]:
        """Of each set that has rows: held-out studies first, then calibration, then those that lobule never met."""
        found = {name: self.summary(name) for name in SETS}
        return {name: summary for name, summary in found.items() if summary["n_rows"]}

    def with_counted(self, counted: Scoreboard) -> Scoreboard:
        """The counted reading beside it: as a board of its own, and as columns of every row, order and size."""
        beside = {"counted_ratio": "predicted_ratio", "counted_predicted": "predicted", "counted_right": "right"}
        rows, orders = self.rows.copy(), self.orders.copy()
        for mine, theirs in ((rows, counted.rows), (orders, counted.orders)):
            if list(mine.get("row", [])) != list(theirs.get("row", [])):
                raise ModelError("the two readings of a scoreboard have other rows")
            for name, column in beside.items():
                if column in theirs:
                    mine[name] = theirs[column].to_numpy()
        return replace(self, rows=rows, orders=orders, counted=counted)


@dataclass(frozen=True)
class Simulated:
    """cases : rows beside their predictions; orders : contrasts, scored; left : what could not be simulated"""

    cases: list[Case]
    orders: list[dict[str, Any]]
    left: list[Left]


def score(
    animals: Simulated, people: tuple[list[Case], list[Left]], terms: Mapping[Group, Publishing], seed: int = 1
) -> Scoreboard:
    """The scoreboard of what was simulated.

    Parameters
    ----------
    animals, people : as `cases_of_studies` and `trials.cases_of_trials` give them
    terms : what studies differ and overstate by, as `terms_of` gives it
    seed : of the noise of groups
    """
    rows = [scored(case, seed, terms[case.group]) for case in (*animals.cases, *people[0])]
    left = table_of([*animals.left, *people[1]])
    return Scoreboard(pd.DataFrame(rows), pd.DataFrame(animals.orders), left, terms)


def terms_of(cases: Sequence[Case]) -> dict[Group, Publishing]:
    """What studies differ and overstate by, told by the calibration rows among some cases."""
    return publishing([case for case in cases if set_of(case.source) == CALIBRATION], pooled_effect())


def calibration_cases(
    factors: Mapping[str, Values], *, people: bool, seed: int = 1, reading: str = "published"
) -> list[Case]:
    """The rows of the package that calibrate and report a size, beside their predictions: what `terms_of` needs where
    other tables, or one study, are scored.

    Parameters
    ----------
    people : with trials, which take longer
    reading : how strongly products act
    """
    from lobule.validate.trials import cases_of_trials

    studies = [o for o in packaged_studies()[0] if set_of(o.source_id) == CALIBRATION and o.ratio]
    cases = cases_of_studies(studies, (), (), factors, seed=seed, reading=reading).cases
    if people:
        every = packaged_trials()[0]
        mine: list[TrialRow] = [r for r in every if set_of(r.source_id) == CALIBRATION and r.value is not None]
        cases += cases_of_trials(mine, factors, every, reading)[0]
    return cases


def cases_of_studies(
    observations: Sequence[Observation],
    contrasts: Sequence[Contrast],
    problems: Sequence[UnreadRow],
    factors: Mapping[str, Values],
    like: Sequence[Observation] = (),
    seed: int = 1,
    reading: str = "published",
) -> Simulated:
    """Simulate rows of studies and contrasts.

    Parameters
    ----------
    observations, contrasts : as read; problems : rows that could not be read
    factors : {parameter: (n_members,)}, the ensemble
    like : further rows of studies from which contrasts may take what they do not say
    seed : of what studies leave open
    reading : how strongly products act, "published" or "counted"
    """
    rows, left = rows_of(observations)
    pairs, unpaired = pairs_of(contrasts, [*observations, *like])
    arms = [(r.arm, r.observation.source_id) for r in rows]
    arms += [(arm, p.contrast.source_id) for p in pairs for arm in p.arms]
    arms = [(replace(arm, reading=reading), source) for arm, source in arms]
    outputs = sorted({r.endpoint.output for r in rows} | {p.endpoint.output for p in pairs})
    found = predict(arms, factors, outputs, seed) if arms else []
    cases, refused = [], []
    for row, predicted in zip(rows, found, strict=False):
        if row.endpoint.between_arms:
            reason = "an amount of the product in a tissue has no untreated value; it is compared between arms"
            refused.append(_left(NotSimulated(row.observation, reason)))
        elif row.observation.lost_function:
            reason = "an arm whose product lost a function is scored through contrasts"
            refused.append(_left(NotSimulated(row.observation, reason)))
        else:
            cases.append(_case(row, predicted))
    rest = found[len(rows) :]
    ordered = [_order(pair, rest[2 * k], rest[2 * k + 1]) for k, pair in enumerate(pairs)]
    refused += [_left(n) for n in (*left, *unpaired)]
    refused += [unread(p) for p in problems]
    return Simulated(cases, ordered, refused)


def _left(row: NotSimulated) -> Left:
    o = row.observation
    if isinstance(o, Observation):
        return Left(o.row_id, o.study_id, o.source_id, row.reason, sized=o.ratio is not None)
    return Left(o.contrast_id, o.study_id, o.source_id, row.reason)


def _case(row: StudyRow, predicted: Predicted) -> Case:
    o = row.observation
    return Case(
        row=o.row_id,
        study=o.study_id,
        source=o.source_id,
        group="animals",
        injury=o.injury_model,
        product=o.product,
        endpoint=row.endpoint,
        days=row.arm.readout,
        direction=o.direction,
        ratio=o.ratio,
        ratio_low=o.ratio_low,
        ratio_high=o.ratio_high,
        log_ratio=predicted.log_ratio(row.endpoint.output),
        error=error_of_size(row),
        detectable=detectable(row.endpoint.spread, o.animals),
        mechanism=row.arm.mechanism,
        assumptions=row.arm.assumptions,
        line=o.line,
    )


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
        "seen": seen_before(c.source_id),
        "injury": c.injury_model,
        "kind": c.kind,
        "endpoint": c.endpoint,
        "arm_a": c.arm_a,
        "arm_b": c.arm_b,
        "observed": c.which_better,
        "guessed": guessed(c),
        "predicted": word,
        "advantage_of_a": middle,
        "right": word == c.which_better,
        "basis": "mechanism" if first.mechanism and second.mechanism else "class prior",
    }
