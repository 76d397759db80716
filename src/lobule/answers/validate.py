"""`lobule validate`: tables of studies become a scoreboard: read, simulated, scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Table
from lobule.answers.record import record_of
from lobule.arguments import a_text, checking, optional
from lobule.errors import InputError, nearest
from lobule.evidence import table_path
from lobule.keeping import write_text
from lobule.progress import say
from lobule.report.records import records
from lobule.report.scoreboard import scoreboard_page, sentence, size_sentence
from lobule.simulation import ensemble
from lobule.simulation.program import INTENDED_USE
from lobule.studies.tables import packaged_studies, packaged_trials, read_contrasts, read_studies, read_trials
from lobule.validate.scoreboard import Scoreboard, calibration_cases, cases_of_studies, score, terms_of

FILE = "scoreboard.html"
REASONS = 12  # why rows are not simulated, that the terminal lists


def validate(
    *,
    studies: Path | None = None,
    trials: Path | None = None,
    contrasts: Path | None = None,
    study: str | None = None,
    members: int = ensemble.THIN,
) -> Answer:
    """Score tables of studies, trials and contrasts, or explain one study; raises what `scoreboard` raises."""
    board = scoreboard(studies=studies, trials=trials, contrasts=contrasts, study=study, members=members)
    summaries = board.summaries()
    given = {"studies": studies, "trials": trials, "contrasts": contrasts}
    record = record_of("validate", "Scoreboard", [one for one in given.values() if one], given | {"members": members})
    data = {
        "summary": board.summary(),
        "by_set": summaries,
        "rows": records(board.rows),
        "orders": records(board.orders),
        "sizes": records(board.sizes),
        "publishing": [asdict(one) for one in board.terms.values()],
        "not_simulated": records(board.not_simulated),
        "notes": ensemble.notes(),
    }
    return Answer(
        title=f"Scoreboard of {study}" if study else "Scoreboard",
        said=" ".join([*(f"{name}: {sentence(one)}" for name, one in summaries.items()), *ensemble.notes()]),
        text="\n".join([explain(board) if study else "\n".join(_lines(board, summaries)), *ensemble.notes()]),
        data=data,
        record=record,
        tables={
            "rows": Table(board.rows, "one row an endpoint: observed, predicted with band, and what was assumed"),
            "orders": Table(board.orders, "one row a contrast: which of two arms did better, observed and predicted"),
            "sizes": Table(board.sizes, "one row a size: treated over control of an endpoint of an arm at one time"),
            "not_simulated": Table(board.not_simulated, "rows that could not be simulated, each with the reason"),
        },
        files={FILE: Beside(lambda path: write_text(path, _page(board)), "every row, with a forest plot")},
        main=FILE,
    )


@checking(study=optional(a_text), members=ensemble.members())
def scoreboard(
    *,
    studies: Path | None = None,
    trials: Path | None = None,
    contrasts: Path | None = None,
    study: str | None = None,
    members: int = ensemble.THIN,
) -> Scoreboard:
    """Score tables of studies, trials and contrasts; those of the package when none is given.

    Parameters
    ----------
    studies, trials, contrasts : CSV files with the columns of the evidence (docs/credibility.md)
    study : only rows of this study or source
    members : of the ensemble

    Raises
    ------
    InputError : a file that is no such table, an unknown study.
    """
    from lobule.validate.trials import cases_of_trials

    packaged = studies is None and trials is None and contrasts is None
    known = packaged_studies()
    observations, problems = known if packaged else read_studies(studies) if studies else ([], [])
    pairs, more = read_contrasts(contrasts or table_path("contrasts")) if contrasts or packaged else ([], [])
    people, most = packaged_trials() if packaged else read_trials(trials) if trials else ([], [])
    among = people
    if study is not None:
        names = {n for o in observations for n in (o.study_id, o.source_id)}
        names |= {n for c in pairs for n in (c.study_id, c.source_id)}
        names |= {n for r in people for n in (r.trial_id, r.source_id)}
        if study not in names:
            raise InputError(f'no study "{study}" in the tables. {nearest(study, names)}')
        observations = [o for o in observations if study in (o.study_id, o.source_id)]
        pairs = [c for c in pairs if study in (c.study_id, c.source_id)]
        people = [r for r in people if study in (r.trial_id, r.source_id)]
        problems, more, most = ([p for p in some if p.source == study] for some in (problems, more, most))
    factors = ensemble.factors(members)
    say("studies of animals")
    animals = cases_of_studies(observations, pairs, [*problems, *more, *most], factors, known[0])
    say("trials in people")
    treated = cases_of_trials(people, factors, among) if people else ([], [])
    whole = packaged and study is None
    behind = [*animals.cases, *treated[0]] if whole else calibration_cases(factors, people=bool(treated[0]))
    return score(animals, treated, terms_of(behind))


def explain(board: Scoreboard) -> str:
    """One study in full: what was observed and predicted, and everything that had to be assumed."""
    lines = []
    for row in board.rows.to_dict("records"):
        seen = f"{row['observed']}" + (f" {row['observed_ratio']:.2f}" if row["observed_ratio"] > 0 else "")
        single = row["group"] == "single arms"
        course = f"; untreated alone {row['course_ratio']:.2f}" if single else ""
        lines.append(
            f"{row['row']} {row['study']}: {row['product']} in {row['injury']}, {row['endpoint']}"
            f"{', after over before' if single else ''}: observed {seen}; predicted {row['predicted']} "
            f"{row['predicted_ratio']:.2f}{course}, as published {row['published_ratio']:.2f} "
            f"({row['band_low']:.2f} to {row['band_high']:.2f}), {'right' if row['right'] else 'wrong'}; "
            f"by {row['basis']}; {row['set']}"
        )
        if row["assumed"]:
            lines.append(f"    assumed: {row['assumed']}")
    lines += [
        f"{row['row']} {row['study']}: {row['endpoint']}, {row['arm_a']} against {row['arm_b']}: observed "
        f"{row['observed']}, predicted {row['predicted']} ({row['advantage_of_a']:+.2f}), "
        f"{'right' if row['right'] else 'wrong'}; by {row['basis']}; {row['set']}"
        for row in board.orders.to_dict("records")
    ]
    for r in board.not_simulated.to_dict("records"):
        lines.append(f"{r['row']} {r['study']}: {'not simulated' if r['outcome'] else 'no outcome'}: {r['reason']}")
    return "\n".join(lines)


def _page(board: Scoreboard) -> str:
    lead = (
        "Predicted by the calibrated ensemble, beside what each study reports. What a study does not say is assumed "
        "and stands with its row. Two naive rivals are scored on the same rows."
    )
    lead = " ".join([lead, *ensemble.notes()])
    terms = [one.sentence() for one in board.terms.values()]
    return scoreboard_page(board.rows, board.orders, board.not_simulated, board.summaries(), INTENDED_USE, lead, terms)


def _lines(board: Scoreboard, summaries: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = []
    for name, summary in summaries.items():
        lines.append(f"{name}: {sentence(summary)}")
        for who, scores in summary["rivals"].items():
            shown = ", ".join(f"{k.replace('_', ' ')} {v:.2f}" for k, v in scores.items() if v is not None)
            lines.append(f"  {who:<14} {shown}")
        skill = {k: v for k, v in summary["skill"].items() if v is not None}
        lines.append("  skill over the better rival: " + ", ".join(f"{k} {v:+.2f}" for k, v in skill.items()))
        lines += [f"  sizes, {size_sentence(group)}" for group in summary["sizes"]]
    lines += [f"as published: {one.sentence()}" for one in board.terms.values()]
    left = board.not_simulated
    left = left[left["outcome"].astype(bool)]
    if len(left):
        lines.append(f"{len(left)} rows not simulated; the reasons, most frequent first:")
        lines += [f"  {count:>4}  {reason}" for reason, count in left["reason"].value_counts().head(REASONS).items()]
    return lines
