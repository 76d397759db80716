"""What conditioned medium is made of: facts T3 and T4.

Medium is the vesicles of its cells and their soluble factors. Both can be given apart: vesicles "of 1e6 cells", and
medium from which vesicles were removed.
"""

from __future__ import annotations

import numpy as np

from lobule.patient import Animal
from lobule.simulation.courses import Courses
from lobule.simulation.subject import Subject
from lobule.therapy import Part, Plan
from lobule.validate.check import COLLAGEN, Found
from lobule.validate.treated import once_a_reading, run_courses

MEDIUM, WITHOUT, VESICLES = "uc-msc-medium", "uc-msc-medium-without-ev", "uc-msc-ev"
READ = 42.0


def medium_checks() -> Found:
    """All of them."""
    whole = _effect("medium")
    yield "medium.sum", _effect("both parts") / whole
    yield "medium.vesicles", _effect("vesicles") / whole
    yield "medium.much_depleted", 1 - _effect("much without vesicles")
    yield "medium.of_fibroblasts", _effect("of fibroblasts")


@once_a_reading
def _mice() -> Courses:
    """Mice with six weeks of CCl4, three weekly doses from day 21."""
    plans: dict[str, Part | list[Part]] = {
        "medium": _weekly(MEDIUM, "1e6 cell"),
        "vesicles": _weekly(VESICLES, "1e6 cell"),
        "both parts": [_weekly(WITHOUT, "1e6 cell"), _weekly(VESICLES, "1e6 cell")],
        "much without vesicles": _weekly(WITHOUT, "1e7 cell"),
        "of fibroblasts": _weekly("fibroblast-medium", "1e6 cell"),
    }
    subjects: dict[str, Subject] = dict.fromkeys(("untreated", *plans), Animal("mouse", injury="ccl4", weeks=6))
    return run_courses(subjects, np.arange(0, READ + 1), plans=plans)


def _weekly(product: str, dose: str) -> Plan:
    return Plan(product, dose, start="21 d", every="7 d", n=3)


def _effect(name: str) -> float:
    c = _mice()
    return 1 - c.at(name, COLLAGEN, READ) / c.at("untreated", COLLAGEN, READ)
