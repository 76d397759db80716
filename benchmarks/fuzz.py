"""Attack every reader with mutated files: `python benchmarks/fuzz.py --minutes 10`.

Each input is an example of its kind, edited at random: words exchanged for hostile ones, lines lost or doubled, bytes
turned, files of a folder lost, cut or exchanged. What is allowed is a file that is read, or one sentence of a
LobuleError on one line. Any other exception, a long or broken message, a crash of the process and an input that takes
longer than its time are failures: they are printed, kept in a folder, and the exit code is 1.

Inputs depend on --seed and their number alone; --only NUMBER makes one of them again.
"""

import argparse
import multiprocessing
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from lobule.errors import LobuleError

ROOT = Path(__file__).parents[1]
EXAMPLES, OLD = ROOT / "examples", ROOT / "tests" / "old"
ROOM = ROOT / "src" / "lobule"
LONGEST = 700  # characters of a message: some list what there is
WARM = 300  # seconds that a process may take for its first input, imports and compiling included
HOSTILE = [
    "", "~", "true", "no", "0", "-1", "1.5", "1e308", "1e999", "-1e999", "nan", "inf", ".nan", "-.inf", "0x7", "1_0",
    "1,5", "1.234,5", "٣", "１", "½", "<5", ">5", "<=0", ">", "5 %", "1/2", "#N/A", "=1+1", "=cmd()", "2026-02-30",
    "31.12.2025", "[]", "{}", "[1, [2]]", "{a: 1}", "'3'", '"', "'", ";", "\t", "63 kd", "1 kcell", "-3 d", "1e400 d",
    "9" * 5000, "x" * 300, "a\x00b", "\u2028", "\ufeff", "\ud800", "é", "<script>", "$\\frac{$", "../../x",
    "/etc/passwd", "*a", "&a 1", "!!int 3", "[" * 400, "(" * 400, "alt > 80 U/L", "meld >= nan", "x and y",
    "__import__('os')", "a' = a*a", "x^x^x", "1/0", "sqrt(-1)", "delay(x, 1)", "rand()", "<sbml>", "&lol;", "</model>",
    "-", "|\n  a\n  b", "\r", "1 2",
]  # fmt: skip
WORD = re.compile(r"[\w.+-]+")
MODELS = {
    "decay": "model decay; x = 8; k = 0.3; x' = -k*x; total := 2*x; end",
    "tanks": "model tanks; compartment c = 2; species a in c = 3, b in c = 0; k = 0.4; r1: a -> b; k*a; end",
    "switch": "model switch; x = 1; u = 0; x' = u - 0.1*x; at time > 3: u = 2; at x > 4: u = 0; end",
    "hill": "model hill; s = 0; v = piecewise(1, time < 5, 0); s' = v - 2*s^2/(0.5 + s^2); end",
}
PETAB = {
    "problem.yaml": "format_version: 1\nparameter_file: parameters.tsv\nproblems:\n"
    "- condition_files: [conditions.tsv]\n  measurement_files: [measurements.tsv]\n"
    "  observable_files: [observables.tsv]\n  sbml_files: [model.xml]\n",
    "parameters.tsv": "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
    "k\tlog10\t1e-3\t1e3\t0.4\t1\n",
    "conditions.tsv": "conditionId\ta\nlow\t3\nhigh\t5\n",
    "observables.tsv": "observableId\tobservableFormula\tnoiseFormula\nseen\tb\t0.1\n",
    "measurements.tsv": "observableId\tsimulationConditionId\tmeasurement\ttime\n"
    "seen\tlow\t1.1\t1\nseen\thigh\t2.0\t2\n",
}


# --- kinds of input: a name, what makes the example in an empty folder, what reads it ---------------------------------


