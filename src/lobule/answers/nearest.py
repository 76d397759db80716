"""The virtual person nearest to a patient, in words, tables and as a scenario that `lobule run` takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lobule.answers.content import Beside, Table
from lobule.answers.words import plain
from lobule.files.scenario import Scenario, read_scenario
from lobule.forecast.nearest import FAR, Nearest
from lobule.forecast.plans import Fit
from lobule.keeping import write_text
from lobule.labs import labs
from lobule.model.causes import causes
from lobule.simulation.told import SEXES
from lobule.yaml_files import yaml_text

SCENARIO = "scenario.yaml"
POOR = "POOR: these are curves of somebody else."
OF_THE_PLAN = ("plan", "until", "sample_every", "reading", "hypotheses")  # what a scenario under study gives
HEAD = "# The virtual patient nearest to the labs that lobule fit has read. Nothing that was measured stands here.\n"


def nearest_said(fit: Fit) -> list[str]:
    """Sentences on who is nearest: first whether the fit is poor, and by what; then who it is and how near."""
    one = fit.nearest
    told = []
    if fit.check.fit == "poor" or len(one.far):
        told.append(POOR)
        told += [_unlike(fit)] if fit.check.fit == "poor" else []
    told += [_who(one), _how_near(one)]
    if one.left_out:
        told.append(f"Not taken into account: {', '.join(one.left_out)}.")
    return told


def _unlike(fit: Fit) -> str:
    """What the check of the fit says, in short; `lobule fit` says all of it."""
    who, worst = causes()[fit.etiology].title, fit.check.worst
    name = labs()[worst].label if worst in labs() else worst.replace("_", " ")
    least = f", {name} least" if worst else ""
    return f"What was measured is hardly ever that of virtual people with {who}{least}: the fit says why."


def _who(one: Nearest) -> str:
    who = one.subject
    parts = [
        f"number {one.virtual} of those with {causes()[who['etiology']].title}",
        f"ill for {who['years']:.0f} years",
    ]
    parts += [f"{who['age']:.0f} years old" + ("" if one.age is None else f" (the patient {one.age:.0f})")]
    parts += [SEXES[who["sex"]]]
    if who.get("treated_with"):
        since = who["treated_years"]
        parts.append(f"under {who['treated_with'][0]} " + (f"for {since:.2g} years" if since else "from this day on"))
    return f"The nearest virtual patient: {', '.join(parts)}."


def _how_near(one: Nearest) -> str:
    """The distance of each lab's last value, the farthest first."""
    last = one.last.iloc[(-one.last["distance_sd"].abs()).argsort(kind="stable")]
    each = [f"{labs()[row['lab']].label} {round(row['distance_sd'], 1) + 0.0:+.1f}{_when(row['day'])}"
            for row in last.to_dict("records")]  # fmt: skip
    most, n, limit = float(last["distance_sd"].abs().max()), len(one.far), "standard deviations of the assay"
    said = f"At its last measurement each lab lies within {max(most, 0.1):.1f} {limit}"
    if n:
        said = f"At their last measurement {n} of {len(last)} labs lie more than {FAR:g} {limit} off"
    earlier = one.values.drop(one.last.index)["distance_sd"].abs()
    before = "" if earlier.empty else f" Earlier values lie within {max(float(earlier.max()), 0.1):.1f}."
    return f"{said} (measured less virtual): {', '.join(each)}.{before}"


def _when(day: float) -> str:
    return "" if day == 0 else f" ({-day:.0f} days before the last visit)"


def nearest_text(one: Nearest) -> str:
    """The last value of each lab beside the virtual person's, for a terminal."""
    return plain(one.last.drop(columns="limit"))


def nearest_tables(one: Nearest) -> dict[str, Table]:
    """Measured beside virtual, and the virtual person's course until the last visit."""
    return {
        "nearest": Table(one.values, "measured labs beside those of the nearest virtual patient: day 0 is the last "
                         "visit; limit: -1 measured below that, 1 above it; distance_sd in standard deviations of the "
                         "assay"),
        "nearest_course": Table(one.course, "labs of the nearest virtual patient until the last visit, day 0"),
    }  # fmt: skip


def nearest_scenario(one: Nearest, plans: Sequence[Path], days: float, reading: str | None) -> dict[str, Any]:
    """The scenario of that person from the last visit on, under the plan of the first scenario file.

    Parameters
    ----------
    plans : scenario files; without any the person is untreated for so many days
    reading : in place of that of the file
    """
    found: dict[str, Any] = {"subject": one.subject, "until": f"{days:g} d", "sample_every": "1 d"}
    if plans:
        given: Scenario = read_scenario(plans[0])
        asked = given.model_dump(exclude_unset=True)
        found = {"subject": one.subject} | {name: asked[name] for name in OF_THE_PLAN if name in asked}
    return found | ({} if reading is None else {"reading": reading})


def nearest_files(scenario: dict[str, Any]) -> dict[str, Beside]:
    """The scenario as a file."""
    text = HEAD + yaml_text(scenario)
    about = "the nearest virtual patient from the last visit on: lobule run takes it, and the studio opens it"
    return {SCENARIO: Beside(partial(write_text, text=text), about)}
