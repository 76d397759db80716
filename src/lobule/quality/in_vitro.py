"""The dish beside published experiments: the direction of every row, the predicted size, antagomir and depletion.

No row of the evidence gives a size or a dose, so that directions are all that can be compared; the dose is assumed.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lobule.evidence import in_vitro_rows
from lobule.quality.dish import Dish, Well, read_wells

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parent
DOSE = "1e9 particle/mL"  # assumed: no row tells its dose
LEAST = 0.02  # a change smaller than this share is called none
STIMULI = {
    "LPS": {"lps": "100 ng/mL"},
    "LPS or IL-4": {"lps": "100 ng/mL"},
    "LPS + nigericin": {"lps": "100 ng/mL", "nigericin": "10 uM"},
    "LPS + ATP": {"lps": "100 ng/mL", "atp": "5 mM"},
    "TGF-b1": {"tgf_beta": "5 ng/mL"},
    "TGF-b": {"tgf_beta": "5 ng/mL"},
    "none": {},
}
MACROPHAGES = Dish({"macrophages": "1e6 cell/mL"}, STIMULI["LPS"])
STELLATE = Dish({"stellate_cells": "2e5 cell/mL"}, STIMULI["TGF-b"], duration="48 h")
HEPATOCYTES = Dish({"hepatocytes": "5e5 cell/mL"}, {"tnf_alpha": "20 ng/mL", "galactosamine": "5 mM"})


def _table(name: str) -> dict[str, dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row[next(iter(row))]: row for row in rows}


def beside_studies(members: int = 0) -> pd.DataFrame:
    """Every published experiment in a dish beside the prediction.

    Parameters
    ----------
    members : of the ensemble for the range of the ratio; 0 for none

    Returns
    -------
    One row an experiment: id, source, cells, stimulus, product, endpoint, readout, published, predicted (direction),
    ratio (treated over stimulated), ratio_low, ratio_high (5 and 95 %), agrees, same (False where another product or
    readout stands for the study's), note.
    """
    import pandas as pd

    endpoints, sources = _table("in_vitro_endpoints.csv"), _table("in_vitro_products.csv")
    found = []
    for row in in_vitro_rows():
        endpoint, product = endpoints[row["endpoint"]], sources[row["source_id"]]
        stellate = "HSC" in row["cells"] or "stellate" in row["cells"] or "LX-2" in row["cells"]
        cells, hours = (STELLATE.cells, "48 h") if stellate else (MACROPHAGES.cells, "24 h")
        human = any(line in row["cells"] for line in ("LX-2", "THP-1"))
        plate = Dish(cells, STIMULI[row["stimulus"]], "human" if human else "mouse", duration=hours)
        values = read_wells(plate, [Well(), Well(product["product"], DOSE)], [endpoint["readout"]], members=members)
        low, middle, high = _ratio(values[0, :, 0, 0], values[1, :, 0, 0])
        predicted = "up" if middle > 1 + LEAST else "down" if middle < 1 - LEAST else "none"
        notes = [n for n in (product["note"], endpoint["note"], row["note"]) if n]
        found.append(
            {
                "id": row["id"], "source": row["source_id"], "cells": row["cells"], "stimulus": row["stimulus"],
                "product": product["product"], "endpoint": row["endpoint"], "readout": endpoint["readout"],
                "published": row["direction"], "predicted": predicted, "ratio": middle, "ratio_low": low,
                "ratio_high": high, "agrees": predicted == row["direction"],
                "same": endpoint["same"] == "yes" and product["same"] == "yes", "note": "; ".join(notes),
            }
        )  # fmt: skip
    return pd.DataFrame(found)


def _ratio(stimulated: np.ndarray, treated: np.ndarray) -> tuple[float, float, float]:
    """5 %, median and 95 % of treated over stimulated; infinite where there is nothing without treatment."""
    nothing = stimulated == 0
    ratio = treated / np.where(nothing, 1, stimulated)
    ratio[nothing] = np.where(treated[nothing] > 0, np.inf, 1.0)
    if np.isinf(ratio).any():
        return float(ratio.min()), float(np.sort(ratio)[len(ratio) // 2]), float(ratio.max())
    return tuple(float(q) for q in np.quantile(ratio, [0.05, 0.5, 0.95]))  # type: ignore[return-value]


def contrasts(members: int = 0) -> pd.DataFrame:
    """What is lost without a component, or without vesicles: the share of the native product's effect that is left.

    Returns
    -------
    One row a contrast: what, readout, native and changed (each over stimulated), effect_left (1: all, 0: none),
    weaker, source.
    """
    import pandas as pd

    inflamed = Dish(MACROPHAGES.cells, STIMULI["LPS + ATP"])
    ev, medium, fat = ("bm-msc-ev", DOSE), ("uc-msc-medium", "50 %"), ("ad-msc-ev", DOSE)
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
        values = np.median(read_wells(plate, [Well(), native, changed], [readout], members=members)[:, :, 0, 0], axis=1)
        ratios = values[1:] / values[0]
        left = float((ratios[1] - 1) / (ratios[0] - 1))
        found.append({"what": what, "readout": readout, "native": float(ratios[0]), "changed": float(ratios[1]),
                      "effect_left": left, "weaker": left < 1 - LEAST, "source": source})  # fmt: skip
    return pd.DataFrame(found)