@cache
def kinds() -> dict[str, tuple[Callable[[Path, random.Random], Path], Callable[[Path], object]]]:
    """Every reader by name: what writes an unspoilt example into a folder and gives its path, and the reader."""
    from lobule import engine
    from lobule.answers.score import score_file
    from lobule.calibrate.petab.evaluate import evaluate_problem
    from lobule.evidence import table_path
    from lobule.files.assay import read_assay, read_plates
    from lobule.files.batches import read_batches
    from lobule.files.cohort import read_cohort_file
    from lobule.files.course import read_course
    from lobule.files.design_file import read_design
    from lobule.files.people import read_people
    from lobule.files.process import read_process
    from lobule.files.scenario import read_scenario
    from lobule.files.specification import read_specification
    from lobule.files.stability import read_stability
    from lobule.model import cargo, causes
    from lobule.patient import published
    from lobule.simulation.run import Run
    from lobule.studies.tables import read_contrasts, read_studies, read_trials
    from lobule.therapy import care, read_product
    from lobule.trial.trial import Trial

    def score(path: Path) -> object:
        return score_file(path, path.with_name("scores.csv"))

    files: dict[str, tuple[list[Path], Callable[[Path], object]]] = {
        "scenario": ([*sorted(EXAMPLES.glob("*.yaml"))], read_scenario),
        "design": ([*sorted(EXAMPLES.glob("trials/*.yaml")), *sorted(ROOM.glob("trial/designs/*.yaml"))], read_design),
        "cohort": ([*sorted(EXAMPLES.glob("cohorts/*.yaml"))], read_cohort_file),
        "process": ([EXAMPLES / "quality" / "process.yaml"], read_process),
        "specification": ([*sorted(EXAMPLES.glob("quality/specification*.yaml"))], read_specification),
        "assay": ([EXAMPLES / "quality" / "potency_assay.yaml"], read_assay),
        "product": ([*EXAMPLES.glob("products/*.yaml"), *sorted(ROOM.glob("therapy/products/*.yaml"))], read_product),
        "cause": ([*sorted(ROOM.glob("model/causes/*.yaml"))], causes.read_cause),
        "cargo": ([*sorted(ROOM.glob("model/cargo/*.yaml"))], cargo.read_component),
        "care": ([*sorted(ROOM.glob("therapy/care/*.yaml"))], care.read_care),
        "published cohort": ([*sorted(ROOM.glob("patient/cohorts/*.yaml"))], published.read_target),
        "batches": ([OLD / "batches.csv"], read_batches),
        "plates": ([EXAMPLES / "quality" / "plates.csv"], read_plates),
        "stability": ([EXAMPLES / "quality" / "stability.csv"], read_stability),
        "labs": ([EXAMPLES / "labs.csv"], score),
        "course": ([EXAMPLES / "patient_labs.csv"], read_course),
        "people": ([EXAMPLES / "patient_labs.csv", EXAMPLES / "patients.csv"], read_people),
        "studies": ([table_path("studies")], read_studies),
        "contrasts": ([table_path("contrasts")], read_contrasts),
        "trials": ([table_path("trials")], read_trials),
    }  # fmt: skip
    found = {name: (_copy(paths), read) for name, (paths, read) in files.items()}
    for name in ("batches", "plates", "stability", "labs", "course", "people"):
        for ending in ("xlsx", "parquet"):
            found[f"{name}.{ending}"] = (_converted(files[name][0], ending), files[name][1])
    found["antimony"] = (_antimony, lambda path: engine.compile(path.read_text("utf-8", "surrogateescape")))
    found["sbml"] = (_sbml, engine.compile)
    found["petab"] = (_petab, lambda folder: evaluate_problem(folder / "problem.yaml"))
    found["results folder"] = (_folder(OLD / "run"), lambda folder: Run.open(folder).summary())
    found["trial folder"] = (_folder(OLD / "trial"), lambda folder: Trial.open(folder).power())
    return found


def _copy(paths: list[Path]) -> Callable[[Path, random.Random], Path]:
    def make(folder: Path, chance: random.Random) -> Path:
        source = chance.choice(paths)
        lines = source.read_text(encoding="utf-8").splitlines()[:40]  # some rows say as much as a thousand
        path = folder / f"input{source.suffix}"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return make


def _converted(paths: list[Path], ending: str) -> Callable[[Path, random.Random], Path]:
    def make(folder: Path, chance: random.Random) -> Path:
        import pandas as pd

        table = pd.read_csv(chance.choice(paths), dtype=str, nrows=20)
        for _ in range(chance.randrange(3)):
            table.iat[chance.randrange(len(table)), chance.randrange(table.shape[1])] = _printable(chance)
        path = folder / f"input.{ending}"
        table.to_excel(path, index=False) if ending == "xlsx" else table.to_parquet(path, index=False)
        return path

    return make


