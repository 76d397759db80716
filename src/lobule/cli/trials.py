"""Trials and biomarkers."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lobule.bounds import MOST
from lobule.cli import progress
from lobule.cli.app import TRIALS, Json, Seed, app, within
from lobule.cli.places import trial_folder
from lobule.cli.printing import print_json
from lobule.errors import InputError
from lobule.keeping import check_place, write_table, write_text, writing_into
from lobule.progress import say

if TYPE_CHECKING:
    from lobule.trial.trial import Trial, TrialResult

TRIAL_HELP = """Simulate a clinical trial from one file: flow, analysis, power, type I error, assurance, tables, report.

The file is a design (YAML): population, arms, patients, visits, endpoints, analysis, and where wanted randomisation,
blinding, assays, missed visits, dropout, adherence, rescue, transplantation, interim looks; docs/trials.md has all
fields. Or the name of a design that comes with lobule (lobule trial --list). Several designs are compared.

Everything that is done is kept: a command that was stopped goes on where it was, with the same numbers. The folder gets
report.html, summary.json, adsl, adlb, adae and adtte (Parquet and CSV), replicates, twins.
"""


@app.command(help=TRIAL_HELP, rich_help_panel=TRIALS)
def trial(  # noqa: D103  (its help is TRIAL_HELP)
    designs: Annotated[list[str] | None, typer.Argument(help="Design files, or names of shipped ones.")] = None,
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
    patients: Annotated[int | None, typer.Option(callback=within(1, MOST), help="In place of the design's.")] = None,
    replicates: Annotated[int | None, typer.Option(callback=within(1, MOST), help="In place of the design's.")] = None,
    members: Annotated[
        int | None, typer.Option(callback=within(0, MOST), help="Of the ensemble for the assurance; 0 for none.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="dask://host:port or a Dask scheduler file.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the designs that come with lobule.")] = False,
    json: Json = False,
) -> None:
    from lobule.optional import needs
    from lobule.trial.power import wanted_power
    from lobule.trial.trial import Trial, shipped

    if listed or not designs:
        if not listed:
            raise InputError("name a design file, or one that comes with lobule: lobule trial --list")
        titles = {name: Trial.read(name).design.title for name in shipped()}
        if json:
            print_json(titles)
        for name, title in () if json else titles.items():
            print(f"  {name:<28} {title}")
        return
    needs("statsmodels", "pyarrow", extra="trial")
    trials = [Trial.read(d).changed(patients=patients, replicates=replicates, members=members) for d in designs]
    if len({t.name for t in trials}) < len(trials):
        raise InputError("two designs have the same file name; rename one")
    if power is not None:
        for one in trials:
            wanted_power(one.design, power)
    if cluster is not None:
        needs("distributed", extra="cluster")
    folders = {one.name: trial_folder(out, one.name, within=len(trials) > 1) for one in trials}
    done = {one.name: _run(one, folders[one.name], cluster, power, quiet=json) for one in trials}
    if json:
        print_json(next(iter(done.values())) if len(done) == 1 else done)
        return
    if len(done) > 1:
        print("Comparison:")
        for name, summary in done.items():
            o = summary["operating_characteristics"]
            parts = [
                f"{k.replace('_', ' ')} {o[k]['share']:.1%}" for k in ("power", "assurance", "type_1_error") if k in o
            ]
            print(f"  {name:<28} " + ", ".join(parts))


def _run(one: Trial, folder: Path, cluster: str | None, power: float | None, *, quiet: bool) -> dict:
    """Run a trial; what is done stays when it is interrupted."""
    counted = count(1)
    try:
        with progress.shown():
            result = one.run(out=folder, cluster=cluster, progress=say)
            say("tables and report")
            summary = result.summary()
            if power is not None:
                n, tries = result.sample_size(power, lambda: say("replicates for the sample size", next(counted)))
                result.report(folder / "report.html", tries)
                summary["sample_size"] = {"power": power, "patients": n, "tries": tries}
    except KeyboardInterrupt:
        print(f"lobule: stopped; what is done stays in {folder}, the same command goes on", file=sys.stderr)
        raise typer.Exit(130) from None
    if not quiet:
        _print(result, summary, folder)
    return summary


def _print(result: TrialResult, summary: dict, folder: Path) -> None:
    from lobule.simulation.program import INTENDED_USE
    from lobule.trial.story import headline

    print(summary["title"] or summary["name"])
    for line in headline(result):
        print(f"  {line}")
    print("\nOne replicate:")
    for arm in summary["flow"]["arms"]:
        rest = ", ".join(f"{v} {k}" for k, v in arm.items() if k not in ("arm", "randomised"))
        print(f"  {arm['arm']}: {arm['randomised']} randomised, {rest}")
    print("\nEndpoints over the replicates (median, 5 to 95 %):")
    for e in summary["endpoints"]:
        if e["estimate"] is None:
            print(f"  {e['endpoint']}, {e['arm']}: not estimable")
            continue
        star = " (primary)" if e["primary"] else ""
        print(f"  {e['endpoint']}{star}, {e['arm']} against {e['reference']}: {e['measure']} {e['estimate']:.3g} "
              f"({e['low']:.3g} to {e['high']:.3g}), significant in {e['significant_share']:.0%}")  # fmt: skip
    for row in summary["beside_published"]:
        told = "" if row["published"] is None else f"published {row['published']:.3g}, "
        shown = "" if row["predicted"] is None else f"{row['predicted']:.3g} ({row['low']:.3g} to {row['high']:.3g})"
        way = ""
        if row["published_direction"]:
            way = (f"; published direction {row['published_direction']}, predicted {row['predicted_direction']} "
                   f"(significant in {row['significant']:.0%})")  # fmt: skip
        print(f"  {row['endpoint']}, {row['arm']}: {told}predicted {shown}{way} [{row['source']}]")
    if "sample_size" in summary:
        size = summary["sample_size"]
        n = f"{size['patients']} patients" if size["patients"] else "more than 20,000 patients"
        print(f"\nA power of {size['power']:.0%} needs {n}:")
        for t in size["tries"]:
            print(f"  {t['patients']:>6} patients: {t['share']:.1%} (Monte Carlo error {t['monte_carlo_error']:.1%})")
    print(f"\nReport: {folder / 'report.html'}; tables: adsl, adlb, adae, adtte, replicates, twins in {folder}")
    print(INTENDED_USE)


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
    json: Json = False,
) -> None:
    from lobule.report.biomarkers import biomarkers_page
    from lobule.report.records import records
    from lobule.simulation.program import INTENDED_USE
    from lobule.trial.biomarkers import tables
    from lobule.trial.trial import Trial

    page = folder / "biomarkers.html"
    with progress.shown():
        trial = Trial.open(folder)
        check_place(page, "file")
        found = trial.biomarkers(endpoint=endpoint, early=early, patients=patients, seed=seed)
        title = f"{found.endpoint} of {found.arm} ({found.response}; {found.patients} patients)"
        with writing_into(folder / "biomarkers") as place:
            for name, table in tables(found):
                write_table(place / f"{name}.csv", table)
            curves = (found.said, found.markers, found.models, found.curves)
            write_text(page, biomarkers_page(title, INTENDED_USE, *curves))
    if json:
        print_json(
            {"endpoint": found.endpoint, "arm": found.arm, "response": found.response, "patients": found.patients,
             "said": found.said, "uplift": found.uplift, "markers": records(found.markers),
             "models": records(found.models)}
        )  # fmt: skip
        return
    print(title)
    for line in found.said:
        print(f"  {line}")
    print(found.models.drop(columns=["brier", "intercept"]).to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    print(found.markers.head(12).to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    print(f"Page: {page}; tables in {folder / 'biomarkers'}")
    print(INTENDED_USE)
