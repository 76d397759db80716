"""What a step of the liver costs, beside another commit, in turns within one run.

    python benchmarks/liver_step.py --before ../older/src

Courses as users run them, of many subjects in one call: CPU seconds a step of the method (accepted and rejected ones),
steps a subject, CPU milliseconds a subject. The smallest of the turns is printed. Goal: a step costs at most 1.2 times
that of the commit before.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
COURSES = """
import json, time
import numpy as np
from lobule import Animal, Patient, model
from lobule.simulation.crowd import Crowd

SUBJECTS = {
    "healthy mouse, a year": (Animal("mouse"), 365.0),
    "mouse, CCl4 for six weeks": (Animal("mouse", injury="ccl4", weeks=6), 42.0),
    "hepatitis B for forty years": (Patient(etiology="hbv"), 40 * 365.25),
    "alcohol for thirty years": (Patient(etiology="alcohol"), 30 * 365.25),
}
found = {"states": len(model.compiled("mouse").states)}
for name, (subject, days) in SUBJECTS.items():
    crowd = Crowd(model.compiled(subject.species))
    crowd.add(subject, np.linspace(0, days, 50), n=N, factors=[{"alt_healthy": np.linspace(0.9, 1.1, N)}])
    crowd.solve(["alt"])
    begin = time.process_time()
    solution = crowd.solve(["alt"]).solution
    seconds = time.process_time() - begin
    steps = int(np.sum(solution.steps) + np.sum(solution.rejected))
    found[name] = [seconds / steps, steps / N, seconds / N]
print("FOUND", json.dumps(found))
"""


def measured(source: Path, number: int) -> dict:
    """One process of one commit."""
    environment = os.environ | {"PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"}
    script = COURSES.replace("N)", f"{number})").replace("N,", f"{number},").replace("/ N", f"/ {number}")
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("FOUND"))[6:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="src of the commit to compare with")
    parser.add_argument("--number", type=int, default=96, help="subjects of a course")
    parser.add_argument("--times", type=int, default=3, help="turns")
    asked = parser.parse_args()
    sources = {"now": SOURCE} | ({"before": asked.before.resolve()} if asked.before else {})
    runs = {name: [] for name in sources}
    for _ in range(asked.times):
        for name, source in sources.items():
            runs[name].append(measured(source, asked.number))
    for name, all_of in runs.items():
        print(f"{name}: {all_of[0]['states']} states")
    for course in (c for c in runs["now"][0] if c != "states"):
        best = {name: min((run[course] for run in all_of), key=lambda row: row[0]) for name, all_of in runs.items()}
        line = ", ".join(
            f"{name} {1e6 * step:.1f} us a step, {steps:.0f} steps, {1e3 * total:.2f} ms a subject"
            for name, (step, steps, total) in best.items()
        )
        ratio = f"; a step {best['now'][0] / best['before'][0]:.2f} times" if "before" in best else ""
        print(f"{course}: {line}{ratio}")


if __name__ == "__main__":
    main()
