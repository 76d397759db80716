"""A small pool of made-up people, and persons seen once or more."""

import numpy as np

from lobule.files.course import Course
from lobule.files.person import Person
from lobule.forecast.errors import LEVELS
from lobule.forecast.pool import prepared
from lobule.patient.history import OUTPUTS, Histories
from lobule.patient.onset import onset_ages


def pool(n=200, visits=81, spread=0.6):
    """People whose albumin falls and whose bilirubin rises, each at a speed of its own."""
    random = np.random.default_rng(3)
    years = np.arange(visits) * 0.25
    speed = np.exp(spread * random.standard_normal(n))[:, None]
    sick = speed * years / 12
    varied = {name: np.ones(n) for name in LEVELS.values()}
    varied |= {"age_at_onset": random.uniform(0.8, 2.0, n), "male": 2.0 * (random.random(n) < 0.5)}
    values = dict.fromkeys(OUTPUTS, np.ones((n, visits), np.float32))
    values |= {
        "albumin": 42 * np.exp(-0.3 * sick), "bilirubin": 10 * np.exp(1.2 * sick), "ascites": sick**4 / 4,
        "platelets": 220 * np.exp(-0.5 * sick), "collagen_proportionate_area": 2 + 10 * sick,
        "cumulative_other_death_hazard": np.broadcast_to(years * 0.005, sick.shape),
        "cumulative_death_hazard": years * 0.005 + 0.05 * sick**4, "cumulative_decompensation_hazard": 0.05 * sick**3,
    }  # fmt: skip
    values = {name: np.asarray(v, np.float32) for name, v in values.items()}
    assert onset_ages(varied).min() > 20
    return prepared(Histories("hbv", np.arange(n), years, values, varied))


def person(days=(0.0,), name="one", age=None, sex=None, signs=None, **labs):
    """Somebody with labs in the model's units, a list a lab."""
    n = len(days)
    values = {lab: np.asarray(some, float) for lab, some in labs.items()}
    course = Course(np.asarray(days, float), values, {lab: np.zeros(n, int) for lab in values}, ())
    return Person(name, course, age, sex, None, {k: np.asarray(v, float) for k, v in (signs or {}).items()})
