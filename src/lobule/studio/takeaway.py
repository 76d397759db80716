"""What can be taken away from a page: pictures, tables, the scenario, lines of Python, the whole folder of results."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.answers.saving import chosen
from lobule.keeping import write_text
from lobule.studio.state import State

if TYPE_CHECKING:
    from lobule.simulation.run import Run

PICTURES = ("png", "svg", "pdf")
STEM = "lobule"  # of the names of files
SCENARIO = "scenario.yaml"


def picture(run: Run, kind: str) -> bytes:
    """The curves of a run as they are printed: "png", "svg" or "pdf"."""
    from lobule.report.style import picture_bytes

    return picture_bytes(lambda: run.plot(), kind)


def csv(run: Run) -> bytes:
    """The course of every output that the page shows, treated and untreated, units in the names of columns."""
    return _table(run).to_csv(index=False).encode()


def parquet(run: Run) -> bytes:
    """The same as Parquet; raises NotInstalled where pyarrow is missing."""
    chosen("parquet")
    buffer = io.BytesIO()
    _table(run).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _table(run: Run) -> Any:
    from dataclasses import replace

    table = run.to_dataframe().reset_index()
    if run.control is not None:
        twin = replace(run, data=run.control).to_dataframe().reset_index(drop=True)
        table = table.join(twin.add_prefix("untreated_"))
    return table


def python(state: State, members: int) -> str:
    """Lines of Python that give the same numbers."""
    text = state.yaml()
    fence = "'''" if "'''" not in text else '"""'
    return (
        "from lobule.files.scenario import run_scenario, scenario_from\n\n"
        f"scenario = scenario_from(r{fence}\n{text}{fence})\n"
        f"run = run_scenario(scenario, uncertainty={members})\n"
        "print(run.said())\nrun.plot()\n"
    )


def command(members: int) -> str:
    """The command that gives the same numbers from the scenario."""
    return f"lobule run {SCENARIO} --members {members}"


def folder(state: State, members: int) -> bytes:
    """The results folder that `lobule run` writes of the scenario, its report and that scenario, as a zip archive."""
    from lobule.answers.report import report

    with tempfile.TemporaryDirectory(prefix="lobule-studio-") as place:
        path, results = _saved(state, members, Path(place))
        report(results)
        return _zipped({SCENARIO: path, **{f"results/{one.relative_to(results).as_posix()}": one
                                            for one in sorted(results.rglob("*")) if one.is_file()}})  # fmt: skip


def page(state: State, members: int) -> bytes:
    """The report of a run as one page, which needs no other file: as `lobule report` makes it of the folder."""
    from lobule.answers.report import report

    with tempfile.TemporaryDirectory(prefix="lobule-studio-") as place:
        _, results = _saved(state, members, Path(place))
        made = Path(place) / "report.html"
        report(results, out=made).save_file(made)
        return made.read_bytes()


def _saved(state: State, members: int, place: Path) -> tuple[Path, Path]:
    """The scenario and the results of `lobule run` in a folder."""
    from lobule.answers.run import run as run_command

    path = write_text(place / SCENARIO, state.yaml())
    return path, run_command(path, members=members).save(place / "results", (), [f"../{SCENARIO}"])


def _zipped(files: dict[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def of_run(run: Run) -> dict[str, Callable[[], bytes]]:
    """{name of a file: what makes it} of all that a run gives."""
    pictures = {f"{STEM}.{kind}": _drawn(run, kind) for kind in PICTURES}
    return {**pictures, f"{STEM}.csv": lambda: csv(run), f"{STEM}.parquet": lambda: parquet(run)}


def of_state(state: State, members: int) -> dict[str, Callable[[], bytes]]:
    """The same of all that a scenario gives."""
    return {
        SCENARIO: lambda: state.yaml().encode(),
        f"{STEM}.py": lambda: python(state, members).encode(),
        f"{STEM}-results.zip": lambda: folder(state, members),
        f"{STEM}-report.html": lambda: page(state, members),
    }


def _drawn(run: Run, kind: str) -> Callable[[], bytes]:
    return lambda: picture(run, kind)
