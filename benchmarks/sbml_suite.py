"""Runs cases of the SBML Test Suite through the engine.

    python benchmarks/sbml_suite.py FOLDER [--cases FILE]

FOLDER holds one folder a case (model.xml, settings.txt, results.csv); FILE lists case names, one a line. A case passes
when every value is within absolute + relative * |expected|, and NaN where an infinite or undefined one is expected,
which the engine gives as NaN with a reason. Every refusal and failure is named; the last line reads
`N passed, N refused, N wrong`; exit code 1 when a case is wrong.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import libsbml
import numpy as np

from lobule import engine
from lobule.engine.solution import UNDEFINED_OUTPUT
from lobule.errors import ModelError

PASSED, REFUSED, WRONG = "passed", "refused", "wrong"


def settings_of(folder: Path) -> dict[str, str]:
    rows = (
        line.split(":", 1) for line in (folder / "settings.txt").read_text(encoding="utf-8").splitlines() if ":" in line
    )
    return {key.strip(): value.strip() for key, value in rows}


def names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def expected_of(folder: Path) -> tuple[list[str], np.ndarray]:
    with (folder / "results.csv").open(newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    return [name.strip() for name in rows[0]], np.array(rows[1:], float)


def run(folder: Path) -> tuple[str, str]:
    """Outcome of one case, and why."""
    settings = settings_of(folder)
    header, expected = expected_of(folder)
    sbml = (folder / "model.xml").read_text(encoding="utf-8")
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    sizes = {species.getCompartment() for species in model.getListOfSpecies()}
    try:
        compiled = engine.compile(sbml)
        outputs = [name for name in compiled.outputs if name in {*header, *sizes}]
        times = expected[:, 0] - float(settings["start"])
        solution = compiled.solve(times=times, rtol=1e-9, atol=1e-13, outputs=outputs)
    except ModelError as error:
        return REFUSED, str(error)
    if not solution.complete and solution.status[0] != UNDEFINED_OUTPUT:
        return WRONG, solution.reasons[0]
    values = dict(zip(outputs, solution.y[0].T, strict=True))
    absolute, relative = float(settings["absolute"]), float(settings["relative"])
    for column, name in enumerate(header[1:], start=1):
        found = asked_for(model, values, name, settings)
        gap = np.abs(found - expected[:, column]) - (absolute + relative * np.abs(expected[:, column]))
        gap[~np.isfinite(expected[:, column]) & np.isnan(found)] = 0
        if not np.all(gap <= 0):
            k = int(np.argmax(np.where(np.isnan(gap), np.inf, gap)))
            return WRONG, f"{name} at {times[k]:g}: {found[k]:g}, expected {expected[k, column]:g}"
    return PASSED, ""


def asked_for(model: libsbml.Model, values: dict, name: str, settings: dict) -> np.ndarray:
    """A species as amount or concentration, whichever the case asks for; anything else as it is."""
    species = model.getSpecies(name)
    if species is None:
        return values[name]
    size = values[species.getCompartment()]
    is_amount = (
        species.getHasOnlySubstanceUnits()
        or model.getCompartment(species.getCompartment()).getSpatialDimensionsAsDouble() == 0
    )
    if name in names(settings["amount"]) and not is_amount:
        return values[name] * size
    if name in names(settings["concentration"]) and is_amount:
        return values[name] / size
    return values[name]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=Path)
    arguments = parser.parse_args()
    if arguments.cases:
        cases = arguments.cases.read_text(encoding="utf-8").split()
    else:
        cases = sorted(path.name for path in arguments.folder.iterdir() if (path / "model.xml").is_file())
    counts = dict.fromkeys((PASSED, REFUSED, WRONG), 0)
    for case in cases:
        outcome, why = run(arguments.folder / case)
        counts[outcome] += 1
        if why:
            print(f"{case} {outcome}: {why}", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 1 if counts[WRONG] else 0


if __name__ == "__main__":
    sys.exit(main())
