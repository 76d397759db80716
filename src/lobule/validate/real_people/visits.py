"""The next visit of the same people: lobule's forecast of each lab beside rivals, and what its bands hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.files.person import Person
from lobule.progress import say
from lobule.validate.real_people.folder import Table
from lobule.validate.real_people.forecaster import Forecaster, forecast
from lobule.validate.real_people.next_visit import (
    LAST,
    MIXED,
    Asked,
    Mixed,
    Said,
    asked,
    bands,
    mixed_model,
    simple_said,
)
from lobule.validate.real_people.persons import until
from lobule.validate.real_people.scores import draws, interval
from lobule.validate.real_people.sides import Fold, Sides
from lobule.validate.real_people.survival import LOBULE

Values = NDArray[np.float64]
AFTER = (1, 3)  # visits that are known
POOLED = "all"
FEWEST = 10  # predictions of a lab that is scored


class Visited(NamedTuple):
    """predictions: one row a forecast of a model; scores: one row a lab and model"""

    predictions: pd.DataFrame
    scores: pd.DataFrame
    notes: tuple[str, ...]


def visited(table: Table, sides: Sides, forecaster: Forecaster, number: int, seed: int) -> Visited | str:
    """The comparison of a table of visits, or why it cannot be made.

    Parameters
    ----------
    number : draws of people again, for intervals
    """
    parts, notes = [], []
    models = [_model(table, fold, k, len(sides.folds)) for k, fold in enumerate(sides.folds)]
    if not all(model is None or model.joint for model in models):
        notes.append(f"{table.name}: the joint mixed model was not found in a fold; models of single labs stand in")
    for after in AFTER:
        persons = [table.persons[k] for k in sides.scored if len(table.persons[k].course.days) > after]
        wanted = asked(persons, after)
        if len(wanted) < FEWEST:
            notes.append(f"{table.name}: too few people have {after + 1} visits")
            continue
        said = _rivals(table, sides, after, models)
        for (name, lab), one in _mine(persons, wanted, after, forecaster).items():
            said.setdefault((name, lab), {})[LOBULE] = one
        parts.append(_predictions(wanted, said))
    if not parts:
        return "too few people have two visits with a lab"
    whole = pd.concat(parts, ignore_index=True).assign(table=table.name)
    return Visited(whole, scores(whole, number, seed).assign(table=table.name), tuple(dict.fromkeys(notes)))


def _mine(
    persons: Sequence[Person], wanted: Sequence[Asked], after: int, forecaster: Forecaster
) -> dict[tuple[str, str], Said]:
    """lobule's forecasts of the visit that comes, by person and lab, as logarithms."""
    gaps = {p.name: [float(p.course.days[after] - p.course.days[after - 1])] for p in persons}
    found = forecast(forecaster, [until(person, after) for person in persons], gaps).ahead
    labs = {one.lab for one in wanted}
    mine = {}
    for row in found.to_dict("records"):
        lab = next((lab for lab in labs if row["quantity"] == lab or str(row["quantity"]).startswith(f"{lab}_")), None)
        if lab is not None and min(row["median"], row["low_5"], row["high_95"]) > 0:
            mine[str(row["patient"]), lab] = Said(*(float(np.log(row[k])) for k in ("median", "low_5", "high_95")))
    return mine


def _model(table: Table, fold: Fold, done: int, total: int) -> Mixed | None:
    """The joint mixed model of those who train, of the labs that they have; None where none can be fitted."""
    say(f"{table.name}: joint mixed model", done, total)
    train = [table.persons[row] for row in fold.train]
    labs = sorted({one.lab for one in asked(train, 1)})
    try:
        return mixed_model(train, labs) if labs else None
    except (ValueError, ArithmeticError, IndexError):  # too few visits of a lab
        return None


def _rivals(
    table: Table, sides: Sides, after: int, models: Sequence[Mixed | None]
) -> dict[tuple[str, str], dict[str, Said]]:
    """What the rivals say, each trained on those who train, by person and lab."""
    found: dict[tuple[str, str], dict[str, Said]] = {}
    for fold, model in zip(sides.folds, models, strict=True):
        errors = bands(asked([table.persons[row] for row in fold.train], after))
        for one in asked([table.persons[row] for row in fold.scored], after):
            said = simple_said(one, errors)
            if model is not None and one.lab in model.labs:
                said[MIXED] = model.say(one)
            found[one.person.name, one.lab] = said
    return found


