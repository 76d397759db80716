"""What `lobule tissue` says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lobule.tissue import Tissue

LEGEND = (
    "Drawn from cells and strands, not photographed. Immunofluorescence-like: CD86 (M1) red, CD206 (M2 and Kupffer "
    "cells) green, alpha-SMA magenta, glutamine synthetase cyan, nuclei blue."
)
LIMITS = (
    "Patches of the sheet are lanes of the liver model; rates are the model's. What space adds (zones, paths of blood, "
    "crawling, strands) is in tissue/parameters.csv, zonation.csv and places.csv, most of it assumed.",
    "Stages are rules over what is counted in a drawn section; they are no reading of a biopsy. For research.",
)


def words_of(row: Mapping[str, Any]) -> str:
    """One section in words."""
    area = f"collagen {row['collagen_area_percent']:.1f} % of the section"
    if not row["septa"]:
        return f"{area}, no septum"
    kinds = [(row["central_central"], "central-central"), (row["portal_central"], "portal-central"),
             (row["portal_portal"], "portal-portal")]  # fmt: skip
    joined = ", ".join(f"{number} {name}" for number, name in kinds if number)
    return f"{area}, {row['septa']} {'septum' if row['septa'] == 1 else 'septa'} ({joined}), METAVIR {row['metavir']}"


def said_of(pathology: pd.DataFrame, zones: pd.DataFrame, arm: str, seeds: int) -> str:
    """What came out, in one paragraph."""
    last = pathology[pathology["day"] == pathology["day"].max()]
    parts = [f"On day {last['day'].iloc[0]:g}"]
    for name in dict.fromkeys(last["arm"]):
        of_arm = last[last["arm"] == name]
        parts.append(f"{name}: {words_of(of_arm.iloc[0])}{_spread(of_arm, seeds)}")
    where = _where(zones, arm)
    return "; ".join(parts) + "." + (f" {where}" if where else "")


def _spread(of_arm: pd.DataFrame, seeds: int) -> str:
    if seeds == 1:
        return ""
    low, high = of_arm["collagen_area_percent"].min(), of_arm["collagen_area_percent"].max()
    return f" ({low:.1f} to {high:.1f} % over {seeds} sheets)"


def _where(zones: pd.DataFrame, arm: str) -> str:
    """Where necrosis was worst, and where macrophages took up vesicles."""
    worst = zones.sort_values("necrotic_percent", kind="stable").iloc[-1]
    told = []
    if worst["necrotic_percent"] >= 1:
        told.append(
            f"Necrosis was worst in the {worst['zone']} third: {worst['necrotic_percent']:.0f} % of its hepatocytes on "
            f"day {worst['day']:g}."
        )
    taken = zones[(zones["arm"] == arm) & zones["ev_in_macrophages_share"].notna()]
    if len(taken):
        first = taken[taken["day"] == taken["day"].min()].set_index("zone")["ev_in_macrophages_share"]
        if math.isfinite(first["portal"]) and first["central"] > 0:
            told.append(
                f"Of the vesicles in macrophages {100 * first['portal']:.0f} % lay in the portal third and "
                f"{100 * first['central']:.0f} % in the central one."
            )
    return " ".join(told)


def text_of(title: str, said: str, pathology: pd.DataFrame, zones: pd.DataFrame, tissue: Tissue) -> str:
    """What a terminal shows."""
    size = tissue.sheet.size / 1000
    sheet = (
        f"Sheet of {size[0]:.1f} x {size[1]:.1f} mm: {len(tissue.sheet.veins)} lobules, {len(tissue.sheet)} places of "
        f"hepatocytes, {len(tissue.growing.parts)} patches."
    )
    columns = ["arm", "seed", "day", "collagen_area_percent", "septa", "central_central", "portal_central",
               "portal_portal", "nodular_share", "metavir", "ishak", "laennec"]  # fmt: skip
    last = zones[zones["day"] == zones["day"].max()]
    cells = ["arm", "zone", "necrotic_percent", "m1_per_mm2", "m2_per_mm2", "activated_stellate_per_mm2"]
    return "\n\n".join([
        title, said, sheet, pathology[columns].round(2).to_string(index=False),
        last[cells].round(1).to_string(index=False),
    ])  # fmt: skip
