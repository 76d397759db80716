"""Predictions of an outcome by models that have not seen whom they predict: nested cross-validation by scikit-learn.

Folds never part the rows of a group. Tables of some hundred rows gain nothing from threads, which wait for each other
where processors are busy (twenty times as long on a loaded machine): one is used, with the same numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Groups = NDArray[np.int64]
Places = NDArray[np.intp]
MODELS = ("penalised regression", "trees")
OUTER, INNER = 5, 3  # folds
DEPTHS, STRENGTHS = (2, 4), (0.03, 0.1, 0.3, 1.0)  # of trees; of a regression, the inverse of its penalty


def _classifiers(model: str, seed: int) -> list[Any]:
    """A model in each of the strengths among which inner folds choose."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    if model == "trees":
        return [
            HistGradientBoostingClassifier(
                max_iter=60, learning_rate=0.08, random_state=seed, early_stopping=False, max_depth=depth
            )
            for depth in DEPTHS
        ]
    return [
        LogisticRegression(l1_ratio=1.0, solver="liblinear", max_iter=500, random_state=seed, C=strength)
        for strength in STRENGTHS
    ]


def _prepared(model: str, train: Values, test: Values) -> tuple[Values, Values]:
    """Columns as a model takes them: trees as they are, a regression scaled, with medians where they are missing."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if model == "trees":
        return train, test
    steps = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return steps.fit_transform(train), steps.transform(test)


@contextmanager
def _plainly() -> Iterator[None]:
    """One thread, no warnings, and no checks of what was checked before."""
    from sklearn import config_context
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), config_context(skip_parameter_validation=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def held_out(
    x: Values, y: Flags, groups: Groups, model: str, seed: int, done: Callable[[], None] = lambda: None
) -> Values:
    """Probability of the outcome for every row, (n,).

    Parameters
    ----------
    x : (n, k), NaN where missing; y : (n,); groups : (n,), whose rows stay together
    model : one of MODELS
    done : called after each of the OUTER folds
    """
    from sklearn.model_selection import StratifiedGroupKFold

    found = np.full(len(y), np.nan)
    outer = StratifiedGroupKFold(OUTER, shuffle=True, random_state=seed)
    for fold, (train, test) in enumerate(outer.split(x, y, groups)):
        inner = StratifiedGroupKFold(INNER, shuffle=True, random_state=seed + 1 + fold)
        with _plainly():
            parts = inner.split(x[train], y[train], groups[train])
            losses = np.mean([_losses(x, y, train[a], train[b], model, seed) for a, b in parts], axis=0)
            best = _classifiers(model, seed)[int(np.argmin(losses))]
            seen, unseen = _prepared(model, x[train], x[test])
            found[test] = best.fit(seen, y[train]).predict_proba(unseen)[:, 1]
        done()
    return found


def _losses(x: Values, y: Flags, train: Places, test: Places, model: str, seed: int) -> list[float]:
    """Mean logarithm of the chance denied to what happened, of each strength of a model."""
    seen, unseen = _prepared(model, x[train], x[test])
    found = []
    for classifier in _classifiers(model, seed):
        chance = classifier.fit(seen, y[train]).predict_proba(unseen)[:, 1]
        chance = np.clip(np.where(y[test], chance, 1 - chance), np.finfo(float).eps, None)
        found.append(float(-np.log(chance).mean()))
    return found


def gains(x: Values, y: Flags, treated: Flags, groups: Groups, seed: int) -> Values:
    """Gain of the outcome's probability by treatment for every row, (n,), by one penalised regression an arm."""
    from sklearn.model_selection import StratifiedGroupKFold

    found = np.full(len(y), np.nan)
    folds = StratifiedGroupKFold(OUTER, shuffle=True, random_state=seed)
    for train, test in folds.split(x, y, groups):
        chances = []
        for arm in (True, False):
            rows = train[treated[train] == arm]
            with _plainly():
                seen, unseen = _prepared(MODELS[0], x[rows], x[test])
                classifier = _classifiers(MODELS[0], seed)[STRENGTHS.index(0.1)]
                chances.append(classifier.fit(seen, y[rows]).predict_proba(unseen)[:, 1])
        found[test] = chances[0] - chances[1]
    return found
