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
MODELS = ("penalised regression", "trees")
OUTER, INNER = 5, 3  # folds


def _estimator(model: str, seed: int) -> tuple[Any, dict[str, list[Any]]]:
    """A model, and what of it is chosen by inner folds."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if model == "trees":
        trees = HistGradientBoostingClassifier(max_iter=60, learning_rate=0.08, random_state=seed, early_stopping=False)
        return trees, {"max_depth": [2, 4]}
    lasso = LogisticRegression(l1_ratio=1.0, solver="liblinear", max_iter=500, random_state=seed)
    return (
        make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), lasso),
        {"logisticregression__C": [0.03, 0.1, 0.3, 1.0]},
    )


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
    from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

    found = np.full(len(y), np.nan)
    outer = StratifiedGroupKFold(OUTER, shuffle=True, random_state=seed)
    for fold, (train, test) in enumerate(outer.split(x, y, groups)):
        estimator, grid = _estimator(model, seed)
        inner = StratifiedGroupKFold(INNER, shuffle=True, random_state=seed + 1 + fold)
        search = GridSearchCV(estimator, grid, scoring="neg_log_loss", cv=inner)
        with _plainly():
            search.fit(x[train], y[train], groups=groups[train])
            found[test] = search.predict_proba(x[test])[:, 1]
        done()
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
            estimator, _ = _estimator(MODELS[0], seed)
            estimator.set_params(logisticregression__C=0.1)
            with _plainly():
                chances.append(estimator.fit(x[rows], y[rows]).predict_proba(x[test])[:, 1])
        found[test] = chances[0] - chances[1]
    return found
