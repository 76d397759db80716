"""Natural histories of virtual patients: who differs in what, run untreated for decades in one batch.

Patients come in blocks of `BLOCK`; a finished block is kept in a cache folder, so that a run that was stopped goes on
where it was. The cache is keyed by everything that can change a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.arguments import a_seed, a_text, checking, count
from lobule.engine import EventTable
from lobule.errors import about
from lobule.keeping import keep, kept, packed, unpacked
from lobule.model.causes import cause
from lobule.model.parameters import values_for
from lobule.patient.scores import child_pugh_points, half_up, meld_na, meld_unrounded
from lobule.patient.variation import factors, variation
from lobule.quantities import BILIRUBIN_UMOL_PER_MG_DL, CREATININE_UMOL_PER_MG_DL

BLOCK = 500
YEAR = 365.25
LONGEST = 60.0  # years of untreated disease
STEP = 0.25  # years between two visits
OUTPUTS = ("albumin", "inr", "bilirubin", "creatinine", "sodium", "platelets", "alt", "ast", "ammonia", "ascites",
           "encephalopathy_grade", "il_6", "collagen_proportionate_area", "hepatic_venous_pressure_gradient",
           "cumulative_death_hazard", "cumulative_decompensation_hazard", "cumulative_aclf_hazard",
           "cumulative_hcc_hazard")  # fmt: skip
CIRRHOSIS = 14.0  # % collagen area: Ishak 5 (P080)
MILD_ASCITES, MODERATE_ASCITES = 0.5, 2.0  # litres; assumed: seen by ultrasound, and tense enough to treat
RTOL = 1e-4


@dataclass(frozen=True)
class Histories:
    """Courses of patients. ids (n,), years (n_times,), values {output: (n, n_times)}, varied {parameter: (n,)}"""

    etiology: str
    ids: NDArray[np.int64]
    years: NDArray[np.float64]
    values: dict[str, NDArray[np.float32]]
    varied: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.ids)


@checking(etiology=a_text, n=count(), seed=a_seed)
def histories(etiology: str, n: int, seed: int = 1, progress: Callable[[int], None] | None = None) -> Histories:
    """Untreated courses of the first n patients of a seed.

    Parameters
    ----------
    etiology : a cause that befalls people
    n : how many; rounded up to whole blocks inside, but n are returned
    progress : called with the number of patients that are done

    Raises
    ------
    InputError : unknown etiology, fewer than one patient.
    """
    with about("etiology"):
        cause(etiology, "human")
    blocks = []
    for first in range(0, n, BLOCK):
        blocks.append(_block(etiology, seed, first))
        if progress:
            progress(min(first + BLOCK, n))
    values = {o: np.concatenate([b.values[o] for b in blocks])[:n] for o in blocks[0].values}
    varied = {p: np.concatenate([b.varied[p] for b in blocks])[:n] for p in blocks[0].varied}
    return Histories(etiology, np.concatenate([b.ids for b in blocks])[:n], blocks[0].years, values, varied)


@cache
def _fingerprint() -> str:
    """Of everything that a block depends on beside its name."""
    compiled = model.compiled("human")
    text = compiled.hash + repr(variation()) + repr(sorted(values_for("human").items()))
    return hashlib.sha256(f"{text}{OUTPUTS}{LONGEST}{STEP}{RTOL}{BLOCK}".encode()).hexdigest()[:16]


def _block(etiology: str, seed: int, first: int) -> Histories:
    ids = np.arange(first, first + BLOCK)
    years = np.arange(0, LONGEST + STEP / 2, STEP)
    varied = factors(seed, ids)
    name = f"history-{etiology}-{seed}-{first}-{_fingerprint()}.npz"
    content = kept(name)
    values = None if content is None else unpacked(content)
    if values is None:
        values = _solve(etiology, years, varied)
        keep(name, packed(values))
    return Histories(etiology, ids, years, values, varied)


def _solve(
    etiology: str, years: NDArray[np.float64], varied: dict[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float32]]:
    usual = values_for("human")
    table = {name: np.full(BLOCK, value) for name, value in usual.items()}
    table |= {name: usual[name] * factor for name, factor in varied.items()}
    events = EventTable(cause(etiology, "human").events(None, [0.0], None))
    compiled = model.compiled("human")
    solution = compiled.solve(table, None, events, years * YEAR, rtol=RTOL, outputs=list(OUTPUTS))
    return {name: solution[name].astype(np.float32) for name in OUTPUTS}  # a patient that failed stays NaN


def child_pugh_of(v: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Child-Pugh points of labs in the model's units, ascites in litres, encephalopathy as the model has it."""
    steps = 0.0 + (v["ascites"] >= MILD_ASCITES) + (v["ascites"] >= MODERATE_ASCITES)
    fluid = np.where(np.isnan(v["ascites"]), np.nan, steps)
    bilirubin, grade = v["bilirubin"] / BILIRUBIN_UMOL_PER_MG_DL, half_up(v["encephalopathy_grade"])
    return child_pugh_points(bilirubin, v["albumin"] / 10, v["inr"], fluid, grade)["points"]


def clinical(values: dict[str, NDArray[np.floating]]) -> dict[str, NDArray[np.float64]]:
    """What a clinic derives from the labs: MELD, MELD-Na, Child-Pugh points, stage.

    Stage is 0 before cirrhosis, 1 compensated, 2 decompensated (more than mild ascites, or overt encephalopathy).
    """
    v = {name: np.asarray(value, float) for name, value in values.items()}
    bilirubin, creatinine = v["bilirubin"] / BILIRUBIN_UMOL_PER_MG_DL, v["creatinine"] / CREATININE_UMOL_PER_MG_DL
    grade = half_up(v["encephalopathy_grade"])
    scarred = v["collagen_proportionate_area"] >= CIRRHOSIS
    wet = (v["ascites"] >= 2 * MILD_ASCITES) | (grade >= 2)
    return {
        "meld": meld_unrounded(bilirubin, v["inr"], creatinine),
        "meld_na": meld_na(bilirubin, v["inr"], creatinine, v["sodium"]),
        "child_pugh": child_pugh_of(v),
        "stage": np.where(wet, 2.0, np.where(scarred, 1.0, 0.0)),
    }
