"""The copy budget: which path could physically carry an effect, what reaches a cell beside what is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from lobule.model.cargo import EATERS_OF_VESICLES, components
from lobule.model.slots import in_all_slots

if TYPE_CHECKING:
    import pandas as pd

ENOUGH = 0.1  # assumed: a path that never reaches a tenth of what is needed cannot carry a treatment
HGF_NG_PER_MILLION_CELLS = 0.5  # secretion a day, pk-K158
HGF_NG_PER_KG = 15_000  # a day: 0.6 mg/m2, which gave no clear benefit in fulminant hepatitis (kinetics.md 7)
NAN = float("nan")
WHOLE = "whole vesicles, as published"
OF_WHOLE = "one empirical potency a vesicle, calibrated on published effects; mechanism not established by count"
OF_CELLS = "calibrated on published effects of cells"


class Path(NamedTuple):
    """A path of a plan: how much of it reaches a cell at most, how much is needed (NaN: no yardstick), and the share of
    its largest effect that the model gives it."""

    path: str
    kind: str
    cell: str
    peak: float
    needed: float
    unit: str
    peak_share_of_largest_effect: float
    potency: str
    strength_from: str


def copy_budget(values: Mapping[str, float], peaks: Mapping[str, float]) -> pd.DataFrame:
    """Which path could physically carry the effect: what reaches a cell by counting, against what is needed.

    Parameters
    ----------
    values : constants of the treated, {name: value}
    peaks : {output: largest value of the treated}

    Returns
    -------
    DataFrame, one row a path that the plan opens: path, kind, cell, peak (copies in a cell, or ng of HGF a day),
    needed, unit, peak_share_of_largest_effect (what the model gives it), possible_by_count (yes, no, or ? where the
    evidence has no yardstick), impossible_but_used (the model gives it a tenth or more of its effect, and the count
    does not carry it), potency ("calibrated" to studies that report the effect, or "assumed"), strength_from (the file
    with its grades and sources, or what it was calibrated on).
    """
    import pandas as pd

    paths = [*_whole_vesicles(peaks), *_cargo(values, peaks), *_of_cells(values, peaks)]
    table = pd.DataFrame(paths, columns=Path._fields)
    enough = table["peak"] >= ENOUGH * table["needed"]
    table["possible_by_count"] = ["?" if pd.isna(n) else "yes" if e else "no"
                                  for n, e in zip(table["needed"], enough, strict=True)]  # fmt: skip
    used = table["peak_share_of_largest_effect"] >= ENOUGH
    table["impossible_but_used"] = used & (table["possible_by_count"] == "no")
    last = ["potency", "strength_from"]
    return table[[*(name for name in table if name not in last), *last]]


def _whole_vesicles(peaks: Mapping[str, float]) -> Iterator[Path]:
    """What vesicles do as published, whatever carries it: nothing can be counted against it."""
    for cell in EATERS_OF_VESICLES:
        share = peaks.get(f"published_{cell}_effect", 0.0)  # which a run of an earlier version does not have
        if share > 0:
            peak = peaks[f"vesicles_per_{cell}"]
            yield Path(WHOLE, "published", cell, peak, NAN, "vesicles a cell", share, "calibrated", OF_WHOLE)


def _cargo(values: Mapping[str, float], peaks: Mapping[str, float]) -> Iterator[Path]:
    for c in components().values():
        if not any(values[each] for name in c.carried_names() for each in in_all_slots(name, values)):
            continue
        needed = values["mirna_half_effect"] if c.copies_needed is None else c.copies_needed.value
        for cell in c.cells:
            peak, share = peaks[f"{c.name}_per_{cell}"], peaks[f"{c.name}_{cell}_effect"]
            potency = "calibrated" if c.calibrated_in(cell) else "assumed"
            yield Path(c.name, c.kind, cell, peak, needed, "copies in a cell", share, potency, c.strength_from(cell))


def _of_cells(values: Mapping[str, float], peaks: Mapping[str, float]) -> Iterator[Path]:
    alive = peaks["msc_alive"] + peaks["msc_in_depot"]
    if alive > 0:
        hgf, needed = alive * 1e3 * HGF_NG_PER_MILLION_CELLS, HGF_NG_PER_KG * values["body_weight"] / 1000
        yield Path("growth factors", "soluble", "hepatocyte", hgf, needed, "ng of HGF a day",
                   peaks["msc_growth_effect"], "calibrated", OF_CELLS)  # fmt: skip
    for path, state, effect, unit in (
        ("soluble factors", "msc_factor", "msc_factor_effect", "cells a Kupffer"),
        ("eaten cells", "msc_engulfment", "educated_share", "a day a Kupffer"),
    ):
        if peaks[state] > 0:
            yield Path(path, "cells", "macrophage", peaks[state], NAN, unit, peaks[effect], "calibrated", OF_CELLS)
