"""The commands. Thin: each reads its arguments, calls one function, prints. Heavy imports happen inside."""

from __future__ import annotations

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lobule.errors import InputError, LobuleError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="An in-silico liver for mesenchymal stem cell and exosome therapy. Research software.",
)

model_app = typer.Typer(no_args_is_help=True, help="The liver model: show, draw, export, check.")
app.add_typer(model_app, name="model")

Json = Annotated[bool, typer.Option("--json", help="Print the tables as JSON instead of text.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results; replaced when it holds older results.")]

SCENARIO_HELP = """Simulate a scenario file and write a folder of results.

A scenario is YAML; quantities carry their unit:

    title: three weekly doses of umbilical cord exosomes
    subject:                     # an animal with an injury, or a patient with an etiology
      species: mouse
      body_weight: 25 g          # left out: the species' own
      injury:
        cause: ccl4
        dose: 0.5 mL/kg          # left out: the injury's own
        every: 3.5 d
        duration: 6 wk
    # subject: {species: human, etiology: hbv, years: 25, treated_with: [antiviral]}
    plan:                        # left out: the untreated course
      product: uc-msc-ev         # "lobule products" lists them
      dose: 1e10 particle        # or 1e11 particle/kg, 250 ug, 8 mg/kg
      route: iv                  # iv, intrahepatic, intraperitoneal
      start: 21 d
      every: 7 d
      n: 3
    until: 63 d
    sample_every: 6 h
    study: li2013                # left out: no comparison

The results: run.json (what was run, versions, hashes), timecourse.nc, untreated.nc (NetCDF), summary.csv,
copy_budget.csv, figure.png, figure.svg. `lobule schema` prints the JSON Schema for editors.
"""


@app.command()
def demo(out: Out = Path("demo_results"), json: Json = False) -> None:
    """Simulate a published study: a mouse with CCl4 fibrosis treated with MSC exosomes, beside what was observed."""
    from lobule.demo import demonstrate
    from lobule.evidence import citation

    run, tables = demonstrate()
    notes = {"collagen_proportionate_area": "observed on day 63: down", "tgf_beta": "observed on day 63: down"}
    folder = run.save(out, run.plot(observed=notes))
    if json:
        _print_json({"tables": {k: _records(t) for k, t in tables.items()}, "copy_budget": _records(run.copy_budget()),
                     "citation": citation("li2013"), "folder": str(folder)})  # fmt: skip
        return
    print(run.record["title"])
    print(f"Study: {citation('li2013')}\n")
    for label, table in tables.items():
        print(f"If {label}, treated over untreated on day {table['day'].iloc[0]:g}:")
        _print_comparison(table)
    print("The band is the range of particles that 250 ug of vesicle protein may hold (1e9 to 5e10 particles per ug).")
    print("The study's endpoints are known as directions only; a predicted change under 5 % counts as none.\n")
    _print_budget(run.copy_budget())
    print(f"Figure, time courses and inputs: {folder}/")
    print(run.record["intended_use"])


@app.command(help=SCENARIO_HELP)
def run(  # noqa: D103  (its help is SCENARIO_HELP)
    scenario: Annotated[Path, typer.Argument(help="Scenario file (YAML).")],
    out: Out = Path("out"),
    engine: Annotated[str, typer.Option(help='"lobule", or "roadrunner" for the reference simulator.')] = "lobule",
    json: Json = False,
) -> None:
    from lobule.evidence import citation, study_rows
    from lobule.files.scenario import read_scenario
    from lobule.simulation import run_scenario
    from lobule.validate import beside_study

    read = read_scenario(scenario)
    rows = study_rows(read.study) if read.study else []
    result = run_scenario(read, engine)
    compared = beside_study(result, read.study) if read.study else None
    folder = result.save(out)
    plan = read.therapy()
    if json:
        _print_json({"summary": _records(result.summary()), "folder": str(folder),
                     "comparison": _records(compared) if compared is not None else None,
                     "copy_budget": _records(result.copy_budget()) if plan else None})  # fmt: skip
        return
    if plan:
        print(plan.explain(read.who().body_weight_g) + "\n")
    _print_summary(result.summary())
    if compared is not None:
        print(f"Beside {citation(rows[0]['source_id'])}")
        _print_comparison(compared)
    if plan:
        _print_budget(result.copy_budget())
    print(f"Figure, time courses and inputs: {folder}/")
    print(result.record["intended_use"])


