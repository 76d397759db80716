"""`lobule demo`: one published study, simulated and put beside what it observed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import lobule
from lobule.files.scenario import read_scenario, run_scenario
from lobule.patient import Animal
from lobule.simulation.run import Run
from lobule.simulation.simulate import simulate
from lobule.validate import beside_study

SCENARIO = Path(lobule.__file__).parent / "scenarios" / "li2013.yaml"

# The evidence does not say whether carbon tetrachloride went on after the vesicles were given. Both are shown.
STOPPED, WENT_ON = "CCl4 stopped on day 42", "CCl4 went on to day 63"


def demonstrate() -> tuple[Run, dict[str, pd.DataFrame]]:
    """The demo's run (injury stopped) and one comparison with the study for each reading of its protocol."""
    scenario = read_scenario(SCENARIO)
    stopped = run_scenario(scenario)
    animal = Animal(**{**scenario.who().to_dict(), "duration": scenario.until})
    went_on = simulate(animal, scenario.therapy(), scenario.until, title=scenario.title)
    assert scenario.study is not None
    tables = {label: beside_study(run, scenario.study) for label, run in ((STOPPED, stopped), (WENT_ON, went_on))}
    return stopped, tables
