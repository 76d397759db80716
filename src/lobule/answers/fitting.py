"""A file of one patient's labs becomes a fit, a forecast and a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lobule.arguments import a_text, between, checking
from lobule.bounds import LATEST
from lobule.calibrate.group_fit import GroupFit, fit_group
from lobule.calibrate.patient_fit import UNTREATED, Fit, Forecast, fit_patient, forecast
from lobule.errors import InputError
from lobule.files.course import read_course
from lobule.files.scenario import read_scenario
from lobule.keeping import write_files, write_table, writing_into
from lobule.labs import labs
from lobule.patient import Animal
from lobule.progress import say
from lobule.quantities import amount
from lobule.therapy import Care, Part, Plan

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True)
class Fitted:
    """A fit and its forecast."""

    fit: Fit
    forecast: Forecast

    def save(self, folder: Path) -> Path:
        """Write posterior.csv (a virtual patient a row), parameters.csv, forecast.csv and fit.svg.

        Raises
        ------
        ResultsError : a folder that cannot be written.
        """
        from lobule.report.fit import fit_picture
        from lobule.report.look import written
        from lobule.report.style import pictures

        course = self.fit.course
        particles = pd.DataFrame(
            {"virtual_patient": self.fit.ids, "years_of_disease": self.fit.years, **self.fit.varied}
        )
        units = {name: written(labs()[name].suffix) for name in course.values}
        labels = {name: labs()[name].label for name in course.values}
        ranked = {name: self.forecast.values[name] for name in [UNTREATED, *self.forecast.table["plan"]]}

        def draw() -> matplotlib.figure.Figure:
            return fit_picture(course.days, course.values, self.fit.past, self.forecast.days, ranked, units, labels)

        with writing_into(folder, "fit"):
            write_table(folder / "posterior.csv", particles, digits=6)
            write_table(folder / "parameters.csv", self.fit.table, digits=4)
            write_table(folder / "forecast.csv", self.forecast.table, digits=6)
            write_files(folder, pictures(draw, "fit.svg"))
        return folder


def default_plans(etiology: str) -> dict[str, Part | Sequence[Part]]:
    """What is forecast when nobody says what: cells, vesicles, and the standard care of the cause."""
    plans: dict[str, Part | Sequence[Part]] = {
        "umbilical cord cells, 1e6/kg, 4 weekly": Plan("uc-msc", "1e6 cell/kg", every="7 d", n=4),
        "their vesicles, 1e11/kg, 8 weekly": Plan("uc-msc-ev", "1e11 particle/kg", every="7 d", n=8),
    }
    care = {"hbv": "antiviral", "hcv": "antiviral", "alcohol": "abstinence", "autoimmune": "corticosteroid"}
    if etiology in care:
        plans[care[etiology]] = Care(care[etiology])
    return plans


def fit_animals(
    path: Path, scenario: Path, others: Sequence[Path] = (), group: str | None = None, sheet: str | None = None
) -> GroupFit:
    """Fit the labs of a group of animals under a scenario, and forecast other scenarios' plans to its end.

    Parameters
    ----------
    path, group, sheet : labs, see `lobule.files.course.read_course`; `group` chooses its rows where there are several

    Raises
    ------
    InputError : the files, a scenario of a patient, or one without a plan among the others.
    """
    read = read_scenario(scenario)
    who = read.who()
    if not isinstance(who, Animal):
        raise InputError(f"{scenario.name}: a group is of animals; for a patient give --etiology")
    plans: dict[str, Part | Sequence[Part]] = {}
    for other in others:
        parts = read_scenario(other).therapy()
        if not parts:
            raise InputError(f"{other.name}: the scenario has no plan to forecast")
        plans[other.stem] = parts
    course = read_course(path, group, sheet, animals=True)
    return fit_group(course, who, read.therapy() or None, plans, amount(read.until, "time"))


@checking(etiology=a_text, days=between(0, LATEST, above=True))
def fit_labs(
    path: Path, etiology: str, scenarios: Sequence[Path] = (), days: float = 365.25, patient: str | None = None,
    sheet: str | None = None,
) -> Fitted:  # fmt: skip
    """Fit a patient's labs and forecast each plan.

    Parameters
    ----------
    path, patient, sheet : see `lobule.files.course.read_course`
    etiology : cause of the disease
    scenarios : scenario files whose plans are forecast, from the last measurement on; the default plans when none
    days : length of the forecast

    Raises
    ------
    InputError : the file, the etiology, or a scenario without a plan.
    """
    course = read_course(path, patient, sheet)
    plans: Mapping[str, Part | Sequence[Part]] = default_plans(etiology)
    if scenarios:
        plans = {scenario.stem: read_scenario(scenario).therapy() for scenario in scenarios}
        for name, parts in plans.items():
            if not parts:
                raise InputError(f"{name}: the scenario has no plan to forecast")
    found = fit_patient(course, etiology)
    say(f"forecast of {len(plans)} plans")
    return Fitted(found, forecast(found, plans, days))
