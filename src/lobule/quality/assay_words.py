"""An analysed assay in sentences, as tables and as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lobule.quality.assay import AssayResult
from lobule.quality.runs import tables as of_runs
from lobule.quality.suitability import SYSTEM
from lobule.quality.suitability import table as of_checks
from lobule.quality.wells import ALL, RESTING, STIMULATED, USED
from lobule.statistics.curves import LEVEL
from lobule.statistics.potency import Potency


def said(result: AssayResult) -> list[str]:
    """The result in sentences, the reportable values first."""
    lines = [line for one in result.reportables for line in one.said()]
    lines += _suitable(result)
    if STIMULATED in result.controls and RESTING in result.controls:
        stimulated, resting = result.controls[STIMULATED], result.controls[RESTING]
        told = f"{stimulated:.3g} when stimulated, {resting:.3g} at rest"
        lines.append(f"{result.readout}: {told}; cytokines and markers are folds of rest")
    lines += _doses(result)
    for sample, curve in result.ec50.items():
        if math.isfinite(curve.ec50_low * curve.ec50_high):
            between = f"{curve.ec50_low:.3g} to {curve.ec50_high:.3g}"
            shape = f"slope {curve.slope:.2f}, R2 {curve.r_squared:.3f}"
            lines.append(f"EC50 of {sample}: {curve.ec50:.3g} {result.unit} ({between}), {shape}")
        else:
            lines.append(f"EC50 of {sample}: not told by these doses")
    lines += [line for group in result.analysis.groups if group.name == ALL for line in _potency(group.potency, result)]
    return [*lines, *_wells(result)]


def _suitable(result: AssayResult) -> list[str]:
    """System suitability in a line, and whose the criteria are."""
    system = [c for c in result.checks if c.kind == SYSTEM]
    wrong = [c for c in system if c.passes is False]
    untold = sorted({c.what for c in system if c.passes is None})
    plates = len({c.plate for c in system})
    lines = [f"system suitability: {plates - len({c.plate for c in wrong})} of {plates} plates pass"]
    if wrong:
        lines[0] += "; " + "; ".join(f"plate {c.plate}: {c.what} {c.value:.3g}, wanted {c.limit}" for c in wrong[:6])
    if untold:
        lines[0] += f"; cannot be told: {', '.join(untold)}"
    return [*lines, result.criteria.told]


def _doses(result: AssayResult) -> list[str]:
    """Which doses the lines use, why, and what all of them would say."""
    doses = result.analysis.doses
    used = ", ".join(f"{dose:.3g}" for dose in doses.loc[doses[USED], "dose"])
    out = doses[~doses[USED]]
    if out.empty:
        return [f"parallel lines use all {len(doses)} doses"]
    left = ", ".join(f"{row['dose']:.3g} ({row['reference_share']:.0%} of the range)" for row in out.to_dict("records"))
    lines = [f"parallel lines use {int(doses[USED].sum())} of {len(doses)} doses: {used} {result.unit}; not {left}: "
             f"{out['why_not'].iloc[0]}"]  # fmt: skip
    over_all = result.analysis.over_all_doses.items()
    return [
        *lines,
        *(f"{name} over all doses: {p.potency:.1%} ({_bounds(p)}), {_differences(p)}" for name, p in over_all),
    ]


def _differences(potency: Potency) -> str:
    """The tests of difference."""
    tests = f"parallelism {_p(potency.p_parallel)}"
    return tests if math.isnan(potency.p_linear) else f"{tests}, linearity {_p(potency.p_linear)}"


def _p(value: float) -> str:
    return "p below 0.0001" if value < 1e-4 else f"p {value:.2g}"


def _bounds(potency: Potency) -> str:
    if not math.isfinite(potency.low * potency.high):
        return "no bounded interval"
    return f"{potency.low:.1%} to {potency.high:.1%}"


def _potency(found: Potency, result: AssayResult) -> list[str]:
    shapes = [
        f"{one.what} {one.value:.3g} ({one.low:.3g} to {one.high:.3g})"
        + ("" if one.within(found.margins) else " NOT within {:.3g} to {:.3g}".format(*found.margins.of(one.what)))
        for one in found.shapes
    ]
    return [
        f"{found.sample} against {result.reference}, {found.model}: {found.potency:.1%} ({_bounds(found)}); "
        f"{'similar' if found.similar else 'similarity NOT shown'}; {'valid' if found.valid else 'NOT valid'}",
        f"its shape: {', '.join(shapes) or 'nothing tells'} (tests of difference do not decide: {_differences(found)})",
    ]


def _wells(result: AssayResult) -> list[str]:
    """Outliers and effects of plates."""
    far = result.wells[result.wells["outlier"]]
    lines = [
        f"outlier (generalized ESD at 1 %, kept): {row['sample']}, plate {row['plate']}, "
        f"{row['dose']:.3g} {result.unit}, response {row['response']:.4g}"
        for row in far.head(5).to_dict("records")
    ]
    if len(far) > 5:
        lines.append(f"and {len(far) - 5} outliers more, in wells.csv")
    for row in result.analysis.plates.to_dict("records"):
        size = "" if math.isnan(row["size"]) else f", {row['size']:.3g}"
        lines.append(f"plates, {row['effect']}: {_p(row['p'])}{size} ({row['about']})")
    return lines


def tables(result: AssayResult) -> dict[str, tuple[pd.DataFrame, str]]:
    """{name: (table, what it holds)} of the tables beside wells and potencies."""
    means, spread = of_runs(result.reportables)
    found = {
        "reportable": (means, "means of the runs that count, by method; the reportable one is marked"),
        "suitability": (of_checks(result.checks), "system suitability of each plate, sample suitability, by criterion"),
        "doses": (result.analysis.doses, "which doses the parallel lines use, and why not the others"),
        "precision": (spread, "variance between and within runs, and %GCV of other formats"),
        "plate_effects": (result.analysis.plates, "do plates differ in level and slope, do their edges"),
    }
    return {name: one for name, one in found.items() if len(one[0])}


def summary(result: AssayResult) -> dict[str, Any]:
    """Everything as plain data."""
    from lobule.report.records import records

    more = {name: records(frame) for name, (frame, _) in tables(result).items()}
    return {
        "title": result.title, "readout": result.readout, "dose_unit": result.unit,
        "controls": _finite(result.controls),
        "level": LEVEL, "ec50": {k: _finite(vars(c)) for k, c in result.ec50.items()},
        "potency": records(result.potencies),
        "between_plates_cv": _finite(result.between_plates_cv),
        "curves": [] if result.curves is None else records(result.curves), "criteria": result.criteria.model_dump(),
        **more, "notes": result.notes, "left_out": [str(f) for f in result.faults],
    }  # fmt: skip


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """None in place of what is no number."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
