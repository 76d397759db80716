"""Other models of survival on the same people: published scores, and models trained on the people who may train.

Covariates are a table with a row a person: age (years), female (0, 1), labs in the model's units, signs, and what else
a table of people has. Where a person lacks one of a trained model, the median of those who train stands in.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule import scores as clinical
from lobule.labs import to_clinic
from lobule.optional import needs
from lobule.validate.real_people.mayo import mayo_score, mayo_survival
from lobule.validate.real_people.scores import EXTRA, Outcome

Values = NDArray[np.float64]
Score = Callable[[pd.DataFrame], Values]
Predict = Callable[[pd.DataFrame, Outcome, pd.DataFrame, Values], Values]
COX = "Cox: albumin, bilirubin, prothrombin, edema, age"  # that of the goals
MAYO = "Mayo 1989, as published"
KNOWN = 0.8  # share of people who must have a covariate for a model that needs it
RIDGE = 1e-4  # of scaled covariates: only so that a covariate that all share does no harm
TREES, LEAF, SEED = 500, 8, 1
LOGARITHMIC = ("bilirubin", "ast", "alt", "alp", "ggt", "il_6", "creatinine", "white_cells")
FOREST = (
    "age", "female", "albumin", "bilirubin", "inr", "creatinine", "sodium", "platelets", "ast", "alt", "alp", "ggt",
    "edema", "ascites", "encephalopathy_grade", "varices", "histology", "il_6", "white_cells", "dialysis",
)  # fmt: skip


@dataclass(frozen=True)
class Rival:
    """A model beside lobule's.

    Attributes
    ----------
    name : for tables and pictures
    needs : its covariates
    predict : (covariates and outcome of those who train, covariates of those who are scored, days (m,)) -> survival
        (n, m)
    trained : on the people who train; else only its level is
    """

    name: str
    needs: tuple[str, ...]
    predict: Predict
    trained: bool = True


def rivals(covariates: pd.DataFrame, biliary: bool) -> tuple[list[Rival], dict[str, str]]:
    """Models that can be made of a table, and {name: why not} of those that cannot.

    Parameters
    ----------
    covariates : of everybody
    biliary : the people have primary biliary cholangitis, whose score Mayo's is
    """
    known = covariates.notna().mean()
    made, left = [], {}
    for rival in _all(covariates, biliary):
        lacking = [name for name in rival.needs if known.get(name, 0.0) < KNOWN]
        if lacking:
            left[rival.name] = f"needs {', '.join(name.replace('_', ' ') for name in lacking)}"
        else:
            made.append(rival)
    if COX in left:  # the same without what is not there
        there = tuple(name for name in _GOAL if known.get(name, 0.0) >= KNOWN)
        if len(there) > 1:
            made.append(Rival(f"Cox: {', '.join(map(_called, there))}", there, cox(there)))
    return made, left


_GOAL = ("albumin", "bilirubin", "inr", "edema", "age")


def _all(covariates: pd.DataFrame, biliary: bool) -> list[Rival]:
    there = tuple(name for name in FOREST if name in covariates and covariates[name].notna().mean() >= KNOWN)
    found = [
        Rival(COX, _GOAL, cox(_GOAL)),
        Rival("random survival forest", there or ("albumin",), forest(there)),
        Rival("Cox: albumin, bilirubin", ("albumin", "bilirubin"), cox(("albumin", "bilirubin"))),
        Rival("ALBI", ("albumin", "bilirubin"), by_score(_albi), False),
        Rival("MELD", ("bilirubin", "inr"), by_score(_meld), False),
        Rival("MELD-Na", ("bilirubin", "inr", "creatinine", "sodium"), by_score(_meld_na), False),
        Rival("MELD 3.0", ("bilirubin", "inr", "creatinine", "sodium", "albumin", "female"), by_score(_meld_3), False),
        Rival("CLIF organ failure (liver, kidney, coagulation)", ("bilirubin", "inr", "creatinine"),
              by_score(_organs), False),
        Rival("IL-6", ("il_6",), cox(("il_6",))),
        Rival("Cox: MELD-Na, IL-6", ("bilirubin", "inr", "creatinine", "sodium", "il_6"), _with_il_6),
    ]  # fmt: skip
    mayo = Rival(MAYO, _GOAL, lambda train, outcome, people, at: mayo_survival(_mayo(filled(people, train)), at), False)
    return [mayo, *found] if biliary else found


def filled(people: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """The covariates with the median of those who train where one is missing."""
    return people.fillna(train.median(numeric_only=True))


def design(people: pd.DataFrame, names: tuple[str, ...]) -> Values:
    """Columns of a model (n, len(names)); what spreads over decades as its logarithm."""
    columns = [np.log(np.maximum(people[n], 1e-3)) if n in LOGARITHMIC else people[n] for n in names]
    return np.column_stack([np.asarray(column, float) for column in columns])


def cox(names: tuple[str, ...]) -> Predict:
    """A proportional hazards model of some covariates, Breslow's baseline."""

    def predict(train: pd.DataFrame, outcome: Outcome, people: pd.DataFrame, at: Values) -> Values:
        return _cox(design(filled(train, train), names), outcome, design(filled(people, train), names), at)

    return predict


