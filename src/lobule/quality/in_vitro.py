"""The dish beside published experiments: the direction of every row, sizes where they are told, antagomir, depletion.

Cells, stimulus, product and dose are understood from the words of the evidence; what the dish has not is left out by
name. No row of the package's own evidence gives a size or a dose: the dose is then assumed.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.dish import READOUTS, Dish, Well, read_wells
from lobule.errors import InputError
from lobule.evidence import in_vitro_rows
from lobule.files.cells import NotANumber, decimal_mark, read_number, shown
from lobule.files.columns import text_columns
from lobule.files.table import read_table
from lobule.files.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parent
DOSE, SHARE = "1e9 particle/mL", "50 %"  # assumed where no dose is told
LEAST = 0.02  # a change smaller than this share is called none
TWOFOLD = 2.0
STIMULI = {  # word of the evidence: what is added (assumed where no concentration is told)
    "lps": {"lps": "100 ng/mL"},
    "ifn": {"ifn_gamma": "20 ng/mL"},
    "nigericin": {"nigericin": "10 uM"},
    "atp": {"atp": "5 mM"},
    "tgf": {"tgf_beta": "5 ng/mL"},
    "tnf": {"tnf_alpha": "20 ng/mL"},
    "gal": {"galactosamine": "5 mM"},
    "h2o2": {"hydrogen_peroxide": "500 uM"},
    "peroxide": {"hydrogen_peroxide": "500 uM"},
    "con a": {"concanavalin_a": "5 ug/mL"},
    "concanavalin": {"concanavalin_a": "5 ug/mL"},
}
CELLS = {  # kind: words of the evidence
    "stellate_cells": ("hsc", "stellate", "lx-2", "lx2"),
    "macrophages": ("macrophage", "raw264", "thp", "bmdm", "kupffer", "j774", "monocyte"),
    "hepatocytes": ("hepatocyte", "aml12", "l02", "lo2", "hepg2", "huh7", "brl"),
    "t_cells": ("t cell", "lymphocyte", "pbmc", "splenocyte", "cd4"),
}
HUMAN = ("lx-2", "lx2", "thp", "hepg2", "huh7", "l02", "lo2", "pbmc", "human")
SEEDED = {"macrophages": "1e6 cell/mL", "stellate_cells": "2e5 cell/mL", "hepatocytes": "5e5 cell/mL",
          "t_cells": "1e6 cell/mL"}  # fmt: skip
HOURS = {"macrophages": 24, "stellate_cells": 48, "hepatocytes": 24, "t_cells": 72}
SOURCES = {"bm": "bm-msc-ev", "uc": "uc-msc-ev", "adipose": "ad-msc-ev", "ad": "ad-msc-ev"}
UNITS = {"particles/ml": "particle/mL", "particle/ml": "particle/mL", "ug/ml": "ug/mL", "mg/ml": "mg/mL", "%": "%"}
MACROPHAGES = Dish({"macrophages": SEEDED["macrophages"]}, STIMULI["lps"])
STELLATE = Dish({"stellate_cells": SEEDED["stellate_cells"]}, STIMULI["tgf"], duration="48 h")
HEPATOCYTES = Dish({"hepatocytes": SEEDED["hepatocytes"]}, STIMULI["tnf"] | STIMULI["gal"])
MOST_HOURS = 10_000
NUMBERS = ("dose_value", "duration_h", "ratio_treated_over_stimulated")
NEEDED = ("id", "source_id", "cells", "stimulus", "product", "cell_source", "endpoint", "direction")


class NotInTheDish(Exception):
    """What a row asks for is not in the dish."""


@dataclass(frozen=True)
class _Asked:
    """A row as the dish understands it."""

    plate: Dish
    product: str
    dose: str
    readout: str
    sign: int
    same: bool
    note: str


@cache
def _table(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _understood(row: dict[str, str]) -> _Asked:
    words = row["cells"].lower()
    kinds = [kind for kind, known in CELLS.items() if any(word in words for word in known)]
    if not kinds:
        raise NotInTheDish(f'cells "{row["cells"]}" are not in the dish')
    for endpoint in _table("in_vitro_endpoints.csv"):
        shown = READOUTS[endpoint["readout"]].cells
        fitting = [k for k in kinds if k in shown and endpoint["cells"] in ("", k)]
        if endpoint["endpoint"] == row["endpoint"] and fitting:
            break
    else:
        raise NotInTheDish(f'endpoint "{row["endpoint"]}" of {" or ".join(kinds)} is not in the dish')
    cells = fitting[0]
    product, dose, same, note = _given(row)
    hours = float(row.get("duration_h") or HOURS[cells])
    species = "human" if any(word in words for word in HUMAN) else "mouse"
    plate = Dish({cells: SEEDED[cells]}, _stimulus(row["stimulus"]), species, duration=f"{hours:g} h")
    notes = [n for n in (note, endpoint["note"], row.get("note", "")) if n]
    return _Asked(plate, product, dose, endpoint["readout"], int(endpoint["sign"]), same and endpoint["same"] == "yes",
                  "; ".join(notes))  # fmt: skip


def _stimulus(text: str) -> dict[str, str]:
    lowered = text.lower().split(" or ")[0]
    if lowered.strip() in ("", "none"):
        return {}
    found: dict[str, str] = {}
    for part in re.split(r"\+|,|/| and ", lowered):
        known = [given for word, given in STIMULI.items() if word in part]
        if not known:
            raise NotInTheDish(f'stimulus "{text}" is not in the dish')
        found |= known[0]
    return found


def _given(row: dict[str, str]) -> tuple[str, str, bool, str]:
    """Product, dose, whether the product is the study's own, note."""
    dose, assumed = _dose(row)
    for known in _table("in_vitro_products.csv"):
        if known["source_id"] == row["source_id"]:
            return known["product"], dose, known["same"] == "yes", "; ".join(filter(None, (known["note"], assumed)))
    source = row["cell_source"].lower().split(" ")[0]
    if row["product"] == "cm":
        return "uc-msc-medium", SHARE, source == "uc", "half of the well is conditioned medium (assumed)"
    if row["product"] not in ("ev", "engineered_ev"):
        raise NotInTheDish(f'product "{row["product"]}" is not in the dish; it takes ev, engineered_ev and cm')
    native = row["product"] == "ev" and source in SOURCES
    stands = "" if native else "a native product stands for it"
    return SOURCES.get(source, "uc-msc-ev"), dose, native, "; ".join(filter(None, (stands, assumed)))


