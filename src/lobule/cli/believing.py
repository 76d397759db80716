"""Why believe it: the scoreboard, the calibration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.bounds import MOST
from lobule.cli.applications import (
    PATIENTS,
    TRUST,
    Formats,
    Json,
    Out,
    Reading,
    Seed,
    app,
    benchmark_app,
    petab_app,
    within,
)
from lobule.cli.show import answered, ask, in_file, resumed, told
from lobule.errors import InputError

CALIBRATE_HELP = """Repeat lobule's own calibration from the evidence of the package.

Members that fill the priors of the free parameters (calibrate/free_parameters.csv) are solved by the engine; a cheap
surrogate learns from them and proposes, the engine accepts: independent chains, whose R-hat is told and should be below
1.05. What was solved is kept after every batch: a command that was stopped goes on where it was and ends with the same
numbers, one that has not converged goes on with more --steps. Half an hour on two cores.

The folder gets ensemble.csv and disease.csv (factors of its members), identifiability.csv (what the studies told of
each parameter, and what not), posterior_predictive.csv and calibration_rows.csv (what they published beside what is
predicted), and provenance.json. To use an ensemble, put these into src/lobule/simulation/calibrated.
"""


@app.command(help=CALIBRATE_HELP, rich_help_panel=TRUST)
def calibrate(  # noqa: D103  (its help is CALIBRATE_HELP)
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder of the state and the results; results/calibrate when left out."),
    ] = None,
    steps: Annotated[
        int,
        typer.Option(callback=within(10, MOST), help="Steps of every chain that are kept, those done before included."),
    ] = 150,
    members: Annotated[int, typer.Option(callback=within(1, MOST), help="Members of the ensemble.")] = 200,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    work = ask("calibrate", steps=steps, members=members, seed=seed)
    resumed(work, "calibrate", out=out, json=json)


FIT_HELP = """Fit one patient's repeated labs, and forecast with and without each plan.

The table (.csv, .xlsx or .parquet) has a column of times (day, week, month, or date) and any of albumin, bilirubin,
inr or prothrombin time, creatinine, sodium, platelets, alt, ast, alp, ggt, units in the headers (bilirubin_umol_per_L);
age and sex are read too, and missing cells, irregular times and values such as "<5" understood (docs/real_patients.md).
Where a column names several patients, choose one with --patient, or forecast all with lobule forecast. The folder gets
posterior.csv, parameters.csv, forecast.csv and fit.png; and scenario.yaml, the virtual patient nearest to this one,
with nearest.csv, measured beside its labs. That is one of many who may be like the patient, to try plans on with lobule
run or in the studio; the range is that of posterior.csv. --nearest writes this alone, without a forecast.

The first fit of a disease solves 4,000 virtual people, which takes minutes and is kept (LOBULE_CACHE).

Research software: what it forecasts is no advice for treating a person.
"""


@app.command(help=FIT_HELP, rich_help_panel=PATIENTS)
def fit(  # noqa: D103  (its help is FIT_HELP)
    labs: Annotated[Path, typer.Argument(help="Table of one patient's labs.")],
    etiology: Annotated[
        str | None, typer.Option(help="Cause of a patient's disease: hbv, hcv, alcohol, mash, autoimmune, pbc, psc.")
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
    age: Annotated[
        float | None, typer.Option(callback=within(0, 120), help="Age at the first measurement, in years.")
    ] = None,
    sex: Annotated[str | None, typer.Option(help="Sex of the patient: f or m.")] = None,
    nearest: Annotated[
        bool, typer.Option("--nearest", help="Only the nearest virtual patient, as scenario.yaml; no forecast.")
    ] = False,
    reading: Reading = None,
    out: Out = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("fit", labs, etiology=etiology, animal=animal, plan=plan, days=days, patient=patient, sheet=sheet,
               age=age, sex=sex, reading=reading, nearest=nearest)  # fmt: skip
    answered(work, "fit", labs, *filter(None, [patient]), out=out, formats=formats, json=json)


VALIDATE_HELP = """Simulate every study, trial and contrast of the evidence, and score what lobule predicts.

Without files: the tables of the package, calibration and held-out studies apart. With --studies, --trials or
--contrasts: your own files with the same columns (docs/credibility.md). Every row that cannot be simulated is listed
with the reason. The page (-o) holds a forest plot and every row.

With --natural-history: the disease without the new therapy instead. Every published number on stages, pressure,
complications, deaths, labs, animals beside what untreated virtual people and animals show; a folder (-o) with one page,
tables and pictures. What was set aside before the first search is looked at with --set-aside alone.

With --people: every controlled trial arm by arm (albumin, bilirubin, MELD, scar, survival, ...), with its own care and
the difference over control, published beside model; --set calibration for that set alone.

With --ablations: one mechanism of therapy after another is set off in named scenarios, and what is left of the effect
is told, in both readings; a table and a picture. The reasons that docs/ gives stand on it.

