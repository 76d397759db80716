"""The forecast of a table of people: each is fitted by itself, what is done is kept, progress is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lobule.calibrate.measured import UNTREATED
from lobule.errors import InputError, ResultsError
from lobule.files.person import People, Person
from lobule.forecast.added import GAINS, Asked, added
from lobule.forecast.ahead import DECOMPENSATION, SURVIVAL, ahead
from lobule.forecast.check import check
from lobule.forecast.check_words import MOST_TIMES
from lobule.forecast.other_causes import others
from lobule.forecast.plans import CARE
from lobule.forecast.pool import POOL, Pool, pool_of
from lobule.forecast.posterior import Posterior, posterior
from lobule.forecast.usual_care import under
from lobule.forecast.verdict import Check
from lobule.keeping import append_line, cache_folder
from lobule.model.digest import digest
from lobule.patient.history import fingerprint
from lobule.progress import say
from lobule.simulation import ensemble

WORKERS = 2
MOST_FITTED = 60  # posteriors that are handed on, of some megabytes each
Days = Sequence[float] | Mapping[str, Sequence[float]]
FORECAST = ["patient", "at_d", "quantity", "median", "low_5", "high_95", "mean"]
FITS = ["patient", "fit", "worst_lab", "p_worst", "p_all", "p_worse", "better_cause", "times_better", "effective_size",
        "years_of_disease", "years_low_5", "years_high_95", "scar_percent", "hvpg_mmHg", "decompensated",
        "warnings"]  # fmt: skip


@dataclass(frozen=True)
class _Work:
    """One patient's forecast to be made: key of what it depends on, days after the last visit."""

    person: Person
    key: str
    days: tuple[float, ...]


class Fitted(NamedTuple):
    """Of one patient, as long as the process lives."""

    found: Posterior
    checked: Check


class Forecasts(NamedTuple):
    """forecasts and fits as `forecast_people` gives them, forecasts with plan and kind where plans were asked for;
    gains : a row a patient and plan, see `lobule.forecast.added.GAINS`; fitted : {name: posterior and check} of those
    whose were wanted and who were not done before"""

    forecasts: pd.DataFrame
    fits: pd.DataFrame
    gains: pd.DataFrame
    fitted: dict[str, Fitted]


