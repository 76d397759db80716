"""Natural histories of virtual patients: who differs in what, run untreated for decades in one batch.

Patients come in blocks of `BLOCK`; a finished block is kept in a cache folder, so that a run that was stopped goes on
where it was. The cache is keyed by everything that can change a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.arguments import a_seed, a_text, checking, count
from lobule.engine.events import Event
from lobule.errors import about
from lobule.keeping import keep, kept, packed, unpacked
from lobule.model.causes import cause, disease
from lobule.model.parameters import values_for
from lobule.patient.draws import uniforms
from lobule.patient.onset import onsets, people
from lobule.patient.variation import together, variation
from lobule.simulation.crowd import Crowd
from lobule.therapy.care import Care, cares

BLOCK = 500
YEAR = 365.25
LONGEST = 60.0  # years of untreated disease
STEP = 0.25  # years between two visits
OUTPUTS = ("albumin", "inr", "bilirubin", "creatinine", "sodium", "platelets", "alt", "ast", "alp", "ggt", "ammonia",
           "ascites", "encephalopathy_grade", "il_6", "collagen_proportionate_area", "hepatic_venous_pressure_gradient",
           "cumulative_death_hazard", "cumulative_other_death_hazard", "cumulative_decompensation_hazard",
           "cumulative_aclf_hazard", "cumulative_hcc_hazard", "cumulative_infection_hazard",
           "cumulative_bleeding_hazard", "cumulative_encephalopathy_hazard")  # fmt: skip
RTOL = 1e-4


@dataclass(frozen=True)
class Histories:
    """Courses of patients. ids (n,), years (n_times,), values {output: (n, n_times)}, varied {parameter: (n,)}

    care : that everybody has from `begun` on, None for nobody
    begun : (n,) years of disease at which it began; None where there is none
    """

    etiology: str
    ids: NDArray[np.int64]
    years: NDArray[np.float64]
    values: dict[str, NDArray[np.float32]]
    varied: dict[str, NDArray[np.float64]]
    care: str | None = field(default=None, kw_only=True)
    begun: NDArray[np.float64] | None = field(default=None, kw_only=True)

    def since_care(self) -> NDArray[np.float64]:
        """Years since the care began, (n, n_times); NaN before it, and for who has none."""
        if self.begun is None:
            return np.full((len(self), len(self.years)), np.nan)
        since = self.years - self.begun[:, None]
        return np.where(since >= 0, since, np.nan)

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, rows: NDArray[np.intp] | slice) -> Histories:
        """Those of some patients."""
        return replace(self, ids=self.ids[rows], values={name: value[rows] for name, value in self.values.items()},
                       varied={name: factor[rows] for name, factor in self.varied.items()},
                       begun=None if self.begun is None else self.begun[rows])  # fmt: skip

    def and_those_of(self, other: Histories) -> Histories:
        """Courses of both, one below the other, of patients under the same care."""
        begun = None if self.begun is None or other.begun is None else np.concatenate([self.begun, other.begun])
        return replace(
            self, ids=np.concatenate([self.ids, other.ids]),
            values={name: np.concatenate([value, other.values[name]]) for name, value in self.values.items()},
            varied={name: np.concatenate([factor, other.varied[name]]) for name, factor in self.varied.items()},
            begun=begun,
        )  # fmt: skip

    def begins(self) -> list[Event]:
        """The care of each patient from its beginning on, none where nobody has any."""
        return [] if self.care is None or self.begun is None else care_begun(self.care, self.begun)


def care_begun(care: str, begun: NDArray[np.float64]) -> list[Event]:
    """A care of each patient from some years (n,) of disease on, infinite for who never has it."""
    return [event for lane, year in enumerate(begun) if np.isfinite(year)
            for event in Care(care).events(float(year) * YEAR, lane)]  # fmt: skip


@checking(etiology=a_text, n=count(), seed=a_seed)
def histories(
    etiology: str, n: int, seed: int = 1, progress: Callable[[int], None] | None = None, care: str | None = None
) -> Histories:
    """Courses of the first n patients of a seed, untreated or under a care from some time on.

    When the care begins is drawn, a patient's own: evenly over the years of disease in which the untreated patient
    would be alive. That is no prior of anything: who uses these courses weighs each visit by how long ago the care
    began (`since_care`), and takes no visit before it. The courses before are those of the same patients untreated.

    Parameters
    ----------
    etiology : a cause that befalls people
    n : how many; rounded up to whole blocks inside, but n are returned
    progress : called with the number of patients that are done
    care : standard care of therapy/care, such as "antiviral", "abstinence", "immunosuppression", "ursodeoxycholic acid"

    Raises
    ------
    InputError : unknown etiology or care, fewer than one patient.
    """
    with about("etiology"):
        etiology = disease(etiology, "human").name
    name = None
    if care is not None:
        with about("care"):
            name = Care(care).name
    blocks = []
    for first in range(0, n, BLOCK):
        untreated = _block(etiology, seed, first)
        blocks.append(untreated if name is None else _under(untreated, name, seed))
        if progress:
            progress(min(first + BLOCK, n))
    values = {o: np.concatenate([b.values[o] for b in blocks])[:n] for o in blocks[0].values}
    varied = {p: np.concatenate([b.varied[p] for b in blocks])[:n] for p in blocks[0].varied}
    ids = np.concatenate([b.ids for b in blocks])[:n]
    begun = None if name is None else np.concatenate([b.begun for b in blocks if b.begun is not None])[:n]
    return Histories(etiology, ids, blocks[0].years, values, varied, care=name, begun=begun)


def courses_of(etiology: str, ids: NDArray[np.int64], seed: int = 1) -> Histories:
    """Untreated courses of chosen patients of a seed, the same to the last bit as among all others.

    ids : at least one patient, in any order
    """
    with about("etiology"):
        etiology = disease(etiology, "human").name
    years, varied = np.arange(0, LONGEST + STEP / 2, STEP), people(etiology, seed, ids)
    blocks = {first: _kept_block(etiology, seed, first) for first in (int(i) // BLOCK * BLOCK for i in ids)}
    if all(block is not None for block in blocks.values()):
        rows = [(blocks[int(i) // BLOCK * BLOCK], int(i) % BLOCK) for i in ids]
        values = {o: np.array([block[o][row] for block, row in rows if block is not None]) for o in OUTPUTS}
    else:
        chosen = hashlib.sha256(np.asarray(ids, np.int64).tobytes()).hexdigest()[:16]
        name = f"courses-{etiology}-{seed}-{chosen}-{fingerprint()}.npz"
        content = kept(name)
        found = None if content is None else unpacked(content)
        values = solve(etiology, years, varied) if found is None else found
        if found is None:
            keep(name, packed(values))
    return Histories(etiology, np.asarray(ids, np.int64), years, values, varied)


@cache
def fingerprint() -> str:
    """Hash of everything that a block depends on beside its name."""
    compiled = model.compiled("human")
    text = compiled.hash + repr((variation(), together(), onsets())) + repr(sorted(values_for("human").items()))
    return hashlib.sha256(f"{text}{OUTPUTS}{LONGEST}{STEP}{RTOL}{BLOCK}".encode()).hexdigest()[:16]


def _block(etiology: str, seed: int, first: int) -> Histories:
    ids = np.arange(first, first + BLOCK)
    years = np.arange(0, LONGEST + STEP / 2, STEP)
    varied = people(etiology, seed, ids)
    values = _kept_block(etiology, seed, first)
    if values is None:
        values = solve(etiology, years, varied)
        keep(_name(etiology, seed, first), packed(values))
    # In one order in memory, solved or from the cache: sums over visits add in that order.
    values = {name: np.ascontiguousarray(value) for name, value in values.items()}
    return Histories(etiology, ids, years, values, varied)


def _under(untreated: Histories, care: str, seed: int) -> Histories:
    """A block of patients under a care from a drawn visit on, from the cache if there."""
    ids, years, etiology = untreated.ids, untreated.years, untreated.etiology
    alive = np.nan_to_num(np.exp(-untreated.values["cumulative_death_hazard"].astype(float)))[:, 1:]
    reached = np.cumsum(alive, axis=1)
    draws = uniforms(seed, "care begins", [int(i) for i in ids])
    begun = years[1 + np.argmax(reached >= draws * reached[:, -1:], axis=1)]
    text = repr((care, cares()[care], fingerprint()))
    digest = hashlib.sha256(text.encode() + begun.tobytes()).hexdigest()[:16]
    name = f"history-{etiology}-{care.replace(' ', '_')}-{seed}-{ids[0]}-{digest}.npz"
    content = kept(name)
    values = None if content is None else unpacked(content)
    if values is None:
        values = solve(etiology, years, untreated.varied, care_begun(care, begun))
        keep(name, packed(values))
    values = {output: np.ascontiguousarray(value) for output, value in values.items()}
    return Histories(etiology, ids, years, values, untreated.varied, care=care, begun=begun)


def _name(etiology: str, seed: int, first: int) -> str:
    return f"history-{etiology}-{seed}-{first}-{fingerprint()}.npz"


def _kept_block(etiology: str, seed: int, first: int) -> dict[str, NDArray[np.float32]] | None:
    content = kept(_name(etiology, seed, first))
    return None if content is None else unpacked(content)


def solve(
    etiology: str, years: NDArray[np.float64], varied: dict[str, NDArray[np.float64]], further: Sequence[Event] = ()
) -> dict[str, NDArray[np.float32]]:
    """Courses of patients, {output: (n, n_times)}, NaN for who could not be solved; `further` events of a lane each."""
    crowd, onset = Crowd(model.compiled("human")), cause(etiology, "human").events(None, [0.0], None)
    number = len(next(iter(varied.values())))
    everyone = crowd.add_lanes(number, years * YEAR, values_for("human"), factors=[varied], events=[*onset, *further])
    solved = crowd.solve(OUTPUTS, RTOL)
    return {name: solved.values(everyone, name).astype(np.float32) for name in OUTPUTS}  # who failed stays NaN
