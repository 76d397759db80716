"""Manufacturing and quality: assay, batch, spec, process, comparability, stability."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.cli.app import Json, Out, app
from lobule.cli.printing import print_json, records
from lobule.errors import InputError

FOLDER = Path("quality")

ASSAY_HELP = """Run a potency assay in the dish (YAML), or analyse measured plates (CSV, XLSX, Parquet).

The dish holds macrophages, stellate cells, hepatocytes or T cells with a stimulus and vesicles or medium, by the
liver's own equations. Prints EC50 and the potency relative to the reference, by parallel lines (Fieller's interval)
and by four-parameter curves, plate by plate and together. With --studies: the dish beside published experiments.
"""


@app.command(help=ASSAY_HELP)
def assay(  # noqa: D103  (its help is ASSAY_HELP)
    file: Annotated[Path | None, typer.Argument(help="Assay file, or a table: sample, dose, response, plate.")] = None,
    out: Out = FOLDER,
    reference: Annotated[str | None, typer.Option(help="Name of the reference among measured samples.")] = None,
    members: Annotated[int, typer.Option(help="Of the ensemble, for the range of predicted curves.")] = 32,
    studies: Annotated[bool, typer.Option("--studies", help="The dish beside published experiments.")] = False,
    json: Json = False,
) -> None:
    from lobule.quality.assay import assay, said, summary
    from lobule.run import INTENDED_USE

    if studies:
        _studies(members, json)
        return
    if file is None:
        raise InputError("name an assay file or a table of wells, or ask for --studies")
    result = assay(file, reference, members)
    folder = result.save(out)
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


def _studies(members: int, json: bool) -> None:
    from lobule.quality.in_vitro import beside_studies, contrasts

    found, lost = beside_studies(members), contrasts(members)
    if json:
        print_json({"studies": records(found), "contrasts": records(lost)})
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
    print("No row gives a size or a dose (1e9 particle/mL is assumed), so that sizes cannot be compared.\n")
    print("What is left of the effect:")
    for row in lost.to_dict("records"):
        mark = "ok  " if row["weaker"] else "FAIL"
        print(f"{mark} {row['what']:<26} {row['readout']:<17} {row['effect_left']:>6.0%}  [{row['source']}]")
