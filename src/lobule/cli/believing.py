"""Why believe it: the scoreboard, the calibration."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lobule.bounds import MOST
from lobule.cli import progress
from lobule.cli.app import PATIENTS, TRUST, Json, Out, Seed, app, petab_app, within
from lobule.cli.places import result, results
from lobule.cli.printing import print_json
from lobule.errors import InputError
from lobule.keeping import write_table, writing_into
from lobule.progress import say
from lobule.report.records import records

if TYPE_CHECKING:
    from lobule.files.course import Course

CALIBRATE_HELP = """Repeat lobule's own calibration from the evidence of the package.

An affine-invariant sampler moves walkers through the free parameters (calibrate/free_parameters.csv); half of them are
one engine batch. The state is kept after every step: a command that was stopped goes on where it was and ends with the
same numbers. The folder gets ensemble.csv, identifiability.csv and provenance.json; to use an ensemble, put it into
src/lobule/simulation/calibrated.
"""


@app.command(help=CALIBRATE_HELP, rich_help_panel=TRUST)
def calibrate(  # noqa: D103  (its help is CALIBRATE_HELP)
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder of the state and the results; results/calibrate when left out."),
    ] = None,
    steps: Annotated[
        int, typer.Option(callback=within(4, MOST), help="Steps of every walker, those done before included.")
    ] = 2100,
    members: Annotated[int, typer.Option(callback=within(1, MOST), help="Members of the ensemble.")] = 200,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    from lobule.calibrate.calibration import calibrate as run

    with results(out, "calibrate") as folder:
        found = run(folder, steps, seed, lambda done, best: say(f"steps (best log-posterior {best:.1f})", done, steps))
        found.save(folder, members)
    if json:
        print_json({"settings": found.settings, "parameters": records(found.table)})
        return
    print(found.table.to_string(index=False, float_format=lambda v: f"{v:.3g}"))
    told = int(found.table["told"].sum())
    print(f"{told} of {len(found.table)} free parameters were told something by the calibration studies; largest R-hat "
          f"{found.settings['largest_r_hat']:.2f}, smallest effective size "
          f"{found.settings['smallest_effective_size']:.0f}; autocorrelation at most "
          f"{found.settings['largest_autocorrelation_steps']:.0f} steps")  # fmt: skip
    print(f"Ensemble of {members} members: {folder}/ensemble.csv")


FIT_HELP = """Fit one patient's repeated labs, and forecast with and without each plan.

The table (.csv, .xlsx or .parquet) has a column of times (day, week, month, or date) and any of albumin, bilirubin,
inr, creatinine, sodium, platelets, alt, ast, units in the headers (bilirubin_umol_per_L). Missing cells, irregular
times and values such as "<5" are understood. Where a column names several patients, choose one with --patient. The
folder gets posterior.csv, parameters.csv, forecast.csv and fit.svg.

