"""Tables that stand on pages: of a subject's labs and scores, of what a cargo carries, of plans beside each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.answers.words import path_of
from lobule.errors import InputError
from lobule.report.scale import plain_number as raised
from lobule.report.scale import written
from lobule.simulation.effect import change
from lobule.simulation.run import OF_UNTREATED
from lobule.simulation.told import when
from lobule.studio.panels import Group, normal
from lobule.studio.sources import half_life, known, of_path

if TYPE_CHECKING:
    import xarray as xr

    from lobule.explore.attribution import Attribution
    from lobule.explore.comparison import Comparison
    from lobule.simulation.run import Run
    from lobule.studio.like import Like

Row = Callable[[str], str]
SCORES = {"meld": "MELD", "meld_na": "MELD-Na", "meld_3": "MELD 3.0", "child_pugh_points": "Child-Pugh points",
          "child_pugh_class": "Child-Pugh class", "albi": "ALBI"}  # fmt: skip
BY_COUNT = {"yes": "yes", "no": "no", "?": "no yardstick"}
SIDES = {-1: "<", 0: "", 1: ">"}
POTENCY = {"calibrated": "calibrated", "assumed": "assumed"}


def labs(run: Run, groups: tuple[Group, ...], row: Row, like: Like | None = None) -> dict[str, Any]:
    """Labs at the beginning of the run and at its end, treated and untreated, with their bands.

    Parameters
    ----------
    row : gives the address where the evidence tells of a name
    like : somebody like the subject, whose last measured values stand beside
    """
    names = [name for group in groups for name in group.outputs if name in run.data]
    rows = []
    for name in names:
        data = run.data[name]
        limits = normal(name, run.record["subject"]["kind"])
        upper = f"up to {plain_number(limits[1])}" if limits and limits[1] is not None else ""
        unit = data.attrs.get("scale", "") if data.attrs["units"] == "1" else data.attrs["units"]
        twin = "" if run.control is None else _banded(run, run.control, name, OF_UNTREATED)
        label = written(data.attrs["long_name"])
        rows.append([_linked(label[:1].upper() + label[1:], name, row), written(unit), plain_number(float(data[0])),
                     _banded(run, run.data, name, ""), twin, upper, _measured(like, name)])  # fmt: skip
    head = ["Lab", "Unit", "At the beginning", _treated(run), "Untreated", "Normal", "Measured last"]
    full = [k for k in range(len(head)) if k < 4 or any(row[k] for row in rows)]  # an animal has no normal range
    return {"told": f"Labs at the beginning and {when(float(run.data.time[-1]))}", "head": [head[k] for k in full],
            "rows": [[row[k] for k in full] for row in rows], "numbers": [2, 3, 4, 5, 6]}  # fmt: skip


def _measured(like: Like | None, name: str) -> str:
    """The last measured value of a lab, and when it is not of the last visit."""
    if like is None or name not in like.measured:
        return ""
    day, value, limit = like.measured[name][-1]
    return f"{SIDES[limit]}{plain_number(value)}{'' if day == 0 else f' ({-day:.0f} d before)'}"


def scores(run: Run) -> dict[str, Any] | None:
    """Scores of a patient at the beginning and at the end; None of an animal, for whom there are none."""
    try:
        treated = run.scores()
    except InputError:
        return None
    twin = None if run.control is None else _untreated(run).scores()
    rows = [[SCORES[name], _score(treated[name].iloc[0]), _score(treated[name].iloc[-1]),
             "" if twin is None else _score(twin[name].iloc[-1])] for name in treated if name in SCORES]  # fmt: skip
    return {"told": f"Scores at the beginning and {when(float(run.data.time[-1]))}", "rows": rows,
            "head": ["Score", "At the beginning", _treated(run), "Untreated"], "numbers": [1, 2, 3]}  # fmt: skip


def budget(run: Run, row: Row) -> dict[str, Any]:
    """Which path could carry the effect: copies that reach a cell, beside copies that are needed.

    Each number leads to the parameter or the equation that it is of.

    Parameters
    ----------
    row : as of `labs`
    """
    table = run.copy_budget()
    table = table[(table["peak_share_of_largest_effect"] >= 1e-3) | (table["possible_by_count"] == "yes")]
    rows = []
    for one in table.sort_values("peak_share_of_largest_effect", ascending=False).to_dict("records"):
        needed, share = one["needed"], 100 * one["peak_share_of_largest_effect"]
        behind, lasts = of_path(one["path"], one["cell"]), half_life(one["path"], run.record["parameters"])
        rows.append([
            _linked(path_of(one["path"]), behind["path"], row), one["cell"].replace("_", " "),
            _linked(f"{plain_number(one['peak'])} {written(one['unit'])}", behind["peak"], row),
            _linked(plain_number(needed), behind["needed"], row) if needed == needed else "",
            _linked(f"{lasts[0]:.0f} h", lasts[1], row) if lasts else "", BY_COUNT[one["possible_by_count"]],
            {"text": f"{share:.2g} %", "bar": share, "link": row(behind["effect"]) if behind["effect"] else ""},
            _linked(one["potency"], behind["strength"], row),
        ])  # fmt: skip
    return {"told": "Which path could carry the effect: the most that reaches a cell, beside what is needed",
            "head": ["Path", "Cell", "Reaches at most", "Needed", "Half-life there", "Possible by count",
                     "Effect in the model, of its largest", "Strength is"], "rows": rows,
            "numbers": [2, 3, 4]}  # fmt: skip


def shares(found: Attribution, labels: Any, row: Row) -> list[dict[str, Any]]:
    """Shares of each component in the change of each output that changes.

    Parameters
    ----------
    labels : gives what an output is called
    row : as of `labs`
    """
    tables = []
    for output, some in found.table.groupby("output", sort=False):
        total = found.total[str(output)]
        if abs(total) < 0.01:
            continue
        rows = [[_component(one["component"], row),
                 {"text": f"{100 * one['share']:+.2g} %", "bar": 100 * one["share"] / abs(total)},
                 f"{100 * one['lost_without']:.0f} %"] for one in some.to_dict("records")]  # fmt: skip
        label = written(labels(str(output)))
        tables.append({
            "told": f"{label[:1].upper()}{label[1:]}: {change(1 + total)}; which component brings how much of it",
            "head": ["Component", "Its share, in points of untreated", "Lost without it"], "rows": rows,
            "numbers": [2],
        })  # fmt: skip
    return tables


def pairs(found: Comparison, labels: Any) -> dict[str, Any]:
    """Differences of pairs of plans, with their range over the members of the ensemble."""
    rows = []
    for row in found.pairs.to_dict("records"):
        if row["difference"] != row["difference"]:
            continue
        value, low, high = (f"{100 * row[name]:+.1f}" for name in ("difference", "low", "high"))
        rows.append([f"{row['second']} less {row['first']}", written(labels(row["output"])), value,
                     f"{low} to {high}", row["verdict"]])  # fmt: skip
    return {"told": "Differences on the last day that both reach, in points of untreated",
            "head": ["Plans", "Output", "Difference", "5 to 95 % of the ensemble", "What the evidence carries"],
            "rows": rows, "numbers": [2, 3]}  # fmt: skip


def beside(runs: dict[str, Run], names: tuple[str, ...]) -> dict[str, Any]:
    """What each plan changes against its own untreated twin, with the band of the ratio."""
    rows = []
    for title, run in runs.items():
        told = []
        summary = {row["output"]: row for row in run.summary().to_dict("records")}
        for name in names:
            row = summary.get(name)
            if row is None or "ratio" not in row or not np.isfinite(row["ratio"]):
                told.append("")
                continue
            ends = (row.get("ratio_low", np.nan), row.get("ratio_high", np.nan))
            told.append(change(row["ratio"], ends if np.isfinite(ends).all() else None, against=""))
        rows.append([title, *told])
    first = next(iter(runs.values()))
    heads = [written(first.data[name].attrs["long_name"]) for name in names]
    return {"told": "Each plan against its own untreated twin on its last day (90 % of the ensemble)",
            "head": ["Plan", *(head[:1].upper() + head[1:] for head in heads)], "rows": rows}  # fmt: skip


def plain_number(value: float) -> str:
    """A number of three digits as one reads it.

    >>> plain_number(1234.0), plain_number(0.05), plain_number(2e7)
    ('1,230', '0.05', '2×10⁷')
    """
    return f"{float(f'{value:.3g}'):,.0f}" if 1000 <= abs(value) < 1e6 else raised(value)


def _linked(text: str, name: str, row: Row) -> Any:
    """A cell of a table that leads to what stands behind it; plain where nothing does."""
    return {"text": text, "link": row(name)} if name and known(name) else text


def _component(name: str, row: Row) -> Any:
    """A component of the cargo, which leads to its copies on a vesicle."""
    return _linked(path_of(name), f"{name}_native_copies", row) if name.isidentifier() else name


def _banded(run: Run, course: xr.Dataset, name: str, of: str) -> str:
    """An output on the last day with the band of the ensemble, where that has a width."""
    text, band = plain_number(float(course[name][-1])), f"{name}{of}"
    if run.band is None or "quantile" not in run.band.dims or not run.has_band(band):
        return text
    low, high = (plain_number(float(end)) for end in run.band.variables[band].to_numpy()[[0, -1], -1])
    return text if low == high else f"{text} ({low} to {high})"


def _treated(run: Run) -> str:
    return "At the end" if run.record["plan"] is None else "Treated, at the end"


def _untreated(run: Run) -> Run:
    from dataclasses import replace

    assert run.control is not None
    return replace(run, data=run.control)


def _score(value: Any) -> str:
    return value if isinstance(value, str) else plain_number(float(value))