def _dose(row: dict[str, str]) -> tuple[str, str]:
    """The dose in a well, and a word where another one stands for what the table says."""
    value, unit = row.get("dose_value"), row.get("dose_unit", "")
    known = UNITS.get(unit.lower().replace("μ", "u").replace("µ", "u"))
    if value and known:
        return f"{float(value):g} {known}", ""
    return DOSE, f'"{value} {unit}" is no dose of a well, {DOSE} is assumed' if value else ""


def beside_studies(members: int = 0, path: str | Path | None = None) -> tuple[pd.DataFrame, list[str]]:
    """Published experiments in a dish beside the prediction.

    Parameters
    ----------
    members : of the ensemble for the range of the ratio; 0 for none
    path : a table (CSV, XLSX, Parquet) with the columns of the evidence's in_vitro.csv; the package's own when None

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
    import pandas as pd

    found: list[dict[str, Any]] = []
    rows, left = (in_vitro_rows(), []) if path is None else _read(path)
    for row in rows:
        try:
            asked = _understood(row)
        except NotInTheDish as reason:
            left.append(f"{row['id']}: {reason}")
            continue
        published = float(row.get("ratio_treated_over_stimulated") or np.nan)
        wells = [Well(), Well(asked.product, asked.dose)]
        values = read_wells(asked.plate, wells, [asked.readout], members=members)
        low, middle, high = _ratio(values[0, :, 0, 0], values[1, :, 0, 0])
        way = np.sign(middle - 1) * asked.sign if abs(middle - 1) > LEAST else 0
        predicted = {1: "up", -1: "down", 0: "none"}[int(way)]
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


def _read(path: str | Path) -> tuple[list[dict[str, str]], list[str]]:
    """Rows of a table, numbers with a decimal point; and what was left out."""
    vocabulary = Vocabulary({}, texts=tuple(in_vitro_rows()[0]))
    table = read_table(path, vocabulary)
    columns, unread = text_columns(table, vocabulary, NEEDED)
    left = [*table.notes, *unread]
    numbers = [columns[name] for name in NUMBERS if name in columns]
    mark = decimal_mark((row[k] for row in table.rows for k in numbers), table.separator) or "."
    rows = []
    for row, texts in enumerate(table.rows):
        cells = {name: texts[k] for name, k in columns.items()}
        wrong = next((reason for (r, _), reason in table.unusable.items() if r == row), "")
        for name in NUMBERS:
            if cells.get(name):
                try:
                    cells[name] = _finite(cells[name], mark, MOST_HOURS if name == "duration_h" else np.inf)
                except NotANumber as error:
                    where = f"{table.name}, {table.place(columns[name], row)}, {name} of {cells['id']}"
                    raise InputError(f"{where}: {shown(cells[name])} {error}") from error
        if wrong:
            left.append(f"{cells['id']} (line {table.lines[row]}): {wrong}")
        else:
            rows.append(cells)
    return rows, left


def _finite(text: str, mark: str, most: float) -> str:
    """A number from 0 to the most, as Python writes it; raises NotANumber."""
    written = read_number(text, mark)
    if written.side or written.unit or not 0 <= written.value <= most:
        raise NotANumber(f"is not a number from 0 to {most:g}" if most < np.inf else "is not a number from 0 on")
    return repr(written.value)


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

    inflamed = Dish(MACROPHAGES.cells, STIMULI["lps"] | STIMULI["atp"])
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
        values = np.median(read_wells(plate, [Well(), native, changed], [readout], members=members)[:, :, 0, 0], axis=1)
        ratios = values[1:] / values[0]
        left = float((ratios[1] - 1) / (ratios[0] - 1))
        found.append({"what": what, "readout": readout, "native": float(ratios[0]), "changed": float(ratios[1]),
                      "effect_left": left, "weaker": left < 1 - LEAST, "source": source})  # fmt: skip
    return pd.DataFrame(found)