Research software: what it forecasts is no advice for treating a person.
"""


@app.command(help=FIT_HELP, rich_help_panel=PATIENTS)
def fit(  # noqa: D103  (its help is FIT_HELP)
    labs: Annotated[Path, typer.Argument(help="Table of one patient's labs.")],
    etiology: Annotated[
        str | None, typer.Option(help="Cause of a patient's disease: hbv, hcv, alcohol, mash, autoimmune.")
    ] = None,
    animal: Annotated[
        Path | None, typer.Option(help="Scenario of the animals whose labs these are, instead of an etiology.")
    ] = None,
    plan: Annotated[
        list[Path] | None, typer.Option(help="Scenario file whose plan is forecast; may be given several times.")
    ] = None,
    days: Annotated[
        float, typer.Option(callback=within(0, 36525, above=True), help="Length of the forecast.")
    ] = 365.25,
    patient: Annotated[str | None, typer.Option(help="Whose rows are fitted, where the table has several.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook with several.")] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    from lobule.answers.fitting import fit_animals, fit_labs
    from lobule.simulation.program import INTENDED_USE

    if (etiology is None) == (animal is None):
        raise InputError("give --etiology for a patient, or --animal with a scenario for a group of animals")
    if animal is not None:
        with progress.shown():
            group = fit_animals(labs, animal, plan or [], patient, sheet)
        if json:
            print_json({"forecast": records(group.forecast), "parameters": records(group.table),
                        "effective_size": group.size, "intended_use": INTENDED_USE,
                        **_left_out(group.course)})  # fmt: skip
            return
        _print_left_out(group.course)
        print(f"Worth {group.size:.0f} animals. At the end of the scenario (median; ratio to no other treatment):")
        columns = [c for c in group.forecast.columns if not c.endswith(("_low", "_high"))]
        print(group.forecast[columns].to_string(index=False, float_format=lambda v: f"{v:.3g}"))
        print(INTENDED_USE)
        return
    assert etiology is not None
    with results(out, "fit", labs, *filter(None, [patient])) as folder:
        found = fit_labs(labs, etiology, plan or [], days, patient, sheet)
        found.save(folder)
    if json:
        print_json({"forecast": records(found.forecast.table), "parameters": records(found.fit.table),
                    "effective_size": found.fit.size, "intended_use": INTENDED_USE,
                    **_left_out(found.fit.course), "folder": str(folder)})  # fmt: skip
        return
    _print_left_out(found.fit.course)
    print(f"{len(found.fit.course.days)} times of measurement; worth {found.fit.size:.0f} virtual patients; ill for "
          f"{float(found.fit.years.mean()):.0f} years (mean)")  # fmt: skip
    if found.fit.sparse:
        print("Few virtual patients are like this one: the bands are rough, and the forecast is weak.")
    told = found.fit.table[found.fit.table["shrinkage"] < 0.8]["parameter"].head(6)
    print("What the labs tell most about: " + (", ".join(n.replace("_", " ") for n in told) or "nothing beyond stage"))
    shown = found.forecast.table[
        ["plan", "survival", "survival_low", "survival_high", "meld", "albumin", "gain", "better"]
    ]
    print(f"After {days:g} days, best plan first (median, 90 % band):")
    print(shown.to_string(index=False, float_format=lambda v: f"{v:.3g}"))
    print(f"Posterior, forecast and picture: {folder}/")
    print(f"{INTENDED_USE} A forecast is no advice.")


def _left_out(course: Course) -> dict[str, Any]:
    """What a fit did not use of a table, for JSON."""
    problems = [{"line": p.line, "column": p.column, "reason": p.reason} for p in course.problems]
    return {"problems": problems, "not_read": list(course.unread)}


def _print_left_out(course: Course) -> None:
    from lobule.answers.words import problem_lines

    for line in (*problem_lines(course.problems), *course.unread):
        print(line)


VALIDATE_HELP = """Simulate every study, trial and contrast of the evidence, and score what lobule predicts.