@app.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors that complete and check while you type."""
    from lobule.files.scenario import json_schema

    _print_json(json_schema())


@app.command()
def replay(folder: Annotated[Path, typer.Argument(help="A results folder.")], json: Json = False) -> None:
    """Run a results folder again and say whether the numbers are the same; exit code 1 when they are not."""
    from lobule.replay import replay as run_again

    outcome = run_again(folder)
    if json:
        _print_json({"same": outcome.same, "largest_difference": outcome.largest_difference,
                     "where": outcome.where, "changed": list(outcome.changed)})  # fmt: skip
    else:
        print(f"{folder}: {outcome}")
    if not outcome.same:
        raise typer.Exit(1)


@app.command()
def products(json: Json = False) -> None:
    """List the products of the library with their cargo, each number with its source and grade."""
    from lobule.therapy import products as library

    rows = [
        {"product": p.name, "title": p.title, "cargo": name, "copies_per_particle": e.value, "low": e.low,
         "high": e.high, "source": e.source, "grade": e.grade}
        for p in library.values() for name, e in p.cargo.items()
    ]  # fmt: skip
    if json:
        _print_json(rows)
        return
    for p in library.values():
        per_ug = p.particles_per_ug
        print(f"{p.name}: {p.title}")
        print(f"  particles per ug protein {per_ug.value:g} ({per_ug.low:g} to {per_ug.high:g}) {per_ug.source}")
        for name, e in p.cargo.items():
            print(f"  {name:<10} {e.value:g} copies a particle ({e.low:g} to {e.high:g})  {e.source} {e.grade}")


@model_app.command("show")
def model_show(
    fragment: Annotated[str | None, typer.Argument(help="One fragment in full; left out: all in short.")] = None,
    json: Json = False,
) -> None:
    """Print the modules, states, reactions and parameters with units."""
    from lobule.provenance import fragment_rows, model_rows

    if fragment is None:
        rows = model_rows()
        if json:
            _print_json(rows)
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
        _print_json(found)
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
    from lobule.provenance import draw_model

    print(draw_model(out))


@model_app.command("export")
def model_export(
    out: Annotated[Path, typer.Argument(help="File to write: .xml (SBML L3V2 with units, SBO, MIRIAM) or .ant.")],
    species: Annotated[str, typer.Option(help="mouse, rat or human")] = "human",
    scenario: Annotated[Path | None, typer.Option(help="Scenario whose doses become SBML events.")] = None,
) -> None:
    """Write the model for other tools."""
    from lobule.model.export import export

    if scenario is None:
        print(export(out, species))
        return
    from lobule.files.scenario import read_scenario
    from lobule.simulation import events_of

    read = read_scenario(scenario)
    print(export(out, read.who().species, *events_of(read.who(), read.therapy())))


@model_app.command("check")
def model_check(json: Json = False) -> None:
    """Run every check of the untreated liver: wanted and found, fact by fact. Failing checks are listed, not hidden."""
    from lobule.validate.checks import all_checks, summary

    found = all_checks()
    if json:
        _print_json({"checks": [check.to_dict() for check in found], "passed": sum(c.passed for c in found)})
        return
    for check in found:
        mark = "ok  " if check.passed else "FAIL"
        print(f"{mark} {check.id:<34} {check.found:>9.3g}  wanted {check.wanted:<16} {check.what}  [{check.source}]")
    print(summary(found))


@app.command()
def sensitivity(
    scenario: Annotated[Path, typer.Argument(help="Scenario file; its subject is ranked untreated, at its end.")],
    out: Out = Path("sensitivity"),
    trajectories: Annotated[int, typer.Option(help="Morris trajectories; each costs a run a parameter.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the sampling.")] = 1,
    json: Json = False,
) -> None:
    """Rank the parameters by their influence on six clinical outputs (Morris screening, SALib)."""
    from lobule.explore import global_sensitivity
    from lobule.files.scenario import read_scenario
    from lobule.quantities import amount

    read = read_scenario(scenario)
    found = global_sensitivity(read.who(), amount(read.until, "time"), trajectories=trajectories, seed=seed)
    folder = found.save(out)
    if json:
        _print_json({"ranking": _records(found.table), "runs": found.runs, "failed": found.failed})
        return
    print(found.table.head(20).to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    print(f"{found.runs} runs, {found.failed} of them failed; table and picture: {folder}/")


@app.command()
def evidence(
    identifier: Annotated[
        str | None, typer.Argument(help="A parameter of the model, or the id of a row of evidence.")
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="How many parameters are measured, ..., assumed.")] = False,
    json: Json = False,
) -> None:
    """Print where a number comes from: value, unit, range, grade, and the evidence behind it."""
    from lobule.provenance import evidence_summary, explain

    if identifier is None and not summary:
        raise InputError('name a parameter or a row of evidence, or ask for the "--summary"')
    if identifier is None:
        found = evidence_summary()
        if json:
            _print_json(found)
            return
        print(found["sentence"])
        for row in found["most_influential"]:
            print(f"  {row['parameter']:<36} {row['grade']:<11} {row['influence']:>6.2f}  {row['output']}")
        return
    found = explain(identifier)
    if json:
        _print_json(found)
        return
    for key, value in found.items():
        if isinstance(value, list):
            print(f"{key}:")
            for item in value:
                print("  " + (item if isinstance(item, str) else "; ".join(f"{k} {v}" for k, v in item.items() if v)))
        elif value != "":
            print(f"{key:<18} {value}")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data; a value that is missing becomes null, which JSON knows, instead of NaN."""
    return json_module.loads(table.to_json(orient="records", double_precision=15))


