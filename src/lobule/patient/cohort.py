"""Virtual cohorts that look like published ones.

Method: plausible patients are drawn and run for decades, untreated or, where the published people were treated, with
the usual care from the time on at which their disease was found; each is seen at some visits of the wanted stage, more
likely while more of its like are alive; entropy balancing weights the visits so that means, spreads and correlations
match the cohort's table 1, less the error of measurement. Where there is a table 1, patients are drawn by chances with
the same moments by which nobody is drawn twice; else visits are accepted in proportion to their weight, one a patient.
Skewed labs (bilirubin, INR, creatinine, platelets, ALT, AST, IL-6) are matched on the logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import a_seed, a_text, checking, count, optional
from lobule.errors import InputError, about
from lobule.evidence import correlation_rows
from lobule.labs import labs
from lobule.model.causes import disease
from lobule.patient.criteria import Criteria
from lobule.patient.draws import uniforms
from lobule.patient.episodes import last_episodes
from lobule.patient.history import BLOCK
from lobule.patient.lives import Lives, Usual, lives
from lobule.patient.markers import criteria_of, markers_of
from lobule.patient.onset import onset_ages, onset_of, people, shares_of_women
from lobule.patient.patient import Patient
from lobule.patient.precipitants import COLUMNS, STRUCK_ANYWAY, struck
from lobule.patient.published import ACLF, BALANCED, MATCHED, STAGES, Target, by_quartiles, target_of
from lobule.patient.run_in import run_in
from lobule.patient.screening import SCREENED, Errors, screened
from lobule.report.card import card
from lobule.scores.clinic import clinical
from lobule.scores.stiffness import liver_stiffness
from lobule.statistics.balance import balance, chances, effective_size
from lobule.therapy.care import several

if TYPE_CHECKING:
    import pandas as pd

POOL_PER_PATIENT, POOL_PER_TREATED, SMALLEST_POOL, LARGEST_POOL = 6, 50, 5000, 60_000
MOST_PATIENTS = 100_000
SMALLEST_STRUCK = BLOCK  # no table 1 has to be imitated
VISITS = 8  # looked at, of each patient
NOBODY = 1e-9  # chance below which a patient is at no visit
MOST_OF_POOL = 0.9  # of the people drawn, whom a cohort may ask for
CRITERIA_ROUNDS, ENOUGH = 4, 0.98  # in which a cohort grows until so much of it meets the criteria
CLOSE_MEAN, CLOSE_CORRELATION = 0.2, 0.15


def histories_for(n: int, stage: str, treated: bool = False) -> int:
    """How many histories a cohort of n patients is drawn from, in whole blocks; of `treated` ones more, since few are
    of a stage after a run-in."""
    smallest = SMALLEST_STRUCK if stage == ACLF else SMALLEST_POOL
    each = POOL_PER_TREATED if treated and stage != ACLF else POOL_PER_PATIENT
    return BLOCK * math.ceil(min(LARGEST_POOL, max(smallest, each * n)) / BLOCK)


@dataclass(frozen=True)
class Cohort:
    """Patients at their baseline.

    Attributes
    ----------
    table : one row a patient: id, etiology, age, female, years (of disease), the labs with the model's units, MELD,
        MELD-Na, Child-Pugh points, stage (1 compensated, 2 decompensated), liver_stiffness, days_since_infection,
        _bleeding and _encephalopathy (the last episode; inf for none), the markers of `lobule.scores.markers`,
        care_years (since when the usual care of the published people; NaN for who has none)
    target, criteria : the published cohort, and criteria as given; None where there is none
    pool, eligible : patients drawn, and those with a visit that meets stage and criteria
    effective_size : what the weighted pool is worth in equal weights
    seed : of every draw
    run_in : care that everybody had for a time before, None where nobody had to
    """

    table: pd.DataFrame
    target: Target | None
    criteria: str | None
    pool: int
    eligible: int
    effective_size: float
    seed: int
    run_in: Usual | None = None

    def __len__(self) -> int:
        return len(self.table)

    def _repr_html_(self) -> str:
        said = f"{len(self)} virtual patients of {self.eligible} eligible ones, from {self.pool} drawn."
        if self.target is None:
            return card("Cohort", said, self.table)
        from lobule.report.table_1 import table_1

        found = self.table_1()
        said += f" {int(found['close'].fillna(False).sum())} of {int(found['close'].notna().sum())} published means "
        said += f"are met within {CLOSE_MEAN:g} of a standard deviation."
        called = {name: labs()[name].label for name in found["variable"]}
        return card("Cohort", said, found, draw=lambda: table_1({"beside the published cohort": found}, called))

    @classmethod
    @checking(n=count(1, MOST_PATIENTS), etiology=a_text, like=optional(a_text), criteria=optional(a_text), seed=a_seed)
    def sample(
        cls,
        n: int,
        etiology: str,
        *,
        stage: str = "any",
        like: str | None = "auto",
        criteria: str | None = None,
        care: Sequence[str] = (),
        care_since: str | None = None,
        screening: Errors | None = None,
        seed: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> Cohort:
        """Draw a cohort.

        Parameters
        ----------
        n : patients
        etiology : hbv, hcv, alcohol, mash, autoimmune, pbc or psc
        stage : chronic (of any stage), any (cirrhosis), compensated, decompensated, or aclf (struck by a precipitant
            some days ago)
        like : a published cohort (see `targets()`); "auto" takes the one of etiology and stage; None matches nothing
        criteria : inclusion criteria, such as "meld >= 10 and albumin < 35 and age <= 70"; the published cohort is
            imitated first, then those who do not meet them are left out
        care, care_since : standard care that everybody has had for at least this long, such as ["antiviral"], "12 mo":
            who is not of the stage under it any more is nobody of the cohort
        screening : errors of assays, {} for the usual ones: criteria are met by what was measured at a screening visit,
            kept as "screened_meld"; None: by what is true
        seed : of every draw
        progress : called with the number of histories that are done

        Raises
        ------
        InputError : unknown names, criteria that nobody meets, or fewer patients than asked for.
        """
        with about("etiology"):
            etiology = disease(etiology, "human").name
        target = target_of(etiology, stage, like)
        before = run_in(etiology, target, care, care_since)
        with about("criteria"):
            wanted = Criteria.read(criteria) if criteria else None
            criteria_of(criteria, etiology, [etiology])
        pool_size = histories_for(n, stage, before is not None)
        usual = before or (target.usual if target else None)
        pool = lives(etiology, pool_size, seed, usual, progress)
        seen = _visits(pool, stage, target, seed)
        alive = weights = seen.pop("weight")
        if target is not None and target.moments:
            weights = balance(*_moments(seen, target), alive)
        if stage == ACLF:
            others = target, criteria, pool_size, seed
            return cls._of_struck(n, etiology, (seen, weights), wanted, others, before, screening)
        found = screened(seen, wanted, seen["id"].astype(int), seed, screening)
        fits = wanted.met(seen | found) if wanted is not None else np.ones(len(weights), bool)
        seen |= {SCREENED + name: values for name, values in found.items()}
        weights = np.where(fits, weights, 0.0)
        eligible = len(np.unique(seen["id"][weights > 0]))
        if eligible < n:
            asked = f"{stage} {etiology}" + (f" with {criteria}" if criteria else "")
            asked += f" after {care_since} of {before.name}" if before else ""
            raise InputError(
                f"only {eligible} of {pool_size} virtual patients are {asked}; ask for at most {eligible} or widen "
                "the criteria"
            )
        weights = weights / weights.sum()
        likes = weights
        if target is not None and target.moments:
            likes = _once(seen["id"], _chances(seen, target, alive, fits, n))
        chosen = _accept(seen["id"], likes, n, seed)
        import pandas as pd

        table = pd.DataFrame({name: values[chosen] for name, values in seen.items()})
        table.insert(1, "etiology", etiology)
        return cls(table, target, criteria, pool_size, eligible, effective_size(weights), seed, before)

    @classmethod
    def _of_struck(
        cls, n: int, etiology: str, visits: tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]],
        wanted: Criteria | None, others: tuple[Target | None, str | None, int, int], before: Usual | None,
        screening: Errors | None,
    ) -> Cohort:  # fmt: skip
        """Those of the visits who are struck by a precipitant, have acute-on-chronic failure when they are enrolled,
        and meet the criteria then; raises InputError when they are too few."""
        import pandas as pd

        (seen, weights), (target, criteria, pool_size, seed) = visits, others
        usual = before or (target.usual if target else None)
        possible, asked, found = len(np.unique(seen["id"])), 0, pd.DataFrame()
        while len(found) < n and asked < possible:
            asked = min(possible, max(4 * n, 2 * asked))
            chosen = _accept(seen["id"], weights / weights.sum(), asked, seed)
            table = pd.DataFrame({name: values[chosen] for name, values in seen.items()})
            table.insert(1, "etiology", etiology)
            table = struck(table, seed, usual.name if usual else None)
            table = table.assign(**markers_of(etiology, seed, dict(table.items()), usual.name if usual else ""))
            fits = table["aclf_grade"].to_numpy() >= 1
            if wanted is not None:
                true = {str(k): v.to_numpy() for k, v in table.items() if k not in ("etiology", *COLUMNS)}
                measured = screened(true, wanted, true["id"], seed, screening)
                fits &= wanted.met(true | measured)
                table = table.assign(**{SCREENED + name: values for name, values in measured.items()})
            found = table[fits].reset_index(drop=True)
        if len(found) < n:
            also = f" with {criteria}" if criteria else ""
            raise InputError(
                f"only {len(found)} of {asked} virtual patients with {etiology} who were struck have acute-on-chronic "
                f"liver failure{also}; ask for at most {len(found)} or widen the criteria"
            )
        return cls(found[:n], target, criteria, pool_size, len(found), float(len(found)), seed, before)

    def patients(self) -> list[Patient]:
        """The patients, ready to be simulated."""
        ids = self.table["id"].to_numpy()
        varied = people(str(self.table["etiology"].iloc[0]), self.seed, ids)
        return [
            Patient(
                etiology=str(row["etiology"]),
                years=float(row["years"]),
                **self._care(float(row["care_years"])),
                **{name: row[name] for name in COLUMNS if name in row},
                varied={name: float(values[i]) for name, values in varied.items()},
            )
            for i, row in enumerate(self.table.to_dict("records"))
        ]

    def _care(self, years: float) -> dict[str, Any]:
        """The usual care of a patient who has had it for some years; nothing where that is NaN."""
        if self.usual is None or math.isnan(years):
            return {}
        return {"treated_with": tuple(several(self.usual.name)), "treated_years": years}

    @property
    def usual(self) -> Usual | None:
        """Care that the patients, or those of the published cohort, had; None where nobody had any."""
        return self.run_in or (self.target.usual if self.target else None)

    def lives(self) -> Lives:
        """Courses of the pool as far as the patients of this cohort go."""
        ids = self.table["id"]
        return lives(str(self.table["etiology"].iloc[0]), int(ids.max()) + 1, self.seed, self.usual)

    def table_1(self) -> pd.DataFrame:
        """Baseline characteristics beside the published cohort.

        Returns
        -------
        DataFrame, one row a variable: variable, scale (natural or log), mean, sd, published_mean, published_sd,
        difference (of the means in published standard deviations), close (within 0.2), matched (used for the weights).
        Of a lab whose quartiles are published, mean and sd on the logarithm are those that its quartiles say.
        """
        import pandas as pd

        rows = []
        for name in MATCHED:
            mean, sd = self._spread(name)
            seen = self.target.moments.get(name) if self.target else None
            gap = (mean - seen[0]) / seen[1] if seen else float("nan")
            rows.append(
                {
                    "variable": name,
                    "scale": "log" if labs()[name].skewed else "natural",
                    "mean": mean,
                    "sd": sd,
                    "published_mean": seen[0] if seen else float("nan"),
                    "published_sd": seen[1] if seen else float("nan"),
                    "difference": gap,
                    "close": bool(abs(gap) <= CLOSE_MEAN) if seen else None,
                    "matched": name in BALANCED and seen is not None,
                }
            )
        return pd.DataFrame(rows)

    def correlations(self) -> pd.DataFrame:
        """Rank correlations beside the published (593 people at evaluation): a, b, found, published, close."""
        import pandas as pd
        from scipy.stats import spearmanr

        rows = []
        for a, b, published in correlation_rows():
            if a in self.table and b in self.table:
                found = float(spearmanr(self.table[a], self.table[b]).statistic)
                rows.append({"a": a, "b": b, "found": found, "published": published,
                             "close": abs(found - published) <= CLOSE_CORRELATION})  # fmt: skip
        return pd.DataFrame(rows)

    def _spread(self, name: str) -> tuple[float, float]:
        """Mean and standard deviation as the published cohort tells them."""
        values = self.table[name].to_numpy(float)
        if self.target is not None and name in self.target.quartiles:
            return by_quartiles(*np.quantile(values, (0.25, 0.5, 0.75)))
        values = np.log(values) if labs()[name].skewed else values
        return float(values.mean()), float(values.std(ddof=1))


def _visits(pool: Lives, stage: str, target: Target | None, seed: int) -> dict[str, NDArray[np.float64]]:
    """Visits of every patient who has an eligible one: labs, scores, age, and a weight (time alive in the stage)."""
    n, count = pool.values["albumin"].shape
    derived = clinical(dict(pool.values))
    onset, female = onset_ages(pool.varied), shares_of_women(pool.varied)
    everything: dict[str, NDArray[np.float64]] = {name: np.asarray(v, float) for name, v in pool.values.items()}
    everything |= derived
    everything["liver_stiffness"] = liver_stiffness(everything["collagen_proportionate_area"])
    everything["age"] = onset[:, None] + pool.years
    everything["years"] = np.broadcast_to(pool.years, (n, count))
    everything["care_years"] = pool.care_years()
    everything["female"] = np.broadcast_to(female[:, None], (n, count))
    able = np.isin(derived["stage"], STAGES[stage]) & np.isfinite(derived["meld"]) & (everything["age"] >= 18)
    alive = np.exp(-everything["cumulative_death_hazard"])
    if stage == ACLF:
        alive = alive * (np.gradient(everything["cumulative_aclf_hazard"], pool.years, axis=1) + STRUCK_ANYWAY)
    chances = np.where(able & np.isfinite(alive), alive * pool.seen(), 0.0)
    if target:
        chances *= _of_sex(female, target.female, onset_of(pool.etiology).female)[:, None]
    total = chances.sum(axis=1)
    rows = np.flatnonzero(total > NOBODY)
    picks = uniforms(seed, "visit", [int(i) for i in pool.ids[rows]], VISITS) * total[rows][:, None]
    visit = np.array([np.searchsorted(np.cumsum(chances[r]), p) for r, p in zip(rows, picks, strict=True)], int)
    visit = np.minimum(visit, count - 1).reshape(-1)
    rows = np.repeat(rows, VISITS)
    kept = [name for name in everything if not name.startswith("cumulative_")]
    seen = {"id": pool.ids[rows].astype(float)} | {name: everything[name][rows, visit] for name in kept}
    seen["id"] = seen["id"].astype(int)
    seen |= last_episodes(everything, pool.years, seen["id"], (rows, visit), seed)
    seen |= markers_of(pool.etiology, seed, seen, pool.usual.name if pool.usual else "")
    seen["weight"] = total[rows]
    return seen


def _of_sex(female: NDArray[np.float64], wanted: float, usual: float) -> NDArray[np.float64]:
    """Weights with which the usual share of women becomes the wanted one, (n,)."""
    return np.where(female > 0.5, wanted / usual, (1 - wanted) / (1 - usual))


def _moments(seen: dict[str, NDArray[np.float64]], target: Target) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Columns whose means are to be matched, and those means: of each variable the shares below its quartiles, or the
    variable and its square; the share of women; and published products."""
    standard, columns, wanted = {}, [], []
    for name in BALANCED:
        if name not in target.moments:
            continue
        mean, sd = target.unmeasured(name)
        x = np.log(seen[name]) if labs()[name].skewed else seen[name]
        standard[name] = x = np.clip((x - mean) / sd, -4, 4)
        if name in target.quartiles:
            columns += list(target.below_quartiles(name, seen[name]).T)
            wanted += [0.25, 0.5, 0.75]
        else:
            columns += [x, x**2]
            wanted += [0.0, 1.0]
    if 0 < target.female < 1:
        columns.append(seen["female"] - target.female)
        wanted.append(0.0)
    for a, b, published in correlation_rows():
        if a in standard and b in standard:
            columns.append(standard[a] * standard[b])
            wanted.append(target.unmeasured_correlation(a, b, published))
    return np.column_stack(columns), np.array(wanted)


