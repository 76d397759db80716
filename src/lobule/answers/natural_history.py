"""`lobule validate --natural-history`: every untreated course beside every published number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lobule import model
from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Picture, Table
from lobule.answers.record import record_of
from lobule.arguments import checking, truth
from lobule.evidence import citation, fact
from lobule.keeping import write_text
from lobule.model.causes import causes
from lobule.report import natural_history as report
from lobule.report.records import records
from lobule.simulation.program import INTENDED_USE
from lobule.validate.natural_history import MET, MISSED, NOT_SAID, Compared, Line, chain, compared
from lobule.validate.natural_history_counts import Cohort, statistic
from lobule.validate.natural_history_people import YEARS
from lobule.validate.natural_history_tables import STATISTICS

FILE = "natural_history.html"
TITLE = "Natural history beside what was published"
STAGES = tuple(f"F{k}" for k in range(5))
BY_STAGE = ("hepatic_venous_pressure_gradient", "platelets", "albumin", "bilirubin", "alt", "il_6")
STEPS = ("N004", "N005", "N006", "N007")  # chances of a step a year in hepatitis C, whose shares are drawn dashed
MELD = ((0, 10), (10, 15), (15, 20), (20, 25), (25, 30), (30, 99))
BY_MELD = ("N130", "N132", "N134", "N136", "N138", "N140")  # published in these classes
SHORT = 4  # letters of an abbreviation
DRAWN = 40.0  # years of the picture of stages
HOW = (
    "Virtual people (150 of each cause, a visit a quarter of a year, counted by how many are alive), again with their "
    "cause taken away, and usual animals. A miss lies outside the published interval (limits, a usual range, or the "
    "middle half of the people); where the source has none, outside a tolerance that is assumed (marked so). "
    "What was set aside before the first search is looked at with --set-aside alone. A figure that calibrated the "
    "model is no validation: `lobule model check` names those."
)


@checking(set_aside=truth)
def natural_history(*, set_aside: bool = False) -> Answer:
    """Put every published number on the disease without the new therapy beside the model's untreated courses.

    Parameters
    ----------
    set_aside : also look at the facts that were set aside before the first search
    """
    found = compared(aside=set_aside, further=BY_STAGE)
    totals, table = found.totals(), pd.DataFrame([_row(line) for line in found.lines])
    said = _said(totals, found.lines)
    missed = [line for line in found.lines if line.outcome == MISSED]
    pictures = _pictures(found)
    return Answer(
        title=TITLE,
        said=" ".join(said),
        text="\n".join([*_counted(totals), "", *(_told(line) for line in missed), "", *said]),
        data={"totals": totals, "rows": records(table)},
        record=record_of("natural-history", TITLE, options={"set_aside": set_aside}),
        tables={
            "rows": Table(
                table, "one row a published number: what no miss is, what the model shows, why it cannot say"
            ),
            "totals": Table(pd.DataFrame(totals), "how many of each kind are met, missed, set aside, cannot be said"),
        },
        pictures={
            name: Picture(lambda draw=draw, given=given: draw(*given), about)  # type: ignore[misc]
            for name, (draw, given, about) in pictures.items()
        },
        files={
            FILE: Beside(lambda path: write_text(path, _page(found, totals, said, pictures)), "all of it, one page")
        },
        main=FILE,
    )


def _said(totals: Sequence[Mapping[str, Any]], lines: Sequence[Line]) -> list[str]:
    whole = totals[-1]
    compared_ = whole[MET] + whole[MISSED]
    said = [
        f"{whole[MET]} of {compared_} published numbers are met, {whole[MISSED]} missed; {whole['set aside']} are set "
        f"aside and not looked at; of {whole['rows']} rows {whole[NOT_SAID]} cannot be said, each with the reason."
    ]
    aside = [line for line in lines if line.aside and line.outcome in (MET, MISSED)]
    if aside:
        said.append(f"Of those that were set aside, {sum(a.outcome == MET for a in aside)} of {len(aside)} are met.")
    return said


def _counted(totals: Sequence[Mapping[str, Any]]) -> list[str]:
    head = f"{'':<15} {'rows':>6} {'met':>6} {'missed':>7} {'set aside':>10} {'cannot say':>11}"
    return [head, *(f"{t['kind']:<15} {t['rows']:>6} {t[MET]:>6} {t[MISSED]:>7} {t['set aside']:>10} {t[NOT_SAID]:>11}"
                    for t in totals)]  # fmt: skip


def _told(line: Line) -> str:
    cells = _row(line)
    return (
        f"{cells['row']:<9} {cells['subject']:<20} {cells['at']:<44} {cells['output']:<34} {cells['statistic']:<15} "
        f"published {_text(line.seen.value if line.seen else math.nan):>8} ({_between(line)}), model "
        f"{_text(line.found):>8}{' ' + line.reason if line.reason else ''}"
    )


def _row(line: Line) -> dict[str, Any]:
    q, seen = line.question, line.seen
    return {
        "row": q.row, "kind": q.kind, "subject": q.subject, "at": q.at, "output": q.output, "statistic": q.statistic,
        "published": seen.value if seen else math.nan, "low": seen.low if seen else math.nan,
        "high": seen.high if seen else math.nan, "tolerance_assumed": bool(seen and seen.assumed),
        "model": line.found, "outcome": line.outcome, "set_aside": line.aside, "reason": line.reason,
        "source": line.row.get("source_id", ""),
    }  # fmt: skip


def _page(
    found: Compared, totals: Sequence[Mapping[str, Any]], said: Sequence[str], pictures: Mapping[str, Any]
) -> str:
    kinds: dict[str, list[dict[str, Any]]] = {}
    reasons: dict[str, list[str]] = {}
    for line in found.lines:
        if line.outcome == NOT_SAID:
            reasons.setdefault(line.reason, []).append(line.question.row)
        else:
            kinds.setdefault(line.question.kind, []).append(_shown(line))
    listed = sorted(reasons.items(), key=lambda item: -len(item[1]))
    return report.natural_history_page(
        title=TITLE, intended_use=INTENDED_USE, said=said, how=HOW, totals=totals, pictures=list(pictures.values()),
        kinds=kinds,
        reasons=[{"reason": reason, "count": len(rows), "rows": ", ".join(rows)} for reason, rows in listed],
    )  # fmt: skip


def _shown(line: Line) -> dict[str, str]:
    """A line as the page has it."""
    q, row = line.question, line.row
    of = [row.get(key, "") for key in ("etiology", "stage", "condition", "species", "injury", "detail", "system")]
    what = [row.get(key, "") for key in ("quantity", "variable", "horizon")]
    time = f"{row.get('time_value', '')} {row.get('time_unit', '')}".strip()
    colour = {MET: "right", MISSED: "wrong"}.get(line.outcome, "aside")
    outcome = line.outcome + (f": {line.reason}" if line.reason else "")
    return {
        "row": q.row, "of": ", ".join(filter(None, of)), "what": ", ".join(filter(None, [*what, time])),
        "published": _text(line.seen.value if line.seen else math.nan),
        "interval": _between(line) + (" (assumed)" if line.seen and line.seen.assumed else ""),
        "found": _text(line.found), "colour": colour,
        "outcome": f"{outcome} (was set aside)" if line.aside and line.looked else outcome,
        "asked": f"{q.subject}; {q.at}; {q.output}: {STATISTICS[q.statistic]}", "source": citation(row["source_id"]),
    }  # fmt: skip


def _text(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3g}"


def _between(line: Line) -> str:
    return f"{line.seen.low:.3g} to {line.seen.high:.3g}" if line.seen else ""


def _pictures(found: Compared) -> dict[str, tuple[Any, Sequence[Any], str]]:
    """What draws each picture, its arguments, its caption."""
    lines = [line for line in found.lines if line.outcome in (MET, MISSED) and math.isfinite(line.found)]
    points = {
        kind: [(line.seen.value, line.found, line.outcome == MET) for line in lines
               if line.question.kind == kind and line.seen]
        for kind in dict.fromkeys(line.question.kind for line in lines)
    }  # fmt: skip
    alone = {_called(name): cohort for name, cohort in found.people.items() if _one_cause(cohort, name)}
    drawn = YEARS <= DRAWN
    stages = {name: _stages(cohort)[:, drawn] for name, cohort in alone.items()}
    courses = {name: dict(zip(STAGES, shares, strict=True)) for name, shares in stages.items()}
    whole = np.arange(0, DRAWN + 1)
    steps = chain([float(fact(name)["value"]) for name in STEPS], list(whole))
    published = {_called("hcv"): {f: np.interp(YEARS[drawn], whole, steps[:, k]) for k, f in enumerate(STAGES)}}
    measures = {
        model.label(output): {name: [_level(cohort, stage, output) for stage in STAGES]
                              for name, cohort in alone.items()}
        for output in BY_STAGE
    }  # fmt: skip
    dead = {"dead within 90 days": {name: [_dead(cohort, low, high) for low, high in MELD]
                                    for name, cohort in alone.items()}}  # fmt: skip
    seen = {"dead within 90 days": [(k, float(fact(row)["value"])) for k, row in enumerate(BY_MELD)]}
    units = [model.units_of(model.compiled("human")).get(output, "1") for output in BY_STAGE]
    return {
        "beside": (report.beside, (points,), "published and found; on the line both are the same"),
        "stages": (report.shares, (courses, YEARS[drawn], published),
                   "shares of those alive in each stage; dashed: by the published transition rates (N004 to N007)"),
        "by_stage": (report.by_class, (measures, STAGES, units, {}),
                     "medians of the visits in each stage of fibrosis, by cause"),
        "by_meld": (report.by_class, (dead, [f"{low} to {high}" for low, high in MELD], ["1"], seen),
                    "dead within 90 days by MELD in cirrhosis; diamonds: transplant evaluation in Leipzig"),
    }  # fmt: skip


def _called(cause: str) -> str:
    """The name of a cause in a picture: HBV, MASH, alcohol."""
    return cause.upper() if len(cause) <= SHORT else cause


def _one_cause(cohort: Cohort, name: str) -> bool:
    return cohort.untreated is None and len(cohort.years) == len(YEARS) and len(cohort.share) > 1 and name in causes()


def _stages(cohort: Cohort) -> np.ndarray:
    """Shares of those alive in each stage, (5, n_visits)."""
    alive = cohort.alive
    return np.array([(alive * (cohort["fibrosis"] == k)).sum(axis=0) / alive.sum(axis=0) for k in range(5)])


def _dead(cohort: Cohort, low: int, high: int) -> float:
    return statistic(cohort, f"cirrhosis, meld {low} to {high}, for 90 d", "death", "within")


def _level(cohort: Cohort, stage: str, output: str) -> float:
    return statistic(cohort, stage, output, "level")
