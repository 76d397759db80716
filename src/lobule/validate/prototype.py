"""The checks of the prototype that the model's design came with, disease only, with its windows.

Their windows were its author's; many are wider than those of the facts, and its own model was tuned to them. They are
kept so that nothing it could do is lost. Its checks of cells, conditioned medium and attribution belong to therapies.
"""

from __future__ import annotations

import numpy as np

from lobule.patient import Patient
from lobule.patient.patient import YEAR
from lobule.simulation.courses import Courses, run_courses
from lobule.validate.animals import acute, chronic
from lobule.validate.check import COLLAGEN, REMOVED_BY, Found
from lobule.validate.people import ETIOLOGIES, meld, untreated

CIRRHOSIS = 17.0  # % collagen area, as the prototype counted it
LATE = 45 * YEAR


def prototype_checks() -> Found:
    """All of them."""
    yield from _animals()
    c = untreated()
    begin = {name: c.first_day(name, COLLAGEN, CIRRHOSIS) for name in ETIOLOGIES}
    treated = run_courses(
        {
            name: Patient(etiology=name, years=min(day / YEAR + 1, 75), treated_with=(REMOVED_BY[name],))
            for name, day in begin.items()
        },
        c.times,
    )
    for name, day in begin.items():
        yield f"prototype.{name}.cirrhosis", day / YEAR
        yield from _untreated(c, name)
        yield from _after_removal(treated, name, day + YEAR)


def _animals() -> Found:
    c, injured = acute(), chronic()
    scar, alt = injured("ccl4 6 wk", "collagen_fold"), injured("ccl4 6 wk", "alt") / 30
    yield "prototype.ccl4.late_dose", alt[40]
    for weeks in (4, 8):
        yield f"prototype.ccl4.{weeks}wk", (scar[42] - scar[42 + 7 * weeks]) / (scar[42] - 1)
    yield "prototype.ccl4.alt", alt[70]
    for name in ("ccl4 1.5", "acetaminophen", "cona"):
        fold, key = c.fold(name, "alt"), f"prototype.{name.replace(' ', '_')}"
        yield f"{key}.hour", 24 * c.peak_day(name, "alt")
        yield f"{key}.fold", fold.max()
        if name != "cona":
            yield f"{key}.day7", fold[168]
            yield f"{key}.nadir", c.fold(name, "hepatocytes").min()
    tnf = c.fold("lps/galn", "tnf_alpha")[:9]
    yield "prototype.lps.hour", float(tnf.argmax())
    yield "prototype.lps.fold", tnf.max()
    yield "prototype.cona.ifn", 24 * c.peak_day("cona", "ifn_gamma")


def _untreated(c: Courses, name: str) -> Found:
    score = meld(c, name)
    yield f"prototype.{name}.meld15", c.times[np.argmax(score > 15)] / YEAR if np.any(score > 15) else float("inf")
    yield f"prototype.{name}.alt", c.at(name, "alt", 5 * YEAR)
    for output in ("albumin", "inr", "bilirubin"):
        yield f"prototype.{name}.{output}", c.at(name, output, LATE)


def _after_removal(c: Courses, name: str, day: float) -> Found:
    """Five years from the day on which the cause is gone."""

    def change(output: str) -> float:
        return c.at(name, output, day + 5 * YEAR) - c.at(name, output, day)

    yield f"prototype.{name}.scar", -change(COLLAGEN) / (c.at(name, COLLAGEN, day) - 2.5)
    yield f"prototype.{name}.albumin_gain", change("albumin")
    score = meld(c, name)
    yield f"prototype.{name}.meld_change", np.interp(day + 5 * YEAR, c.times, score) - np.interp(day, c.times, score)
