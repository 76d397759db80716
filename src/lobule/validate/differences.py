"""How subjects differ: cytokines of mice of one cage, groups of eight, ALT and AST of people, what care changes."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr, ttest_ind

from lobule.explore.group import different
from lobule.labs import labs
from lobule.patient import Animal, Cohort
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.check import COLLAGEN, Found

MICE, GROUP, PAIRS = 200, 8, 2000
LATE = 41.0  # days of CCl4: a day after a dose of the sixth week
CYTOKINES = ("tnf_alpha", "il_6", "il_1_beta", "il_10")
PEOPLE = 400


def difference_checks() -> Found:
    """All of them."""
    yield from _animals()
    yield from _people()


@cache
def _mice() -> Courses:
    subjects: dict[str, Subject] = {
        str(i): one for i, one in enumerate(different(Animal("mouse", injury="ccl4", weeks=6), MICE, 1, 0))
    }
    return run_courses(subjects, np.array([0.0, LATE]))


def _animals() -> Found:
    c = _mice()
    found = {output: np.array([c(name, output)[-1] for name in c.names]) for output in (*CYTOKINES, "alt", COLLAGEN)}
    for output, values in found.items():
        yield f"differences.mouse.{output}", float(values.std(ddof=1) / values.mean())
    yield "differences.mouse.t_test", _rejected(np.log(found["tnf_alpha"]))


def _rejected(values: NDArray[np.float64]) -> float:
    """Share of pairs of groups of eight, alike but for their animals, that Welch's test tells apart at 5 %."""
    random = np.random.default_rng(1)
    drawn = np.array([random.permutation(len(values))[: 2 * GROUP] for _ in range(PAIRS)])
    p = ttest_ind(values[drawn[:, :GROUP]], values[drawn[:, GROUP:]], axis=1, equal_var=False).pvalue
    return float(np.mean(p < 0.05))


def _people() -> Found:
    """Alcoholic cirrhosis at transplant evaluation, most of them abstinent, with the error of measurement."""
    seen, random = Cohort.sample(PEOPLE, "alcohol").table, np.random.default_rng(1)
    alt, ast, bilirubin, albumin = (
        seen[name].to_numpy(float) * np.exp(labs()[name].error_cv * random.standard_normal(PEOPLE))
        for name in ("alt", "ast", "bilirubin", "albumin")
    )
    yield "differences.alcohol.alt", float(np.median(alt))
    yield "differences.alcohol.ast", float(np.median(ast))
    yield "differences.alcohol.alt_ast", float(spearmanr(alt, ast).statistic)
    yield "differences.alcohol.ast_bilirubin", float(spearmanr(ast, bilirubin).statistic)
    yield "differences.alcohol.ast_albumin", float(spearmanr(ast, albumin).statistic)
    yield "differences.alcohol.alt_albumin", float(spearmanr(alt, albumin).statistic)