def forecast_people(
    people: People | Sequence[Person], etiology: str, at_days: Days, out: Path | None = None, seed: int = 1,
    pool: int = POOL,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Fit and forecast each person of a table.

    Parameters
    ----------
    people : whom; each name once
    etiology : cause of the disease of those of whom the table does not say it
    at_days : days after the last visit of each, for all or {name: for this one}
    out : folder in which finished patients are kept until all are; the cache when None. A run that was stopped goes on.
    seed, pool : of the virtual people, how many

    Returns
    -------
    forecasts : patient, at_d, quantity (survival: free of death and transplantation; decompensation, a first one: none
        of who had ascites or encephalopathy; each measured lab with its unit), median, low_5, high_95, mean (the
        chance itself, where the quantity is one), see `lobule.forecast.ahead.ahead`; at_date where the table has dates
    fits : one row a patient, see `FITS`; `fit` is good, poor or, where nothing could be fitted, none (why in warnings);
        `worst_lab` may be a sign; `decompensated` is yes or no, of what was seen

    Raises
    ------
    InputError : unknown etiology, a name twice, no or negative days.
    """
    return forecast_plans(people, etiology, at_days, None, out, seed, pool)[:2]


def forecast_plans(
    people: People | Sequence[Person], etiology: str, at_days: Days, asked: Asked | None = None,
    out: Path | None = None, seed: int = 1, pool: int = POOL, wanted: Collection[str] = (),
) -> Forecasts:  # fmt: skip
    """The same, with and without each plan that is asked for; wanted : whose posteriors are handed on."""
    fitted: dict[str, Fitted] = {}
    persons = list(people.persons if isinstance(people, People) else people)
    alike: dict[tuple[str, str | None], list[Person]] = {}
    for person in persons:
        cause = person.etiology or etiology
        alike.setdefault((cause, under(person, cause)), []).append(person)
    work = {kind: _works(some, kind[0], at_days, seed, pool, asked) for kind, some in alike.items()}
    if len({p.name for p in persons}) < len(persons):
        raise InputError("two people of the table have one name")
    journal = _Journal(out, [one.key for works in work.values() for one in works])
    for (cause, care), works in work.items():
        left = [one for one in works if one.key not in journal.found]
        if left:
            candidates = pool_of(cause, pool, seed, care)
            rest = others(cause, seed) if any(one.person.course.values for one in left) else {}
            of_cause = partial(_forecast, etiology=cause, pool=candidates, rest=rest, seed=seed, asked=asked)
            _all_of(left, partial(of_cause, fitted=fitted, wanted=wanted), journal, len(persons))
    found = [journal.found[one.key] for works in work.values() for one in works]
    order = {person.name: k for k, person in enumerate(persons)}
    found.sort(key=lambda one: order[one["fit"]["patient"]])
    columns = FORECAST if asked is None else [*FORECAST, "plan", "kind"]
    rows = _rounded(pd.DataFrame([row for one in found for row in one["forecast"]], columns=columns))
    gains = pd.DataFrame([row for one in found for row in one.get("gains", [])], columns=list(GAINS))
    return Forecasts(_dated(rows, persons), pd.DataFrame([one["fit"] for one in found], columns=FITS), gains, fitted)


def _all_of(left: Sequence[_Work], make: Callable[[_Work], dict[str, Any]], journal: _Journal, total: int) -> None:
    """Make what is left, in threads; each patient is kept as soon as it is done."""
    with ThreadPoolExecutor(WORKERS) as threads:
        waiting = [threads.submit(make, one) for one in left]
        try:
            for future in as_completed(waiting):
                journal.add(future.result())
                say("patients", len(journal.found), total)
        except BaseException:
            for future in waiting:
                future.cancel()
            raise


def _rounded(forecasts: pd.DataFrame) -> pd.DataFrame:
    """With chances to a millionth: nobody knows one of 1e-40."""
    chance = forecasts["quantity"].isin((SURVIVAL, DECOMPENSATION))
    numbers = ["median", "low_5", "high_95", "mean"]
    return forecasts.assign(**{name: forecasts[name].where(~chance, forecasts[name].round(6)) for name in numbers})


def _dated(forecasts: pd.DataFrame, persons: Sequence[Person]) -> pd.DataFrame:
    """With a column at_date, the date of each row, where the table has dates."""
    of = {person.name: person for person in persons}
    if not any(person.begun for person in persons):
        return forecasts
    told = [of[name].date_of(float(of[name].course.days[-1]) + day)
            for name, day in zip(forecasts["patient"], forecasts["at_d"], strict=True)]  # fmt: skip
    return forecasts.assign(at_date=told)


def _works(
    persons: Sequence[Person], etiology: str, at_days: Days, seed: int, pool: int, asked: Asked | None
) -> list[_Work]:
    """What is to be done for the people of one cause; raises InputError for days that are none."""
    common = f"{_edition()}{fingerprint()}{etiology}{seed}{pool}"
    if asked is not None:
        common += f"{asked!r}{digest()}{ensemble.provenance()!r}"
    works = []
    for person in persons:
        days = tuple(float(day) for day in (at_days[person.name] if isinstance(at_days, Mapping) else at_days))
        if not days or min(days) < 0 or not np.isfinite(days).all():
            raise InputError(f"{person.name}: days of a forecast are 0 or more, at least one")
        c = person.course
        told = (person.name, person.age, person.sex, c.days.tolist(), days, person.treated,
                {k: (v.tolist(), c.beyond[k].tolist()) for k, v in sorted(c.values.items())},
                {k: np.asarray(v).tolist() for k, v in sorted(person.signs.items())}, str(person.begun),
                sorted(person.units.items()), person.doubts, person.untreated)  # fmt: skip
        works.append(_Work(person, hashlib.sha256(f"{common}{told!r}".encode()).hexdigest()[:24], days))
    return works


@cache
def _edition() -> str:
    """Digest of all that is computed and read in this room and that of patients, whose shares of the acutely ill and of
    the community are in no history: what was kept by another one is not used."""
    here = Path(__file__).parent
    files = [path for room in (here, here.parent / "patient") for path in sorted(room.iterdir())
             if path.suffix in (".py", ".csv")]  # fmt: skip
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


class _Journal:
    """Finished patients by key, a line each in a file that a stopped run finds again."""

    def __init__(self, out: Path | None, keys: Sequence[str]) -> None:
        folder = out if out is not None else cache_folder()
        digest = hashlib.sha256("".join(sorted(keys)).encode()).hexdigest()[:16]
        self.path = None if folder is None else folder / f"forecast-{digest}.jsonl"
        self.found: dict[str, dict[str, Any]] = {}
        if self.path is None or not self.path.is_file():
            return
        wanted = set(keys)
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError, KeyError, TypeError):  # the line at which a run was stopped
                one = json.loads(line)
                if one["key"] in wanted and {"fit", "forecast"} <= one.keys():
                    self.found[one["key"]] = one

    def add(self, one: dict[str, Any]) -> None:
        """Keep a patient; where nothing can be written it is done without."""
        self.found[one["key"]] = one
        if self.path is not None:
            with suppress(ResultsError):
                append_line(self.path, json.dumps(one))


def _forecast(
    work: _Work, etiology: str, pool: Pool, rest: Mapping[str, Pool], seed: int, asked: Asked | None = None,
    fitted: dict[str, Fitted] | None = None, wanted: Collection[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """One patient, as plain data; who cannot be fitted has no forecast and a reason."""
    name, behind = work.person.name, decompensated(work.person)
    try:
        found = posterior(work.person, etiology, pool, seed)
    except InputError as error:
        nothing = dict.fromkeys(FITS) | {"patient": name, "fit": "none", "warnings": str(error),
                                         "decompensated": _yes(behind)}  # fmt: skip
        return {"key": work.key, "fit": nothing, "forecast": []}
    checked = check(found, rest)
    if fitted is not None and name in wanted and len(fitted) < MOST_FITTED:
        fitted[name] = Fitted(replace(found, streams={}), checked)
    quantities = [SURVIVAL, *([] if behind else [DECOMPENSATION]), *found.residuals]
    rows = ahead(found, work.days, quantities)
    one: dict[str, Any] = {"key": work.key, "fit": fit_row(found, checked), "forecast": rows.to_dict("records")}
    if asked is not None:
        under, one["gains"] = added(found, work.days, quantities, asked, seed)
        one["forecast"] = [*rows.assign(plan=UNTREATED, kind=CARE).to_dict("records"), *under]
    return one


def decompensated(person: Person) -> bool:
    """Ascites or encephalopathy was seen, so that a first decompensation lies behind."""
    return any((person.signs[sign] > 0).any() for sign in ("ascites", "encephalopathy_grade") if sign in person.signs)


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def fit_row(found: Posterior, told: Check) -> dict[str, Any]:
    """What is told of one fit; years of disease, scar and pressure are those of the last visit."""
    years = found.years + found.span
    of_course = {name: float(np.median(found.at_last(found.pool.of.values[name])))
                 for name in ("collagen_proportionate_area", "hepatic_venous_pressure_gradient")}  # fmt: skip
    low, middle, high = np.percentile(years, (5, 50, 95))
    chances = told.chances | told.of_signs
    row = (found.person.name, told.fit, told.worst, chances.get(told.worst, np.nan), told.overall,
           told.worse, told.better[0], float(np.exp(np.clip(told.better[1], -MOST_TIMES, MOST_TIMES))), told.size,
           middle, low, high, *of_course.values(), _yes(decompensated(found.person)),
           "; ".join([*told.warnings, *found.person.doubts]))  # fmt: skip
    return {name: (float(x) if isinstance(x, np.floating | float) else x) for name, x in zip(FITS, row, strict=True)}
