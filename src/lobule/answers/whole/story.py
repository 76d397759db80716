"""From an answer to the story that its report tells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from lobule.answers.whole import of_run
from lobule.answers.whole.again import again_of, blocks_of, files_of
from lobule.answers.whole.behind import MOVES, Behind, behind, outputs_in
from lobule.answers.whole.commands import command_of, guidance_of, question_of
from lobule.answers.whole.methods import assumptions_of, limits_of, methods_of, software_of
from lobule.answers.whole.references import linked, references_of
from lobule.errors import LobuleError
from lobule.files.scenario import read_scenario
from lobule.keeping.record import read_record
from lobule.keeping.results import RECORD
from lobule.keeping.trail import TRAIL
from lobule.report.scale import written
from lobule.report.whole.page import Shown, Story, whole_page
from lobule.report.whole.tables import cell, is_raw, table_of
from lobule.therapy.parts import whole_part

if TYPE_CHECKING:
    from lobule.answers.content import Content
    from lobule.simulation.run import Run

CODE = Markup("<code>{}</code>")
OF_TREATED = ("fit", "trial", "batch", "spec", "people")
OF_PEOPLE = ("forecast", "cohort", "trial", "people", "benchmark")
SENTENCES = 3  # of the answer; the others follow below
END = re.compile(r"(?<=[a-z0-9)%][a-z0-9)%][.!])\s+(?=[A-Za-z])")
RANGE = Markup("{} to {}")
VALUES = "value: as it was computed with; range: plausible values; below the others the numbers of the products"
RANKED_HERE = (
    f"ranked by what a tenth less of each changes on the last day (moves: as a share of an output, or of treated over "
    f"untreated); {VALUES}"
)
RANKED = (
    "ranked by how far each moves the outputs shown (moves: mean change of the logarithm, for a change of 60 %) in the "
    f"patient of the usual sensitivity analysis, who has hepatitis B; {VALUES}"
)


@dataclass(frozen=True)
class About:
    """Of what a result is: species, cause, products, as far as its record or its files tell."""

    species: str = ""
    cause: str = ""
    products: Sequence[Mapping[str, Any]] = ()


def report_page(
    answer: Content,
    pictures: Sequence[Shown],
    folder: Path | None = None,
    result: Markup | None = None,
    outputs: Sequence[str] = (),
) -> str:
    """The report of an answer, one HTML page that needs no other file.

    Parameters
    ----------
    pictures : as they are to be shown
    folder : of results, from which `made_from` of the record is seen
    result : further markup of the command's own
    outputs : of the model, that are shown beside those that the tables name
    """
    return whole_page(story_of(answer, pictures, folder, result, outputs))


def story_of(
    answer: Content,
    pictures: Sequence[Shown],
    folder: Path | None = None,
    result: Markup | None = None,
    outputs: Sequence[str] = (),
) -> Story:
    """See `report_page`."""
    record = answer.record.model_dump(mode="json")
    files = files_of(record, folder)
    run, about = answer.run, _about(record, folder, files)
    known = command_of(record)
    liver = known.liver if known else True
    frames = [table.frame for table in answer.tables.values()]
    shown = list(run.summary()["output"]) if run is not None else outputs_in(frames) if liver else []
    asked = [str(record["options"][name]) for name in ("output", "outcome") if record.get("options", {}).get(name)]
    outputs = list(dict.fromkeys([*outputs, *asked, *shown]))
    moved = of_run.moved(run) if run is not None else None
    used = record.get("parameters", {})
    found = behind(outputs, about.species, about.cause, used, about.products, moved) if liver else None
    cited = [*(found.identifiers if found else ()), *_named_in(frames), *filter(None, [record.get("study")])]
    references, bibtex = references_of(cited, record["versions"].get("lobule", ""), guidance_of(record))
    treats = bool(about.products) or answer.command in OF_TREATED
    recalled = sum("(recalled)" in one.text for one in references)
    first, more = _answered(answer, run, pictures)
    return Story(
        title=answer.title or f"lobule {answer.command}",
        question=question_of(answer.command) if run is None else of_run.question_of_run(run),
        answer=first, more=more, glance=_glance(run), use=answer.record.intended_use,
        figures=_with_curves(pictures, run), result=result or Markup(""), tables=_tables(answer, run),
        methods=[*(of_run.given_of(run) if run is not None else ()), *methods_of(record, about.species)],
        equations=_equations(found), parameters=_parameters(found, moved is not None), software=software_of(record),
        assumptions=[*(of_run.rests_on(run) if run is not None else ()),
                     *assumptions_of(record, found, about.species == "human" and treats)],
        limits=limits_of(record, _limits(run, record, folder), recalled, len(references)),
        references=references, bibtex=bibtex, again=again_of(record, files), files=blocks_of(record, files),
        made=f"Made by lobule {record['versions'].get('lobule', '')} from {RECORD} and the tables beside it."
             f"{_written(folder)}",
    )  # fmt: skip


def _written(folder: Path | None) -> str:
    """When the numbers of a folder were written, and by whom, as its trail tells; nothing of one that is being made."""
    if folder is None or not (folder / RECORD).is_file():
        return ""
    steps = [one for one in read_record(folder / RECORD).get(TRAIL, ()) if one.get("command") != "report"]
    if not steps:
        return ""
    who = f" by {steps[-1]['who']}" if steps[-1].get("who") else ""
    return f" The numbers were written on {steps[-1]['when']}{who}; lobule audit tells every step since."


def _about(record: Mapping[str, Any], folder: Path | None, files: Sequence[tuple[str, str]]) -> About:
    """Of what a result is: a run says it itself, others by the scenario among the files that they were made from."""
    who = record.get("subject")
    if who:
        cause = who.get("etiology") or who.get("injury") or ""
        products = [part["contents"] for part in record.get("plan") or () if "contents" in part]
        return About(str(who.get("species", "human")), cause, _once(products))
    intact = {name for name, _ in files}
    for place in record.get("made_from", ()) if folder is not None else ():
        if Path(place).name not in intact:
            continue
        try:
            read = read_scenario(folder / place)
            subject = read.subject
            given = [whole_part(part).get("product") for part in read.therapy()]
        except LobuleError:
            continue
        cause = subject.etiology or (subject.injury.cause if subject.injury else "")
        return About(subject.species, cause, _once([one for one in given if isinstance(one, Mapping)]))
    etiology = record.get("options", {}).get("etiology")
    return About("human" if etiology or record.get("command") in OF_PEOPLE else "", str(etiology or ""), ())


def _once(products: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({str(one.get("name")): one for one in products}.values())


def _answered(answer: Content, run: Run | None, pictures: Sequence[Shown]) -> tuple[list[str], list[str]]:
    """The first sentences, and what else is said; of an answer of one sentence also what its first picture says."""
    if run is not None:
        first = of_run.answer_of_run(run)
        return first, of_run.also_said(run, first)
    sentences = [f"{one[:1].upper()}{one[1:]}" for one in END.split(answer.said)]
    if len(sentences) == 1 and pictures and answer.said not in pictures[0].said:
        sentences += END.split(pictures[0].said)[-1:]
    return sentences[:SENTENCES], [" ".join(sentences[SENTENCES:])] if len(sentences) > SENTENCES else []


def _with_curves(pictures: Sequence[Shown], run: Run | None) -> list[Shown]:
    """The pictures; the first one of a run tells its values under the pointer."""
    if run is None or not pictures:
        return list(pictures)
    return [of_run.on_paper(run, pictures[0]), *pictures[1:]]


def _tables(answer: Content, run: Run | None) -> list[Markup]:
    made: list[Markup] = []
    for name, table in sorted(answer.tables.items(), key=lambda one: is_raw(one[1].frame)):  # records come last
        if run is not None and name == "summary":  # stands beside the answer
            continue
        heading, about = name.replace("_", " ").capitalize(), table.about
        frame = of_run.budget_rows(run) if run is not None and name == "copy_budget" else table.frame
        made.append(table_of(frame, f"Table {len(made) + 1}. {heading}", about, f"{name}.csv"))
    return made


def _glance(run: Run | None) -> Markup:
    """The last day of a run."""
    if run is None:
        return Markup("")
    heading, frame = of_run.last_day(run)
    return table_of(frame, heading, "all digits: summary.csv")


def _equations(found: Behind | None) -> Markup:
    if found is None or not len(found.equations):
        return Markup("")
    about = ("of the outputs shown and of what stands in them, nearest first; lobule model show prints the others, "
             "lobule model export writes all as SBML")  # fmt: skip
    coded = found.equations.astype(object)
    coded["equation"] = pd.Series([CODE.format(e) for e in coded["equation"]], dtype=object)
    return table_of(coded, "Equations", about)


def _parameters(found: Behind | None, own: bool) -> Markup:
    """The parameters that matter; `own` where they were ranked for this very run."""
    if found is None or not len(found.parameters):
        return Markup("")
    table = found.parameters
    shown = {
        "parameter": [str(name).replace("_", " ") for name in table["parameter"]],
        "value": list(table["value"]),
        "range": [RANGE.format(cell(low), cell(high)) for low, high in zip(table["low"], table["high"], strict=True)],
        "unit": [written(str(unit)) for unit in table["unit"]],
        "grade": list(table["grade"]),
        "source": [linked(str(text)) for text in table["source"]],
        MOVES: list(table[MOVES].fillna("")) if MOVES in table else [""] * len(table),
        "note": list(table["note"]),
    }
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in shown.items()})
    return table_of(frame, "Parameters", RANKED_HERE if own else RANKED)


def _limits(run: Run | None, record: Mapping[str, Any], folder: Path | None) -> list[str]:
    """What a run itself says of its limits, and how far it lies from what was calibrated."""
    if run is None:
        return []
    from lobule.patient.recorded import subject_from
    from lobule.therapy import part_from
    from lobule.validate import domain
    from lobule.validate.applicability import told

    told_above = run.said()
    said = [one for one in run.notes() if one not in told_above]
    try:
        near = domain(subject_from(record["subject"]), [part_from(part) for part in record["plan"] or ()])
        said += [line.strip() for line in told(near).splitlines() if line.strip()]
    except (LobuleError, KeyError, TypeError):  # of another version
        said.append(
            "How far this lies from the studies that calibrated lobule cannot be told for a run of another version."
        )
    return said


def _named_in(frames: Sequence[pd.DataFrame]) -> list[str]:
    """Words of columns that name sources or rows of evidence."""
    names = ("source", "source_id", "study", "row", "rows")
    return [word for frame in frames for name in names if name in frame
            for value in frame[name].dropna().astype(str).unique() for word in re.split(r"[;\s]+", value)]  # fmt: skip