With --tissue: small sheets of lobules are grown and put beside facts of space (where poisons kill, where macrophages
gather and turn, what septa join, which zone takes vesicles), each with its source; ten states are drawn as sections.
"""


NaturalHistory = Annotated[
    bool, typer.Option("--natural-history", help="Untreated courses beside published numbers, instead.")
]
People = Annotated[
    bool, typer.Option("--people", help="Controlled trials arm by arm, published beside model, instead.")
]
Ablations = Annotated[
    bool, typer.Option("--ablations", help="What is left of an effect without each mechanism, instead.")
]
Space = Annotated[
    bool, typer.Option("--tissue", help="Small sheets of lobules beside facts of space, and ten sections, instead.")
]
SetAside = Annotated[
    bool, typer.Option("--set-aside", help="With it: also what was set aside before the first search.")
]


@app.command(help=VALIDATE_HELP, rich_help_panel=TRUST)
def validate(  # noqa: D103  (its help is VALIDATE_HELP)
    studies: Annotated[Path | None, typer.Option(help="Arms of animal studies (CSV).")] = None,
    trials: Annotated[Path | None, typer.Option(help="Clinical trials (CSV).")] = None,
    contrasts: Annotated[Path | None, typer.Option(help="Pairs of arms and which did better (CSV).")] = None,
    study: Annotated[str | None, typer.Option(help="Explain one study or source in full.")] = None,
    members: Annotated[
        int, typer.Option(callback=within(1, MOST), help="Members of the ensemble behind each band.")
    ] = 32,
    reading: Annotated[
        str | None,
        typer.Option(help="published or counted alone; both side by side when left out."),
    ] = None,
    side: Annotated[
        str | None, typer.Option("--set", help="Score this set alone: calibration, held-out or unseen.")
    ] = None,
    natural_history: NaturalHistory = False,
    people: People = False,
    ablations: Ablations = False,
    tissue: Space = False,
    set_aside: SetAside = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Page (.html), of the scoreboard; a folder of the others. None with --json.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    tables = [table for table in (studies, trials, contrasts) if table is not None]
    if set_aside and not natural_history:
        raise InputError("--set-aside goes with --natural-history")
    instead = {
        "natural-history": natural_history and ask("natural_history", set_aside=set_aside),
        "people": people and ask("trial_arms.people", members=members, side=side),
        "ablations": ablations and ask("ablations.ablate"),
        "tissue": tissue and ask("space"),
    }
    chosen = {name: work for name, work in instead.items() if work}
    if len(chosen) > 1:
        raise InputError(f"give one of {', '.join(f'--{name}' for name in instead)}")
    for name, other in chosen.items():  # at most one
        if tables or study is not None or reading is not None or (side is not None and not people):
            raise InputError(f"--{name} reads the evidence of the package; leave options of the scoreboard out")
        answered(other, name, out=out, formats=None, json=json)
        return
    work = ask("validate", studies=studies, trials=trials, contrasts=contrasts, study=study, members=members,
               reading=reading, side=side)  # fmt: skip
    if study is not None or (json and out is None):  # no page is asked for
        told(work, json)
        return
    in_file(work, "validate", "scoreboard.html", *tables, out=out, json=json,
            own=b"<title>lobule: scoreboard")  # fmt: skip


BENCHMARK_HELP = """Forecast the people of a folder of tables, and compare with rivals on the same people.

A table (.csv) is known by its columns: key, days (of follow-up), died, transplanted and any labs, one row a person, or
with day a row a visit; the columns of a cohort of fatty liver and of a waiting list are known too
(docs/real_patients.md). What a table cannot carry is told. Rivals of survival: Mayo 1989, MELD, ALBI, Cox models, a
random survival forest; of the next labs: last value, the patient's line and mean, a joint mixed model.

Where a column use says test or train, rivals are trained on train people and test people are scored; such a look is
written into a log first, and ten are the most. With --on train only train people are read, in folds. The same command
goes on where it was stopped.
"""


@benchmark_app.command("patients", help=BENCHMARK_HELP)
def benchmark_patients(  # noqa: D103  (its help is BENCHMARK_HELP)
    folder: Annotated[Path, typer.Argument(help="Folder of tables (.csv).")],
    on: Annotated[str, typer.Option(help="Who is scored where a table says: test or train.")] = "test",
    only: Annotated[
        list[str] | None, typer.Option(help="A table by its name without ending; may be given several times.")
    ] = None,
    etiology: Annotated[
        str | None, typer.Option(help="Disease of the people of tables that do not say it; by their names, else pbc.")
    ] = None,
    looks: Annotated[
        Path | None,
        typer.Option(
            help="Log of looks at test people; docs/real_patients_looks.csv where there is a folder docs, else "
            "real_patients_looks.csv."
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Look also after the tenth look.")] = False,
    draws: Annotated[int, typer.Option(callback=within(20, 10_000), help="Draws of people for intervals.")] = 1000,
    out: Out = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("benchmark.patients", folder, on=on, only=only, etiology=etiology, looks=looks, again=again,
               draws=draws)  # fmt: skip
    answered(work, "benchmark", folder, out=out, formats=formats, json=json)


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
    in_file(ask("credibility", members=members), "credibility", "credibility.md", out=out, json=False, own=b"V&V 40")


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
    work = ask("petab.export", labs, etiology=etiology, years=years, patient=patient)
    resumed(work, "petab", labs, *filter(None, [patient]), out=out, json=False)


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
    work = ask("petab.evaluate", problem)
    in_file(work, "petab-import", "simulations.tsv", problem, out=out, json=json, own=b"simulation")
