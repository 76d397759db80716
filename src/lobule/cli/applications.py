"""The typer applications, the groups in which the help lists the commands, and the options that commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lobule.bounds import LARGEST_SEED, outside
from lobule.errors import InputError

# The groups of `lobule --help`, in its order.
START = "Simulate"
THERAPY = "Explore: what does a product do?"
PATIENTS = "Patients and cohorts"
TRIALS = "Trials"
QUALITY = "Quality and manufacturing"
TRUST = "Believe: where does it come from, how good is it?"
MODEL = "Model and files"

GREETING = """\
lobule {version}: an in-silico liver for mesenchymal stem cell and exosome therapy
  lobule demo          a published mouse study beside what is predicted; a figure in demo_results/
  lobule products      cells, vesicles and media that can be given
  lobule run --help    how a scenario of your own is written
All commands: lobule --help. {use}"""

app = typer.Typer(
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="An in-silico liver for mesenchymal stem cell and exosome therapy. Research software.",
    epilog="Begin with `lobule demo`, then `lobule run examples/mouse_ccl4_exosome.yaml`; `lobule COMMAND --help` "
    "teaches each command.",
)

model_app = typer.Typer(help="The liver model: show, draw, export, check.")
app.add_typer(model_app, name="model", rich_help_panel=MODEL)

petab_app = typer.Typer(help="PEtab problems: write one for pyPESTO and AMICI, evaluate one.")
app.add_typer(petab_app, name="petab", rich_help_panel=MODEL)

products_app = typer.Typer(invoke_without_command=True, help="The library of products.")
app.add_typer(products_app, name="products", rich_help_panel=START)

benchmark_app = typer.Typer(help="Lobule beside others on the same people.")
app.add_typer(benchmark_app, name="benchmark", rich_help_panel=TRUST)

Json = Annotated[bool, typer.Option("--json", help="Print the tables as JSON instead of text.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="Folder for the results; results/COMMAND-FILE when left out. Only older results of the same command and "
        "file are replaced.",
    ),
]

Formats = Annotated[
    str | None,
    typer.Option(help="Further formats, with commas: svg, pdf (pictures), parquet (tables), html (one page)."),
]


def within(
    low: float = -math.inf, high: float = math.inf, *, above: bool = False, below: bool = False
) -> Callable[[typer.CallbackParam, float | None], float | None]:
    """The check of an option's number: finite, from `low` (or above it) to `high` (or below it)."""

    def check(param: typer.CallbackParam, value: float | None) -> float | None:
        if value is None:
            return None
        why = outside(value, low, high, above=above, below=below)
        if why:
            raise InputError(f"{param.opts[0]} must be {why}")
        return value

    return check


Seed = Annotated[int, typer.Option(callback=within(0, LARGEST_SEED), help="Seed of the random numbers.")]


def _of_the_ensemble(param: typer.CallbackParam, value: int | None) -> float | None:
    from lobule.simulation.ensemble import size  # reads the ensemble, which --help does not need

    return within(0, size())(param, value)


Members = Annotated[
    int, typer.Option(callback=_of_the_ensemble, help="Members of the ensemble behind the bands; 0 for none.")
]
Reading = Annotated[
    str | None,
    typer.Option(
        help="published: as strongly as studies report, counted beside it; counted: only what copies in cells can do. "
        "The file's own when left out."
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"lobule {version('lobule')}")
        raise typer.Exit


def greeting() -> str:
    """What `lobule` alone says: five lines, three commands to try."""
    from importlib.metadata import version

    from lobule.simulation.program import INTENDED_USE

    return GREETING.format(version=version("lobule"), use=INTENDED_USE)


@app.callback(invoke_without_command=True)
def whole(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Print where in the code an error of any kind came from.")
    ] = False,
) -> None:
    """Greet where no command is named."""
    if context.invoked_subcommand is None:
        print(greeting())


@model_app.callback(invoke_without_command=True)
@petab_app.callback(invoke_without_command=True)
@benchmark_app.callback(invoke_without_command=True)
def _group(context: typer.Context) -> None:
    """Print the help where no command is named."""
    if context.invoked_subcommand is None:
        print(context.get_help())
