"""Manufacturing and quality: assay, batch, spec, process, comparability, stability."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.bounds import MOST
from lobule.cli.applications import QUALITY, Formats, Json, Members, Out, Reading, app, within
from lobule.cli.show import answered, ask, told

ASSAY_HELP = """Run a potency assay in the dish (YAML), or analyse measured plates (CSV, XLSX, Parquet).

The dish holds macrophages, stellate cells, hepatocytes or T cells with a stimulus and vesicles or medium, by the
liver's own equations. Prints the reportable value of each sample and its precision over runs, the suitability of
plates and samples, and the potency by parallel lines and four-parameter curves, valid where the shape is equivalent to
that of the reference (USP <1032>, <1034>). With --studies: the dish beside published experiments.
"""


Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook with several.")]
Criteria = Annotated[
    Path | None, typer.Option(help="Criteria of the assay (lobule schema criteria); usual ones when left out.")
]


@app.command(help=ASSAY_HELP, rich_help_panel=QUALITY)
def assay(  # noqa: D103  (its help is ASSAY_HELP)
    file: Annotated[
        Path | None, typer.Argument(help="Assay file, or a table: sample, dose, response, plate, run.")
    ] = None,
    out: Out = None,
    reference: Annotated[str | None, typer.Option(help="Name of the reference among measured samples.")] = None,
    members: Members = 32,
    studies: Annotated[bool, typer.Option("--studies", help="The dish beside published experiments.")] = False,
    table: Annotated[
        Path | None, typer.Option(help="With --studies: your own, with the columns of in_vitro.csv.")
    ] = None,
    criteria: Criteria = None,
    model: Annotated[str, typer.Option(help="Of the reportable value: lines or curves.")] = "lines",
    sheet: Sheet = None,
    reading: Reading = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    if studies:
        told(ask("assay.studies", members=members, table=table, reading=reading), json)
        return
    work = ask(
        "assay",
        file,
        reference=reference,
        members=members,
        sheet=sheet,
        reading=reading,
        criteria=criteria,
        model=model,
    )
    answered(work, "assay", *filter(None, [file]), out=out, formats=formats, json=json)


VALIDATION_HELP = """Validate a potency assay (USP <1033>, ICH Q2(R2)) from potencies of known samples, run by run.

The table has nominal_potency_percent, potency_percent and run (or day, analyst). Prints relative bias and intermediate
precision of every level beside the criteria, linearity, trend, the validated range, and %GCV of a reportable value by
format. Writes levels.csv, formats.csv, validation.png.
"""


@app.command(name="assay-validation", help=VALIDATION_HELP, rich_help_panel=QUALITY)
def assay_validation(  # noqa: D103  (its help is VALIDATION_HELP)
    table: Annotated[Path, typer.Argument(help="Table: nominal_potency_percent, potency_percent, run.")],
    out: Out = None,
    criteria: Criteria = None,
    sheet: Sheet = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("assay_validation", table, criteria=criteria, sheet=sheet)
    answered(work, "assay-validation", table, out=out, formats=formats, json=json)


Scenario = Annotated[Path | None, typer.Option(help="Scenario of the clinical use; a usual one when left out.")]
Outcome = Annotated[str | None, typer.Option(help="What is read: meld, albumin, collagen_proportionate_area, ...")]
PerVial = Annotated[bool, typer.Option("--per-vial", help="A dose is a vial of the batch, not the plan's dose.")]
Loss = Annotated[
    float,
    typer.Option(
        callback=within(0, 1, above=True, below=True), help="Share of the reference's effect whose loss is counted."
    ),
]
Specification = Annotated[Path | None, typer.Option("--spec", help="Specification file; a usual one when left out.")]


BATCH_HELP = """Judge every batch of a table: specification, control charts, and what it does to a patient.

