"""Which outputs stand on which page, and what a panel of curves holds; the same for a browser, print and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.labs.table import labs, to_model
from lobule.report.scale import span, time_unit, written
from lobule.simulation.effect import change
from lobule.simulation.failure import WATCHED
from lobule.simulation.run import CLINICAL, HEADLINE, OF_FAILURE, OF_UNTREATED, OVER_UNTREATED
from lobule.simulation.told import when

if TYPE_CHECKING:
    import xarray as xr

    from lobule.simulation.run import Run
    from lobule.studio.like import Like

DIGITS = 5  # significant ones that a picture needs
MOST_TIMES = 600  # of a curve; more than a panel has pixels


@dataclass(frozen=True)
class Group:
    """Panels that belong together, under a heading."""

    title: str
    outputs: tuple[str, ...]


SCAR = Group("Scar", ("collagen_proportionate_area", "activated_stellate_fold", "tgf_beta"))
CYTOKINES = Group("Cytokines", ("tnf_alpha", "il_6", "il_1_beta", "il_10", "ccl_2", "ifn_gamma"))
OF_ANIMALS = (SCAR, Group("Injury and function", ("alt", "ast", "albumin")), CYTOKINES)
OF_PATIENTS = (
    Group("Function", ("albumin", "inr", "bilirubin")),
    Group("Scar and pressure", ("collagen_proportionate_area", "hepatic_venous_pressure_gradient", "platelets")),
    Group("Injury", ("alt", "ast", "activated_stellate_fold")),
    CYTOKINES,
)
LABS_OF_PATIENTS = (
    Group("Survival and function", ("albumin", "inr")),
    Group("Bile", ("bilirubin", "alp", "ggt")),
    Group("Injury and scar", ("alt", "ast", "collagen_proportionate_area")),
    Group("Pressure and kidney", ("hepatic_venous_pressure_gradient", "platelets", "ascites", "creatinine", "sodium",
                                  "ammonia")),
)  # fmt: skip
LABS_OF_ANIMALS = (
    Group("Survival, labs and scar", ("alt", "ast", "albumin", "bilirubin", "inr", "platelets", "ammonia",
                                      "collagen_proportionate_area")),
)  # fmt: skip
MACROPHAGES = ("inflammatory_macrophages", "restorative_macrophages")
# Of what words say beside the curves: the paragraph, who fails and who is alive
SAID_OF_ANIMALS = (*HEADLINE, "cumulative_death_hazard")
SAID_OF_PATIENTS = (*CLINICAL, *OF_FAILURE, *WATCHED)


def is_patient(species: Any) -> bool:
    """Whether a subject of that species is a patient."""
    return bool(species == "human")


def of_therapy(species: Any) -> tuple[Group, ...]:
    """The groups of the Therapy page."""
    return OF_PATIENTS if is_patient(species) else OF_ANIMALS


def of_subject(species: Any) -> tuple[Group, ...]:
    """The groups of the Subject page."""
    return LABS_OF_PATIENTS if is_patient(species) else LABS_OF_ANIMALS


def asked(species: Any) -> tuple[str, ...]:
    """All outputs that pages about a species ask a run for: one list, so that going from page to page simulates nothing
    anew."""
    said = SAID_OF_PATIENTS if is_patient(species) else SAID_OF_ANIMALS
    groups = (*of_therapy(species), *of_subject(species))
    return tuple(dict.fromkeys((*said, *MACROPHAGES, *(name for group in groups for name in group.outputs))))


def panel(run: Run, name: str, like: Like | None = None) -> dict[str, Any]:
    """Curves of an output, as a chart takes them: plain lists, times in the unit of its axis.

    Parameters
    ----------
    like : somebody like the subject, whose measured values are drawn with it

    Returns
    -------
    title, unit, time (name of the unit of times), x, treated, untreated, counted, low, high, untreated_low,
    untreated_high (None where there is none), span (of the axis),
    normal (low, high of the normal range or None), doses (times), said (the result in words), and what `_measured`
    gives
    """
    data = run.data.variables[name]
    values = data.to_numpy()
    every = _thinned(len(values))
    length, unit_of_time = time_unit(_end(run))
    low, high = _ends(run, name)
    twin_low, twin_high = _ends(run, f"{name}{OF_UNTREATED}")
    twin, counted = (None if one is None else one.variables[name].to_numpy() for one in (run.control, run.counted))
    seen = _measured(like, name, _end(run), length)
    dots = [[one[1] for one in seen["measured"]], seen["past"][1]]
    shown = [one for one in (values, twin, counted, low, high, twin_low, twin_high, *dots) if one is not None]
    scale = data.attrs.get("scale", "") if data.attrs["units"] == "1" else data.attrs["units"]
    curves = {"treated": values, "untreated": twin, "counted": counted, "low": low, "high": high,
              "untreated_low": twin_low, "untreated_high": twin_high}  # fmt: skip
    return {
        "name": name,
        "title": _capital(written(data.attrs["long_name"])),
        "unit": written(scale),
        "time": unit_of_time,
        "x": _numbers(run.data["time"].to_numpy()[every] / length),
        **{key: None if one is None else _numbers(one[every]) for key, one in curves.items()},
        "span": list(span(*shown) or (0.0, 1.0)),
        "normal": normal(name, run.record["subject"]["kind"]),
        "doses": [day / length for day in run.record["dose_times_d"]],
        "treats": run.record["plan"] is not None,
        "said": said(run, name) + _said_of_measured(like, run, name),
        **seen,
    }


def _measured(like: Like | None, name: str, end: float, length: float) -> dict[str, Any]:
    """Of somebody whose labs were dropped: measured ([time, value, limit] of each), past (times and values of the
    virtual patient until day 0), begins (of the axis of times); empty, and from 0 on, without anybody."""
    if like is None:
        return {"measured": [], "past": [[], []], "begins": 0.0}
    seen, (days, values) = like.drawn(name, end)
    past = [_numbers(np.asarray(days) / length), _numbers(np.asarray(values))]
    return {"measured": [[day / length, value, limit] for day, value, limit in seen], "past": past,
            "begins": like.begins(end) / length}  # fmt: skip


LIMITS = {-1: "below ", 0: "", 1: "above "}


def _said_of_measured(like: Like | None, run: Run, name: str) -> str:
    """The last measured value in words, beside the virtual patient's on day 0."""
    values = [] if like is None else like.measured.get(name, [])
    if not values:
        return ""
    day, value, limit = values[-1]
    data = run.data.variables[name]
    unit = "" if data.attrs["units"] == "1" else f" {written(data.attrs['units'])}"
    at = "at the last visit" if day == 0 else f"{-day:.0f} days before the last visit"
    return f" Measured {at}: {LIMITS[limit]}{value:.3g}{unit}; virtual on day 0: {float(data.to_numpy()[0]):.3g}{unit}."