def by_score(score: Score) -> Predict:
    """The survival that goes with a published score among those who train: a proportional hazards model of it alone."""

    def predict(train: pd.DataFrame, outcome: Outcome, people: pd.DataFrame, at: Values) -> Values:
        return _cox(score(filled(train, train))[:, None], outcome, score(filled(people, train))[:, None], at)

    return predict


def _with_il_6(train: pd.DataFrame, outcome: Outcome, people: pd.DataFrame, at: Values) -> Values:
    def columns(some: pd.DataFrame) -> Values:
        whole = filled(some, train)
        return np.column_stack([_meld_na(whole), design(whole, ("il_6",))])

    return _cox(columns(train), outcome, columns(people), at)


def forest(names: tuple[str, ...]) -> Predict:
    """A random survival forest of whatever a table has."""

    def predict(train: pd.DataFrame, outcome: Outcome, people: pd.DataFrame, at: Values) -> Values:
        (ensemble,) = needs("sksurv.ensemble", extra=EXTRA)
        model = ensemble.RandomSurvivalForest(TREES, min_samples_leaf=LEAF, max_features="sqrt", random_state=SEED)
        model.fit(design(filled(train, train), names), outcome.structured())
        steps = model.predict_survival_function(design(filled(people, train), names), return_array=True)
        return _at(model.unique_times_, steps, at)

    return predict


def _cox(train: Values, outcome: Outcome, people: Values, at: Values) -> Values:
    (linear,) = needs("sksurv.linear_model", extra=EXTRA)
    middle, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps of its optimum
        model = linear.CoxPHSurvivalAnalysis(alpha=RIDGE).fit((train - middle) / spread, outcome.structured())
    steps = model.predict_survival_function((people - middle) / spread, return_array=True)
    return _at(model.unique_times_, steps, at)


def _at(times: Values, steps: Values, at: Values) -> Values:
    """Survival at some days, of steps (n, n_times) at times (n_times,)."""
    whole = np.column_stack([np.ones(len(steps)), steps])
    return np.asarray(whole[:, np.searchsorted(times, at, side="right")], float)


def _called(name: str) -> str:
    return {"inr": "prothrombin"}.get(name, name.replace("_", " "))


def _clinic(people: pd.DataFrame) -> Mapping[str, Any]:
    """Labs in the units that the rules are written in; a creatinine that nobody measured is 1 mg/dL."""
    units = {"bilirubin": "bilirubin", "albumin": "albumin", "creatinine": "creatinine"}
    found = {k: to_clinic(name, people[name].to_numpy(float)) for k, name in units.items() if name in people}
    found.setdefault("creatinine", np.ones(len(people)))
    found["creatinine"] = np.where(np.isnan(found["creatinine"]), 1.0, found["creatinine"])
    dialysis = people["dialysis"] if "dialysis" in people else pd.Series(0.0, people.index)
    return found | {"dialysis": dialysis.fillna(0.0).to_numpy(float) > 0.5}


def _albi(people: pd.DataFrame) -> Values:
    labs = _clinic(people)
    return np.asarray(clinical.albi(labs["bilirubin"], labs["albumin"]), float)


def _meld(people: pd.DataFrame) -> Values:
    labs = _clinic(people)
    inr = people["inr"].to_numpy(float)
    return np.asarray(clinical.meld_unrounded(labs["bilirubin"], inr, labs["creatinine"], labs["dialysis"]), float)


def _meld_na(people: pd.DataFrame) -> Values:
    labs, inr, sodium = _clinic(people), people["inr"].to_numpy(float), people["sodium"].to_numpy(float)
    return np.asarray(clinical.meld_na(labs["bilirubin"], inr, labs["creatinine"], sodium, labs["dialysis"]), float)


def _meld_3(people: pd.DataFrame) -> Values:
    labs, inr, sodium = _clinic(people), people["inr"].to_numpy(float), people["sodium"].to_numpy(float)
    female = people["female"].to_numpy(float) > 0.5
    return np.asarray(
        clinical.meld_3_unrounded(labs["bilirubin"], inr, labs["creatinine"], sodium, labs["albumin"], female,
                                  labs["dialysis"]), float
    )  # fmt: skip


def _organs(people: pd.DataFrame) -> Values:
    """Points of the three organs that labs tell of; brain, circulation and lung are taken as sound."""
    labs, inr = _clinic(people), people["inr"].to_numpy(float)
    sound = np.zeros(len(people)), 90.0, 400.0
    found = clinical.clif_organ_failure(labs["bilirubin"], labs["creatinine"], sound[0], inr, sound[1],
                                        renal_replacement=labs["dialysis"], pf_ratio=sound[2])  # fmt: skip
    return np.asarray(found["points"], float)


def _mayo(people: pd.DataFrame) -> Values:
    given = [people[name].to_numpy(float) for name in ("bilirubin", "albumin", "age", "inr", "edema")]
    return mayo_score(*given)
