"""What the docs measure of the liver, made anew from the model that is here: tables and pictures of docs/.

    python benchmarks/pages.py                  # all of it; ten minutes of two cores
    python benchmarks/pages.py facts trials     # some of it

    facts      docs/model.md: some checks with what was found (benchmarks/pages.csv says which)
    failure    docs/model.md: acute-on-chronic failure
    outlook    docs/patients.md: deaths and decompensation beside published classes
    scores     docs/credibility.md: the scoreboard
    tracers    docs/credibility.md: where vesicles and cells go, published beside predicted
    calibration  docs/credibility.md: what the ensemble that ships was told, and its posterior predictive checks
    people     docs/credibility.md: controlled trials arm by arm
    ablations  docs/credibility.md: what is left of an effect without each mechanism
    space      docs/tissue_facts.md: facts of space, wanted beside found, and ten sections in docs/tissue_states/
    trials     docs/trials.md: designs of published trials, each with 200 replicates
    influence  docs/influence.svg and src/lobule/validate/influence.csv
    liver      docs/liver.svg
    demo       docs/demo.png; what the README quotes of the demo is printed

A table is found in its page by its head, and replaced up to the next empty line; sentences beside it are read again by
hand: what changed is shown by `git diff docs`.
"""

from __future__ import annotations

import argparse
import csv
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from lobule import Cohort
from lobule.answers.ablations import sentences
from lobule.answers.biodistribution import HEAD as TRACERS_HEAD
from lobule.answers.biodistribution import counted
from lobule.answers.biodistribution import lines as tracer_lines
from lobule.answers.demo import demo as demo_answer
from lobule.answers.model import diagram
from lobule.answers.published_trials import HEAD as TRIALS_PUBLISHED
from lobule.answers.published_trials import compared_designs, page_rows
from lobule.answers.space import space as space_answer
from lobule.answers.trial_arms import cells
from lobule.answers.trial_arms import people as trial_arms
from lobule.answers.validate import validate
from lobule.explore.sensitivity import global_sensitivity
from lobule.files.scenario import read_scenario
from lobule.patient.outlook import outlook as outlook_of
from lobule.quantities import amount
from lobule.report.records import records
from lobule.report.scoreboard import score_words
from lobule.report.style import picture_bytes
from lobule.simulation.ensemble import FOLDER as CALIBRATED
from lobule.studies.split import CALIBRATION, HELD_OUT
from lobule.trial.trial import Trial
from lobule.validate.ablations import LEAST, WHOLE
from lobule.validate.ablations import ablations as all_ablations
from lobule.validate.check import Check, wanted
from lobule.validate.checks import all_checks
from lobule.validate.space import tissue_checks
from lobule.validate.tracers import beside_tracers

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FACTS = Path(__file__).with_suffix(".csv")
HELD = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}")  # {id of a check:format}
WORDED: dict[str | None, Callable[[float], str]] = {
    "percent": lambda x: f"{100 * x:.0f}".replace("-0", "0"),
    "percent1": lambda x: f"{100 * x:.1f}",
    "lower": lambda x: f"{100 * (1 - x):.0f}".replace("-0", "0"),
}
ETIOLOGIES = ("alcohol", "hbv", "hcv", "mash", "autoimmune")
PATIENTS = 1000  # of each etiology of the outlook
SCORED = ("of", "as published", "as counted", "pooled mean", "nothing helps", "words alone", "wanted")
WRONG = 12  # groups of held-out rows that are wrong most often
WRONG_HEAD = "| held-out rows of | n | directions right, as published | as counted |"
TRIALS_HEAD = (
    "| trial | set | patients (treated, control) | endpoint | arms published | arms of the model | published | "
    "as published | as counted | fits |"
)
SPACE = "| fact of space | wanted | found | source | calibrated |"
ABLATED = (
    "| without | mouse, CCl4, vesicles: collagen, published | counted | mouse, acetaminophen, vesicles: highest ALT, "
    "published | counted | rat, thioacetamide, cells: collagen, published | counted | patient, alcohol, cells: "
    "albumin, published | counted |"
)
KEYS = ("of", "published", "counted", "pooled mean", "nothing helps", "words alone", "wanted")


