"""What only a run has: its question, its answer in three sentences, its courses as curves, its last day as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from lobule.answers import words
from lobule.errors import LobuleError
from lobule.explore import strongest
from lobule.patient.recorded import subject_from
from lobule.report.scale import written
from lobule.report.style import picture_bytes
from lobule.report.whole.curves import Curves, Line, Panel
from lobule.report.whole.page import Shown
from lobule.report.whole.tables import cell
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import share_in_words
from lobule.simulation.run import OF_THE_BAND, OF_UNTREATED
from lobule.simulation.told import SAID, cause_of, subject_of, when
from lobule.therapy import part_from
from lobule.therapy.regimen import Regimen

if TYPE_CHECKING:
    from lobule.simulation.run import Run

BUDGET = {
    "path": "path",
    "cell": "cell",
    "peak": "peak",
    "unit": "unit",
    "needed": "needed",
    "possible_by_count": "possible by count",
    "peak_share_of_largest_effect": "share of its largest effect",
}
PART = 10  # outputs of a picture that is printed
DIGITS = ".3g"  # of the last day, as sentences have them
ACTING = 0.01  # of its largest effect, below which a path is left to the file


def question_of_run(run: Run) -> str:
    """What was asked, as one says it."""
    record = run.record
    until = record["settings"]["until"]
    who = record["subject"]
    if who["kind"] == "patient":
        ill = f"with {cause_of(who['etiology'])}" if who.get("etiology") else "with a healthy liver"
        name = f"a patient {ill}"
    else:
        injury = f"with {cause_of(who['injury'])} injury" if who.get("injury") else "without an injury"
        name = f"a {who.get('species', 'mouse')} {injury}"
    if not record["plan"]:
        return f"How does the liver of {name} fare within {until}?"
    given = list(dict.fromkeys(str(part.get("product") or part.get("care")) for part in record["plan"]))
    listed = " and ".join(filter(None, [", ".join(given[:-1]), given[-1]]))
    return f"What {'do' if len(given) > 1 else 'does'} {listed} do to the liver of {name} within {until}?"


def answer_of_run(run: Run) -> list[str]:
    """Three sentences: the effect, what it rests on, and the last day; of who gets nothing the course."""
    end = when(float(run.data.time[-1]))
    last = next((one for one in run.said().split(". ") if one.lower().startswith(f"{end}:")), "")
    if run.record["plan"]:
        first, *rest = run.essential()
        return [first, *rest[:1], f"{last.removesuffix('.')}."] if last else [first, *rest[:1]]
    begin = ", ".join(
        f"{written(run.data[name].attrs['long_name'])} {float(run.data[name][0]):.3g}"
        for name in list(run.summary()["output"])[:SAID]
    )
    state = [one for one in run.notes() if one != OF_THE_BAND][:1]
    return [f"{last.removesuffix('.')}.", f"On the first day these were: {begin}.", *state] if last else state


def also_said(run: Run, answer: Sequence[str]) -> list[str]:
    """What else the run says of itself, without the sentences of the answer."""
    text = run.said()
    for one in answer:
        text = text.replace(one, "")
    text = " ".join(text.replace(f"{subject_of(run.record)[:1].upper()}{subject_of(run.record)[1:]}.", "").split())
    return [text] if text else []


def caption_of(run: Run) -> str:
    """What the picture of the courses shows."""
    who = "treated with plan" if run.record["plan"] else "the subject"
    parts = [who, "with the band around it" if run.band is not None else ""]
    parts += ["as counted (dashed)" if run.counted is not None else "", "untreated" if run.control is not None else ""]
    return f"Course of the main outputs: {', '.join(filter(None, parts))}; marks: when something was given."


def curves_of(run: Run) -> Curves:
    """The courses that a run reports first."""
    named = "as published" if run.counted is not None else ""
    panels = [_panel(run, str(name), named) for name in run.summary()["output"]]
    marks = {"dose": run.record["dose_times_d"], "injury": run.record["injury_times_d"]}
    quantiles = run.band is not None and "quantile" in run.band.dims
    return Curves(
        run.data["time"].to_numpy(),
        panels,
        marks,
        "90 % of the ensemble" if quantiles else "range of the dose",
    )


def on_paper(run: Run, first: Shown) -> Shown:
    """The picture of a run with its curves; of many outputs in several parts, so that each can be read on a page."""
    names = [str(name) for name in run.summary()["output"]]
    parts = [names[k : k + PART] for k in range(0, len(names), PART)]
    if len(parts) == 1:
        return replace(first, caption=caption_of(run), curves=curves_of(run))
    drawn = [picture_bytes(partial(run.plot, part), "svg") for part in parts]
    return Shown(caption_of(run), first.said, drawn[0], "svg", curves_of(run), tuple(drawn[1:]))


def _panel(run: Run, name: str, reading: str) -> Panel:
    values, attrs = run.data[name].to_numpy(), run.data[name].attrs
    treated = bool(run.record["plan"])
    low, high = _ends(run, name)
    label = ", ".join(filter(None, ["treated" if treated else "subject", reading]))
    lines = []
    if run.control is not None:
        ends = _ends(run, f"{name}{OF_UNTREATED}")
        lines = [Line("untreated", run.control[name].to_numpy(), "untreated", *ends)]
    if run.counted is not None and name in run.counted:
        lines.append(Line("treated, as counted", run.counted[name].to_numpy(), "counted"))
    lines = [Line(label, values, "treated", low, high), *lines]
    unit = written(attrs.get("scale", "") if attrs["units"] == "1" else attrs["units"])
    title = written(attrs["long_name"])
    last = "; ".join(f"{line.label} {float(line.values[-1]):.3g}" for line in lines)
    said = f"{title}{f' in {unit}' if unit else ''} over time; {when(float(run.data.time[-1]))}: {last}"
    return Panel(title, unit, lines, said)


def _ends(run: Run, name: str) -> tuple[Any, Any]:
    """The outermost rows of the band, None where it says nothing."""
    if run.band is None or not run.has_band(name):
        return None, None
    values = run.band[name].to_numpy()
    return np.min(values, axis=0), np.max(values, axis=0)


def last_day(run: Run) -> tuple[str, pd.DataFrame]:
    """A heading and the summary as one reads it: a row an output; every number is that of summary.csv."""
    table = run.summary()
    labels = [written(run.data[name].attrs["long_name"]) for name in table["output"]]
    scales = [run.data[name].attrs.get("scale", "") for name in table["output"]]
    units = [written(scale if unit == "1" else unit) for unit, scale in zip(table["unit"], scales, strict=True)]
    shown: dict[str, Any] = {"output": labels, "unit": units}
    rows = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    treated = bool(run.record["plan"])
    shown["treated" if treated else "value"] = [_with_range(row, "value", "low", "high") for row in rows]
    if "untreated" in table and treated:
        shown["untreated"] = [_with_range(row, "untreated", "untreated_low", "untreated_high") for row in rows]
        shown["ratio"] = [_with_range(row, "ratio", "ratio_low", "ratio_high") for row in rows]
    if "counted" in table:
        shown["as counted"] = [cell(row["counted"], DIGITS) for row in rows]
        shown["unexplained share"] = [_share(row) for row in rows]
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in shown.items()})
    return f"The last day, {when(float(table['day'].iloc[0]))}", frame


def _with_range(row: Mapping[str, Any], value: str, low: str, high: str) -> Any:
    if row.get(low) is None or row[low] != row[low]:
        return cell(row[value], DIGITS)
    return Markup("{} ({} to {})").format(*(cell(row[name], DIGITS) for name in (value, low, high)))


def _share(row: Mapping[str, Any]) -> Any:
    share = row["unexplained_share"]
    return share_in_words(None) if share is None or share != share else Markup('<data value="{}">{}</data>').format(
        repr(float(share)), share_in_words(share))  # fmt: skip


def moved(run: Run) -> pd.DataFrame | None:
    """How far each constant moves what the run reports, see `lobule.explore.strongest`; None for a run of another state
    of the model, with an experiment, or with doses that are given on a condition."""
    record = run.record
    settings, plan = record["settings"], record["plan"] or []
    if any(settings.get(name) for name in ("without", "clamp", "scale")) or any(part.get("when") for part in plan):
        return None
    try:
        subject, parts = subject_from(record["subject"]), [part_from(part) for part in plan]
        slots = Regimen.of(parts or None, subject).slots
        if Experiment.of(()).model(subject.species, slots).hash != record["model_hash"]:
            return None
        return strongest(
            subject, parts, float(run.data.time[-1]), list(run.summary()["output"]),
            reading=run.reading, hypotheses=settings.get("hypotheses"),
        )  # fmt: skip
    except (LobuleError, KeyError, TypeError):  # of another version
        return None


def budget_rows(run: Run) -> pd.DataFrame:
    """Paths that act, or that could by counting; the others stand in copy_budget.csv."""
    table = run.copy_budget()
    if table.empty:
        return table
    acting = table[(table["peak_share_of_largest_effect"] >= ACTING) | (table["possible_by_count"] == "yes")]
    shown = acting[list(BUDGET)].rename(columns=BUDGET)
    return shown.assign(path=[words.path_of(name) for name in shown["path"]],
                        cell=[str(name).replace("_", " ") for name in shown["cell"]])  # fmt: skip


def rests_on(run: Run) -> list[str]:
    """What the effect is made of, as sentences of the copy budget."""
    if not run.record["plan"]:
        return []
    text = words.budget(run.copy_budget(), run.unexplained_share.values())
    return [line.strip() for line in text.splitlines() if "NOT CARRIED" in line or "The model lets" in line]


def given_of(run: Run) -> Sequence[str]:
    """Of whom and what it is, and each dose that was given."""
    who = subject_of(run.record)
    parts = words.given(run.record).strip().split("\n\n")
    given = ["; ".join(" ".join(line.split()) for line in part.splitlines()) for part in parts if part]
    return [f"Subject: {who}.", *(f"Given: {one}." for one in given)]
