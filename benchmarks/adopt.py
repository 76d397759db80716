"""Take over a calibration: the most likely values into parameters.csv, the ensemble into the package.

    lobule calibrate -o calibration/         # half an hour
    python benchmarks/adopt.py calibration/  # a minute: nothing is solved twice

The course of a run is that of the values in parameters.csv, so that they are those of the first member: its factors are
1 afterwards. Priors are of values, not of factors, and stay what they are.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import subprocess
import sys
from pathlib import Path

from lobule.model.parameters import TABLE
from lobule.simulation.ensemble import FOLDER

FILES = ("ensemble.csv", "disease.csv", "identifiability.csv", "posterior_predictive.csv", "calibration_rows.csv",
         "provenance.json")  # fmt: skip
WHY = "the most likely value of lobule calibrate"
SPECIES = ("mouse", "rat", "human")


def moved(row: dict[str, str], likeliest: float) -> dict[str, str]:
    """A row of parameters.csv with its most likely value in the mouse, the others in proportion.

    >>> row = {"mouse": "2", "rat": "2", "human": "4", "grade": "assumed", "note": ""}
    >>> moved(row, 3.0)
    {'mouse': '3', 'rat': '3', 'human': '6', 'grade': 'calibrated', 'note': 'the most likely value of lobule calibrate'}
    """
    factor = likeliest / float(row["mouse"])
    values = {species: f"{factor * float(row[species]):.5g}" for species in SPECIES}
    note = row["note"] if WHY in row["note"] else "; ".join(filter(None, [row["note"], WHY]))
    return row | values | {"grade": "calibrated", "note": note}


def _line(row: dict[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row.values())
    return text.getvalue()


def adopt(folder: Path) -> None:
    """Write parameters.csv, then the ensemble as factors on it."""
    with (folder / "identifiability.csv").open(encoding="utf-8", newline="") as file:
        likeliest = {row["parameter"]: float(row["likeliest"]) for row in csv.DictReader(file)}
    head, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    names = head.split(",")
    told = [_line(moved(dict(zip(names, next(csv.reader([line])), strict=True)), likeliest[line.partition(",")[0]]))
            if line.partition(",")[0] in likeliest else line for line in lines]  # fmt: skip
    TABLE.write_text("\n".join([head, *told]) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "lobule", "calibrate", "-o", str(folder), *sys.argv[2:]], check=True)
    for name in FILES:
        shutil.copy(folder / name, FOLDER / name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of lobule calibrate; its --steps, --members and --seed may follow")
    adopt(parser.parse_known_args()[0].folder)
