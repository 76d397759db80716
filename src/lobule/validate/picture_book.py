"""Every cause of disease as an expert would look at it: untreated courses over hours, weeks and years.

Nothing is compared here; `benchmarks/picture_book.py` draws it for docs/causes.md. A cause that is added gets sheets of
its own by its kind: a dose or a resection over hours and weeks, a switch over weeks in animals, people's chronic causes
over years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.model.causes import Cause, causes
from lobule.patient import Animal, Patient
from lobule.simulation.crowd import Crowd, Group, Solved
from lobule.simulation.subject import Subject
from lobule.validate.check import COLLAGEN, DEATH, REMOVED_BY
from lobule.validate.natural_history_people import add_people

Values = NDArray[np.float64]
# Outputs, the first that is there of each; what the model has not is left out.
OUTPUTS = (
    COLLAGEN, "hepatic_venous_pressure_gradient", "alt", "ast", "alp", "bilirubin", "inr", "albumin", "platelets",
    "tnf_alpha", "il_6", "il_1_beta", "il_10", "living_hepatocytes", "alive",
)  # fmt: skip
OF_THE_START = ("living_hepatocytes",)  # as % of its start
YEAR = 365.25
TIMES = {  # days
    "hours": np.arange(0, 72.5, 0.5) / 24,
    "weeks": np.union1d(np.arange(0, 72) / 24, np.arange(3, 24 * 7 + 0.25, 0.5)),  # by the hour while cytokines peak
    "years": np.arange(0, 50.1, 0.25) * YEAR,
}
WEEKS_ON = 12.0  # of a repeated toxin, or of a diet that is stopped
YEARS_ON = 15.0  # after which what takes a cause away begins
PEOPLE = 60  # virtual patients whose middle half is drawn
RTOL = 1e-4


@dataclass(frozen=True)
class Sheet:
    """One cause over one length of time.

    Attributes
    ----------
    cause, scale : its name; hours, weeks or years
    subjects : {line: who}; dashed : lines that are drawn so; spread : of which line the middle half of people is drawn
    """

    cause: Cause
    scale: str
    subjects: Mapping[str, Subject]
    dashed: Sequence[str] = ()
    spread: str = ""


@dataclass(frozen=True)
class Drawn:
    """A sheet with its courses: times (days); values {output: {line: (n_times,)}}; bands {output: (low, high)}."""

    sheet: Sheet
    times: Values
    values: Mapping[str, Mapping[str, Values]]
    bands: Mapping[str, tuple[Values, Values]] = field(default_factory=dict)


def sheets() -> list[Sheet]:
    """Every cause over each length of time that it has something to show in."""
    return [sheet for one in causes().values() for sheet in sheets_of(one)]


def sheets_of(cause: Cause) -> list[Sheet]:
    """The sheets of one cause."""
    animals = [species for species in cause.species if species != "human"]
    people = "human" in cause.species
    at_once = cause.kind in ("dose", "resection")
    found = []
    if at_once:
        once: dict[str, Subject] = {name: _animal(name, cause) for name in animals}
        once |= {"person": Patient(etiology=cause.name)} if people else {}
        found = [Sheet(cause, "hours", once), Sheet(cause, "weeks", once)]
        if cause.every is not None and animals:
            several = {f"{name}, {WEEKS_ON:g} weeks of it": _animal(name, cause, WEEKS_ON) for name in animals}
            found[1] = Sheet(cause, "weeks", several)
    elif animals:
        for_good = {name: _animal(name, cause) for name in animals}
        stopped = {f"{name}, stopped after {WEEKS_ON:g} weeks": _animal(name, cause, WEEKS_ON) for name in animals}
        found = [Sheet(cause, "hours", for_good), Sheet(cause, "weeks", for_good | stopped, tuple(stopped))]
    if people and not at_once:
        found.append(_years(cause))
    return found


def _animal(species: str, cause: Cause, weeks: float | None = None) -> Animal:
    return Animal(species, injury=cause.name, weeks=weeks)


def _years(cause: Cause) -> Sheet:
    care = REMOVED_BY.get(cause.name)
    who: dict[str, Subject] = {"person": Patient(etiology=cause.name)}
    if care is None:
        return Sheet(cause, "years", who, spread="person")
    cured = f"{care} after {YEARS_ON:g} years"
    who[cured] = Patient(etiology=cause.name, years=YEARS_ON, treated_with=(care,))
    return Sheet(cause, "years", who, (cured,), "person")


def drawn(chosen: Sequence[Sheet]) -> list[Drawn]:
    """Courses of sheets, all of one length of time in one batch.

    Parameters
    ----------
    chosen : sheets, in any order

    Returns
    -------
    list : in the order of `chosen`
    """
    found: dict[int, Drawn] = {}
    for scale, times in TIMES.items():
        own = {k: sheet for k, sheet in enumerate(chosen) if sheet.scale == scale}
        if not own:
            continue
        crowd = Crowd()
        groups = {k: {line: crowd.add(who, times) for line, who in sheet.subjects.items()} for k, sheet in own.items()}
        crowds = {k: _crowd(crowd, sheet, times) for k, sheet in own.items() if sheet.spread}
        names = [name for name in (*OUTPUTS, DEATH) if name in crowd.model.variables]
        solved = crowd.solve(names, RTOL)

        for k, lines in groups.items():
            by_line = {line: _course(solved, group, names) for line, group in lines.items()}
            outputs = [name for name in OUTPUTS if name in next(iter(by_line.values()))]
            values = {name: {line: one[name][0] for line, one in by_line.items()} for name in outputs}
            bands = {}
            if k in crowds:
                people = _course(solved, crowds[k], names)
                quartiles = {name: np.nanquantile(people[name], (0.25, 0.75), axis=0) for name in outputs}
                bands = {name: (low, high) for name, (low, high) in quartiles.items()}
            found[k] = Drawn(own[k], times, values, bands)
    return [found[k] for k in range(len(chosen))]


def _course(solved: Solved, group: Group, names: Sequence[str]) -> dict[str, Values]:
    """Outputs of a group, (n_lanes, n_times); cells as a share of those at the start, and how many are alive."""
    values = {name: solved.values(group, name) for name in names}
    values |= {name: 100 * values[name] / values[name][:, :1] for name in OF_THE_START if name in values}
    return values | {"alive": 100 * np.exp(-values[DEATH])}


def _crowd(crowd: Crowd, sheet: Sheet, times: Values) -> Group:
    return add_people(crowd, sheet.cause.name, PEOPLE, times)


def unit(output: str) -> str:
    """The unit of an output in a picture; "fold" where it is one of health."""
    if output in ("alive", *OF_THE_START):
        return "%"
    found = model.units_of(model.compiled("mouse")).get(output, "1")
    return "" if found == "1" else found
