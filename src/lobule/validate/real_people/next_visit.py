"""Other forecasts of the next lab: the last value carried forward, the patient's line, the patient's mean, and a joint
mixed model of all labs. All work on logarithms.

A prediction is a middle and a band that holds nine tenths: of the mixed model as it says; of the others, whose errors
nobody models, that of the errors they make among those who train.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from lobule.files.person import Person
from lobule.optional import needs
from lobule.patient.history import YEAR
from lobule.validate.real_people.scores import EXTRA

Values = NDArray[np.float64]
LAST, LINE, MEAN, MIXED = "last value", "the patient's line", "the patient's mean", "joint mixed model"
BAND = (0.05, 0.95)
STEPS = 200  # of the mixed model's optimum


class Asked(NamedTuple):
    """The next visit of a person: what is known before (the first `after` visits), and the day and lab that come."""

    person: Person
    after: int
    lab: str
    day: float
    truth: float


class Said(NamedTuple):
    """A forecast as logarithms."""

    middle: float
    low: float
    high: float


def asked(persons: Sequence[Person], after: int) -> list[Asked]:
    """Every lab of the visit that follows the first `after` ones, where it was measured then and before."""
    found = []
    for person in persons:
        course = person.course
        if len(course.days) <= after:
            continue
        for lab, values in course.values.items():
            exact = course.beyond[lab][after] == 0 if lab in course.beyond else True
            if exact and np.isfinite(values[after]) and values[after] > 0 and np.isfinite(values[:after]).any():
                found.append(Asked(person, after, lab, float(course.days[after]), float(values[after])))
    return found


def known(one: Asked) -> tuple[Values, Values]:
    """Years and logarithms (n,) of the lab at the visits that are known."""
    values = one.person.course.values[one.lab][: one.after]
    there = np.isfinite(values) & (values > 0)
    return one.person.course.days[: one.after][there] / YEAR, np.log(values[there])


def simple(one: Asked) -> dict[str, float]:
    """What the rivals say that nothing is fitted for."""
    years, logs = known(one)
    line = float(logs[-1])
    if len(years) > 1:
        slope, level = np.polyfit(years, logs, 1)
        line = float(level + slope * one.day / YEAR)
    return {LAST: float(logs[-1]), LINE: line, MEAN: float(logs.mean())}


def bands(train: Sequence[Asked]) -> dict[tuple[str, str], tuple[float, float]]:
    """Errors (low, high) that hold nine tenths among those who train, by (rival, lab)."""
    errors: dict[tuple[str, str], list[float]] = {}
    for one in train:
        for rival, middle in simple(one).items():
            errors.setdefault((rival, one.lab), []).append(float(np.log(one.truth)) - middle)
    return {key: (float(np.quantile(e, BAND[0])), float(np.quantile(e, BAND[1]))) for key, e in errors.items()}


def simple_said(one: Asked, errors: Mapping[tuple[str, str], tuple[float, float]]) -> dict[str, Said]:
    """The simple rivals' forecasts with their bands; without a band where nobody who trains has the lab."""
    found = {}
    for rival, middle in simple(one).items():
        low, high = errors.get((rival, one.lab), (np.nan, np.nan))
        found[rival] = Said(middle, middle + low, middle + high)
    return found


@dataclass(frozen=True)
class Mixed:
    """A joint mixed model: each lab has a line of the group, and each person a level and a slope of each lab about it,
    all normal together.

    Attributes
    ----------
    labs : in order; line (n_labs, 2) level and slope a year of the group; between (2 n_labs, 2 n_labs) covariance of
        persons, levels before slopes; within (n_labs,) standard deviation of what is left; joint : False where only
        models of single labs were found
    """

    labs: tuple[str, ...]
    line: Values
    between: Values
    within: Values
    joint: bool

    def say(self, one: Asked) -> Said:
        """The forecast of the next value, from all labs that are known."""
        place = self.labs.index(one.lab)
        rows, logs, noise = [], [], []
        for k, lab in enumerate(self.labs):
            if lab not in one.person.course.values:
                continue
            years, y = known(one._replace(lab=lab))
            rows += [self._row(k, t) for t in years]
            logs += [value - self.line[k] @ (1.0, t) for t, value in zip(years, y, strict=True)]
            noise += [self.within[k] ** 2] * len(years)
        time = one.day / YEAR
        z, ahead = np.array(rows), self._row(place, time)
        cover = z @ self.between @ z.T + np.diag(noise)
        weight = np.linalg.solve(cover, z @ self.between @ ahead)
        middle = float(self.line[place] @ (1.0, time) + weight @ np.array(logs))
        variance = ahead @ self.between @ ahead - weight @ (z @ self.between @ ahead) + self.within[place] ** 2
        low, high = norm.ppf(BAND) * np.sqrt(variance)
        return Said(middle, middle + float(low), middle + float(high))

    def _row(self, place: int, years: float) -> Values:
        row = np.zeros(2 * len(self.labs))
        row[place], row[len(self.labs) + place] = 1.0, years
        return row


