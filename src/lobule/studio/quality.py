"""What can be asked of batches on a page: each question is a command, its files, its fields, and where they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lobule.bounds import MOST, outside
from lobule.errors import InputError, Mistakes
from lobule.files.batches import Batches, read_batches
from lobule.files.specification import read_specification
from lobule.files.stability import read_stability
from lobule.files.table import Fault
from lobule.files.times import ORDERS
from lobule.studio.form import Form
from lobule.studio.incoming import Incoming, example
from lobule.studio.state import State

BATCH, LIMIT, CHANGE, SHELF, UNITS = "batch", "spec", "comparability", "stability", "sampling"
USES = {"usual": "the usual one (decompensated hepatitis B)", "page": "the subject and plan of the Therapy page",
        "none": "do not follow them to a patient"}  # fmt: skip
READINGS = {"published": "as published", "counted": "as counted"}
PRODUCTS = {"biological": "a biological: vesicles, cells", "chemical": "a chemical"}
DOSES = {False: "the dose of the plan", True: "a vial of the batch"}
HOW = {False: "good or bad", True: "a measured value with one limit"}
FLAGS = {"per_vial": "--per-vial", "variables": "--variables"}
BEGIN = {"question": BATCH, "members": 16, "clinical": "usual", "reading": "published", "loss": 0.3, "risk": 0.05,
         "attribute": "potency", "effect_margin": 0.2, "product": "biological", "acceptable": 0.01, "rejectable": 0.06,
         "producer": 0.05, "consumer": 0.1}  # fmt: skip


@dataclass(frozen=True)
class Range:
    """Between what a number lies, as the command line has it."""

    low: float
    high: float
    above: bool = False
    below: bool = False
    whole: bool = False


SHARE = Range(0, 1, above=True, below=True)
RANGES = {
    "loss": SHARE, "risk": SHARE, "margin": SHARE, "effect_margin": SHARE, "acceptable": SHARE, "rejectable": SHARE,
    "producer": SHARE, "consumer": SHARE, "gain": Range(0, 100), "members": Range(0, 200, whole=True),
    "baseline": Range(8, MOST, whole=True), "lot": Range(2, 100_000, whole=True),
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A question.

    Attributes
    ----------
    title : of the choice
    button, first : what begins it, and what is said before
    options : of the command that fields give
    build : makes the fields
    """

    title: str
    button: str
    first: str
    options: tuple[str, ...]
    build: Callable[[Form], object]


def _use(form: Form, none: bool = True) -> None:
    """In whom the effect is predicted."""
    with form.group("Which patient gets them"):
        uses = USES if none else {name: word for name, word in USES.items() if name != "none"}
        form.choice(("clinical",), "Which patient gets them", uses)
        form.text(("outcome",), "What is read of the patient", "meld")
        form.choice(("per_vial",), "A dose is", DOSES, usual=False)
        _number(form, "members", "Members of the ensemble")
        form.choice(("reading",), "What products do", READINGS)


def _judge(form: Form) -> None:
    with form.group("How they are judged"):
        form.text(("sheet",), "Sheet of a workbook with several")
        orders = {"": "as the column itself tells"} | {order: order for order in ORDERS}
        form.choice(("dates",), "Dates such as 03.04.2026 are", orders)
        _number(form, "loss", "Share of the effect whose loss counts")
        _number(form, "baseline", "First batches that set the limits of the charts", "a third")
        form.text(("stream",), "Charted apart by the column", "bioreactor")
    _use(form)


def _release(form: Form) -> None:
    with form.group("The limit"):
        form.text(("attribute",), "Of which attribute", "potency")
        _number(form, "risk", "Largest share of passing batches that lose too much")
        _number(form, "loss", "Share of the effect whose loss counts")
        _number(form, "gain", "Largest gain over the reference, for an upper limit", hint="0.5")
        form.text(("sheet",), "Sheet of a workbook with several")
    _use(form, none=False)


def _change(form: Form) -> None:
    with form.group("How they are compared"):
        _number(form, "effect_margin", "Largest change of the share of the effect")
        _number(form, "margin", "or one margin for all: largest change of a mean", hint="0.2")
        form.text(("old_sheet",), "Sheet of the workbook before")
        form.text(("new_sheet",), "Sheet of the workbook after")
    _use(form)


def _shelf(form: Form) -> None:
    with form.group("Shelf life"):
        form.text(("attribute_stored",), "Attribute (the first of the table)", "potency")
        _number(form, "at_least", "Lowest value, in place of the specification's")
        _number(form, "at_most", "Highest value, in place of the specification's")
        _number(form, "temperature", "Temperature of storage, degC", "the lowest of the table")
        form.choice(("product",), "It is", PRODUCTS)
        form.text(("sheet",), "Sheet of a workbook with several")


