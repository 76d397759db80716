"""Survival from the first visit: lobule's forecast beside rivals on the same people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.patient.history import YEAR
from lobule.progress import say
from lobule.validate.real_people.folder import Table
from lobule.validate.real_people.forecaster import Forecaster, forecast, survival_of
from lobule.validate.real_people.persons import until
from lobule.validate.real_people.rivals import Rival, rivals
from lobule.validate.real_people.scores import (
    Cell,
    Outcome,
    brier_terms,
    cells,
    concordance,
    concordances,
    interval,
    means,
    risk_of,
)
from lobule.validate.real_people.sides import Sides

Values = NDArray[np.float64]
LOBULE = "lobule"
LONG, SHORT = (YEAR, 2 * YEAR, 5 * YEAR), (90.0, YEAR, 2 * YEAR)
OBSERVED = 10  # people who must still be observed at the last time
FIRST, ALONE = "death or transplantation", "death alone"


class Survived(NamedTuple):
    """scores: one row a model and measure; cells: one row a group and time; left: {rival: why it could not be made};
    notes; checks: fits of the people, by name"""

    scores: pd.DataFrame
    cells: pd.DataFrame
    left: dict[str, str]
    notes: tuple[str, ...]
    checks: pd.DataFrame


class Ahead(NamedTuple):
    """What models said of the people who are scored: survival (n, m) of each at days (m,)."""

    rows: NDArray[np.intp]
    at: Values
    models: dict[str, Values]


def times_of(outcome: Outcome) -> Values:
    """1, 2 and 5 years where enough people are observed so long, else 90 days, 1 and 2 years, as far as they are."""
    for times in (LONG, SHORT):
        if (outcome.days >= times[-1]).sum() >= OBSERVED:
            return np.array(times)
    return np.array([day for day in SHORT if (outcome.days >= day).sum() >= OBSERVED])


def survived(table: Table, sides: Sides, forecaster: Forecaster, draws: int, seed: int) -> Survived | str:
    """The comparison of a table, or why it cannot be made.

    Parameters
    ----------
    draws : of people again, for intervals
    """
    whole = table.followed(True)
    at = times_of(whole.of(sides.scored))
    if not len(at) or not whole.event[sides.scored].any():
        return "nobody is observed for 90 days" if not len(at) else "nobody died"
    persons = [until(table.persons[k], 1) for k in sides.scored]
    found = forecast(forecaster, persons, at.tolist())
    mine = survival_of(found, [person.name for person in persons], at)
    told = np.isfinite(mine).all(axis=1)
    notes = list(table.notes)
    if not told.all():
        notes.append(f"{table.name}: {int((~told).sum())} people could not be forecast and are scored by no model")
    made, left = rivals(table.covariates, table.biliary)
    parts, groups = [], []
    transplanted = bool(table.outcome["transplanted"].notna().any())
    if not transplanted:
        notes.append(f"{table.name}: transplantations are not told, so that death alone is scored")
    for event in (FIRST, ALONE) if transplanted else (ALONE,):
        outcome = table.followed(event == FIRST)
        models = {LOBULE: mine}
        for rival in made:
            say(f"{table.name}: {rival.name}")
            try:
                models[rival.name] = _by_folds(rival, table, outcome, sides, at)
            except (ValueError, ArithmeticError) as error:  # what the library says of too few events
                left[rival.name] = f"could not be fitted to {event}: {str(error).splitlines()[0]}"
        side = outcome.of(sides.scored[told])
        labels = {"table": table.name, "event": event}
        alike = {name: ahead[told] for name, ahead in models.items()}
        parts.append(_scores(side, alike, at, draws, seed).assign(**labels))
        groups.append(_cells(side, alike, at).assign(**labels))
    return Survived(
        pd.concat(parts, ignore_index=True), pd.concat(groups, ignore_index=True), left, tuple(notes), found.fits
    )


def _by_folds(rival: Rival, table: Table, outcome: Outcome, sides: Sides, at: Values) -> Values:
    """What a rival says (n, m) of those who are scored, trained in each fold on those who train."""
    ahead = np.full((len(outcome.days), len(at)), np.nan)
    for fold in sides.folds:
        ahead[fold.scored] = rival.predict(
            table.covariates.iloc[fold.train], outcome.of(fold.train), table.covariates.iloc[fold.scored], at
        )
    if not np.isfinite(ahead[sides.scored]).all():
        raise ValueError("it is not finite for everybody")
    return ahead[sides.scored]


def _scores(outcome: Outcome, models: Mapping[str, Values], at: Values, draws: int, seed: int) -> pd.DataFrame:
    """Concordance, Brier at each time and mean forecast of each model, each with its interval, and lobule's less that
    of each model on the same draws of people."""
    orders = {name: risk_of(ahead) for name, ahead in models.items()}
    again = concordances(outcome, orders, draws, seed)
    terms = {name: brier_terms(outcome, ahead, at) for name, ahead in models.items()}
    again_terms = {name: means(some, draws, seed) for name, some in terms.items()}
    rows = []
    for name, ahead in models.items():
        rows.append(_row(name, "concordance", np.nan, concordance(outcome, orders[name]), again[name],
                         concordance(outcome, orders[LOBULE]), again[LOBULE]))  # fmt: skip
        for k, day in enumerate(at.tolist()):
            rows.append(_row(name, "Brier", day, float(terms[name][:, k].mean()), again_terms[name][:, k],
                             float(terms[LOBULE][:, k].mean()), again_terms[LOBULE][:, k]))  # fmt: skip
            middle = float(ahead[:, k].mean())
            rows.append({"model": name, "measure": "mean survival", "at_d": day, "value": middle})
    table = pd.DataFrame(rows)
    return table.assign(n=len(outcome.days), events=int(outcome.event.sum()))


def _row(
    name: str, measure: str, day: float, value: float, drawn: Values, mine: float, mine_drawn: Values
) -> dict[str, object]:
    low, high = interval(drawn)
    row = {"model": name, "measure": measure, "at_d": day, "value": value, "low": low, "high": high}
    if name == LOBULE:
        return row
    less = interval(mine_drawn - drawn)
    return row | {"lobule_less": mine - value, "lobule_less_low": less.low, "lobule_less_high": less.high}


def _cells(outcome: Outcome, models: Mapping[str, Values], at: Values) -> pd.DataFrame:
    return pd.DataFrame(
        [{"model": name} | row_of(cell) for name, ahead in models.items() for cell in cells(outcome, ahead, at)]
    )


def row_of(cell: Cell) -> dict[str, object]:
    """A cell as a row of a table."""
    return {
        "group": cell.group, "at_d": cell.at, "n": cell.n, "events": cell.events, "forecast": cell.forecast,
        "seen": cell.seen, "seen_low": cell.low, "seen_high": cell.high, "inside": cell.inside,
        "interval": "binomial" if cell.exact else "Kaplan-Meier",
    }  # fmt: skip
