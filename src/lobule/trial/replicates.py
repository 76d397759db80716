"""Many replicates of a trial, kept as they come, so that an interruption loses a few at most.

Three kinds: `trial` with the usual parameters (power), `null` where nothing works (type I error), `assurance` where
each replicate has another member of the calibrated ensemble.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from lobule.errors import InputError
from lobule.files.design import Design
from lobule.files.plan_of_analysis import Imputation
from lobule.keeping import append_line
from lobule.keeping.record import signed_line, signed_lines
from lobule.simulation.reading import PUBLISHED
from lobule.statistics.spending import futility_by_conditional_power, futility_by_spending, upper_bounds
from lobule.trial.conduct import Conducted
from lobule.trial.effect import Estimate
from lobule.trial.estimates import analyse
from lobule.trial.observed import information_day, levels
from lobule.trial.population import Population
from lobule.trial.reestimated import conducted
from lobule.trial.runs import Courses

LEDGER = "replicates.jsonl"
MANY, CHUNK = 100, 10  # replicates from which on all cores take part, and how many one of them makes at a time
KINDS = ("trial", "null", "assurance")
NUMBERS = ("estimate", "low", "high", "p", "benefit")  # of an Estimate, which may be missing
# Fields of a design that say nothing when left out, and that kept trials did not have
USUAL_IMPUTATION = Imputation().model_dump(mode="json")
LATER = {
    "among", "futility", "gamma", "failure", "historical", "imputation", "intercurrent", "multiplicity", "reestimation",
}  # fmt: skip


@dataclass(frozen=True)
class Replicate:
    """One replicate of so many planned patients: estimates at the end, and z of the primary endpoint at each look."""

    kind: str
    number: int
    member: int
    patients: int
    estimates: tuple[Estimate, ...]
    looks: tuple[float, ...]  # largest benefit, as a normal score, at each look
    smallest: tuple[float, ...]  # smallest benefit at each look
    enrolled: tuple[int, ...]
    levels: tuple[tuple[str, str, float], ...] = ()  # (endpoint, arm, value): mean, share, or share without event

    def stopped(
        self, limits: Sequence[float], *, harm: bool = False, futility: Sequence[float] | None = None
    ) -> int | None:  # fmt: skip
        """Look at which the boundary is crossed first in favour of an arm (or of the reference), None if never.

        futility : scores at each look below which the best arm ends the trial; not followed when left out
        """
        lower = [-math.inf] * len(limits) if futility is None else futility
        for k, (best, worst, limit) in enumerate(zip(self.looks, self.smallest, limits, strict=True)):
            if (-worst if harm else best) >= limit:
                return k
            if (best if harm else -worst) >= limit:  # the other side ends the trial too
                return None
            if best < lower[k]:
                return None
        return None


def limits(design: Design) -> np.ndarray:
    """Boundary of the normal score at each look; several arms share alpha (Bonferroni), a dose response has it all."""
    alpha, interim = design.analysis.alpha / comparisons(design), design.interim
    if interim is None:
        return _upper("pocock", (1.0,), alpha, 0.0)
    return _upper(interim.boundary, tuple(interim.looks), alpha, -4.0 if interim.gamma is None else interim.gamma)


def futility(design: Design) -> np.ndarray:
    """Normal score of the best arm at each look below which the trial ends, (n_looks,); -inf where none is."""
    upper, interim = limits(design), design.interim
    if interim is None or interim.futility is None:
        return np.full(len(upper), -np.inf)
    how, looks = interim.futility, tuple(interim.looks)
    if how.kind == "beta_spending":
        lower = _lower(tuple(upper), looks, 1 - how.power, how.spending, how.gamma)
    else:
        drift = float(norm.isf(design.analysis.alpha / comparisons(design) / 2) + norm.ppf(how.power))
        lower = futility_by_conditional_power(upper, looks, how.below, drift if how.under == "design" else None)
    return np.append(lower[:-1], -np.inf)  # at the end, what is not shown is not shown


@lru_cache(maxsize=64)
def _upper(kind: str, looks: tuple[float, ...], alpha: float, gamma: float) -> np.ndarray:
    return upper_bounds(kind, looks, alpha, gamma)


@lru_cache(maxsize=64)
def _lower(upper: tuple[float, ...], looks: tuple[float, ...], beta: float, kind: str, gamma: float) -> np.ndarray:
    return futility_by_spending(upper, looks, beta, kind, gamma).lower


def comparisons(design: Design) -> int:
    """Tests of the primary endpoint."""
    return 1 if design.primary.how == "dose_response" else len(design.arms) - 1


def replicate(
    design: Design, population: Population, courses: Sequence[Courses], kind: str, number: int, member: int = 0,
    patients: int | None = None, *, all_endpoints: bool = True,
) -> Replicate:  # fmt: skip
    """Conduct and analyse one replicate; type I error and assurance need the primary endpoint alone."""
    seen = conducted(design, population, courses, number, patients=patients, null=kind == "null")
    chosen = design.endpoints if all_endpoints else [design.primary]
    estimates = tuple(e for endpoint in chosen for e in analyse(design, seen, endpoint))
    best, worst, enrolled = _looks(design, seen, [e for e in estimates if e.endpoint == design.primary.name])
    of_arms = () if kind == "null" else tuple(levels(design, seen))
    return Replicate(kind, number, member, patients or design.patients, estimates, best, worst, enrolled, of_arms)


def _looks(
    design: Design, seen: Conducted, final: Sequence[Estimate]
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[int, ...]]:
    best, worst, enrolled = [], [], []
    for share in design.interim.looks[:-1] if design.interim else ():
        try:
            then = seen.as_of(information_day(design, seen, design.primary, share))
            scores = [e.benefit for e in analyse(design, then, design.primary)]
        except InputError:  # no event yet
            then, scores = seen, [math.nan]
        best.append(_finite(max, scores))
        worst.append(_finite(min, scores))
        enrolled.append(len(then))
    scores = [e.benefit for e in final]
    return (*best, _finite(max, scores)), (*worst, _finite(min, scores)), (*enrolled, len(seen))


def _finite(pick: Callable[[list[float]], float], scores: Sequence[float]) -> float:
    """Of the scores that there are; 0, which crosses nothing, when there is none."""
    found = [s for s in scores if math.isfinite(s)]
    return pick(found) if found else 0.0


class Ledger:
    """Replicates that are done, one line each, with its checksum; lines of another design, population or model are left
    alone."""

    def __init__(self, folder: Path, design: Design, digest: str, *, first_edition: bool = False) -> None:
        aside = {"title", "replicates", "members", "published", "submission"}
        aside |= {"care_since", "screening"}  # of the patients alone, whose digest is there
        if design.reading == PUBLISHED:  # the only one that there was
            aside.add("reading")
        whole = design.model_dump(mode="json", exclude=aside)
        if not design.population.non_responders:  # which earlier versions did not know
            del whole["population"]["non_responders"]
        plain = _said(whole)
        self.key = hashlib.sha256((json.dumps(plain, sort_keys=True) + digest).encode()).hexdigest()[:16]
        self.path = folder / LEDGER
        self.done: dict[tuple[str, int, int, int], Replicate] = {}
        for row in signed_lines(self.path, first_edition=first_edition):
            found = self._read(row)
            if found is not None:
                self.done[_name(found)] = found

    def _read(self, row: dict[str, Any]) -> Replicate | None:
        try:
            if row.pop("key") != self.key:
                return None
            row["estimates"] = tuple(
                Estimate(**e | {name: _number(e[name]) for name in NUMBERS}) for e in row["estimates"]
            )
            row |= {name: tuple(row[name]) for name in ("looks", "smallest", "enrolled")}
            return Replicate(**row | {"levels": tuple((e, a, _number(v)) for e, a, v in row["levels"])})
        except (ValueError, KeyError, TypeError):
            return None

    def of(self, kind: str, number: int, member: int, patients: int) -> Replicate | None:
        """A replicate that is done."""
        return self.done.get((kind, number, member, patients))

    def add(self, found: Replicate) -> None:
        """Keep one; raises ResultsError when the system refuses."""
        self.done[_name(found)] = found
        append_line(self.path, signed_line({"key": self.key, **asdict(found)}))


def _said(section: Any) -> Any:
    """A section without fields that say nothing and that earlier versions did not know, so that what they kept holds"""
    if isinstance(section, list):
        return [_said(entry) for entry in section]
    if not isinstance(section, dict):
        return section
    return {name: _said(value) for name, value in section.items() if name not in LATER or not _says_nothing(value)}


def _says_nothing(value: Any) -> bool:
    return value in (None, [], USUAL_IMPUTATION) or (
        isinstance(value, dict) and all(map(_says_nothing, value.values()))
    )


def _number(value: float | None) -> float:
    """JSON has no NaN."""
    return math.nan if value is None else float(value)


def _name(found: Replicate) -> tuple[str, int, int, int]:
    return found.kind, found.number, found.member, found.patients


def replicates(
    design: Design, population: Population, courses: Sequence[Courses], kind: str, numbers: Sequence[int], member: int,
    ledger: Ledger, patients: int | None = None, *, all_endpoints: bool = True, done: Callable[[], None] | None = None,
) -> list[Replicate]:  # fmt: skip
    """Replicates of one kind and member; those in the ledger are taken from there, many are made on all cores."""
    n = patients or design.patients
    missing = [number for number in numbers if ledger.of(kind, number, member, n) is None]
    make = partial(replicate, design, population, courses, kind, member=member, patients=n, all_endpoints=all_endpoints)
    told = done or (lambda: None)
    for _ in range(len(numbers) - len(missing)):
        told()
    for one in _made(make, missing):
        ledger.add(one)
        told()
    return [found for number in numbers if (found := ledger.of(kind, number, member, n)) is not None]


def _made(make: Callable[[int], Replicate], numbers: Sequence[int]) -> Iterator[Replicate]:
    """Replicates in the order of their numbers; each is drawn from its number alone, so that cores do not matter."""
    from joblib import Parallel, cpu_count, delayed

    if len(numbers) < MANY or cpu_count() == 1:
        yield from map(make, numbers)
        return
    chunks = [numbers[k : k + CHUNK] for k in range(0, len(numbers), CHUNK)]
    for some in Parallel(n_jobs=-1, return_as="generator")(delayed(_several)(make, chunk) for chunk in chunks):
        yield from some


def _several(make: Callable[[int], Replicate], numbers: Sequence[int]) -> list[Replicate]:
    return [make(number) for number in numbers]
