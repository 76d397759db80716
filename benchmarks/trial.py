"""A 2-arm, 400-patient, 5-year trial with weekly doses in the first 8 weeks and 200 replicates, each with its own
member of the ensemble: 160,000 patient-runs (goal: 30 minutes on 2 cores, below 2 GiB).

    python benchmarks/trial.py [members]

Every patient is run in both arms (twins). The peer is libRoadRunner on the same patients, from the same states, with
the same doses; it is timed on a few and scaled; its albumin must agree.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from lobule import model
from lobule.engine import EventTable
from lobule.engine.events import Event
from lobule.files.design import Design
from lobule.model.parameters import values_for
from lobule.therapy import Plan
from lobule.trial.population import continuing, enrollable
from lobule.trial.replicates import Ledger, replicates
from lobule.trial.runs import RTOL, solve, units
from lobule.trial.store import Store
from lobule.trial.work import Work, members

DESIGN = {
    "title": "benchmark",
    "population": {"groups": [{"etiology": "hbv", "stage": "decompensated"}], "patients": 400, "criteria": "age <= 70"},
    "arms": [{"name": "cells", "plan": {"product": "uc-msc", "dose": "1e6 cell/kg", "every": "7 d", "n": 8}},
             {"name": "control"}],
    "patients": 400, "care": ["antiviral"],
    "visits": ["0 d", "28 d", "56 d", "182 d", "365 d", "730 d", "1095 d", "1460 d", "1826 d"], "until": "1826 d",
    "dropout": 0.05, "replicates": 200,
    "endpoints": [{"name": "survival", "kind": "time_to_event", "events": ["death"]},
                  {"name": "albumin at a year", "kind": "change", "output": "albumin", "at": "365 d"}],
    "analysis": {"primary": "survival"},
}  # fmt: skip
FEW = 3


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    design = Design.model_validate(DESIGN | {"members": count, "replicates": count})
    begin = time.perf_counter()
    people = enrollable(design)
    drawn = time.perf_counter()
    print(f"population of {len(people)} (histories from the cache where they are): {drawn - begin:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        store, busy, runs = Store.at(Path(folder)), 0.0, 0
        start = time.perf_counter()
        for unit in units(design, people, members(count)):
            key = unit.key
            before = time.perf_counter()
            courses = solve(unit)
            busy += time.perf_counter() - before
            store.write(unit, key, courses, 0.0)
            runs += len(unit)
        simulated = time.perf_counter() - start
        print(f"{runs} patient-runs of 5 years: {simulated:.0f} s ({1e3 * simulated / runs:.2f} ms each; solving "
              f"{busy:.0f} s, addresses and disk {simulated - busy:.0f} s)")  # fmt: skip
        work, before = Work(design, people, store), time.perf_counter()
        ledger = Ledger(Path(folder), design, "benchmark")
        for k, member in enumerate(members(count)):
            replicates(design, people, work.courses(member), "assurance", [k + 1], member, ledger)
        analysed = time.perf_counter() - before
        size = sum(p.stat().st_size for p in (Path(folder) / "blocks").iterdir())
    print(f"{count} replicates conducted and analysed: {analysed:.0f} s; blocks on disk {size / 2**20:.0f} MiB")
    print(f"in all {time.perf_counter() - begin:.0f} s; largest memory "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")  # fmt: skip
    _peer(design, people, 1e3 * simulated / runs)


def _peer(design: Design, people: object, ours_ms: float) -> None:
    """libRoadRunner on a few treated patients."""
    unit = next(iter(units(design, people, [0])))  # type: ignore[arg-type]
    days = unit.days
    plan = Plan("uc-msc", dose="1e6 cell/kg", every="7 d", n=8)
    table = {name: np.full(FEW, value) for name, value in (values_for("human") | plan.parameters()).items()}
    table |= {name: v[:FEW] for name, v in unit.parameters.items()}
    states = {name: v[:FEW] for name, v in unit.states.items()}
    dose = plan.amount(values_for("human")["body_weight"]).value
    rows = [Event(k, e.time, e.target, e.kind, e.value) for k in range(FEW) for e in continuing(unit.etiologies[k])]
    rows += [e for k in range(FEW) for e in plan.events(dose, plan.times(), {}, k)]
    compiled = model.compiled("human")
    found = {}
    for engine in ("lobule", "roadrunner"):
        compiled.solve(table, states, EventTable(rows), days[:2], outputs=["albumin"], engine=engine)  # load
        before = time.perf_counter()
        found[engine] = compiled.solve(table, states, EventTable(rows), days, rtol=RTOL if engine == "lobule" else 1e-6,
                                       outputs=["albumin"], engine=engine)  # fmt: skip
        wall = time.perf_counter() - before
    reasons = [r for r in found["roadrunner"].reasons if r]
    if reasons:
        print(f"libRoadRunner does not complete the trial's patients: {reasons[0]}")
        return
    gap = np.max(np.abs(found["lobule"]["albumin"] / found["roadrunner"]["albumin"] - 1))
    theirs = 1e3 * wall / FEW
    print(
        f"libRoadRunner, one core, rtol 1e-6: {theirs:.0f} ms a patient, {theirs / ours_ms:.0f} times ours (all cores,"
    )
    print(f"rtol {RTOL:g}); largest difference of albumin {gap:.1e}")


if __name__ == "__main__":
    main()
