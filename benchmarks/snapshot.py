"""Every number of every example, as hashes: what moved since another commit?

    python benchmarks/snapshot.py take numbers.csv               # runs every example, with the lobule that is imported
    python benchmarks/snapshot.py take numbers.csv run score     # only the commands that begin with these words
    python benchmarks/snapshot.py compare before.csv numbers.csv # before.csv was taken on another commit

A row is a command, a name and a hash: of a column of a table, of a variable of a NetCDF file, or of all numbers at one
place of what `--json` prints. What is found under another name of the same command, as when a table moves to another
file, counts as moved, not as different.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

EXAMPLES = Path(__file__).parent.parent / "examples"
# In this order: some read what an earlier one wrote. `-o` and `--json` are added where a command has them.
COMMANDS = (
    "demo",
    *(f"run examples/{path.name}" for path in sorted(EXAMPLES.glob("*.yaml"))),
    "run examples/patient_hbv.yaml --members 0",
    "cargo examples/mouse_own_product.yaml",
    "dose examples/mouse_ccl4_exosome.yaml",
    "compare examples/mouse_ccl4_exosome.yaml examples/mouse_own_product.yaml",
    "synergy examples/mouse_cells_and_ev.yaml",
    "group examples/mouse_ccl4_exosome.yaml -n 4",
    "biodistribution examples/mouse_tracer.yaml --label dye",
    "sensitivity examples/mouse_ccl4_exosome.yaml",
    "cohort examples/cohorts/mixed.yaml -o cohort.csv",
    "score examples/labs.csv -o scores.csv",
    "fit examples/patient_labs.csv --etiology hbv",
    "trial examples/trials/msc_hbv.yaml --replicates 20 --members 3",
    "trial uc-msc-hbv-cirrhosis --replicates 10 --members 2",
    "assay examples/quality/potency_assay.yaml",
    "assay examples/quality/plates.csv",
    "assay --studies",
    "process examples/quality/process.yaml --batches 30",
    "batch {process}/synthetic_batches.csv",
    "spec {process}/synthetic_batches.csv",
    "comparability {process}/synthetic_batches.csv {process}/synthetic_batches.csv",
    "stability examples/quality/stability.csv --at-least 80",
    "products",
    "products show uc-msc-ev",
    "evidence tsg_6_half_effect",
    "evidence --summary",
    "model show",
    "model check",
    "petab export examples/plain_labs.csv --etiology hbv --years 28",
    "validate -o scoreboard.html",
)  # fmt: skip
WITHOUT_FOLDER = ("synergy", "products", "evidence", "model show", "model check", "biodistribution", "sensitivity")
WITHOUT_JSON = ("petab export",)
OF_THE_DAY = ("wall_seconds", "seconds", "versions", "checksum", "files")


def take(only: list[str]) -> Iterator[tuple[str, str, str]]:
    """Run the commands and yield (command, name, hash) of every column, variable and place."""
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        shutil.copytree(EXAMPLES, here / "examples")
        labs = (EXAMPLES / "patient_labs.csv").read_text(encoding="utf-8")
        (here / "examples/plain_labs.csv").write_text(labs.replace("<", ""), encoding="utf-8")  # PEtab knows no limits
        for number, command in enumerate(COMMANDS):
            if only and not any(command.startswith(word) for word in only):
                continue
            folder = here / ("process" if command.startswith("process") else f"out{number}")
            yield from ((command, name, value) for name, value in _numbers_of(command, here, folder))


def _numbers_of(command: str, here: Path, folder: Path) -> Iterator[tuple[str, str]]:
    words = command.format(process="process").split()
    if "-o" not in words and not command.startswith(WITHOUT_FOLDER):
        words += ["-o", folder.name]
    if not command.startswith(WITHOUT_JSON):
        words.append("--json")
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "lobule", *words], cwd=here, env=os.environ, capture_output=True, text=True, check=False
    )
    print(f"{time.perf_counter() - begin:7.1f} s  {done.returncode}  {' '.join(words)}", file=sys.stderr, flush=True)
    if done.returncode:
        print(done.stderr[-600:], file=sys.stderr)
    yield "exit code", str(done.returncode)
    if done.stdout.lstrip()[:1] in ("{", "["):
        yield from _places(json.loads(done.stdout))
    written = here / words[words.index("-o") + 1] if "-o" in words else here / "nothing"
    for file in sorted(written.rglob("*")) if written.is_dir() else [written] * written.is_file():
        yield from _of_file(file)


def _places(data: Any) -> Iterator[tuple[str, str]]:
    """All numbers at one place of a JSON document, list items together, as one hash."""
    found: dict[str, list[float]] = {}

    def walk(value: Any, at: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in OF_THE_DAY:
                    walk(inner, f"{at}.{key}")
        elif isinstance(value, list):
            for inner in value:
                walk(inner, at)
        elif isinstance(value, int | float):
            found.setdefault(at, []).append(float(value))

    walk(data, "json")
    for at, values in found.items():
        yield at, _hash(values)


def _of_file(file: Path) -> Iterator[tuple[str, str]]:
    if file.suffix == ".csv":
        table = pd.read_csv(file, comment=None, low_memory=False)
    elif file.suffix == ".parquet":
        table = pd.read_parquet(file)
    elif file.suffix == ".nc":
        with xr.open_dataset(file, engine="scipy") as data:
            for name, variable in data.variables.items():
                yield f"{file.stem}.{name}", _hash(variable.values.ravel().astype(float).tolist())
        return
    else:
        return
    for name in table.columns:
        column = table[name]
        numbers = pd.to_numeric(column, errors="coerce")
        if numbers.notna().any():
            yield f"{file.stem}.{name}", _hash(numbers.tolist())


def _hash(values: list[float]) -> str:
    return hashlib.sha256(b"".join(struct.pack("<d", v) for v in values)).hexdigest()[:16]


def compare(before: Path, after: Path) -> int:
    """Print what differs, command by command; the number of differences."""
    old, new = (pd.read_csv(path, dtype=str, keep_default_na=False) for path in (before, after))
    different = 0
    for command, rows in old.groupby("command", sort=False):
        now = new[new["command"] == command]
        if now.empty:
            continue
        by_name, hashes = now.groupby("name")["hash"].agg(set), set(now["hash"])
        same = moved = 0
        for name, value in zip(rows["name"], rows["hash"], strict=True):
            if name in by_name and value in by_name[name]:
                same += 1
            elif value in hashes:
                moved += 1
            else:
                different += 1
                print(f"{command} | {name} | {'another value' if name in by_name else 'is gone'}")
        print(f"{command}: {same} the same, {moved} under another name, of {len(rows)}")
    return different


def main() -> None:
    what, *rest = sys.argv[1:] or [""]
    if what == "take" and rest:
        with Path(rest[0]).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("command", "name", "hash"))
            for row in take(rest[1:]):
                writer.writerow(row)
                file.flush()
    elif what == "compare" and len(rest) == 2:
        sys.exit(min(compare(Path(rest[0]), Path(rest[1])), 1))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
