"""Would another disease explain a patient better? The evidence of each cause, beside that of the one that is said.

The evidence is the chance of the labs, signs, age and sex among all people of a cause, over the time that they are
alive and, where virtual people have the patient's care, have had it for as long (the marginal likelihood; its ratio is
a Bayes factor, Kass and Raftery 1995). Few virtual people of each other cause are enough to see that one explains a
patient much better.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lobule.files.person import Person
from lobule.forecast.likelihood import log_counted
from lobule.forecast.pool import Pool, made_pool
from lobule.patient.onset import onset_of, onsets
from lobule.progress import say

FEW = 500  # virtual people of each other cause
BETTER = 3.0  # logarithm of the ratio of evidence from which a fit is called poor, at one visit: strong evidence
FURTHER = 0.5  # more for each further visit, since what the model misses adds up


@cache
def others(etiology: str, seed: int) -> dict[str, Pool]:
    """A few people of each cause but this one."""
    found = {}
    names = [name for name in onsets() if name != etiology]
    for k, name in enumerate(names):
        say("virtual patients of other causes", k, len(names))
        found[name] = made_pool(name, FEW, seed)
    return found


def evidence(total: float, person: Person, pool: Pool) -> float:
    """Logarithm of the evidence for the cause of a pool; -inf for none.

    total : logarithm of the sum of the likelihoods of its visits, `log_total`
    """
    if not np.isfinite(total):
        return -np.inf
    women = onset_of(pool.of.etiology).female
    of_sex = {None: 1.0, "f": women, "m": 1 - women}[person.sex]
    return total - log_counted(person, pool) + float(np.log(of_sex))
