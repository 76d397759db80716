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

from lobule import model
from lobule.arguments import a_seed, checking, count
from lobule.calibrate.objective import Objective
from lobule.calibrate.sampler import TABLE as FREE
from lobule.calibrate.sampler import Chain, Prior, convergence, members, sample
from lobule.evidence import table_path, table_paths
from lobule.evidence.vocabulary import TABLE as VOCABULARY
from lobule.keeping import write_table, write_text, writing_into, writing_text
from lobule.model.digest import digest
from lobule.model.parameters import values_for
from lobule.optional import needs
from lobule.studies.endpoints import TABLE as ENDPOINTS
from lobule.studies.injuries import TABLE as INJURIES
from lobule.studies.reasons import TABLE as REASONS
from lobule.studies.split import CALIBRATION, TABLE, split
from lobule.studies.tables import packaged_studies, read_contrasts, read_studies
from lobule.studies.treatments import TABLE as MODIFICATIONS

if TYPE_CHECKING:
    import pandas as pd

CLASSES = TABLE.with_name("class_ranges.csv")
# What words of studies mean here: the tables that an arm and its endpoint are read by
MEANINGS = (FREE, CLASSES, TABLE, VOCABULARY, ENDPOINTS, INJURIES, MODIFICATIONS, REASONS)
STEPS, MEMBERS = 2100, 200
BURN_IN = 0.5  # share of the chain that is left out
TOLD = 0.8  # a parameter whose spread shrank below this share of its prior's was told something by the data; assumed


@dataclass(frozen=True)
class Calibration:
    """chain; prior; table : one row a free parameter (see `calibrate`); settings : of the run"""

    chain: Chain
    prior: Prior
    table: pd.DataFrame
    settings: dict[str, Any]

    @property
    def burn_in(self) -> int:
        """Steps left out."""
        return int(len(self.chain) * BURN_IN)

    def save(self, folder: Path, n: int = MEMBERS) -> Path:
        """Write ensemble.csv (n members, the most likely first), provenance.json and identifiability.csv.

        Raises
        ------
        InputError : a chain with fewer positions than members. ResultsError : a folder that cannot be written.
        """
        positions = members(self.chain, self.burn_in, n - 1, self.settings["seed"])
        best = np.unravel_index(np.argmax(self.chain.log_probability), self.chain.log_probability.shape)
        factors = self.prior.factors(np.vstack([self.chain.positions[best], positions]))
        with writing_into(folder):
            with writing_text(folder / "ensemble.csv") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(factors)
                writer.writerows([f"{v:.6g}" for v in row] for row in zip(*factors.values(), strict=True))
            write_table(folder / "identifiability.csv", self.table, digits=4)
            text = json.dumps(self.settings | {"members": n}, indent=2) + "\n"
            write_text(folder / "provenance.json", text)
        return folder


@checking(steps=count(4, 1_000_000), seed=a_seed)
def calibrate(
    folder: Path, steps: int = STEPS, seed: int = 1, progress: Callable[[int, float], None] | None = None
) -> Calibration:
    """Sample the free parameters given the calibration studies; a run that was stopped goes on.

    Parameters
    ----------
    folder : of the state, kept after every step
    steps : of every walker, those done before included
    seed : of start and moves
    progress : called with steps done and the best log-posterior

    Returns
    -------
    Calibration : its table has parameter, prior_sd_log, median (factor), low, high (90 % of factors), shrinkage
        (posterior over prior spread), told (the data said something), r_hat, effective_size, autocorrelation_steps,
        drift (see `sampler.convergence`).

    Raises
    ------
    InputError : fewer than four steps; a folder of another calibration.
    NotInstalled : before the first step, where emcee or arviz is missing.
    """
    import pandas as pd

    needs("emcee", "arviz", extra="calibrate")
    prior = Prior.read()
    objective = calibration_objective()
    chain = sample(objective, prior, steps, seed, folder, fingerprint(), progress)
    after = chain.positions[int(steps * BURN_IN) :]
    found = convergence(chain, int(steps * BURN_IN), prior.names)
    rows = []
    for k, name in enumerate(prior.names):
        logs = prior.middle[k] + after[:, :, k].ravel() * prior.spread[k]
        low, middle, high = np.exp(np.percentile(logs, (5, 50, 95)))
        shrinkage = float(after[:, :, k].std())
        rows.append({"parameter": name, "prior_sd_log": prior.spread[k], "median": middle, "low": low, "high": high,
                     "shrinkage": shrinkage, "told": bool(shrinkage < TOLD or abs(after[:, :, k].mean()) > 1),
                     **found[name]})  # fmt: skip
    table = pd.DataFrame(rows)
    settings = {
        "written": datetime.now(UTC).strftime("%Y-%m-%d"),
        "sampler": "emcee, affine-invariant: differential evolution and stretch moves",
        "walkers": chain.positions.shape[1], "steps": steps, "burn_in_steps": int(steps * BURN_IN), "seed": seed,
        "calibration_sources": sorted(s for s, which in split().items() if which == CALIBRATION),
        "rows": len(objective.rows), "contrasts": len(objective.pairs), "class_ranges": len(objective.classes),
        "best_log_posterior": float(chain.log_probability.max()),
        "largest_r_hat": float(table["r_hat"].max()), "smallest_effective_size": float(table["effective_size"].min()),
        "largest_autocorrelation_steps": float(table["autocorrelation_steps"].max()),
        "largest_drift": float(table["drift"].max()),
        "fingerprint": fingerprint(), "model": digest(),
    }  # fmt: skip
    return Calibration(chain, prior, table, settings)


def calibration_objective() -> Objective:
    """The objective on the tables of the package."""
    return Objective(packaged_studies()[0], read_contrasts(table_path("contrasts"))[0], read_studies(CLASSES)[0])


def fingerprint() -> str:
    """Of everything that the likelihood depends on: model, parameters, evidence, split, what tables mean here."""
    digest = hashlib.sha256(model.compiled("mouse").hash.encode())
    for species in ("mouse", "rat"):
        digest.update(repr(sorted(values_for(species).items())).encode())
    for path in (*table_paths("studies"), table_path("contrasts"), *MEANINGS):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
