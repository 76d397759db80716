"""How long 10,000 virtual patients take to be drawn and run untreated for 60 years (goal: minutes on 2 cores), and
1,000 patients for a year.

    python benchmarks/cohort_burn_in.py

The peer is libRoadRunner on the same exported model, one patient after another, each with a simulator of its own (most
of its time is setting that up); it is timed on a few and scaled. Its albumin must agree with ours.
"""

from __future__ import annotations

import os
import tempfile
import time

import numpy as np

from lobule import model
from lobule.engine import EventTable
from lobule.model.causes import cause
from lobule.model.parameters import values_for
from lobule.patient.history import YEAR, histories
from lobule.patient.variation import factors

ETIOLOGY, FEW, AGREE = "alcohol", 10, 1e-2


def main() -> None:
    compiled = model.compiled("human")
    compiled.solve(times=[1.0], outputs=["albumin"])  # compile
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOBULE_CACHE"] = folder
        histories(ETIOLOGY, 500)  # compile for these outputs
        begin = time.perf_counter()
        histories(ETIOLOGY, 10_000, seed=2)
        wall = time.perf_counter() - begin
        print(f"10,000 patients, 60 years: {wall:.1f} s, {wall / 10:.1f} ms a patient, on {os.cpu_count()} cores")
        begin = time.perf_counter()
        histories(ETIOLOGY, 10_000, seed=2)
        print(f"the same from the cache:   {time.perf_counter() - begin:.1f} s")
    usual = values_for("human")
    varied = factors(3, np.arange(1000))
    table = {name: np.full(1000, value) for name, value in usual.items()}
    table |= {name: usual[name] * factor for name, factor in varied.items()}
    events = EventTable(cause(ETIOLOGY, "human").events(None, [0.0], None))
    times = np.arange(0, 13) * YEAR / 12
    compiled.solve(table, None, events, times, rtol=1e-4, outputs=["albumin"])
    begin = time.perf_counter()
    ours = compiled.solve(table, None, events, times, rtol=1e-4, outputs=["albumin"])
    year = time.perf_counter() - begin
    walls = {}
    for count in (1, 1 + FEW):  # the difference leaves out what the peer needs to load the model
        some = {name: values[:count] for name, values in table.items()}
        begin = time.perf_counter()
        peer = compiled.solve(some, None, events, times, rtol=1e-6, outputs=["albumin"], engine="roadrunner")
        walls[count] = time.perf_counter() - begin
    other = (walls[1 + FEW] - walls[1]) / FEW * 1000
    gap = float(np.nanmax(np.abs(peer["albumin"] / ours["albumin"][: 1 + FEW] - 1)))
    head = f"1,000 patients, one year:  {year:.2f} s"
    if not gap < AGREE or not peer.complete:
        print(f"{head}; libRoadRunner disagrees by {gap:.2g}, so that no ratio is given")
        return
    print(
        f"{head}; libRoadRunner {other:.0f} s (scaled from {FEW}), {other / year:.0f} times; they differ by {gap:.1e}"
    )


if __name__ == "__main__":
    main()
