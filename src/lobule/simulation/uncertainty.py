"""The band of a run: the same subject and plan, by every member of the calibrated ensemble."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lobule.engine import CompiledModel, EventTable
from lobule.engine.events import Event
from lobule.simulation import ensemble
from lobule.simulation.experiment import Experiment
from lobule.simulation.run import CLINICAL, HEADLINE
from lobule.simulation.subject import Subject
from lobule.therapy import Care
from lobule.therapy.plan import Dose
from lobule.therapy.regimen import VALUE, Given, Regimen

if TYPE_CHECKING:
    import xarray as xr

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # the median, and bands of 50 and 90 %
NINETY = 3.29  # standard deviations between the 5th and the 95th percentile
MOST_TIMES, FEWEST_TIMES = 400, 40  # that are solved for the band; between them it is interpolated
RTOL = 1e-3
SEED = 1


def _spread(dose: Dose | None) -> float:
    """Of the logarithm of a dose whose unit leaves its size open."""
    return 0.0 if dose is None or dose.certain else math.log(dose.high / dose.low) / NINETY


def band(
    subject: Subject,
    regimen: Regimen,
    given: Given,
    experiment: Experiment,
    compiled: CompiledModel,
    constants: Mapping[str, float],
    times: np.ndarray,
    members: int,
) -> xr.Dataset:
    """Quantiles of what the members of the ensemble say.

    A dose whose unit leaves its size open (particles in a ug) varies by its range too, taken as 90 % of a lognormal.
    Doses with a condition are those of the usual parameters. Of a patient who was wished for, the members are the
    patients who meet the wish, in turn.

    Parameters
    ----------
    subject, regimen, given, experiment, compiled : of the run
    constants : of the run, for the usual parameters
    times : (n_times,) days of the run
    members : of the ensemble

    Returns
    -------
    xarray.Dataset, dims (quantile, time): headline and clinical outputs. A member that could not be solved is left out;
    the attribute `members` counts the others.
    """
    import xarray as xr

    factors = ensemble.factors(members)
    chosen = set(experiment.parameters(constants))  # what the user has set stays as it is
    alike = [subject, *subject.others()]
    who = [alike[k % len(alike)] for k in range(members)]
    of_member = [dict(constants) | one.parameters() for one in who] if len(alike) > 1 else [dict(constants)] * members
    table = {
        name: np.array([c[name] for c in of_member]) * (1.0 if name in chosen else factors.get(name, 1.0))
        for name in constants
    }
    rng = np.random.default_rng(SEED)
    scales = [np.exp(_spread(dose) * rng.standard_normal(members)) for dose in regimen.doses]
    begin = np.array([one.history_days for one in who])
    rows = []
    for k, one in enumerate(who):
        events = list(one.events())
        for i, (part, dose) in enumerate(zip(regimen.parts, regimen.doses, strict=True)):
            if isinstance(part, Care):
                events += part.events(begin[k], k)
            elif dose is not None:
                when = [begin[k] + t for t in given[i, VALUE]]
                events += part.events(dose.value * scales[i][k], when, of_member[k], k)
        rows += [Event(k, e.time, e.target, e.kind, e.value) for e in events]
    most = max(FEWEST_TIMES, MOST_TIMES // len(alike))
    solved = times
    if len(times) > most:
        solved = times[np.unique(np.round(np.linspace(0, len(times) - 1, most)).astype(int))]
    moments = np.round(begin[:, None] + solved[None, :], 9)
    grid = np.unique(moments)
    names = [name for name in dict.fromkeys((*HEADLINE, *CLINICAL)) if name in compiled.variables]
    solution = compiled.solve(table, None, experiment.allowed(EventTable(rows)), grid, rtol=RTOL, outputs=names)
    at = np.searchsorted(grid, moments)
    everyone = np.arange(members)[:, None]
    whole = np.array([not reason for reason in solution.reasons])
    found = {}
    for name in names:
        quantiles = np.quantile(solution[name][everyone, at][whole], QUANTILES, axis=0)
        found[name] = (("quantile", "time"), np.array([np.interp(times, solved, q) for q in quantiles]))
    return xr.Dataset(found, {"quantile": list(QUANTILES), "time": times}, {"members": int(whole.sum())})
