"""Published models, as they are, through the engine and libRoadRunner; where they differ SciPy says who is right.

    python benchmarks/real_models.py FOLDER [--limit 120] [--only TEXT] [--table FILE]

FOLDER holds clones of repositories with SBML files; every file below it is a model (files of the same content once, the
cases of test suites left out). Each is solved in a process of its own, for `--limit` seconds of processor time at most:
every state and assigned variable at 51 times, to the last measurement of the PEtab problem beside it, else to 100, with
the parameters of the file (pharmacokinetic models of drugs get a usual dose). Columns:

- differ: largest |lobule - libRoadRunner| / (|value| + 1e-6 of the variable's largest), both at rtol 1e-9
- compile: seconds of processor time before lobule's first value
- time: lobule's time of one solve over libRoadRunner's, both at rtol 1e-6, compiled, the better of five
- verdict: agree (differ below 1e-4); refused, with the reason; else whom SciPy's Radau at rtol 1e-12 finds right (below
  1e-4), or closer where the model multiplies errors and lobule at rtol 1e-12 is right

The last lines count the verdicts; exit code 1 when lobule is wrong anywhere, or was not decided.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lobule import engine
from lobule.errors import LobuleError

RTOL, FINEST = 1e-9, 1e-12
DOSES = {"PODOSE_gli": 4.0, "PODOSE_los": 50.0, "PODOSE_pra": 40.0, "IVDOSE_icg": 10.0}  # mg, usual ones
AGREE = 1e-4
SAMPLES = 51
SUITES = ("petab_test_suite", "sbml-test-suite")
WALL = 4.0  # seconds by the clock for each second of processor time, on a busy machine
MEMORY = 8 << 30  # bytes


def models(folder: Path, only: str) -> Iterator[Path]:
    """SBML files below a folder, each content once, the shortest path first."""
    seen = set()
    for path in sorted(folder.rglob("*.xml"), key=lambda p: (len(p.parts), str(p))):
        content = path.read_bytes()
        digest = hashlib.sha256(content).digest()
        if b"<sbml" not in content[:5000] or digest in seen or set(SUITES) & set(path.parts) or only not in str(path):
            continue
        seen.add(digest)
        yield path


def end_of(path: Path) -> float:
    """Time of the last measurement beside a model, else 100."""
    latest = 0.0
    for table in path.parent.glob("measurement*.tsv"):
        with table.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                t = float(row["time"])
                latest = max(latest, t if np.isfinite(t) else 0.0)
    return latest or 100.0


def dosed(sbml: str) -> str:
    """The model with its dose, where it has a parameter for one; without it nothing moves."""
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    given = [name for name in DOSES if model is not None and model.getParameter(name) is not None]
    for name in given:
        model.getParameter(name).setValue(DOSES[name])
    return libsbml.writeSBMLToString(document) if given else sbml


def scaled(found: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Largest difference of each output, (n_outputs,); both are (n_times, n_outputs). Equal gaps are no difference, and
    beside the largest output everything is rounded."""
    size = np.abs(np.where(np.isfinite(reference), reference, 0.0))
    gap = np.abs(found - reference) / (size + 1e-6 * size.max(axis=0) + 1e-12 * size.max(initial=1e-280))
    same = (found == reference) | (np.isnan(found) & np.isnan(reference))
    return np.where(same, 0.0, np.where(np.isfinite(gap), gap, np.inf)).max(axis=0)