def _printable(chance: random.Random) -> str:
    """Something hostile that a workbook can hold."""
    return "".join(c for c in chance.choice(HOSTILE) if c.isprintable())[:1000]


def _antimony(folder: Path, chance: random.Random) -> Path:
    path = folder / "input.ant"
    path.write_text(chance.choice(list(MODELS.values())), encoding="utf-8")
    return path


def _sbml(folder: Path, chance: random.Random) -> Path:
    from lobule.engine.read import sbml_text

    path = folder / "input.xml"
    path.write_text(sbml_text(chance.choice(list(MODELS.values()))), encoding="utf-8")
    return path


def _petab(folder: Path, chance: random.Random) -> Path:
    from lobule.engine.read import sbml_text

    for name, text in PETAB.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "model.xml").write_text(sbml_text(MODELS["tanks"]), encoding="utf-8")
    return folder


def _folder(source: Path) -> Callable[[Path, random.Random], Path]:
    def make(folder: Path, chance: random.Random) -> Path:
        return Path(shutil.copytree(source, folder / "results"))

    return make


# --- mutations --------------------------------------------------------------------------------------------------------


def spoil(path: Path, chance: random.Random) -> None:
    """Mutate a file, or files of a folder, in place; one in fifty, and half of what has odd cells, stays as it is."""
    if chance.random() < (0.5 if path.suffix in (".xlsx", ".parquet") else 0.02):
        return
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file())
        one, other = chance.choice(files), chance.choice(files)
        how = chance.randrange(5)
        if how == 0:
            one.unlink()
        elif how == 1:
            first, second = one.read_bytes(), other.read_bytes()
            one.write_bytes(second)
            other.write_bytes(first)
        else:
            _spoil_file(one, chance)
        return
    _spoil_file(path, chance)


def _spoil_file(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    text = None
    if chance.random() < 0.85:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = None
    if text is None:
        path.write_bytes(_turned(content, chance))
        return
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        text = _edited(text, chance)
    encoding = chance.choice(("utf-8",) * 12 + ("utf-16", "latin-1"))
    path.write_bytes(text.encode(encoding, "surrogatepass" if encoding != "latin-1" else "replace"))


def _edited(text: str, chance: random.Random) -> str:
    """One word, line or character changed."""
    how, words, lines = chance.randrange(8), list(WORD.finditer(text)), text.splitlines(keepends=True)
    if how <= 3 and words:
        word = chance.choice(words)
        new = chance.choice(HOSTILE) if how < 3 else chance.choice(words)[0]
        return text[: word.start()] + new + text[word.end() :]
    if how == 4 and lines:
        lines.pop(chance.randrange(len(lines)))
        return "".join(lines)
    if how == 5 and lines:
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
        return "".join(lines)
    if how == 6:
        return text[: chance.randrange(len(text) + 1)]
    place = chance.randrange(len(text) + 1)
    new = chance.choice(
        [*":-{}[]\"' \t\n#&*,;<>()=", chr(chance.randrange(32, 0x2FFF)), "\x00", chance.choice(HOSTILE)]
    )
    return text[:place] + new + text[place + chance.randrange(2) :]


def _turned(content: bytes, chance: random.Random) -> bytes:
    """Some bytes turned, cut away or put in."""
    changed = bytearray(content)
    how = chance.randrange(4)
    if how == 0:
        return bytes(changed[: chance.randrange(len(changed) + 1)])
    for _ in range(chance.choice((1, 1, 4, 30))):
        place = chance.randrange(len(changed) + 1)
        changed[place : place + (how > 1)] = bytes([chance.randrange(256)])
    return bytes(changed)


# --- trying -----------------------------------------------------------------------------------------------------------


def attempt(number: int, seed: int, wanted: list[str], folder: Path) -> tuple[str, str, str]:
    """Make one input and read it: (kind, outcome, what is wrong with it or nothing)."""
    chance = random.Random(f"{seed}-{number}")
    found = kinds()
    kind = (wanted or sorted(found))[number % len(wanted or found)]
    make, read = found[kind]
    path = make(folder, chance)
    spoil(path, chance)
    try:
        read(path)
    except LobuleError as error:
        said = str(error)
        if len(said.splitlines()) != 1:
            return kind, "failure", f"a message of several lines or none: {said[:200]!r}"
        if len(said) > LONGEST:
            return kind, "failure", f"a message of {len(said)} characters: {said[:200]}"
        return kind, "refused", ""
    except BaseException as error:
        own = [f for f in traceback.extract_tb(error.__traceback__) if "lobule" in f.filename]
        where = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "?"
        return kind, "failure", f"{type(error).__name__} at {where}: {str(error)[:150]}"
    return kind, "read", ""


def warm_up() -> None:
    """Import and compile what is slow once, so that it counts for no input."""
    for kind in ("petab", "scenario", "trial folder"):
        make, read = kinds()[kind]
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            read(make(Path(folder), random.Random(1)))


def work(link: Connection, seed: int, wanted: list[str]) -> None:
    """The child: answer every number with what became of its input."""
    import warnings

    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm_up()
    while True:
        number, folder = link.recv()
        link.send(attempt(number, seed, wanted, Path(folder)))


class Worker:
    """A child process that is replaced when it crashes or hangs."""

    def __init__(self, seed: int, wanted: list[str]) -> None:
        self.link, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=work, args=(other, seed, wanted), daemon=True)
        self.process.start()
        other.close()
        self.warm = False

    def answer(self, number: int, folder: Path, limit: float) -> tuple[str, str, str]:
        """What became of an input; a crash or a hang ends the process."""
        self.link.send((number, str(folder)))
        allowed = limit if self.warm else WARM
        try:
            if self.link.poll(allowed):
                self.warm = True
                return self.link.recv()
            reason = f"no end after {allowed:g} s"
        except EOFError:
            self.process.join()
            reason = f"the process ended with code {self.process.exitcode}"
        self.process.kill()
        self.process.join()
        return "", "failure", reason


