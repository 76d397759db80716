"""What differs along the way of the blood: factors of a patch on constants of the model, with mean 1 over the sheet.

Profiles are written by how far downstream a place is (0 portal, 1 central), which is a share of the tissue.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lobule.tissue.geometry import Points
from lobule.tissue.patches import Patches

HERE = Path(__file__).parent


@functools.cache
def tissue_parameters() -> pd.DataFrame:
    """The table of measures of tissue: mouse, rat, human, unit, low, high, source, grade, note by id."""
    return pd.read_csv(HERE / "parameters.csv").set_index("id")


@functools.cache
def zonation() -> pd.DataFrame:
    """Which constant of the model follows which profile: profile, power, grade, note by constant."""
    return pd.read_csv(HERE / "zonation.csv").set_index("constant")


def of_species(species: str) -> dict[str, float]:
    """{measure: value} of a species."""
    return {str(name): float(value) for name, value in tissue_parameters()[species].items()}


def cyp2e1(downstream: Points, measures: Mapping[str, float]) -> Points:
    """CYP2E1 over that of the most central hepatocytes."""
    rise = 1 / (1 + np.exp((measures["cyp2e1_half"] - downstream) / measures["cyp2e1_steepness"]))
    return measures["cyp2e1_portal"] + (1 - measures["cyp2e1_portal"]) * rise


def portal(downstream: Points, measures: Mapping[str, float]) -> Points:
    """Injury that starts at the portal tract, over that there."""
    fall = np.exp(-downstream / measures["portal_reach"])
    return measures["portal_background"] + (1 - measures["portal_background"]) * fall


def central(downstream: Points, measures: Mapping[str, float]) -> Points:
    """Injury that is worst at the end of the way, over its mean."""
    return 1 + measures["central_tilt"] * (2 * downstream - 1)


def kupffer(downstream: Points, measures: Mapping[str, float]) -> Points:
    """Kupffer cells over their mean, straight lines between the middles of the thirds."""
    shares = [measures["kupffer_portal"], measures["kupffer_middle"]]
    return np.interp(downstream, [1 / 6, 1 / 2, 5 / 6], 3 * np.array([*shares, 1 - sum(shares)]))


PROFILES = {"cyp2e1": cyp2e1, "portal": portal, "central": central}


def factors(parts: Patches, downstream: Points, areas: Points, measures: Mapping[str, float]) -> dict[str, Points]:
    """{constant of the model: (p,) factor}: of each place's profile the mean over a patch, over that of the sheet.

    Parameters
    ----------
    downstream, areas : (n,) of places
    """
    found = {}
    for constant, row in zonation().iterrows():
        profile = parts.of_places(PROFILES[row["profile"]](downstream, measures), areas)
        found[str(constant)] = (profile / parts.mean(profile)) ** float(row["power"])
    return found
