"""A run in words: of whom and what it is, what came out, what each of its files holds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lobule.keeping.results import readme
from lobule.model.causes import causes
from lobule.quantities import amount
from lobule.therapy.product import product_from
from lobule.therapy.sameness import LIGAND, said_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SAID = 3  # outputs that the paragraph names
YEAR, LONG = 365.25, 400.0  # days; a run that is longer is told in years
FEW = 0.5  # share alive below which a run says so
COMPARED = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below"}
SEXES = {"f": "woman", "m": "man"}
FILES = {
    "summary.csv": "the last day of each output: value in the reading that is named, band, untreated with its band, "
    "ratio of treated to untreated, counted, unexplained share (empty: no effect to explain)",
    "copy_budget.csv": "which path could carry the effect: copies that reach a cell, beside copies that are needed",
    "safety.csv": "risks of the treatment, each with figure, grade and note",
    "timecourse.nc": "every output over time, with its unit (NetCDF)",
    "untreated.nc": "the same without the treatment",
    "counted.nc": "the treatment as counted, where it does only what copies in cells can do (NetCDF)",
    "care_alone.nc": "the standard care of the plan alone, beyond which its products have their effect (NetCDF)",
    "band.nc": "the band around it and around untreated: quantiles of the calibrated ensemble, or what the unit of "
    "a dose leaves open",
    "figure.png": "the course of the main outputs: treated with band, as counted (dashed), untreated, when doses were "
    "given; beside each heading the unexplained share on the last day",
}


def when(day: float) -> str:
    """The moment of a number, as one says it.

    >>> when(63.0), when(1826.25), when(1 / 24)
    ('on day 63', 'after 5 years (day 1826.25)', 'after 1 hour')
    """
    if 0 < day < 1:
        hours = f"{24 * day:.3g}"
        return f"after {hours} hour{'' if hours == '1' else 's'}"
    return f"on day {day:g}" if day <= LONG else f"after {day / YEAR:.3g} years (day {day:g})"


def cause_of(name: str) -> str:
    """A cause or an injury in words; one that the model no longer has, by its name."""
    known = causes().get(name)
    return name.replace("_", " ") if known is None else known.title


def subject_of(record: Mapping[str, Any]) -> str:
    """Of whom and what a run is, from its record: the animal with its injury or the patient with the disease."""
    who, until = record["subject"], record["settings"].get("until")
    if who["kind"] == "patient":
        parts = [f"patient, {cause_of(who['etiology']) if who.get('etiology') else 'healthy liver'}"]
        parts += [f"{who['years']:g} years of disease"] if who.get("years") else []
        parts += [_precipitant_of(who)] if who.get("precipitant") else []
        parts += [f"{who['age']:g} years old"] if who.get("age") is not None else []
        parts += [SEXES[who["sex"]]] if who.get("sex") else []
    else:
        injury = cause_of(who["injury"]) if who.get("injury") else "no injury"
        parts = [f"{who.get('species', 'animal')}, {injury}"]
    return ", ".join([*parts, *([f"until {until}"] if until else [])])


def _precipitant_of(who: Mapping[str, Any]) -> str:
    """What struck beside the disease, how hard where that was said, and when."""
    dose = f" ({who['precipitant_dose']})" if who.get("precipitant_dose") else ""
    days = who.get("precipitant_days") or 0.0
    return f"{cause_of(who['precipitant'])}{dose} {f'{days:g} d before the run' if days else 'on day 0'}"


def of_products(record: Mapping[str, Any]) -> list[str]:
    """Sentences on products that are the same as another for want of data, and on ligands that steer no load."""
    found = [part["contents"] for part in record["plan"] or () if "contents" in part]
    contents = {data["name"]: data for data in found if "name" in data}
    sentences = []
    for name, data in contents.items():
        product = product_from(data)
        told = said_of(product) if product.same_as else [s for s in said_of(product) if s.startswith(LIGAND)]
        sentences += [f"{name}: {one[0].lower()}{one[1:]}" for one in told]
    return sentences


def why_not(condition: str, *, never: bool) -> str:
    """Why doses with a condition were not given.

    >>> why_not("alt > 40 U/L", never=True)
    'alt was never above 40 U/L on a dosing day'
    """
    found = re.fullmatch(r"\s*(\w+)\s*(>=|<=|>|<)\s*(.*)", condition)
    often = "never" if never else "not always"
    if found is None:
        return f"{condition} held {often} on a dosing day"
    return f"{found[1].lower()} was {often} {COMPARED[found[2]]} {found[3].strip()} on a dosing day"


def not_given(record: Mapping[str, Any]) -> list[str]:
    """A sentence for each part of a plan of which doses were not given, because their condition did not hold."""
    until, found = record["settings"].get("until"), []
    end = math.inf if until is None else amount(until, "time")
    for part in record["plan"] or ():
        if not part.get("when"):
            continue
        first, gap = amount(part["start"], "time"), amount(part["every"], "time") if part["every"] else 0.0
        planned = sum(first + k * gap <= end for k in range(part["n"]))
        given = sum(day <= end for day in part["given_at_d"])
        if given < planned:
            of = "the planned dose was not"
            if planned > 1:
                of = f"{given or 'none'} of the {planned} planned doses {'were' if given > 1 else 'was'}"
            found.append(f"Of {part['product']} {of} given: {why_not(part['when'], never=not given)}.")
    return found


def few_alive(record: Mapping[str, Any], data: xr.Dataset) -> list[str]:
    """A sentence where most of those whom a run shows would be dead: it goes on, and its numbers are of nobody.

    Death is a hazard beside the course, which nothing of the course depends on.
    """
    if "cumulative_death_hazard" not in data:
        return []
    hazard = data["cumulative_death_hazard"]
    first, last = (math.exp(-float(hazard[k])) for k in (0, -1))
    if last >= FEW:
        return []
    who = "patients" if record["subject"]["kind"] == "patient" else "animals"
    before = f" (at the beginning of the run {_share(first)})" if float(hazard[0]) > 0 else ""
    return [
        f"Of such {who} {_share(last)} would be alive on the last day{before}: the course goes on beyond death, "
        "and what it shows then is seen in few or nobody."
    ]


def _share(alive: float) -> str:
    """A share of those alive in percent, for whom less than one in a thousand is told as that."""
    return "less than 0.1 %" if alive < 1e-3 else f"{100 * alive:.2g} %"


def paragraph(record: Mapping[str, Any], table: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """What came out of a run.

    Parameters
    ----------
    record, table : of the run, its summary
    labels : {output: how it is called}
    """
    sentences = []
    for row in table.head(SAID).to_dict("records"):
        name = labels[row["output"]]
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        text = f"{name} {row['value']:.3g}{unit}"
        if row.get("low") == row.get("low") and "low" in row:
            low, high = f"{row['low']:.3g}", f"{row['high']:.3g}"
            text += f" ({low} to {high})" if low != high else f" ({row['low']:.4g} to {row['high']:.4g})"
        if "ratio" in row:
            text += f", {row['ratio']:.2f} times the untreated"
        sentences.append(text)
    who = subject_of(record)
    return f"{who[0].upper()}{who[1:]}. {when(table['day'].iloc[0]).capitalize()}: {'; '.join(sentences)}."


def about(record: Mapping[str, Any], said: str, files: Iterable[str]) -> str:
    """The text of README.txt of a run's folder, which holds `files`."""
    return readme(record["title"], "run", said, {name: FILES[name] for name in files}, record["intended_use"])
