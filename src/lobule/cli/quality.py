"""Manufacturing and quality: assay, batch, spec, process, comparability, stability."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from lobule.bounds import MOST
from lobule.cli import progress
from lobule.cli.app import QUALITY, Json, Members, Out, app, within
from lobule.cli.places import results
from lobule.cli.printing import print_json
from lobule.errors import InputError
from lobule.progress import say
from lobule.report.records import records

SHOWN = 20  # batches and alarms that the terminal lists
ASSAY_HELP = """Run a potency assay in the dish (YAML), or analyse measured plates (CSV, XLSX, Parquet).

The dish holds macrophages, stellate cells, hepatocytes or T cells with a stimulus and vesicles or medium, by the
liver's own equations. Prints EC50 and the potency relative to the reference, by parallel lines (Fieller's interval)
and by four-parameter curves, plate by plate and together. With --studies: the dish beside published experiments.
"""


Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook with several.")]


@app.command(help=ASSAY_HELP, rich_help_panel=QUALITY)
def assay(  # noqa: D103  (its help is ASSAY_HELP)
    file: Annotated[Path | None, typer.Argument(help="Assay file, or a table: sample, dose, response, plate.")] = None,
    out: Out = None,
    reference: Annotated[str | None, typer.Option(help="Name of the reference among measured samples.")] = None,
    members: Members = 32,
    studies: Annotated[bool, typer.Option("--studies", help="The dish beside published experiments.")] = False,
    table: Annotated[
        Path | None, typer.Option(help="With --studies: your own, with the columns of in_vitro.csv.")
    ] = None,
    sheet: Sheet = None,
    json: Json = False,
) -> None:
    from lobule.quality.assay import assay, said, summary
    from lobule.simulation.program import INTENDED_USE

    if studies:
        _studies(members, table, json)
        return
    if file is None:
        raise InputError("name an assay file or a table of wells, or ask for --studies")
    with results(out, "assay", file) as folder:
        result = assay(file, reference, members, sheet)
        result.save(folder)
    if json:
        print_json(summary(result))
        return
    print(result.title)
    for line in (*said(result), *result.notes):
        print(f"  {line}")
    for fault in result.faults:
        print(f"  left out: {fault}")
    print(f"Picture and tables: {folder / 'assay.svg'}, wells.csv, potency.csv")
    print(INTENDED_USE)


def _studies(members: int, table: Path | None, json: bool) -> None:
    from lobule.quality.in_vitro import beside_studies, contrasts

    with progress.shown():
        (found, left), lost = beside_studies(members, table), contrasts(members)
    if json:
        print_json({"studies": records(found), "left_out": left, "contrasts": records(lost)})
        return
    for row in found.to_dict("records"):
        sizes = f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
        print(
            f"{'ok  ' if row['agrees'] else 'FAIL'} {row['id']} {row['source']:<18} {row['stimulus']:<16} "
            f"{row['endpoint']:<22} published {row['published']:<5} predicted {row['predicted']:<5} "
            f"{'from nothing' if row['ratio'] == float('inf') else sizes}"
            f"{'' if row['same'] else '  stands for it: ' + row['product'] + ', ' + row['readout']}"
        )
    same = found[found["same"]]
    print(
        f"{found['agrees'].sum()} of {len(found)} directions; {same['agrees'].sum()} of {len(same)} where product and "
        "readout are the study's own"
    )
    for reason in left:
        print(f"left out: {reason}")
    sized = found["within_twofold"].dropna()
    if len(sized):
        print(f"{int(sized.sum())} of {len(sized)} published sizes within twofold\n")
    else:
        print("No row gives a size, so that sizes cannot be compared; a dose that is not told is 1e9 particle/mL.\n")
    print("What is left of the effect:")
    for row in lost.to_dict("records"):
        mark = "ok  " if row["weaker"] else "FAIL"
        print(f"{mark} {row['what']:<26} {row['readout']:<17} {row['effect_left']:>6.0%}  [{row['source']}]")


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
    sheet: Sheet = None,
    json: Json = False,
) -> None:
    from lobule.quality.batch import report
    from lobule.simulation.program import INTENDED_USE

    if check_reporting:
        _reporting(table, sheet, json)
        return
    with results(out, "batch", table) as folder:
        found = report(table, spec=spec, scenario=scenario, outcome=outcome, members=members, per_vial=per_vial,
                       stream=stream, baseline=baseline, loss=loss, clinical=clinical, sheet=sheet,
                       progress=partial(say, "batches"))  # fmt: skip
        page = found.save(folder)
    if json:
        print_json(found.summary())
        return
    print(found.specification.title)
    for line in (*found.said(), *found.notes):
        print(f"  {line}")
    held_back = found.verdicts[found.verdicts["verdict"] != "pass"]
    for row in held_back.head(SHOWN).to_dict("records"):
        labels = {"failed": "failed", "missing": "not tested", "open": "cannot be judged"}
        why = [f"{label} {row[name]}" for name, label in labels.items() if row[name]]
        print(f"    {row['batch']:<12} {row['verdict']:<13} {'; '.join(why)} ({row['why']})")
    if len(held_back) > SHOWN:
        print(f"    and {len(held_back) - SHOWN} more, in verdicts.csv")
    for row in found.alarms.head(SHOWN).to_dict("records"):
        shown = f"{row['attribute']} {row['value']:.4g} {row['unit']} {row['stream']}"
        print(f"    {row['batch']:<12} {shown}: {row['alarm']}")
    for fault in found.batches.faults:
        print(f"  left out: {fault}")
    print(f"Report: {page}; verdicts, limits, alarms, clinical, reporting as CSV in {folder}")
    print(INTENDED_USE)


def _reporting(table: Path, sheet: str | None, json: bool) -> None:
    from lobule.files.batches import read_batches
    from lobule.quality.specification import reporting

    batches = read_batches(table, sheet)
    found = reporting(batches)
    if json:
        print_json(records(found))
        return
    missing = found[found["reported"] < 1]
    print(f"{len(found) - len(missing)} of {len(found)} fields are reported for every batch; missing:")
    for row in missing.to_dict("records"):
        share = "in no batch" if row["reported"] == 0 else f"in {row['reported']:.0%} of the batches"
        print(f"  {row['field']:<22} {row['standard']:<12} {share:<24} column {row['columns']}: {row['what']}")
    for line in (*batches.notes, *(f"left out: {fault}" for fault in batches.faults)):
        print(line)


SPEC_HELP = """Choose a release limit: at most a share of passing batches may lose more of the effect than is allowed.

