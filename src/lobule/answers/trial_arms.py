"""`lobule validate --people`: controlled trials arm by arm, published beside model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.arguments import checking, one_of, optional
from lobule.progress import say
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.studies.split import set_of
from lobule.studies.tables import packaged_trials
from lobule.validate.scoreboard import SETS
from lobule.validate.sizes import FEWEST
from lobule.validate.trial_arms import trial_arms

if TYPE_CHECKING:
    import matplotlib.figure

NEXT_TO_NOTHING = 5e-4
TITLE = "Controlled trials, arm by arm"
HOW = (
    "Each trial's patients by cause, stage and its own care, treated and not, in the model; arms: control, treated. A "
    "difference is treated less control in the unit of the row, or the ratio less 1 in per cent. Brackets: 95 % of the "
    "trial, 90 % of the model's members. Rows of the calibration set were among those that calibrated the therapy."
)


def _a_set(value: Any, name: str) -> str:
    return one_of(value, name, SETS, "set of studies")


@checking(members=ensemble.members(), side=optional(_a_set))
def people(*, members: int = ensemble.THIN, side: str | None = None) -> Answer:
    """Every controlled trial of the evidence beside the model.

    Parameters
    ----------
    members : of the ensemble
    side : of this set of studies alone
    """
    every = packaged_trials()[0]
    say("trials in people")
    mine = [row for row in every if side is None or set_of(row.source_id) == side]
    table = trial_arms(mine, ensemble.factors(members, species="human"), every)
    said = sentences(table)
    return Answer(
        title=TITLE,
        said=" ".join([*said, HOW, *ensemble.notes()]),
        text="\n".join([*lines(table), "", *said, HOW, *ensemble.notes()]),
        data={"rows": records(table), "sentences": said, "notes": ensemble.notes()},
        record=record_of("people", TITLE, options={"members": members, "set": side}),
        tables={"trials": Table(table, "one row an endpoint and time of a treated arm, published beside model")},
        pictures={"trials": Picture(lambda: _picture(table), "differences over control, published and of the model")},
    )


def cells(row: Mapping[str, Any]) -> dict[str, str]:
    """One row in words, as the terminal and the docs show it."""
    unit = "" if row["as"] == "ratio" else f" {row['unit']}" if "share" not in row["unit"] else ""
    scale, sign = (100, " %") if row["as"] == "ratio" else (100, " points") if "share" in row["unit"] else (1, unit)

    def number(value: float, low: float, high: float) -> str:
        if value != value:
            return ""
        ends = "" if low != low else f" ({_signed(scale * low)} to {_signed(scale * high)})"
        return f"{_signed(scale * value)}{sign}{ends}"

    day = row["day"]
    return {
        "trial": row["trial"],
        "set": row["set"],
        "patients": f"{row['patients']} ({row['treated_n']}, {row['control_n']})",
        "endpoint": f"{row['endpoint']}, {f'{day / 7:.0f} wk' if day < 730 else f'{day / 365.25:.1f} y'}",
        "arms published": _arms(row, "published"),
        "arms of the model": _arms(row, "model"),
        "published": number(row["published_difference"], row["published_low"], row["published_high"])
        or str(row["published"]),
        "as published": number(row["model_difference"], row["model_low"], row["model_high"]),
        "as counted": number(row["counted_difference"], float("nan"), float("nan")),
        "fits": _fits(row),
    }


def _signed(value: float) -> str:
    """Three digits; what is next to nothing is 0."""
    return f"{value:+.3g}" if abs(value) >= NEXT_TO_NOTHING else "0"


def _arms(row: Mapping[str, Any], whose: str) -> str:
    control, treated = row[f"{whose}_control"], row[f"{whose}_treated"]
    if control != control:
        return ""
    scale = 100 if "share" in row["unit"] else 1
    return f"{scale * control:.3g}, {scale * treated:.3g}{' %' if scale == 100 else ''}"


def _fits(row: Mapping[str, Any]) -> str:
    inside = row["inside"]
    if inside is not None and inside == inside:
        return "inside" if inside else "outside"
    return "right way" if row["right"] else "not so"


def lines(table: pd.DataFrame) -> list[str]:
    """For a terminal."""
    words = [cells({str(k): v for k, v in row.items()}) for row in table.to_dict("records")]
    if not words:
        return ["no controlled trial that can be simulated"]
    columns = list(words[0])
    widths = {c: max(len(c), *(len(w[c]) for w in words)) for c in columns}
    return ["  ".join(w[c].ljust(widths[c]) for c in columns).rstrip() for w in [{c: c for c in columns}, *words]]


def sentences(table: pd.DataFrame) -> list[str]:
    """How many rows fit, and the misfit that remains: of each endpoint what trials find beyond the model."""
    if not len(table):
        return []
    valued = table[table["inside"].notna()]
    trials = table["trial"].nunique()
    told = [
        f"{len(table)} endpoints of {trials} controlled trials; the way is right in {_of(table['right'])} as "
        f"published, {_of(table['counted_right'])} as counted.",
        f"Of {len(valued)} with an interval {int(valued['inside'].sum())} hold the model's difference, "
        f"{int(valued['nothing_inside'].sum())} hold no difference at all"
        + (f"; fewer than {FEWEST}: no claim." if len(valued) < FEWEST else "."),
    ]
    for endpoint, rows in valued.groupby("endpoint", sort=False):
        gap = (rows["published_difference"] - rows["model_difference"]).mean()
        told.append(f"{endpoint}: trials find {gap:+.3g} {rows['unit'].iloc[0]} more than the model ({len(rows)}).")
    return told


def _of(truths: Sequence[bool] | pd.Series) -> str:
    return f"{int(sum(truths))} of {len(truths)}"


def _picture(table: pd.DataFrame) -> matplotlib.figure.Figure:
    from lobule.report.differences import differences
    from lobule.report.style import NotDrawn

    valued = table[table["published_difference"].notna() & (table["as"] == "value")]
    if not len(valued):
        raise NotDrawn("no trial tells the values of both arms")
    panels: dict[str, list[dict[str, Any]]] = {}
    for row in valued.to_dict("records"):
        unit = "points" if "share" in row["unit"] else row["unit"]
        scale = 100 if unit == "points" else 1
        names = ("published_difference", "published_low", "published_high", "model_difference", "model_low",
                 "model_high", "counted_difference")  # fmt: skip
        one = {name: scale * row[name] for name in names} | {"label": f"{row['trial']}, {row['day'] / 7:.0f} wk"}
        panels.setdefault(f"{row['endpoint']} ({unit})", []).append(one)
    return differences(panels)
