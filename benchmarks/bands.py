"""How long a band takes: 200 members, one year, weekly doses (goal: about a second on 2 cores), 32 members,
`lobule run` as a whole process (goal 5 s), and one patient's fit with its forecast (goal below 30 s).

    python benchmarks/bands.py

The peer is libRoadRunner on the same exported model, one member after another; it is timed on a few and scaled. Its
collagen must agree with ours.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from lobule.calibrate.patient_fit import fit_patient, forecast

import lobule as lb
from lobule import model
from lobule.answers.fit import default_plans
from lobule.files.one_patient import read_patient
from lobule.model.parameters import values_for
from lobule.simulation import ensemble
from lobule.simulation.simulate import events_of

EXAMPLES = Path(__file__).parents[1] / "examples"
MOUSE = lb.Animal("mouse", injury="ccl4", weeks=52)
PLAN = lb.Plan("uc-msc-ev", "1e10 particle", every="7 d", n=52)
FEW, AGREE = 3, 1e-2


def timed(what):
    begin = time.perf_counter()
    found = what()
    return time.perf_counter() - begin, found


def main() -> None:
    lb.simulate(MOUSE, PLAN, until="14 d", uncertainty=2)  # compile
    alone, _ = timed(lambda: lb.simulate(MOUSE, PLAN, until="365 d", sample_every="1 d"))
    for members in (ensemble.size(), ensemble.THIN):
        whole, _ = timed(lambda n=members: lb.simulate(MOUSE, PLAN, until="365 d", sample_every="1 d", uncertainty=n))
        print(f"band of {members:>3} members, a year of weekly doses and twice weekly CCl4: {whole - alone:.2f} s")
        if members == ensemble.size():
            ours = whole - alone
    _peer(ours)
    with tempfile.TemporaryDirectory() as folder:
        scenario = EXAMPLES / "mouse_ccl4_exosome.yaml"
        command = [sys.executable, "-m", "lobule", "run", str(scenario), "-o", f"{folder}/out"]
        for label in ("first", "second"):
            wall, _ = timed(lambda: subprocess.run(command, check=True, capture_output=True))
            print(f"lobule run, whole process, {label}: {wall:.1f} s")
    course = read_patient(EXAMPLES / "patient_labs.csv").course
    wall, fit = timed(lambda: fit_patient(course, "hbv"))
    print(f"fit of one patient, {len(course.days)} visits, 4,000 candidates: {wall:.1f} s ({fit.size:.0f} effective)")
    wall, _ = timed(lambda: forecast(fit, default_plans("hbv")))
    print(f"its forecast with four plans, 100 particles: {wall:.1f} s")


def _peer(ours: float) -> None:
    compiled = model.compiled("mouse")
    events, set_by_plan = events_of(MOUSE, PLAN)
    constants = values_for("mouse") | set_by_plan
    factors = ensemble.factors(FEW)
    times, outputs = np.linspace(0, 365, 53), ["collagen_proportionate_area"]
    theirs, wall = [], 0.0
    for k in range(FEW):
        values = constants | {name: constants[name] * factor[k] for name, factor in factors.items()}
        mine = compiled.solve(values, None, events, times, rtol=1e-4, outputs=outputs)
        spent, found = timed(
            lambda v=values: compiled.solve(v, None, events, times, rtol=1e-4, outputs=outputs, engine="roadrunner")
        )
        wall += spent
        if found.reasons[0]:
            print(f"libRoadRunner did not finish member {k}: {found.reasons[0]}")
            return
        theirs.append(np.max(np.abs(found[outputs[0]] / mine[outputs[0]] - 1)))
    assert max(theirs) < AGREE, f"collagen differs by {max(theirs):.1e}"
    scaled = wall / FEW * ensemble.size()
    print(f"libRoadRunner, scaled from {FEW} members: {scaled:.0f} s, {scaled / ours:.0f} times ours")
    print(f"  collagen agrees to {max(theirs):.0e}")


if __name__ == "__main__":
    main()