# --- pages ------------------------------------------------------------------------------------------------------------


def replaced(page: str, head: str, rows: Iterable[Sequence[str]]) -> str:
    """A page whose table under this head has these rows.

    >>> replaced("| a | b |\\n|---|---|\\n| 1 | 2 |\\n\\nend", "| a | b |", [["3", "4"]])
    '| a | b |\\n|---|---|\\n| 3 | 4 |\\n\\nend'
    """
    before, found, after = page.partition(f"{head}\n")
    if not found:
        raise SystemExit(f"no table has the head {head}")
    line, _, rest = after.partition("\n")
    _, gap, further = rest.partition("\n\n")
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{before}{head}\n{line}\n{table}{gap}{further}"


def write(name: str, head: str, rows: Iterable[Sequence[str]]) -> None:
    """Put rows under the head of a table of a page of docs/."""
    path = DOCS / name
    path.write_text(replaced(path.read_text(encoding="utf-8"), head, rows), encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {head}")


def told(text: str, checks: Mapping[str, Check]) -> str:
    """A text with what was found in place of {id} or {id:format}; bold where the check fails.

    >>> told("{a:percent} % a day", {"a": Check("a", "x", 0, 1, "1", "x", found=0.25)})
    '25 % a day'
    >>> told("{a:.1f}", {"a": Check("a", "x", 0, 1, "1", "x", found=2.0)})
    '**2.0**'
    """

    def one(match: re.Match[str]) -> str:
        check = checks[match[1]]
        worded = WORDED.get(match[2])
        number = worded(check.found) if worded else format(check.found, match[2] or ".3g")
        return number if check.passed else f"**{number}**"

    return HELD.sub(one, text)


def _facts(page: str) -> list[dict[str, str]]:
    with FACTS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["table"] == page]


@cache
def checks() -> dict[str, Check]:
    """Every check with what was found, solved once."""
    return {check.id: check for check in all_checks()}


def facts() -> None:
    """The table of some checks, and how many hold."""
    found = checks()
    rows = [(row["what"], row["wanted"], told(row["found"], found)) for row in _facts("facts")]
    write("model.md", "| fact | wanted | found |", rows)
    held = {
        table: [c.passed for c in found.values() if c.table == table] for table in {c.table for c in wanted().values()}
    }
    for table, passed in sorted(held.items()):
        print(f"  {table}: {sum(passed)} of {len(passed)} hold")


def failure() -> None:
    """The table of acute-on-chronic failure."""
    rows = [(row["what"], row["wanted"], told(row["found"], checks())) for row in _facts("failure")]
    write("model.md", "| 90 virtual patients with alcohol, 90 with hepatitis B | published | found |", rows)


# --- people -----------------------------------------------------------------------------------------------------------


def outlook() -> None:
    """Untreated people of each etiology beside published classes; bold where it is not close."""
    tables = {name: outlook_of(Cohort.sample(PATIENTS, name, like=None)).set_index("evidence") for name in ETIOLOGIES}
    rows = []
    for row in _facts("outlook"):
        evidence = row["wanted"]
        first = next(t for t in tables.values() if evidence in t.index)
        shares = [_share(table, evidence) for table in tables.values()]
        rows.append((row["what"], f"{100 * first['published'][evidence]:.1f}".removesuffix(".0") + " %", *shares))
    own = [_of_its_own(tables[row["what"]], row["wanted"]) for row in _facts("outlook of one")]
    rows.append(("the same, of this etiology", "", *own))
    write("patients.md", "| of whom, what | published | alcohol | hbv | hcv | mash | autoimmune |", rows)


def _share(table: pd.DataFrame, evidence: str) -> str:
    share, close = table["model"][evidence], table["close"][evidence]
    text = "" if pd.isna(share) else f"{100 * share:.1f}"
    return f"**{text}**" if text and not close else text


