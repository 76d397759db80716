"""CPU seconds of commands as a user waits for them, beside the same commit's plain imports and another commit.

    python benchmarks/commands.py                                 # every row, twice each, the smaller one is printed
    python benchmarks/commands.py run fit                         # only rows whose names hold one of these words
    python benchmarks/commands.py --before ../older/src           # each row of another checkout too, in turns

Whole processes (user and system time of the process and its children) with a cache that is warm unless the row says
cold. Rows named "live" are timed inside a process that has already done the same once. The last column but one is the
multiple of `import numpy, pandas, matplotlib.pyplot` in the same run: the goals hold where that takes 1.0 s.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"
IMPORTS = "import numpy, pandas, matplotlib.pyplot"
LIVE = """
import time
def live(work, times=5):
    work(); found = []
    for _ in range(times):
        begin = time.process_time(); work(); found.append(time.process_time() - begin)
    print("LIVE", min(found))
"""
SIMULATE = """
import lobule as lb
mouse = lb.Animal("mouse", injury="ccl4", weeks=6)
plan = lb.Plan("uc-msc-ev", dose="1e10 particle", route="iv", start="21 d", every="7 d", n=3)
live(lambda: lb.simulate(mouse, plan, until="63 d", uncertainty=UNCERTAINTY))
"""
COMPILE = """
import lobule.model
lobule.model.compiled("mouse").solve(times=[0.0, 1.0])
"""
LIKE = """
import lobule as lb
lb.Patient("human", etiology="hbv", stage="decompensated", meld=16).history_days
"""
MIXED_MODEL = """
from lobule.trial.trial import Trial
from lobule.trial.replicates import replicate
from lobule.files.design import Design
arms = [{"name": f"dose {k}", "plan": {"product": "uc-msc", "dose": f"{k}e6 cell/kg"}} for k in (1, 2, 4)]
change = {"kind": "change", "at": "168 d", "method": "mmrm"}
design = Design.model_validate({
    "population": {"groups": [{"etiology": "hbv", "stage": "decompensated"}], "patients": 300},
    "arms": [*arms, {"name": "control"}], "patients": 240, "care": ["antiviral"], "dropout": 0.1,
    "visits": ["0 d", "28 d", "56 d", "84 d", "112 d", "140 d", "168 d"], "until": "168 d",
    "missed_visits": 0.05, "replicates": 1, "members": 0,
    "endpoints": [change | {"name": "MELD", "output": "meld"}, change | {"name": "albumin", "output": "albumin"}],
    "analysis": {"primary": "MELD"}})
done = Trial(design, "benchmark").run(out="mixed")
live(lambda: replicate(done.design, done.population, done.courses, "trial", 2), 3)
"""
FURTHER = """
from pathlib import Path
try:
    from lobule.answers.fit import fit_labs
except ImportError:
    from lobule.fitting import fit_labs  # before there were answers