The table (CSV, XLSX, Parquet) has a row a batch and units in headers, a unit row or cells; docs/quality.md lists the
columns. A bad cell is told and left out, never the row. Writes batches.html and tables.
"""


@app.command(help=BATCH_HELP, rich_help_panel=QUALITY)
def batch(  # noqa: D103  (its help is BATCH_HELP)
    table: Annotated[Path, typer.Argument(help="Table of batches.")],
    out: Out = None,
    spec: Specification = None,
    scenario: Scenario = None,
    outcome: Outcome = None,
    members: Members = 32,
    per_vial: PerVial = False,
    stream: Annotated[str, typer.Option(help="Column whose values are charted apart.")] = "bioreactor",
    baseline: Annotated[
        int | None, typer.Option(callback=within(8, MOST), help="First batches that set the limits of the charts.")
    ] = None,
    loss: Loss = 0.3,
    clinical: Annotated[bool, typer.Option(help="Follow the batches to the patient.")] = True,
    check_reporting: Annotated[
        bool, typer.Option("--check-reporting", help="Only list what a publication would miss (MISEV2023, EV-TRACK).")
    ] = False,
    dates: Annotated[
        str | None, typer.Option(help="Of dates such as 03.04.2026: day.month.year or month/day/year.")
    ] = None,
    sheet: Sheet = None,
    reading: Reading = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    if check_reporting:
        told(ask("batch.reporting", table, sheet=sheet), json)
        return
    work = ask("batch", table, spec=spec, scenario=scenario, outcome=outcome, members=members, per_vial=per_vial,
               stream=stream, baseline=baseline, loss=loss, clinical=clinical, sheet=sheet,
               reading=reading, dates=dates)  # fmt: skip
    answered(work, "batch", table, out=out, formats=formats, json=json)


SPEC_HELP = """Choose a release limit: at most a share of passing batches may lose more of the effect than is allowed.

With --gain 0.5 also an upper limit: at most that share of passing batches may do more than half as much again as the
reference. Prints the limit with its interval, patient's and sponsor's risk, and which attributes are critical (Shapley
shares of the effect that is lost when all are poor). Writes limit.csv, operating.csv, critical_attributes.csv,
limits.png.
"""


@app.command(help=SPEC_HELP, rich_help_panel=QUALITY)
def spec(  # noqa: D103  (its help is SPEC_HELP)
    table: Annotated[Path, typer.Argument(help="Table of batches of the process.")],
    out: Out = None,
    attribute: Annotated[
        str, typer.Option(help="potency, a component of the cargo, or what sets the dose.")
    ] = "potency",
    risk: Annotated[
        float,
        typer.Option(
            callback=within(0, 1, above=True, below=True), help="Largest share of passing batches that lose too much."
        ),
    ] = 0.05,
    loss: Loss = 0.3,
    gain: Annotated[
        float | None,
        typer.Option(callback=within(0, 100), help="Largest gain over the reference."),
    ] = None,
    scenario: Scenario = None,
    outcome: Outcome = None,
    members: Members = 32,
    per_vial: PerVial = False,
    sheet: Sheet = None,
    reading: Reading = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("spec", table, attribute=attribute, risk=risk, loss=loss, scenario=scenario, outcome=outcome,
               members=members, per_vial=per_vial, sheet=sheet, reading=reading, gain=gain)  # fmt: skip
    answered(work, "spec", table, out=out, formats=formats, json=json)


PROCESS_HELP = """From donor to vial: particles, purity, cost of a dose, patients a run, and where variation comes from.

With --batches N also a table of N invented batches, as `lobule batch` reads them; every row says that it is synthetic.
"""


@app.command(help=PROCESS_HELP, rich_help_panel=QUALITY)
def process(  # noqa: D103  (its help is PROCESS_HELP)
    file: Annotated[Path | None, typer.Argument(help="Process file (YAML).")] = None,
    out: Out = None,
    batches: Annotated[
        int | None, typer.Option(callback=within(1, 100_000), help="Synthetic batches to write; none when left out.")
    ] = None,
    vessels: Annotated[bool, typer.Option("--vessels", help="List vessels, media and isolations.")] = False,
    formats: Formats = None,
    json: Json = False,
) -> None:
    if vessels:
        told(ask("process.vessels"), json)
        return
    work = ask("process", file, batches=batches)
    answered(work, "process", *filter(None, [file]), out=out, formats=formats, json=json)


COMPARABILITY_HELP = """Are batches after a change comparable? Two one-sided tests of every attribute and of the effect.