Prints the limit with its interval, patient's and sponsor's risk, and which attributes are critical (Shapley shares of
the effect that is lost when all are poor). Writes limit.csv, operating.csv, critical_attributes.csv, limits.svg.
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
    scenario: Scenario = None,
    outcome: Outcome = None,
    members: Members = 32,
    per_vial: PerVial = False,
    sheet: Sheet = None,
    json: Json = False,
) -> None:
    from lobule.quality.batch import report
    from lobule.quality.limits import release_limit
    from lobule.simulation.program import INTENDED_USE

    with results(out, "spec", table) as folder:
        found = report(table, scenario=scenario, outcome=outcome, members=members, per_vial=per_vial, loss=loss,
                       sheet=sheet, progress=partial(say, "batches"))  # fmt: skip
        say("release limit")
        limit = release_limit(found, attribute, risk, per_vial=per_vial)
        limit.save(folder)
    if json:
        print_json(limit.summary())
        return
    for line in limit.said():
        print(line)
    print(f"Picture and tables: {folder / 'limits.svg'}, limit.csv, operating.csv, critical_attributes.csv")
    print(INTENDED_USE)


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
    json: Json = False,
) -> None:
    from lobule.quality.made_of import everything
    from lobule.quality.process import process, save
    from lobule.simulation.program import INTENDED_USE

    if vessels:
        for name, known in everything().items():
            print(f"{name}:")
            for key, one in known.items():
                print(f"  {key:<20} {one.title}; {one.source or 'no source'} ({one.grade}): {one.note}")
        return
    if file is None:
        raise InputError("name a process file, or list what it can be made of: lobule process --vessels")
    with results(out, "process", file) as folder:
        found = process(file)
        save(found, folder, batches or 0)
    if json:
        tables = {name: records(getattr(found, name)) for name in ("steps", "cargo", "scale_up")}
        print_json({"title": found.file.title, "said": found.said(), **tables})
        return
    print(found.file.title)
    for line in found.said():
        print(f"  {line}")
    print("  the same process in other vessels:")
    for row in found.scale_up.to_dict("records"):
        print(f"    {row['vessel']:<16} {row['particles']:>9.2g} particles a run, {row['patients']:>8.1f} patients, "
              f"{row['cost_per_dose']:>8.3g} a dose  [{row['source']}]")  # fmt: skip
    also = ", synthetic_batches" if batches else ""
    print(
        f"Picture: {folder / 'process.svg'}; steps, runs, cargo, scale_up{also} as CSV. Costs are assumed where the "
        "file gives none."
    )
    print(INTENDED_USE)


