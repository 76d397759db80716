"""Contrasts between two arms of one study: each side in its own words, then in those of rows of the same study."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lobule.errors import InputError
from lobule.evidence.vocabulary import meaning, meanings, mentioned, spellings, without
from lobule.patient.animal import ANIMALS
from lobule.studies.arms import StudyArm, arm_of
from lobule.studies.observation import Contrast, Observation
from lobule.studies.tables import DEFAULT_ANIMALS
from lobule.studies.treatments import USUAL_DOSES

DOSE = re.compile(r"(\d+(?:\.\d+)?(?:e\d+)?)\s*(mg/kg|ug/kg|ug\b|cells?/kg|particles?)")
MANY = re.compile(r"(\d+(?:\.\d+)?e\d+)")  # a number without unit counts cells
LOSS = "antagomir_or_knockdown_vs_native"
# Kinds of contrasts whose first arm has more of something: what somebody without a model would bet on
MORE = ("primed_vs_unprimed", "engineered_vs_native", "loaded_mirna_vs_control_ev", "targeted_vs_untargeted",
        "combination_vs_single", "carrier_vs_bolus", "repeated_vs_single", "dose_high_vs_low", "early_vs_late",
        "negative_control_ev")  # fmt: skip
DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}


def arms_of_contrast(row: Contrast, like: Sequence[Observation]) -> tuple[StudyArm, StudyArm]:
    """Both arms of a contrast.

    Parameters
    ----------
    row : as read
    like : rows of studies; those of the same source say what the contrast does not (dose, route, days)

    Raises
    ------
    InputError : an arm that the model does not have.
    """
    lethal = row.endpoint == "survival"
    mine = [o for o in like if o.source_id == row.source_id and o.injury_model == row.injury_model]
    sides = ((row.arm_a, row.product_a, row.dose_a), (row.arm_b, row.product_b, row.dose_b))
    first, second = (_side(row, text, product, dose, mine) for text, product, dose in sides)
    return arm_of(first, lethal=lethal), arm_of(second, lethal=lethal)


def guessed(row: Contrast) -> str:
    """Which arm does better as one would guess from the kind of a contrast alone, without a model: the one with more in
    it; one that lost something does worse; of others neither. a, b or equal."""
    if row.kind == LOSS:
        return "b" if row.product_a.startswith("engineered") else "a"
    return "a" if row.kind in MORE else "equal"


def _side(row: Contrast, text: str, product: str, dose: str, mine: Sequence[Observation]) -> Observation:
    """One side of a contrast as a row of a study."""
    if product == "drug":
        raise InputError(f'the model has no drug such as "{text}"')
    like = next((o for o in mine if o.product == product), mine[0] if mine else _silent(row))
    amount, unit = _dose(row, text, product, dose, like)
    when, route = _when(text.lower()), mentioned("route", text)
    cells, count = mentioned("source of cells", text), mentioned("number of doses", text)
    modified = product.startswith(("engineered", "targeted"))
    return replace(
        like,
        line=row.line,
        row_id=row.contrast_id,
        study_id=row.study_id,
        source_id=row.source_id,
        species=row.species,
        product=product,
        cell_source=cells.means if cells else like.cell_source,
        modification=text if modified else _modification(text),
        dose_value=amount,
        dose_unit=unit,
        n_doses=int(count.amount) if count else like.n_doses,
        route=route.means if route else like.route,
        first_dose_day=like.first_dose_day if when is None else when,
        endpoint=row.endpoint,
        ratio=None,
        ratio_low=None,
        ratio_high=None,
        direction="none",
        lost_function=False,
        note=row.note,
    )


def _silent(row: Contrast) -> Observation:
    """A row of a study that says nothing but its injury."""
    return Observation(
        line=row.line, row_id="", study_id="", source_id="", species="", strain="", sex="",
        injury_model=row.injury_model, injury_detail="", product="", cell_source="", modification="", dose_value=None,
        dose_unit="", n_doses=None, interval_d=None, route="", first_dose_day=None, readout_day=None,
        days_after_dose=None, endpoint="", ratio=None, ratio_low=None, ratio_high=None, direction="none",
        animals=DEFAULT_ANIMALS, lost_function=False, note="",
    )  # fmt: skip


def _dose(row: Contrast, text: str, product: str, dose: str, like: Observation) -> tuple[float | None, str]:
    """Amount and unit as told, else of the same product in the same study, else the usual one where words change it."""
    amount, unit = _amount(f"{dose} {text}")
    if amount is None and like.product == product:
        amount, unit = like.dose_value, like.dose_unit
    told = mentioned("relative dose", text)
    factor = float(told.amount) if told else 1.0
    kind = meaning("kind of product", product)
    if amount is None and told is not None and kind is not None and row.species in ANIMALS:
        usual, unit = USUAL_DOSES[kind][row.species].split()
        amount = float(usual)
    return (amount if amount is None else amount * factor), unit


def _amount(text: str) -> tuple[float | None, str]:
    match = DOSE.search(text)
    if match:
        return float(match[1]), match[2]
    match = MANY.search(text)
    return (float(match[1]), "cells") if match else (None, "")


def _modification(text: str) -> str:
    """The words of an arm that is no engineered product, less those that only name the product."""
    rest = without("name of a product", text)
    return rest if mentioned("modification", rest) else ""


def _when(words: str) -> float | None:
    """Day of the first dose from words such as "12 h before" or "one week after"."""
    numbers, sides = ("|".join(map(re.escape, spellings(kind))) for kind in ("number", "when"))
    match = re.search(rf"(\d+(?:\.\d+)?|{numbers})\s*(h|hours?|d|days?|wk|weeks?)\b\s*({sides})", words)
    if match:
        told = meanings("number", match[1])
        value = float(told[0].amount if told else match[1])
        return float(meanings("when", match[3])[0].amount) * (value * DAYS[match[2][0]])
    at_once = mentioned("when", words)
    return float(at_once.amount) if at_once else None