def _print_json(data: Any) -> None:
    print(json_module.dumps(data, indent=2))


def _print_summary(table: pd.DataFrame) -> None:
    print(f"On day {table['day'].iloc[0]:g}:")
    shown = table.drop(columns="day").rename(columns={"unit": ""})
    print(shown.to_string(index=False, float_format=lambda v: f"{v:.4g}", na_rep=""), "\n")


def _print_comparison(table: pd.DataFrame) -> None:
    head = f"  {'endpoint':<18} {'observed':<9} {'predicted':<10} {'ratio':>6}  {'band':<15} agrees"
    print(head)
    for row in table.to_dict("records"):
        if row["agrees"] is None:
            print(f"  {row['endpoint']:<18} {row['observed']:<9} not simulated: {row['note']}")
            continue
        band = f"{row['ratio_low']:.2f} to {row['ratio_high']:.2f}" if row["ratio_low"] == row["ratio_low"] else ""
        print(f"  {row['endpoint']:<18} {row['observed']:<9} {row['predicted']:<10} {row['predicted_ratio']:>6.2f}  "
              f"{band:<15} {'yes' if row['agrees'] else 'NO'}")  # fmt: skip
    print()


def _print_budget(table: pd.DataFrame) -> None:
    print("Copy budget: could this part of the cargo carry the effect?")
    for row in table.to_dict("records"):
        print(f"  {row['cargo']:<9} in each {row['cell']:<14} at most {row['peak_copies_per_cell']:>9.3g} copies, "
              f"half effect needs {row['copies_for_half_effect']:g}: "
              f"{'yes' if row['could_carry_the_effect'] else 'no'}")  # fmt: skip
    print()


def main() -> None:
    """Entry point: a user's mistake is one sentence and exit code 2, never a traceback."""
    try:
        app()
    except LobuleError as error:
        print(f"lobule: {error}", file=sys.stderr)
        sys.exit(2)