def fuzz(
    numbers: range, seed: int, wanted: list[str], end: float, limit: float, keep: Path
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Try inputs until the time is over: how often each kind had each outcome, and the failures."""
    outcomes: Counter[tuple[str, str]] = Counter()
    failures: list[str] = []
    names = wanted or sorted(kinds())
    worker = Worker(seed, wanted)
    for number in numbers:
        if time.monotonic() > end:
            break
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            _, outcome, reason = worker.answer(number, Path(folder), limit)
            kind = names[number % len(names)]
            outcomes[kind, outcome] += 1
            if outcome == "failure":
                kept = keep / f"{number}-{kind.replace(' ', '-')}"
                shutil.copytree(folder, kept, dirs_exist_ok=True)
                failures.append(f"input {number} ({kind}): {reason}; kept in {kept}")
                print(failures[-1], flush=True)
        if not worker.process.is_alive():
            worker = Worker(seed, wanted)
    worker.process.kill()
    return outcomes, failures


def main() -> int:
    """Read the options, try, print a table; 1 when anything failed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kind", action="append", default=[], help="only this kind; again for more")
    options.add_argument("--only", type=int, help="try this input alone")
    options.add_argument("--inputs", type=int, default=10**9, help="at most so many")
    options.add_argument("--limit", type=float, default=60.0, help="seconds that an input may take")
    options.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="folder for inputs that fail")
    given = options.parse_args()
    unknown = set(given.kind) - set(kinds())
    if unknown:
        options.error(f"no kind {', '.join(sorted(unknown))}; there are {', '.join(sorted(kinds()))}")
    numbers = range(given.inputs) if given.only is None else range(given.only, given.only + 1)
    end = time.monotonic() + 60 * given.minutes
    outcomes, failures = fuzz(numbers, given.seed, given.kind, end, given.limit, given.keep)
    print(f"{'kind':<22}{'read':>8}{'refused':>9}{'failures':>10}")
    for kind in sorted({kind for kind, _ in outcomes}):
        counts = [outcomes[kind, outcome] for outcome in ("read", "refused", "failure")]
        print(f"{kind:<22}{counts[0]:>8}{counts[1]:>9}{counts[2]:>10}")
    print(f"{outcomes.total()} inputs tried, {len(failures)} failures (seed {given.seed})")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
