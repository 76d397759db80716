"""Take over a calibration: the medians into parameters.csv, the ensemble into the package.

    lobule calibrate -o calibration/
    python benchmarks/adopt.py calibration/

The course of a run is that of the values in parameters.csv, so that they are those of the first member. Factors of the
ensemble are written anew on these values, and the digest of the model that has them: values of members stay the same.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from lobule.keeping import write_bytes, write_table, write_text
from lobule.model.parameters import TABLE, parameter_table
from lobule.simulation.ensemble import FOLDER

AS_THEY_ARE = ("disease.csv", "posterior_predictive.csv", "calibration_rows.csv")
WHY = "to the calibration studies (lobule calibrate)"
CLASSES = "T1 T2 T4"  # class ranges, which every one of these is calibrated to beside the studies
AN_ID = re.compile(r"[ADCPTNH]+\d+")
SPECIES = ("mouse", "rat", "human")


def moved(row: dict[str, str], middle: float) -> dict[str, str]:
    """A row of parameters.csv with its median in the mouse, the others in proportion.

    >>> row = moved({"mouse": "2", "rat": "2", "human": "4", "source": "", "grade": "assumed", "note": "a dose"}, 3.0)
    >>> row["human"], row["source"], row["grade"], row["note"]
    ('6', 'T1 T2 T4', 'calibrated', 'to the calibration studies (lobule calibrate); a dose')
    """
    factor = middle / float(row["mouse"])
    values = {species: f"{factor * float(row[species]):.5g}" for species in SPECIES}
    note = row["note"] if row["note"].startswith("to the calibration") else "; ".join(filter(None, [WHY, row["note"]]))
    source = row["source"] if any(map(AN_ID.fullmatch, row["source"].split())) else f"{row['source']} {CLASSES}".strip()
    return row | values | {"source": source, "grade": "calibrated", "note": note}


def _line(row: dict[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row.values())
    return text.getvalue()


def adopt(folder: Path) -> None:
    """Write parameters.csv, and the ensemble as factors on it."""
    told = pd.read_csv(folder / "identifiability.csv").set_index("parameter")
    ensemble = pd.read_csv(folder / "ensemble.csv")
    # Of the first member, not of the table: its factors are those that the others are told by
    before = {name: parameter_table()[name].values["mouse"] for name in map(str, ensemble)}
    head, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    names, rows, after = head.split(","), [], {}
    for line in lines:
        name = line.partition(",")[0]
        if name in before:
            row = dict(zip(names, next(csv.reader([line])), strict=True))
            row = moved(row, before[name] * float(ensemble[name].iloc[0]))
            after[name], line = float(row["mouse"]), _line(row)
        rows.append(line)
    write_text(TABLE, "\n".join([head, *rows]) + "\n")
    scale = {name: before[name] / after[name] for name in before}
    scaled = ensemble * pd.Series(scale)
    scaled.iloc[0] = 1.0  # what stands in the table now, but for its digits
    text = scaled.map(lambda factor: f"{factor:.6g}").to_csv(index=False, lineterminator="\n")
    write_text(FOLDER / "ensemble.csv", text)
    told["factor"] *= pd.Series(scale).reindex(told.index).fillna(1.0)
    write_table(FOLDER / "identifiability.csv", told.reset_index(), digits=4)
    for name in AS_THEY_ARE:
        write_bytes(FOLDER / name, (folder / name).read_bytes())
    ask = "from lobule.model.digest import digest; print(digest())"  # of the table that was just written
    model = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
    about = json.loads((folder / "provenance.json").read_text(encoding="utf-8")) | {"model": model}
    write_text(FOLDER / "provenance.json", json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of lobule calibrate")
    adopt(parser.parse_args().folder)
