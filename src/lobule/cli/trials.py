"""Trials and biomarkers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.bounds import MOST
from lobule.cli.applications import TRIALS, Formats, Json, Reading, Seed, app, within
from lobule.cli.show import ask, going_on, inside, told

TRIAL_HELP = """Simulate a clinical trial from one file: flow, analysis, power, type I error, assurance, tables, report.

The file is a design (YAML): population, arms, patients, visits, endpoints, analysis, and where wanted randomisation,
blinding, assays, missed visits, dropout, adherence, rescue, transplantation, interim looks; docs/trials.md has all
fields. Or the name of a design that comes with lobule (lobule trial --list). Several designs are compared.

Everything that is done is kept: a command that was stopped goes on where it was, with the same numbers. The folder gets
report.html, summary.json, adsl, adlb, adae and adtte (Parquet and CSV), replicates, twins; and tables of submission of
one replicate in sdtm/ and adam/ (transport files, Dataset-JSON, define.xml), which `lobule trial check FOLDER` checks
against published rules: exit status 1 where one is broken.
"""
CHECK = "check"  # in place of a design: the folder behind it is checked


@app.command(help=TRIAL_HELP, rich_help_panel=TRIALS)
def trial(  # noqa: D103  (its help is TRIAL_HELP)
    designs: Annotated[
        list[str] | None, typer.Argument(help="Design files, or names of shipped ones; or: check FOLDER.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Folder of the results; results/trial-DESIGN when left out. A trial that was "
            "stopped goes on in its folder.",
        ),
    ] = None,
    power: Annotated[
        float | None,
        typer.Option(callback=within(0, 1, above=True, below=True), help="Search the sample size of this power."),
    ] = None,
    sizes: Annotated[
        str | None, typer.Option(help='Power of these numbers of patients, from the same courses: "80, 160, 320".')
    ] = None,
    patients: Annotated[int | None, typer.Option(callback=within(1, MOST), help="In place of the design's.")] = None,
    replicates: Annotated[int | None, typer.Option(callback=within(1, MOST), help="In place of the design's.")] = None,
    members: Annotated[
        int | None, typer.Option(callback=within(0, MOST), help="Of the ensemble for the assurance; 0 for none.")
    ] = None,
    reading: Reading = None,
    cluster: Annotated[str | None, typer.Option(help="dask://host:port or a Dask scheduler file.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the designs that come with lobule.")] = False,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="List the names that outputs, criteria and events of a design take.")
    ] = False,
    published: Annotated[
        bool, typer.Option("--published", help="Run the designs of published trials, and put both beside each other.")
    ] = False,
    json: Json = False,
) -> None:
    if published:
        going_on(ask("published_trials", patients=patients, replicates=replicates, members=members), out, json)
        return
    if outputs:
        told(ask("design_names"), json)
        return
    if listed:
        told(ask("trial.listed"), json)
        return
    if designs and designs[0] == CHECK:
        told(ask("trial_check", *designs[1:]), json)
        return
    work = ask("trial", *(designs or []), power=power, patients=patients, replicates=replicates, members=members,
               cluster=cluster, reading=reading, sizes=sizes)  # fmt: skip
    going_on(work, out, json)


BIOMARKERS_HELP = """Find which measurement at baseline, or early, tells who will respond, from a trial that was run.

Penalised regression and trees in nested cross-validation (AUC with interval, calibration, decision curve, AUC over
time), prognostic and predictive measurements kept apart, uplift with a Qini curve; the same on shuffled outcomes. The
folder of the trial gets biomarkers.html and tables in biomarkers/.
"""


@app.command(help=BIOMARKERS_HELP, rich_help_panel=TRIALS)
def biomarkers(  # noqa: D103  (its help is BIOMARKERS_HELP)
    folder: Annotated[Path, typer.Argument(help="Folder of a trial.")],
    endpoint: Annotated[str | None, typer.Option(help="Name of an endpoint; the primary one when left out.")] = None,
    early: Annotated[str, typer.Option(help="Measurements up to then count as early.")] = "28 d",
    patients: Annotated[
        int | None, typer.Option(callback=within(1, MOST), help="Of the simulated trial that is analysed.")
    ] = None,
    seed: Seed = 1,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("biomarkers", folder, endpoint=endpoint, early=early, patients=patients, seed=seed)
    inside(work, "biomarkers", folder, "biomarkers.html", formats=formats, json=json)
