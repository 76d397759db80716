"""One patient's labs become a posterior over virtual patients, and a forecast with and without each plan.

Every visit of every untreated virtual patient of that etiology is a candidate for the first measurement; its own later
course is held against the later ones, and the patient's own level of each lab is integrated out. The posterior is those
visits, weighted by their likelihood (importance sampling from the prior, exact up to the number of candidates, which is
reported as an effective sample size).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.errors import InputError
from lobule.files.course import Course
from lobule.labs import labs
from lobule.model.parameters import values_for
from lobule.patient import Patient
from lobule.patient.history import OUTPUTS, YEAR, Histories, histories
from lobule.patient.onset import onset_ages
from lobule.patient.variation import variation
from lobule.progress import say
from lobule.scores.clinic import clinical
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd
from lobule.simulation.reading import COUNTED, PUBLISHED, a_reading, constants_of, unexplained_share
from lobule.simulation.treatment import Treatment
from lobule.statistics.balance import effective_size
from lobule.statistics.weighted import log_chance, resample, shrinkage, weights_of
from lobule.therapy import Care, Part, Plan
from lobule.therapy.regimen import Regimen

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
POOL = 4000
PARTICLES = 100
PAST = 25  # times at which the course up to the last measurement is kept
# The parameter that a lab is proportional to: a patient's own healthy level
LEVELS = {name: lab.level for name, lab in labs().items() if lab.level}
# How far a lab lies from the model's course (standard deviation of the logarithm)
ERRORS = {name: labs()[name].error_cv for name in LEVELS}
FEW = 20.0  # effective size below which the fit says that few virtual patients are like this one
LIKE_AGE = 5.0  # years; assumed: how far the age of a virtual patient may be from the patient's
LATEST = 20  # years that a course may last
RTOL = 1e-4
UNTREATED = "no further treatment"
RANKED = ("survival", "meld", "albumin", "bilirubin")  # what a forecast tells of its end


@dataclass(frozen=True)
class Fit:
    """The posterior of one patient.

    Attributes
    ----------
    etiology : cause of disease
    ids, years : (PARTICLES,) virtual patients and their years of disease at the first measurement, equally likely
    varied : {parameter: (PARTICLES,) factors}
    past : {lab: (PARTICLES, 25)} courses from the first measurement to the last
    size : effective number of candidates
    table : one row a parameter: parameter, prior_sd_log, mean_log, sd_log, shrinkage (posterior over prior)
    """

    etiology: str
    course: Course
    ids: NDArray[np.int64]
    years: Values
    varied: dict[str, Values]
    past: dict[str, Values]
    size: float
    table: pd.DataFrame

    @property
    def sparse(self) -> bool:
        """Few virtual patients are like this one, so that the bands are rough."""
        return self.size < FEW


def fit_patient(
    course: Course,
    etiology: str,
    pool: int = POOL,
    seed: int = 1,
    age: float | None = None,
    sex: str | None = None,
) -> Fit:
    """The posterior of a patient.

    Parameters
    ----------
    course : labs over time, as read
    etiology : a cause that befalls people
    pool : virtual patients
    seed : of the pool and of the draws
    age, sex : of the patient at the first measurement, years and "f" or "m"; virtual patients of about that age count,
        and have that age and sex from then on

    Raises
    ------
    InputError : an unknown etiology, a course of more than 20 years, labs that no virtual patient comes near.
    """
    import pandas as pd

    if course.days[-1] > LATEST * YEAR:
        raise InputError(f"the labs span {course.days[-1] / YEAR:.0f} years; a fit takes {LATEST} at most")
    candidates, shapes, alive = _candidates(etiology, pool, seed)
    say("likelihood of the labs")
    found = likelihood(course, shapes, candidates.years)
    logs = found.log + alive + _of_age(candidates, age)
    if not np.isfinite(logs.max()):
        raise InputError(f"no virtual patient with {etiology} lives as long as these labs last")
    weights = weights_of(logs)
    rng = np.random.default_rng(seed)
    rows, columns = np.unravel_index(resample(weights.ravel(), PARTICLES, rng), weights.shape)
    varied = {name: values[rows] for name, values in candidates.varied.items()}
    for name in course.values:  # the patient's own levels, drawn from their posterior
        level = found.level_mean[name][rows, columns] + found.level_sd[name] * rng.standard_normal(PARTICLES)
        varied[LEVELS[name]] = np.exp(level)
    varied |= _who(candidates.years[columns], age, sex)
    of_patient = weights.sum(axis=1)
    levels = {LEVELS[name]: variation()[LEVELS[name]] for name in course.values}
    others = {name: spread for name, spread in variation().items() if name not in levels}
    table = shrinkage(np.full(PARTICLES, 1 / PARTICLES), varied, levels)
    table += shrinkage(of_patient, candidates.varied, others)
    frame = pd.DataFrame(table).sort_values("shrinkage", ignore_index=True)
    seen = np.linspace(0.0, course.days[-1], PAST) / YEAR
    past = {
        name: np.array(
            [
                np.interp(candidates.years[c] + seen, candidates.years, candidates.values[name][r])
                * (varied[LEVELS[name]][k] / candidates.varied[LEVELS[name]][r])
                for k, (r, c) in enumerate(zip(rows, columns, strict=True))
            ]
        )
        for name in course.values
    }
    return Fit(
        etiology,
        course,
        candidates.ids[rows],
        candidates.years[columns],
        varied,
        past,
        effective_size(of_patient),
        frame,
    )


def _of_age(candidates: Histories, age: float | None) -> Values:
    """Logarithm of how much each visit counts at an age, (n_patients, n_visits)."""
    ages = onset_ages(candidates.varied)[:, None] + candidates.years
    return np.zeros(ages.shape) if age is None else -0.5 * ((ages - age) / LIKE_AGE) ** 2


def _who(years: Values, age: float | None, sex: str | None) -> dict[str, Values]:
    """Factors that give particles the age and sex of the patient, as far as they are known."""
    usual = values_for("human")
    found = {} if age is None else {"age_at_onset": np.maximum(age - years, 0.0) / usual["age_at_onset"]}
    return found if sex is None else found | {"male": np.full(len(years), float(sex == "m") / usual["male"])}


@lru_cache(maxsize=1)
def _candidates(etiology: str, pool: int, seed: int) -> tuple[Histories, Shapes, Values]:
    """Virtual patients, the shapes of their labs, and the logarithm of the share alive (n_patients, n_visits): the
    same for every patient of a table."""
    found = histories(etiology, pool, seed, lambda done: say("virtual patients", done, pool))
    alive = -np.asarray(found.values["cumulative_death_hazard"], float)
    return found, Shapes(found.values, found.varied), np.where(np.isfinite(alive), alive, -np.inf)


class Shapes(dict[str, Values]):
    """Logarithm of each lab less that of the patient's own level, (n_patients, n_visits), made when asked for.

    Parameters
    ----------
    values : {lab: (n_patients, n_visits)}
    varied : {parameter: (n_patients,)} factors of the virtual patients
    """

    def __init__(self, values: Mapping[str, NDArray[np.floating]], varied: Mapping[str, Values]) -> None:
        super().__init__()
        self.values_of, self.varied = values, varied

    def __missing__(self, name: str) -> Values:
        values = np.log(np.maximum(np.asarray(self.values_of[name], float), 1e-9))
        values -= np.log(self.varied[LEVELS[name]])[:, None]
        self[name] = values
        return values


@dataclass(frozen=True)
class Likelihood:
    """log : (n_patients, n_visits), -inf where a course is too short; level_mean {lab: (n_patients, n_visits)} and
    level_sd {lab: sd}: posterior of the logarithm of the patient's own level of each lab, given the visit"""

    log: Values
    level_mean: dict[str, Values]
    level_sd: dict[str, float]