def _chances(
    seen: dict[str, NDArray[np.float64]], target: Target, alive: NDArray[np.float64], fits: NDArray[np.bool_], n: int
) -> NDArray[np.float64]:
    """Chance of each visit by which n different patients who fit the criteria are drawn, of a cohort that has the
    published moments before they are applied; (n_visits,), 0 for who does not fit."""
    columns, wanted = _moments(seen, target)
    most = MOST_OF_POOL * len(np.unique(seen["id"]))
    size = float(n)
    for _ in range(CRITERIA_ROUNDS):
        found = chances(columns, wanted, alive, seen["id"], min(size, most))
        met = float(found[fits].sum())
        if met >= ENOUGH * n or size >= most:
            break
        size *= n / max(met, 1e-9)
    return np.where(fits, found, 0.0)


def _once(ids: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights for `_accept` under which the chance of a patient is the sum of the chances of the visits."""
    first = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    of_patient = np.minimum(np.repeat(np.add.reduceat(chance, first), np.diff(np.r_[first, len(ids)])), 1 - 1e-9)
    return 1 - (1 - of_patient) ** (chance / np.maximum(of_patient, 1e-300))


def _accept(ids: NDArray[np.float64], weights: NDArray[np.float64], n: int, seed: int) -> NDArray[np.int64]:
    """The visits of the n patients whose own random number is smallest for its weight: the same in any order.

    Sequential Poisson sampling (E. Ohlsson, J. Off. Stat. 14 (1998) 149): inclusion in proportion to the weight.
    """
    draws = uniforms(seed, "selection", [int(i) for i in ids[::VISITS]], VISITS).reshape(-1)
    order = np.argsort(draws / np.maximum(weights, 1e-300), kind="stable")
    _, first = np.unique(ids[order], return_index=True)  # the best visit of each patient
    return np.sort(order[np.sort(first)[:n]])
