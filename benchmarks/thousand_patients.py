"""A thousand patients through `lobule forecast`: how long it takes, and whether a run that was killed loses anything.

    python benchmarks/thousand_patients.py results/thousand/

The patients are made up: visits of virtual people of four causes, one to five each, with errors of measurement. The
command runs once to its end; then its kept patients are thrown away, it is killed when a third is done, and run again:
forecasts.csv and fits.csv must be the same to the last byte, and no patient may have been made twice.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from lobule.forecast.errors import errors
from lobule.forecast.pool import Pool, pool_of
from lobule.keeping import cache_folder

CAUSES = ("pbc", "hbv", "alcohol", "mash")
LABS = {"albumin": "albumin_g_per_L", "bilirubin": "bilirubin_umol_per_L", "inr": "inr",
        "platelets": "platelets_1e9_per_L", "ast": "ast_U_per_L", "alp": "alp_U_per_L",
        "creatinine": "creatinine_umol_per_L"}  # fmt: skip
MOST_VISITS, APART = 5, 2  # visits of a patient at most; steps of the pool between two


def rows_of(pool: Pool, cause: str, number: int, first: int, random: np.random.Generator) -> list[list[object]]:
    """Visits of so many people of a pool, each alive at all of them."""
    rows: list[list[object]] = []
    for k in range(number):
        visits = int(random.integers(1, MOST_VISITS + 1))
        alive = 0
        while alive <= visits * APART:
            who = int(random.integers(len(pool.ages)))
            alive = int((pool.log_alive[who] > np.log(0.5)).sum())
        begin = int(random.integers(0, alive - visits * APART))
        drawn = {}
        for lab in LABS:
            error = errors()[lab]
            off = error.level * random.standard_normal() + error.of_a_day(visits, random)
            along = pool.shape(lab)[who, begin : begin + visits * APART : APART]
            drawn[lab] = np.exp(along + off)
        sex = "m" if pool.of.varied["male"][who] > 0.5 else "f"
        for visit in range(visits):
            day = round(visit * APART * pool.step * 365.25)
            labs = [f"{drawn[lab][visit]:.4g}" for lab in LABS]
            rows.append([f"P{first + k:04d}", day, f"{pool.ages[who, begin]:.0f}", sex, cause, *labs])
    return rows


def make(path: Path, number: int) -> None:
    """The table of so many patients."""
    random, rows = np.random.default_rng(1), []
    for place, cause in enumerate(CAUSES):
        share = number // len(CAUSES) + (place < number % len(CAUSES))
        rows += rows_of(pool_of(cause), cause, share, len({row[0] for row in rows}), random)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["patient", "day", "age", "sex", "etiology", *LABS.values()], *rows])


def own_cache(results: Path) -> Path:
    """A cache of this benchmark alone, with the courses of virtual people that are kept already."""
    usual, own = cache_folder(), results / "cache"
    own.mkdir(exist_ok=True)
    for path in [] if usual is None else usual.glob("courses-*"):
        if not (own / path.name).exists():
            (own / path.name).hardlink_to(path)
    os.environ["LOBULE_CACHE"] = str(own)
    for path in own.glob("forecast-*.jsonl"):
        path.unlink()
    return own


def lines(path: Path) -> int:
    """Whole lines of a file."""
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def run(table: Path, out: Path, cache: Path, kill_at: int = 0) -> tuple[float, float]:
    """Wall time and processor time of one run of the command, killed once so many patients are kept."""
    command = [sys.executable, "-m", "lobule", "forecast", str(table), "-o", str(out), "--pages", "none"]
    used, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"})
    while process.poll() is None:
        time.sleep(0.1)
        if kill_at and sum(map(lines, cache.glob("forecast-*.jsonl"))) >= kill_at:
            process.send_signal(signal.SIGKILL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode and not kill_at:
        raise SystemExit(f"the command failed ({process.returncode})")
    return time.monotonic() - begun, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder for the table and the results")
    parser.add_argument("--number", type=int, default=1000, help="patients")
    asked = parser.parse_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    table, cache = asked.results / "patients.csv", own_cache(asked.results)
    make(table, asked.number)
    wall, used = run(table, asked.results / "whole", cache)
    (journal,) = cache.glob("forecast-*.jsonl")
    whole = lines(journal)
    journal.unlink()
    print(f"{asked.number} patients: {wall:.0f} s, {used:.0f} s of processor time", flush=True)
    run(table, asked.results / "killed", cache, asked.number // 3)
    done = lines(journal)
    wall, used = run(table, asked.results / "killed", cache)
    print(f"killed after {done}; again: {wall:.0f} s, {used:.0f} s of processor time", flush=True)
    same = all((asked.results / "whole" / name).read_bytes() == (asked.results / "killed" / name).read_bytes()
               for name in ("forecasts.csv", "fits.csv"))  # fmt: skip
    print(f"lines kept: {whole}, {lines(journal)}; tables {'are the same' if same else 'DIFFER'}")
    if not same or lines(journal) > whole + 1:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
