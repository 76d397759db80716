"""The band of a run: the same subject and plan, by every member of the calibrated ensemble.

A member differs in what the therapy does, and from the first day of the run on in a few parameters of the disease: the
band of an untreated course is that of a mean of such subjects, and a liver that is healthy stays so. Years of disease
before the run are the subject's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.engine.events import Event
from lobule.model.parameters import values_for
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import COUNTED, constants_of, unexplained_shares
from lobule.simulation.run import CLINICAL, HEADLINE, OF_FAILURE, OF_UNTREATED, OVER_UNTREATED, UNEXPLAINED_SHARE
from lobule.simulation.subject import Subject
from lobule.simulation.treatment import Treatment
from lobule.simulation.twins import Twins
from lobule.therapy.plan import Dose

if TYPE_CHECKING:
    import xarray as xr

Values = NDArray[np.float64]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # the median, and bands of 50 and 90 %
NINETY = 3.29  # standard deviations between the 5th and the 95th percentile
MOST_TIMES, FEWEST_TIMES = 400, 40  # that are solved for the band; between them it is interpolated
RTOL = 1e-3
SEED = 1


def _spread(dose: Dose | None) -> float:
    """Of the logarithm of a dose whose unit leaves its size open."""
    return 0.0 if dose is None or dose.certain else math.log(dose.high / dose.low) / NINETY


def disease_events(one: Subject, factors: Mapping[str, Values]) -> list[Event]:
    """Events by which each lane has its own factors of parameters of the disease from the first day of the run on."""
    usual = values_for(one.species) | one.parameters()
    return [
        Event(lane, one.history_days, name, "set", usual[name] * float(factor))
        for name, some in factors.items()
        for lane, factor in enumerate(some)
    ]


def band(subject: Subject, twins: Twins, experiment: Experiment, members: int) -> xr.Dataset:
    """Quantiles of what the members of the ensemble say.

    Members are factors of the therapy's parameters, and of the disease's from the first day of the run on. A dose whose
    unit leaves its size open (particles in a ug) varies by its range too, taken as 90 % of a lognormal.
    Doses with a condition are those of the usual parameters. Of a patient who was wished for, the members are the
    patients who meet the wish, in turn.

    Parameters
    ----------
    subject, experiment : of the run
    twins : of the run, solved with the usual parameters
    members : of the ensemble

    Returns
    -------
    xarray.Dataset, dims (quantile, time): headline and clinical outputs, or those that were asked for. Of a treatment
    also the untreated twins of the members (`alt_untreated`), each member over its own twin (`alt_over_untreated`), and
    beside a published run the share of the effect that counting does not reach (`alt_unexplained_share`, NaN where most
    members have no effect). A member that
    could not be solved is left out; the attribute `members` counts the others, `notes` says what to know of them.
    """
    import xarray as xr

    regimen = twins.regimen
    chosen = experiment.parameters(twins.treated.constants)  # what the user has set stays as it is
    factors, disease = (
        {name: factor for name, factor in some.items() if name not in chosen}
        for some in (ensemble.factors(members, species=subject.species), ensemble.disease(members))
    )
    alike, rng, times = [subject, *subject.others()], np.random.default_rng(SEED), twins.times
    scales = np.array([np.exp(_spread(dose) * rng.standard_normal(members)) for dose in regimen.doses])
    most = max(FEWEST_TIMES, MOST_TIMES // len(alike))
    solved = times
    if len(times) > most:
        solved = times[np.unique(np.round(np.linspace(0, len(times) - 1, most)).astype(int))]
    crowd = Crowd(twins.crowd.model, experiment, twins.crowd.slots)
    treated, untreated, counted, cared = [], [], [], []  # groups of the same members, each beside its twins
    for k, one in enumerate(alike[:members]):
        some = np.arange(k, members, len(alike))
        begin, usual = one.history_days, twins.treated.treatments
        treatments = [t.decided(begin, (scales[:, i] * t.amounts).tolist()) for t in usual for i in some]
        given = treatments[:1] if regimen.certain else treatments
        member = partial(
            crowd.add, one, np.round(begin + solved, 9), regimen, n=len(some),
            factors=[{name: factor[some] for name, factor in factors.items()}],
            events=disease_events(one, {name: factor[some] for name, factor in disease.items()}),
        )  # fmt: skip
        treated.append(member(treatments=given))
        untreated += [member(twin=True)] if twins.untreated else []
        counted += [member(treatments=given, sets=constants_of(COUNTED))] if twins.counted else []
        cared += [member(treatments=[Treatment.of(twins.care, begin)])] if twins.cared else []
    everything = len(twins.outputs) == len(crowd.model.variables)
    wanted = dict.fromkeys((*HEADLINE, *CLINICAL, *OF_FAILURE) if everything else twins.outputs)
    names = [name for name in wanted if name in crowd.model.variables]
    courses = crowd.solve(names, RTOL)
    lanes = [groups for groups in (treated, untreated, counted, cared) if groups]
    whole = np.all([[not reason for g in groups for reason in courses.reasons(g)] for groups in lanes], axis=0)
    values = [np.concatenate([courses.all_values(g) for g in groups])[whole] for groups in lanes]
    found = {name: values[0][..., i] for i, name in enumerate(names)} | _effects(names, values)
    quantiles = _all_quantiles(found)
    about = {"members": int(whole.sum()), "notes": " ".join(ensemble.notes())}
    return xr.Dataset(
        {name: (("quantile", "time"), np.array([np.interp(times, solved, q) for q in rows]))
         for name, rows in quantiles.items()},
        {"quantile": list(QUANTILES), "time": times}, about,
    )  # fmt: skip


def _effects(names: Sequence[str], values: Sequence[Values]) -> dict[str, Values]:
    """Of each member its untreated twin, its ratio to that, and the share of the effect that counting does not reach.

    Parameters
    ----------
    values : of the treated, and where they were solved of the untreated, of the treated as counted, and of those with
        the plan's standard care alone, each (n_members, n_times, n_outputs)
    """
    if len(values) == 1:
        return {}
    treated, untreated = values[:2]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(untreated > 0, treated / untreated, np.nan)
    found = {f"{name}{OF_UNTREATED}": untreated[..., i] for i, name in enumerate(names)}
    found |= {f"{name}{OVER_UNTREATED}": ratio[..., i] for i, name in enumerate(names)}
    if len(values) > 2:
        shares = unexplained_shares(treated, values[-1] if len(values) == 4 else untreated, values[2])
        found |= {f"{name}{UNEXPLAINED_SHARE}": shares[..., i] for i, name in enumerate(names)}
    return found


def _all_quantiles(found: Mapping[str, Values]) -> dict[str, Values]:
    """Quantiles of each, (n_quantiles, n_times); those of which all members have a value are found together."""
    whole = [name for name, of_members in found.items() if np.isfinite(of_members).all()]
    together = _of_whole(np.stack([found[name] for name in whole], axis=1)) if whole else np.empty((0, 0))
    rows = {name: together[:, i] for i, name in enumerate(whole)}
    return {name: rows[name] if name in rows else _quantiles(of_members) for name, of_members in found.items()}


def _of_whole(of_members: Values) -> Values:
    """What `numpy.quantile` gives of the first axis, to the bit, in a third of its time: members lie side by side."""
    ordered = np.sort(np.ascontiguousarray(np.moveaxis(of_members, 0, -1)), axis=-1)
    place = np.array(QUANTILES) * (len(of_members) - 1)
    first, rest = np.floor(place).astype(int), place % 1
    low, high = (np.moveaxis(ordered[..., k], -1, 0) for k in (first, np.ceil(place).astype(int)))
    rest = rest.reshape(-1, *[1] * (ordered.ndim - 1))
    return np.where(rest < 0.5, low + (high - low) * rest, high - (high - low) * (1 - rest))


def _quantiles(of_members: Values) -> Values:
    """(n_quantiles, n_times) of those who have a value; NaN where most of the members have none."""
    if np.isfinite(of_members).all():
        return _of_whole(of_members)
    ordered = np.sort(np.where(np.isfinite(of_members), of_members, np.nan), axis=0)  # those without stand last
    n = np.isfinite(ordered).sum(axis=0)
    place = np.array(QUANTILES)[:, None] * np.maximum(n - 1, 0)
    first = np.floor(place).astype(int)
    low, high = (np.take_along_axis(ordered, k, axis=0) for k in (first, np.ceil(place).astype(int)))
    return np.where(n > 0.5 * len(ordered), low + (place - first) * (high - low), np.nan)
