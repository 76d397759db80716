"""`lobule assay`: a potency assay in the dish, measured plates, or the dish beside published experiments."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import Record, record_of
from lobule.errors import InputError
from lobule.quality.assay import AssayResult
from lobule.quality.assay import assay as analysed
from lobule.quality.assay_words import said, summary
from lobule.quality.assay_words import tables as further
from lobule.quality.in_vitro import beside_studies, contrasts
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.simulation.reading import MEANING, PUBLISHED, a_reading


def assay(
    file: Path | None,
    *,
    reference: str | None = None,
    members: int = 32,
    sheet: str | None = None,
    reading: str | None = None,
    criteria: Path | None = None,
    model: str = "lines",
) -> Answer:
    """Run an assay file, or analyse a table of wells.

    Parameters
    ----------
    reference : name of the reference among measured samples
    members : of the ensemble behind the band of a simulated assay
    reading : "published" or "counted", in place of the file's own
    criteria : file of criteria; usual ones when None
    model : "lines" or "curves", of the reportable value

    Raises
    ------
    InputError : no file, or what `lobule.quality.assay.assay` refuses.
    """
    if file is None:
        raise InputError("name an assay file or a table of wells, or ask for --studies")
    result = analysed(file, reference, members, sheet, reading, criteria, model)
    options = {"reference": reference, "members": members, "sheet": sheet, "reading": reading, "criteria": criteria,
               "model": model}  # fmt: skip
    return of_assay(result, record_of("assay", result.title, [file, *filter(None, [criteria])], options))


def of_assay(result: AssayResult, record: Record) -> Answer:
    """The answer that is an analysed assay."""
    tables = {
        "wells": Table(
            result.wells, "one row a well: sample, dose, response, plate, run; outliers are marked and kept", None
        ),
        "potency": Table(
            result.potencies, "potency and shape beside the reference, plate by plate, by run and together", None
        ),
    }
    tables |= {name: Table(frame, about, None) for name, (frame, about) in further(result).items()}
    if result.curves is not None:
        tables["curves"] = Table(result.curves, "the simulated responses without error, with their band", None)
    lines = [result.title, *(f"  {line}" for line in (*said(result), *result.notes))]
    return Answer(
        title=result.title,
        said=". ".join(said(result)) + ".",
        text="\n".join([*lines, *(f"  left out: {fault}" for fault in result.faults)]),
        data=summary(result),
        record=record,
        tables=tables,
        pictures={"assay": Picture(result.plot, "wells and fitted curves; relative potency of every plate")},
    )


def studies(*, members: int = 32, table: Path | None = None, reading: str | None = None) -> Answer:
    """The dish beside published experiments, and what of an effect is left without its cause.

    Parameters
    ----------
    table : of experiments, with the columns of in_vitro.csv; that of the package when None
    reading : "published", the usual one, or "counted"

    Raises
    ------
    InputError : the table.
    """
    word = a_reading(reading or PUBLISHED)
    (found, left), lost = beside_studies(members, table, word), contrasts(members, word)
    same = found[found["same"]]
    counted = (
        f"{found['agrees'].sum()} of {len(found)} directions; {same['agrees'].sum()} of {len(same)} where product and "
        "readout are the study's own"
    )
    lines = [
        f"The dish beside studies, as {word} ({MEANING[word]})",
        *_rows(found),
        counted,
        *(f"left out: {reason}" for reason in left),
        _sizes(found),
    ]
    lines.append("What is left of the effect:")
    lines += [
        f"{'ok  ' if row['weaker'] else 'FAIL'} {row['what']:<26} {row['readout']:<17} {row['effect_left']:>6.0%}  "
        f"[{row['source']}]"
        for row in lost.to_dict("records")
    ]
    notes = ensemble.notes() if members else []
    lines += notes
    data = {"studies": records(found), "left_out": left, "contrasts": records(lost), "notes": notes}
    record = record_of(
        "assay", "The dish beside studies", [table] if table else [], {"members": members, "reading": word}
    )
    return Answer("The dish beside studies", counted, "\n".join(lines), data, record)


def _rows(found: pd.DataFrame) -> list[str]:
    lines = []
    for row in found.to_dict("records"):
        sizes = f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
        lines.append(
            f"{'ok  ' if row['agrees'] else 'FAIL'} {row['id']} {row['source']:<18} {row['stimulus']:<16} "
            f"{row['endpoint']:<22} published {row['published']:<5} predicted {row['predicted']:<5} "
            f"{'from nothing' if row['ratio'] == float('inf') else sizes}"
            f"{'' if row['same'] else '  stands for it: ' + row['product'] + ', ' + row['readout']}"
        )
    return lines


def _sizes(found: pd.DataFrame) -> str:
    sized = found["within_twofold"].dropna()
    if len(sized):
        return f"{int(sized.sum())} of {len(sized)} published sizes within twofold\n"
    return "No row gives a size, so that sizes cannot be compared; a dose that is not told is 1e9 particle/mL.\n"
