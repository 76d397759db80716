"""The typer applications and the options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="An in-silico liver for mesenchymal stem cell and exosome therapy. Research software.",
)

model_app = typer.Typer(no_args_is_help=True, help="The liver model: show, draw, export, check.")
app.add_typer(model_app, name="model")

petab_app = typer.Typer(no_args_is_help=True, help="PEtab problems: write one for pyPESTO and AMICI, evaluate one.")
app.add_typer(petab_app, name="petab")

products_app = typer.Typer(invoke_without_command=True, help="The library of products.")
app.add_typer(products_app, name="products")

Json = Annotated[bool, typer.Option("--json", help="Print the tables as JSON instead of text.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results; replaced when it holds older results.")]
