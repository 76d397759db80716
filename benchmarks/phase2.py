"""A thousand replicates of a phase 2 design: three doses and placebo, 160 patients, mixed model, eight endpoints (goal:
two minutes on two cores).

    python benchmarks/phase2.py [replicates]

The peer is the same work on one core, a few replicates scaled, in the same run; the estimates of both must be the same.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from lobule.files.design import Design
from lobule.trial.replicates import replicate
from lobule.trial.runs import USUAL
from lobule.trial.trial import Trial

WEEKS = "168 d"
DOSES = {"low": "1e10", "middle": "1e11", "high": "1e12"}
DESIGN = {
    "title": "phase 2", "patients": 160, "care": ["antiviral"], "dropout": 0.1, "missed_visits": 0.05, "members": 0,
    "population": {"groups": [{"etiology": "hbv", "stage": "decompensated"}], "patients": 400,
                   "criteria": "meld >= 10 and meld <= 25 and age <= 70"},
    "arms": [*({"name": name, "plan": {"product": "uc-msc-ev", "dose": f"{dose} particle/kg", "every": "7 d", "n": 8}}
               for name, dose in DOSES.items()), {"name": "placebo"}],
    "randomisation": {"method": "stratified", "strata": ["meld_na >= 15"]}, "transplantation": True,
    "visits": ["0 d", "14 d", "28 d", "56 d", "84 d", "112 d", WEEKS],
    "endpoints": [
        {"name": "MELD-Na", "kind": "change", "output": "meld_na", "at": WEEKS, "method": "mmrm"},
        {"name": "albumin", "kind": "change", "output": "albumin", "at": WEEKS},
        {"name": "responder", "kind": "responder", "output": "albumin", "at": WEEKS, "response": "change >= 2"},
        {"name": "survival", "kind": "time_to_event", "events": ["death", "transplantation"], "method": "cox"},
        {"name": "restricted mean", "kind": "time_to_event", "events": ["death"], "method": "rmst"},
        {"name": "cancer", "kind": "time_to_event", "events": ["hcc"], "method": "cumulative_incidence"},
        {"name": "quality of life", "kind": "change", "output": "quality_of_life", "at": WEEKS},
        {"name": "hierarchy", "kind": "ranked", "order": ["survival", "MELD-Na"]},
    ],
    "analysis": {"primary": "MELD-Na", "reference": "placebo", "covariates": ["meld"]},
}  # fmt: skip
FEW = 10


def main() -> None:
    """Time a trial from its design to its report."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    trial = Trial(Design.model_validate(DESIGN | {"replicates": count}), "phase2")
    with tempfile.TemporaryDirectory() as folder:
        begun, steps = time.perf_counter(), {}

        def step(name: str, done: int, of: int) -> None:
            steps.setdefault(name.split(":")[0], [time.perf_counter() - begun, 0.0])[1] = time.perf_counter() - begun

        found = trial.run(out=Path(folder) / "out", progress=step)
        whole = time.perf_counter() - begun
        for name, (first, last) in steps.items():
            print(f"{name}: {last - first:.1f} s")
        before = time.perf_counter()
        again = [replicate(found.design, found.population, found.courses, "trial", k, USUAL) for k in range(1, FEW + 1)]
        alone = (time.perf_counter() - before) / FEW
        same = all(repr(one.estimates) == repr(other.estimates)
                   for one, other in zip(again, found.replicates, strict=False))  # fmt: skip
    power = found.power()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{count} replicates, as many where nothing works, tables and report: {whole:.0f} s; one replicate alone "
          f"{alone:.3f} s; {'the same' if same else 'OTHER'} estimates; {memory:.2f} GiB")  # fmt: skip
    print(f"power {power['power']['share']:.3f}, type I error {power['type_1_error']['share']:.4f}")


if __name__ == "__main__":
    main()
