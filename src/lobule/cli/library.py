"""What is in the package: products, the model, the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.cli import progress
from lobule.cli.app import MODEL, TRUST, Json, app, model_app, products_app
from lobule.cli.places import result
from lobule.cli.printing import print_json
from lobule.errors import InputError, shown


@products_app.callback()
def products(context: typer.Context, json: Json = False) -> None:
    """List the products of the library; `lobule products show NAME` prints one with all its numbers."""
    if context.invoked_subcommand is not None:
        return
    from lobule.therapy import products as library

    rows = [
        {"product": p.name, "kind": p.kind, "cell_source": p.cell_source, "title": p.title} for p in library.values()
    ]
    if json:
        print_json(rows)
        return
    for row in rows:
        print(f"  {row['product']:<26} {row['kind']:<9} {row['title']}")


@products_app.command("show")
def products_show(
    name: Annotated[str, typer.Argument(help="Name of a product, or the path of a product file.")], json: Json = False
) -> None:
    """Print a product: its cargo and everything it sets, each number with range, source and grade."""
    from dataclasses import asdict

    from lobule.therapy import products as library

    found = library[name]
    if json:
        print_json(asdict(found))
        return
    print(f"{found.name}: {found.title}\n{found.kind}, cells: {found.cell_source}")
    for label, e in found.estimates().items():
        source = " ".join(part for part in (e.source, e.grade, e.note and f"({e.note})") if part)
        print(f"  {label:<42} {e.value:<10g} {e.low:g} to {e.high:g}  {source}")
    if found.note:
        print(found.note)


@model_app.command("show")
def model_show(
    fragment: Annotated[str | None, typer.Argument(help="One fragment in full; left out: all in short.")] = None,
    json: Json = False,
) -> None:
    """Print the modules, states, reactions and parameters with units."""
    from lobule.answers.provenance import fragment_rows, model_rows

    if fragment is None:
        rows = model_rows()
        if json:
            print_json(rows)
            return
        print(f"  {'module':<24} {'states':>6} {'reactions':>9} {'parameters':>10}  about")
        for row in rows:
            numbers = f"{row['states']:>6} {row['reactions']:>9} {row['parameters']:>10}"
            print(f"  {row['module']:<24} {numbers}  {row['about']}")
        totals = {key: sum(row[key] for row in rows) for key in ("states", "reactions", "parameters")}
        print(f"  {'':<24} {totals['states']:>6} {totals['reactions']:>9} {totals['parameters']:>10}")
        return
    found = fragment_rows(fragment)
    if json:
        print_json(found)
        return
    print(found["header"] + "\n")
    for heading in ("states", "assigned", "reactions"):
        print(f"{heading}:")
        for row in found[heading]:
            print(f"  {row['name']:<44} {row['unit']}")
    print("parameters (mouse, rat, human):")
    for row in found["parameters"]:
        values = "  ".join(f"{row[species]:<10g}" for species in ("mouse", "rat", "human"))
        print(f"  {row['name']:<44} {values} {row['unit']:<8} {row['grade']:<10} {row['source']}")


@model_app.command("diagram")
def model_diagram(out: Annotated[Path, typer.Option("--out", "-o", help="Picture (.svg, .png, .pdf).")]) -> None:
    """Draw the modules and what they read from each other, from the model itself."""
    from lobule.answers.provenance import draw_model

    own = b"lobule: " if out.suffix == ".svg" else b""  # the title; other pictures hold no text
    with result(out, "model diagram", "model.svg", own=own, endings=(".svg", ".png", ".pdf")) as path:
        print(draw_model(path))


@model_app.command("export")
def model_export(
    out: Annotated[Path, typer.Argument(help="File to write: .xml (SBML L3V2 with units, SBO, MIRIAM) or .ant.")],
    species: Annotated[str, typer.Option(help="mouse, rat, human, or dish.")] = "human",
    scenario: Annotated[Path | None, typer.Option(help="Scenario whose doses become SBML events.")] = None,
) -> None:
    """Write the model for other tools."""
    from lobule.dish.assemble import sbml
    from lobule.files.scenario import read_scenario
    from lobule.model.export import SUFFIXES, annotated, export, write_model
    from lobule.simulation.simulate import events_of

    with result(out, "model export", "model.xml", own=b"lobule", endings=tuple(SUFFIXES)) as path:
        if scenario is None:
            dish = species == "dish"
            print(write_model(path, annotated(sbml(), whole=False)) if dish else export(path, species))
            return
        read = read_scenario(scenario)
        print(export(path, read.who().species, *events_of(read.who(), read.therapy())))


@model_app.command("check")
def model_check(json: Json = False) -> None:
    """Run every check of the untreated liver: wanted and found, fact by fact. Failing checks are listed, not hidden."""
    from lobule.validate.checks import all_checks, summary

    with progress.shown():
        found = all_checks()
    if json:
        print_json({"checks": [check.to_dict() for check in found], "passed": sum(c.passed for c in found)})
        return
    for check in found:
        mark = "ok  " if check.passed else "FAIL"
        print(f"{mark} {check.id:<34} {check.found:>9.3g}  wanted {check.window:<16} {check.title}  [{check.source}]")
    print(summary(found))


@app.command(rich_help_panel=TRUST)
def evidence(
    identifier: Annotated[
        str | None, typer.Argument(help="A parameter of the model, or the id of a row of evidence.")
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="How many parameters are measured, ..., assumed.")] = False,
    json: Json = False,
) -> None:
    """Print where a number comes from: value, unit, range, grade, and the evidence behind it."""
    from lobule.answers.provenance import evidence_summary, explain

    if identifier is None and not summary:
        raise InputError('name a parameter or a row of evidence, or ask for the "--summary"')
    if identifier is None:
        found = evidence_summary()
        if json:
            print_json(found)
            return
        print(found["sentence"])
        for row in found["most_influential"]:
            print(f"  {row['parameter']:<36} {row['grade']:<11} {row['influence']:>6.2f}  {row['output']}")
        return
    found = explain(identifier)
    if json:
        print_json(found)
        return
    for key, value in found.items():
        if isinstance(value, list):
            print(f"{key}:")
            for item in value:
                print("  " + (item if isinstance(item, str) else "; ".join(f"{k} {v}" for k, v in item.items() if v)))
        elif value != "":
            print(f"{key:<18} {value}")


@app.command(rich_help_panel=MODEL)
def schema(
    kind: Annotated[
        str, typer.Argument(help="scenario, design, cohort, product, assay, process or specification.")
    ] = "scenario",
) -> None:
    """Print the JSON Schema of a kind of file, for editors that complete and check while you type."""
    from lobule.files import assay, cohort, design, process, scenario, specification
    from lobule.therapy.products import json_schema as of_products

    kinds = {"scenario": scenario.json_schema, "design": design.json_schema, "cohort": cohort.json_schema,
             "product": of_products, "assay": assay.json_schema,
             "process": process.json_schema, "specification": specification.json_schema}  # fmt: skip
    if kind not in kinds:
        raise InputError(f"no schema of {shown(kind)}; there are {', '.join(kinds)}")
    print_json(kinds[kind]())