def _of_its_own(table: pd.DataFrame, evidence: str) -> str:
    return f"{100 * table['published'][evidence]:.1f}: {_share(table, evidence)}" if evidence else ""


# --- therapy ----------------------------------------------------------------------------------------------------------


def scores() -> None:
    """The scoreboard, both readings: a table a set; a share that misses its goal is bold. Every row is saved beside."""
    answer = validate()
    table = answer.tables["scores"].frame
    for name in (HELD_OUT, CALIBRATION):
        mine = table[table["set"] == name]
        none = (math.nan, math.nan)
        goals = [] if name == CALIBRATION else [goal if isinstance(goal, tuple) else none for goal in mine["goal"]]
        write(
            "credibility.md", f"| {name} | {' | '.join(SCORED)} |", scored(score_words(mine), mine["published"], goals)
        )
    wrong = answer.tables["where_wrong"].frame
    rows = [
        (f"{row['by']} {row['name']}", f"{row['n']}, {row['studies']} studies", *_shares(row))
        for row in wrong[wrong["set"] == HELD_OUT].head(WRONG).to_dict("records")
    ]
    write("credibility.md", WRONG_HEAD, rows)
    folder = answer.save(ROOT / "results" / "validate")
    print(answer.text, f"{folder.relative_to(ROOT)}: every row", sep="\n")


def _shares(row: Mapping[Any, Any]) -> list[str]:
    return [_percent(row[name]) for name in ("right", "counted_right")]


def scored(
    words: Sequence[Mapping[str, str]], found: Iterable[float], goals: Iterable[tuple[float, float]]
) -> list[list[str]]:
    """Lines of scores as cells; bold where what was found lies outside of what was wanted (lowest, highest).

    >>> words = [{"what": "orders", "of": "30", "published": "70 %", "counted": "", "wanted": "75 %"}]
    >>> scored(words, [0.7], [(0.75, float("nan"))])[0][:3]
    ['orders', '30', '**70 %**']
    """
    goals = [*goals]
    lines = []
    for k, (line, value) in enumerate(zip(words, found, strict=True)):
        missed = bool(goals) and (value < goals[k][0] or value > goals[k][1])
        cells = {name: line.get(key, "") for name, key in zip(SCORED, KEYS, strict=True)}
        if missed:
            cells[SCORED[1]] = f"**{cells[SCORED[1]]}**"
        lines.append([line["what"], *cells.values()])
    return lines


def calibration() -> None:
    """What the studies told of each free parameter, and posterior predictive checks, of the ensemble that ships."""
    told, checks = (pd.read_csv(CALIBRATED / f"{name}.csv") for name in ("identifiability", "posterior_predictive"))
    write(
        "credibility.md",
        "| parameter | median | 90 % | believed before, 90 % | R-hat | what the studies told |",
        [
            (f"`{row.parameter}`", f"{row.value:.3g}", f"{row.low:.3g} to {row.high:.3g}",
             f"{row.prior_low:.3g} to {row.prior_high:.3g}", f"{row.r_hat:.3f}", str(row.says))
            for row in told.itertuples()
        ],
    )  # fmt: skip
    write(
        "credibility.md",
        "| published | rows | sources | inside the 90 % interval | drawn studies say so too | no member explains | p |",
        [
            (str(row.rows_of), str(row.rows), str(row.sources), _percent(row.covered), _percent(row.as_published),
             str(row.missed_by_all), f"{row.p_value:.2f}")
            for row in checks.itertuples()
        ],
    )  # fmt: skip


def _percent(value: Any) -> str:
    return "" if pd.isna(value) else f"{100 * value:.0f} %"


def tracers() -> None:
    """Every published figure on where vesicles and cells go beside the prediction; what lies outside is bold."""
    table = beside_tracers()
    write("credibility.md", TRACERS_HEAD, tracer_lines(table))
    print(counted(table))


