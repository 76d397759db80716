"""Draw docs/patient_page.png: labs of a virtual person with the errors of a laboratory, as the page of a patient shows
them. No real person is in it, and the virtual one is of another seed than those who are fitted.

    python benchmarks/patient_page.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lobule.answers.patient_words import lab_panels
from lobule.files.course import Course
from lobule.files.person import Person
from lobule.forecast.errors import errors
from lobule.forecast.pool import pool_of, prepared
from lobule.forecast.portrait import portrait
from lobule.forecast.posterior import posterior
from lobule.patient.history import histories
from lobule.report.patient_pictures import labs_picture
from lobule.report.style import picture_bytes

PLACE = Path(__file__).parents[1] / "docs" / "patient_page.png"
CAUSE, SEED, DRAW = "pbc", 7, 4
LABS = ("albumin", "bilirubin", "inr", "platelets", "ast", "alp")
SCAR, VISITS, EVERY, YEARS = 9.0, 6, 2, 5  # % at the first visit; visits and quarters between two; years ahead


def virtual_person() -> Person:
    """The first virtual person of the seed who comes to that scar and lives on, with labs as measured."""
    random, people = np.random.default_rng(DRAW), prepared(histories(CAUSE, 20, SEED))
    scar, span = people.of.values["collagen_proportionate_area"], EVERY * (VISITS - 1)
    who, first = next(
        (k, int(np.argmax(row > SCAR)))
        for k, row in enumerate(scar)
        if (row > SCAR).any() and np.exp(people.log_alive[k, int(np.argmax(row > SCAR)) + span]) > 0.5
    )
    visits = first + EVERY * np.arange(VISITS)
    values = {}
    for lab in LABS:
        error = errors()[lab]
        off = error.wander * random.standard_normal() + error.usual * random.standard_normal(VISITS)
        values[lab] = np.asarray(people.of.values[lab][who, visits], float) * np.exp(off)
    days = 91.3 * EVERY * np.arange(VISITS)
    course = Course(days, values, {lab: np.zeros(VISITS, np.int64) for lab in LABS}, ())
    return Person("a virtual person", course, float(people.ages[who, first]))


def main() -> None:
    person = virtual_person()
    shown = portrait(posterior(person, CAUSE, pool_of(CAUSE)), [365.25 * YEARS])
    draw = labs_picture(lab_panels(shown), float(person.course.days[-1]))
    PLACE.write_bytes(picture_bytes(lambda: draw, "png"))
    print(f"{PLACE.name}: fit {shown.checked.fit}, worth {shown.checked.size:.0f} virtual people")


if __name__ == "__main__":
    main()
