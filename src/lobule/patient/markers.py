"""Traits of a person that markers are read from: drawn from a stream of their own, the same in every cohort.

What they mean stands in `lobule.scores.markers`; the model knows none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.patient.criteria import Criteria
from lobule.patient.draws import normals
from lobule.patient.history import YEAR
from lobule.scores import markers
from lobule.scores.markers import OF_HEPATITIS_B, hbsag_decline, hbsag_untreated, hbv_dna_untreated, second_half_life
from lobule.therapy.care import cares, several

Values = NDArray[np.float64]
HEPATITIS_B = "hbv"
NO_RANK = 1e-9  # by which a rank keeps away from 0 and 1


def traits(etiology: str, seed: int, ids: NDArray[np.int64]) -> dict[str, Values]:
    """Traits of patients of a seed, {name: (n,)}.

    Returns
    -------
    dict: hbv_dna_untreated (log10 IU/mL), second_half_life (days), hbsag_untreated (log10 IU/mL), hbsag_decline (log10
        a year), all -inf or 0 in who has no hepatitis B; afp (ng/mL), varices_rank (between 0 and 1).
    """
    from scipy.special import ndtr

    z = normals(seed, "markers", [int(i) for i in ids], 6)
    infected = etiology == HEPATITIS_B
    nobody, still = np.full(len(z), -np.inf), np.zeros(len(z))
    return {
        "hbv_dna_untreated": hbv_dna_untreated(z[:, 0]) if infected else nobody,
        "second_half_life": second_half_life(z[:, 1]),
        "hbsag_untreated": hbsag_untreated(z[:, 2]) if infected else nobody,
        "hbsag_decline": hbsag_decline(z[:, 3]) if infected else still,
        "afp": markers.afp(z[:, 4]),
        "varices_rank": np.clip(ndtr(z[:, 5]), NO_RANK, 1 - NO_RANK),
    }


def read_markers(
    of: Mapping[str, Values], pressure: NDArray, on: Values, off: Values | float = 0.0,
    bled: NDArray[np.bool_] | bool = False,
) -> dict[str, Values]:  # fmt: skip
    """Markers of patients, {name of MARKERS: an array of the shape of the pressure}.

    Parameters
    ----------
    of : traits, of that shape or of one that is broadcast to it
    pressure : hepatic venous pressure gradient
    on, off : days under an antiviral, and since it was stopped
    bled : whether varices have bled (`recently`, or since)
    """
    shape = np.shape(pressure)
    infected = np.isfinite(of["hbv_dna_untreated"])
    dna = markers.hbv_dna(np.where(infected, of["hbv_dna_untreated"], 0.0), of["second_half_life"], on, off)
    antigen = markers.hbsag(np.where(infected, of["hbsag_untreated"], 0.0), of["hbsag_decline"], on)
    return {
        "hbv_dna": np.broadcast_to(np.where(infected, dna, 0.0), shape).astype(float),
        "hbsag": np.broadcast_to(np.where(infected, antigen, 0.0), shape).astype(float),
        "afp": np.broadcast_to(of["afp"], shape).astype(float),
        "varices": markers.varices(pressure, of["varices_rank"], bled),
    }


def markers_of(etiology: str, seed: int, seen: Mapping[Any, Any], usual: str) -> dict[str, Values]:
    """Markers of the patients of a table, {name of MARKERS: (n,)}.

    Parameters
    ----------
    seen : "id", "care_years" (NaN for who has no care), "days_since_bleeding", "hepatic_venous_pressure_gradient"
    usual : care that was had for those years, several joined by a comma
    """
    ids = np.asarray(seen["id"], int)
    people, back = np.unique(ids, return_inverse=True)
    own = {name: values[back] for name, values in traits(etiology, seed, people).items()}
    on = np.nan_to_num(np.asarray(seen["care_years"], float)) * YEAR if is_antiviral(usual) else np.zeros(len(ids))
    bled = recently(np.asarray(seen["days_since_bleeding"], float))
    return read_markers(own, np.asarray(seen["hepatic_venous_pressure_gradient"], float), on, bled=bled)


def recently(days_since_bleeding: Values) -> NDArray[np.bool_]:
    """Who bled within a year before the visit. Longer ago says nothing: it is drawn at the rate of the day
    (`lobule.patient.episodes`), which was lower while the disease was younger."""
    return np.asarray(days_since_bleeding <= YEAR)


def antivirals() -> set[str]:
    """Standard care that stops the virus of hepatitis B."""
    return {name for name, care in cares().items() if care.adds.get("hbv_antiviral_efficacy", 0.0) > 0}


def is_antiviral(names: str) -> bool:
    """Whether one of some cares, joined by a comma, stops the virus of hepatitis B."""
    return bool(antivirals() & set(several(names)))


def refuse_without_hepatitis_b(names: Collection[str], etiologies: Collection[str]) -> None:
    """Raise InputError where a marker of hepatitis B is asked of people of whom nobody has it."""
    asked = [name for name in names if name.removesuffix("_log10") in OF_HEPATITIS_B]
    if asked and HEPATITIS_B not in etiologies:
        who = ", ".join(dict.fromkeys(etiologies))
        raise InputError(f"{asked[0]} is measured in hepatitis B, which nobody has here ({who}); leave it out")


def criteria_of(text: str | None, etiology: str, etiologies: Collection[str]) -> str | None:
    """The criteria that a group of a population has to meet: who has no hepatitis B has no virus and no antigen, and
    meets limits above 0.

    Parameters
    ----------
    etiology : of the group; etiologies : of the whole population

    Raises
    ------
    InputError : a marker of hepatitis B where nobody has it, or one that a group without it can never meet.
    """
    if not text:
        return None
    rules = Criteria.read(text).rules
    refuse_without_hepatitis_b([rule.name for rule in rules], etiologies)
    if etiology == HEPATITIS_B:
        return text
    kept = []
    for rule in rules:
        if rule.name not in OF_HEPATITIS_B:
            kept.append(str(rule))
        elif not rule.holds(0.0):
            raise InputError(f"nobody with {etiology} meets {rule}, since hepatitis B is another group; leave it out")
    return " and ".join(kept) or None