def with_roadrunner(sbml: str, compiled: engine.CompiledModel, names: Sequence[str], times: np.ndarray) -> tuple:
    """Values (n_times, n_outputs) at rtol 1e-9, and seconds of one solve at rtol 1e-6."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_CRITICAL)
    runner = roadrunner.RoadRunner(sbml)
    model = compiled.document.getModel()
    concentrations = {s.getId() for s in model.getListOfSpecies() if not s.getHasOnlySubstanceUnits()}
    selections = [f"[{name}]" if name in concentrations else name for name in names]

    def solve(rtol: float, atol: float) -> tuple[np.ndarray, float]:
        runner.resetAll()
        runner.integrator.setValue("relative_tolerance", rtol)
        runner.integrator.setValue("absolute_tolerance", atol)
        runner.integrator.setValue("maximum_num_steps", 1_000_000)
        runner.timeCourseSelections = ["time", *selections]
        begin = time.perf_counter()
        found = np.asarray(runner.simulate(float(times[0]), float(times[-1]), times.size))[:, 1:]
        return found, time.perf_counter() - begin

    values, refused = None, ""
    for atol in (1e-16, 1e-14, 1e-12, 1e-10):  # the finest that it can do
        try:
            values, _ = solve(RTOL, atol)
            break
        except RuntimeError as error:
            refused = str(error).splitlines()[0]
    if values is None:
        raise RuntimeError(refused)
    return values, min(solve(1e-6, 1e-10)[1] for _ in range(5))


def with_scipy(compiled: engine.CompiledModel, names: Sequence[str], times: np.ndarray) -> np.ndarray | str:
    """Values by Radau on the same right-hand side, or why not."""
    from scipy.integrate import solve_ivp

    if compiled.system.events:
        return "it has events"
    begun = compiled.solve(times=[0.0], outputs=[*compiled.states, *compiled.constants]).y[0, 0]
    start, p = amounts(compiled, begun), begun[len(compiled.states) :]
    sizes = np.abs(start)
    something = sizes > 1e-12 * sizes.max(initial=0.0)
    tiny = 1e-7 * FINEST * np.where(something, sizes, np.min(sizes[something], initial=1.0))
    try:
        found = solve_ivp(
            lambda t, y: compiled.rates(t, y, p), (times[0], times[-1]), start, "Radau", times, rtol=FINEST,
            atol=tiny, jac=lambda t, y: compiled.jacobian(t, y, p),
        )  # fmt: skip
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return f"Radau fails: {error}"
    if not found.success:
        return f"Radau fails: {found.message}"
    observe = compiled.observe(names)
    return np.array([observe(t, y, p) for t, y in zip(found.t, found.y.T, strict=True)])


def amounts(compiled: engine.CompiledModel, begun: np.ndarray) -> np.ndarray:
    """Start values as the state vector has them: what the outputs give, turned back by the outputs' own slopes."""
    states, p = begun[: len(compiled.states)], begun[len(compiled.states) :]
    observe = compiled.observe(compiled.states)
    slopes = observe(0.0, np.ones(len(states)), p)  # 1 where an output is the state, 1 / size for a concentration
    return states / slopes


def examine(path: Path) -> dict[str, Any]:
    """Everything about one model; `verdict` is always there."""
    end, found = end_of(path), {"name": path.stem}
    sbml = dosed(path.read_text(encoding="utf-8-sig"))
    begin = time.process_time()
    try:
        compiled = engine.compile(sbml)
        found |= {"states": len(compiled.states), "reactions": len(compiled.reactions)}
        names, times = compiled.variables, np.linspace(0.0, end, SAMPLES)
        compiled.solve(times=[0.0, end * 1e-9], outputs=names)
    except LobuleError as error:
        return found | {"verdict": "refused", "why": str(error)}
    found["compile"] = time.process_time() - begin
    solution = compiled.solve(times=times, rtol=RTOL, outputs=names)
    begin = [time.perf_counter()]
    for _ in range(5):
        compiled.solve(times=times, rtol=1e-6, outputs=names, threads=1)
        begin.append(time.perf_counter())
    ours = min(np.diff(begin))
    found["reason"] = solution.reasons[0]
    try:
        theirs, seconds = with_roadrunner(sbml, compiled, names, times)
    except RuntimeError as error:
        found["peer"] = f"libRoadRunner fails: {' '.join(str(error).split())[:90]}"
        if not np.isfinite(solution.y).any():
            return found | {"verdict": "has no solution"}
        return found | judged(compiled, names, times, solution.y[0], None)
    differ = scaled(solution.y[0], theirs)
    found |= {"time": ours / seconds, "differ": float(differ.max(initial=0.0))}
    if found["differ"] < AGREE:
        return found | {"verdict": "agree"}
    found["where"] = names[int(differ.argmax())]
    return found | judged(compiled, names, times, solution.y[0], theirs)