def _units(form: Form) -> None:
    with form.group("The plan"):
        _number(form, "acceptable", "Defects of a lot that should pass, share")
        _number(form, "rejectable", "Defects of one that should not, share")
        _number(form, "producer", "Risk that the good one is refused")
        _number(form, "consumer", "Risk that the bad one passes")
        form.choice(("variables",), "A unit is", HOW, usual=False)
        _number(form, "lot", "Units of the lot", "a large one")


def _number(form: Form, name: str, label: str, usual: str = "", hint: str = "") -> None:
    where = RANGES.get(name, Range(-1e9, 1e9))
    form.number((name,), label, where.low, where.high, whole=where.whole, usual=usual, hint=hint)


OF_USE = ("outcome", "per_vial", "members", "reading")
QUESTIONS: Mapping[str, Question] = {
    BATCH: Question(
        "Which batches pass, and what would a patient feel?", "Judge the batches",
        "Drop a table of batches, or take the example, and press Judge the batches.",
        ("members", "loss", "reading", "sheet", "dates", "baseline", "stream", "outcome", "per_vial"), _judge,
    ),
    LIMIT: Question(
        "Which release limit holds the effect?", "Find the limit",
        "Drop a table of batches of the process, or take the example, and press Find the limit.",
        ("attribute", "risk", "loss", "gain", "sheet", *OF_USE), _release,
    ),
    CHANGE: Question(
        "Are batches after a change comparable?", "Compare the batches",
        "Drop a table of batches before the change and one of batches after it, and press Compare the batches.",
        ("effect_margin", "margin", "old_sheet", "new_sheet", *OF_USE), _change,
    ),
    SHELF: Question(
        "How long can it be stored?", "Find the shelf life",
        "Drop a table of storage data, or take the example, and press Find the shelf life.",
        ("attribute_stored", "at_least", "at_most", "temperature", "product", "sheet"), _shelf,
    ),
    UNITS: Question(
        "How many units of a lot are tested?", "Make the plan", "Say which lots should pass, and press Make the plan.",
        ("acceptable", "rejectable", "producer", "consumer", "variables", "lot"), _units,
    ),
}  # fmt: skip


def options(state: State) -> list[str]:
    """Options of the command that answers the question of a page.

    Raises
    ------
    InputError : a number outside its range, each with its field, in the words of the command line.
    """
    found, told = Mistakes(), []
    for name in QUESTIONS[str(state.get("question"))].options:
        value = state.get(name)
        if value is None or value is False:
            continue
        option = f"--{name.removesuffix('_stored').replace('_', '-')}"
        if value is True:
            told.append(FLAGS[name])
            continue
        with found.at(name):
            _check(name, option, value)
        told.append(f"{option}={value}")
    found.tell()
    return told


def _check(name: str, option: str, value: object) -> None:
    if name not in (*RANGES, "at_least", "at_most", "temperature"):
        return
    where = RANGES.get(name, Range(-float("inf"), float("inf")))
    if isinstance(value, bool) or not isinstance(value, int if where.whole else int | float):
        raise InputError(f"{option} must be {'a whole number' if where.whole else 'a number'}, not {value}")
    number = value if where.whole else float(value)
    why = outside(number, where.low, where.high, above=where.above, below=where.below)
    if why:
        raise InputError(f"{option} must be {why}")


def read_table(path: Path, state: State) -> str:
    """What a table of batches holds, in a sentence."""
    return said(read_batches(path, state.get("sheet"), dates=state.get("dates")))


def read_side(path: Path, sheet: str | None) -> str:
    """What a table of batches before or after a change holds."""
    return said(read_batches(path, sheet))


def read_stored(path: Path, state: State) -> str:
    """What a table of storage data holds, in a sentence."""
    found = read_stability(path, state.get("attribute_stored"), state.get("sheet"))
    batches = len(set(found.batch.tolist()))
    told = f"{len(found.value)} values of {found.attribute} of {batches} batches, up to {found.months.max():g} months."
    return " ".join([told, *_sentences(found.notes, found.faults)])


def read_limits(path: Path) -> str:
    """What a specification holds."""
    found = read_specification(path)
    return f"{found.title}, {len(found.limits)} limits."


def said(found: Batches) -> str:
    """What a table of batches holds, in a sentence."""
    return " ".join([f"{len(found.names)} batches.", *_sentences(found.notes, found.faults)])


def sides() -> tuple[Incoming, Incoming]:
    """The example table of batches in two: the first half, before a change, and the second, after it."""
    head, *lines = example("batches.csv").content.decode().splitlines()
    half = len(lines) // 2
    parts = ("before.csv", lines[:half]), ("after.csv", lines[half:])
    before, after = (Incoming(name, "\n".join([head, *part, ""]).encode()) for name, part in parts)
    return before, after


def _sentences(notes: Sequence[str], faults: Sequence[Fault]) -> list[str]:
    told = [f"{note.rstrip('.')}." for note in [*notes, *map(str, faults[:3])]]
    more = len(faults) - 3
    return [*told, *([f"{more} more cells cannot be used."] if more > 0 else [])]
