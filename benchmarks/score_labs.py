"""How long a table of a million rows of labs takes to score, and in how much memory (goal: seconds, bounded).

    python benchmarks/score_labs.py [ROWS]

The peer is the plainest alternative: pandas reads the whole file, and MELD, MELD-Na and Child-Pugh are computed on
whole columns, without unit headers, missing-value notes or reports of bad cells.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lobule import scores
from lobule.answers.score import score_file


def main(rows: int) -> None:
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labs.csv"
        pd.DataFrame(
            {
                "id": np.arange(rows),
                "bilirubin_mg_per_dL": random.lognormal(1, 1, rows).round(2),
                "inr": random.lognormal(0.3, 0.3, rows).round(2),
                "creatinine_mg_per_dL": random.lognormal(0, 0.4, rows).round(2),
                "albumin_g_per_L": random.normal(32, 6, rows).clip(10, 50).round(1),
                "sodium_mmol_per_L": random.normal(136, 5, rows).clip(110, 150).round(0),
                "sex": np.where(random.random(rows) < 0.4, "f", "m"),
                "ascites": random.integers(0, 3, rows),
                "encephalopathy": random.integers(0, 4, rows),
            }
        ).to_csv(path, index=False)
        begin = time.perf_counter()
        table = pd.read_csv(path)
        b, i, c = table["bilirubin_mg_per_dL"], table["inr"], table["creatinine_mg_per_dL"]
        table["meld"], table["meld_na"] = scores.meld(b, i, c), scores.meld_na(b, i, c, table["sodium_mmol_per_L"])
        found = scores.child_pugh_points(b, table["albumin_g_per_L"] / 10, i, table["ascites"], table["encephalopathy"])
        table["child_pugh"] = found["points"]
        table.to_csv(Path(folder) / "plain.csv", index=False)
        plain = time.perf_counter() - begin
        del table
        begin = time.perf_counter()
        done = score_file(path, Path(folder) / "scores.csv")
        ours = time.perf_counter() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ratio = ours / plain
    print(f"{done.rows} rows: lobule score {ours:.1f} s, plain pandas (3 scores) {plain:.1f} s, ratio {ratio:.1f}")
    print(f"largest memory of both {memory:.2f} GiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
