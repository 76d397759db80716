"""Synthetic trials: a design, and replicates made by hand, so that statistics are tested without a liver."""

import numpy as np
import pytest

from lobule.files.design import EVENTS, Design
from lobule.trial.conduct import COMPLETED, Conducted

PLAIN = {
    "population": {"groups": [{"etiology": "hbv"}]}, "arms": [{"name": "drug"}, {"name": "placebo"}], "patients": 100,
    "visits": ["0 d", "28 d", "84 d"], "members": 0,
    "endpoints": [
        {"name": "albumin", "kind": "change", "output": "albumin", "at": "84 d"},
        {"name": "death", "kind": "time_to_event", "events": ["death"]},
        {"name": "cancer", "kind": "time_to_event", "events": ["hcc"], "method": "cumulative_incidence"},
        {"name": "responder", "kind": "responder", "output": "albumin", "at": "84 d", "response": "change >= 2"},
        {"name": "rank", "kind": "ranked", "order": ["death", "albumin"]},
    ],
    "analysis": {"primary": "albumin", "reference": "placebo"},
}  # fmt: skip


@pytest.fixture
def plain_design():
    def make(**changes):
        return Design.model_validate(PLAIN | changes)

    return make


@pytest.fixture
def synthetic():
    """A replicate of given arms, albumin (n, 3) and event days."""

    def make(arm, albumin=None, death=None, hcc=None, end=84.0):
        n = len(arm)
        never = np.full(n, np.inf)
        death = never if death is None else np.asarray(death, float)
        left = np.minimum(np.full(n, end), death)
        events = dict.fromkeys(EVENTS, never)
        events |= {
            "death": np.where(death <= left, death, np.inf),
            "hcc": never if hcc is None else np.asarray(hcc, float),
        }
        events["hcc"] = np.where(events["hcc"] <= left, events["hcc"], np.inf)
        values = np.zeros((n, 3)) if albumin is None else np.asarray(albumin, float)
        return Conducted(
            np.arange(n), np.asarray(arm), np.linspace(0, 365, n), np.zeros(n, int), np.array([0.0, 28.0, 84.0]),
            {"albumin": values}, {"age": np.full(n, 50.0)}, events, left, np.full(n, COMPLETED), np.full(n, np.nan),
        )  # fmt: skip

    return make