live(lambda: fit_labs(Path("examples/two_patients.csv"), "hbv", patient="b"), 3)
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: words of a command, or code; goal in CPU seconds."""

    name: str
    goal: float
    command: str = ""
    code: str = ""
    live: bool = False
    cold: bool = False
    first: str = ""  # a command that must have run


ROWS = (
    Row("imports of others", 1.0, code=IMPORTS),
    Row("import lobule", 0.1, code="import lobule"),
    Row("lobule --help", 0.3, "--help"),
    Row("run, mouse, 200 members and pictures", 3.0, "run examples/mouse_ccl4_exosome.yaml -o mouse"),
    Row("run, patient of 25 years", 4.0, "run examples/patient_hbv.yaml -o patient"),
    Row("demo, second time", 3.0, "demo -o demo"),
    Row("simulate, live, twins", 0.08, code=LIVE + SIMULATE.replace("UNCERTAINTY", "False"), live=True),
    Row("simulate, live, band of 32", 0.16, code=LIVE + SIMULATE.replace("UNCERTAINTY", "32"), live=True),
    Row("first compilation of the liver, with a solve, cold", 4.0, code=COMPILE, cold=True),
    Row("Patient.like, decompensated, MELD 16, cold", 5.0, code=LIKE, cold=True),
    Row("replicate with mixed models of 4 arms and 6 visits, live", 0.1, code=LIVE + MIXED_MODEL, live=True),
    Row("biomarkers of a trial of 45 patients", 20.0, "biomarkers trial",
        first="trial uc-msc-hbv-cirrhosis -o trial --replicates 5 --members 0"),
    Row("fit of one patient", 4.0, "fit examples/patient_labs.csv --etiology hbv -o fit"),
    Row("fit of a further patient, live", 0.15, code=LIVE + FURTHER, live=True),
)  # fmt: skip


def seconds(row: Row, source: Path, place: Path, limit: float) -> float:
    """CPU seconds of a row with one checkout; NaN where it fails or takes longer than `limit`."""
    cache = place / "cache"
    environment = os.environ | {"PYTHONPATH": str(source), "LOBULE_CACHE": str(cache)}
    if row.cold:
        environment["LOBULE_CACHE"] = tempfile.mkdtemp(dir=place)
    if row.first and not (place / "trial").exists():
        _process(row.first.split(), place, environment, limit)
    words = ["-c", row.code] if row.code else row.command.split()
    spent, said = _process(words, place, environment, limit)
    if row.live and said:
        return float(said.split("LIVE", 1)[1])
    return spent


def _process(words: list[str], place: Path, environment: dict[str, str], limit: float) -> tuple[float, str]:
    command = [sys.executable, *words] if words[0] == "-c" else [sys.executable, "-m", "lobule", *words]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return float("nan"), ""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(done.stderr[-400:], file=sys.stderr)
        return float("nan"), ""
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def prepared(source: Path, place: Path) -> None:
    """A folder with the examples, and a cache that the commands have filled."""
    shutil.copytree(EXAMPLES, place / "examples")
    lines = (EXAMPLES / "patient_labs.csv").read_text(encoding="utf-8").splitlines()
    both = [f"patient,{lines[0]}"] + [f"{who},{line}" for who in "ab" for line in lines[1:]]
    (place / "examples/two_patients.csv").write_text("\n".join(both) + "\n", encoding="utf-8")
    given = os.environ.get("LOBULE_CACHE")
    if given and Path(given).is_dir():
        shutil.copytree(given, place / "cache")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("words", nargs="*")
    arguments.add_argument("--before", type=Path)
    arguments.add_argument("--times", type=int, default=2)
    arguments.add_argument("--limit", type=float, default=600.0, help="wall seconds a process may take")
    asked = arguments.parse_args()
    sources = {"before": asked.before.resolve()} if asked.before else {}
    sources["now"] = HERE.parent / "src"
    rows = [row for row in ROWS if not asked.words or any(word in row.name for word in asked.words)]
    if rows[0] != ROWS[0]:
        rows.insert(0, ROWS[0])
    print("| what | goal, s | " + " | ".join(sources) + " | times the imports | imports |")
    print("|---" * (len(sources) + 4) + "|")
    with tempfile.TemporaryDirectory() as folder:
        places = {}
        for name, source in sources.items():
            places[name] = Path(folder) / name
            places[name].mkdir()
            prepared(source, places[name])
        unit = float("nan")
        for row in rows:
            found = {name: float("inf") for name in sources}
            warming = 0 if row.cold or row.live or row.code else 1
            for turn in range(warming + asked.times):
                for name, source in sources.items():
                    spent = seconds(row, source, places[name], asked.limit)
                    if turn >= warming and not spent >= found[name]:  # NaN, where it failed, stays
                        found[name] = spent
            if row == ROWS[0]:
                unit = found["now"]
            figures = " | ".join(f"{found[name]:.3g}" for name in sources)
            print(f"| {row.name} | {row.goal:g} | {figures} | {found['now'] / unit:.2f} | {unit:.2f} |", flush=True)


if __name__ == "__main__":
    main()
