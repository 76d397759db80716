"""Which measurement at baseline, or early, tells who will respond: found as in a real trial, with error and dropout.

Prognostic (tells the outcome in either arm) and predictive (tells the gain from treatment) are kept apart. Models are
judged on patients that they have not seen, in nested cross-validation whose folds never share a virtual patient; the
same pipeline on shuffled outcomes shows what chance looks like.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import a_seed, a_text, checking, optional
from lobule.arguments import count as whole
from lobule.errors import InputError, nearest
from lobule.files.design import Endpoint
from lobule.labs import better
from lobule.optional import needs
from lobule.progress import say
from lobule.quantities import amount
from lobule.statistics.held_out import MODELS, OUTER, gains, held_out
from lobule.statistics.prediction import auc, auc_at, bootstrap, calibration, decision_curve, qini
from lobule.trial.conduct import Conducted, conduct
from lobule.trial.observed import followed, responders, values_at
from lobule.trial.outcome import Outcome

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
EARLY = "28 d"
FEWEST = 60  # patients, and FEWEST_EACH of each outcome in an arm, below which nothing is fitted
FEWEST_EACH = 10
PERMUTATIONS = 200
SHUFFLES = 3
REPLICATE = 900_001  # its own stream of chance, so that no replicate of the trial shares it
THRESHOLDS = np.linspace(0.05, 0.95, 19)


@dataclass(frozen=True)
class Biomarkers:
    """What was found.

    Attributes
    ----------
    markers : one row a measurement: marker, when (baseline or early), auc_treated, auc_reference (raw ranking),
        prognostic_p, predictive_p (Holm over all markers), prognostic, predictive
    models : one row a model, set of features and outcome: auc with low and high, slope, intercept, brier, net_benefit
        (at the share of responders), n; for shuffled outcomes the mean auc of several and its range
    curves : decision curve of the best model; calibration points; qini; auc_over_time where the endpoint is a time
    uplift : qini_coefficient, its p by permutation, and how the predicted uplift ranks with the true one of the twins
    said : sentences
    """

    endpoint: str
    arm: str
    response: str
    patients: int
    markers: pd.DataFrame
    models: pd.DataFrame
    curves: dict[str, pd.DataFrame]
    uplift: dict[str, float]
    said: list[str]


@dataclass(frozen=True)
class _Data:
    names: tuple[str, ...]
    early: Flags  # of each feature
    x: Values
    y: Flags
    treated: Flags
    groups: NDArray[np.int64]


@checking(endpoint=optional(a_text), patients=optional(whole(10, 100_000)), seed=a_seed)
def biomarkers(
    result: Outcome, endpoint: str | None = None, *, early: str = EARLY, patients: int | None = None, seed: int = 1
) -> Biomarkers:
    """Find biomarkers of one endpoint of a trial that was run.

    Parameters
    ----------
    endpoint : its name; the primary one when left out
    early : measurements up to then count as early; those of later visits are not used
    patients : of the trial that is analysed for it; twice the virtual patients when left out
    seed : of folds, bootstrap and permutations

    Raises
    ------
    InputError : an unknown or ranked endpoint, no visit up to `early`, too few patients of either outcome.
    NotInstalled : scikit-learn is not there.
    """
    needs("sklearn", extra="trial")
    design = result.design
    names = [e.name for e in design.endpoints]
    if endpoint is not None and endpoint not in names:
        raise InputError(f'no endpoint "{endpoint}". {nearest(endpoint, names)}')
    chosen = design.endpoint(endpoint) if endpoint else design.primary
    if chosen.kind == "ranked":
        raise InputError(f'"{chosen.name}" is ranked and has no response of one patient; name another with --endpoint')
    arm = next(a for a in range(len(design.arms)) if a != design.reference)
    n = patients or max(2 * len(result.population), design.patients)
    everyone = conduct(design, result.population, result.courses, REPLICATE, patients=n)
    seen = everyone.some(np.isin(everyone.arm, (arm, design.reference)))
    treated = seen.arm == arm
    y, known, meaning = _response(result, chosen, seen, treated)
    until = min(amount(early, "time"), _decided(chosen, design.end))
    features, names_of, is_early, said = _features(seen, until, chosen)
    data = _Data(tuple(names_of), is_early, features[known], y[known], treated[known], seen.rows[known])
    for here in (data.treated, ~data.treated):
        counts = data.y[here].sum(), (~data.y[here]).sum()
        if here.sum() < FEWEST / 2 or min(counts) < FEWEST_EACH:
            raise InputError(
                f"{int(here.sum())} patients of an arm with {min(counts)} of the rarer outcome are too few; raise the "
                "patients of the population or choose another endpoint"
            )
    if len(known) > known.sum():
        said.append(f"{int((~known).sum())} patients whose response is not known are left out.")
    say("measurements one by one")
    markers = _markers(data)
    models, kept = _models(data, seed)
    _, predicted, mask = max(kept.values(), key=lambda found: found[0])
    curves = {
        "decision": decision_curve(predicted, data.y[mask], THRESHOLDS),
        "calibration": _calibration_points(predicted, data.y[mask]),
    }
    say("gain from treatment")
    uplift, curves["qini"] = _uplift(result, data, chosen, seed)
    if chosen.kind == "time_to_event":
        curves["auc_over_time"] = _over_time(chosen, seen.some(known).some(data.treated), predicted, design.end)
    said += _sentences(markers, models, uplift)
    return Biomarkers(
        chosen.name, design.arms[arm].name, meaning, int(known.sum()), markers, models, curves, uplift, said
    )


def _decided(endpoint: Endpoint, end: float) -> float:
    """Day before which a measurement must lie to predict anything."""
    return (amount(endpoint.at, "time") if endpoint.at else end) - 1e-9


def _response(result: Outcome, endpoint: Endpoint, seen: Conducted, treated: Flags) -> tuple[Flags, Flags, str]:
    """(responded, known, what responding means)."""
    if endpoint.kind == "responder":
        return responders(endpoint, seen, result.design), np.ones(len(seen), bool), str(endpoint.response)
    if endpoint.kind == "time_to_event":
        when = followed(endpoint, seen)
        gone = ~when.event & (when.time < result.design.end - 1e-9)
        return ~when.event, ~gone, f"no {' or '.join(endpoint.events)} by day {result.design.end:g}"
    values = values_at(endpoint, seen, result.design)
    change = values[:, -1] - values[:, 0]
    known = np.isfinite(change)
    assert endpoint.output is not None
    sign = 1.0 if better(endpoint.output) == "up" else -1.0
    limit = float(np.median(change[known & ~treated]))
    with np.errstate(invalid="ignore"):
        good = sign * (change - limit) > 0
    return good, known, f"{endpoint.output} changes better than the median of the reference arm ({limit:+.3g})"


def _features(seen: Conducted, until: float, endpoint: Endpoint) -> tuple[Values, list[str], Flags, list[str]]:
    """Baseline measurements, and changes up to a day; columns that do not vary are left out."""
    columns, names, early, said = [], [], [], []
    baseline = {name: v[:, 0] for name, v in seen.measured.items()}
    baseline |= {name: seen.true_baseline[name] for name in ("age", "female")}
    for name, v in baseline.items():
        columns.append(v)
        names.append(name)
        early.append(False)
    visits = [k for k, day in enumerate(seen.visits) if 0 < day <= until]
    if not visits:
        said.append("The design has no visit early enough to give early measurements; add one at day 7 or 28.")
    for k in visits:
        for name, v in seen.measured.items():
            columns.append(v[:, k] - v[:, 0])
            names.append(f"{name} change to day {seen.visits[k]:g}")
            early.append(True)
    x = np.column_stack(columns)
    varied = np.array([np.isfinite(c).any() and np.nanstd(c) > 1e-12 for c in x.T])
    return x[:, varied], [n for n, v in zip(names, varied, strict=True) if v], np.array(early)[varied], said


def _markers(data: _Data) -> pd.DataFrame:
    """Each measurement by itself: ranking in either arm, and its terms in a logistic model with the arm."""
    import pandas as pd
    import statsmodels.api as sm
    from statsmodels.stats.multitest import multipletests

    rows = []
    for k, name in enumerate(data.names):
        seen = np.isfinite(data.x[:, k])
        v, y, t = data.x[seen, k], data.y[seen], data.treated[seen]
        aucs = [auc(y[here], v[here]) for here in (t, ~t)]
        z = (v - v.mean()) / (v.std() or 1.0)
        p = [math.nan, math.nan]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                x = np.column_stack([np.ones(len(z)), t, z, t * z])
                terms = sm.GLM(y.astype(float), x, family=sm.families.Binomial()).fit().pvalues
                main = sm.GLM(y.astype(float), x[:, :3], family=sm.families.Binomial()).fit().pvalues
                p = [float(main[2]), float(terms[3])]
            except (np.linalg.LinAlgError, ValueError, sm.tools.sm_exceptions.PerfectSeparationError):
                pass
        rows.append({"marker": name, "when": "early" if data.early[k] else "baseline", "auc_treated": aucs[0],
                     "auc_reference": aucs[1], "prognostic_p": p[0], "predictive_p": p[1]})  # fmt: skip
    table = pd.DataFrame(rows)
    for name in ("prognostic", "predictive"):
        raw = table[f"{name}_p"].fillna(1.0).to_numpy(float)
        table[f"{name}_p"] = multipletests(raw, method="holm")[1]
        table[name] = table[f"{name}_p"] < 0.05
    return table.sort_values("prognostic_p", ignore_index=True)


def _models(data: _Data, seed: int) -> tuple[pd.DataFrame, dict[tuple[str, str], tuple[float, Values, Flags]]]:
    """Models of the treated arm, for baseline and for baseline with early changes; on shuffled outcomes too."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    mask = data.treated
    groups, y = data.groups[mask], data.y[mask]
    sets = {"baseline": ~data.early} | (
        {"baseline and early": np.ones(len(data.early), bool)} if data.early.any() else {}
    )
    rows, kept = [], {}
    folds = len(MODELS) * len(sets) * (1 + SHUFFLES) * OUTER
    done = count(1)

    def one_more() -> None:
        say("models in cross-validation", next(done), folds)

    for model, (name, columns) in product(MODELS, sets.items()):
        x = data.x[mask][:, columns]
        predicted = held_out(x, y, groups, model, seed, one_more)
        low, high = bootstrap(lambda chosen, p=predicted: auc(y[chosen], p[chosen]), groups, seed)
        benefit = decision_curve(predicted, y, np.array([float(np.clip(y.mean(), 0.05, 0.95))]))
        said = {"model": model, "features": name, "n": int(mask.sum())}
        reached = auc(y, predicted)
        rows.append(said | {"outcome": "observed", "auc": reached, "auc_low": low, "auc_high": high,
                                **calibration(predicted, y), "net_benefit": float(benefit["model"].iloc[0]),
                                "net_benefit_of_everyone": float(benefit["everyone"].iloc[0])})  # fmt: skip
        kept[model, name] = (reached, predicted, mask)
        chance = []
        for _ in range(SHUFFLES):
            mixed_up = rng.permutation(y)
            chance.append(auc(mixed_up, held_out(x, mixed_up, groups, model, seed, one_more)))
        rows.append(said | {"outcome": "shuffled", "auc": float(np.mean(chance)), "auc_low": min(chance),
                                "auc_high": max(chance)})  # fmt: skip
    return pd.DataFrame(rows), kept


