"""`lobule demo`: one published study, simulated and put beside what it observed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import lobule
from lobule.answers import words
from lobule.answers.answer import Answer
from lobule.answers.run import of_run, recorded
from lobule.evidence import citation
from lobule.files.scenario import read_scenario, run_scenario
from lobule.patient import Animal
from lobule.report.records import records
from lobule.simulation.run import Run
from lobule.simulation.simulate import simulate
from lobule.validate import beside_study

SCENARIO = Path(lobule.__file__).parent / "scenarios" / "li2013.yaml"
STUDY = "li2013"

# The evidence does not say whether carbon tetrachloride went on after the vesicles were given. Both are shown.
STOPPED, WENT_ON = "CCl4 stopped on day 42", "CCl4 went on to day 63"
NOTES = {"collagen_proportionate_area": "observed on day 63: down", "tgf_beta": "observed on day 63: down"}


def demo() -> Answer:
    """The demo's run, beside the study for each reading of its protocol."""
    run, tables = demonstrate()
    lines = [run.record["title"], f"Study: {citation(STUDY)}\n"]
    for label, table in tables.items():
        lines.append(f"If {label}, treated over untreated on day {table['day'].iloc[0]:g}:")
        lines.append(words.comparison(table))
    lines += [
        "The band is the range of particles that 250 ug of vesicle protein may hold (1e9 to 5e10 particles per ug).",
        "The study's endpoints are known as directions only; a predicted change under 0.15 of the "
        "spread between animals counts as none.\n",
        words.budget(run.copy_budget()),
    ]
    data = {
        "tables": {label: records(table) for label, table in tables.items()},
        "copy_budget": records(run.copy_budget()),
        "citation": citation(STUDY),
    }
    return of_run(run, recorded(run, "demo", [SCENARIO], {}), "\n".join(lines), data, NOTES)


def demonstrate() -> tuple[Run, dict[str, pd.DataFrame]]:
    """The demo's run (injury stopped) and one comparison with the study for each reading of its protocol."""
    scenario = read_scenario(SCENARIO)
    stopped = run_scenario(scenario)
    animal = Animal(**{**scenario.who().to_dict(), "duration": scenario.until})
    went_on = simulate(animal, scenario.therapy(), scenario.until, title=scenario.title)
    assert scenario.study is not None
    tables = {label: beside_study(run, scenario.study) for label, run in ((STOPPED, stopped), (WENT_ON, went_on))}
    return stopped, tables
