"""Cohorts, scores, and forecasts of tables of patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.cli.applications import PATIENTS, Formats, Json, Out, Reading, app
from lobule.cli.show import answered, ask, in_file
from lobule.optional import needs

COHORT = b"hepatic_venous_pressure_gradient"  # a column of every cohort that was written
COHORT_HELP = """Draw a virtual cohort from a file, write it (.parquet or .csv), print its table 1 beside the published.

The file is YAML:

    patients: 1000
    groups:                        # shares add up to 1
      - {etiology: alcohol, share: 0.6}
      - {etiology: hbv, stage: decompensated, share: 0.4}   # stage: any, compensated, decompensated
    criteria: meld >= 10 and age <= 70                      # left out: none
    seed: 1

Histories that are done are kept in a cache (LOBULE_CACHE), so that a command that was stopped goes on where it was.
"""


@app.command(help=COHORT_HELP, rich_help_panel=PATIENTS)
def cohort(  # noqa: D103  (its help is COHORT_HELP)
    file: Annotated[Path, typer.Argument(help="Cohort file (YAML).")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Table to write, .parquet or .csv; results/cohort-FILE/cohort.csv when left out."
        ),
    ] = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    if out is not None and out.suffix == ".parquet":
        needs("pyarrow", extra="tables")
    in_file(ask("cohort", file), "cohort", "cohort.csv", file, out=out, formats=formats, json=json, own=COHORT,
            endings=(".parquet", ".csv"))  # fmt: skip


SCORE_HELP = """Add clinical scores to a table of laboratory values (.csv, .xlsx or .parquet).

MELD, MELD-Na, MELD 3.0, Child-Pugh, ALBI, FIB-4, APRI, NAFLD fibrosis score, Maddrey, Lille, ABIC, CLIF-C ACLF and
West Haven band.

A column is a name with its unit: bilirubin_mg_per_dL or bilirubin_umol_per_L, creatinine, albumin_g_per_dL or
albumin_g_per_L, sodium_mmol_per_L, inr, ascites (none, mild, moderate, severe, or grade 0 to 3), encephalopathy (none,
or West Haven 0 to 4, I to IV), sex (f, m), dialysis and ventilated (yes, no), age_years, ast_U_per_L, alt_U_per_L,
platelets_1e9_per_L, ... "Bilirubin (mg/dl)" is understood too. Other columns stay, and are named.

Cells that cannot be read are reported and left out; the rest is kept. "<0.5" is a limit: a score is given where it does
not matter how far below the value lies. A score that is left blank has its reason in the column not_computed of the
same row. Sex coded in numbers is not guessed: --sex 1=male,2=female.
"""


@app.command(help=SCORE_HELP, rich_help_panel=PATIENTS)
def score(  # noqa: D103  (its help is SCORE_HELP)
    labs: Annotated[Path, typer.Argument(help="Table, units in the headers.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file to write; results/score-FILE/scores.csv when left out.")
    ] = None,
    sex: Annotated[str | None, typer.Option(help="What codes of sex mean, such as 1=male,2=female.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook with several.")] = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("score", labs, sex=sex, sheet=sheet)
    in_file(work, "score", "scores.csv", labs, out=out, formats=formats, json=json, own=b"not_computed",
            streams=True)  # fmt: skip


FORECAST_HELP = """Fit each patient of a table of one or many, and forecast from the last visit of each.

    lobule forecast patients.csv --etiology pbc --at "1 y, 2 y, 5 y" -o out/

The table (.csv, .xlsx or .parquet) has one row a visit or one a patient: labs with their units (albumin_g_per_dL,
bilirubin_mg_per_dL, inr or prothrombin_time_s, platelets_1e9_per_L, ast_U_per_L, ...), and any of age, sex, ascites,
edema, encephalopathy, varices, histology stage, etiology, treatment. What is not used is named.

The folder gets forecasts.csv (patient, at_d, quantity, median, low_5, high_95: survival free of death and
transplantation, decompensation, and the next measured value of each lab) and fits.csv (one row a patient: how well the
virtual people fit, warnings), index.html (all patients, to search and sort) and patients/*.html (one page each, of the
first 50 unless --pages says how many; for print). Of who had ascites or encephalopathy no decompensation is forecast.
Patients that are done are kept, so that a command that was stopped goes on where it was.

    lobule forecast patients.csv --with antiviral --with "antiviral + beta-blocker" --plan cells.yaml -o out/

With --with (standard care) or --plan (a scenario file) forecasts.csv has rows of each plan, added to the care that a
patient has, and the columns plan and kind; plans.csv has a row a patient and plan. Care comes first; what is under
study stands apart, with the standard care of the cause beside it, and is not ranked against it.

Research software: what it forecasts is no advice for treating a person.
"""


@app.command(help=FORECAST_HELP, rich_help_panel=PATIENTS)
def forecast(  # noqa: D103  (its help is FORECAST_HELP)
    patients: Annotated[Path, typer.Argument(help="Table of one or many patients.")],
    etiology: Annotated[
        str | None, typer.Option(help="Cause of the disease where the table has none: hbv, hcv, alcohol, pbc, ...")
    ] = None,
    at: Annotated[str, typer.Option(help="Times after the last visit.")] = "1 y, 2 y, 5 y",
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook with several.")] = None,
    pages: Annotated[str, typer.Option(help="How many patients get a page: a number, all or none.")] = "50",
    care: Annotated[
        list[str] | None,
        typer.Option("--with", help="Care added to what each has, such as antiviral, or two with +; several times."),
    ] = None,
    plan: Annotated[
        list[Path] | None, typer.Option(help="Scenario file whose plan is added to each patient's care; several times.")
    ] = None,
    reading: Reading = None,
    out: Out = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("forecast", patients, etiology=etiology, at=at, sheet=sheet, pages=pages, plan=plan, care=care,
               reading=reading)  # fmt: skip
    answered(work, "forecast", patients, out=out, formats=formats, json=json)
