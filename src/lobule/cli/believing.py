"""Why believe it: the scoreboard, the calibration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lobule.cli.app import Json, app
from lobule.cli.printing import print_json, records

CALIBRATE_HELP = """Repeat lobule's own calibration from the evidence of the package.

An affine-invariant sampler moves walkers through the free parameters (calibrate/free_parameters.csv); half of them are
one engine batch. The state is kept after every step: a command that was stopped goes on where it was and ends with the
same numbers. The folder gets ensemble.csv, identifiability.csv and provenance.json; to use an ensemble, put it into
src/lobule/calibrated.
"""


@app.command(help=CALIBRATE_HELP)
def calibrate(  # noqa: D103  (its help is CALIBRATE_HELP)
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the state and the results.")] = Path(
        "calibration"
    ),
    steps: Annotated[int, typer.Option(help="Steps of every walker, those done before included.")] = 300,
    members: Annotated[int, typer.Option(help="Members of the ensemble.")] = 200,
    seed: Annotated[int, typer.Option(help="Of start and moves.")] = 1,
    json: Json = False,
) -> None:
    from rich.progress import Progress, TextColumn

    from lobule.calibrate import calibrate as run

    with Progress(*Progress.get_default_columns(), TextColumn("{task.fields[best]}"), disable=json) as bar:
        task = bar.add_task("steps", total=steps, best="")

        def advance(done: int, best: float) -> None:
            bar.update(task, completed=done, best=f"best log-posterior {best:.1f}")

        found = run(out, steps, seed, advance)
    folder = found.save(out, members)
    if json:
        print_json({"settings": found.settings, "parameters": records(found.table)})
        return
    print(found.table.to_string(index=False, float_format=lambda v: f"{v:.3g}"))
    told = int(found.table["told"].sum())
    print(f"{told} of {len(found.table)} free parameters were told something by the calibration studies; largest R-hat "
          f"{found.settings['largest_r_hat']:.2f}, smallest effective size "
          f"{found.settings['smallest_effective_size']:.0f}")  # fmt: skip
    print(f"Ensemble of {members} members: {folder}/ensemble.csv")


VALIDATE_HELP = """Simulate every study, trial and contrast of the evidence, and score what lobule predicts.

Without files: the tables of the package, calibration and held-out studies apart. With --studies, --trials or
--contrasts: your own files with the same columns (docs/credibility.md). Every row that cannot be simulated is listed
with the reason. The page (-o) holds a forest plot and every row.
"""


@app.command(help=VALIDATE_HELP)
def validate(  # noqa: D103  (its help is VALIDATE_HELP)
    studies: Annotated[Path | None, typer.Option(help="Arms of animal studies (CSV).")] = None,
    trials: Annotated[Path | None, typer.Option(help="Clinical trials (CSV).")] = None,
    contrasts: Annotated[Path | None, typer.Option(help="Pairs of arms and which did better (CSV).")] = None,
    study: Annotated[str | None, typer.Option(help="Explain one study or source in full.")] = None,
    members: Annotated[int, typer.Option(help="Members of the ensemble behind each band.")] = 32,
    out: Annotated[Path, typer.Option("--out", "-o", help="Page to write (.html).")] = Path("scoreboard.html"),
    json: Json = False,
) -> None:
    from lobule.credibility import explain, scoreboard, write_page
    from lobule.report.scoreboard import sentence

    board = scoreboard(studies=studies, trials=trials, contrasts=contrasts, study=study, members=members, quiet=json)
    summaries = board.summaries()
    if json:
        whole = board.summary()
        print_json({"summary": whole, "by_set": summaries, "rows": records(board.rows),
                    "orders": records(board.orders), "not_simulated": records(board.not_simulated)})  # fmt: skip
        return
    if study is not None:
        print(explain(board))
        return
    for name, summary in summaries.items():
        print(f"{name}: {sentence(summary)}")
        for who, scores in summary["rivals"].items():
            shown = ", ".join(f"{k.replace('_', ' ')} {v:.2f}" for k, v in scores.items() if v is not None)
            print(f"  {who:<14} {shown}")
        skill = {k: v for k, v in summary["skill_against_naive"].items() if v is not None}
        print("  skill over the better rival: " + ", ".join(f"{k} {v:+.2f}" for k, v in skill.items()))
    left = board.not_simulated
    if len(left):
        print(f"{len(left)} rows not simulated; the reasons, most frequent first:")
        for reason, count in left["reason"].value_counts().head(12).items():
            print(f"  {count:>4}  {reason}")
    print(f"Every row, with a forest plot: {write_page(board, out)}")
