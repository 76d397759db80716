"""One patient's labs become a posterior over virtual patients, and a forecast with and without each plan.

The posterior is that of `lobule.forecast.posterior`; its particles are solved again on the engine, each with one member
of the calibrated ensemble, from the last measurement on, at the patient's own labs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.calibrate.measured import UNTREATED
from lobule.errors import InputError
from lobule.files.course import Course
from lobule.files.person import Person
from lobule.forecast.check import check
from lobule.forecast.errors import LEVELS
from lobule.forecast.likelihood import at
from lobule.forecast.nearest import Nearest, nearest
from lobule.forecast.pool import POOL, pool_without_blows
from lobule.forecast.posterior import Posterior, posterior
from lobule.forecast.usual_care import care_of
from lobule.forecast.verdict import FEW, Check
from lobule.model.parameters import values_for
from lobule.patient import Patient
from lobule.patient.history import OUTPUTS, YEAR, care_begun
from lobule.patient.variation import variation
from lobule.progress import say
from lobule.scores.clinic import clinical
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd
from lobule.simulation.reading import COUNTED, PUBLISHED, a_reading, constants_of, unexplained_share
from lobule.simulation.treatment import Treatment
from lobule.statistics.weighted import shrinkage
from lobule.therapy import Care, Part, Plan
from lobule.therapy.regimen import Regimen

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
PARTICLES = 100
PAST = 25  # times at which the course up to the last measurement is kept
RTOL = 1e-4
RANKED = ("survival", "meld", "albumin", "bilirubin")  # what a forecast tells of its end
CARE, STUDIED = "care", "under study"  # kinds of plans: what is known to help, and what is not proven


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
    check : whether the fit holds
    nearest : the virtual person most like the patient
    care : that the patient has, and begun (PARTICLES,) years of disease at which the particles have it; None without
    """

    etiology: str
    course: Course
    ids: NDArray[np.int64]
    years: Values
    varied: dict[str, Values]
    past: dict[str, Values]
    size: float
    table: pd.DataFrame
    check: Check
    nearest: Nearest
    care: str | None = None
    begun: Values | None = None

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
    person: Person | None = None,
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
    person : whose signs and treatment count too

    Raises
    ------
    InputError : an unknown etiology, a course of more than 20 years, labs that no virtual patient comes near.
    """
    import pandas as pd

    who = replace(person or Person("", course), course=course, age=age, sex=sex, etiology=etiology)
    care = care_of(who)
    candidates = pool_without_blows(etiology, pool, seed, care.name if care else None)
    say("likelihood of the labs")
    found = posterior(who, etiology, candidates, seed, PARTICLES)
    most_like, candidates = nearest(who, etiology, candidates), found.pool
    varied = {name: values[found.rows] for name, values in candidates.of.varied.items()}
    varied |= {LEVELS[lab]: np.exp(_drawn_level(found, lab)) for lab in found.residuals}
    varied |= _who(found.years, age, sex)
    levels = {LEVELS[lab] for lab in found.residuals}
    told = shrinkage(np.full(PARTICLES, 1 / PARTICLES), varied, {n: variation()[n] for n in variation() if n in levels})
    others = {name: spread for name, spread in variation().items() if name not in levels}
    told += shrinkage(found.of_people, candidates.of.varied, others)
    table = pd.DataFrame(told).sort_values("shrinkage", ignore_index=True)
    places = found.visits[:, None] + np.linspace(0.0, found.span, PAST)[None, :] / candidates.step
    past = {lab: np.exp(at(candidates.shape(lab), found.rows, places)) * varied[LEVELS[lab]][:, None]
            for lab in found.residuals}  # fmt: skip
    ids, years = candidates.of.ids[found.rows], found.years
    begun = None if candidates.of.begun is None else candidates.of.begun[found.rows]
    return Fit(candidates.of.etiology, course, ids, years, varied, past, found.size, table, check(found), most_like,
               care.name if care else None, begun)  # fmt: skip


def _drawn_level(found: Posterior, lab: str) -> Values:
    """Logarithm of what the particles' labs are multiplied by at the last measurement, (n_particles,), drawn."""
    last = found.residuals[lab].last
    variance = last[:, 2] + last[:, 3] + 2 * last[:, 4]
    noise = found.random.standard_normal(len(found))
    return np.asarray(last[:, 0] + last[:, 1] + np.sqrt(np.maximum(variance, 0)) * noise, float)


