"""What is in the package: products, the model, the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.cli.applications import MODEL, PATIENTS, TRUST, Json, app, model_app, products_app
from lobule.cli.show import ask, in_file, told
from lobule.errors import InputError

DRAWN = (".svg", ".png", ".pdf")
WRITTEN = (".xml", ".sbml", ".ant")


@products_app.callback()
def products(context: typer.Context, json: Json = False) -> None:
    """List the products of the library; `lobule products show NAME` prints one with all its numbers."""
    if context.invoked_subcommand is None:
        told(ask("products"), json)


@products_app.command("show")
def products_show(
    name: Annotated[str, typer.Argument(help="Name of a product, or the path of a product file.")], json: Json = False
) -> None:
    """Print a product: its cargo and everything it sets, each number with range, source and grade."""
    told(ask("products.product", name), json)


@app.command(rich_help_panel=PATIENTS)
def labs(
    name: Annotated[str | None, typer.Argument(help="One of them: alt, ALT, MELD ...; left out: all in short.")] = None,
    json: Json = False,
) -> None:
    """Print the labs, scores and traits that lobule knows, or one with its units, ranges and sources."""
    told(ask("labs", name), json)


@model_app.command("show")
def model_show(
    fragment: Annotated[str | None, typer.Argument(help="One fragment in full; left out: all in short.")] = None,
    json: Json = False,
) -> None:
    """Print the modules, states, reactions and parameters with units."""
    told(ask("model.show", fragment), json)


@model_app.command("diagram")
def model_diagram(out: Annotated[Path, typer.Option("--out", "-o", help="Picture (.svg, .png, .pdf).")]) -> None:
    """Draw the modules and what they read from each other, from the model itself."""
    own = b"lobule: " if out.suffix == ".svg" else b""  # the title; other pictures hold no text
    in_file(ask("model.diagram"), "model diagram", "model.svg", out=out, json=False, own=own, endings=DRAWN)


@model_app.command("export")
def model_export(
    out: Annotated[Path, typer.Argument(help="File to write: .xml (SBML L3V2 with units, SBO, MIRIAM) or .ant.")],
    species: Annotated[str, typer.Option(help="mouse, rat, human, or dish.")] = "human",
    scenario: Annotated[Path | None, typer.Option(help="Scenario whose doses become SBML events.")] = None,
) -> None:
    """Write the model for other tools."""
    work = ask("model.export", species=species, scenario=scenario)
    in_file(work, "model export", "model.xml", out=out, json=False, own=b"lobule", endings=WRITTEN)


@model_app.command("check")
def model_check(
    health: Annotated[
        bool, typer.Option("--health", help="Only: does a healthy mouse, rat and person stay healthy?")
    ] = False,
    reading: Annotated[
        str | None, typer.Option(help="Of the checks of therapies: published (when left out) or counted.")
    ] = None,
    json: Json = False,
) -> None:
    """Run every check of disease and therapy: wanted and found, fact by fact. Failing checks are listed, not hidden."""
    if health and reading is not None:
        raise InputError("health is of nobody treated and has no reading; leave --reading out")
    told(ask("model.health") if health else ask("model.check", reading=reading), json)


@app.command(rich_help_panel=TRUST)
def evidence(
    identifier: Annotated[
        str | None,
        typer.Argument(
            help="A parameter, quantity or cause of the model, a product, standard care, or a row of evidence."
        ),
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="How many parameters are measured, ..., assumed.")] = False,
    json: Json = False,
) -> None:
    """Print where a number comes from: value, unit, range, grade, and the evidence behind it."""
    told(ask("evidence", identifier, summary=summary), json)


@app.command(rich_help_panel=MODEL)
def schema(
    kind: Annotated[
        str, typer.Argument(help="scenario, design, cohort, product, assay, process or specification.")
    ] = "scenario",
) -> None:
    """Print the JSON Schema of a kind of file, for editors that complete and check while you type."""
    told(ask("schema", kind), json=True)