def likelihood(course: Course, shapes: Mapping[str, Values], years: Values) -> Likelihood:
    """How well every visit does as the first measurement.

    A lab is proportional to the patient's own healthy level, whose prior is lognormal, so that the level is integrated
    out in closed form: of each virtual patient only the shape of the course counts. A value beyond a limit of detection
    counts by the probability of lying there, at the most likely level.

    Parameters
    ----------
    course : labs over time
    shapes : of the labs, see `Shapes`
    years : (n_visits,), evenly spaced
    """
    shape = shapes[next(iter(course.values))].shape
    total = np.zeros(shape)
    means: dict[str, Values] = {}
    spreads: dict[str, float] = {}
    for name, measured in course.values.items():
        plain = shapes[name]
        seen = np.isfinite(measured)
        exact = np.flatnonzero(seen & (course.beyond[name] == 0))
        error, prior = ERRORS[name], variation()[LEVELS[name]]
        n, first, second = len(exact), np.zeros(shape), np.zeros(shape)
        for k in exact:
            gap = np.log(max(measured[k], 1e-9)) - _later(plain, course.days[k], years)
            first += gap
            second += np.square(gap)
        both = error**2 + n * prior**2
        total += -0.5 * n * np.log(2 * np.pi) - (n - 1) * np.log(error) - 0.5 * np.log(both)
        total -= (second - prior**2 * first**2 / both) / (2 * error**2)
        means[name] = prior**2 * first / both
        spreads[name] = prior * error / np.sqrt(both)
        for k in np.flatnonzero(seen & (course.beyond[name] != 0)):
            z = np.log(max(measured[k], 1e-9)) - _later(plain, course.days[k], years) - means[name]
            total += log_chance(z / np.hypot(error, spreads[name]), int(course.beyond[name][k]))
    return Likelihood(np.where(np.isfinite(total), total, -np.inf), means, spreads)


