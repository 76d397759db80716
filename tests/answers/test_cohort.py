"""`lobule cohort`: what is said while it works."""

from pathlib import Path

import pytest

from lobule.answers.cohort import draw_cohort
from lobule.patient.cohort import Cohort, histories_for
from lobule.progress import listening

MIXED = Path(__file__).parents[2] / "examples" / "cohorts" / "mixed.yaml"


def test_progress_says_of_how_many_histories(monkeypatch):
    def sample(n, etiology, *, stage, progress, **_):
        progress(500)
        raise InterruptedError

    monkeypatch.setattr(Cohort, "sample", sample)
    heard = []
    with listening(lambda *told: heard.append(told)), pytest.raises(InterruptedError):
        draw_cohort(MIXED)
    assert heard == [("histories of alcohol, any", 500, histories_for(120, "any"))]


def test_a_cohort_is_drawn_from_whole_blocks_and_never_from_more_than_there_are():
    assert histories_for(10, "any") % 500 == 0
    assert histories_for(10, "aclf") % 500 == 0
    assert histories_for(10**6, "any") == histories_for(10**5, "any")
