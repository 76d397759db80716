"""`lobule demo`: one published study, simulated and put beside what it observed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

import lobule
from lobule.answers import words
from lobule.answers.answer import Answer
from lobule.answers.content import Picture
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
    """The demo's run, beside the study for each way to understand its protocol."""
    found = demonstrate()
    (run, _), (went_on, _) = found.values()
    lines = [run.record["title"], f"Study: {citation(STUDY)}\n"]
    lines += [f"If {label}: {one.essential()[0]}" for label, (one, _) in found.items()]
    lines += [*dict.fromkeys(line for one, _ in found.values() for line in one.essential()[1:]), ""]
    for label, (_, table) in found.items():
        lines.append(f"If {label}, treated over untreated on day {table['day'].iloc[0]:g}, as published:")
        lines.append(words.comparison(table))
    lines += [
        "The band is the range of particles that 250 ug of vesicle protein may hold (1e9 to 5e10 particles per ug).",
        "The study's endpoints are known as directions only; a predicted change under 0.15 of the "
        "spread between animals counts as none.\n",
        words.budget(run.copy_budget(), run.unexplained_share.values()),
    ]
    data = {
        "essential": {label: one.essential() for label, (one, _) in found.items()},
        "tables": {label: records(table) for label, (_, table) in found.items()},
        "copy_budget": records(run.copy_budget()),
        "citation": citation(STUDY),
    }
    answer = of_run(run, recorded(run, "demo", [SCENARIO], {}), "\n".join(lines), data, NOTES)
    shown = Picture(lambda: went_on.plot(observed=NOTES), f"the same if {WENT_ON}; figure.png: if {STOPPED}")
    return replace(answer, pictures={**answer.pictures, "figure_ccl4_went_on": shown})


def demonstrate() -> dict[str, tuple[Run, pd.DataFrame]]:
    """{how the protocol is understood: its run, beside the study}; injury stopped, and gone on."""
    scenario = read_scenario(SCENARIO)
    assert scenario.study is not None
    animal = Animal(**{**scenario.who().to_dict(), "duration": scenario.until})
    title = f"{scenario.title}; {WENT_ON}"
    runs = {
        STOPPED: run_scenario(scenario),
        WENT_ON: simulate(animal, scenario.therapy(), scenario.until, title=title),
    }
    return {label: (run, beside_study(run, scenario.study)) for label, run in runs.items()}