def said(run: Run, name: str) -> str:
    """What a panel shows, in words: the last day, its band, untreated, and the change.

    Its first letter is a capital; it is the name of the picture for who does not see it.
    """
    data = run.data.variables[name]
    value = float(data.to_numpy()[-1])
    unit = "" if data.attrs["units"] == "1" else f" {written(data.attrs['units'])}"
    told = f"{_capital(written(data.attrs['long_name']))} {when(_end(run))}: {value:.3g}{unit}"
    low, high = _ends(run, name)
    if low is not None and high is not None:
        told += f" (90 % of the ensemble: {low[-1]:.3g} to {high[-1]:.3g})"
    if run.control is None:
        return f"{told}."
    untreated = float(run.control.variables[name].to_numpy()[-1])
    told += f"; untreated {untreated:.3g}{unit}"
    low, high = _ends(run, f"{name}{OF_UNTREATED}")
    if low is not None and high is not None:
        told += f" ({low[-1]:.3g} to {high[-1]:.3g})"
    if not untreated > 0:
        return f"{told}."
    ratio = None
    if run.band is not None and f"{name}{OVER_UNTREATED}" in run.band:
        ends = run.band.variables[f"{name}{OVER_UNTREATED}"].to_numpy()[[0, -1], -1]
        ratio = (float(ends[0]), float(ends[1])) if np.isfinite(ends).all() else None
    return f"{told}; {change(value / untreated, ratio)}."


def overlaid(runs: Mapping[str, Run], name: str, like: Like | None = None) -> dict[str, Any]:
    """Curves of an output of several runs in one panel, each under its name; the time axis is of the longest.

    like : somebody like the subject of all of them
    """
    runs = {title: run for title, run in runs.items() if name in run.data}
    first = next(iter(runs.values()))
    longest = max(runs.values(), key=lambda run: _end(run))
    length, unit_of_time = time_unit(float(longest.data["time"].to_numpy()[-1]))
    days = longest.data["time"].to_numpy()[_thinned(longest.data.sizes["time"])]
    curves = {title: np.interp(days, run.data["time"].to_numpy(), run.data[name].to_numpy(), right=np.nan)
              for title, run in runs.items()}  # fmt: skip
    data = first.data[name]
    scale = data.attrs.get("scale", "") if data.attrs["units"] == "1" else data.attrs["units"]
    told = "; ".join(f"{title}: {float(run.data[name][-1]):.3g}" for title, run in runs.items())
    seen = _measured(like, name, _end(longest), length)
    shown = [*curves.values(), [one[1] for one in seen["measured"]], seen["past"][1]]
    return {
        "name": name, "title": _capital(written(data.attrs["long_name"])), "unit": written(scale),
        "time": unit_of_time, "x": _numbers(days / length),
        "several": [[title, _numbers(one)] for title, one in curves.items()],
        "span": list(span(*shown) or (0.0, 1.0)), "normal": normal(name, first.record["subject"]["kind"]),
        "doses": [], "treats": True, "said": f"{_capital(written(data.attrs['long_name']))} at the end: {told}."
        + _said_of_measured(like, longest, name), **seen,
    }  # fmt: skip


