"""The dish beside published experiments: the direction of every row, sizes where they are told, antagomir, depletion.

What the dish has not is left out by name (`studies.in_vitro`). No row of the package's own evidence gives a size or a
dose: the dose is then assumed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lobule.dish import Dish, Well, read_wells
from lobule.errors import InputError
from lobule.evidence import in_vitro_rows
from lobule.simulation.reading import PUBLISHED
from lobule.studies.direction import direction, logarithm
from lobule.studies.in_vitro import DOSE, SEEDED, SHARE, NotInTheDish, read_experiments, stimulus_of, understood

SPREAD = 0.18  # between repeats of an experiment in a dish: wells 10 %, plates 15 %; assumed
LEAST = 0.02  # of the effect: a component whose loss takes less does not weaken the product
TWOFOLD = 2.0
MACROPHAGES = Dish({"macrophages": SEEDED["macrophages"]}, stimulus_of("lps"))
STELLATE = Dish({"stellate_cells": SEEDED["stellate_cells"]}, stimulus_of("tgf"), duration="48 h")
HEPATOCYTES = Dish({"hepatocytes": SEEDED["hepatocytes"]}, stimulus_of("tnf + gal"))


def beside_studies(
    members: int = 0, path: str | Path | None = None, reading: str = PUBLISHED
) -> tuple[pd.DataFrame, list[str]]:
    """Published experiments in a dish beside the prediction.

    Parameters
    ----------
    members : of the ensemble for the range of the ratio; 0 for none
    path : a table (CSV, XLSX, Parquet) with the columns of the evidence's in_vitro.csv; the package's own when None
    reading : "published" or "counted", as of `simulate`

    Returns
    -------
    (table, left out) : one row an experiment: id, source, cells, stimulus, product, dose, endpoint, readout, published,
        predicted (direction), published_ratio (treated over stimulated, NaN where not told), ratio, ratio_low and
        ratio_high (5 and 95 %), agrees, within_twofold (None without a published size), same (False where another
        product or readout stands for the study's), note. Left out: what the dish has not, by row; columns that are not
        read.

    Raises
    ------
    InputError : no file, a column that is missing, a number that is none, by cell; nothing that the dish has.
    """
    found: list[dict[str, Any]] = []
    rows, left = (in_vitro_rows(), []) if path is None else read_experiments(path)
    for row in rows:
        try:
            asked = understood(row)
        except NotInTheDish as reason:
            left.append(f"{row['id']}: {reason}")
            continue
        published = float(row.get("ratio_treated_over_stimulated") or np.nan)
        wells = [Well(), Well(asked.product, asked.dose)]
        values = read_wells(asked.plate, wells, [asked.readout], members=members, reading=reading)
        low, middle, high = _ratio(values[0, :, 0, 0], values[1, :, 0, 0])
        predicted = direction(asked.sign * logarithm(middle), SPREAD)
        sized = np.isfinite(published) and published > 0 and asked.sign > 0
        found.append(
            {
                "id": row["id"], "source": row["source_id"], "cells": row["cells"], "stimulus": row["stimulus"],
                "product": asked.product, "dose": asked.dose, "endpoint": row["endpoint"], "readout": asked.readout,
                "published": row["direction"], "predicted": predicted, "published_ratio": published, "ratio": middle,
                "ratio_low": low, "ratio_high": high, "agrees": predicted == row["direction"],
                "within_twofold": abs(np.log(middle / published)) <= np.log(TWOFOLD) if sized else None,
                "same": asked.same, "note": asked.note,
            }
        )  # fmt: skip
    if not found:
        raise InputError("no experiment of the table can be done in the dish: " + "; ".join(left[:3]))
    return pd.DataFrame(found), left


def _ratio(stimulated: np.ndarray, treated: np.ndarray) -> tuple[float, float, float]:
    """5 %, median and 95 % of treated over stimulated; infinite where there is nothing without treatment."""
    nothing = stimulated == 0
    ratio = treated / np.where(nothing, 1, stimulated)
    ratio[nothing] = np.where(treated[nothing] > 0, np.inf, 1.0)
    if np.isinf(ratio).any():
        return float(ratio.min()), float(np.sort(ratio)[len(ratio) // 2]), float(ratio.max())
    return tuple(float(q) for q in np.quantile(ratio, [0.05, 0.5, 0.95]))  # type: ignore[return-value]


def contrasts(members: int = 0, reading: str = PUBLISHED) -> pd.DataFrame:
    """What is lost without a component, or without vesicles: the share of the native product's effect that is left.

    Returns
    -------
    One row a contrast: what, readout, native and changed (each over stimulated), effect_left (1: all, 0: none),
    weaker, source.
    """
    inflamed = Dish(MACROPHAGES.cells, stimulus_of("lps + atp"))
    ev, medium, fat = ("bm-msc-ev", DOSE), ("uc-msc-medium", SHARE), ("ad-msc-ev", DOSE)
    whole, rest = Well(*medium), Well("uc-msc-medium-without-ev", medium[1])
    rows = [
        ("miR-223 inhibited", inflamed, "nlrp3", Well(*ev), Well(*ev, ("mir_223",)), "chenl2018_mir223"),
        ("miR-223 inhibited", inflamed, "il_1_beta", Well(*ev), Well(*ev, ("mir_223",)), "chenl2018_mir223"),
        ("miR-17 inhibited", inflamed, "nlrp3", Well(*fat), Well(*fat, ("mir_17",)), "liuy2018"),
        ("TSG-6 knocked down", MACROPHAGES, "tnf_alpha", Well(*ev), Well(*ev, ("tsg_6",)), "mscah_tsg6"),
        ("GPX1 knocked down", HEPATOCYTES, "hepatocyte_death", Well(*ev), Well(*ev, ("gpx1",)), "yan2017"),
        ("miR-148a inhibited", MACROPHAGES, "nf_kb", Well(*ev), Well(*ev, ("mir_148a",)), "tian2022"),
        ("nothing on the vesicles", MACROPHAGES, "tnf_alpha", Well(*ev), Well("empty-vesicles", DOSE), "assumed"),
        ("medium without vesicles", MACROPHAGES, "tnf_alpha", whole, rest, "T16"),
        ("medium without vesicles", MACROPHAGES, "il_10", whole, rest, "T16"),
        ("medium without vesicles", HEPATOCYTES, "hepatocyte_death", whole, rest, "T16"),
    ]
    found = []
    for what, plate, readout, native, changed, source in rows:
        wells = [Well(), native, changed]
        read = read_wells(plate, wells, [readout], members=members, reading=reading)
        values = np.median(read[:, :, 0, 0], axis=1)
        ratios = values[1:] / values[0]
        left = float((ratios[1] - 1) / (ratios[0] - 1))
        found.append({"what": what, "readout": readout, "native": float(ratios[0]), "changed": float(ratios[1]),
                      "effect_left": left, "weaker": left < 1 - LEAST, "source": source})  # fmt: skip
    return pd.DataFrame(found)