def _calibration_points(predicted: Values, y: Flags) -> pd.DataFrame:
    import pandas as pd
    from sklearn.calibration import calibration_curve

    happened, said = calibration_curve(y, predicted, n_bins=8, strategy="quantile")
    return pd.DataFrame({"predicted": said, "observed": happened})


def _uplift(result: Outcome, data: _Data, endpoint: Endpoint, seed: int) -> tuple[dict[str, float], pd.DataFrame]:
    """Gain predicted by one model an arm (baseline alone), for patients that neither has seen; Qini and truth."""
    from scipy.stats import spearmanr

    gain = gains(data.x[:, ~data.early], data.y, data.treated, data.groups, seed)
    curve, coefficient = qini(gain, data.treated, data.y)
    rng = np.random.default_rng(seed)
    chance = [qini(rng.permutation(gain), data.treated, data.y)[1] for _ in range(PERMUTATIONS)]
    p = (1 + sum(c >= coefficient for c in chance)) / (1 + PERMUTATIONS)
    found = {"qini_coefficient": coefficient, "p": p}
    truth = _true_effect(result, endpoint)
    if truth is not None and np.ptp(gain) > 0:
        found["rank_correlation_with_true_effect"] = float(spearmanr(gain, truth[data.groups]).statistic)
    return found, curve


