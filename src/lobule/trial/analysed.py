"""Which records of a lab or score are analysed, and those that the strategy of an intercurrent event puts in place.

Of the first endpoint of each output, by the rules of `observed.values_at`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lobule.files.design import Design, Endpoint
from lobule.trial.conduct import Conducted
from lobule.trial.findings import DIGITS, Parameter
from lobule.trial.observed import values_at

if TYPE_CHECKING:
    import pandas as pd

CARRIED, WORST = "LOCF", "WC"  # of DTYPE: the last observation carried forward, the worst case


def analysed(
    design: Design, seen: Conducted, rows: pd.DataFrame, known: list[Parameter]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Which rows are analysed as they are, (n_rows,), and rows to be added: who, parameter, visit, value, derivation,
    measured_at (the visit whose value it is, -1 where nothing was measured).

    Parameters
    ----------
    rows : of `findings.results`
    """
    import pandas as pd

    flags, added = np.ones(len(rows), bool), []
    who, visit, number = (rows[name].to_numpy(int) for name in ("who", "visit", "parameter"))
    for k, one in enumerate(known):
        endpoint = _first(design, one.name)
        if endpoint is None:
            continue
        wanted = values_at(endpoint, seen, design)
        measured = seen.measured[one.name][:, : wanted.shape[1]]
        with np.errstate(invalid="ignore"):
            same = (wanted == measured) | (np.isnan(wanted) & np.isnan(measured))
        here = (number == k) & (visit < wanted.shape[1])
        flags[here] = same[who[here], visit[here]]
        subject, at = np.nonzero(~same & np.isfinite(wanted))
        value = wanted[subject, at]
        worst = endpoint.worst if endpoint.kind == "change" else None
        derivation = np.where(value == (np.nan if worst is None else worst), WORST, CARRIED)
        source = _last_before(same & np.isfinite(measured))[subject, at]
        source = np.where(derivation == WORST, -1, source)
        added.append(pd.DataFrame({"who": subject, "parameter": k, "visit": at, "value": value,
                                   "derivation": derivation, "measured_at": source}))  # fmt: skip
    more = pd.concat(added, ignore_index=True) if added else pd.DataFrame()
    if len(more):
        more["value"] = [float(f"{value:.{DIGITS}g}") for value in more["value"]]
    return flags, more


def _last_before(there: np.ndarray) -> np.ndarray:
    """Number of the last visit up to each one at which something is there, (n, n_visits); -1 where nothing is."""
    return np.maximum.accumulate(np.where(there, np.arange(there.shape[1]), -1), axis=1)


def _first(design: Design, output: str) -> Endpoint | None:
    """The primary endpoint where it is of an output, else the first one."""
    mine = [e for e in design.endpoints if e.output == output]
    return next((e for e in mine if e.name == design.analysis.primary), mine[0] if mine else None)