def survival(run: Run, like: Like | None = None) -> dict[str, Any]:
    """A panel of who is alive, of those who are at the beginning of the run; its times begin as those of `panel`."""
    length, unit_of_time = time_unit(_end(run))
    every = _thinned(run.data.sizes["time"])

    def alive(one: xr.Dataset) -> np.ndarray:
        hazard = one["cumulative_death_hazard"].to_numpy()
        return np.asarray(100 * np.exp(hazard[0] - hazard))

    treated, untreated = (None if one is None else alive(one) for one in (run.data, run.control))
    assert treated is not None
    told = f"Alive {when(_end(run))}: {treated[-1]:.3g} %"
    told += "." if untreated is None else f"; untreated {untreated[-1]:.3g} %."
    names = ("cumulative_death_hazard", f"cumulative_death_hazard{OF_UNTREATED}")
    low, high, twin_low, twin_high = (None if one is None else 100 * np.exp(one[0] - one) for name in names
                                      for one in reversed(_ends(run, name)))  # fmt: skip
    curves = {"treated": treated, "untreated": untreated, "low": low, "high": high, "untreated_low": twin_low,
              "untreated_high": twin_high}  # fmt: skip
    return {
        "name": "alive", "row": "cumulative_death_hazard", "title": "Alive",
        "unit": "% of those alive at the beginning", "time": unit_of_time,
        "x": _numbers(run.data["time"].to_numpy()[every] / length),
        **{key: None if one is None else _numbers(one[every]) for key, one in curves.items()},
        "counted": None, "span": [0.0, 102.0], "normal": None,
        "doses": [day / length for day in run.record["dose_times_d"]], "treats": run.record["plan"] is not None,
        "said": told, **_measured(like, "alive", _end(run), length),
    }  # fmt: skip


def normal(name: str, kind: str) -> list[float | None] | None:
    """The normal range of a lab of a person in the model's unit: its upper limit where laboratories use one."""
    if kind != "patient" or name not in labs():
        return None
    upper = labs()[name].upper_normal
    return None if upper != upper else [None, float(to_model(name, upper))]


def plane(run: Run) -> dict[str, Any]:
    """Macrophages of both kinds over time: x M1, y M2, treated and untreated."""
    first, second = MACROPHAGES
    every = _thinned(run.data.sizes["time"])
    length, unit_of_time = time_unit(_end(run))

    most = max(float(run.data[name].max()) for name in MACROPHAGES)
    scale, unit = (1.0, "10⁹ cells") if most >= 0.1 else (1e3, "10⁶ cells")

    def traced(one: xr.Dataset) -> dict[str, list[float | None]]:
        return {axis: _numbers(scale * one[name].to_numpy()[every]) for axis, name in (("x", first), ("y", second))}

    return {
        "time": unit_of_time,
        "unit": unit,
        "t": _numbers(run.data["time"].to_numpy()[every] / length),
        "treated": traced(run.data),
        "untreated": None if run.control is None else traced(run.control),
        "said": _said_of_plane(run),
    }


def _said_of_plane(run: Run) -> str:
    first, second = (float(run.data[name][-1]) for name in MACROPHAGES)
    told = f"{when(_end(run)).capitalize()}: {second / first:.2g} M2 for each M1" if first > 0 else "No M1"
    if run.control is None:
        return f"{told}."
    one, other = (float(run.control[name][-1]) for name in MACROPHAGES)
    return f"{told}; untreated {other / one:.2g}." if one > 0 else f"{told}."


def _ends(run: Run, name: str) -> tuple[Any, Any]:
    """Lowest and highest row of a band of the ensemble, where it has a width."""
    if run.band is None or name not in run.band or "quantile" not in run.band.dims:
        return None, None
    values = run.band.variables[name].to_numpy()
    return values[0], values[-1]


def _thinned(n: int) -> np.ndarray:
    return np.unique(np.round(np.linspace(0, n - 1, min(n, MOST_TIMES))).astype(int))


def _numbers(values: np.ndarray) -> list[float | None]:
    """Rounded to what a picture shows; None for what is no number."""
    finite = np.isfinite(values)
    size = np.where((values == 0) | ~finite, 1.0, np.abs(values))
    factor = 10.0 ** (DIGITS - 1 - np.floor(np.log10(size)))
    rounded = (np.round(values * factor) / factor).tolist()
    return rounded if finite.all() else [one if there else None for one, there in zip(rounded, finite, strict=True)]


def _end(run: Run) -> float:
    return float(run.data.variables["time"].to_numpy()[-1])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