Without files: the tables of the package, calibration and held-out studies apart. With --studies, --trials or
--contrasts: your own files with the same columns (docs/credibility.md). Every row that cannot be simulated is listed
with the reason. The page (-o) holds a forest plot and every row.
"""


@app.command(help=VALIDATE_HELP, rich_help_panel=TRUST)
def validate(  # noqa: D103  (its help is VALIDATE_HELP)
    studies: Annotated[Path | None, typer.Option(help="Arms of animal studies (CSV).")] = None,
    trials: Annotated[Path | None, typer.Option(help="Clinical trials (CSV).")] = None,
    contrasts: Annotated[Path | None, typer.Option(help="Pairs of arms and which did better (CSV).")] = None,
    study: Annotated[str | None, typer.Option(help="Explain one study or source in full.")] = None,
    members: Annotated[
        int, typer.Option(callback=within(1, MOST), help="Members of the ensemble behind each band.")
    ] = 32,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Page (.html); results/validate/scoreboard.html when left out, none with --json.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    from lobule.answers.credibility import explain, scoreboard, write_page
    from lobule.report.scoreboard import sentence

    tables = [table for table in (studies, trials, contrasts) if table is not None]
    score = partial(scoreboard, studies=studies, trials=trials, contrasts=contrasts, study=study, members=members)
    if study is not None or (json and out is None):  # no page is asked for
        with progress.shown():
            board = score()
    else:
        with result(out, "validate", "scoreboard.html", *tables, own=b"<title>lobule: scoreboard") as page:
            board = score()
            write_page(board, page)
    summaries = board.summaries()
    if json:
        whole = board.summary()
        print_json({"summary": whole, "by_set": summaries, "rows": records(board.rows),
                    "orders": records(board.orders), "not_simulated": records(board.not_simulated)})  # fmt: skip
        return
    if study is not None:
        print(explain(board))
        return
    for name, summary in summaries.items():
        print(f"{name}: {sentence(summary)}")
        for who, scores in summary["rivals"].items():
            shown = ", ".join(f"{k.replace('_', ' ')} {v:.2f}" for k, v in scores.items() if v is not None)
            print(f"  {who:<14} {shown}")
        skill = {k: v for k, v in summary["skill"].items() if v is not None}
        print("  skill over the better rival: " + ", ".join(f"{k} {v:+.2f}" for k, v in skill.items()))
    left = board.not_simulated
    if len(left):
        print(f"{len(left)} rows not simulated; the reasons, most frequent first:")
        for reason, count in left["reason"].value_counts().head(12).items():
            print(f"  {count:>4}  {reason}")
    print(f"Every row, with a forest plot: {page}")


@app.command(rich_help_panel=TRUST)
def credibility(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write (.md); results/credibility/credibility.md when left out."),
    ] = None,
    members: Annotated[
        int, typer.Option(callback=within(1, MOST), help="Members of the ensemble behind the scoreboard.")
    ] = 32,
) -> None:
    """Write the model credibility file (after ASME V&V 40) from what is measured now; takes some minutes."""
    from lobule.answers.credibility import scoreboard, write_credibility_file

    with result(out, "credibility", "credibility.md", own=b"V&V 40") as path:
        write_credibility_file(scoreboard(members=members), path)
    print(f"Model credibility file: {path}")


@petab_app.command("export")
def petab_export(
    labs: Annotated[Path, typer.Argument(help="Table of one patient's labs, as for `lobule fit`.")],
    etiology: Annotated[str, typer.Option(help="Cause of the disease.")],
    years: Annotated[
        float,
        typer.Option(callback=within(0, 120), help="Years of disease at the first measurement; they are held fixed."),
    ],
    patient: Annotated[str | None, typer.Option(help="Whose rows are used, where the table has several.")] = None,
    out: Out = None,
) -> None:
    """Write a patient's fit as a PEtab v1 problem that passes petablint."""
    from lobule.optional import needs

    needs("petab.v1", extra="petab")
    from lobule.calibrate.petab.export import export_problem
    from lobule.files.course import read_course

    with results(out, "petab", labs, *filter(None, [patient])) as folder:
        export_problem(read_course(labs, patient), etiology, years, folder)
    print(f"PEtab problem: {folder}/problem.yaml")


@petab_app.command("import")
def petab_import(
    problem: Annotated[Path, typer.Argument(help="problem.yaml of a PEtab v1 problem.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Table to write (.tsv); results/petab-import-FILE/simulations.tsv when left out.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Simulate a PEtab v1 problem at its nominal parameters and say how well it does."""
    from lobule.optional import needs

    needs("petab.v1", extra="petab")
    from lobule.calibrate.petab.evaluate import evaluate_problem

    with result(out, "petab-import", "simulations.tsv", problem, own=b"simulation") as path:
        found = evaluate_problem(problem)
        with writing_into(path.parent):
            write_table(path, found.simulations)
    if json:
        print_json({"log_likelihood": found.log_likelihood, "chi2": found.chi2, "log_prior": found.log_prior})
        return
    print(f"log-likelihood {found.log_likelihood:.6f}, chi2 {found.chi2:.6f}, log-prior {found.log_prior:.6f}")
    print(f"Simulation table: {path}")