def _who(years: Values, age: float | None, sex: str | None) -> dict[str, Values]:
    """Factors that give particles the age and sex of the patient, as far as they are known."""
    usual = values_for("human")
    found = {} if age is None else {"age_at_onset": np.maximum(age - years, 0.0) / usual["age_at_onset"]}
    return found if sex is None else found | {"male": np.full(len(years), float(sex == "m") / usual["male"])}


@dataclass(frozen=True)
class Forecast:
    """days (n_times,) from the last measurement; values {plan: {output: (n_particles, n_times)}}; table: one row a
    plan, care first (see `forecast`)"""

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
    Forecast : its table has plan, kind (care, or under study: with a product), reading, survival and meld and albumin
        at the end with low and high (90 %), gain (of survival over no further treatment), better (share of particles
        with more survival); care is ranked by survival, what is under study stands below it; as published also the
        median of each output as counted (survival_counted ...) and the share of its effect that that does not reach
        (survival_unexplained_share ..., see `lobule.simulation.reading`).

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
    found = {name: course_under(fit, parts, chosen, grid, word) for name, parts in everything.items()}
    studied = {name for name, parts in plans.items() if with_product(parts)}
    beside = None
    if word == PUBLISHED:
        beside = {
            name: course_under(fit, parts, chosen, grid, COUNTED) if with_product(parts) else found[name]
            for name, parts in everything.items()
        }
    return Forecast(grid, found, pd.DataFrame(_ranked(found, beside, studied)).assign(reading=word))


def with_product(parts: Part | Sequence[Part]) -> bool:
    """Whether a product under study is given."""
    return any(isinstance(part, Plan) for part in ([parts] if isinstance(parts, Plan | Care) else parts))


def course_under(
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
    has = [] if fit.care is None or fit.begun is None else care_begun(fit.care, fit.begun)
    particles = crowd.add(patient, times, regimen, n=n, factors=[fit.varied, members], treatments=treatments,
                          events=has, sets=constants_of(reading))  # fmt: skip
    solved = crowd.solve(OUTPUTS, RTOL)
    values = {name: solved.values(particles, name) for name in OUTPUTS}
    # A member of the ensemble has another course until today: what was measured is where each begins
    values |= {lab: values[lab] * (past[:, -1:] / values[lab][:, :1]) for lab, past in fit.past.items()}
    hazard = values["cumulative_death_hazard"]
    return values | clinical(values) | {"survival": np.exp(-(hazard - hazard[:, :1]))}


def _ranked(
    found: Mapping[str, Mapping[str, Values]], beside: Mapping[str, Mapping[str, Values]] | None, studied: set[str]
) -> list[dict[str, object]]:
    """A row a plan: care, the best first, then what is under study, which is not ranked above care."""
    rows: list[dict[str, object]] = []
    alone = found[UNTREATED]["survival"][:, -1]
    for name, values in found.items():
        row: dict[str, object] = {"plan": name, "kind": STUDIED if name in studied else CARE}
        for output in RANKED:
            low, middle, high = np.nanpercentile(values[output][:, -1], (5, 50, 95))
            row |= {output: middle, f"{output}_low": low, f"{output}_high": high}
            if beside is not None:
                counted, base = (float(np.nanmedian(some[output][:, -1])) for some in (beside[name], found[UNTREATED]))
                share = unexplained_share(float(middle), base, counted)
                row |= {f"{output}_counted": counted, f"{output}_unexplained_share": np.nan if share is None else share}
        gain = values["survival"][:, -1] - alone
        rows.append(row | {"gain": float(np.nanmedian(gain)), "better": float(np.nanmean(gain > 1e-6))})
    return sorted(rows, key=lambda row: (row["kind"] == STUDIED, -float(row["gain"])))  # type: ignore[arg-type]
