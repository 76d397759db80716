"""Simulation-based calibration (Talts et al. 2018): what is true of a virtual person has a uniform rank."""

import numpy as np
import pytest
from scipy.stats import chisquare
from tests.forecast.toys import person

from lobule.forecast.ahead import labs_ahead
from lobule.forecast.errors import LEVELS, errors
from lobule.forecast.pool import pool_of
from lobule.forecast.posterior import posterior
from lobule.patient.history import YEAR, histories

LABS = ("albumin", "bilirubin", "inr", "platelets", "ast")
NEXT = 300.0  # days to the next visit


def residuals(lab, days, random):
    """Of one person on these days: level, what wanders, and errors with acute events."""
    error = errors()[lab]
    gap = np.abs(days[:, None] - days) / YEAR / error.wander_years
    wander = np.linalg.cholesky(np.exp(-gap) + 1e-9 * np.eye(len(days))) @ random.standard_normal(len(days))
    acute = random.random(len(days)) < error.event_share
    noise = np.where(acute, error.event_shift + error.event_sd * random.standard_normal(len(days)),
                     error.usual * random.standard_normal(len(days)))  # fmt: skip
    return error.level * random.standard_normal() + error.wander * wander + noise


@pytest.mark.science
def test_ranks_of_truth_and_of_the_next_measured_labs_are_uniform():
    truth, pool = histories("pbc", 500, seed=77), pool_of("pbc", 2000)
    random = np.random.default_rng(4)
    ranks = {"years": [], **{lab: [] for lab in LABS}}
    for k in range(100):
        days = np.sort(np.concatenate([[0.0], random.uniform(0, 700, 2)]))
        every = np.append(days, days[-1] + NEXT)
        alive = np.exp(-truth.values["cumulative_death_hazard"].astype(float))
        ahead = int(np.ceil(every[-1] / YEAR / 0.25))
        until = alive[:, ahead : -ahead or None] if ahead else alive
        who, visit = np.unravel_index(random.choice(until.size, p=(until / until.sum()).ravel()), until.shape)
        seen, later = {}, {}
        for lab in LABS:
            course = np.interp(truth.years[visit] + every / YEAR, truth.years, truth.values[lab][who])
            logs = np.log(course) - np.log(truth.varied[LEVELS[lab]][who]) + residuals(lab, every, random)
            seen[lab], later[lab] = np.exp(logs[:-1]), np.exp(logs[-1])
        found = posterior(person(days, name=str(k), **seen), "pbc", pool)
        ranks["years"].append((found.years < truth.years[visit]).mean())
        for lab in LABS:
            ranks[lab].append((labs_ahead(found, lab, np.array([NEXT])) < later[lab]).mean())
    for name, some in ranks.items():
        counts = np.histogram(some, bins=np.linspace(0, 1.000001, 6))[0]
        assert chisquare(counts).pvalue > 0.01, (name, counts)
