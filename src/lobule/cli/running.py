"""Simulate: demo, run, replay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.cli import progress
from lobule.cli.app import START, Json, Members, Out, app
from lobule.cli.places import made_from, results
from lobule.cli.printing import (
    print_budget,
    print_comparison,
    print_given,
    print_json,
    print_safety,
    print_subject,
    print_summary,
    records,
)

SCENARIO_HELP = """Simulate a scenario file and write a folder of results.

A scenario is YAML; quantities carry their unit:

    title: three weekly doses of umbilical cord exosomes
    subject:                     # an animal with an injury, or a patient with an etiology
      species: mouse
      body_weight: 25 g          # left out: the species' own
      injury:
        cause: ccl4
        dose: 0.5 mL/kg          # left out: the injury's own
        every: 3.5 d
        duration: 6 wk
    # subject: {species: human, etiology: hbv, years: 25, treated_with: [antiviral]}
    plan:                        # left out: the untreated course; one part, or a list of them ("- product: ...")
      product: uc-msc-ev         # "lobule products" lists them; or the path of your own product file
      dose: 1e10 particle        # or 1e11 particle/kg, 250 ug, 8 mg/kg, 1e6 cell, 1e6 cell/kg, 0.5 mL
      route: iv                  # portal vein, hepatic artery, intrahepatic, intrasplenic, intraperitoneal,
                                 # subcutaneous, hydrogel
      start: 21 d
      every: 7 d
      n: 3
      over: 1 h                  # left out: a bolus
      when: alt > 80 U/L         # left out: every dose is given
    # - care: antiviral          # standard care as a part of the plan, from start, until its end
    until: 63 d
    sample_every: 6 h
    study: li2013                # left out: no comparison

The results go to results/run-FILE, or to -o: run.json (what was run, versions, hashes), timecourse.nc, untreated.nc
(NetCDF), summary.csv, copy_budget.csv, safety.csv, figure.png, figure.svg. `lobule schema` prints the JSON Schema for
editors.
"""


@app.command(rich_help_panel=START)
def demo(out: Out = None, json: Json = False) -> None:
    """Simulate a published study: a mouse with CCl4 fibrosis treated with MSC exosomes, beside what was observed."""
    from lobule.answers.demo import demonstrate
    from lobule.evidence import citation

    with results(out, "demo", "lobule demo") as folder:
        run, tables = demonstrate()
        notes = {"collagen_proportionate_area": "observed on day 63: down", "tgf_beta": "observed on day 63: down"}
        run.record["made_from"] = made_from(folder, ["lobule demo"])
        run.save(folder, run.plot(observed=notes))
    if json:
        print_json({"tables": {k: records(t) for k, t in tables.items()}, "copy_budget": records(run.copy_budget()),
                     "citation": citation("li2013"), "folder": str(folder)})  # fmt: skip
        return
    print(run.record["title"])
    print(f"Study: {citation('li2013')}\n")
    for label, table in tables.items():
        print(f"If {label}, treated over untreated on day {table['day'].iloc[0]:g}:")
        print_comparison(table)
    print("The band is the range of particles that 250 ug of vesicle protein may hold (1e9 to 5e10 particles per ug).")
    print("The study's endpoints are known as directions only; a predicted change under 5 % counts as none.\n")
    print_budget(run.copy_budget())
    print(f"Figure, time courses and inputs: {folder}/")
    print(run.record["intended_use"])


@app.command(help=SCENARIO_HELP, rich_help_panel=START)
def run(  # noqa: D103  (its help is SCENARIO_HELP)
    scenario: Annotated[Path, typer.Argument(help="Scenario file (YAML).")],
    out: Out = None,
    engine: Annotated[str, typer.Option(help='"lobule", or "roadrunner" for the reference simulator.')] = "lobule",
    members: Members = 200,
    json: Json = False,
) -> None:
    from dataclasses import asdict

    from lobule.evidence import citation, study_rows
    from lobule.files.scenario import read_scenario, run_scenario
    from lobule.optional import needs
    from lobule.validate import beside_study, domain

    if engine == "roadrunner":
        needs("roadrunner", extra="peers")
    read = read_scenario(scenario)
    rows = study_rows(read.study) if read.study else []
    with results(out, "run", scenario) as folder:
        result = run_scenario(read, engine, members)
        compared = beside_study(result, read.study) if read.study else None
        result.record["made_from"] = made_from(folder, [scenario])
        result.save(folder)
    plan = read.therapy()
    if json:
        print_json({"summary": records(result.summary()), "folder": str(folder), "notes": result.notes(),
                     "comparison": records(compared) if compared is not None else None,
                     "domain": [asdict(d) for d in domain(read.who(), plan)],
                     "copy_budget": records(result.copy_budget()) if plan else None,
                     "safety": records(result.safety()) if plan else None})  # fmt: skip
        return
    print_subject(result.record)
    print_given(result.record)
    print_summary(result.summary())
    for note in result.notes():
        print(note)
    if compared is not None:
        print(f"Beside {citation(rows[0]['source_id'])}")
        print_comparison(compared)
    for d in domain(read.who(), plan):
        where = "near" if d.inside else "OUTSIDE what calibrated lobule"
        print(f"Calibrated domain: {where}; the nearest study is {d.nearest} (distance {d.distance:.1f})"
              + (f": {'; '.join(d.reasons)}" if d.reasons else ""))  # fmt: skip
    if plan:
        print_budget(result.copy_budget())
        print_safety(result.safety())
    print(f"Figure, time courses and inputs: {folder}/")
    print(result.record["intended_use"])


@app.command(rich_help_panel=START)
def replay(folder: Annotated[Path, typer.Argument(help="A results folder.")], json: Json = False) -> None:
    """Run a results folder again and say whether the numbers are the same; exit code 1 when they are not."""
    from lobule.answers.replay import replay as run_again

    with progress.shown():
        outcome = run_again(folder)
    if json:
        print_json({"same": outcome.same, "largest_difference": outcome.largest_difference,
                     "where": outcome.where, "changed": list(outcome.changed)})  # fmt: skip
    else:
        print(f"{folder}: {outcome}")
    if not outcome.same:
        raise typer.Exit(1)