def _later(values: Values, days: float, years: Values) -> Values:
    """Every visit's value some days later, NaN beyond the end."""
    places = days / YEAR / (years[1] - years[0])
    whole, part = int(places), places - int(places)
    between = part > 1e-12
    left = max(values.shape[1] - whole - between, 0)
    later = np.full(values.shape, np.nan)
    later[:, :left] = values[:, whole : whole + left]
    if between:
        later[:, :left] *= 1 - part
        later[:, :left] += part * values[:, whole + 1 : whole + 1 + left]
    return later


@dataclass(frozen=True)
class Forecast:
    """days (n_times,) from the last measurement; values {plan: {output: (n_particles, n_times)}}; table: one row a
    plan, best first (see `forecast`)"""

    days: Values
    values: dict[str, dict[str, Values]]
    table: pd.DataFrame


def forecast(
    fit: Fit,
    plans: Mapping[str, Part | Sequence[Part]],
    days: float = 365.25,
    seed: int = 1,
    reading: str = PUBLISHED,
) -> Forecast:
    """What becomes of the patient from the last measurement on, with and without each plan.

    Every particle meets one member of the calibrated ensemble.

    Parameters
    ----------
    fit : the posterior
    plans : {name: what is given, from the last measurement on}; "no further treatment" is added
    days : length of the forecast
    reading : "published" or "counted", as of `simulate`

    Returns
    -------
    Forecast : its table has plan, reading, survival and meld and albumin at the end with low and high (90 %), gain (of
        survival over no further treatment), better (share of particles with more survival), ranked by survival; as
        published also the median of each output as counted (survival_counted ...) and the share of its effect that
        that does not reach (survival_unexplained_share ..., see `lobule.simulation.reading`).

    Raises
    ------
    InputError : a plan that cannot be given to a person, another reading.
    """
    import pandas as pd

    if not days > 0:
        raise InputError(f"a forecast needs a length above 0, not {days:g} d")
    n = len(fit.years)
    members = ensemble.factors(species="human")
    drawn = np.random.default_rng(seed).integers(0, ensemble.size(), n)
    chosen = {name: factor[drawn] for name, factor in members.items()}
    grid = np.linspace(0.0, days, 25)
    word, everything = a_reading(reading), {UNTREATED: (), **plans}
    found = {name: _course(fit, parts, chosen, grid, word) for name, parts in everything.items()}
    beside = None
    if word == PUBLISHED:
        beside = {
            name: _course(fit, parts, chosen, grid, COUNTED) if _with_product(parts) else found[name]
            for name, parts in everything.items()
        }
    return Forecast(grid, found, pd.DataFrame(_ranked(found, beside)).assign(reading=word))


def _with_product(parts: Part | Sequence[Part]) -> bool:
    return any(isinstance(part, Plan) for part in ([parts] if isinstance(parts, Plan | Care) else parts))


def _course(
    fit: Fit, plan: Part | Sequence[Part], members: Mapping[str, Values], grid: Values, reading: str
) -> dict[str, Values]:
    """Every particle under a plan, {output: (n, n_times)}; survival and MELD among them."""
    n, begin = len(fit.years), fit.years * YEAR + float(fit.course.days[-1])
    # Usual constants under the factors of the particles, which would multiply the age at onset of the cause
    usual = dict.fromkeys(fit.varied, 1.0)
    patient = Patient(etiology=fit.etiology, years=float(fit.years[0]), varied=usual)
    regimen = Regimen.of(plan if isinstance(plan, Plan | Care) else list(plan), patient)
    treatments = [Treatment.of(regimen, float(day / YEAR) * YEAR) for day in begin] if regimen.parts else []
    times = np.round(begin[:, None] + grid[None, :], 6)
    crowd = Crowd(model.compiled("human"))
    particles = crowd.add(patient, times, regimen, n=n, factors=[fit.varied, members], treatments=treatments,
                          sets=constants_of(reading))  # fmt: skip
    solved = crowd.solve(OUTPUTS, RTOL)
    values = {name: solved.values(particles, name) for name in OUTPUTS}
    hazard = values["cumulative_death_hazard"]
    return values | clinical(values) | {"survival": np.exp(-(hazard - hazard[:, :1]))}


def _ranked(
    found: Mapping[str, Mapping[str, Values]], beside: Mapping[str, Mapping[str, Values]] | None
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    alone = found[UNTREATED]["survival"][:, -1]
    for name, values in found.items():
        row: dict[str, object] = {"plan": name}
        for output in RANKED:
            low, middle, high = np.nanpercentile(values[output][:, -1], (5, 50, 95))
            row |= {output: middle, f"{output}_low": low, f"{output}_high": high}
            if beside is not None:
                counted, base = (float(np.nanmedian(some[output][:, -1])) for some in (beside[name], found[UNTREATED]))
                share = unexplained_share(float(middle), base, counted)
                row |= {f"{output}_counted": counted, f"{output}_unexplained_share": np.nan if share is None else share}
        gain = values["survival"][:, -1] - alone
        rows.append(row | {"gain": float(np.nanmedian(gain)), "better": float(np.nanmean(gain > 1e-6))})
    return sorted(rows, key=lambda row: -float(row["gain"]))  # type: ignore[arg-type]
