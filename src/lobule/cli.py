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

    from lobule.therapy import Part, Plan

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
    plan:                        # left out: the untreated course; one part, or a list of them ("- product: ...")
      product: uc-msc-ev         # "lobule products" lists them; or the path of your own product file
      dose: 1e10 particle        # or 1e11 particle/kg, 250 ug, 8 mg/kg, 1e6 cell, 1e6 cell/kg, 0.5 mL
      route: iv                  # portal vein, hepatic artery, intrahepatic, intrasplenic, intraperitoneal,
                                 # subcutaneous, hydrogel
      start: 21 d
      every: 7 d
      n: 3
      over: 1 h                  # left out: a bolus
      when: alt > 80 U/L         # left out: every dose is given
    # - care: antiviral          # standard care as a part of the plan, from start, until its end
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
    from lobule.therapy import Plan
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
                     "copy_budget": _records(result.copy_budget()) if plan else None,
                     "safety": _records(result.safety()) if plan else None})  # fmt: skip
        return
    for part in plan:
        if isinstance(part, Plan):
            print(part.explain(read.who().body_weight_g) + "\n")
    _print_summary(result.summary())
    if compared is not None:
        print(f"Beside {citation(rows[0]['source_id'])}")
        _print_comparison(compared)
    if plan:
        _print_budget(result.copy_budget())
        _print_safety(result.safety())
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


products_app = typer.Typer(invoke_without_command=True, help="The library of products.")
app.add_typer(products_app, name="products")


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
        _print_json(rows)
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
        _print_json(asdict(found))
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
def cargo(
    files: Annotated[
        list[str],
        typer.Argument(
            help="[PRODUCT] SCENARIO: a scenario file; before it, a product (name or file) in place of its own."
        ),
    ],
    day: Annotated[float | None, typer.Option(help="Day of the run that is read; its last when left out.")] = None,
    draws: Annotated[int, typer.Option(help="Draws of the cargo's parameters for the ranges; 0 for none.")] = 8,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    out: Out = Path("cargo"),
    json: Json = False,
) -> None:
    """Say which component of the cargo does it: exact Shapley shares, what is lost without it, ranges, and a chart."""
    from dataclasses import replace

    from lobule.explore import attribute
    from lobule.files.scenario import read_scenario
    from lobule.quantities import amount
    from lobule.therapy import Plan
    from lobule.therapy import products as library

    if len(files) > 2:
        raise InputError(f"cargo takes a scenario, or a product and a scenario, not {len(files)} files")
    read = read_scenario(files[-1])
    parts = read.therapy()
    if len(files) == 2:
        swapped = library[files[0]]
        parts = [replace(p, product=swapped) if isinstance(p, Plan) else p for p in parts]
    found = attribute(read.who(), parts, day or amount(read.until, "time"), draws=draws, seed=seed)
    folder = found.save(out)
    if json:
        _print_json({"shares": _records(found.table), "total": found.total, "runs": found.runs})
        return
    for output, rows in found.table.groupby("output", sort=False):
        print(f"{output}: {found.total[str(output)]:+.1%} over untreated")
        for row in rows.to_dict("records"):
            spread = (
                f"{row['share_low']:+.1%} to {row['share_high']:+.1%}" if row["share_low"] == row["share_low"] else ""
            )
            note = "negligible" if row["negligible"] else f"without it {row['lost_without']:.0%} of the effect is lost"
            print(f"  {row['component']:<22} {row['share']:>+7.1%} {spread:<18} {note}")
    print(f"{found.runs} runs; table and chart: {folder}/")


