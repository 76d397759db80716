"""lobule's own calibration, from the evidence of the package to the ensemble that ships with it."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import a_seed, checking, count
from lobule.calibrate.disease import disease_factors
from lobule.calibrate.likelihood import (
    ALIKE,
    ANYTHING,
    BLUNDER,
    DIFFER,
    DIFFER_SPREAD,
    FAILED,
    PRINTED,
    RESOLUTION,
    WEIGHTS,
)
from lobule.calibrate.objective import FAR, Objective
from lobule.calibrate.predictive import WORDS, by_row, predictive
from lobule.calibrate.prior import TABLE as FREE
from lobule.calibrate.prior import Prior
from lobule.calibrate.sampler import Chain, Effort, Target, members, sample
from lobule.calibrate.told import what_was_told
from lobule.evidence import table_path, table_paths
from lobule.evidence.vocabulary import TABLE as VOCABULARY
from lobule.keeping import write_table, write_text, writing_into, writing_text
from lobule.model.assemble import FRAGMENTS, fragment_text
from lobule.model.digest import digest, statements
from lobule.model.parameters import SPECIES, values_for
from lobule.optional import needs
from lobule.studies.endpoints import TABLE as ENDPOINTS
from lobule.studies.injuries import TABLE as INJURIES
from lobule.studies.reasons import TABLE as REASONS
from lobule.studies.split import CALIBRATION, TABLE, split
from lobule.studies.tables import packaged_studies, packaged_trials, read_contrasts, read_studies
from lobule.studies.treatments import TABLE as MODIFICATIONS

if TYPE_CHECKING:
    import pandas as pd

CLASSES = TABLE.with_name("class_ranges.csv")
# What words of studies mean here: the tables that an arm and its endpoint are read by
MEANINGS = (FREE, CLASSES, TABLE, VOCABULARY, ENDPOINTS, INJURIES, MODIFICATIONS, REASONS)
STEPS, MEMBERS = 150, 200
CONVERGED = 1.05  # R-hat below which the chains of a parameter tell the same


@dataclass(frozen=True)
class Calibration:
    """chain; prior; table : one row a free parameter (see `calibrate`); checks, rows : posterior predictive, by kind of
    data and by row (see `predictive`); settings : of the run"""

    chain: Chain
    prior: Prior
    table: pd.DataFrame
    checks: pd.DataFrame
    rows: pd.DataFrame
    settings: dict[str, Any]

    def save(self, folder: Path, n: int = MEMBERS) -> Path:
        """Write ensemble.csv (n members, the one of the medians first), disease.csv (factors of the disease of the same
        members), provenance.json, identifiability.csv, posterior_predictive.csv and calibration_rows.csv.

        Raises
        ------
        InputError : chains with fewer positions than members. ResultsError : a folder that cannot be written.
        """
        seed = self.settings["seed"]
        positions = members(self.chain, n - 1, seed)
        middle = np.median(self.chain.draws, axis=0)  # where a likelihood is flat its peak lies anywhere
        factors = self.prior.factors(np.vstack([middle, positions]))
        with writing_into(folder):
            _write_factors(folder / "ensemble.csv", factors)
            _write_factors(folder / "disease.csv", disease_factors(n, seed))
            write_table(folder / "identifiability.csv", self.table, digits=4)
            write_table(folder / "posterior_predictive.csv", self.checks, digits=4)
            write_table(folder / "calibration_rows.csv", self.rows, digits=4)
            text = json.dumps(self.settings | {"members": n}, indent=2) + "\n"
            write_text(folder / "provenance.json", text)
        return folder


def _write_factors(path: Path, factors: dict[str, NDArray[np.float64]]) -> None:
    with writing_text(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(factors)
        writer.writerows([f"{v:.6g}" for v in row] for row in zip(*factors.values(), strict=True))


@checking(steps=count(10, 1_000_000), seed=a_seed)
def calibrate(
    folder: Path, steps: int = STEPS, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> Calibration:
    """Sample the free parameters given the calibration studies; a run that was stopped goes on.

    Parameters
    ----------
    folder : of what was solved, kept after every batch
    steps : of every chain that are kept, those done before included
    seed : of the design and of all moves
    progress : called with members solved by now and in all, those of an earlier run left out

    Returns
    -------
    Calibration : its table has parameter, value (median, of the mouse), low, high (90 %), factor (median, on the value
        in parameters.csv), prior_low, prior_high (90 %), shrinkage (posterior over prior spread, of logarithms), told
        (the data said something), r_hat, effective_size, tail_size, says (see `told.what_was_told`).

    Raises
    ------
    InputError : fewer than ten steps; a folder of another calibration; a free parameter that acts without therapy.
    NotInstalled : before the first member is solved, where arviz is missing.
    """
    needs("arviz", extra="calibrate")
    parameters = Prior.read()
    prior = parameters.with_terms(DIFFER, DIFFER_SPREAD)
    objective = calibration_objective()
    far = np.stack([np.maximum(parameters.low, -FAR), np.minimum(parameters.high, FAR)])
    objective.refuse_what_acts_without_therapy(parameters.names, parameters.values(far))
    target = Target(
        prior,
        lambda places: objective(parameters.factors(places)),
        lambda predicted, positions: objective.likelihood(predicted, prior.values(positions)[:, -prior.terms :]),
        objective.likelihood.saturated,
    )
    effort = Effort(steps=steps)
    chain = sample(target, effort, seed, folder, fingerprint(), progress)
    table = what_was_told(prior, chain)
    predicted = chain.predicted.reshape(len(chain.draws), -1)
    differ = prior.values(chain.draws)[:, -prior.terms :]
    checks, rows = (check(objective.likelihood, predicted, differ, seed) for check in (predictive, by_row))
    settings = _settings(objective, chain, effort, table, seed)
    return Calibration(chain, prior, table, checks, rows, settings)


def _settings(objective: Objective, chain: Chain, effort: Effort, table: pd.DataFrame, seed: int) -> dict[str, Any]:
    """What provenance.json says."""
    kinds = {WORDS[kind]: len(k) for kind, k in objective.likelihood.of_kind.items()}
    return {
        "written": datetime.now(UTC).strftime("%Y-%m-%d"),
        "sampler": "independent chains, proposed by a surrogate, accepted by the engine (surrogate transitions)",
        "reading": "published",
        "chains": chain.positions.shape[1], "steps": len(chain), "left_out_steps": effort.warm, "seed": seed,
        "members_solved": effort.members, "accepted": chain.accepted, "surrogate_error": chain.surrogate_error,
        "calibration_sources": sorted(s for s, which in split().items() if which == CALIBRATION),
        "data": kinds, "best_log_posterior": chain.likeliest_log_probability,
        "converged": bool(table["r_hat"].max() < CONVERGED), "largest_r_hat": float(table["r_hat"].max()),
        "smallest_effective_size": float(table["effective_size"].min()),
        "smallest_tail_size": float(table["tail_size"].min()),
        "fingerprint": fingerprint(), "model": digest(),
    }  # fmt: skip


def calibration_objective() -> Objective:
    """The objective on the tables of the package."""
    return Objective(
        packaged_studies()[0],
        read_contrasts(table_path("contrasts"))[0],
        read_studies(CLASSES)[0],
        packaged_trials()[0],
    )


def fingerprint() -> str:
    """Of everything that the likelihood depends on: equations, evidence, split, what tables mean here, how they weigh,
    and parameters but for the free ones, whose prior medians are values."""
    free = set(Prior.read().parameters)
    equations = [statement for name in FRAGMENTS for statement in statements(fragment_text(name))]
    fixed = {s: sorted((k, v) for k, v in values_for(s).items() if k not in free) for s in SPECIES}
    weighed = (WEIGHTS, ALIKE, RESOLUTION, PRINTED, BLUNDER, ANYTHING, FAILED, DIFFER, DIFFER_SPREAD)
    found = hashlib.sha256(repr((equations, fixed, weighed)).encode())
    for path in (*table_paths("studies"), *table_paths("trials"), table_path("contrasts"), *MEANINGS):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
