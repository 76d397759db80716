"""A replicate made by hand, with all that tables of submission can hold, so that they are tested without a liver."""

import numpy as np
import pandas as pd

from lobule.files.design import EVENTS, Design
from lobule.trial.conduct import COMPLETED, DIED, LOST, TRANSPLANTED, Conducted, scored
from lobule.trial.population import Population
from lobule.trial.runs import Courses

PLAN = {"product": "uc-msc", "dose": "1e6 cell/kg", "every": "28 d", "n": 3}
FULL = {
    "title": "A toy trial, µ and ≥", "population": {"groups": [{"etiology": "hbv"}]},
    "arms": [{"name": "MSC", "plan": [PLAN]}, {"name": "placebo"}], "patients": 30, "care": ["antiviral"],
    "visits": ["0 d", "28 d", "30 d", "84 d"], "members": 0, "transplantation": True,
    "randomisation": {"method": "stratified", "strata": ["age >= 50"]},
    "assays": [{"name": "albumin"}, {"name": "bilirubin"}, {"name": "alt"}, {"name": "ascites"}],
    "endpoints": [
        {"name": "albumin", "kind": "change", "output": "albumin", "at": "84 d"},
        {"name": "survival", "kind": "time_to_event", "events": ["death"]},
        {"name": "without transplant", "kind": "time_to_event", "events": ["death", "transplantation"]},
        {"name": "cancer", "kind": "time_to_event", "events": ["hcc"], "method": "cumulative_incidence"},
    ],
    "analysis": {"primary": "albumin", "reference": "placebo", "rescue": "hypothetical"},
}  # fmt: skip


def toy_design(**changes):
    return Design.model_validate(FULL | changes)


def toy_trial(design, n=30, seed=1):
    """Population, what was observed, and the courses of each arm: values are random, doses as planned."""
    rng = np.random.default_rng(seed)
    visits, end = np.array(design.visit_days), design.end
    arm = np.arange(n) % len(design.arms)
    ends = {kind: np.where(rng.random(n) < share, rng.uniform(1, end, n), np.inf)
            for kind, share in (("death", 0.2), ("lost", 0.15), ("transplantation", 0.1))}  # fmt: skip
    left = np.minimum.reduce([np.full(n, end), *ends.values()])
    why = np.select([ends["death"] <= left, ends["transplantation"] <= left, ends["lost"] <= left],
                    [DIED, TRANSPLANTED, LOST], COMPLETED)  # fmt: skip
    events = {name: np.where(rng.random(n) < 0.15, rng.uniform(0, end, n), np.inf) for name in EVENTS} | {
        name: ends[name] for name in ("death", "transplantation")}  # fmt: skip
    events = {name: np.where(day <= left, day, np.inf) for name, day in events.items()}
    measured = {name: np.exp(rng.normal(3.4, 0.6, (n, len(visits)))) + 5 for name in design.measured()}
    if "alt" in measured:
        measured["alt"][:4, 1:3] = measured["alt"][:4, :1] * 4 + 300
    if "bilirubin" in measured:
        measured["bilirubin"][5, 0] = measured["bilirubin"][6, 1] = 2.0  # the limit of detection
    measured |= scored(measured) | {"quality_of_life": rng.uniform(0.3, 1, (n, len(visits)))}
    absent = (visits[None, :] > left[:, None]) | (rng.random((n, len(visits))) < 0.05)
    absent[:, 0] = False
    measured = {name: np.where(absent, np.nan, values) for name, values in measured.items()}
    people = pd.DataFrame({"number": range(60), "etiology": "hbv", "age": rng.uniform(30, 80, 60),
                           "female": rng.integers(0, 2, 60), "years": 10.0})  # fmt: skip
    rescued = np.where((rng.random(n) < 0.2) & (left > 28), 28.0, np.nan)
    rows = rng.integers(0, 60, n)
    known = {"age": people["age"].to_numpy()[rows], "female": people["female"].to_numpy(float)[rows]}
    stratum = rng.integers(0, 2 ** len(design.randomisation.strata), n)
    seen = Conducted(rows, arm, np.sort(rng.uniform(0, 365, n)), stratum, visits, measured, known, events, left, why,
                     rescued)  # fmt: skip
    return Population(people, {}, {}), seen, [_courses(design, a) for a in range(len(design.arms))]


def _courses(design, a):
    parts = [None] * len(design.care) + design.parts(a)
    most = max((getattr(part, "n", 0) for part in parts if part is not None), default=0)
    given_on = np.full((60, len(parts), most), np.nan)
    for i, part in enumerate(parts):
        if hasattr(part, "n"):
            given_on[:, i, : part.n] = part.times()
    return Courses(np.array([0.0]), {}, np.empty((60, 0)), {}, given_on=given_on)