def judged(
    compiled: engine.CompiledModel, names: Sequence[str], times: np.ndarray, ours: np.ndarray, theirs: np.ndarray | None
) -> dict[str, Any]:
    """Who is right, by a third solver."""
    exact = with_scipy(compiled, names, times)
    if isinstance(exact, str):
        return {"verdict": "not decided", "why": exact}
    our_gap = float(scaled(ours, exact).max())
    said: dict[str, Any] = {"ours": our_gap}
    if theirs is not None:
        said["theirs"] = float(scaled(theirs, exact).max())
    if our_gap < AGREE:
        return said | {"verdict": "lobule is right"}
    finest = compiled.solve(times=times, rtol=FINEST, outputs=names).y[0]
    converged = float(scaled(finest, exact).max())
    if converged < AGREE and our_gap < said.get("theirs", 0.0):
        return said | {
            "verdict": "lobule is closer",
            "why": f"the model multiplies errors; at rtol 1e-12 {converged:.0e}",
        }
    return said | {"verdict": "lobule is wrong"}


def in_a_process(path: Path, limit: float) -> dict[str, Any]:
    """`examine` with an end to its time and memory."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    command = [sys.executable, __file__, "--examine", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=bound, timeout=WALL * limit)
    except subprocess.TimeoutExpired:
        return {"name": path.stem, "verdict": "not finished", "why": f"in {WALL * limit:g} s by the clock"}
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    if done.returncode < 0:
        return {"name": path.stem, "verdict": "not finished", "why": f"in {limit:g} s of processor time"}
    return {"name": path.stem, "verdict": "failed", "why": (done.stderr.strip().splitlines() or ["?"])[-1]}


def called(path: Path) -> str:
    """Repository and model: the file's name, its folder's where all are called model."""
    name = path.parent.name if path.stem == "model" else path.stem.removeprefix("model_")
    return f"{path.parts[0]}: {name}" if len(path.parts) > 1 else name


def row(found: dict[str, Any]) -> str:
    """A line of the table."""

    def shown(key: str, form: str) -> str:
        return format(found[key], form) if key in found else ""

    why = [found["verdict"], *(found[key] for key in ("why", "peer", "reason") if found.get(key))]
    if "ours" in found:
        theirs = f", libRoadRunner {found['theirs']:.0e}" if "theirs" in found else ""
        why.append(f"from Radau: lobule {found['ours']:.0e}{theirs}")
    said = "; ".join(why).replace("|", "/")
    cells = [found["name"], shown("states", "d"), shown("reactions", "d"), shown("differ", ".0e"),
             shown("compile", ".1f"), shown("time", ".2g"), said]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--limit", type=float, default=120, help="seconds of processor time for one model")
    parser.add_argument("--only", default="", help="models whose path contains this")
    parser.add_argument("--table", type=Path, help="write the table here as well")
    parser.add_argument("--examine", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.examine:
        print(json.dumps(examine(options.examine)))
        return 0
    lines = ["| model | states | reactions | differ | compile, s | time | verdict |", "|---|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    verdicts: Counter[str] = Counter()
    ratios = []
    for path in models(options.folder, options.only):
        found = in_a_process(path, options.limit) | {"name": called(path.relative_to(options.folder))}
        verdicts[found["verdict"]] += 1
        ratios += [found["time"]] if "time" in found else []
        lines.append(row(found))
        print(lines[-1], flush=True)
    lines += ["", ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())]
    if ratios:
        lines.append(f"Time of one solve over libRoadRunner's: median {np.median(ratios):.2g}, "
                     f"{min(ratios):.2g} to {max(ratios):.2g}")  # fmt: skip
    print("\n".join(lines[-2:]))
    if options.table:
        options.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if verdicts.keys() & {"lobule is wrong", "not decided", "failed"} else 0


if __name__ == "__main__":
    sys.exit(main())
