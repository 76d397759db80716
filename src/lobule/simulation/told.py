"""A run in words: of whom and what it is, what came out, what each of its files holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lobule.keeping.results import readme

if TYPE_CHECKING:
    from lobule.simulation.run import Run

SAID = 3  # outputs that the paragraph names
FILES = {
    "summary.csv": "the last day: value, band, untreated, and ratio of treated to untreated of each output",
    "copy_budget.csv": "which path could carry the effect: copies that reach a cell, beside copies that are needed",
    "safety.csv": "risks of the treatment, each with figure, grade and note",
    "timecourse.nc": "every output over time, with its unit (NetCDF)",
    "untreated.nc": "the same without the treatment",
    "band.nc": "the band around it: quantiles of the calibrated ensemble, or what the unit of a dose leaves open",
    "figure.png": "the course of the main outputs: treated with band, untreated, and when something was given",
}


def subject_of(record: Mapping[str, Any]) -> str:
    """Of whom and what a run is, from its record: the animal with its injury or the patient with the disease."""
    who, until = record["subject"], record["settings"].get("until")
    if who["kind"] == "patient":
        parts = [f"patient, {who.get('etiology') or 'healthy liver'}"]
        parts += [f"{who['years']:g} years of disease"] if who.get("years") else []
    else:
        parts = [f"{who.get('species', 'animal')}, {who.get('injury') or 'no injury'}"]
    return ", ".join([*parts, *([f"until {until}"] if until else [])])


def said(run: Run) -> str:
    """What came out, in one paragraph."""
    table = run.summary()
    sentences = []
    for row in table.head(SAID).to_dict("records"):
        name = run.data[row["output"]].attrs["long_name"]
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        text = f"{name} {row['value']:.3g}{unit}"
        if row.get("low") == row.get("low") and "low" in row:
            text += f" ({row['low']:.3g} to {row['high']:.3g})"
        if "ratio" in row:
            text += f", {row['ratio']:.2f} times the untreated"
        sentences.append(text)
    return f"{subject_of(run.record).capitalize()}. On day {table['day'].iloc[0]:g}: {'; '.join(sentences)}."


def about(run: Run) -> str:
    """The text of README.txt of a run's folder."""
    names = [*(f"{name}.csv" for name in run.tables()), *(f"{name}.nc" for name in run.datasets()), "figure.png"]
    files = {name: FILES[name] for name in names}
    return readme(run.record["title"], "run", said(run), files, run.record["intended_use"])