def mixed_model(persons: Sequence[Person], labs: Sequence[str]) -> Mixed:
    """Fit the joint model by restricted likelihood (statsmodels), each lab first alone, whose fits the joint one starts
    from; where that one is not found, they stand."""
    frame = _long(persons, labs)
    alone = [_alone(frame[frame["lab"] == lab]) for lab in labs]
    m = len(labs)
    line, within = np.array([one[0] for one in alone]), np.array([one[2] for one in alone])
    between = np.zeros((2 * m, 2 * m))
    for k, one in enumerate(alone):
        place = np.ix_([k, m + k], [k, m + k])
        between[place] = one[1]
    found = _together(frame, labs, within, between)
    if found is None:
        return Mixed(tuple(labs), line, between, within, False)
    return Mixed(tuple(labs), *found, True)


def _long(persons: Sequence[Person], labs: Sequence[str]) -> pd.DataFrame:
    parts = []
    for person in persons:
        for lab in labs:
            values = person.course.values.get(lab)
            if values is None:
                continue
            there = np.isfinite(values) & (values > 0)
            parts.append(pd.DataFrame({"person": person.name, "lab": lab, "years": person.course.days[there] / YEAR,
                                       "log": np.log(values[there])}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _alone(frame: pd.DataFrame) -> tuple[Values, Values, float]:
    """Line of the group (2,), covariance of level and slope (2, 2), and standard deviation of what is left."""
    (models,) = needs("statsmodels.regression.mixed_linear_model", extra=EXTRA)
    x = np.column_stack([np.ones(len(frame)), frame["years"]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an optimum at the edge, where a variance is zero
        fit = models.MixedLM(frame["log"].to_numpy(), x, frame["person"].to_numpy(), exog_re=x).fit(maxiter=STEPS)
    return np.asarray(fit.fe_params), np.asarray(fit.cov_re), float(np.sqrt(fit.scale))


def _together(
    frame: pd.DataFrame, labs: Sequence[str], within: Values, between: Values
) -> tuple[Values, Values, Values] | None:
    """The same of all labs together; None where no optimum is found. Labs are scaled so that what is left of each
    varies alike, which the library's model asks for."""
    (models,) = needs("statsmodels.regression.mixed_linear_model", extra=EXTRA)
    m = len(labs)
    place = frame["lab"].map({lab: k for k, lab in enumerate(labs)}).to_numpy(int)
    x = np.zeros((len(frame), 2 * m))
    x[np.arange(len(frame)), place] = 1.0
    x[np.arange(len(frame)), m + place] = frame["years"]
    scale = np.concatenate([within, within])
    start = models.MixedLMParams.from_components(
        fe_params=np.zeros(2 * m), cov_re=between / np.outer(scale, scale) + 1e-3 * np.eye(2 * m)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = models.MixedLM((frame["log"] / within[place]).to_numpy(), x, frame["person"].to_numpy(), exog_re=x)
            fit = model.fit(start_params=start, method="lbfgs", maxiter=STEPS)
        except (np.linalg.LinAlgError, ValueError):
            return None
    covariance = np.asarray(fit.cov_re) * np.outer(scale, scale)
    if not np.isfinite(covariance).all():
        return None
    line = np.asarray(fit.fe_params).reshape(2, m).T * within[:, None]
    return line, covariance, within * float(np.sqrt(fit.scale))
