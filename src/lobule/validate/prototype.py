"""The checks of the prototype that the model's design came with, disease only, with its windows.

Their windows were its author's; many are wider than those of `checks.py`, and its own model was tuned to them. They are
kept so that nothing it could do is lost. Its checks of cells, conditioned medium and attribution belong to therapies.
"""

from __future__ import annotations

import numpy as np

from lobule.labs import to_clinic
from lobule.patient import Patient
from lobule.patient.patient import YEAR
from lobule.simulation.courses import Courses, run_courses
from lobule.validate.check import COLLAGEN, REMOVED_BY, Check, check

CIRRHOSIS = 17.0  # % collagen area, as the prototype counted it
SOURCE = "prototype"
PACE = {"hbv": (8, 32), "hcv": (12, 35), "alcohol": (6, 25), "mash": (12, 40), "autoimmune": (4, 25)}


def meld(courses: Courses, name: str) -> np.ndarray:
    """MELD without rounding, its three parts bounded as the rule says."""
    bilirubin = np.maximum(to_clinic("bilirubin", courses(name, "bilirubin")), 1)
    creatinine = np.clip(courses(name, "creatinine") / 88.4, 1, 4)
    inr = np.maximum(courses(name, "inr"), 1)
    return 3.78 * np.log(bilirubin) + 11.2 * np.log(inr) + 9.57 * np.log(creatinine) + 6.43


def prototype_checks(acute: Courses, chronic: Courses, untreated: Courses) -> list[Check]:
    """All of them."""
    return [*_animals(acute, chronic), *_people(untreated)]


def _animals(acute: Courses, chronic: Courses) -> list[Check]:
    scar = chronic("ccl4 6 wk", "collagen_fold")
    alt = chronic("ccl4 6 wk", "alt") / 30

    def gone(days: int) -> float:
        return (scar[42] - scar[42 + days]) / (scar[42] - 1)

    found = [
        check("prototype.ccl4.late_dose", "CCl4: ALT fold a day after a late dose", 5, 20, alt[40], SOURCE),
        check("prototype.ccl4.4wk", "CCl4: share of excess collagen gone after 4 weeks", 0.15, 0.7, gone(28), SOURCE),
        check("prototype.ccl4.8wk", "CCl4: share of excess collagen gone after 8 weeks", 0.3, 0.9, gone(56), SOURCE),
        check("prototype.ccl4.alt", "CCl4: ALT fold 4 weeks after the last dose", 0.6, 1.6, alt[70], SOURCE),
    ]
    windows = {
        "ccl4 1.5": ("CCl4 1.5 mL/kg", 12, 48, 30, 400),
        "acetaminophen": ("acetaminophen 300 mg/kg", 12, 48, 30, 400),
        "cona": ("concanavalin A", 6, 30, 10, 200),
    }
    for name, (title, early, late, low, high) in windows.items():
        fold, key = acute.fold(name, "alt"), f"prototype.{name.replace(' ', '_')}"
        found.append(
            check(
                f"{key}.hour", f"{title}: hour of the ALT peak", early, late, 24 * acute.peak_day(name, "alt"), SOURCE
            )
        )
        found.append(check(f"{key}.fold", f"{title}: ALT peak, fold", low, high, fold.max(), SOURCE))
        if name != "cona":
            found.append(check(f"{key}.day7", f"{title}: ALT on day 7, fold", 0.5, 3, fold[168], SOURCE))
            least = acute.fold(name, "hepatocytes").min()
            found.append(check(f"{key}.nadir", f"{title}: least healthy hepatocytes", 0.4, 0.85, least, SOURCE))
    tnf, ifn = acute.fold("lps/galn", "tnf_alpha")[:9], acute.peak_day("cona", "ifn_gamma")
    return [
        *found,
        check("prototype.lps.hour", "LPS/galactosamine: hour of the TNF peak", 0.5, 6, float(tnf.argmax()), SOURCE),
        check("prototype.lps.fold", "LPS/galactosamine: TNF peak, fold", 15, 200, tnf.max(), SOURCE),
        check("prototype.cona.ifn", "concanavalin A: hour of the IFN-gamma peak", 1, 10, 24 * ifn, SOURCE),
    ]


def _people(c: Courses) -> list[Check]:
    found, late = [], 45 * YEAR
    begin = {name: c.first_day(name, COLLAGEN, CIRRHOSIS) for name in PACE}
    treated = run_courses(
        {
            name: Patient(etiology=name, years=min(day / YEAR + 1, 75), treated_with=(REMOVED_BY[name],))
            for name, day in begin.items()
        },
        c.times,
    )
    for name, (low, high) in PACE.items():
        score = meld(c, name)
        years = c.times[np.argmax(score > 15)] / YEAR if np.any(score > 15) else float("inf")
        key, day = f"prototype.{name}", begin[name] + YEAR

        def change(output: str, name: str = name, day: float = day) -> float:
            return treated.at(name, output, day + 5 * YEAR) - treated.at(name, output, day)

        scar = -change(COLLAGEN) / (treated.at(name, COLLAGEN, day) - 2.5)
        course = meld(treated, name)
        score_change = float(np.interp(day + 5 * YEAR, c.times, course) - np.interp(day, c.times, course))
        found += [
            check(f"{key}.cirrhosis", f"{name}: years to 17 % collagen", low, high, begin[name] / YEAR, SOURCE),
            check(f"{key}.meld15", f"{name}: years to MELD 15", low, 45, years, SOURCE),
            check(f"{key}.alt", f"{name}: ALT at 5 years, U/L", 35, 200, c.at(name, "alt", 5 * YEAR), SOURCE),
            check(f"{key}.albumin", f"{name}: albumin at 45 years, g/L", 20, 34, c.at(name, "albumin", late), SOURCE),
            check(f"{key}.inr", f"{name}: INR at 45 years", 1.3, 2.6, c.at(name, "inr", late), SOURCE),
            check(
                f"{key}.bilirubin",
                f"{name}: bilirubin at 45 years, umol/L",
                20,
                150,
                c.at(name, "bilirubin", late),
                SOURCE,
            ),
            check(f"{key}.scar", f"{name}: share of scar gone 5 years after removal", 0.1, 0.75, scar, SOURCE),
            check(
                f"{key}.albumin_gain", f"{name}: albumin gained in those years, g/L", 0.5, 12, change("albumin"), SOURCE
            ),
            check(f"{key}.meld_change", f"{name}: change of MELD in those years", -8, -0.3, score_change, SOURCE),
        ]
    return found
