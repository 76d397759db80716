"""What trials measure beside the model's outputs: HBV DNA, HBsAg, alpha-fetoprotein and varices at endoscopy.

Each is read from what a run knows (for how long an antiviral is taken, portal pressure, cancer) and from traits of the
person; none of them acts on the liver. Numbers and sources stand in markers.csv.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "markers.csv"
OF_HEPATITIS_B = ("hbv_dna", "hbsag")  # nobody else has them
MARKERS = (*OF_HEPATITIS_B, "afp", "varices")
LOGARITHMS = {f"{name}_log10": name for name in OF_HEPATITIS_B}  # as trials of hepatitis B report them
SMALLEST = 1e-3  # of which a logarithm is taken; nobody's assay reads less
SMALL, LARGE = 1.0, 2.0  # grades of varices
YEAR = 365.25
Values = NDArray[np.float64]


class Number(Row):
    """One number: its unit, where it comes from, how sure it is."""

    name: str
    value: float
    unit: str
    source: str
    grade: str
    note: str = ""


@cache
def numbers() -> Mapping[str, float]:
    """Numbers of markers.csv by name."""
    return {row.name: row.value for row in read_rows(TABLE, Number)}


def hbv_dna_untreated(z: Values) -> Values:
    """Plateau of HBV DNA without an antiviral, log10 IU/mL, of standard normal numbers of people.

    Published in copies: log10 IU = log10 copies - log10 (copies per IU).
    """
    n = numbers()
    mean = n["hbv_dna_untreated"] - math.log10(n["copies_per_iu"])
    return np.minimum(mean + n["hbv_dna_untreated_sd"] * np.asarray(z, float), n["hbv_dna_highest"])


def second_half_life(z: Values) -> Values:
    """Half-life of the second phase under an antiviral, days, of standard normal numbers of people."""
    n = numbers()
    return np.asarray(n["second_half_life"] * np.exp(n["second_half_life_sd"] * np.asarray(z, float)))


def hbv_dna(untreated: Values, half_life: Values, on: Values, off: Values | float = 0.0) -> Values:
    """HBV DNA in IU/mL.

    V = V0 * ((1 - f) * 2^(-on / first) + f * 2^(-on / second)), f = 1 - efficacy of the antiviral

    Two phases, as in Nowak 1996: free virus goes within days, as in the model; infected cells within months. What is
    left under an antiviral for years does not fall below the residual; after it was stopped the virus doubles back to
    the plateau.

    Parameters
    ----------
    untreated : plateau, log10 IU/mL; half_life : of the second phase, days
    on : days under an antiviral; off : days since it was stopped, 0 while it is taken and for who never had any

    >>> hbv_dna(np.array([6.0]), np.array([36.0]), np.array([0.0, 14.0, 336.0])).round(1).tolist()
    [1000000.0, 824.7, 1.6]
    """
    n = numbers()
    on, off = np.maximum(np.asarray(on, float), 0.0), np.maximum(np.asarray(off, float), 0.0)
    slow = 1 - n["antiviral_efficacy"]
    share = (1 - slow) * 2 ** (-on / n["first_half_life"]) + slow * 2 ** (-on / np.asarray(half_life, float))
    fallen = np.maximum(untreated + np.log10(np.maximum(share, 1e-300)), math.log10(n["hbv_dna_residual"]))
    back = fallen + off / n["rebound_doubling"] * math.log10(2)
    return np.asarray(10 ** np.where(off > 0, np.minimum(back, np.maximum(untreated, fallen)), fallen))


def hbsag_untreated(z: Values) -> Values:
    """HBsAg before an antiviral, log10 IU/mL, of standard normal numbers of people."""
    return numbers()["hbsag_untreated"] + numbers()["hbsag_untreated_sd"] * np.asarray(z, float)


def hbsag_decline(z: Values) -> Values:
    """Fall of HBsAg under an antiviral, log10 a year, of standard normal numbers of people."""
    return np.asarray(numbers()["hbsag_decline"] * np.exp(numbers()["hbsag_decline_sd"] * np.asarray(z, float)))


def hbsag(untreated: Values, decline: Values, on: Values) -> Values:
    """HBsAg in IU/mL after `on` days under an antiviral: log-linear; without one it stays.

    >>> hbsag(np.array([3.0]), np.array([0.1]), np.array([0.0, 3652.5])).round().tolist()
    [1000.0, 100.0]
    """
    return np.asarray(10 ** (untreated - decline * np.maximum(np.asarray(on, float), 0.0) / YEAR))


def afp(z: Values) -> Values:
    """Alpha-fetoprotein without liver cancer, ng/mL, of standard normal numbers of people; nothing moves it."""
    return np.asarray(numbers()["afp"] * 10 ** (numbers()["afp_sd"] * np.asarray(z, float)))


def afp_with_cancer(level: Values) -> Values:
    """Alpha-fetoprotein of who has liver cancer, ng/mL, by that before it: the same rank among people with cancer, and
    no less than before. Half of cancers are below 20 ng/mL.

    >>> afp_with_cancer(np.array([1.0, 4.85, 30.0])).round(1).tolist()
    [1.0, 20.5, 12705.1]
    """
    n = numbers()
    z = np.log10(np.asarray(level, float) / n["afp"]) / n["afp_sd"]
    return np.maximum(level, n["afp_cancer"] * 10 ** (n["afp_cancer_sd"] * z))


def share_with_varices(pressure: Values, grade: float = SMALL) -> Values:
    """Share of people who have varices of a grade or more, by hepatic venous pressure gradient in mmHg.

    share = 1 / (1 + exp((middle of the grade - pressure) / scale))
    """
    from scipy.special import expit

    n = numbers()
    middle = n["varices_large_pressure"] if grade >= LARGE else n["varices_pressure"]
    return np.asarray(expit((np.asarray(pressure, float) - middle) / n["varices_pressure_scale"]))


def varices(pressure: Values, rank: Values, bled: NDArray[np.bool_] | bool = False) -> Values:
    """Varices at endoscopy: 0 none, 1 small, 2 large.

    A person has them from the pressure on at which the share of people who do exceeds their rank, so that the grade
    rises and falls with pressure alone. Who bled from them has small ones at least.

    Parameters
    ----------
    pressure : hepatic venous pressure gradient, mmHg
    rank : of the person, between 0 and 1

    >>> varices(np.array([8.0, 14.0, 24.0]), np.array([0.5, 0.5, 0.5])).tolist()
    [0.0, 1.0, 2.0]
    """
    from scipy.special import logit

    n = numbers()
    own = np.asarray(pressure, float) - n["varices_pressure_scale"] * logit(np.asarray(rank, float))
    grade = 0.0 + (own >= n["varices_pressure"]) + (own >= n["varices_large_pressure"])
    grade = np.where(np.isnan(own), np.nan, grade)
    return np.where(bled, np.maximum(grade, SMALL), grade)


def logarithms(values: Mapping[str, NDArray]) -> dict[str, Values]:
    """Logarithms to base ten of those of OF_HEPATITIS_B that are there, {"hbv_dna_log10": ...}."""
    return {name: np.log10(np.maximum(np.asarray(values[of], float), SMALLEST))
            for name, of in LOGARITHMS.items() if of in values}  # fmt: skip