def people() -> None:
    """Controlled trials arm by arm; a row that does not fit is bold."""
    answer = trial_arms()
    rows = []
    for row in answer.tables["trials"].frame.to_dict("records"):
        line = cells({str(k): v for k, v in row.items()})
        line["fits"] = line["fits"] if line["fits"] in ("inside", "right way") else f"**{line['fits']}**"
        rows.append(list(line.values()))
    write("credibility.md", TRIALS_HEAD, rows)
    print(answer.said)


def ablations() -> None:
    """What is left of the first endpoint of each scenario without each mechanism; the first row is the whole effect."""
    table = all_ablations()
    first = {name: rows["endpoint"].iloc[0] for name, rows in table.groupby("scenario", sort=False)}
    table = table[table["endpoint"] == table["scenario"].map(first)]
    columns = [(name, reading) for name in first for reading in table["reading"].unique()]
    whole = table[table["without"] == WHOLE].set_index(["scenario", "reading"])["effect"]
    rows = [["nothing: the whole effect", *(f"{100 * whole[c]:+.0f} %" for c in columns)]]
    left = table.set_index(["without", "scenario", "reading"])["left"]
    for name in table["without"].unique():
        shares = [left.get((name, *c), float("nan")) for c in columns]
        if name != WHOLE and any(abs(1 - x) >= LEAST for x in shares):
            rows.append([str(name).replace("_", " "), *("" if x != x else f"{100 * x:.0f} %" for x in shares)])
    write("credibility.md", ABLATED, rows)
    print(*sentences(table), sep="\n")


def space() -> None:
    """The lobule in space beside facts of space; bold where it misses, and its ten states."""
    rows = []
    for check in tissue_checks():
        found = f"{check.found:.3g}"
        rows.append([check.title, check.window, found if check.passed else f"**{found}**", check.source,
                     check.calibrated.replace("_", " ")])  # fmt: skip
    write("tissue_facts.md", SPACE, rows)
    for name, file in space_answer().files.items():
        file.write(DOCS / "tissue_states" / name)


def trials() -> None:
    """What the designs of published trials predict that are not held out; bold where the published value lies
    outside."""
    rows = []
    for name in compared_designs():
        trial = Trial.read(name)
        done = trial.run(out=ROOT / "results" / "published-trials" / name)  # goes on if stopped
        source = re.search(r"\(after (.+)\)", trial.design.title)
        first = f"{name} ({source[1] if source else ''}, {trial.design.patients} people)"
        rows += page_rows(first, records(done.beside_published()), trial)
    write("trials.md", TRIALS_PUBLISHED, rows)


# --- pictures ---------------------------------------------------------------------------------------------------------


def influence() -> None:
    """The most influential parameters of the patient of the example, as picture and table."""
    read = read_scenario(ROOT / "examples" / "patient_hbv.yaml")
    found = global_sensitivity(read.who(), amount(read.until, "time"))
    _picture("influence.svg", found.plot)
    path = ROOT / "src" / "lobule" / "validate" / "influence.csv"
    found.table.round(5).to_csv(path, index=False, lineterminator="\n")
    print(f"{path.relative_to(ROOT)}: {found.runs} runs, {found.failed} failed")


def liver() -> None:
    """The modules of the model."""
    (one,) = diagram().files.values()
    one.write(DOCS / "liver.svg")


def demo() -> None:
    """The picture of the demo, and its words."""
    answer = demo_answer()
    _picture("demo.png", answer.pictures["figure"].draw)
    print(answer.text)


def _picture(name: str, draw: Callable[[], Any]) -> None:
    (DOCS / name).write_bytes(picture_bytes(draw, name.rpartition(".")[2]))
    print(f"docs/{name}")


PARTS = {
    part.__name__: part
    for part in (
        facts,
        failure,
        outlook,
        scores,
        tracers,
        calibration,
        people,
        ablations,
        space,
        trials,
        influence,
        liver,
        demo,
    )
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all when left out")
    for part in parser.parse_args().parts or PARTS:
        if part not in PARTS:
            raise SystemExit(f'there is no "{part}": {", ".join(PARTS)}')
        PARTS[part]()
