"""1,000 batches judged, charted and followed to the patient with a band of 32 members (goal: two minutes on 2 cores).

    python benchmarks/batches.py [batches]

The batches are synthetic. The peer is libRoadRunner on a few of the same courses, from the same states with the same
doses; it is timed and scaled, and its effects must agree.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from lobule import model
from lobule.engine import EventTable
from lobule.engine.events import Event
from lobule.files.batches import read_batches
from lobule.files.process import ProcessFile
from lobule.quality.batch import report
from lobule.quality.clinical import OUTPUTS, Use, _Base, bias
from lobule.quality.delivery import deliver
from lobule.quality.process import synthetic_batches
from lobule.simulation import ensemble

FEW = 4


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    process = ProcessFile.model_validate({"vessel": {"kind": "stirred-tank", "count": 3}, "isolation": ["tff", "sec"]})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batches.csv"
        synthetic_batches(process, n).to_csv(path, index=False)
        start = time.perf_counter()
        found = report(path)
        solved = time.perf_counter()
        found.save(folder)
        end = time.perf_counter()
        batches = read_batches(path)
    members = ensemble.THIN
    print(f"{n} batches x {members} members: {end - start:.1f} s (judged, charted, solved {solved - start:.1f}, "
          f"report {end - solved:.1f})")  # fmt: skip
    use = Use.read()
    base, batched = _Base.of(use, members), deliver(batches, use, members)
    particles = batched.delivery.particles * bias(members, 1)
    worst, spent = 0.0, 0.0
    for k in range(FEW):
        table = {name: values[k : k + 1] for name, values in base.constants.items()}
        table |= {name: values[k, k : k + 1] for name, values in batched.delivery.constants.items()}
        rows = [*base.events, *(Event(0, e.time, e.target, e.kind, e.value * particles[k, k])
                                for e in use.part.events(1.0, use.part.times(), {}, 0))]  # fmt: skip
        states = {name: values[k : k + 1] for name, values in base.states.items()}
        outputs = list(OUTPUTS)
        ours = model.compiled("human").solve(table, states, EventTable(rows), [use.days], rtol=1e-6, outputs=outputs)
        for _ in range(2 if k == 0 else 1):  # the first call loads the simulator: not counted
            before = time.perf_counter()
            peer = model.compiled("human").solve(
                table, states, EventTable(rows), [use.days], rtol=1e-6, outputs=outputs, engine="roadrunner"
            )
            took = time.perf_counter() - before
        spent += took
        worst = max(worst, float(np.abs(ours["albumin"] / peer["albumin"] - 1).max()))
    scaled, mine = spent / FEW * n * members, solved - start
    print(f"libRoadRunner: {spent / FEW:.2f} s a course ({FEW} of them, scaled): {scaled / mine:.0f} times ours; "
          f"albumin agrees to {worst:.1e}")  # fmt: skip


if __name__ == "__main__":
    main()