@app.command()
def dose(
    scenario: Annotated[Path, typer.Argument(help="Scenario file with one product.")],
    output: Annotated[str, typer.Option(help="What should improve.")] = "collagen_proportionate_area",
    route: Annotated[list[str] | None, typer.Option(help="A route to compare; again for more.")] = None,
    out: Out = Path("dose"),
    json: Json = False,
) -> None:
    """Vary dose, interval and route: curves, a surface, the smallest effective dose, and benefit against material."""
    from lobule.explore import explore_doses
    from lobule.files.scenario import read_scenario
    from lobule.quantities import amount

    read = read_scenario(scenario)
    plan = _only_plan(read.therapy())
    found = explore_doses(read.who(), plan, amount(read.until, "time"), output=output, routes=route or None)
    folder = found.save(out)
    if json:
        _print_json({"designs": _records(found.table), "smallest_effective_multiple": found.smallest})
        return
    own = plan.amount(read.who().body_weight_g)
    print(f"{output}: improvement over untreated on day {found.day:g}, by {found.unit} in each of {plan.n} doses")
    for name, rows in found.table[found.table["part"] == "curve"].groupby("route", sort=False):
        print(f"  {name}")
        for row in rows.to_dict("records"):
            print(f"    {row['per_dose']:>9.3g} {found.unit}   {row['benefit']:>7.1%}")
        least = found.smallest[str(name)]
        half = f"{least * own.value:.3g} {found.unit}" if least else "outside the doses looked at"
        print(f"    half of the largest improvement: {half}")
    front = found.table[found.table["front"]].sort_values("total")
    print(f"  front of benefit against material ({len(front)} designs):")
    for row in front.to_dict("records")[:: max(1, len(front) // 8)]:
        print(f"    {row['benefit']:>7.1%} from {row['total']:>9.3g} {found.unit} in all: {row['doses']} x "
              f"{row['per_dose']:.3g} every {row['interval_d']:.3g} d, {row['route']}")  # fmt: skip
    print(
        f"Risk of plugged lung vessels: {'in the table' if plan.kind == 'cells' else 'no estimate for ' + plan.kind}."
    )
    print(f"Table and picture: {folder}/")


@app.command()
def compare(
    scenarios: Annotated[list[Path], typer.Argument(help="Two or more scenario files.")],
    out: Out = Path("comparison"),
    json: Json = False,
) -> None:
    """Put scenarios side by side: cells, vesicles, medium, engineered, targeted, combined, standard care."""
    from lobule.explore import compare as side_by_side
    from lobule.files.scenario import read_scenario
    from lobule.simulation import run_scenario

    read = {path: read_scenario(path) for path in scenarios}
    found = side_by_side({s.title or path.stem: run_scenario(s) for path, s in read.items()})
    folder = found.save(out)
    if json:
        _print_json(_records(found.table))
        return
    table = found.table.pivot(index="scenario", columns="output", values="ratio")
    print("Treated over untreated at the end of each scenario:")
    print(table[list(dict.fromkeys(found.table["output"]))].to_string(float_format=lambda v: f"{v:.3f}"))
    print(f"Table and picture: {folder}/")


@app.command()
def synergy(
    scenario: Annotated[Path, typer.Argument(help="Scenario file whose plan has two parts.")],
    output: Annotated[str, typer.Option(help="What should improve.")] = "collagen_proportionate_area",
    json: Json = False,
) -> None:
    """Say whether two parts of a plan add up: Bliss independence and Loewe additivity."""
    from dataclasses import asdict

    from lobule.explore import synergy as together
    from lobule.files.scenario import read_scenario
    from lobule.quantities import amount

    read = read_scenario(scenario)
    parts = read.therapy()
    if len(parts) != 2:
        raise InputError(f"{scenario.name}: synergy is of two parts; this plan has {len(parts)}")
    found = together(read.who(), parts[0], parts[1], amount(read.until, "time"), output)
    if json:
        _print_json(asdict(found))
        return
    print(f"{parts[0].name} and {parts[1].name}")
    print(found)


@app.command()
def group(
    scenario: Annotated[Path, typer.Argument(help="Scenario file of an animal with a plan.")],
    animals: Annotated[int, typer.Option("--animals", "-n", help="Animals of each group.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the differences between animals.")] = 1,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the tables and the picture.")] = Path(
        "group_results"
    ),
    json: Json = False,
) -> None:
    """Treat a group of different animals beside an untreated group: means, spread and p-values on the last day."""
    from lobule.explore import compare_groups
    from lobule.files.scenario import read_scenario
    from lobule.patient import Animal

    read = read_scenario(scenario)
    who = read.who()
    if not isinstance(who, Animal):
        raise InputError(f"{scenario.name}: a group is of animals; for people draw a cohort (lobule cohort)")
    found = compare_groups(who, read.therapy(), read.until, animals, seed)
    folder = found.save(out)
    if json:
        _print_json(_records(found.table))
        return
    print(found.table.to_string(index=False, float_format=lambda v: f"{v:.3g}"))
    print("Animals differ by patient/animal_variation.csv (assumed); error of measurement is not added.")
    print(f"Animals, summary and picture: {folder}/")


@app.command()
def biodistribution(
    scenario: Annotated[Path, typer.Argument(help="Scenario file with one dose of one product.")],
    label: Annotated[
        str, typer.Option(help="intact, luciferase, dye, iodine, cargo RNA, indium, viable cells")
    ] = "intact",
    json: Json = False,
) -> None:
    """Print the share of a dose in each organ, as a tracer study with that label would find it."""
    from lobule.biodistribution import LABELS
    from lobule.biodistribution import biodistribution as trace
    from lobule.files.scenario import read_scenario

    read = read_scenario(scenario)
    table = trace(read.who(), _only_plan(read.therapy()), label)
    if json:
        _print_json(_records(table))
        return
    print(f"Share of the dose, label: {LABELS[label].title} ({LABELS[label].grade} {LABELS[label].source})")
    print(table.to_string(index=False, float_format=lambda v: f"{v:.1%}"))


def _only_plan(parts: list[Part]) -> Plan:
    """The one product of a plan."""
    from lobule.therapy import Plan

    if len(parts) != 1 or not isinstance(parts[0], Plan):
        raise InputError("the plan must be one product; leave other parts out")
    return parts[0]


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


@app.command(help=COHORT_HELP)
def cohort(  # noqa: D103  (its help is COHORT_HELP)
    file: Annotated[Path, typer.Argument(help="Cohort file (YAML).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Table to write: .parquet or .csv.")] = Path(
        "cohort.parquet"
    ),
    json: Json = False,
) -> None:
    from lobule.cohorts import draw_cohort, save_cohort
    from lobule.patient.outlook import outlook

    drawn = draw_cohort(file, quiet=json)
    picture, survival = save_cohort(drawn, out)
    if json:
        _print_json({"patients": len(drawn.table), "file": str(out), "picture": str(picture),
                     "outlook_picture": str(survival),
                     "groups": [{"group": g.name, "pool": g.cohort.pool, "eligible": g.cohort.eligible,
                                 "effective_size": g.cohort.effective_size, "table_1": _records(g.cohort.table_1()),
                                 "outlook": _records(outlook(g.cohort))}
                                for g in drawn.groups]})  # fmt: skip
        return
    for group in drawn.groups:
        c = group.cohort
        print(f"{group.name}: {len(c)} patients of {c.eligible} eligible ones, {c.pool} drawn; the pool is worth "
              f"{c.effective_size:.0f} equal weights")  # fmt: skip
        if c.effective_size < len(c):
            print(
                "  fewer equal weights than patients: the published cohort lies at the edge of what the model reaches"
            )
        if c.target is None:
            print("  no published cohort of this etiology and stage to compare with")
        else:
            if c.criteria:
                print("  the published cohort has no such criteria, so that their figures must differ")
            print(c.table_1().to_string(index=False, float_format=lambda v: f"{v:.3g}"))
    for group in drawn.groups:
        found = outlook(group.cohort)
        said = found.dropna(subset=["model"]).drop(columns=["low", "high", "condition"])
        print(f"{group.name}: untreated, share that died or decompensated, beside published cohorts; close: "
              f"{int(said['close'].sum())} of {len(said)} (within 10 points or the published interval)")  # fmt: skip
        print(said.to_string(index=False, formatters={"model": "{:.1%}".format, "published": "{:.1%}".format,
                                                      "days": "{:.0f}".format}))  # fmt: skip
    print(f"{len(drawn.table)} patients: {out}; table 1: {picture}; outlook: {survival}")


SCORE_HELP = """Add clinical scores to a table of laboratory values (CSV).

MELD, MELD-Na, MELD 3.0, Child-Pugh, ALBI, FIB-4, APRI, NAFLD fibrosis score, Maddrey, Lille, ABIC, CLIF-C ACLF and
West Haven band.

A column is a name with its unit: bilirubin_mg_per_dL or bilirubin_umol_per_L, creatinine, albumin_g_per_dL or
albumin_g_per_L, sodium_mmol_per_L, inr, ascites (0 none, 1 mild, 2 moderate), encephalopathy (West Haven 0 to 4),
sex (f, m), age_years, ast_U_per_L, alt_U_per_L, platelets_1e9_per_L, ... "bilirubin (mg/dL)" is understood too. Other
columns stay. Values that cannot be read are reported by line and left out; the rest is kept.
"""


@app.command(help=SCORE_HELP)
def score(  # noqa: D103  (its help is SCORE_HELP)
    labs: Annotated[Path, typer.Argument(help="CSV file, units in the headers.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV file to write.")] = Path("scores.csv"),
    json: Json = False,
) -> None:
    from dataclasses import asdict

    from lobule.run import INTENDED_USE
    from lobule.scoring import score_file

    done = score_file(labs, out)
    if json:
        _print_json({**asdict(done), "file": str(out)})
        return
    print(f"{done.rows} rows; scores written to {out}")
    for name, count in done.computed.items():
        print(f"  {name:<28} {count} rows")
    for name, why in done.never.items():
        print(f"  {name:<28} not computed: {why}")
    for problem in done.problems[:20]:
        column = f", {problem.column}" if problem.column else ""
        print(f"  line {problem.line}{column}: {problem.reason}; left out")
    if len(done.problems) > 20:
        print(f"  ... and {len(done.problems) - 20} more cells that could not be used (--json lists them)")
    print(INTENDED_USE)


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
    if table.empty:
        return
    print("Copy budget: which path could carry the effect, by counting?")
    acting = table[(table["peak_share_of_largest_effect"] >= 0.01) | (table["possible_by_count"] == "yes")]
    for row in acting.to_dict("records"):
        needed = f"needed {row['needed']:<7g}" if row["needed"] == row["needed"] else f"{'no yardstick':<14}"
        print(f"  {row['path']:<20} {row['cell']:<14} at most {row['peak']:>9.3g} {row['unit']:<16} "
              f"{needed} {row['possible_by_count']:<4}"
              f"effect in the model {row['peak_share_of_largest_effect']:.0%} of its largest")  # fmt: skip
    silent = len(table) - len(acting)
    if silent:
        print(
            f"  {silent} further paths are neither possible by counting nor given 1 % of their effect (copy_budget.csv)"
        )
    used = table[table["impossible_but_used"]]
    if not used.empty:
        paths = ", ".join(dict.fromkeys(used["path"]))
        print(f"  The model lets {paths} act although too few copies arrive: their potency is calibrated to studies")
        print("  that report it, by no known mechanism. lobule cargo says how much of the effect rests on them.")
    print()


def _print_safety(table: pd.DataFrame) -> None:
    print("Safety:")
    for row in table.to_dict("records"):
        figure = (
            row["figure"] if isinstance(row["figure"], str) else f"{row['figure']:.3g} ({row['unit']}; {row['grade']})"
        )
        print(f"  {row['risk']:<30} {figure}; {row['note']}")
    print()


def main() -> None:
    """Entry point: a user's mistake is one sentence and exit code 2, never a traceback."""
    try:
        app()
    except LobuleError as error:
        print(f"lobule: {error}", file=sys.stderr)
        sys.exit(2)