def _true_effect(result: Outcome, endpoint: Endpoint) -> Values | None:
    """What each virtual patient gains in truth: its twin tells."""
    twins = result.twins()
    name = "survival_effect"
    if endpoint.output and endpoint.at:
        name = f"{endpoint.output}_day_{amount(endpoint.at, 'time'):g}_effect"
    elif endpoint.kind != "time_to_event" or "death" not in endpoint.events:
        return None
    if name not in twins:
        return None
    arm = next(a.name for k, a in enumerate(result.design.arms) if k != result.design.reference)
    effect = twins[twins["arm"] == arm][name].to_numpy(float)
    return effect if not endpoint.output or better(endpoint.output) == "up" else -effect


def _over_time(endpoint: Endpoint, seen: Conducted, predicted: Values, end: float) -> pd.DataFrame:
    """AUC of the risk of the event by several days."""
    import pandas as pd

    when = followed(endpoint, seen)
    days = np.linspace(end / 6, end * 5 / 6, 5)
    return pd.DataFrame({"day": days, "auc": [auc_at(1 - predicted, when.time, when.event, d) for d in days]})


def _sentences(markers: pd.DataFrame, models: pd.DataFrame, uplift: dict[str, float]) -> list[str]:
    def named(rows: pd.DataFrame) -> str:
        return ", ".join(rows["marker"].head(5)) if len(rows) else "none"

    observed = models[models["outcome"] == "observed"]
    best = observed.sort_values("auc").iloc[-1]
    shuffled = models[models["outcome"] == "shuffled"]["auc"]
    return [
        f"Prognostic, in either arm: {named(markers[markers['prognostic']])}.",
        f"Predictive of the gain from treatment: {named(markers[markers['predictive']])}.",
        f"Best model: {best['model']} on {best['features']}, AUC {best['auc']:.2f} ({best['auc_low']:.2f} to "
        f"{best['auc_high']:.2f}), calibration slope {best['slope']:.2f}; the best of several is flattered a little.",
        f"On shuffled outcomes the same models reach {shuffled.mean():.2f} on average (means {shuffled.min():.2f} to "
        f"{shuffled.max():.2f}).",
        f"Treating those first who are predicted to gain most: Qini {uplift['qini_coefficient']:+.4f}, p "
        f"{uplift['p']:.2f} (of {PERMUTATIONS} random orders).",
    ]


def tables(found: Biomarkers) -> Sequence[tuple[str, pd.DataFrame]]:
    """Everything that is written as a table: (name, table)."""
    return [("markers", found.markers), ("models", found.models), *found.curves.items()]
