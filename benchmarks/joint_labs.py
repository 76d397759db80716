"""Can a forest tell virtual people from real ones by their labs and age together (goal: AUC at most 0.75)?

    python benchmarks/joint_labs.py FOLDER [COMPARISON ...] [--patients 600]

FOLDER holds leipzig.csv (transplant candidates) and pbc.csv (trial of primary biliary cholangitis), with a column
`use`; only rows of `train` are read. Virtual people are seen once, at the visit of a cohort drawn from simulated
histories; the error of a visit as measured between visits is added, with its acute events (`forecast/errors.csv`); no
real row or residual is drawn. Both are rounded as a laboratory reports. The forest (scikit-learn, extra `trial`) is
cross-validated in five folds, five times over. What tells the two apart stands below: importance by permutation,
quantiles, rank correlations.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

from lobule import Cohort
from lobule.forecast.errors import errors

REPEATS, FOLDS, TREES, LEAF = 5, 5, 400, 3
RESAMPLES = 500
GOAL = 0.75
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Digits after the point as a laboratory reports, in the units of results
DIGITS = {"albumin": 1, "bilirubin": 1, "inr": 2, "creatinine": 0, "sodium": 0, "platelets": 0, "alt": 0, "ast": 0,
          "alp": 0, "age": 0}  # fmt: skip
LEIPZIG = {"age_years": "age", "albumin_g_per_L": "albumin", "bilirubin_umol_per_L": "bilirubin", "inr": "inr",
           "creatinine_umol_per_L": "creatinine", "sodium_mmol_per_L": "sodium", "platelets_1e9_per_L": "platelets",
           "alt_U_per_L": "alt", "ast_U_per_L": "ast"}  # fmt: skip
# without ALP, which laboratories then gave on scales of their own
PBC = {"age_years": "age", "albumin_g_per_dL": "albumin", "bilirubin_mg_per_dL": "bilirubin", "inr": "inr",
       "platelets_1e9_per_L": "platelets", "ast_U_per_L": "ast"}  # fmt: skip
FACTORS = {"albumin_g_per_dL": 10.0, "bilirubin_mg_per_dL": 17.104}


def _cirrhosis_of(*etiologies: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda rows: rows["cirrhosis"].eq(1) & rows["etiology"].isin(etiologies)


@dataclass(frozen=True)
class Comparison:
    """Which real people, and the cohorts (etiology, share) that are to look like them."""

    file: str
    columns: dict[str, str]
    real: Callable[[pd.DataFrame], pd.Series]
    groups: tuple[tuple[str, float], ...]
    stage: str = "any"
    like: str = "auto"


COMPARISONS = {
    "alcohol": Comparison("leipzig.csv", LEIPZIG, _cirrhosis_of("alcohol"), (("alcohol", 1.0),)),
    "hepatitis C": Comparison("leipzig.csv", LEIPZIG, _cirrhosis_of("hcv"), (("hcv", 1.0),)),
    "MASH": Comparison("leipzig.csv", LEIPZIG, _cirrhosis_of("mash"), (("mash", 1.0),)),
    "viral and MASH": Comparison(
        "leipzig.csv", LEIPZIG, _cirrhosis_of("hbv", "hcv", "mash"), (("hbv", 0.14), ("hcv", 0.5), ("mash", 0.36))
    ),
    "PBC": Comparison("pbc.csv", PBC, lambda rows: rows["age_years"].notna(), (("pbc", 1.0),), "chronic"),
    "autoimmune, PBC, PSC": Comparison(
        "leipzig.csv", LEIPZIG, _cirrhosis_of("autoimmune"), (("autoimmune", 0.48), ("pbc", 0.32), ("psc", 0.2))
    ),
}


def real_people(folder: Path, asked: Comparison) -> pd.DataFrame:
    """Complete rows of `train` in the units of results, a column a lab."""
    rows = pd.read_csv(folder / asked.file)
    rows = rows[rows["use"].eq("train") & asked.real(rows)]
    table = pd.DataFrame({lab: rows[name] * FACTORS.get(name, 1.0) for name, lab in asked.columns.items()})
    return _reported(table.dropna())


def virtual_people(asked: Comparison, n: int) -> pd.DataFrame:
    """n virtual people with the error of measurement, the same columns as the real ones."""
    random, parts = np.random.default_rng(1), []
    for etiology, share in asked.groups:
        cohort = Cohort.sample(max(20, round(share * n)), etiology, stage=asked.stage, like=asked.like)
        read = cohort.target.laboratory if cohort.target else {}
        table = pd.DataFrame({lab: cohort.table[lab].to_numpy(float) for lab in asked.columns.values()})
        for lab in table.columns.drop("age"):
            table[lab] *= read.get(lab, 1.0) * np.exp(_errors_of(lab, len(table), random))
        parts.append(table)
    return _reported(pd.concat(parts, ignore_index=True))


def _errors_of(lab: str, n: int, random: np.random.Generator) -> np.ndarray:
    """Errors of one visit on the logarithm: the usual one, or that of a day on which something acute is there."""
    one = errors()[lab]
    acute = random.random(n) < one.event_share
    usual, event = random.standard_normal((2, n))
    return np.where(acute, one.event_shift + one.event_sd * event, one.usual * usual)


def _reported(table: pd.DataFrame) -> pd.DataFrame:
    return table.round({lab: DIGITS[lab] for lab in table.columns}).reset_index(drop=True)


def told_apart(real: pd.DataFrame, virtual: pd.DataFrame) -> tuple[float, float, float, float]:
    """Area under the curve of the forest on people that it was not trained on: mean and SD over the repeats, and 95 %
    of bootstrap samples of the people, real and virtual apart, whose scores stay those of the forests."""
    x, y = _both(real, virtual)
    scores = np.zeros((REPEATS, len(y)))
    for repeat in range(REPEATS):
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=repeat).split(x, y):
            scores[repeat, test] = _forest(repeat).fit(x[train], y[train]).predict_proba(x[test])[:, 1]
    areas = [float(roc_auc_score(y, of_one)) for of_one in scores]
    random, drawn = np.random.default_rng(1), []
    for _ in range(RESAMPLES):
        rows = np.concatenate([random.choice(np.flatnonzero(y == kind), int((y == kind).sum())) for kind in (0, 1)])
        drawn.append(np.mean([roc_auc_score(y[rows], of_one[rows]) for of_one in scores]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(np.mean(areas)), float(np.std(areas, ddof=1)), float(low), float(high)


def by_what(real: pd.DataFrame, virtual: pd.DataFrame) -> pd.Series:
    """How much AUC is lost on held-out people when one lab is shuffled among them, largest first."""
    x, y = _both(real, virtual)
    train, test, of_train, of_test = train_test_split(x, y, test_size=0.4, stratify=y, random_state=1)
    forest = _forest(1).fit(train, of_train)
    lost = permutation_importance(forest, test, of_test, scoring="roc_auc", n_repeats=20, random_state=1)
    return pd.Series(lost.importances_mean, index=real.columns).sort_values(ascending=False)


def _both(real: pd.DataFrame, virtual: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return np.vstack([real.to_numpy(), virtual[real.columns].to_numpy()]), np.repeat([1, 0], [len(real), len(virtual)])


def _forest(seed: int) -> RandomForestClassifier:
    return RandomForestClassifier(TREES, min_samples_leaf=LEAF, class_weight="balanced", random_state=seed)


def side_by_side(real: pd.DataFrame, virtual: pd.DataFrame) -> str:
    """Quantiles and rank correlations, real then virtual."""
    lines = ["lab           " + "".join(f"{f'{q:.0%}':>16}" for q in QUANTILES)]
    for lab in real.columns:
        pairs = [f"{real[lab].quantile(q):.4g} {virtual[lab].quantile(q):.4g}" for q in QUANTILES]
        lines.append(f"{lab:<14}" + "".join(f"{pair:>16}" for pair in pairs))
    a, b = real.corr("spearman"), virtual.corr("spearman")
    lines += ["", "rank correlations, real and virtual (* further apart than 0.15)"]
    for i, one in enumerate(real.columns):
        for other in real.columns[i + 1 :]:
            r, v = a.loc[one, other], b.loc[one, other]
            lines.append(f"{one + '-' + other:<26}{r:+.2f} {v:+.2f}{' *' if abs(r - v) > 0.15 else ''}")
    return "\n".join(lines)


def main(folder: Path, names: list[str], patients: int) -> None:
    for name in names or COMPARISONS:
        asked = COMPARISONS[name]
        real, virtual = real_people(folder, asked), virtual_people(asked, patients)
        mean, sd, low, high = told_apart(real, virtual)
        held = "holds" if mean <= GOAL else "misses"
        print(f"\n{name}: AUC {mean:.3f} ({low:.3f} to {high:.3f} by bootstrap; SD of {REPEATS} repeats {sd:.3f}; "
              f"{len(real)} real, {len(virtual)} virtual; "
              f"goal at most {GOAL:g} {held})")  # fmt: skip
        lost = by_what(real, virtual)
        print("AUC lost without: " + ", ".join(f"{lab} {x:.3f}" for lab, x in lost.items()))
        print(side_by_side(real, virtual))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("comparison", nargs="*", choices=[*COMPARISONS, []])
    parser.add_argument("--patients", type=int, default=600)
    given = parser.parse_args()
    main(given.folder, given.comparison, given.patients)
