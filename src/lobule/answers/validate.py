"""`lobule validate`: tables of studies become a scoreboard: read, simulated, scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Table
from lobule.answers.record import record_of
from lobule.arguments import a_text, checking, one_of, optional
from lobule.errors import InputError, nearest
from lobule.evidence import table_path
from lobule.keeping import write_text
from lobule.progress import say
from lobule.report.records import records
from lobule.report.scoreboard import score_lines, scoreboard_page, sentence
from lobule.simulation import ensemble
from lobule.simulation.program import INTENDED_USE
from lobule.simulation.reading import a_reading
from lobule.studies.observation import Contrast, Observation, TrialRow, UnreadRow
from lobule.studies.split import CALIBRATION, set_of
from lobule.studies.tables import packaged_studies, packaged_trials, read_contrasts, read_studies, read_trials
from lobule.validate.score_table import score_table, where_wrong
from lobule.validate.scoreboard import SETS, Scoreboard, calibration_cases, cases_of_studies, score, terms_of

FILE = "scoreboard.html"
Values = NDArray[np.float64]
REASONS = 12  # why rows are not simulated, that the terminal lists


@dataclass(frozen=True)
class _Tables:
    """What is scored. like, among : rows from which contrasts and trials may take what they do not say; whole : the
    calibration rows of the package are all there"""

    observations: list[Observation]
    pairs: list[Contrast]
    people: list[TrialRow]
    problems: list[UnreadRow]
    like: list[Observation]
    among: list[TrialRow]
    whole: bool

    def chosen(self, keep: Callable[[Any], bool], *, whole: bool = False) -> _Tables:
        """Those rows alone that are kept."""
        return replace(
            self,
            observations=[x for x in self.observations if keep(x)],
            pairs=[x for x in self.pairs if keep(x)],
            people=[x for x in self.people if keep(x)],
            problems=[x for x in self.problems if keep(x)],
            whole=self.whole and whole,
        )


def validate(
    *,
    studies: Path | None = None,
    trials: Path | None = None,
    contrasts: Path | None = None,
    study: str | None = None,
    members: int = ensemble.THIN,
    reading: str | None = None,
    side: str | None = None,
) -> Answer:
    """Score tables of studies, trials and contrasts, or explain one study; raises what `scoreboard` raises."""
    board = scoreboard(
        studies=studies, trials=trials, contrasts=contrasts, study=study, members=members, reading=reading, side=side
    )
    summaries, scores = board.summaries(), score_table(board)
    given = {"studies": studies, "trials": trials, "contrasts": contrasts}
    options = given | {"members": members, "reading": reading, "side": side}
    record = record_of("validate", "Scoreboard", [one for one in given.values() if one], options)
    data = {
        "summary": board.summary(),
        "by_set": summaries,
        "counted": board.counted.summaries() if board.counted else None,
        "scores": records(scores),
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
        text="\n".join([explain(board) if study else "\n".join(_lines(board, scores)), *ensemble.notes()]),
        data=data,
        record=record,
        tables={
            "scores": Table(scores, "one line a set and a thing that is scored, as published beside as counted"),
            "where_wrong": Table(where_wrong(board.rows), "endpoints, injuries, products by wrong directions"),
            "rows": Table(board.rows, "one row an endpoint: observed, predicted with band, and what was assumed"),
            "orders": Table(board.orders, "one row a contrast: which of two arms did better, observed and predicted"),
            "sizes": Table(board.sizes, "one row a size: treated over control of an endpoint of an arm at one time"),
            "not_simulated": Table(board.not_simulated, "rows that could not be simulated, each with the reason"),
        },
        files={FILE: Beside(lambda path: write_text(path, _page(board, scores)), "every row, with a forest plot")},
        main=FILE,
    )


def _a_set(value: Any, name: str) -> str:
    return one_of(value, name, SETS, "set of studies")


@checking(study=optional(a_text), members=ensemble.members(), reading=optional(a_reading), side=optional(_a_set))
def scoreboard(
    *,
    studies: Path | None = None,
    trials: Path | None = None,
    contrasts: Path | None = None,
    study: str | None = None,
    members: int = ensemble.THIN,
    reading: str | None = None,
    side: str | None = None,
) -> Scoreboard:
    """Score tables of studies, trials and contrasts; those of the package when none is given.

    Parameters
    ----------
    studies, trials, contrasts : CSV files with the columns of the evidence (docs/credibility.md)
    study : only rows of this study or source
    members : of the ensemble
    reading : "published" or "counted" alone; None for the published one with the counted one beside it
    side : only rows of this set: calibration, held-out or unseen; others are not even simulated

    Raises
    ------
    InputError : a file that is no such table, an unknown study.
    """
    tables = _chosen(_read(studies, trials, contrasts), study, side)
    factors = ensemble.factors(members)
    if reading is not None:
        return _board(tables, factors, reading)
    return _board(tables, factors, "published").with_counted(_board(tables, factors, "counted"))


def _read(studies: Path | None, trials: Path | None, contrasts: Path | None) -> _Tables:
    """The tables that are given, or those of the package."""
    whole = studies is None and trials is None and contrasts is None
    known = packaged_studies()
    observations, problems = known if whole else read_studies(studies) if studies else ([], [])
    pairs, more = read_contrasts(contrasts or table_path("contrasts")) if contrasts or whole else ([], [])
    people, most = packaged_trials() if whole else read_trials(trials) if trials else ([], [])
    return _Tables(observations, pairs, people, [*problems, *more, *most], known[0], people, whole)


def _chosen(tables: _Tables, study: str | None, side: str | None) -> _Tables:
    """The rows of one study, or of one set of studies."""
    if study is not None:
        names = {n for o in tables.observations for n in (o.study_id, o.source_id)}
        names |= {n for c in tables.pairs for n in (c.study_id, c.source_id)}
        names |= {n for r in tables.people for n in (r.trial_id, r.source_id)}
        if study not in names:
            raise InputError(f'no study "{study}" in the tables. {nearest(study, names)}')
        tables = tables.chosen(lambda row: study in _names(row))
    if side is not None:
        tables = tables.chosen(lambda row: set_of(_names(row)[-1]) == side, whole=side == CALIBRATION)
    return tables


def _names(row: Observation | Contrast | TrialRow | UnreadRow) -> tuple[str, ...]:
    """What a row calls its study and its source."""
    if isinstance(row, UnreadRow):
        return (row.source,)
    return (row.trial_id if isinstance(row, TrialRow) else row.study_id, row.source_id)


def _board(tables: _Tables, factors: Mapping[str, Values], reading: str) -> Scoreboard:
    """One reading."""
    from lobule.validate.trials import cases_of_trials

    say(f"studies of animals, as {reading}")
    animals = cases_of_studies(
        tables.observations, tables.pairs, tables.problems, factors, tables.like, reading=reading
    )
    say(f"trials in people, as {reading}")
    treated = cases_of_trials(tables.people, factors, tables.among, reading) if tables.people else ([], [])
    behind = [*animals.cases, *treated[0]]
    if not tables.whole:
        behind = calibration_cases(factors, people=bool(treated[0]), reading=reading)
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
            f"{row['predicted_ratio']:.2f}{course}, as such studies print it {row['printed_ratio']:.2f} "
            f"({row['band_low']:.2f} to {row['band_high']:.2f}), {'right' if row['right'] else 'wrong'}; "
            f"{_counted(row, 'counted_ratio', '.2f')}"
            f"by {row['basis']}; {row['set']}"
        )
        if row["assumed"]:
            lines.append(f"    assumed: {row['assumed']}")
    lines += [
        f"{row['row']} {row['study']}: {row['endpoint']}, {row['arm_a']} against {row['arm_b']}: observed "
        f"{row['observed']}, predicted {row['predicted']} ({row['advantage_of_a']:+.2f}), "
        f"{'right' if row['right'] else 'wrong'}; {_counted(row, 'counted_predicted', '')}by {row['basis']}; "
        f"{row['set']}"
        for row in board.orders.to_dict("records")
    ]
    for r in board.not_simulated.to_dict("records"):
        lines.append(f"{r['row']} {r['study']}: {'not simulated' if r['outcome'] else 'no outcome'}: {r['reason']}")
    return "\n".join(lines)


def _counted(row: Mapping[Any, Any], column: str, form: str) -> str:
    """What the counted reading says of a row, where it was asked for."""
    if column not in row:
        return ""
    return f"as counted {row[column]:{form}}, {'right' if row['counted_right'] else 'wrong'}; "


def _page(board: Scoreboard, scores: pd.DataFrame) -> str:
    lead = (
        "Predicted by the calibrated ensemble, beside what each study reports. What a study does not say is assumed "
        "and stands with its row. Naive rivals are scored on the same rows. As published: a product acts as strongly "
        "as studies report, whatever carries it; as counted: only what copies in cells can do."
    )
    lead = " ".join([lead, *ensemble.notes()])
    terms = [one.sentence() for one in board.terms.values()]
    return scoreboard_page(
        board.rows, board.orders, board.not_simulated, board.summaries(), INTENDED_USE, lead, terms, scores
    )


def _lines(board: Scoreboard, scores: pd.DataFrame) -> list[str]:
    lines = score_lines(scores)
    for name, summary in board.summaries().items():
        missing = f"{summary['n_not_simulated']} not simulated, {summary['n_sizes_left']} of them with a value"
        lines.append(f"{name}: {summary['n_rows']} rows, {summary['n_not_outcomes']} no outcomes, {missing}")
    lines += ["", "Shares with 95 % intervals that draw whole studies again; a count where there are fewer than 20."]
    lines += [f"what studies add: {one.sentence()}" for one in board.terms.values()]
    left = board.not_simulated
    left = left[left["outcome"].astype(bool)]
    if len(left):
        lines.append(f"{len(left)} rows not simulated; the reasons, most frequent first:")
        lines += [f"  {count:>4}  {reason}" for reason, count in left["reason"].value_counts().head(REASONS).items()]
    return lines