def _predictions(wanted: Sequence[Asked], said: dict[tuple[str, str], dict[str, Said]]) -> pd.DataFrame:
    """One row a model of each lab that comes; labs that a model does not forecast are not scored for it."""
    rows = []
    for one in wanted:
        truth = float(np.log(one.truth))
        gap = one.day - float(one.person.course.days[one.after - 1])
        rows += [
            {"patient": one.person.name, "after": one.after, "lab": one.lab, "ahead_d": gap, "model": name,
             "log_truth": truth, "log_median": middle, "log_low_5": low, "log_high_95": high}
            for name, (middle, low, high) in said.get((one.person.name, one.lab), {}).items()
        ]  # fmt: skip
    return pd.DataFrame(rows)


def scores(predictions: pd.DataFrame, number: int, seed: int) -> pd.DataFrame:
    """Error (root mean square of logarithms), its share of that of the last value, bias and what the bands hold, by
    visits known, lab and model, with intervals over people; `all` for all visits or all labs together.

    A lab is scored on those people of whom lobule and the last value say something.
    """
    both = predictions[predictions["model"].isin((LOBULE, LAST))]
    keys = ["patient", "after", "lab"]
    alike = both.groupby(keys)["model"].nunique() == 2
    frame = predictions.set_index(keys).loc[alike[alike].index].reset_index()
    rows = []
    for after in (*sorted(frame["after"].unique()), POOLED):
        some = frame if after == POOLED else frame[frame["after"] == after]
        for lab in (*sorted(some["lab"].unique()), POOLED):
            part = some if lab == POOLED else some[some["lab"] == lab]
            if part[part["model"] == LOBULE].shape[0] >= FEWEST:
                rows += _of_part(part, {"after": after, "lab": lab}, number, seed)
    return pd.DataFrame(rows)


def _of_part(part: pd.DataFrame, labels: dict[str, object], number: int, seed: int) -> list[dict[str, object]]:
    people = np.unique(part["patient"])
    sums = {name: _sums(one, people) for name, one in part.groupby("model")}
    again = list(draws(len(people), number, seed))
    rows = []
    for name, (count, square, error, held, width) in sums.items():
        drawn = {key: np.array([values[k].sum() for k in again])
                 for key, values in (("n", count), ("square", square), ("error", error), ("held", held))}  # fmt: skip
        _, last_square, *_ = sums[LAST]
        last = np.array([last_square[k].sum() for k in again])
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.sqrt(drawn["square"] / last)
            bias, share = drawn["error"] / drawn["n"], drawn["held"] / drawn["n"]
        n = count.sum()
        row = {
            "model": name, "n": int(n), "people": len(people), "error": float(np.sqrt(square.sum() / n)),
            "of_last_value": float(np.sqrt(square.sum() / last_square.sum())) if n == sums[LAST][0].sum() else np.nan,
            "bias": float(error.sum() / n), "in_band": float(held.sum() / n), "band_width": float(width.sum() / n),
        }  # fmt: skip
        for key, values in (("of_last_value", ratio), ("bias", bias), ("in_band", share)):
            row[f"{key}_low"], row[f"{key}_high"] = interval(values)
        rows.append(labels | row)
    return rows


def _sums(part: pd.DataFrame, people: Values) -> tuple[Values, ...]:
    """Of each person (n,): how many predictions, sum of squares, of errors, how many in the band, widths."""
    error = part["log_truth"] - part["log_median"]
    held = (part["log_low_5"] <= part["log_truth"]) & (part["log_truth"] <= part["log_high_95"])
    width = part["log_high_95"] - part["log_low_5"]
    columns = pd.DataFrame({"patient": part["patient"], "n": 1.0, "square": error**2, "error": error,
                            "held": held.astype(float), "width": width})  # fmt: skip
    summed = columns.groupby("patient").sum().reindex(people, fill_value=0.0)
    return tuple(summed[name].to_numpy(float) for name in ("n", "square", "error", "held", "width"))
