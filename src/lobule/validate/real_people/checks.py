"""How often a fit is said to be poor: of people of the disease that is fitted, and of people of another one."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lobule.optional import needs
from lobule.validate.real_people.folder import Table
from lobule.validate.real_people.forecaster import Forecaster, forecast
from lobule.validate.real_people.persons import until
from lobule.validate.real_people.scores import EXTRA
from lobule.validate.real_people.sides import Sides

GOOD, POOR = "good", "poor"
SOON = 365.25  # day of the forecast, which nobody reads here
OWN = "their own"


def flagged(fits: pd.DataFrame, table: str, visits: str, cause: str, fitted: str) -> dict[str, object]:
    """One row: the share of fits that are poor, with Wilson's interval.

    Parameters
    ----------
    fits : with a column fit; who could not be fitted at all does not count
    """
    (proportions,) = needs("statsmodels.stats.proportion", extra=EXTRA)
    poor, n = int((fits["fit"] == POOR).sum()), int(fits["fit"].isin((GOOD, POOR)).sum())
    low, high = proportions.proportion_confint(poor, n, method="wilson")
    return {"table": table, "visits": visits, "people_of": cause, "fitted_as": fitted, "n": n, "poor": poor,
            "share": poor / max(n, 1), "low": float(low), "high": float(high)}  # fmt: skip


def of_own(fits: Mapping[str, pd.DataFrame], table: Table) -> list[dict[str, object]]:
    """Rows of a table's people, fitted with the disease that they have; `fits` by how many visits are known."""
    causes = pd.Series({person.name: person.etiology for person in table.persons})
    rows = []
    for visits, some in fits.items():
        of = causes.reindex(some.index)
        rows += [flagged(some[of == cause], table.name, visits, str(cause), OWN) for cause in sorted(of.unique())]
    return rows


def of_another(
    table: Table, sides: Sides, fitted: str, forecaster: Forecaster
) -> list[dict[str, object]]:  # fmt: skip
    """Rows of a table's people of other diseases, all fitted as if they had this one."""
    persons = [until(table.persons[k], 1) for k in sides.scored if table.persons[k].etiology != fitted]
    if not persons:
        return []
    fits = forecast(forecaster, persons, [SOON], fitted).fits
    causes = pd.Series({person.name: person.etiology for person in persons}).reindex(fits.index)
    return [flagged(fits[causes == cause], table.name, "1", str(cause), fitted) for cause in sorted(causes.unique())]
