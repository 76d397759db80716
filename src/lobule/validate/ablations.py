"""Which mechanism does it: one after another is set off, and what is left of the effect is told.

Every reason that the docs give stands on this table. Mechanisms are rows of `ablations.csv` (constants of the model,
`*` for any letters); so is each component of the cargo that a product carries. Every scenario, reading and mechanism is
a subject of one batch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BeforeValidator

from lobule.errors import InputError
from lobule.model.cargo import components
from lobule.model.parameters import parameter_table
from lobule.patient import Animal, Patient
from lobule.rows import Row, read_rows
from lobule.simulation.crowd import Crowd
from lobule.simulation.reading import READING, READINGS, is_effect
from lobule.simulation.subject import Subject
from lobule.therapy import Part, Plan
from lobule.therapy.regimen import Regimen
from lobule.validate.check import COLLAGEN

TABLE = Path(__file__).with_suffix(".csv")
COMPONENT = "cargo: "
WHOLE = "nothing"  # is set off
OF_ANY_COMPONENT = ("named_component_share",)  # what goes with a component that is taken away, whichever it is
LEAST = 0.1  # of an effect: what takes less is not named


@dataclass(frozen=True)
class Scenario:
    """Who is given what, and which outputs are read: on the last day, or their highest value.

    days : of the run; step : between the times at which highest values are looked for, in days
    """

    name: str
    subject: Subject
    plan: Part
    days: float
    endpoints: tuple[tuple[str, str], ...]
    step: float = 1.0


def scenarios() -> tuple[Scenario, ...]:
    """The named ones: vesicles in chronic and acute injury of mice, cells in rats and in people."""
    weekly = Plan("uc-msc-ev", dose="1e10 particle", start="21 d", every="7 d", n=3)
    four = Plan("uc-msc", dose="1e6 cell/kg", every="7 d", n=4)
    return (
        Scenario(
            "mouse, CCl4, vesicles", Animal("mouse", injury="ccl4", weeks=6), weekly, 42,
            ((COLLAGEN, "last"), ("alt", "last"), ("tnf_alpha", "last"), ("il_10", "last"), ("m2_m1_ratio", "last")),
        ),
        Scenario(
            "mouse, acetaminophen, vesicles", Animal("mouse", injury="acetaminophen"),
            Plan("uc-msc-ev", dose="1e10 particle", start="1 h"), 3, (("alt", "peak"), ("tnf_alpha", "peak")), 1 / 24,
        ),
        Scenario(
            "rat, thioacetamide, cells", Animal("rat", injury="thioacetamide", weeks=12),
            Plan("bm-msc", dose="2e6 cell", start="42 d"), 84,
            ((COLLAGEN, "last"), ("alt", "last"), ("albumin", "last")),
        ),
        Scenario(
            "patient, alcohol, cells", Patient(etiology="alcohol", years=16, treated_with=("abstinence",)), four, 168,
            (("albumin", "last"), (COLLAGEN, "last"), ("bilirubin", "last")), 7.0,
        ),
    )  # fmt: skip


def _constants(text: str) -> tuple[tuple[str, float], ...]:
    pairs = [part.partition("=") for part in text.split()]
    return tuple((name, float(value)) for name, _, value in pairs)


class Mechanism(Row):
    """A row of the table. sets : constants by name or pattern, and what they are where the mechanism is off."""

    mechanism: str
    about: str = ""
    sets: Annotated[tuple[tuple[str, float], ...], BeforeValidator(_constants)]


@cache
def mechanisms(path: Path = TABLE) -> dict[str, dict[str, float]]:
    """{mechanism: {constant: value where it is off}}.

    Raises
    ------
    InputError : a pattern that no constant has.
    """
    found: dict[str, dict[str, float]] = {}
    for row in read_rows(path, Mechanism):
        found[row.mechanism] = {}
        for pattern, value in row.sets:
            names = [name for name in parameter_table() if fnmatchcase(name, pattern)]
            if not names:
                raise InputError(f'{path.name}: no parameter is called "{pattern}" ({row.mechanism})')
            found[row.mechanism] |= dict.fromkeys(names, value)
    return found


def switched_off(scenario: Scenario) -> dict[str, dict[str, float]]:
    """What is set off in a scenario: nothing, each mechanism, each component that its product carries.

    Of a component what it does itself: as published a study that takes any one away also loses a share of the whole,
    one assumed number for all of them, which is left out here.
    """
    given = Regimen.of(scenario.plan, scenario.subject).parameters()
    found: dict[str, dict[str, float]] = {WHOLE: {}} | mechanisms()
    for name in components():
        copies = {key: 0.0 for whose in ("", "secreted_") if given.get(key := f"{whose}{name}_copies_per_particle")}
        if copies:
            found[f"{COMPONENT}{name}"] = copies | dict.fromkeys(OF_ANY_COMPONENT, 0.0)
    return found


def ablations(which: tuple[Scenario, ...] | None = None) -> pd.DataFrame:
    """What is left of each effect without each mechanism.

    Parameters
    ----------
    which : scenarios; the named ones when None

    Returns
    -------
    DataFrame, one row a scenario, endpoint, reading and mechanism: effect (treated over untreated, less 1, with all of
        it), effect_without (the same without the mechanism), left (share of the effect by logarithms; 1: it does
        nothing, 0: it does all, NaN where there is no effect to explain).
    """
    chosen, crowd = scenarios() if which is None else which, Crowd()
    lanes: dict[tuple[str, str, str], Any] = {}
    for scenario in chosen:
        begin = scenario.subject.history_days
        inner = np.arange(0, scenario.days + scenario.step / 2, scenario.step)
        times = np.round(begin + inner, 9)
        lanes[scenario.name, "", ""] = crowd.add(scenario.subject, times)
        for reading, value in READINGS.items():
            for name, sets in switched_off(scenario).items():
                lanes[scenario.name, reading, name] = crowd.add(
                    scenario.subject, times, scenario.plan, sets={READING: value} | sets
                )
    outputs = list(dict.fromkeys(output for scenario in chosen for output, _ in scenario.endpoints))
    solved = crowd.solve(outputs)
    rows = []
    for scenario in chosen:
        for output, how in scenario.endpoints:
            values = {
                key[1:]: _read(solved.values(group, output)[0], how)
                for key, group in lanes.items()
                if key[0] == scenario.name
            }
            rows += _lines(scenario, output, how, values)
    return pd.DataFrame(rows)


def _read(course: np.ndarray, how: str) -> float:
    return float(course.max() if how == "peak" else course[-1])


def _lines(scenario: Scenario, output: str, how: str, values: Mapping[tuple[str, str], float]) -> list[dict[str, Any]]:
    untreated, found = values["", ""], []
    for (reading, name), value in values.items():
        if not reading:
            continue
        whole = values[reading, WHOLE]
        known = is_effect(whole, untreated)
        found.append({
            "scenario": scenario.name, "endpoint": f"{output}, {how}", "output": output, "reading": reading,
            "without": name, "effect": whole / untreated - 1, "effect_without": value / untreated - 1,
            "left": math.log(value / untreated) / math.log(whole / untreated) if known else math.nan,
        })  # fmt: skip
    return found


def decisive(table: pd.DataFrame, least: float = LEAST) -> dict[tuple[str, str, str], list[tuple[str, float]]]:
    """{(scenario, endpoint, reading): (mechanism, share of the effect that goes with it)}, the most first.

    Parameters
    ----------
    least : a mechanism that takes less is left out; more effect without it counts as well, by its amount
    """
    found = {}
    for key, rows in table[table["left"].notna()].groupby(["scenario", "endpoint", "reading"], sort=False):
        scenario, endpoint, reading = map(str, key)
        lost = [(str(n), 1 - float(x)) for n, x in zip(rows["without"], rows["left"], strict=True) if n != WHOLE]
        large = sorted([one for one in lost if abs(one[1]) >= least], key=lambda one: -abs(one[1]))
        found[scenario, endpoint, reading] = large
    return found