COMPARABILITY_HELP = """Are batches after a change comparable? Two one-sided tests of every attribute and of the effect.

All attributes must be equivalent; single claims carry p-values after Holm. Margins are 1.5 standard deviations of the
old batches unless --margin gives a ratio.
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
    old_sheet: Sheet = None,
    new_sheet: Sheet = None,
    json: Json = False,
) -> None:
    from lobule.quality.comparability import compare
    from lobule.simulation.program import INTENDED_USE

    with results(out, "comparability", old, new) as folder:
        found = compare(old, new, scenario=scenario, outcome=outcome, margin=margin, effect_margin=effect_margin,
                        members=members, per_vial=per_vial, clinical=clinical, old_sheet=old_sheet,
                        new_sheet=new_sheet)  # fmt: skip
        found.save(folder)
    if json:
        print_json(found.summary())
        return
    for row in found.table.to_dict("records"):
        mark = "ok  " if row["equivalent"] else "FAIL"
        print(f"{mark} {row['attribute']:<38} {row['scale']:<10} {row['change']:>8.3g} "
              f"({row['change_low']:.3g} to {row['change_high']:.3g}) within {row['margin_low']:.3g} to "
              f"{row['margin_high']:.3g}: p {row['p']:.2g}, after Holm {row['p_holm']:.2g}")  # fmt: skip
    for line in (*found.said(), *found.notes):
        print(line)
    print(f"Picture and table: {folder / 'comparability.svg'}, comparability.csv")
    print(INTENDED_USE)


STABILITY_HELP = """Shelf life from storage data (ICH Q1E), and Arrhenius where three temperatures or more are given.

The table has batch, time, an attribute with its unit, and where wanted temperature. The limit is the specification's,
or --at-least / --at-most in the attribute's unit.
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
    sheet: Sheet = None,
    json: Json = False,
) -> None:
    from lobule.quality.stability import shelf_life
    from lobule.simulation.program import INTENDED_USE

    with results(out, "stability", table) as folder:
        found = shelf_life(
            table,
            attribute=attribute,
            spec=spec,
            at_least=at_least,
            at_most=at_most,
            temperature=temperature,
            sheet=sheet,
        )
        found.save(folder)
    if json:
        print_json(found.summary())
        return
    for line in (*found.said(), *found.notes):
        print(line)
    for fault in found.data.faults:
        print(f"left out: {fault}")
    print(f"Picture and lines: {folder / 'stability.svg'}, lines.csv")
    print(INTENDED_USE)
