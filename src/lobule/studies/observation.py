"""What a row of a table says: an endpoint of an arm, a contrast between two arms, an endpoint of a trial."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UnreadRow:
    """A row that could not be read; `row` is "" where it is a column, `source` where it is not told."""

    line: int
    row: str
    reason: str
    source: str = ""


@dataclass(frozen=True)
class Observation:
    """One endpoint of one arm of a study; numbers are None where the table says nothing.

    ratio : treated over untreated, as reported or from the means; ratio_low, ratio_high : its 95 % interval, reported,
        from the standard deviations, or None
    """

    line: int
    row_id: str
    study_id: str
    source_id: str
    species: str
    strain: str
    sex: str
    injury_model: str
    injury_detail: str
    product: str
    cell_source: str
    modification: str
    dose_value: float | None
    dose_unit: str
    n_doses: int | None
    interval_d: float | None
    route: str
    first_dose_day: float | None
    readout_day: float | None
    days_after_dose: float | None
    endpoint: str
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    direction: str
    animals: int
    lost_function: bool
    note: str


@dataclass(frozen=True)
class Contrast:
    """Two arms of one study, and which did better."""

    line: int
    contrast_id: str
    study_id: str
    source_id: str
    species: str
    injury_model: str
    kind: str
    arm_a: str
    arm_b: str
    product_a: str
    product_b: str
    dose_a: str
    dose_b: str
    endpoint: str
    which_better: str
    note: str


@dataclass(frozen=True)
class TrialRow:
    """One endpoint of one arm of a trial at one time; timepoint_d is None where the trial does not tell it."""

    line: int
    row_id: str
    trial_id: str
    source_id: str
    design: str
    etiology: str
    stage: str
    product: str
    cell_source: str
    autologous: bool
    dose: str
    dose_unit: str
    n_doses: int | None
    interval_d: float | None
    route: str
    arm: str
    n: int | None
    endpoint: str
    unit: str
    timepoint_d: float | None
    baseline: float | None
    baseline_sd: float | None
    value: float | None
    value_sd: float | None
    effect: str
    effect_low: float | None
    effect_high: float | None
    p_value: float | None
    note: str
