"""Simulate: demo, run, replay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.bounds import LARGEST_SEED
from lobule.cli.applications import START, Formats, Json, Members, Out, Reading, app, within
from lobule.cli.show import answered, ask, in_file, told

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
    reading: published           # or counted: only what copies in cells can do
    study: li2013                # left out: no comparison

The results go to results/run-FILE, or to -o: README.txt (what is what), run.json (what was run, versions, hashes),
timecourse.nc, untreated.nc (NetCDF), summary.csv, copy_budget.csv, safety.csv, figure.png. `lobule schema` prints the
JSON Schema for editors.
"""


@app.command(rich_help_panel=START)
def demo(out: Out = None, formats: Formats = None, json: Json = False) -> None:
    """Simulate a published study: a mouse with CCl4 fibrosis treated with MSC exosomes, beside what was observed."""
    answered(ask("demo"), "demo", "lobule demo", out=out, formats=formats, json=json)


@app.command(help=SCENARIO_HELP, rich_help_panel=START)
def run(  # noqa: D103  (its help is SCENARIO_HELP)
    scenario: Annotated[Path, typer.Argument(help="Scenario file (YAML).")],
    out: Out = None,
    engine: Annotated[str, typer.Option(help='"lobule", or "roadrunner" for the reference simulator.')] = "lobule",
    members: Members = 200,
    reading: Reading = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("run", scenario, engine=engine, members=members, reading=reading)
    answered(work, "run", scenario, out=out, formats=formats, json=json)


@app.command(rich_help_panel=START)
def replay(folder: Annotated[Path, typer.Argument(help="A results folder.")], json: Json = False) -> None:
    """Run a results folder again and say whether the numbers are the same; exit code 1 when they are not."""
    told(ask("replay", folder), json)


@app.command(rich_help_panel=START)
def report(
    folder: Annotated[Path, typer.Argument(help="A results folder, of any command.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File of the report (.html); into the folder when left out.")
    ] = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    """Write the report of saved results: one page with answer, figures, tables, methods and sources (-o report.html).

    Without -o it goes into the folder; --formats adds others to the folder: html, svg, pdf, parquet. Nothing is
    simulated again.
    """
    if out is None:
        told(ask("report", folder, formats=formats), json)
        return
    work = ask("report", folder, formats=formats, out=out)
    in_file(work, "report", "report.html", folder, out=out, json=json, own=b"<!doctype html", endings=(".html", ".htm"))


@app.command(rich_help_panel=START)
def tissue(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (YAML), with or without a section `tissue`.")],
    out: Out = None,
    lobules: Annotated[
        int | None,
        typer.Option(callback=within(3, 1000), help="Lobules of the sheet, about; 37 where nothing says so."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(callback=within(0, LARGEST_SEED), help="Of the sheet and its cells.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(callback=within(1, 50), help="Sheets, for the spread between them.")
    ] = None,
    also: Annotated[
        str | None, typer.Option(help="Further files, with commas: anndata, zarr, qupath (OME-TIFF), parquet.")
    ] = None,
    reading: Reading = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    """Run a scenario in space: lobules with single cells, sections as a pathologist sees them, treated and untreated.

    A run that is stopped goes on where it was when the same command is given again.
    """
    work = ask("tissue", scenario, lobules=lobules, seed=seed, seeds=seeds, also=also, reading=reading)
    answered(work, "tissue", scenario, out=out, formats=formats, json=json)


AUDIT_HELP = """Say who wrote a results folder, when, from what, with which version, and whether it is as it was.

Every command that writes a folder adds a step to its trail, bound to the step before it by a checksum; the record holds
the checksum of every file. What was changed is named. LOBULE_USER gives the name that the trail tells.
"""


@app.command(help=AUDIT_HELP, rich_help_panel=START)
def audit(  # noqa: D103  (its help is AUDIT_HELP)
    folder: Annotated[Path, typer.Argument(help="A results folder.")], json: Json = False
) -> None:
    told(ask("audit", folder), json)