All attributes must be equivalent; single claims carry p-values after Holm. A margin is the change at which the effect
moves by --effect-margin, at least the error of the assay; 20 % where nothing leads to the effect; or --margin. An
interval that excludes no change is a caution even where it is equivalent. Impurities (endotoxin, host cell DNA,
negative markers) are tested on one side: less of them is comparable.
"""


@app.command(help=COMPARABILITY_HELP, rich_help_panel=QUALITY)
def comparability(  # noqa: D103  (its help is COMPARABILITY_HELP)
    old: Annotated[Path, typer.Argument(help="Table of batches before the change.")],
    new: Annotated[Path, typer.Argument(help="Table of batches after it.")],
    out: Out = None,
    margin: Annotated[
        float | None,
        typer.Option(
            callback=within(0, 1, above=True, below=True), help="Largest change of a mean: 0.2 for 0.8 to 1.25."
        ),
    ] = None,
    effect_margin: Annotated[
        float,
        typer.Option(callback=within(0, 1, above=True, below=True), help="Largest change of the share of the effect."),
    ] = 0.2,
    scenario: Scenario = None,
    outcome: Outcome = None,
    members: Members = 32,
    per_vial: PerVial = False,
    clinical: Annotated[bool, typer.Option(help="Compare the predicted effect too.")] = True,
    spec: Annotated[
        Path | None,
        typer.Option(help="Specification file: of what has only an upper limit only more is worse."),
    ] = None,
    old_sheet: Sheet = None,
    new_sheet: Sheet = None,
    reading: Reading = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("comparability", old, new, scenario=scenario, outcome=outcome, margin=margin,
               effect_margin=effect_margin, members=members, per_vial=per_vial, clinical=clinical,
               old_sheet=old_sheet, new_sheet=new_sheet, reading=reading, spec=spec)  # fmt: skip
    answered(work, "comparability", old, new, out=out, formats=formats, json=json)


SAMPLING_HELP = """How many units of a lot to test, and how often it then passes (ISO 2859, ISO 3951, by computation).

A lot with --acceptable defects passes but for the producer's risk, one with --rejectable no more often than the
consumer's risk. With --variables of a normal attribute with one limit, by mean and standard deviation, which needs
fewer units. Writes operating.csv and operating.png.
"""


@app.command(help=SAMPLING_HELP, rich_help_panel=QUALITY)
def sampling(  # noqa: D103  (its help is SAMPLING_HELP)
    acceptable: Annotated[
        float,
        typer.Option(callback=within(0, 1, above=True, below=True), help="Share of defects of a lot that should pass."),
    ],
    rejectable: Annotated[
        float,
        typer.Option(callback=within(0, 1, above=True, below=True), help="Share of defects of one that should not."),
    ],
    out: Out = None,
    producer: Annotated[
        float,
        typer.Option(callback=within(0, 1, above=True, below=True), help="Risk that the good lot is refused."),
    ] = 0.05,
    consumer: Annotated[
        float, typer.Option(callback=within(0, 1, above=True, below=True), help="Risk that the bad lot passes.")
    ] = 0.1,
    lot: Annotated[
        int | None, typer.Option(callback=within(2, 100_000), help="Units of the lot; a large one when left out.")
    ] = None,
    variables: Annotated[bool, typer.Option("--variables", help="By a measured value, not by good and bad.")] = False,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("sampling", acceptable=acceptable, rejectable=rejectable, producer=producer, consumer=consumer,
               lot=lot, variables=variables)  # fmt: skip
    answered(work, "sampling", out=out, formats=formats, json=json)


STABILITY_HELP = """Shelf life from storage data (ICH Q5C, Q1E), and Arrhenius where there are three temperatures.

The table has batch, time, an attribute with its unit, and where wanted temperature, strength and container. The limit
is the specification's, or --at-least / --at-most in the attribute's unit. A biological claims no more than its
real-time data; --product chemical is extrapolated as far as ICH Q1E allows.
"""


@app.command(help=STABILITY_HELP, rich_help_panel=QUALITY)
def stability(  # noqa: D103  (its help is STABILITY_HELP)
    table: Annotated[Path, typer.Argument(help="Table: batch, time_month, attribute, temperature_degC.")],
    out: Out = None,
    attribute: Annotated[str | None, typer.Option(help="Which one; the first of the table when left out.")] = None,
    spec: Specification = None,
    at_least: Annotated[
        float | None, typer.Option(callback=within(), help="Lowest value, in place of the specification's.")
    ] = None,
    at_most: Annotated[
        float | None, typer.Option(callback=within(), help="Highest value, in place of the specification's.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(callback=within(), help="Of storage, degC; the lowest of the table.")
    ] = None,
    product: Annotated[str, typer.Option(help="biological (vesicles, cells) or chemical.")] = "biological",
    sheet: Sheet = None,
    formats: Formats = None,
    json: Json = False,
) -> None:
    work = ask("stability", table, attribute=attribute, spec=spec, at_least=at_least, at_most=at_most,
               temperature=temperature, sheet=sheet, product=product)  # fmt: skip
    answered(work, "stability", table, out=out, formats=formats, json=json)
